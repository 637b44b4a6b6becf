//! The journal's form: what is written is what is read.
