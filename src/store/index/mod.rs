//! Git's index as far as it is not HEAD: the entries are passed once, to what lies behind them, and only
//! those outside of the folders that are the same are read.
//!
//! The library turns every entry into a structure, 40 times what a commit needs in a repository of
//! 30,000 files, and the hook pays for the memory. Forms that are not read here (split and sparse
//! indexes, anything malformed) are left to it. The format: `gitformat-index(5)`.

mod trees;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Seek, SeekFrom};
use std::path::Path;

use gix::ObjectId;
use gix::bstr::{BString, ByteSlice};
use gix::index::entry::{Flags, Mode, Stage};

/// The index: HEAD's folders where nothing changed, and every entry outside of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Index {
    /// The topmost folders that are as in HEAD, with their slash, each with its tree. The empty name
    /// is the top.
    pub same: BTreeMap<BString, ObjectId>,
    /// All other entries, sorted by path.
    pub entries: Vec<IndexEntry>,
}

/// A file in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IndexEntry {
    pub path: BString,
    pub id: ObjectId,
    pub mode: Mode,
    pub stage: Stage,
    /// `git add --intent-to-add`: a commit would not contain it.
    pub is_intended: bool,
}

impl IndexEntry {
    /// Whether it is a side of a conflict.
    pub fn is_unmerged(&self) -> bool {
        self.stage != Stage::Unconflicted
    }

    /// Whether a commit would contain it: no unmerged side, no mere intention to add.
    pub fn would_be_committed(&self) -> bool {
        !self.is_unmerged() && !self.is_intended
    }
}

impl Index {
    /// An index that is as the tree `id`.
    pub fn of_tree(id: ObjectId) -> Index {
        Index { same: BTreeMap::from([(BString::default(), id)]), entries: Vec::new() }
    }

    /// All that the library read.
    pub fn of_library(state: &gix::index::State) -> Index {
        let entries = state.entries().iter().map(|entry| IndexEntry {
            path: entry.path(state).to_owned(),
            id: entry.id,
            mode: entry.mode,
            stage: entry.stage(),
            is_intended: entry.flags.contains(Flags::INTENT_TO_ADD),
        });
        Index { same: BTreeMap::new(), entries: entries.collect() }
    }

    /// The entries whose paths begin with `prefix`.
    pub fn below(&self, prefix: &[u8]) -> &[IndexEntry] {
        let begin = self.entries.partition_point(|entry| entry.path.as_slice() < prefix);
        let count = self.entries[begin..].partition_point(|entry| entry.path.starts_with(prefix));
        &self.entries[begin..begin + count]
    }

    /// The entry at `path` that is no side of a conflict.
    pub fn entry(&self, path: &[u8]) -> Option<&IndexEntry> {
        let begin = self.entries.partition_point(|entry| entry.path.as_slice() < path);
        let sides = self.entries[begin..].iter().take_while(|entry| entry.path.as_slice() == path);
        sides.into_iter().find(|entry| entry.stage == Stage::Unconflicted)
    }

    /// The folders below `prefix` that are as in HEAD, with their slash.
    pub fn same_below<'a>(&'a self, prefix: &'a [u8]) -> impl Iterator<Item = &'a BString> {
        let from = self.same.range(BString::from(prefix)..);
        from.map(|(folder, _)| folder).take_while(move |folder| folder.starts_with(prefix))
    }

    /// The folder as in HEAD in which `path` lies, and the rest of the path.
    pub fn same_around<'a>(&self, path: &'a str) -> Option<(ObjectId, &'a str)> {
        let ends = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
        ends.filter_map(|end| Some((*self.same.get(path.as_bytes()[..end].as_bstr())?, &path[end..]))).next()
    }
}

/// The folders of a tree, by name.
pub(super) type Folders = HashMap<BString, ObjectId>;

/// Reads the index at `path`, against the tree of HEAD whose folders `list` gives; `None` where its form
/// is for the library.
pub(super) fn read(
    path: &Path,
    hash: gix::hash::Kind,
    head: Option<ObjectId>,
    list: &dyn Fn(ObjectId) -> Folders,
) -> Option<Index> {
    let file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    let mut reader = Reader::open(file, hash).ok()?;
    let end = length.checked_sub(hash.len_in_bytes() as u64)?;
    let known = reader.known_folders(end, head, list).ok()?;
    reader.beyond(known).ok()
}

/// A folder that is the same in HEAD: its name, how many entries it has, its tree.
type Known = (BString, u32, ObjectId);

/// So many bytes are read at once.
const CHUNK: usize = 128 * 1024;
/// Where the entries begin: after signature, version and count.
const ENTRIES: u64 = 12;
/// Bytes of an entry before its object id, and where its mode lies in them.
const STAT: usize = 40;
const MODE: usize = 24;
/// The flag of an entry that has two more bytes of flags.
const EXTENDED: u16 = 0x4000;
/// The length of a path that is told by the NUL after it alone.
const LONG: usize = 0xfff;

struct Reader {
    input: BufReader<File>,
    hash: gix::hash::Kind,
    version: u32,
    count: u32,
    /// How many entries were read or passed.
    passed: u32,
    /// The entry that was read last.
    path: Vec<u8>,
    fixed: Vec<u8>,
    extended: u16,
    milestones: Vec<Milestone>,
}

