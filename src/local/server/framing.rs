//! Where messages begin and end, decided before the HTTP library sees a byte.
//!
//! Two readers of one stream that disagree about where a message ends are how requests are smuggled. So what can be read in
//! two ways is refused: a bare CR, a folded header, white space before a colon, control characters, Content-Length together
//! with Transfer-Encoding or with another Content-Length, any transfer coding but `chunked`, chunks whose lines do not end
//! with CR LF. A bare LF at the end of a line of a head can be read in one way only, and is what `openssl s_client` sends.
//! <https://www.rfc-editor.org/rfc/rfc9112>
//!
//! Owns: the grammar of lines and lengths. Must not know: sockets, what a header means. Start reading at [`Framing::feed`].

/// A line of a chunk's size with its extensions, or all trailers together, are at most so long.
const CHUNK_LINE_BYTES_MAX: usize = 8 << 10;

/// Follows the bytes of one connection.
#[derive(Debug)]
pub(super) struct Framing {
    /// The head of a request is at most so long.
    head_bytes_max: usize,
    state: State,
    /// The line that has begun.
    line: Vec<u8>,
    /// Bytes of the head, of the chunk's line or of the trailers, so far.
    spent: usize,
    /// What the head says of the body.
    length: Option<u64>,
    is_chunked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A request line, or empty lines before it.
    Start,
    /// Headers.
    Header,
    /// So many bytes of a body, or of a chunk.
    Data(u64),
    ChunkSize,
    ChunkEnd,
    Trailer,
}

/// The first byte that must not go further, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) at: usize,
    pub(super) why: Why,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// A head that is no head, or says two things.
    Head,
    /// A head that is too long.
    TooLong,
    /// A body that does not keep to its chunks.
    Body,
}

impl Framing {
    pub(super) fn new(head_bytes_max: usize) -> Self {
        Self { head_bytes_max, state: State::Start, line: Vec::new(), spent: 0, length: None, is_chunked: false }
    }

    /// Whether a message has ended and none has begun.
    pub(super) fn is_between(&self) -> bool {
        self.state == State::Start && self.line.is_empty()
    }

    /// Whether a body has begun.
    pub(super) fn is_in_body(&self) -> bool {
        !matches!(self.state, State::Start | State::Header)
    }

    /// Goes on by some bytes.
    ///
    /// # Errors
    /// The first byte that must not be read by anybody. After it, nothing makes sense any more.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if let State::Data(left) = self.state {
                let taken = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                self.take(left, taken);
                at += taken;
                continue;
            }
            let end = rest.iter().position(|byte| *byte == b'\n');
            let part = end.map_or(rest, |end| &rest[..=end]);
            let (max, why) = self.bound();
            let room = max - self.spent;
            if part.len() > room {
                return Err(Refusal { at: at + room, why });
            }
            self.spent += part.len();
            self.line.extend_from_slice(part);
            at += part.len();
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                self.end_line(&line).map_err(|why| Refusal { at: at - 1, why })?;
            }
        }
        Ok(())
    }

    /// How long a head, or what stands between chunks, may be.
    fn bound(&self) -> (usize, Why) {
        if self.is_in_body() { (CHUNK_LINE_BYTES_MAX, Why::Body) } else { (self.head_bytes_max, Why::TooLong) }
    }

    fn take(&mut self, left: u64, taken: usize) {
        self.state = match left.saturating_sub(taken as u64) {
            0 if self.is_chunked => State::ChunkEnd,
            0 => State::Start,
            left => State::Data(left),
        };
    }

    /// What a whole line means, its LF included.
    fn end_line(&mut self, line: &[u8]) -> Result<(), Why> {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let (text, has_cr) = text.strip_suffix(b"\r").map_or((text, false), |text| (text, true));
        if self.is_in_body() && !has_cr {
            return Err(Why::Body);
        }
        match self.state {
            State::Start if text.is_empty() => Ok(()),
            State::Start => self.begin(text),
            State::Header if text.is_empty() => self.end_head(),
            State::Header => self.header(text).ok_or(Why::Head),
            State::ChunkSize => self.begin_chunk(text).ok_or(Why::Body),
            State::ChunkEnd if text.is_empty() => {
                (self.state, self.spent) = (State::ChunkSize, 0);
                Ok(())
            }
            State::Trailer if text.is_empty() => {
                self.end_message();
                Ok(())
            }
            State::Trailer if field(text).is_some() => Ok(()),
            State::ChunkEnd | State::Trailer | State::Data(_) => Err(Why::Body),
        }
    }

    /// A request line. Its parts are the HTTP library's business.
    fn begin(&mut self, text: &[u8]) -> Result<(), Why> {
        let is_clean = text.iter().all(|byte| matches!(byte, b' '..=b'~'));
        if !is_clean || text.starts_with(b" ") {
            return Err(Why::Head);
        }
        (self.state, self.length, self.is_chunked) = (State::Header, None, false);
        Ok(())
    }

    fn header(&mut self, text: &[u8]) -> Option<()> {
        let (name, value) = field(text)?;
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = decimal(value)?;
            if self.length.is_some_and(|other| other != length) {
                return None;
            }
            self.length = Some(length);
        }
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if self.is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return None;
            }
            self.is_chunked = true;
        }
        Some(())
    }

    fn end_head(&mut self) -> Result<(), Why> {
        match (self.length, self.is_chunked) {
            (Some(_), true) => return Err(Why::Head),
            (None, true) => (self.state, self.spent) = (State::ChunkSize, 0),
            (None | Some(0), false) => self.end_message(),
            (Some(length), false) => (self.state, self.spent) = (State::Data(length), 0),
        }
        Ok(())
    }

    /// `1a`, or `1a;extension`
    fn begin_chunk(&mut self, text: &[u8]) -> Option<()> {
        let (size, extension) = text.split_at(text.iter().position(|byte| *byte == b';').unwrap_or(text.len()));
        let size = std::str::from_utf8(size).ok()?.trim_end_matches([' ', '\t']);
        let is_hexadecimal = (1..=16).contains(&size.len()) && size.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hexadecimal || !extension.iter().copied().all(is_visible) {
            return None;
        }
        let size = u64::from_str_radix(size, 16).ok()?;
        (self.state, self.spent) = (if size == 0 { State::Trailer } else { State::Data(size) }, 0);
        Some(())
    }

    fn end_message(&mut self) {
        (self.state, self.spent) = (State::Start, 0);
    }
}

/// A header's name and its value without the white space around it; `None` for what is no header.
fn field(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = text.iter().position(|byte| *byte == b':')?;
    let (name, value) = (&text[..colon], &text[colon + 1..]);
    let is_field = !name.is_empty() && name.iter().copied().all(is_token) && value.iter().copied().all(is_visible);
    is_field.then(|| (name, value.trim_ascii()))
}

/// Digits only: no sign, no list.
fn decimal(text: &[u8]) -> Option<u64> {
    let is_decimal = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    is_decimal.then(|| std::str::from_utf8(text).ok()?.parse().ok())?
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// What a value may hold: everything but control characters, of which a tab is none here.
fn is_visible(byte: u8) -> bool {
    !byte.is_ascii_control() || byte == b'\t'
}

#[cfg(test)]
mod tests;
