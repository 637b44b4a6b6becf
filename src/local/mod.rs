//! The local room.
