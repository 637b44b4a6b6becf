//! What functions print: one file each, bounded, read in pages.
//!
//! Owns: the files `NAME.log` (the newest lines) and `NAME.log.1` (those before them), one event a line:
//! `EPOCH_MS<tab>STREAM<tab>TEXT`. Must not know: processes, the wire of `FilterLogEvents`. Start reading at [`Logs`].
//!
//! A file has at most [`LOG_FILE_BYTES_MAX`] bytes; then it takes the place of the one before it, whose lines are gone, and
//! the new file begins with a note that says so. A [`Position`] survives that: it names its file by the time of the file's first
//! line.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// The bytes of one of a function's two log files.
pub const LOG_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The bytes of one line, `CloudWatch`'s bound of one event; what is longer becomes more than one.
pub const LOG_LINE_BYTES_MAX: usize = 256 * 1024;
/// The stream of the notes that this module writes.
const NOTES: &str = "iw102";

/// The folder of the functions' logs. A clone is the same folder.
#[derive(Debug, Clone)]
pub struct Logs {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    file_bytes_max: u64,
    open: Mutex<BTreeMap<String, LogFile>>,
}

#[derive(Debug)]
struct LogFile {
    file: File,
    bytes: u64,
    first_ms: i64,
}

/// One line that was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// Where it stands; reading goes on after it.
    pub position: Position,
    /// When it was written, in milliseconds since 1970-01-01T00:00:00Z.
    pub timestamp_ms: i64,
    /// The log stream: one for each process, `2026/01/31/[$LATEST]<32 hex>`.
    pub stream: String,
    /// The line, without its end.
    pub text: String,
}

/// A place in a function's log. As text it is a token that a caller can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    file_ms: i64,
    end: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.file_ms, self.end)
    }
}

impl FromStr for Position {
    type Err = LogsError;

    fn from_str(text: &str) -> Result<Self, LogsError> {
        let parts = text.split_once('-').and_then(|(file, end)| Some((file.parse().ok()?, end.parse().ok()?)));
        let (file_ms, end) = parts.ok_or_else(|| LogsError::Position(text.to_owned()))?;
        Ok(Self { file_ms, end })
    }
}

/// Which events of a log are read.
#[derive(Clone, Copy)]
pub struct Selection<'a> {
    /// Only those after it; without one, from the oldest on.
    pub after: Option<Position>,
    /// Only those from this time on, in milliseconds.
    pub start_ms: Option<i64>,
    /// Only those before this time, in milliseconds.
    pub end_ms: Option<i64>,
    /// At most so many.
    pub limit: usize,
    /// Only those whose stream and text it takes.
    pub keep: &'a dyn Fn(&str, &str) -> bool,
}

/// One stream of a log: what one process printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogStream {
    /// Its name.
    pub name: String,
    /// The time of its oldest line that is kept.
    pub first_ms: i64,
    /// The time of its newest line.
    pub last_ms: i64,
}

/// What is kept of a function's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSize {
    /// The time of its oldest line.
    pub first_ms: i64,
    /// The bytes of its files.
    pub bytes: u64,
}

/// One page of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// In the order of writing.
    pub events: Vec<LogEvent>,
    /// From where to read on, be it now (when [`more`](Self::more)) or after more was logged. `None` while nothing ever was.
    pub position: Option<Position>,
    /// Whether the page ended because of its limit.
    pub more: bool,
}

