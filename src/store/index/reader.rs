//! Reads the entries of an index, one after the other.

use std::fs::File;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Seek, SeekFrom};

use gix::ObjectId;
use gix::index::entry::{Mode, Stage};

use super::state::IndexEntry;

/// So many bytes are read at once.
const CHUNK: usize = 32 * 1024;
/// Where the entries begin: after signature, version and count.
pub(super) const ENTRIES: u64 = 12;
/// Bytes of an entry before its object id, and where its mode lies in them.
const STAT: usize = 40;
pub(super) const MODE: usize = 24;
/// The flag of an entry that has two more bytes of flags.
const EXTENDED: u16 = 0x4000;
/// The length of a path that is told by the NUL after it alone.
pub(super) const LONG: usize = 0xfff;

/// An index that is read.
pub(super) struct Reader {
    pub input: BufReader<File>,
    pub hash: gix::hash::Kind,
    pub version: u32,
    /// How many entries there are.
    pub count: u32,
    /// How many of them were read or passed.
    pub passed: u32,
    /// The path of the entry that was read last.
    pub path: Vec<u8>,
    /// What comes before it.
    fixed: Vec<u8>,
    extended: u16,
}

pub(super) fn malformed() -> Error {
    Error::from(ErrorKind::InvalidData)
}

impl Reader {
    /// Opens an index whose object ids are of the kind `hash`, before its first entry.
    pub fn open(file: File, hash: gix::hash::Kind) -> Result<Reader> {
        let mut input = BufReader::with_capacity(CHUNK, file);
        let mut signature = [0; 4];
        input.read_exact(&mut signature)?;
        let (version, count) = (number(&mut input)?, number(&mut input)?);
        if &signature != b"DIRC" || !(2..=4).contains(&version) {
            return Err(malformed());
        }
        let fixed = vec![0; STAT + hash.len_in_bytes() + 2];
        Ok(Reader { input, hash, version, count, passed: 0, path: Vec::new(), fixed, extended: 0 })
    }

    /// Goes to the first entry.
    pub fn begin(&mut self) -> Result<()> {
        self.path.clear();
        self.passed = 0;
        self.input.seek(SeekFrom::Start(ENTRIES)).map(drop)
    }

    /// Passes entries until `passed` lie behind.
    pub fn pass(&mut self, passed: u32) -> Result<()> {
        while self.passed < passed {
            self.pass_buffered(passed);
            if self.passed < passed {
                self.pass_entry()?;
            }
        }
        Ok(())
    }

    /// Passes ordinary entries that are read already.
    fn pass_buffered(&mut self, passed: u32) {
        if self.version == 4 {
            return;
        }
        let buffer = self.input.buffer();
        let mut end = 0;
        while self.passed < passed
            && let Some(length) = ordinary_entry(&buffer[end..], self.fixed.len())
        {
            end += length;
            self.passed += 1;
        }
        self.input.consume(end);
    }

    /// Reads the next entry with its path.
    pub fn next_entry(&mut self) -> Result<()> {
        let (length, size) = self.next_fixed()?;
        self.passed += 1;
        if self.version == 4 {
            let cut = varint(&mut self.input)?;
            let kept = self.path.len().checked_sub(cut).ok_or_else(malformed)?;
            self.path.truncate(kept);
            return text_until(&mut self.input, 0, &mut self.path);
        }
        self.path.clear();
        if size == LONG {
            text_until(&mut self.input, 0, &mut self.path)?;
            return self.input.seek_relative(padding(length + self.path.len()) - 1);
        }
        self.path.resize(size, 0);
        self.input.read_exact(&mut self.path)?;
        self.input.seek_relative(padding(length + size))
    }

    /// Passes the next entry; of its path only what the one after it needs is kept.
    fn pass_entry(&mut self) -> Result<()> {
        if self.version == 4 {
            return self.next_entry();
        }
        let (length, size) = self.next_fixed()?;
        self.passed += 1;
        if size == LONG {
            let size = self.input.skip_until(0)? - 1;
            return self.input.seek_relative(padding(length + size) - 1);
        }
        self.input.seek_relative(size as i64 + padding(length + size))
    }

    /// Reads what comes before the path: how many bytes, and how long the path is.
    fn next_fixed(&mut self) -> Result<(usize, usize)> {
        self.input.read_exact(&mut self.fixed)?;
        let flags = self.flags();
        let size = usize::from(flags) & LONG;
        self.extended = 0;
        if flags & EXTENDED == 0 {
            return Ok((self.fixed.len(), size));
        }
        let mut extended = [0; 2];
        self.input.read_exact(&mut extended)?;
        self.extended = u16::from_be_bytes(extended);
        Ok((self.fixed.len() + 2, size))
    }

    /// How many bytes an ordinary entry has before its path.
    pub fn fixed(&self) -> usize {
        self.fixed.len()
    }

    fn flags(&self) -> u16 {
        let at = self.fixed.len() - 2;
        u16::from_be_bytes([self.fixed[at], self.fixed[at + 1]])
    }

    /// The entry that was read last.
    pub fn entry(&self) -> Result<IndexEntry> {
        let id = ObjectId::try_from(&self.fixed[STAT..STAT + self.hash.len_in_bytes()])
            .map_err(|_| malformed())?;
        let mode = self.fixed[MODE..MODE + 4].try_into().map_err(|_| malformed())?;
        Ok(IndexEntry {
            path: self.path.as_slice().into(),
            id,
            mode: Mode::from_bits_truncate(u32::from_be_bytes(mode)),
            stage: match self.flags() >> 12 & 3 {
                0 => Stage::Unconflicted,
                1 => Stage::Base,
                2 => Stage::Ours,
                _ => Stage::Theirs,
            },
            is_intended: self.extended & 0x2000 != 0,
        })
    }
}

/// The length of the entry with which `bytes` begin, if all of it is there and it is an ordinary one.
pub(super) fn ordinary_entry(bytes: &[u8], fixed: usize) -> Option<usize> {
    let flags = u16::from_be_bytes(bytes.get(fixed - 2..fixed)?.try_into().ok()?);
    let size = usize::from(flags) & LONG;
    let whole = fixed + size + padding(fixed + size) as usize;
    (flags & EXTENDED == 0 && size < LONG && whole <= bytes.len()).then_some(whole)
}

/// At least one NUL, and the next entry begins at a multiple of eight.
fn padding(length: usize) -> i64 {
    8 - (length % 8) as i64
}

pub(super) fn number(input: &mut impl Read) -> Result<u32> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes)?;
    Ok(u32::from_be_bytes(bytes))
}

/// Adds what comes before the byte `end`, and reads past it.
pub(super) fn text_until(input: &mut impl BufRead, end: u8, into: &mut Vec<u8>) -> Result<()> {
    input.read_until(end, into)?;
    if into.pop() == Some(end) { Ok(()) } else { Err(malformed()) }
}

/// The variable width integer of pack files' offsets, `gitformat-pack(5)`.
fn varint(input: &mut impl Read) -> Result<usize> {
    let mut byte = [0];
    input.read_exact(&mut byte)?;
    let mut value = usize::from(byte[0] & 0x7f);
    while byte[0] & 0x80 != 0 {
        input.read_exact(&mut byte)?;
        let more = value.checked_add(1).and_then(|value| value.checked_mul(128)).ok_or_else(malformed)?;
        value = more + usize::from(byte[0] & 0x7f);
    }
    Ok(value)
}
