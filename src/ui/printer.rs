//! The way out: stdout, stderr and their colours.
//!
//! The only place that writes to the two streams. Must not know what is written.

use std::fmt::Display;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Whether a stream gets colours, and the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    color: bool,
}

impl Paint {
    /// With colours or without.
    pub fn new(color: bool) -> Self {
        Self { color }
    }

    /// Without colours.
    pub fn plain() -> Self {
        Self { color: false }
    }

    /// Whether it has colours.
    pub fn is_colored(self) -> bool {
        self.color
    }

    fn with(self, style: Style, text: impl Display) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    /// What went wrong.
    pub fn red(self, text: impl Display) -> String {
        self.with(AnsiColor::Red.on_default().bold(), text)
    }

    /// What went well.
    pub fn green(self, text: impl Display) -> String {
        self.with(AnsiColor::Green.on_default(), text)
    }

    /// What deserves a look.
    pub fn yellow(self, text: impl Display) -> String {
        self.with(AnsiColor::Yellow.on_default(), text)
    }

    /// What helps.
    pub fn cyan(self, text: impl Display) -> String {
        self.with(AnsiColor::Cyan.on_default(), text)
    }

    /// A title.
    pub fn bold(self, text: impl Display) -> String {
        self.with(Style::new().bold(), text)
    }

    /// What matters less.
    pub fn dim(self, text: impl Display) -> String {
        self.with(Style::new().dimmed(), text)
    }

    /// A status in the colour that its word suggests.
    pub fn status(self, status: &str) -> String {
        match status {
            "SUCCEEDED" => self.green(status),
            "RUNNING" => self.cyan(status),
            "FAILED" | "TIMED_OUT" | "ABORTED" => self.red(status),
            _ => status.to_owned(),
        }
    }
}

/// Writes to the two streams.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    out: Paint,
    err: Paint,
}

impl Printer {
    /// With or without colours on stdout and on stderr.
    pub fn new(color_out: bool, color_err: bool) -> Self {
        Self { out: Paint::new(color_out), err: Paint::new(color_err) }
    }

    /// The colours of stdout.
    pub fn paint_out(&self) -> Paint {
        self.out
    }

    /// The colours of stderr.
    pub fn paint_err(&self) -> Paint {
        self.err
    }

    /// Writes to stdout and flushes.
    ///
    /// # Errors
    /// What the stream says; `BrokenPipe` when its reader went away.
    pub fn out(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// Writes a line to stdout; the text's own bytes and one line end.
    ///
    /// # Errors
    /// As [`Printer::out`].
    pub fn out_line(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.write_all(b"\n")?;
        stdout.flush()
    }

    /// Whether somebody can still read stdout: what follows and finds nothing to write learns it in no other way.
    ///
    /// # Errors
    /// `BrokenPipe` when its reader went away.
    pub fn check_out(&self) -> io::Result<()> {
        let stdout = io::stdout();
        let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
        let found = poll(&mut polled, Some(&Timespec::default()));
        let gone = polled[0].revents().intersects(PollFlags::ERR | PollFlags::HUP);
        // A poll that itself fails says nothing of the reader; the next write will.
        if found.is_ok() && gone { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }

    /// Writes to stderr. Nobody can be told when that fails, so it is let go.
    pub fn err(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Writes a line to stderr.
    pub fn err_line(&self, text: &str) {
        self.err(&format!("{text}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colours_a_text_is_itself() {
        assert_eq!(Paint::plain().red("x"), "x");
        assert_eq!(Paint::plain().status("FAILED"), "FAILED");
    }

    #[test]
    fn colours_end_where_they_began() {
        let painted = Paint::new(true).green("x");
        assert!(painted.starts_with("\u{1b}[") && painted.ends_with("\u{1b}[0m"), "{painted:?}");
        assert_eq!(Paint::new(true).status("NEW_STATUS"), "NEW_STATUS");
    }
}