/// Why a log could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// The text is no position.
    #[error("{0:?} is not a position in a log")]
    Position(String),
    /// A file could not be read or written.
    #[error("cannot use the log {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Logs {
    /// Uses a folder, which is made when the first line is written.
    #[must_use]
    pub fn open(folder: impl Into<PathBuf>) -> Self {
        Self::with_file_bytes_max(folder, LOG_FILE_BYTES_MAX)
    }

    fn with_file_bytes_max(folder: impl Into<PathBuf>, file_bytes_max: u64) -> Self {
        let open = Mutex::default();
        Self { shared: Arc::new(Shared { folder: folder.into(), file_bytes_max, open }) }
    }

    /// Writes lines of one stream. `text` may hold many; the last needs no end.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, function: &str, stream: &str, text: &str) -> Result<(), LogsError> {
        let path = self.path(function);
        let mut open = self.files();
        let written = self.write_lines(&mut open, function, stream, text);
        if written.is_err() {
            // The file may have been removed by hand; the next line makes it anew.
            open.remove(function);
        }
        written.map_err(|source| LogsError::File { path, source })
    }

    /// Makes a log without lines, if there is none.
    ///
    /// # Errors
    /// When its file cannot be made.
    pub fn create(&self, function: &str) -> Result<(), LogsError> {
        let made = self.open_file(function, Timestamp::now().as_millisecond());
        made.map(drop).map_err(|source| LogsError::File { path: self.path(function), source })
    }

    fn write_lines(
        &self,
        open: &mut BTreeMap<String, LogFile>,
        function: &str,
        stream: &str,
        text: &str,
    ) -> io::Result<()> {
        let now_ms = Timestamp::now().as_millisecond();
        let mut lines = String::new();
        for line in text.lines().flat_map(|line| pieces(line, LOG_LINE_BYTES_MAX)) {
            lines.push_str(&format_line(now_ms, stream, line));
        }
        if !open.contains_key(function) {
            open.insert(function.to_owned(), self.open_file(function, now_ms)?);
        }
        let Some(log) = open.get_mut(function) else { return Ok(()) };
        if log.bytes > 0 && log.bytes + lines.len() as u64 > self.shared.file_bytes_max {
            *log = self.turn_over(function, now_ms.max(log.first_ms + 1))?;
        }
        log.file.write_all(lines.as_bytes())?;
        log.bytes += lines.len() as u64;
        Ok(())
    }

    fn open_file(&self, function: &str, now_ms: i64) -> io::Result<LogFile> {
        // What functions print can hold what nobody else should read.
        DirBuilder::new().recursive(true).mode(0o700).create(&self.shared.folder)?;
        let path = self.path(function);
        let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(&path)?;
        let mut bytes = file.metadata()?.len();
        if bytes > 0 && !ends_with_a_line(&mut file)? {
            file.write_all(b"\n")?;
            bytes += 1;
        }
        let first_ms = first_ms(&path).unwrap_or(now_ms);
        Ok(LogFile { file, bytes, first_ms })
    }

    /// The full file becomes the older one; its place is taken by one that begins with a note.
    fn turn_over(&self, function: &str, now_ms: i64) -> io::Result<LogFile> {
        let older = self.older_path(function);
        let dropped = fs::metadata(&older).map_or(0, |metadata| metadata.len());
        fs::rename(self.path(function), older)?;
        let mut log = self.open_file(function, now_ms)?;
        let note = format!("The log goes on here; {dropped} older bytes of it were removed.");
        let line = format_line(now_ms, NOTES, &note);
        log.file.write_all(line.as_bytes())?;
        log.bytes += line.len() as u64;
        log.first_ms = now_ms;
        Ok(log)
    }

    /// The events after a position (from the oldest one without), from `start_ms` on, before `end_ms`, at most `limit`. To
    /// follow a log, ask again with the page's position. Reads at most two files of [`LOG_FILE_BYTES_MAX`].
    ///
    /// # Errors
    /// When a file cannot be read. A function that never logged has an empty page.
    pub fn events(
        &self,
        function: &str,
        after: Option<Position>,
        start_ms: Option<i64>,
        end_ms: Option<i64>,
        limit: usize,
    ) -> Result<LogPage, LogsError> {
        self.select(function, Selection { after, start_ms, end_ms, limit, keep: &|_, _| true })
    }

    /// The same for the events that a selection takes. Where a page's position is past events that were not taken, reading
    /// goes on after them.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn select(&self, function: &str, selection: Selection<'_>) -> Result<LogPage, LogsError> {
        let mut reader = PageReader { selection, page: LogPage::empty(selection.after) };
        // Nothing is written meanwhile, so the older file cannot be replaced between the two reads.
        let _open = self.files();
        for path in [self.older_path(function), self.path(function)] {
            reader.read(&path).map_err(|source| LogsError::File { path, source })?;
        }
        Ok(reader.page)
    }

    /// The streams of a function's log, the one that began first first.
    ///
    /// # Errors
    /// When a file cannot be read. A function that never logged has none.
    pub fn streams(&self, function: &str) -> Result<Vec<LogStream>, LogsError> {
        let mut streams: Vec<LogStream> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for LogEvent { stream: name, timestamp_ms, .. } in self.events(function, None, None, None, usize::MAX)?.events {
            let at = *places.entry(name.clone()).or_insert(streams.len());
            match streams.get_mut(at) {
                Some(stream) => stream.last_ms = timestamp_ms,
                None => streams.push(LogStream { name, first_ms: timestamp_ms, last_ms: timestamp_ms }),
            }
        }
        Ok(streams)
    }

    /// How much is kept of a function's log; `None` when it never logged.
    #[must_use]
    pub fn size(&self, function: &str) -> Option<LogSize> {
        // Nothing is written meanwhile, so the older file cannot be replaced between the two looks.
        let _open = self.files();
        let paths = [self.older_path(function), self.path(function)];
        let first_ms = paths.iter().find_map(|path| first_ms(path))?;
        let bytes = paths.iter().filter_map(|path| fs::metadata(path).ok()).map(|metadata| metadata.len()).sum();
        Some(LogSize { first_ms, bytes })
    }

    /// The functions that have logged, by name.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn functions(&self) -> Result<Vec<String>, LogsError> {
        let folder = &self.shared.folder;
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(LogsError::File { path: folder.clone(), source }),
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".log").map(str::to_owned))
            .collect();
        names.sort();
        Ok(names)
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<String, LogFile>> {
        // A panic while writing leaves at worst half a line, which reading skips.
        self.shared.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, function: &str) -> PathBuf {
        // Lambda's names have no other characters; one that came from elsewhere must not leave the folder.
        let sound = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
        let name: String = function.chars().map(sound).collect();
        self.shared.folder.join(format!("{name}.log"))
    }

    fn older_path(&self, function: &str) -> PathBuf {
        let mut path = self.path(function).into_os_string();
        path.push(".1");
        path.into()
    }
}

