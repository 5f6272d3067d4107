//! The end of what was read of a file: how much a row may still take, and whether the file ends within quotes.

use std::io::{self, Read};

/// How many bytes behind the last row's beginning are remembered.
const REMEMBERED: usize = 16 << 10;

/// Passes bytes on, at most as many as one row may have.
pub(crate) struct Tail<R> {
    inner: R,
    left: usize,
    /// How many bytes were read in all, and the last of them.
    total: u64,
    last: Vec<u8>,
}

impl<R> Tail<R> {
    /// Allows `left` bytes to begin with.
    pub(crate) fn new(inner: R, left: usize) -> Self {
        Self { inner, left, total: 0, last: Vec::new() }
    }

    /// Allows the next row so many bytes.
    pub(crate) fn allow(&mut self, bytes: usize) {
        self.left = bytes;
    }

    /// At the end of the file: whether a row that began at byte `from` ends within quotes. A longer row than is
    /// remembered is taken for whole.
    pub(crate) fn ends_in_quotes(&self, from: u64) -> bool {
        let behind = self.total.checked_sub(from).and_then(|behind| usize::try_from(behind).ok());
        let begins = behind.and_then(|behind| self.last.len().checked_sub(behind));
        begins.is_some_and(|begins| self.last[begins..].iter().fold(false, |within, byte| within ^ (*byte == b'"')))
    }
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("a row of more than a megabyte: a quote is opened here and not closed"));
        }
        let most = buffer.len().min(self.left);
        let count = self.inner.read(&mut buffer[..most])?;
        self.left -= count;
        self.total += count as u64;
        self.last.extend_from_slice(&buffer[..count]);
        self.last.drain(..self.last.len().saturating_sub(REMEMBERED));
        Ok(count)
    }
}
