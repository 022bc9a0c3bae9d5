//! What rules look at: a before, an after, and the commits between them.

use std::cell::OnceCell;
use std::collections::BTreeSet;

pub use crate::domain::change::RecordChange;
use crate::domain::change::{Change, Changes};
use crate::domain::diagnostic::FileFault;
use crate::domain::flag::INFORMATION_REQUEST;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::investigation::needs::Pages;
use crate::domain::kind::Brief;
use crate::domain::record::{Record, RecordDir};
use crate::domain::redaction::Redaction;
use crate::domain::signature::Signature;
use crate::domain::snapshot::{ShortIds, Snapshot, Team};
use crate::domain::text::{from_everywhere, shell_word};
use crate::domain::time::Timestamp;
use crate::domain::trailer::Trailers;

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// An edit that is about to be made.
    Edit,
    /// What a commit would contain.
    Staged,
    /// The files as they lie in the work tree.
    WorkTree,
    /// The commits since a base: CI, and before a push.
    Base,
}

/// A change under review. Rules read it and nothing else.
pub struct Review<'a> {
    /// What is judged.
    pub mode: Mode,
    /// The base as it was named, where commits since a base are judged.
    pub base: Option<&'a str>,
    /// The point in time of the verdict: the wall clock, or the committer date of HEAD.
    pub now: Timestamp,
    /// Whether the commits are on the integration branch already. Who acted was judged before they came
    /// there: a forge that squashes a branch writes commits of its own, with trailers lost.
    pub landed: bool,
    /// Policy, levels, roster and authority as they were before the change.
    pub authority: &'a Team,
    /// Whether the change is the one that brings `.perfteam`: nobody had authority before it, so
    /// `authority` is what it brings, and rules that rest on it are notes.
    pub founding: bool,
    /// Policy and roster with the change: whether a handle exists.
    pub team: &'a Team,
    /// The records before.
    pub before: &'a Snapshot,
    /// The records after.
    pub after: &'a Snapshot,
    /// What changes from before to after.
    pub changes: &'a Changes,
    /// The records in whose folders something changes, read in full.
    pub records: &'a [RecordChange],
    /// Files of `.perfteam` that can't be read as what they should be, after.
    pub faults: &'a [FileFault],
    /// The commits: those of the range that are no merges, or the one that is about to be made.
    pub commits: &'a [Commit],
    /// Merges of the range that change what none of their sides did, each with those changes alone.
    pub merges: &'a [Commit],
    /// Paths of heads and events, changed or deleted here, that the upstream branch or the
    /// integration branch already has.
    pub published: &'a [String],
    /// Those of them that say the same but for what was redacted, all in all.
    pub redacted: &'a [String],
    /// Paths of heads and events that a branch had brought and that a forced push drops.
    pub dropped: &'a [String],
    /// Ids that lie in more than one folder after the change, where it added one of them.
    pub duplicates: &'a [(RecordId, Vec<RecordDir>)],
    /// Shortens ids; made when a rule first asks for it, since most changes need no word about them.
    pub short: OnceCell<ShortIds>,
    /// The contents of files on both sides, and what is costly and seldom asked for.
    pub files: &'a dyn Files,
}

/// The contents of files before and after a change, and what only some rules ask for, and only
/// when something else already gives them reason to.
pub trait Files {
    /// The file at `path` before; `None` where there was none.
    fn before(&self, path: &str) -> Option<Vec<u8>>;

    /// The file at `path` after; `None` where there is none, or it is no plain file.
    fn after(&self, path: &str) -> Option<Vec<u8>>;

    /// Whether something lies at `path` after.
    fn exists(&self, path: &str) -> bool;

    /// The paths of all files after.
    fn paths(&self) -> Vec<String>;

    /// The record at `dir` after; `None` where it can't be read.
    fn record(&self, dir: &RecordDir) -> Option<Record>;

    /// The documents of the investigation at `dir` after.
    fn pages(&self, dir: &RecordDir) -> Pages;

    /// Where the record `id` lies after, whatever its state.
    fn home(&self, id: &RecordId) -> Option<RecordDir>;

