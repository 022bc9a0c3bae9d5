//! The TREE extension of the index: which tree each of its folders would be.

use std::io::{BufRead, Read, Result};

use gix::ObjectId;
use gix::bstr::{BString, ByteSlice};

use super::part::Part;
use super::reader::{malformed, text_until};
use super::spans::Spans;
use crate::store::by_name::ByName;

/// The folders of a tree, by name: each with its tree, and how many names come before it.
pub(in crate::store) type Folders = ByName<(ObjectId, usize)>;

/// A folder that is the same in HEAD.
pub(super) struct Known {
    /// Its path with its slash.
    pub folder: BString,
    /// How many entries lie in it.
    pub entries: u32,
    pub tree: ObjectId,
    /// How many names come before it in HEAD's folder.
    pub place: usize,
}

impl Known {
    /// Whether it comes right after `other` in HEAD.
    pub fn follows(&self, other: &Known) -> bool {
        let parent = |known: &Known| known.folder.trim_end_with(|c| c == '/').rfind_byte(b'/').unwrap_or(0);
        let length = parent(self);
        length == parent(other)
            && self.folder[..length] == other.folder[..length]
            && self.place == other.place + 1
    }
}

/// Folders deeper than this are in no work tree.
const DEEPEST: usize = 2_000;

/// The tree of HEAD, to which the index is compared.
#[derive(Clone, Copy)]
pub(in crate::store) struct Head<'l> {
    /// `None` before the first commit.
    pub tree: Option<ObjectId>,
    /// The folders of a tree; none where it can't be read, and then all in it counts as changed.
    pub list: &'l dyn Fn(ObjectId) -> Folders,
}

/// The topmost folders that are as in `head`, by the extension `input`; what comes after the last one of
/// interest is not read.
pub(super) fn known_folders(
    input: Part<'_>,
    hash: gix::hash::Kind,
    head: Head<'_>,
    spans: &mut Spans<'_>,
) -> Result<Vec<Known>> {
    let mut trees = Trees { input, hash, list: head.list, spans, known: Vec::new(), to_pass: None };
    let top: Folders = head.tree.map(|id| (BString::default(), (id, 0))).into_iter().collect();
    trees.folder(&mut BString::default(), &top, 0)?;
    Ok(trees.known)
}

struct Trees<'a, 'f> {
    input: Part<'a>,
    hash: gix::hash::Kind,
    list: &'a dyn Fn(ObjectId) -> Folders,
    spans: &'a mut Spans<'f>,
    known: Vec<Known>,
    to_pass: Option<ToPass>,
}

/// What is of no interest: passed only when something comes after it.
struct ToPass {
    /// So many folders, and all below them.
    folders: i64,
    /// The tree in which they lie, if their folder has one.
    tree: Option<ObjectId>,
}

impl Trees<'_, '_> {
    /// Reads a folder and all below it. `heads` has HEAD's folders beside it.
    fn folder(&mut self, prefix: &mut BString, heads: &Folders, depth: usize) -> Result<()> {
        self.pass()?;
        let length = prefix.len();
        text_until(&mut self.input, 0, prefix)?;
        let head = heads.get(&prefix[length..]);
        if depth > 0 {
            prefix.push(b'/');
        }
        let count = self.decimal(b' ')?;
        let folders = self.decimal(b'\n')?;
        let mut below = Folders::default();
        let (mut is_same, mut tree) = (false, None);
        // A folder that `git add` touched has -1 entries and no tree.
        if let Ok(count) = u32::try_from(count) {
            let mut id = [0; 32];
            let id = &mut id[..self.hash.len_in_bytes()];
            self.input.read_exact(id)?;
            let id = ObjectId::try_from(&*id).map_err(|_| malformed())?;
            tree = Some(id);
            if let Some((_, place)) = head.filter(|(tree, _)| *tree == id && count > 0) {
                is_same = true;
                let (folder, place) = (prefix.clone(), *place);
                self.known.push(Known { folder, entries: count, tree: id, place });
            }
        }
        if let (Some((head, _)), false) = (head, is_same || folders == 0) {
            below = (self.list)(*head);
        }
        if depth > DEEPEST {
            return Err(malformed());
        }
        if below.is_empty() {
            self.to_pass = (folders > 0).then_some(ToPass { folders, tree });
        } else {
            for _ in 0..folders {
                self.folder(prefix, &below, depth + 1)?;
            }
        }
        prefix.truncate(length);
        Ok(())
    }

    /// Goes behind what is of no interest.
    fn pass(&mut self) -> Result<()> {
        let Some(ToPass { folders, tree }) = self.to_pass.take() else { return Ok(()) };
        if let Some(bytes) = tree.and_then(|tree| self.spans.of(tree)) {
            self.input.leap(bytes);
            return Ok(());
        }
        let begin = self.input.position();
        self.pass_folders(folders)?;
        if let Some(tree) = tree {
            self.spans.passed(tree, self.input.position() - begin);
        }
        Ok(())
    }

    /// Reads past so many folders, and all below them.
    fn pass_folders(&mut self, mut count: i64) -> Result<()> {
        while count > 0 {
            let buffer = self.input.fill_buf()?;
            let mut end = 0;
            while count > 0
                && let Some((length, below)) = whole_folder(&buffer[end..], self.hash)
            {
                end += length;
                count += below - 1;
            }
            self.input.consume(end);
            if count > 0 {
                count += self.pass_folder()? - 1;
            }
        }
        Ok(())
    }

    /// Reads past one folder: how many lie in it, and come next.
    fn pass_folder(&mut self) -> Result<i64> {
        self.input.skip_until(0)?;
        let count = self.decimal(b' ')?;
        let below = self.decimal(b'\n')?;
        if count >= 0 {
            let mut id = [0; 32];
            self.input.read_exact(&mut id[..self.hash.len_in_bytes()])?;
        }
        Ok(below)
    }

    /// A number in decimal digits that ends with `end`.
    fn decimal(&mut self, end: u8) -> Result<i64> {
        let (mut value, mut sign) = (0_i64, 1);
        loop {
            let byte = *self.input.fill_buf()?.first().ok_or_else(malformed)?;
            self.input.consume(1);
            match byte {
                b'-' => sign = -1,
                b'0'..=b'9' if value < i64::from(u32::MAX) => value = value * 10 + i64::from(byte - b'0'),
                byte if byte == end => return Ok(sign * value),
                _ => return Err(malformed()),
            }
        }
    }
}

/// Of the folder with which `bytes` begin, if all of it is there: its length, and how many folders follow
/// that lie in it.
fn whole_folder(bytes: &[u8], hash: gix::hash::Kind) -> Option<(usize, i64)> {
    let counts = bytes.find_byte(0)? + 1;
    let is_dirty = bytes[counts..].starts_with(b"-1 ");
    let folders = if is_dirty { counts + 3 } else { counts + digits(&bytes[counts..], b' ')?.0 };
    let (length, below) = digits(&bytes[folders..], b'\n')?;
    let end = folders + length + if is_dirty { 0 } else { hash.len_in_bytes() };
    (end <= bytes.len()).then_some((end, below))
}

/// The number with whose decimal digits `bytes` begin, a few of them up to `end`: how many bytes it takes
/// with `end`, and its value.
fn digits(bytes: &[u8], end: u8) -> Option<(usize, i64)> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        match byte {
            b'0'..=b'9' => value = value * 10 + i64::from(byte - b'0'),
            byte if *byte == end && at > 0 => return Some((at + 1, value)),
            _ => return None,
        }
    }
    None
}
