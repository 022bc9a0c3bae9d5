//! What the three ways to check have in common.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::asker::Asker;
use crate::domain::change::{Change, Changes, What};
use crate::domain::diagnostic::{Fault, FileFault, Spot};
use crate::domain::handle::Handle;
use crate::domain::id::{EventName, RecordId, is_archive};
use crate::domain::investigation::needs::Pages;
use crate::domain::kind::{Brief, KINDS};
use crate::domain::policy::Policy;
use crate::domain::record::{Record, RecordDir};
use crate::domain::redaction::Redaction;
use crate::domain::snapshot::{Snapshot, Team};
use crate::domain::time::Timestamp;
use crate::rules::{Altered, Commit, Fate, Files, RecordChange};
use crate::store::assemble::{is_hidden, read_files, read_record, said, said_by};
use crate::store::committed::{all_dirs, record_of, touched_records};
use crate::store::diff::tree_changes;
use crate::store::elsewhere::with_integration;
use crate::store::history::{Past, Range};
use crate::store::knowledge::entry_fault;
use crate::store::living;
use crate::store::redaction::{Instead, instead};
use crate::store::repo::FOLDER;
use crate::store::source::{CommitTree, Contents, Source};
use crate::store::{ObjectId, Repo, StoreError};

/// The two sides of a change as sources.
pub struct Sides<'a> {
    /// Before.
    pub before: &'a dyn Source,
    /// After.
    pub after: &'a dyn Source,
    /// The commits that came before the change on the same branch, where they are not part of it.
    pub branch: Option<Branch<'a>>,
    /// Where each record lies, found when it is first asked for.
    pub homes: OnceCell<HashMap<RecordId, RecordDir>>,
}

/// The commits of a branch up to its tip.
pub struct Branch<'a> {
    /// Where it is.
    pub repo: &'a Repo,
    /// Its tip.
    pub tip: ObjectId,
    /// From where it began.
    pub since: Since<'a>,
}

/// Where a branch began.
pub enum Since<'a> {
    /// At what is published; the integration branch, where policy names it.
    Published(Option<&'a str>),
    /// At this commit.
    Commit(ObjectId),
}

impl Branch<'_> {
    /// The records that this branch has and what it branched off from has not.
    fn records(&self) -> Result<Vec<RecordDir>, StoreError> {
        let from = match self.since {
            Since::Published(integration) => self.repo.published_tips(integration).pop(),
            Since::Commit(commit) => Some(commit),
        };
        let Some(from) = from else { return Ok(Vec::new()) };
        let range = self.repo.range(&from.to_string(), self.tip)?;
        let folder = |commit: ObjectId| self.repo.commit_tree(commit)?.folder(FOLDER);
        let Some(own) = folder(self.tip)? else { return Ok(Vec::new()) };
        let base = range.merge_bases.first().map(|base| folder(*base)).transpose()?.flatten();
        let mut changes = changes_below(self.repo, base.as_ref(), Some(&own))?;
        changes.retain(|change| change.what == What::Added);
        Ok(touched_records(&changes))
    }
}

impl Files for Sides<'_> {
    fn before(&self, path: &str) -> Option<Vec<u8>> {
        bytes(self.before, path)
    }

    fn after(&self, path: &str) -> Option<Vec<u8>> {
        bytes(self.after, path)
    }

    fn exists(&self, path: &str) -> bool {
        self.after.exists(path)
    }

    // What can't be read is missing: a rule then says more, never less.

    fn paths(&self) -> Vec<String> {
        self.after.paths().unwrap_or_default()
    }

    fn record(&self, dir: &RecordDir) -> Option<Record> {
        read_record(self.after, dir).ok()
    }

    fn pages(&self, dir: &RecordDir) -> Pages {
        living::pages(self.after, dir).unwrap_or_default()
    }

    fn home(&self, id: &RecordId) -> Option<RecordDir> {
        let homes = self.homes.get_or_init(|| {
            // What is there after the change counts before what was there, and the first of two.
            let both = [self.before, self.after].map(|side| all_dirs(side).unwrap_or_default());
            both.into_iter().flat_map(|dirs| dirs.into_iter().rev()).map(|dir| (dir.id(), dir)).collect()
        });
        homes.get(id).cloned()
    }

    fn raised_earlier(&self) -> Vec<Record> {
        let dirs = self.branch.as_ref().and_then(|branch| branch.records().ok()).unwrap_or_default();
        dirs.iter().filter_map(|dir| read_record(self.after, dir).ok()).collect()
    }
}