    /// The records that earlier commits of this branch brought, which are not among the changes.
    fn raised_earlier(&self) -> Vec<Record>;
}

/// A commit of the range, or the one that is about to be made.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// Its id; `None` before it is made.
    pub id: Option<String>,
    /// The first line of its message.
    pub subject: String,
    /// The e-mail address of its author.
    pub email: Option<String>,
    /// The agents by whom it may be: the one that it names, or all with that e-mail address.
    pub actors: Vec<Handle>,
    /// Who signed it; known where policy asks for it, and once it is made.
    pub signature: Option<Signature>,
    /// What its trailers say; empty while there is no message.
    pub trailers: Trailers,
    /// What it changes against its parent; a merge in the making, against all of its parents.
    pub changes: Changes,
    /// Heads and events that it changes or removes.
    pub altered: Vec<Altered>,
    /// Whether it is a merge in the making.
    pub merge: bool,
    /// What waits unprocessed for its actors, both before it and with it.
    pub waiting: Vec<Brief>,
    /// Steps on those that lie in the work tree and are not staged: record and path.
    pub unstaged: Vec<(RecordDir, String)>,
    /// Steps on those that are staged, and that this commit leaves out: `git commit PATH`.
    pub left_out: Vec<(RecordDir, String)>,
}

/// A head or an event that a commit changes or removes.
#[derive(Debug, Clone, PartialEq)]
pub struct Altered {
    /// The record in whose folder it lay.
    pub dir: RecordDir,
    /// Where it lay.
    pub path: String,
    /// What became of it.
    pub fate: Fate,
    /// Who wrote it; `None` where it could not be read.
    pub writer: Option<Handle>,
    /// Whether the upstream branch or the integration branch has it.
    pub published: bool,
    /// Its bytes.
    pub original: Vec<u8>,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It says something else.
    Changed,
    /// It is gone.
    Gone,
    /// It is gone, and an archive in its place says something else.
    Misquoted,
    /// It lies here now.
    Moved(String),
    /// Its words were taken away, and nothing else: by these redactions, several where it is an archive.
    Redacted(Vec<Redaction>),
    /// It says to be redacted, and is not; why.
    Forged(String),
}

impl Commit {
    /// Whether it touches `path`, or something in the folder that lies there.
    pub fn touches(&self, path: &str) -> bool {
        self.changes.touch(path)
    }

    /// The commit in a sentence: its id and subject, or "this change".
    pub fn name(&self) -> String {
        match &self.id {
            Some(id) => format!("commit {} ({})", short_commit(id), self.subject),
            None => "this change".to_owned(),
        }
    }

    /// Whether its author is in no roster, so that nothing but the protocol itself holds them.
    pub fn is_by_nobody(&self) -> bool {
        self.actors.is_empty()
    }
}

/// How many paths a command names at most.
const WORDS: usize = 20;

/// How many paths a message names, and a command before it names their folders.
pub const SHOWN: usize = 3;

/// The beginning of a commit's id, as people read it.
fn short_commit(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}

