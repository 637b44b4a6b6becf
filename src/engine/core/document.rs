//! A payload and its place in the journal.

use crate::asl::Payload;

/// A payload that the journal stores once: the first record that carries it holds the text, later ones its number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Document {
    payload: Payload,
    /// From 1; 0 until a record carried it.
    number: u32,
}

impl Document {
    /// A payload that no record has carried.
    pub(super) fn new(payload: Payload) -> Self {
        Self { payload, number: 0 }
    }

    /// The payload.
    pub(super) fn payload(&self) -> &Payload {
        &self.payload
    }

    /// `payload` as a document: this one when it is the same allocation, so that nothing is stored twice.
    pub(super) fn or_new(&self, payload: Payload) -> Self {
        if payload.is(&self.payload) { self.clone() } else { Self::new(payload) }
    }

    pub(super) fn numbered(payload: Payload, number: u32) -> Self {
        Self { payload, number }
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn set_number(&mut self, number: u32) {
        self.number = number;
    }
}
