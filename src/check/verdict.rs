//! The verdict: what the rules say, and the texts that they point to.

use std::collections::BTreeMap;

use crate::domain::text::with_plain_lines;
use crate::domain::verdict::Verdict;
use crate::rules::{Phase, Review, run};

/// Runs the rules of a phase over a review.
pub(super) fn verdict(review: &Review<'_>, phase: Phase) -> Verdict {
    let mut diagnostics = run(review, phase);
    diagnostics.sort_by(|a, b| (b.severity, &a.path).cmp(&(a.severity, &b.path)));
    let mut sources = BTreeMap::new();
    for path in diagnostics.iter().filter_map(|diagnostic| diagnostic.path.as_deref()) {
        let bytes = review.files.after(path).or_else(|| review.files.before(path)).unwrap_or_default();
        sources.insert(path.to_owned(), with_plain_lines(&String::from_utf8_lossy(&bytes)).into_owned());
    }
    Verdict { diagnostics, sources, paths: review.changes.len(), commits: review.commits.len() }
}