impl Review<'_> {
    /// The commits that change something, merges that do so by themselves among them.
    pub fn authored(&self) -> impl Iterator<Item = &Commit> {
        self.commits.iter().chain(self.merges)
    }

    /// The commit that is about to be made, where that is what is judged.
    pub fn upcoming(&self) -> Option<&Commit> {
        self.commits.iter().find(|commit| commit.id.is_none())
    }

    /// The shortest prefix that names the record.
    pub fn short_id<'b>(&self, id: &'b RecordId) -> &'b str {
        self.short.get_or_init(|| self.after.short_ids()).short(id)
    }

    /// How the record `id` stands after the change; `None` where it is not open.
    pub fn open_after(&self, brief: &Brief) -> Option<&Brief> {
        self.after.open.iter().find(|open| open.id == brief.id)
    }

    /// Whether the change touches `path`, or something in the folder that lies there.
    pub fn touches(&self, path: &str) -> bool {
        self.changes.touch(path)
    }

    /// Whether a commit of the change is by `handle`.
    pub fn is_act_of(&self, handle: &Handle) -> bool {
        self.commits.iter().any(|commit| commit.actors.contains(handle))
    }

    /// Whether the change touches the roster or the policy.
    pub fn touches_team(&self) -> bool {
        self.changes
            .iter()
            .flat_map(Change::touched)
            .any(|path| path.starts_with(".perfteam/agents/") || path == ".perfteam/perfteam.yaml")
    }

    /// Whether a commit of the change makes this redaction in the record at `dir`: `changed-record` judges by
    /// whom.
    pub fn redacts(&self, dir: &RecordDir, redaction: &Redaction) -> bool {
        let mut altered = self.commits.iter().flat_map(|commit| &commit.altered);
        altered.any(|file| {
            file.dir == *dir && matches!(&file.fate, Fate::Redacted(all) if all.contains(redaction))
        })
    }

    /// The last commit of the range that touches `path`.
    pub fn last_commit(&self, path: &str) -> Option<&str> {
        self.commits.iter().rev().find(|commit| commit.touches(path))?.id.as_deref()
    }

    /// The command that tells `to` of the change to `paths`; the texts are its author's to fill in.
    pub fn flag_command(&self, to: &Handle, paths: &[&str]) -> String {
        let files: String =
            covering(paths).iter().map(|path| format!(" --file {}", shell_word(path))).collect();
        format!(
            "perfteam flag create --type change --to {to}{files} --change \"what changed, with names and numbers\" \
             --action \"the exact steps that {to} must take\""
        )
    }

    /// The command by which the addressee is done with a record: a question is done by its answer.
    pub fn done_command(&self, brief: &Brief) -> String {
        let (kind, id) = (brief.kind_name(), self.short_id(&brief.id));
        if brief.class == INFORMATION_REQUEST {
            format!("perfteam {kind} reply {id} --note \"your answer\"")
        } else {
            format!("perfteam {kind} complete {id} --note \"what you did\"")
        }
    }

    /// The command that takes what changes at these paths out of the change again.
    pub fn undo(&self, paths: &[&str]) -> String {
        let words = |paths: &[&str]| {
            let mut words: Vec<String> = paths.iter().take(WORDS).map(|path| from_everywhere(path)).collect();
            words.extend((paths.len() > WORDS).then(|| "...".to_owned()));
            words.join(" ")
        };
        let Some(base) = self.base else {
            return format!("take it out of the commit: git restore --staged -- {}", words(paths));
        };
        let old: Vec<&str> = paths.iter().copied().filter(|path| self.files.before(path).is_some()).collect();
        let new = paths.iter().find(|path| !old.contains(path)).and_then(|path| self.last_commit(path));
        match new {
            Some(commit) => format!("take it back: git revert --no-commit {}", short_commit(commit)),
            None => {
                let (base, old) = (shell_word(base), words(&old));
                format!("put it back: git restore --source=\"$(git merge-base {base} HEAD)\" -- {old}")
            }
        }
    }

    /// The command that writes files of records back as they were.
    pub fn restore(&self) -> String {
        match self.base {
            Some(base) => format!("perfteam restore --base {}", shell_word(base)),
            None => "perfteam restore".to_owned(),
        }
    }
}

/// The paths, or when they are many, folders that hold them all.
fn covering<'a>(paths: &[&'a str]) -> BTreeSet<&'a str> {
    let all: BTreeSet<&str> = paths.iter().copied().collect();
    if all.len() <= SHOWN {
        return all;
    }
    let folders: BTreeSet<&str> =
        all.iter().map(|path| path.rsplit_once('/').map_or(*path, |(folder, _)| folder)).collect();
    if folders.len() <= SHOWN {
        return folders;
    }
    folders.iter().map(|folder| folder.split('/').next().unwrap_or(folder)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_paths_are_covered_by_their_folders() {
        let covered = |paths: &[&str]| covering(paths).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(covered(&["a/b.rs", "c.rs"]), "a/b.rs c.rs");
        assert_eq!(covered(&["a/1", "a/2", "a/3", "b/c/1", "top"]), "a b/c top");
        assert_eq!(covered(&["a/b/1", "a/c/2", "a/d/3", "a/e/4", "f/1"]), "a f");
    }
}
