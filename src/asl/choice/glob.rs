//! `StringMatches`: a pattern in which `*` stands for any characters, none included.

/// A pattern: the literal pieces between its stars, escapes resolved. Without a star it is one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob(Vec<String>);

impl Glob {
    /// `\*` is a star and `\\` a backslash; a backslash before anything else is itself.
    pub(crate) fn new(pattern: &str) -> Self {
        let mut pieces = Vec::new();
        let mut piece = String::new();
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '*' => pieces.push(std::mem::take(&mut piece)),
                '\\' => piece.push(chars.next_if(|next| matches!(next, '*' | '\\')).unwrap_or('\\')),
                other => piece.push(other),
            }
        }
        pieces.push(piece);
        Self(pieces)
    }

    /// Whether the whole text matches, in steps that grow with the text and the pattern, not with their product: the
    /// first place of each piece leaves the most to those after it, so no place is ever tried again, and the library's
    /// search is linear.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let [first, between @ .., last] = self.0.as_slice() else {
            return self.0.first().is_some_and(|only| only == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str())) else {
            return false;
        };
        for piece in between {
            let Some(found) = rest.find(piece.as_str()) else { return false };
            rest = &rest[found + piece.len()..];
        }
        true
    }
}
