//! Filter patterns for lines of text: terms that must occur, may occur, or must not.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html>

/// A pattern. Letters count as they are written.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Pattern {
    /// Each of them must occur.
    all: Vec<String>,
    /// One of them must occur, if there are any.
    any: Vec<String>,
    /// None of them may occur.
    none: Vec<String>,
}

impl Pattern {
    /// Reads `term "a phrase" -not`, or `?one ?other`. An empty one takes every line.
    ///
    /// # Errors
    /// What is wrong, or not served, in words.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut pattern = Self::default();
        let mut rest = text.trim_start();
        if rest.starts_with(['{', '[', '%']) {
            let example = r#"give terms such as `ERROR` or `"a phrase"`"#;
            return Err(format!(
                "patterns for JSON, for columns and with regular expressions are not served here: {example}"
            ));
        }
        while let Some(first) = rest.chars().next() {
            let (terms, body) = match first {
                '?' => (&mut pattern.any, &rest[1..]),
                '-' => (&mut pattern.none, &rest[1..]),
                _ => (&mut pattern.all, rest),
            };
            let (term, after) = term(body)?;
            terms.push(term);
            rest = after.trim_start();
        }
        let has_others = !pattern.all.is_empty() || !pattern.none.is_empty();
        if has_others && !pattern.any.is_empty() {
            return Err("terms with `?` stand alone in a pattern".to_owned());
        }
        Ok(pattern)
    }

    /// Whether it takes a line.
    pub(super) fn matches(&self, line: &str) -> bool {
        let occurs = |term: &String| line.contains(term.as_str());
        self.all.iter().all(occurs)
            && (self.any.is_empty() || self.any.iter().any(occurs))
            && !self.none.iter().any(occurs)
    }
}

/// The first term of a text, and what is after it.
fn term(text: &str) -> Result<(String, &str), String> {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut term = String::new();
        let mut letters = quoted.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => return Ok((term, &quoted[at + 1..])),
                '\\' => term.extend(letters.next().map(|(_, escaped)| escaped)),
                letter => term.push(letter),
            }
        }
        return Err("a quote in the pattern has no end".to_owned());
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (term, after) = text.split_at(end);
    if term.is_empty() || !term.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(format!("Invalid character(s) in term '{term}': put it in double quotes"));
    }
    Ok((term.to_owned(), after))
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn terms_must_occur_may_occur_or_must_not() {
        for (pattern, taken, left) in [
            ("", &["", "anything"][..], &[][..]),
            ("ERROR", &["an ERROR", "ERRORS"], &["error", ""]),
            ("ERROR Exception", &["Exception ERROR"], &["ERROR", "Exception"]),
            (r#""two words""#, &["these two words"], &["two  words", "words two"]),
            (r#""a \"quote\"" end"#, &[r#"a "quote" end"#], &["a quote end"]),
            ("ERROR -Exiting", &["ERROR"], &["ERROR: Exiting"]),
            (r#"-"not this""#, &["that"], &["but not this"]),
            ("?ERROR ?WARN", &["ERROR", "a WARN"], &["INFO"]),
        ] {
            let pattern = Pattern::parse(pattern).unwrap();
            assert!(taken.iter().all(|line| pattern.matches(line)), "{pattern:?}");
            assert!(!left.iter().any(|line| pattern.matches(line)), "{pattern:?}");
        }
    }

    #[test]
    fn what_is_not_served_is_said() {
        for (pattern, said) in [
            ("{ $.level = 3 }", "JSON"),
            ("[a, b]", "columns"),
            ("%E.*R%", "regular"),
            ("user:one", "double quotes"),
            (r#""open"#, "no end"),
            (r#""open\"#, "no end"),
            ("-", "double quotes"),
            ("?ERROR WARN", "alone"),
        ] {
            let error = Pattern::parse(pattern).unwrap_err();
            assert!(error.contains(said), "{pattern}: {error}");
        }
    }
}
