//! What earlier scans of a work tree remember.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::stat::Stat;
use crate::domain::kind::Brief;
use crate::store::cache;
use crate::store::repo::Repo;

/// What is remembered of one work tree.
#[derive(Serialize, Deserialize, Default)]
pub(super) struct Ledger<'a> {
    #[serde(borrow)]
    pub(super) days: Vec<Day<'a>>,
    /// The commit at HEAD whose trees of days these are, once something is archived.
    pub(super) head: Option<&'a [u8]>,
    /// Which shelf holds what is archived.
    pub(super) shelf: Option<u64>,
}

impl Ledger<'_> {
    /// How many archived records it knows.
    pub(super) fn archived_in_all(&self) -> usize {
        self.days.iter().map(|day| day.archived).sum()
    }
}

/// A day of a kind.
#[derive(Serialize, Deserialize, Clone)]
pub(super) struct Day<'a> {
    /// Relative to `.perfteam`: `flags/2026-11-20`.
    pub(super) path: &'a str,
    pub(super) folder: Option<Stat>,
    /// Its tree in HEAD when the archived records in it were looked at.
    pub(super) tree: Option<&'a [u8]>,
    /// How many archived records lie in it.
    pub(super) archived: usize,
    #[serde(borrow)]
    pub(super) records: Vec<Known<'a>>,
}

/// How a closed record ended.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    Done,
    Dropped,
}

impl End {
    pub(super) fn of(brief: &Brief) -> End {
        if brief.dropped { End::Dropped } else { End::Done }
    }
}

/// A record that is not archived.
#[derive(Serialize, Deserialize, Clone)]
pub(super) struct Known<'a> {
    pub(super) name: &'a str,
    pub(super) folder: Option<Stat>,
    #[serde(borrow)]
    pub(super) state: State<'a>,
}

#[derive(Serialize, Deserialize, Clone)]
pub(super) enum State<'a> {
    Closed(End),
    Open {
        #[serde(borrow)]
        files: Vec<(&'a str, Option<Stat>)>,
        brief: Box<Brief>,
    },
    /// Nothing is known that would save a look.
    Unread,
}

/// Where the ledger of the work tree at `top` lies.
pub(super) fn file(repo: &Repo, top: &Path) -> PathBuf {
    cache::file(repo, &format!("work-tree-{}", cache::key(top)))
}
