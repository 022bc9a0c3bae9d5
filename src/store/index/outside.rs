//! The entries outside of the folders that are as in HEAD.

use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};

use gix::ObjectId;

use super::reader::{Reader, malformed, number};
use super::state::Index;
use super::trees::{self, Folders, Known};

/// How many entries lie in a row of folders.
fn entries(row: &[Known]) -> u32 {
    row.iter().fold(0, |sum, known| sum.saturating_add(known.entries))
}

/// What the index knows of folders, behind the entries, at which `reader` stands; all ends at `end`.
pub(super) fn known_folders(
    reader: &mut Reader,
    end: u64,
    head: Option<ObjectId>,
    list: &dyn Fn(ObjectId) -> Folders,
) -> Result<Vec<Known>> {
    let mut known = Vec::new();
    while reader.input.stream_position()? < end {
        let mut name = [0; 4];
        reader.input.read_exact(&mut name)?;
        let size = number(&mut reader.input)?;
        match &name {
            b"TREE" => {
                let mut extension = (&mut reader.input).take(size.into());
                known = trees::known_folders(&mut extension, reader.hash, head, list)?;
                let rest = i64::try_from(extension.limit()).map_err(|_| malformed())?;
                reader.input.seek_relative(rest)?;
            }
            // Without it the entries mean something else, and the library knows what.
            name if !name[0].is_ascii_uppercase() => return Err(malformed()),
            _ => reader.input.seek_relative(size.into())?,
        }
    }
    Ok(known)
}

/// How to get behind folders whose entries need no look.
enum Way {
    /// Entry by entry, from the last milestone.
    Steps(Vec<Milestone>),
    /// By halves, where the entries end at `end`.
    Leaps { end: u64 },
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
/// So many entries are worth a leap.
const WORTH_A_LEAP: u32 = 1_024;

/// Reads a long index without passing most of its entries; an error for one of another form.
pub(super) fn by_leaps(
    reader: &mut Reader,
    end: u64,
    known: impl FnOnce(&mut Reader) -> Result<Vec<Known>>,
) -> Result<Index> {
    if reader.version == 4 || reader.count < WORTH_A_LEAP {
        return Err(Error::from(ErrorKind::Unsupported));
    }
    let end = reader.end_of_entries(end)?;
    reader.input.seek(SeekFrom::Start(end))?;
    let known = known(reader)?;
    outside(reader, known, &Way::Leaps { end })
}

/// Passes all entries, once, to what lies behind them.
pub(super) fn by_steps(
    reader: &mut Reader,
    known: impl FnOnce(&mut Reader) -> Result<Vec<Known>>,
) -> Result<Index> {
    reader.begin()?;
    let mut milestones = Vec::new();
    while reader.passed < reader.count {
        let (passed, offset) = (reader.passed, reader.input.stream_position()?);
        milestones.push(Milestone { passed, offset, path: reader.path.clone() });
        reader.pass(reader.count.min(passed + STRIDE))?;
    }
    let known = known(reader)?;
    outside(reader, known, &Way::Steps(milestones))
}

/// Reads the entries outside of `known`.
fn outside(reader: &mut Reader, mut known: Vec<Known>, way: &Way) -> Result<Index> {
    reader.begin()?;
    known.sort_by(|a, b| a.folder.cmp(&b.folder));
    let mut index = Index::default();
    let mut rows = rows(&known, way).peekable();
    let mut behind: &[u8] = b"";
    while reader.passed < reader.count {
        reader.next_entry()?;
        let last = index.entries.last().map_or(&b""[..], |entry| entry.path.as_slice());
        if reader.path.as_slice() < last.max(behind)
            || (!behind.is_empty() && reader.path.starts_with(behind))
        {
            return Err(malformed());
        }
        match rows.next_if(|row| reader.path.starts_with(&row[0].folder)) {
            Some(row) => {
                finish(reader, row, way)?;
                behind = &row[row.len() - 1].folder;
                index.same.extend(row.iter().map(|known| (known.folder.clone(), known.tree)));
            }
            None => index.entries.push(reader.entry()?),
        }
    }
    let is_whole = reader.passed == reader.count && rows.peek().is_none();
    let ends_there = match way {
        Way::Steps(_) => true,
        Way::Leaps { end } => reader.input.stream_position()? == *end,
    };
    (is_whole && ends_there).then_some(index).ok_or_else(malformed)
}

fn is_worth_a_leap(row: &[Known]) -> bool {
    entries(row) >= WORTH_A_LEAP
}

/// Folders that are passed at once.
fn rows<'k>(known: &'k [Known], way: &Way) -> impl Iterator<Item = &'k [Known]> {
    let by_leaps = matches!(way, Way::Leaps { .. });
    let rows = known.chunk_by(move |a, b| by_leaps && b.follows(a));
    // What is new between them makes a leap fail, and it is likely to lie among the newest few.
    let at_once = |row: &[Known]| if is_worth_a_leap(row) { row.len() } else { 1 };
    rows.flat_map(move |row| row.chunks(at_once(row)))
}

/// Goes behind the other entries of a row of folders, of which the first was read last.
fn finish(reader: &mut Reader, row: &[Known], way: &Way) -> Result<()> {
    let more = entries(row) - 1;
    let last = &row[row.len() - 1].folder;
    let passed = reader.passed.saturating_add(more).min(reader.count);
    match way {
        // Of several folders the counts alone say nothing: what is new between them would be passed for others.
        Way::Leaps { end } if is_worth_a_leap(row) => {
            let begin = reader.input.stream_position()?;
            let behind = reader.behind(last, begin, *end)?;
            reader.passed = passed;
            return reader.input.seek(SeekFrom::Start(behind)).map(drop);
        }
        Way::Steps(milestones) => jump(reader, milestones, passed - 1)?,
        Way::Leaps { .. } => reader.pass(passed - 1)?,
    }
    if more > 0 {
        reader.next_entry()?;
    }
    if reader.path.starts_with(last) { Ok(()) } else { Err(malformed()) }
}

/// Goes on to where `passed` entries lie behind, by the last milestone before it.
fn jump(reader: &mut Reader, milestones: &[Milestone], passed: u32) -> Result<()> {
    let after = milestones.partition_point(|milestone| milestone.passed <= passed);
    if let Some(milestone) = after.checked_sub(1).map(|last| &milestones[last])
        && milestone.passed > reader.passed
    {
        reader.input.seek(SeekFrom::Start(milestone.offset))?;
        reader.path.clone_from(&milestone.path);
        reader.passed = milestone.passed;
    }
    reader.pass(passed)
}
