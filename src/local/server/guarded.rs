//! A stream in front of the HTTP library: only well-framed bytes come through, and nobody stalls it for ever.
//!
//! What is refused is replaced by what the library refuses itself, with 400 (or 431 where a head is too long) after the
//! answers to earlier requests; a body that breaks its framing ends there, so its request never looks complete. Heads have
//! their time in the library; bodies, and answers that nobody takes, have it here.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::local::server::framing::{Framing, Refusal, Why};
use crate::local::server::{HEADER_BYTES_MAX, Timeouts};

/// Ends any head, and is in none that is right.
const POISON: &[u8] = b"\0\r\n\r\n";

/// What is read of a connection that is being closed, so that the other end gets to read the answer: closed with bytes that
/// were not read, it would be reset.
const LINGER_BYTES_MAX: usize = 1 << 20;

/// A guarded stream.
#[derive(Debug)]
pub(super) struct Guarded<S> {
    stream: S,
    framing: Framing,
    timeouts: Timeouts,
    /// What is read before anything else.
    pending: &'static [u8],
    /// Whether nothing of the stream is passed on any more.
    is_refused: bool,
    reading: Timer,
    writing: Timer,
    /// Apart from `writing`, which every flush of nothing stops.
    lingering: Timer,
    closing: Closing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    /// Our half is closed; so much was read and thrown away.
    Lingers(usize),
    Done,
}

impl<S> Guarded<S> {
    pub(super) fn new(stream: S, timeouts: Timeouts) -> Self {
        Self {
            stream,
            framing: Framing::new(HEADER_BYTES_MAX),
            timeouts,
            pending: b"",
            is_refused: false,
            reading: Timer::default(),
            writing: Timer::default(),
            lingering: Timer::default(),
            closing: Closing::No,
        }
    }

    /// The same for a stream of which nothing is read.
    pub(super) fn refusing(stream: S, timeouts: Timeouts) -> Self {
        Self { is_refused: true, ..Self::new(stream, timeouts) }
    }

    fn give_pending(&mut self, buf: &mut ReadBuf<'_>) {
        let (given, kept) = self.pending.split_at(self.pending.len().min(buf.remaining()));
        buf.put_slice(given);
        self.pending = kept;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.is_refused {
            this.give_pending(buf);
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        match Pin::new(&mut this.stream).poll_read(cx, buf) {
            Poll::Ready(result) => result?,
            Poll::Pending if this.framing.is_in_body() => {
                ready!(this.reading.poll(this.timeouts.body, cx));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            Poll::Pending => return Poll::Pending,
        }
        if let Err(Refusal { at, why }) = this.framing.feed(&buf.filled()[before..]) {
            buf.set_filled(before + at);
            this.is_refused = true;
            if why == Why::Head {
                this.pending = POISON;
                this.give_pending(buf);
            }
        }
        if !this.framing.is_in_body() {
            this.reading.stop();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let written = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.writing.limit(this.timeouts.write, cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let flushed = Pin::new(&mut this.stream).poll_flush(cx);
        this.writing.limit(this.timeouts.write, cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.closing == Closing::No {
            let shut = Pin::new(&mut this.stream).poll_shutdown(cx);
            ready!(this.writing.limit(this.timeouts.write, cx, shut))?;
            // In the middle of nothing, nothing is lost by a close.
            let is_clean = this.framing.is_between() && !this.is_refused;
            this.closing = if is_clean { Closing::Done } else { Closing::Lingers(0) };
        }
        while let Closing::Lingers(thrown) = this.closing {
            let mut bytes = [0; 4 << 10];
            let mut buf = ReadBuf::new(&mut bytes);
            let read = Pin::new(&mut this.stream).poll_read(cx, &mut buf);
            if read.is_pending() {
                ready!(this.lingering.poll(this.timeouts.linger, cx));
            }
            let thrown = thrown + buf.filled().len();
            let is_over = buf.filled().is_empty() || thrown > LINGER_BYTES_MAX;
            this.closing = if is_over { Closing::Done } else { Closing::Lingers(thrown) };
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, parts);
        this.writing.limit(this.timeouts.write, cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// How long something has been waited for.
#[derive(Debug, Default)]
struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Ready when the time is over, which began at the first call after a stop.
    fn poll(&mut self, time: Duration, cx: &mut Context<'_>) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep(time)));
        sleep.as_mut().poll(cx)
    }

    fn stop(&mut self) {
        self.0 = None;
    }

    /// An error instead of a wait that is too long.
    fn limit<T>(&mut self, time: Duration, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.stop();
            return done;
        }
        ready!(self.poll(time, cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

#[cfg(test)]
pub(super) mod tests;