fn bytes(source: &dyn Source, path: &str) -> Option<Vec<u8>> {
    match source.read(path) {
        Ok(Some(Contents::Bytes(bytes))) => Some(bytes),
        _ => None,
    }
}

/// The records that the changes touch, read on both sides.
pub fn record_changes(sides: &Sides<'_>, changes: &[Change]) -> Result<Vec<RecordChange>, StoreError> {
    touched_records(changes)
        .into_iter()
        .map(|dir| {
            let before = present(read_record(sides.before, &dir)?);
            let after = present(read_record(sides.after, &dir)?);
            Ok(RecordChange { dir, before, after })
        })
        .collect()
}

fn present(record: Record) -> Option<Record> {
    let empty = record.head.is_none() && record.events.is_empty() && record.faults.is_empty();
    (!empty).then_some(record)
}

/// What is wrong with files that the changes touch.
pub fn faults_of_changes(
    after: &dyn Source,
    records: &[RecordChange],
    changes: &[Change],
    team: &Team,
) -> Result<Vec<FileFault>, StoreError> {
    let mut faults: Vec<FileFault> = Vec::new();
    for record in records.iter().filter_map(|change| change.after.as_ref()) {
        let at = |name: &str| format!("{}/{name}", record.dir.path());
        faults.extend(
            record.faults.iter().map(|(name, fault)| FileFault { path: at(name), fault: fault.clone() }),
        );
    }
    faults.extend(misplaced(changes));
    let touched = |fault: &&FileFault| changes.iter().any(|change| change.is_at(&fault.path));
    faults.extend(team.faults.iter().filter(touched).cloned());
    for change in changes.iter().filter(|change| change.what != What::Deleted) {
        faults.extend(entry_fault(after, &change.path)?);
    }
    Ok(faults)
}

/// New files in the folder of a kind that belong to no record.
fn misplaced(changes: &[Change]) -> impl Iterator<Item = FileFault> {
    let in_kind_folder = |path: &str| {
        let folder = path.strip_prefix(".perfteam/").and_then(|rest| rest.split('/').next());
        folder.is_some_and(|folder| KINDS.iter().any(|kind| kind.folder() == folder))
    };
    changes
        .iter()
        .filter(|change| change.what != What::Deleted)
        .filter(move |change| in_kind_folder(&change.path) && record_of(&change.path).is_none())
        .filter(|change| !is_hidden(change.path.rsplit('/').next().unwrap_or_default()))
        .map(|change| FileFault {
            path: change.path.clone(),
            fault: Fault::new(
                Spot::Start,
                "belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as \
                 flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md",
            ),
        })
}

/// Ids that lie in several folders, where the changes added one of them.
pub fn duplicates(
    after: &dyn Source,
    records: &[RecordChange],
) -> Result<Vec<(RecordId, Vec<RecordDir>)>, StoreError> {
    let added: Vec<RecordId> = records
        .iter()
        .filter(|change| change.before.is_none() && change.after.is_some())
        .map(|change| change.dir.id())
        .collect();
    if added.is_empty() {
        return Ok(Vec::new());
    }
    let names = Snapshot { closed: all_dirs(after)?, ..Snapshot::default() };
    Ok(names.duplicates().into_iter().filter(|(id, _)| added.contains(id)).collect())
}

/// The paths of heads and events that the changes alter or remove and that are published.
pub fn published_paths(
    repo: &Repo,
    changes: &[Change],
    integration: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    let altered = altered_records(changes);
    if altered.is_empty() {
        return Ok(altered);
    }
    let mut trees = Vec::new();
    for tip in repo.published_tips(integration) {
        trees.push(repo.commit_tree(tip)?);
    }
    Ok(altered.into_iter().filter(|path| trees.iter().any(|tree| says(tree, path))).collect())
}

/// Whether `tree` has the file, or what it holds: an archive is made of what was published.
pub fn says(tree: &dyn Source, path: &str) -> bool {
    let has_record = || record_of(path).is_some_and(|dir| tree.exists(&dir.path()));
    tree.exists(path) || (path.rsplit('/').next().is_some_and(is_archive) && has_record())
}

