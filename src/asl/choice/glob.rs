//! `StringMatches`: a pattern in which `*` stands for any characters, none included.

/// A pattern, its wildcards and escapes resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob(Vec<Part>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Any,
    Char(char),
}

impl Glob {
    /// `\*` is a star and `\\` a backslash; a backslash before anything else is itself.
    pub(crate) fn new(pattern: &str) -> Self {
        let mut parts = Vec::new();
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            parts.push(match c {
                '*' => Part::Any,
                '\\' => Part::Char(chars.next_if(|next| matches!(next, '*' | '\\')).unwrap_or('\\')),
                other => Part::Char(other),
            });
        }
        Self(parts)
    }

    /// Whether the whole text matches. At most pattern × text steps: only the last star is ever tried again.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut part, mut at) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.0.get(part) {
                Some(Part::Any) => {
                    star = Some((part, at));
                    part += 1;
                }
                Some(Part::Char(c)) if *c == text[at] => {
                    part += 1;
                    at += 1;
                }
                _ => {
                    let Some((last, from)) = star else { return false };
                    star = Some((last, from + 1));
                    part = last + 1;
                    at = from + 1;
                }
            }
        }
        self.0[part..].iter().all(|rest| *rest == Part::Any)
    }
}
