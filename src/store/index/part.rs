//! Reads places in a file.

use std::fs::File;
use std::io::{BufRead, Read, Result};

/// So many bytes are read first after a leap, since another leap may follow; then twice as many each time.
const FIRST: usize = 512;
/// So many are read at once at most.
const MOST: usize = 32 * 1024;

/// The part of a file up to a place, read forward.
pub(super) struct Part<'f> {
    file: &'f File,
    buffer: Vec<u8>,
    /// How much of the buffer was used.
    used: usize,
    /// Where in the file the buffer ends.
    position: u64,
    end: u64,
    chunk: usize,
}

impl<'f> Part<'f> {
    /// What lies in `file` from `begin` to `end`.
    pub fn new(file: &'f File, begin: u64, end: u64) -> Part<'f> {
        Part { file, buffer: Vec::new(), used: 0, position: begin, end, chunk: MOST }
    }

    /// Where in the file what is read next lies.
    pub fn position(&self) -> u64 {
        self.position - (self.buffer.len() - self.used) as u64
    }

    /// Goes on so many bytes later.
    pub fn leap(&mut self, bytes: u64) {
        let buffered = (self.buffer.len() - self.used) as u64;
        if bytes <= buffered {
            self.consume(bytes as usize);
            return;
        }
        self.position = self.end.min(self.position.saturating_add(bytes - buffered));
        self.buffer.clear();
        self.used = 0;
        self.chunk = FIRST;
    }
}

/// Fills `bytes` with what lies at `at`. Where a reader of the file stands is another matter afterwards.
#[cfg(unix)]
pub(super) fn read_at(file: &File, at: u64, bytes: &mut [u8]) -> Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

/// Fills `bytes` with what lies at `at`. Where a reader of the file stands is another matter afterwards.
#[cfg(not(unix))]
pub(super) fn read_at(mut file: &File, at: u64, bytes: &mut [u8]) -> Result<()> {
    std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(at))?;
    file.read_exact(bytes)
}

impl BufRead for Part<'_> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        if self.used == self.buffer.len() {
            let length = self.end.saturating_sub(self.position).min(self.chunk as u64);
            self.buffer.resize(length as usize, 0);
            self.used = 0;
            read_at(self.file, self.position, &mut self.buffer)?;
            self.position += length;
            self.chunk = MOST.min(2 * self.chunk);
        }
        Ok(&self.buffer[self.used..])
    }

    fn consume(&mut self, amount: usize) {
        self.used += amount;
    }
}

impl Read for Part<'_> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let length = self.fill_buf()?.read(into)?;
        self.consume(length);
        Ok(length)
    }
}