impl LogPage {
    fn empty(position: Option<Position>) -> Self {
        Self { events: Vec::new(), position, more: false }
    }
}

struct PageReader<'a> {
    selection: Selection<'a>,
    page: LogPage,
}

impl PageReader<'_> {
    fn read(&mut self, path: &Path) -> io::Result<()> {
        let Some(file_ms) = first_ms(path) else { return Ok(()) };
        let begin = match self.selection.after {
            Some(after) if after.file_ms > file_ms => return Ok(()),
            Some(after) if after.file_ms == file_ms => after.end,
            _ => 0,
        };
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(begin))?;
        let mut lines = BufReader::new(file);
        let mut end = begin;
        let mut line = Vec::new();
        while !self.page.more {
            line.clear();
            let bytes = lines.read_until(b'\n', &mut line)?;
            if bytes == 0 || line.last() != Some(&b'\n') {
                break;
            }
            end += bytes as u64;
            self.take(Position { file_ms, end }, &String::from_utf8_lossy(&line[..bytes - 1]));
        }
        Ok(())
    }

    fn take(&mut self, position: Position, line: &str) {
        let Some((timestamp_ms, stream, text)) = parse_line(line) else { return };
        let Selection { start_ms, end_ms, limit, keep, .. } = self.selection;
        let is_in_time =
            start_ms.is_none_or(|start| timestamp_ms >= start) && end_ms.is_none_or(|end| timestamp_ms < end);
        let wanted = is_in_time && keep(stream, text);
        if wanted && self.page.events.len() >= limit {
            self.page.more = true;
            return;
        }
        if wanted {
            let (stream, text) = (stream.to_owned(), text.to_owned());
            self.page.events.push(LogEvent { position, timestamp_ms, stream, text });
        }
        self.page.position = Some(position);
    }
}

fn format_line(timestamp_ms: i64, stream: &str, text: &str) -> String {
    format!("{timestamp_ms}\t{stream}\t{}\n", text.trim_end_matches('\r'))
}

fn parse_line(line: &str) -> Option<(i64, &str, &str)> {
    let mut parts = line.splitn(3, '\t');
    Some((parts.next()?.parse().ok()?, parts.next()?, parts.next()?))
}

/// Whether the last line is whole: one that was cut off by a crash must not swallow the next.
fn ends_with_a_line(file: &mut File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// The time of a file's first line; `None` when there is no file, or nothing in it yet.
fn first_ms(path: &Path) -> Option<i64> {
    let mut beginning = Vec::new();
    File::open(path).ok()?.take(32).read_to_end(&mut beginning).ok()?;
    let digits: Vec<u8> = beginning.into_iter().take_while(u8::is_ascii_digit).collect();
    String::from_utf8(digits).ok()?.parse().ok()
}

/// A line in pieces of at most so many bytes; one empty piece for an empty line.
fn pieces(line: &str, bytes_max: usize) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let (piece, left) = line.split_at(line.floor_char_boundary(bytes_max));
        rest = (!left.is_empty()).then_some(left);
        Some(piece)
    })
}

#[cfg(test)]
mod tests;