/// Heads, events and archives that the changes from `parent` to `after` alter or remove, as they
/// were at `parent`. What an archive says, byte for byte, is not gone.
pub fn altered(
    parent: &dyn Source,
    after: &dyn Source,
    changes: &[Change],
    is_published: &dyn Fn(&str) -> bool,
) -> Result<Vec<Altered>, StoreError> {
    let mut altered = Vec::new();
    let mut kept = Kept::new(parent, after);
    let mut known: BTreeMap<RecordDir, Record> = BTreeMap::new();
    for change in changes {
        let (path, fate) = match &change.what {
            What::Added => continue,
            What::Modified => (&change.path, Fate::Changed),
            What::Deleted => (&change.path, Fate::Gone),
            What::Moved(from) => (from, Fate::Moved(change.path.clone())),
        };
        let Some(dir) = record_of(path) else { continue };
        let name = path.rsplit('/').next().unwrap_or_default();
        let event = EventName::from_file(name);
        if event.is_none() && name != dir.kind().head_file() && !is_archive(name) {
            continue;
        }
        let fate = match (fate, kept.judge(&dir, path)?) {
            (_, Keeping::Whole) => continue,
            (_, Keeping::Redacted(redactions)) => Fate::Redacted(redactions),
            (_, Keeping::Forged(why)) => Fate::Forged(why),
            (Fate::Gone, Keeping::OtherText) => Fate::Misquoted,
            (fate, _) => fate,
        };
        if !known.contains_key(&dir) {
            known.insert(dir.clone(), read_record(parent, &dir)?);
        }
        altered.push(Altered {
            writer: known.get(&dir).and_then(|record| writer(record, event.as_ref())),
            path: path.clone(),
            fate,
            published: is_published(path),
            original: bytes(parent, path).unwrap_or_default(),
            dir,
        });
    }
    Ok(altered)
}

/// Whether what files of records said before is still said.
struct Kept<'a> {
    before: &'a dyn Source,
    after: &'a dyn Source,
    said: HashMap<RecordDir, Texts>,
}

/// The texts of the files of a record by their names.
type Texts = HashMap<String, Vec<u8>>;

/// What became of the text of a file.
enum Keeping {
    /// Every byte of it is still there.
    Whole,
    /// It is still there but for the words that these redactions took away.
    Redacted(Vec<Redaction>),
    /// What stands there says to be its redaction, and is not; why.
    Forged(String),
    /// Something else stands under its name.
    OtherText,
    /// It is nowhere.
    Nothing,
}

impl<'a> Kept<'a> {
    fn new(before: &'a dyn Source, after: &'a dyn Source) -> Self {
        Kept { before, after, said: HashMap::new() }
    }

    /// What became of the text that lay at `path` in the folder of the record at `dir`.
    fn judge(&mut self, dir: &RecordDir, path: &str) -> Result<Keeping, StoreError> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let Some(before) = bytes(self.before, path) else { return Ok(Keeping::Nothing) };
        let said_before = said_by(dir, name, &before);
        if said_before.is_empty() {
            return Ok(Keeping::Nothing);
        }
        if !self.said.contains_key(dir) {
            self.said.insert(dir.clone(), texts(self.after, dir)?);
        }
        let said_now = &self.said[dir];
        let mut other: Vec<(String, Vec<u8>)> = said_before;
        let had = other.len();
        other.retain(|(name, bytes)| said_now.get(name) != Some(bytes));
        if other.is_empty() {
            return Ok(Keeping::Whole);
        }
        // What an archive said, and a redaction beside it did not let count, was not said before, either.
        let was_said = texts(self.before, dir)?;
        other.retain(|(name, _)| said_now.get(name).is_none_or(|now| was_said.get(name) != Some(now)));
        Ok(redactions(dir, &other, said_now).unwrap_or_else(|| {
            let is_said = |(name, _): &(String, Vec<u8>)| said_now.contains_key(name);
            if other.len() < had || other.iter().any(is_said) { Keeping::OtherText } else { Keeping::Nothing }
        }))
    }
}

