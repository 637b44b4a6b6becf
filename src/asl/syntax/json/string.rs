//! JSON strings: quotes, escapes, and what to say about the ones that JSON does not have.

use super::{Parser, Wrong, quoted};

impl Parser<'_> {
    /// The string that starts here, its escapes resolved.
    pub(super) fn string(&mut self) -> Result<String, Wrong> {
        let open = self.at;
        self.at += 1;
        let mut content = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|c: char| matches!(c, '"' | '\\') || c < ' ').unwrap_or(rest.len());
            content.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some('"') => {
                    self.at += 1;
                    return Ok(content);
                }
                Some('\\') => content.push(self.escape(open)?),
                Some(control) => return Err(self.control(open, control)),
                None => return Err(Self::open_string(open)),
            }
        }
    }

    fn open_string(open: usize) -> Wrong {
        Wrong::at(open, open + 1, "this string is never closed: the text ends first")
            .help("write the missing \", or complete the text if it was cut off")
    }

    fn control(&self, open: usize, control: char) -> Wrong {
        match control {
            '\n' | '\r' => Wrong::at(open, self.at, "this string does not end in its line")
                .help("close it with \"; a line end within a string is written \\n"),
            '\t' => self.here("a tab stands within a string").help("write it as \\t"),
            other => self
                .here(format!("{} stands within a string", quoted(other)))
                .help(format!("write it as \\u{:04x}", u32::from(other))),
        }
    }

    fn escape(&mut self, open: usize) -> Result<char, Wrong> {
        let start = self.at;
        self.at += 1;
        let Some(letter) = self.peek() else {
            return Err(Self::open_string(open));
        };
        self.at += letter.len_utf8();
        Ok(match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode(start),
            '\'' => return Err(self.since(start, "\\' is no JSON escape").help("write ' alone")),
            _ if letter.is_control() => return Err(self.since(start, "a line ends in a backslash").help("write \\n")),
            _ => {
                let wrong = self.since(start, format!("\\{letter} is no JSON escape"));
                return Err(wrong.help(format!("write \\\\{letter} for a backslash")));
            }
        })
    }

    /// What follows `\u`: one code unit, or a surrogate pair.
    fn unicode(&mut self, start: usize) -> Result<char, Wrong> {
        let first = self.code_unit(start)?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or_else(|| self.lone(start));
        }
        let second = if first < 0xdc00 && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            self.code_unit(start)?
        } else {
            return Err(self.lone(start));
        };
        if !(0xdc00..0xe000).contains(&second) {
            return Err(self.lone(start));
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or_else(|| self.lone(start))
    }

    fn code_unit(&mut self, start: usize) -> Result<u32, Wrong> {
        let digits = self.text.get(self.at..self.at + 4).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(unit) = digits.and_then(|hex| u32::from_str_radix(hex, 16).ok()) else {
            return Err(self.since(start, "\\u needs four hexadecimal digits").help("write it as in \\u00e9"));
        };
        self.at += 4;
        Ok(unit)
    }

    fn lone(&self, start: usize) -> Wrong {
        self.since(start, "this is half of a surrogate pair")
            .help("write both halves (\\ud83d\\ude00), or the character itself")
    }

    fn since(&self, start: usize, message: impl Into<String>) -> Wrong {
        Wrong::at(start, self.at, message)
    }
}
