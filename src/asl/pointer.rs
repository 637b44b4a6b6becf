//! Where in a definition something stands, as diagnostics say it: `/States/Hello/Next`.
//!
//! A pointer has every name on the way, and there may be as many pointers as values. So they are written only where one is
//! shown, and each has a bound, whatever the names are.

use std::fmt;

/// The longest name of a state, in characters, as AWS has it. Of a longer one a pointer shows the beginning.
pub(in crate::asl) const NAME_MAX: usize = 80;

/// The longest pointer, in bytes. Of a longer one the beginning is kept.
pub(in crate::asl) const POINTER_BYTES_MAX: usize = 1_000;

/// A name as a pointer shows it.
pub(in crate::asl) struct Name<'n>(pub(in crate::asl) &'n str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(NAME_MAX) {
            None => formatter.write_str(self.0),
            Some((end, _)) => write!(formatter, "{}…", &self.0[..end]),
        }
    }
}

/// The way to a value within a field, written when it is shown.
#[derive(Debug, Clone, Copy)]
pub(in crate::asl) struct Pointer<'p> {
    before: Option<&'p Self>,
    step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    /// The pointer of the field.
    Field(&'p str),
    Name(&'p str),
    Item(usize),
}

impl<'p> Pointer<'p> {
    pub(in crate::asl) fn field(pointer: &'p str) -> Self {
        Self { before: None, step: Step::Field(pointer) }
    }

    pub(in crate::asl) fn name(&'p self, name: &'p str) -> Self {
        Self { before: Some(self), step: Step::Name(name) }
    }

    pub(in crate::asl) fn item(&'p self, place: usize) -> Self {
        Self { before: Some(self), step: Step::Item(place) }
    }
}

impl fmt::Display for Pointer<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(before) = self.before {
            before.fmt(formatter)?;
        }
        match self.step {
            Step::Field(pointer) => formatter.write_str(pointer),
            Step::Name(name) => write!(formatter, "/{}", Name(name)),
            Step::Item(place) => write!(formatter, "[{place}]"),
        }
    }
}

/// A pointer as a diagnostic keeps it.
pub(in crate::asl) fn bounded(pointer: &str) -> String {
    if pointer.len() <= POINTER_BYTES_MAX {
        return pointer.to_owned();
    }
    format!("{}…", &pointer[..pointer.floor_char_boundary(POINTER_BYTES_MAX)])
}