fn texts(source: &dyn Source, dir: &RecordDir) -> Result<Texts, StoreError> {
    Ok(said(dir, read_files(source, dir)?).into_iter().collect())
}

/// How the texts `before` were redacted, when that is all that happened to them.
fn redactions(dir: &RecordDir, before: &[(String, Vec<u8>)], now: &Texts) -> Option<Keeping> {
    let mut redactions = Vec::new();
    let mut forged = None;
    for (name, text) in before {
        match instead(dir, name, text, now.get(name)?) {
            Instead::Redacted(redaction) => redactions.push(redaction),
            Instead::Falsely(why) => forged = Some(format!("{name}: {why}")),
            Instead::Other => return None,
        }
    }
    Some(match forged {
        Some(why) => Keeping::Forged(why),
        None if redactions.is_empty() => Keeping::Whole,
        None => Keeping::Redacted(redactions),
    })
}

/// Who wrote an event, or the head; `None` where it could not be read as one.
pub fn writer(record: &Record, event: Option<&EventName>) -> Option<Handle> {
    let file = event.map_or_else(|| record.dir.kind().head_file().to_owned(), EventName::file);
    if record.faults.iter().any(|(name, _)| *name == file) {
        return None;
    }
    match event {
        Some(name) => record.events.iter().find(|own| own.name == *name).map(|own| own.front.by.clone()),
        None => record.dir.kind().brief(record).map(|brief| brief.from),
    }
}

/// Files of records that do not say any more what they said.
#[derive(Debug, Default)]
pub struct LostRecords {
    /// Their paths.
    pub altered: Vec<String>,
    /// The paths of those that were redacted, and nothing else.
    pub redacted: Vec<String>,
}

/// The same without those whose text is still said: in an archive, or again in files.
pub fn lost_records(
    before: &dyn Source,
    after: &dyn Source,
    changes: &[Change],
) -> Result<LostRecords, StoreError> {
    let mut kept = Kept::new(before, after);
    let mut lost = LostRecords::default();
    for path in altered_records(changes) {
        let Some(dir) = record_of(&path) else { continue };
        match kept.judge(&dir, &path)? {
            Keeping::Whole => continue,
            Keeping::Redacted(_) => lost.redacted.push(path.clone()),
            Keeping::Forged(_) | Keeping::OtherText | Keeping::Nothing => {}
        }
        lost.altered.push(path);
    }
    Ok(lost)
}

/// The files of records that a rewritten branch brought and that what is in its place does not say.
/// What the integration branch had when it left it is judged as of there.
pub fn dropped_records(
    repo: &Repo,
    range: &Range,
    after: &CommitTree<'_>,
) -> Result<Vec<String>, StoreError> {
    let Past::Rewritten(old) = range.past else { return Ok(Vec::new()) };
    let old = repo.commit_tree(old)?;
    let changes = changes_below(repo, old.folder(FOLDER)?.as_ref(), after.folder(FOLDER)?.as_ref())?;
    let bases =
        range.merge_bases.iter().map(|base| repo.commit_tree(*base)).collect::<Result<Vec<_>, _>>()?;
    let mut lost = lost_records(&old, after, &changes)?.altered;
    lost.retain(|path| !bases.iter().any(|base| base.exists(path)));
    Ok(lost)
}

/// The records whose heads the commit `other` has and `commit` has not, as people name them.
pub fn records_beyond(repo: &Repo, commit: ObjectId, other: ObjectId) -> Result<Vec<String>, StoreError> {
    let folder = |commit: ObjectId| repo.commit_tree(commit)?.folder(FOLDER);
    let changes = changes_below(repo, folder(commit)?.as_ref(), folder(other)?.as_ref())?;
    let added = changes.iter().filter(|change| matches!(change.what, What::Added | What::Moved(_)));
    let heads = added.filter_map(|change| {
        let dir = record_of(&change.path)?;
        (name_of(&change.path) == dir.kind().head_file())
            .then(|| format!("{} {}", dir.kind().name(), dir.id()))
    });
    Ok(heads.collect())
}

