//! Reads both sides of a change from the store, runs the rules on them, and keeps what is needed
//! to show the verdict.

mod base;
mod commits;
mod edit;
mod gather;
mod review;
mod snapshots;
mod staged;
mod teams;
mod times;
pub mod trial;
mod unshared;
mod work_tree;

pub use base::{base, pushed};
pub use edit::edit;
pub use gather::records_beyond;
pub use review::{integration, review};
pub use staged::staged;
pub use unshared::unshared;
pub use work_tree::work_tree;

use std::collections::BTreeMap;

use crate::domain::handle::Handle;
use crate::domain::text::with_plain_lines;
use crate::domain::time::Timestamp;
use crate::domain::trailer::Trailers;
use crate::domain::verdict::Verdict;
use crate::rules::{Phase, Review, run};

/// Who asks, and what is known beside the tree.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The agents who may be acting.
    pub actors: Vec<Handle>,
    /// The e-mail address of the commit's author.
    pub email: Option<String>,
    /// Now.
    pub now: Timestamp,
    /// The message of the commit, once it is written.
    pub trailers: Trailers,
    /// Which rules are run.
    pub phase: Phase,
}

/// Runs the rules of a phase over a review.
fn verdict(review: &Review<'_>, phase: Phase) -> Verdict {
    let mut diagnostics = run(review, phase);
    diagnostics.sort_by(|a, b| (b.severity, &a.path).cmp(&(a.severity, &b.path)));
    let mut sources = BTreeMap::new();
    for path in diagnostics.iter().filter_map(|diagnostic| diagnostic.path.as_deref()) {
        let bytes = review.files.after(path).or_else(|| review.files.before(path)).unwrap_or_default();
        sources.insert(path.to_owned(), with_plain_lines(&String::from_utf8_lossy(&bytes)).into_owned());
    }
    Verdict { diagnostics, sources, paths: review.changes.len(), commits: review.commits.len() }
}
