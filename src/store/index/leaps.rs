//! Places in a long index, found without passing what lies before them.
//!
//! Entries have no marks, but each says its length, its mode and its path: from a wrong place no row of
//! sorted entries follows, but where somebody arranged object ids for it. What is found so is taken only when
//! the counts of all folders add up to that of the whole; else all entries are passed.

use std::io::Result;

use gix::index::entry::Mode;

use super::part::read_at;
use super::reader::{ENTRIES, LONG, MODE, Reader, malformed, ordinary_entry};

/// So many bytes are looked at to find where an entry begins.
const WINDOW: usize = 8 * 1024;
/// So many entries in a row are no accident.
const ROW: usize = 8;
/// Entries of versions 2 and 3 begin at multiples of this after the first.
const ALIGNED: u64 = 8;

impl Reader {
    /// Where the entries end and the extensions begin, of which the last ends at `end`.
    pub fn end_of_entries(&mut self, end: u64) -> Result<u64> {
        let near = self.near(ENTRIES, end, |_| true)?;
        let begins = self.first_after(near, end, |entry| !is_extension(entry))?;
        let mut at = begins;
        while at < end {
            let header = self.bytes(at, 8)?;
            let size = header[4..].try_into().map_err(|_| malformed())?;
            at += 8 + u64::from(u32::from_be_bytes(size));
        }
        if at == end && begins < end { Ok(begins) } else { Err(malformed()) }
    }

    /// Where the first entry behind those in `folder` begins. One in it begins at `begin`, and all end
    /// at `end`.
    pub fn behind(&mut self, folder: &[u8], begin: u64, end: u64) -> Result<u64> {
        let fixed = self.fixed();
        let is_before =
            |entry: &[u8]| path(entry, fixed).is_none_or(|path| path < folder || path.starts_with(folder));
        let near = self.near(begin, end, is_before)?;
        self.first_after(near, end, is_before)
    }

    /// A place not far before the first entry that is not `is_before`, by halves.
    fn near(&mut self, mut begin: u64, mut end: u64, is_before: impl Fn(&[u8]) -> bool) -> Result<u64> {
        while end.saturating_sub(begin) > 2 * WINDOW as u64 {
            let middle = begin + (end - begin) / 2 / ALIGNED * ALIGNED;
            let window = self.bytes(middle, WINDOW)?;
            match self.first_entry(&window).filter(|at| is_before(&window[*at..])) {
                Some(at) => begin = middle + at as u64,
                None => end = middle,
            }
        }
        Ok(begin)
    }

    /// The first entry in `window` from which nothing but sorted entries follows in it.
    fn first_entry(&self, window: &[u8]) -> Option<usize> {
        let starts = (0..window.len()).step_by(ALIGNED as usize);
        starts.into_iter().find(|start| self.is_row(&window[*start..]))
    }

    fn is_row(&self, mut bytes: &[u8]) -> bool {
        let fixed = self.fixed();
        let (mut last, mut count) = (&b""[..], 0);
        while let Some(length) = ordinary_entry(bytes, fixed) {
            let (entry, rest) = bytes.split_at(length);
            let Some(path) = path(entry, fixed).filter(|path| *path >= last) else { return false };
            (last, bytes, count) = (path, rest, count + 1);
        }
        // The next one is cut off, or of another form.
        count >= ROW
    }

    /// Where the first entry lies that is not `is_before`, beyond `begin`; `end` where there is none.
    fn first_after(&mut self, begin: u64, end: u64, is_before: impl Fn(&[u8]) -> bool) -> Result<u64> {
        let bytes = self.bytes(begin, end.saturating_sub(begin).min(4 * WINDOW as u64) as usize)?;
        let mut at = 0;
        while at < bytes.len() && is_before(&bytes[at..]) {
            at += ordinary_entry(&bytes[at..], self.fixed()).ok_or_else(malformed)?;
        }
        let found = begin + at as u64;
        // At the end of the bytes nothing was looked at.
        if at < bytes.len() || found == end { Ok(found) } else { Err(malformed()) }
    }

    /// `length` bytes from `at`. What is read next must be sought.
    fn bytes(&mut self, at: u64, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        read_at(self.input.get_ref(), at, &mut bytes)?;
        Ok(bytes)
    }
}

/// The path of an ordinary entry, if that is what `entry` is.
fn path(entry: &[u8], fixed: usize) -> Option<&[u8]> {
    let mode = entry.get(MODE..MODE + 4)?.try_into().ok()?;
    let mode = Mode::from_bits(u32::from_be_bytes(mode))?;
    let is_known = [Mode::FILE, Mode::FILE_EXECUTABLE, Mode::SYMLINK, Mode::COMMIT].contains(&mode);
    let length = ordinary_entry(entry, fixed).filter(|_| is_known)?;
    let text = &entry[fixed..length];
    let size = text.iter().position(|byte| *byte == 0)?;
    let is_said = usize::from(u16::from_be_bytes([entry[fixed - 2], entry[fixed - 1]])) & LONG == size;
    (is_said && text[size..].iter().all(|byte| *byte == 0)).then_some(&text[..size])
}

/// Whether `bytes` may be the begin of the first extension. An entry begins with a time, which is one of
/// these in two seconds of all.
fn is_extension(bytes: &[u8]) -> bool {
    bytes.starts_with(b"TREE") || bytes.starts_with(b"IEOT")
}