/// What changes in the folder of the records.
fn changes_below(
    repo: &Repo,
    from: Option<&CommitTree<'_>>,
    to: Option<&CommitTree<'_>>,
) -> Result<Vec<Change>, StoreError> {
    let mut changes = match (from, to) {
        (from, Some(to)) => tree_changes(repo, from, to)?,
        (Some(from), None) => {
            let gone = from.paths()?.into_iter();
            gone.map(|path| Change { path, what: What::Deleted }).collect()
        }
        (None, None) => Vec::new(),
    };
    let whole = |path: &str| format!("{FOLDER}/{path}");
    for change in &mut changes {
        change.path = whole(&change.path);
        if let What::Moved(from) = &mut change.what {
            *from = whole(from);
        }
    }
    Ok(changes)
}

/// The paths of heads and events that the changes alter or remove.
pub fn altered_records(changes: &[Change]) -> Vec<String> {
    changes
        .iter()
        .filter_map(|change| match &change.what {
            What::Added => None,
            What::Modified | What::Deleted => Some(change.path.clone()),
            What::Moved(from) => Some(from.clone()),
        })
        .filter(|path| record_of(path).is_some_and(|dir| !dir.kind().is_document(name_of(path))))
        .collect()
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// The open records that wait unprocessed for any of `actors` and hold back their commits.
pub fn waiting_for<'a>(snapshot: &'a Snapshot, actors: &[Handle], now: Timestamp) -> Vec<&'a Brief> {
    snapshot
        .open
        .iter()
        .filter(|brief| {
            brief.is_for_any(actors)
                && brief.dir.kind().holds_back()
                && snapshot.standing(brief, now).is_unprocessed()
        })
        .collect()
}

/// The records that count at the gate: by policy also those of the integration branch, as last fetched.
pub fn with_what_counts<'a>(
    repo: &Repo,
    here: &dyn Source,
    snapshot: Cow<'a, Snapshot>,
    policy: &Policy,
) -> Result<Cow<'a, Snapshot>, StoreError> {
    if policy.gate.integration {
        let integration = policy.integration.as_deref();
        with_integration(repo, here, snapshot.into_owned(), integration).map(Cow::Owned)
    } else {
        Ok(snapshot)
    }
}

/// The commit that is about to be made of the changes.
pub fn upcoming(
    repo: &Repo,
    asker: &Asker,
    sides: &Sides<'_>,
    (before, after): (&Snapshot, &Snapshot),
    changes: &Changes,
    published: &[String],
) -> Result<Commit, StoreError> {
    let published: HashSet<&str> = published.iter().map(String::as_str).collect();
    let merge = !repo.merging().is_empty();
    // A flag that the commit itself brings was not there when its author began; what a merge
    // brings in never blocks the merge.
    let known = |brief: &Brief| before.open.iter().any(|old| old.id == brief.id && old.to == brief.to);
    let own = |brief: &Brief| asker.actors.contains(&brief.from);
    let waiting = waiting_for(after, &asker.actors, asker.now)
        .into_iter()
        .filter(|brief| known(brief) || (!merge && !own(brief)));
    Ok(Commit {
        id: None,
        subject: String::new(),
        email: asker.email.clone(),
        signature: None,
        actors: asker.actors.clone(),
        trailers: asker.trailers.clone(),
        altered: altered(sides.before, sides.after, changes, &|path| published.contains(path))?,
        changes: changes.clone(),
        merge,
        waiting: waiting.cloned().collect(),
        unstaged: Vec::new(),
        left_out: Vec::new(),
    })
}

/// What of the changes is not from another commit: a merge in the making is judged for what it does
/// beyond all of its parents. The rest is in their commits, and blocks nobody who brings it together.
pub fn own_changes(
    repo: &Repo,
    after: &dyn Source,
    mut changes: Vec<Change>,
) -> Result<Vec<Change>, StoreError> {
    for parent in repo.merging() {
        let parent = repo.commit_tree(parent)?;
        changes.retain(|change| bytes(&parent, &change.path) != bytes(after, &change.path));
    }
    Ok(changes)
}

/// The tree of a commit, or nothing.
pub fn tree_or_empty<'a>(
    repo: &'a Repo,
    commit: Option<ObjectId>,
) -> Result<Box<dyn Source + 'a>, StoreError> {
    Ok(match commit {
        Some(commit) => Box::new(repo.commit_tree(commit)?),
        None => Box::new(crate::store::source::Empty),
    })
}
