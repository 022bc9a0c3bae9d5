//! What rules look at: a before, an after, and the commits between them.

use crate::domain::change::Change;
use crate::domain::diagnostic::FileFault;
use crate::domain::handle::Handle;
use crate::domain::kind::Brief;
use crate::domain::record::{Record, RecordDir};
use crate::domain::roster::Roster;
use crate::domain::snapshot::{ShortIds, Snapshot, Team};
use crate::domain::time::Timestamp;
use crate::domain::trailer::Trailers;

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
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
    /// The point in time of the verdict: the wall clock, or the committer date of HEAD.
    pub now: Timestamp,
    /// Policy, levels, roster and authority as they were before the change.
    pub authority: &'a Team,
    /// The roster with the change: whether a handle exists.
    pub roster: &'a Roster,
    /// The records before.
    pub before: &'a Snapshot,
    /// The records after.
    pub after: &'a Snapshot,
    /// What changes from before to after.
    pub changes: &'a [Change],
    /// The records in whose folders something changes, read in full.
    pub records: &'a [RecordChange],
    /// Files of `.perfteam` that can't be read as what they should be, after.
    pub faults: &'a [FileFault],
    /// The commits: those of the range that are no merges, or the one that is about to be made.
    pub commits: &'a [Commit],
    /// Paths of heads and events, changed or deleted here, that the upstream branch or the
    /// integration branch already has.
    pub published: &'a [String],
    /// Ids that lie in more than one folder after the change, where it added one of them.
    pub duplicates: &'a [(crate::domain::id::RecordId, Vec<RecordDir>)],
    /// Shortens ids.
    pub short: &'a ShortIds,
    /// The contents of files on both sides.
    pub files: &'a dyn Files,
}

/// The contents of files before and after a change.
pub trait Files {
    /// The file at `path` before; `None` where there was none.
    fn before(&self, path: &str) -> Option<Vec<u8>>;

    /// The file at `path` after; `None` where there is none.
    fn after(&self, path: &str) -> Option<Vec<u8>>;

    /// Whether something lies at `path` after.
    fn exists(&self, path: &str) -> bool;
}

/// A record in whose folder something changes.
#[derive(Debug, Clone)]
pub struct RecordChange {
    /// Where it lies.
    pub dir: RecordDir,
    /// As it was.
    pub before: Option<Record>,
    /// As it is.
    pub after: Option<Record>,
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
    /// What its trailers say; empty while there is no message.
    pub trailers: Trailers,
    /// What it changes against its parent.
    pub changes: Vec<Change>,
    /// What waits unprocessed for its actors, both before it and with it.
    pub waiting: Vec<Brief>,
    /// Steps on those that lie in the work tree and are not staged: record and path.
    pub unstaged: Vec<(RecordDir, String)>,
    /// Steps on those that are staged, and that this commit leaves out: `git commit PATH`.
    pub left_out: Vec<(RecordDir, String)>,
}

impl Review<'_> {
    /// The commit that is about to be made, where that is what is judged.
    pub fn upcoming(&self) -> Option<&Commit> {
        self.commits.iter().find(|commit| commit.id.is_none())
    }

    /// The shortest prefix that names the record.
    pub fn short_id(&self, brief: &Brief) -> String {
        self.short.short(&brief.id).to_owned()
    }

    /// How the record `id` stands after the change; `None` where it is not open.
    pub fn open_after(&self, brief: &Brief) -> Option<&Brief> {
        self.after.open.iter().find(|open| open.id == brief.id)
    }
}
