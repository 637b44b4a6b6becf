//! One execution as a pure state machine.
