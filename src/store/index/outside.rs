//! The entries outside of the folders that are as in HEAD.

use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};

use super::part::Part;
use super::reader::{Reader, malformed, number};
use super::spans::Spans;
use super::state::{Index, IndexEntry};
use super::trees::{self, Head, Known};

/// How many entries lie in a row of folders.
fn entries(row: &[Known]) -> u32 {
    row.iter().fold(0, |sum, known| sum.saturating_add(known.entries))
}

/// What the index knows of folders, behind the entries, at which `reader` stands; all ends at `end`.
fn known_folders(reader: &mut Reader, end: u64, head: Head<'_>, spans: &mut Spans<'_>) -> Result<Vec<Known>> {
    let mut known = Vec::new();
    while reader.input.stream_position()? < end {
        let mut name = [0; 4];
        reader.input.read_exact(&mut name)?;
        let size = number(&mut reader.input)?;
        match &name {
            b"TREE" => {
                let begin = reader.input.stream_position()?;
                let behind = begin + u64::from(size);
                let extension = Part::new(reader.input.get_ref(), begin, behind);
                known = trees::known_folders(extension, reader.hash, head, spans)?;
                reader.input.seek(SeekFrom::Start(behind))?;
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
    head: Head<'_>,
    spans: &mut Spans<'_>,
) -> Result<Index> {
    if reader.version == 4 || reader.count < WORTH_A_LEAP {
        return Err(Error::from(ErrorKind::Unsupported));
    }
    let entries_end = reader.end_of_entries(end)?;
    reader.input.seek(SeekFrom::Start(entries_end))?;
    let known = known_folders(reader, end, head, spans)?;
    outside(reader, known, &Way::Leaps { end: entries_end })
}

/// Passes all entries, once, to what lies behind them.
pub(super) fn by_steps(reader: &mut Reader, end: u64, head: Head<'_>) -> Result<Index> {
    reader.begin()?;
    let mut milestones = Vec::new();
    while reader.passed < reader.count {
        let (passed, offset) = (reader.passed, reader.input.stream_position()?);
        milestones.push(Milestone { passed, offset, path: reader.path.clone() });
        reader.pass(reader.count.min(passed + STRIDE))?;
    }
    let known = known_folders(reader, end, head, &mut Spans::none())?;
    outside(reader, known, &Way::Steps(milestones))
}

/// Reads the entries outside of `known`.
fn outside(reader: &mut Reader, mut known: Vec<Known>, way: &Way) -> Result<Index> {
    reader.begin()?;
    known.sort_by(|a, b| a.folder.cmp(&b.folder));
    let mut entries: Vec<IndexEntry> = Vec::new();
    let mut rows = rows(&known, way).peekable();
    let mut behind: &[u8] = b"";
    while reader.passed < reader.count {
        reader.next_entry()?;
        let last = entries.last().map_or(&b""[..], |entry| entry.path.as_slice());
        if reader.path.as_slice() < last.max(behind)
            || (!behind.is_empty() && reader.path.starts_with(behind))
        {
            return Err(malformed());
        }
        match rows.next_if(|row| reader.path.starts_with(&row[0].folder)) {
            Some(row) => {
                finish(reader, row, way)?;
                behind = &row[row.len() - 1].folder;
            }
            None => entries.push(reader.entry()?),
        }
    }
    let is_whole = reader.passed == reader.count && rows.peek().is_none();
    drop(rows);
    let ends_there = match way {
        Way::Steps(_) => true,
        Way::Leaps { end } => reader.input.stream_position()? == *end,
    };
    if !is_whole || !ends_there {
        return Err(malformed());
    }
    let same = known.into_iter().map(|known| (known.folder, known.tree)).collect();
    Ok(Index { same, entries })
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
