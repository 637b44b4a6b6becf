//! The journal's form.

/// Why a journal cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// A newer program wrote it.
    #[error("the journal is of version {0}, this program reads up to 1")]
    Newer(u8),
    /// It is damaged at this byte.
    #[error("the journal is damaged at byte {0}")]
    Damaged(usize),
}
