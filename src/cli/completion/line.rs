//! A line as bash hands it over: split into words again, and what bash will replace of the last one.
//!
//! bash cuts words at `COMP_WORDBREAKS`, among them `:` and `=`, and replaces only what follows the last of them. So the
//! words are read from the line itself, and what stands before that place is left out of the candidates.

/// What stands before the cursor.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Its words, without quotes; the last is the one at the cursor.
    pub(super) words: Vec<String>,
    /// How many bytes of the last word bash keeps as they are.
    pub(super) kept_bytes: usize,
    /// The quote that is open at the cursor.
    pub(super) quote: Option<char>,
    /// Whether the word at the cursor is a file that is read or written.
    pub(super) redirects: bool,
}

impl Line {
    /// Words that need no reading.
    pub(super) fn of(words: Vec<String>) -> Self {
        Self { words, ..Self::default() }
    }

    /// Reads bash's line. `breaks` is its `COMP_WORDBREAKS`.
    pub(super) fn read(text: &str, breaks: &str) -> Self {
        let mut line = Self { words: vec![String::new()], ..Self::default() };
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match (line.quote, letter) {
                (Some(quote), letter) if letter == quote => line.quote = None,
                (Some('"'), '\\') => {
                    let next = letters.next().unwrap_or('\\');
                    if !['"', '\\', '$', '`'].contains(&next) {
                        line.push('\\');
                    }
                    line.push(next);
                }
                (Some(_), letter) => line.push(letter),
                (None, '\\') => letters.next().into_iter().for_each(|next| line.push(next)),
                (None, '\'' | '"') => {
                    line.quote = Some(letter);
                    line.kept_bytes = line.last().len();
                }
                (None, '<' | '>') => {
                    line.next();
                    line.redirects = true;
                }
                (None, letter) if letter.is_whitespace() => line.next(),
                (None, letter) => {
                    line.push(letter);
                    if breaks.contains(letter) {
                        line.kept_bytes = line.last().len();
                    }
                }
            }
        }
        line
    }

    /// The end of a word. What something is redirected to is no argument.
    fn next(&mut self) {
        self.kept_bytes = 0;
        if self.last().is_empty() {
            return;
        }
        if self.redirects {
            self.words.pop();
            self.redirects = false;
        }
        self.words.push(String::new());
    }

    fn push(&mut self, letter: char) {
        if let Some(last) = self.words.last_mut() {
            last.push(letter);
        }
    }

    fn last(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }

    /// A candidate as bash is to insert it: without what it keeps, and quoted.
    pub(super) fn rest_of(&self, candidate: &str) -> String {
        let rest = candidate.get(self.kept_bytes..).unwrap_or_default();
        let mut text = String::with_capacity(rest.len());
        for letter in rest.chars() {
            let must_escape = match self.quote {
                Some('\'') => false,
                Some(_) => ['"', '\\', '$', '`'].contains(&letter),
                None => letter.is_ascii() && !letter.is_ascii_alphanumeric() && !"-_./:=@%+,^".contains(letter),
            };
            text.extend(must_escape.then_some('\\'));
            text.push_str(if self.quote == Some('\'') && letter == '\'' { r"'\'" } else { "" });
            text.push(letter);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BREAKS: &str = " \t\n\"'@><=;|&(:";

    #[test]
    fn words_are_those_of_the_shell() {
        for (text, words, kept_bytes) in [
            ("iw102 ", &["iw102", ""][..], 0),
            ("iw102 status arn:aws:st", &["iw102", "status", "arn:aws:st"], 8),
            ("iw102 start --api-key=name:my", &["iw102", "start", "--api-key=name:my"], 15),
            (r"iw102 token a/Wait\ F", &["iw102", "token", "a/Wait F"], 0),
            (r#"iw102 token "a b" 'c:d' "#, &["iw102", "token", "a b", "c:d", ""], 0),
            ("iw102 list >out.txt st", &["iw102", "list", "st"], 0),
        ] {
            let line = Line::read(text, BREAKS);
            assert_eq!((line.words, line.kept_bytes), (words.iter().map(ToString::to_string).collect(), kept_bytes));
        }
        assert!(Line::read("iw102 list > ou", BREAKS).redirects);
    }

    #[test]
    fn what_is_inserted_is_quoted_as_the_word_is() {
        let rest = |text: &str, candidate: &str| Line::read(text, BREAKS).rest_of(candidate);
        assert_eq!(rest("iw102 token M:last/Wa", "M:last/Wait & $ee"), r"last/Wait\ \&\ \$ee");
        assert_eq!(rest("iw102 token \"Wa", "Wait & $ee"), r"Wait & \$ee");
        assert_eq!(rest("iw102 token 'Wa", "Wait 'n' see"), r"Wait '\''n'\'' see");
        assert_eq!(rest("iw102 --file='a ", "--file=a b"), "a b");
    }
}
