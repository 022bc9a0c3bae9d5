//! The verdict: what the rules say, and the texts that they point to.

use std::collections::BTreeMap;

use crate::domain::diagnostic::Severity;
use crate::domain::text::with_plain_lines;
use crate::domain::verdict::Verdict;
use crate::rules::{Phase, Review, run};

/// Runs the rules of a phase over a review. Of what blocks so many are `quoted` with the text that they
/// point to.
pub(super) fn verdict(review: &Review<'_>, phase: Phase, quoted: usize) -> Verdict {
    let mut diagnostics = run(review, phase);
    diagnostics.sort_by(|a, b| (b.severity, &a.path).cmp(&(a.severity, &b.path)));
    let mut sources = BTreeMap::new();
    let blocking = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Block);
    let beside = diagnostics.iter().filter(|diagnostic| diagnostic.severity != Severity::Block);
    for path in blocking.take(quoted).chain(beside).filter_map(|diagnostic| diagnostic.path.as_deref()) {
        let bytes = review.files.after(path).or_else(|| review.files.before(path)).unwrap_or_default();
        sources.insert(path.to_owned(), with_plain_lines(&String::from_utf8_lossy(&bytes)).into_owned());
    }
    Verdict { diagnostics, sources, paths: review.changes.len(), commits: review.commits.len() }
}