/// Where an entry begins, so that those before it need not be passed again.
struct Milestone {
    passed: u32,
    offset: u64,
    /// What the entry before it left of its path, for the version that shortens paths.
    path: Vec<u8>,
}

/// So many entries lie between milestones.
const STRIDE: u32 = 1_024;

fn malformed() -> Error {
    Error::from(ErrorKind::InvalidData)
}

impl Reader {
    fn open(file: File, hash: gix::hash::Kind) -> Result<Reader> {
        let mut input = BufReader::with_capacity(CHUNK, file);
        let mut signature = [0; 4];
        input.read_exact(&mut signature)?;
        let (version, count) = (number(&mut input)?, number(&mut input)?);
        if &signature != b"DIRC" || !(2..=4).contains(&version) {
            return Err(malformed());
        }
        let fixed = vec![0; STAT + hash.len_in_bytes() + 2];
        let (path, milestones) = (Vec::new(), Vec::new());
        Ok(Reader { input, hash, version, count, passed: 0, path, fixed, extended: 0, milestones })
    }

    /// Reads past the entries to what the index knows of folders.
    fn known_folders(
        &mut self,
        end: u64,
        head: Option<ObjectId>,
        list: &dyn Fn(ObjectId) -> Folders,
    ) -> Result<Vec<Known>> {
        while self.passed < self.count {
            let (passed, offset) = (self.passed, self.input.stream_position()?);
            self.milestones.push(Milestone { passed, offset, path: self.path.clone() });
            self.pass(self.count.min(passed + STRIDE))?;
        }
        let mut known = Vec::new();
        while self.input.stream_position()? < end {
            let mut name = [0; 4];
            self.input.read_exact(&mut name)?;
            let size = number(&mut self.input)?;
            match &name {
                b"TREE" => {
                    let mut extension = (&mut self.input).take(size.into());
                    known = trees::known_folders(&mut extension, self.hash, head, list)?;
                    let rest = i64::try_from(extension.limit()).map_err(|_| malformed())?;
                    self.input.seek_relative(rest)?;
                }
                // Without it the entries mean something else, and the library knows what.
                name if !name[0].is_ascii_uppercase() => return Err(malformed()),
                _ => self.input.seek_relative(size.into())?,
            }
        }
        Ok(known)
    }

    /// Reads the entries again, and keeps those outside of `known`.
    fn beyond(&mut self, mut known: Vec<Known>) -> Result<Index> {
        self.input.seek(SeekFrom::Start(ENTRIES))?;
        self.path.clear();
        self.passed = 0;
        known.sort();
        let mut index = Index::default();
        let mut next = known.into_iter().peekable();
        while self.passed < self.count {
            let first = self.passed;
            self.next_entry()?;
            let Some((folder, entries, id)) = next.next_if(|(folder, ..)| self.path.starts_with(folder))
            else {
                index.entries.push(self.entry()?);
                continue;
            };
            if entries > 1 {
                self.jump((first + entries - 1).min(self.count))?;
                self.next_entry()?;
            }
            if !self.path.starts_with(&folder) {
                return Err(malformed());
            }
            index.same.insert(folder, id);
        }
        let is_whole = self.passed == self.count && next.peek().is_none();
        is_whole.then_some(index).ok_or_else(malformed)
    }

    /// Goes on to where `passed` entries lie behind, by the last milestone before it.
    fn jump(&mut self, passed: u32) -> Result<()> {
        let after = self.milestones.partition_point(|milestone| milestone.passed <= passed);
        if let Some(milestone) = after.checked_sub(1).map(|last| &self.milestones[last])
            && milestone.passed > self.passed
        {
            self.input.seek(SeekFrom::Start(milestone.offset))?;
            self.path.clone_from(&milestone.path);
            self.passed = milestone.passed;
        }
        self.pass(passed)
    }

    /// Passes entries until `passed` lie behind.
    fn pass(&mut self, passed: u32) -> Result<()> {
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
    fn next_entry(&mut self) -> Result<()> {
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

    fn flags(&self) -> u16 {
        let at = self.fixed.len() - 2;
        u16::from_be_bytes([self.fixed[at], self.fixed[at + 1]])
    }

    fn entry(&self) -> Result<IndexEntry> {
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
fn ordinary_entry(bytes: &[u8], fixed: usize) -> Option<usize> {
    let flags = u16::from_be_bytes(bytes.get(fixed - 2..fixed)?.try_into().ok()?);
    let size = usize::from(flags) & LONG;
    let whole = fixed + size + padding(fixed + size) as usize;
    (flags & EXTENDED == 0 && size < LONG && whole <= bytes.len()).then_some(whole)
}

/// At least one NUL, and the next entry begins at a multiple of eight.
fn padding(length: usize) -> i64 {
    8 - (length % 8) as i64
}

fn number(input: &mut impl Read) -> Result<u32> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes)?;
    Ok(u32::from_be_bytes(bytes))
}

/// Adds what comes before the byte `end`, and reads past it.
fn text_until(input: &mut impl BufRead, end: u8, into: &mut Vec<u8>) -> Result<()> {
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

#[cfg(test)]
mod tests;
