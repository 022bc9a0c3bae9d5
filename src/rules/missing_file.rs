//! `missing-file`: what a new record says it is about is there.

use super::{Finding, Mode, RecordChange, Review, Rule};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::path;
use crate::domain::text::{nearest, stage_command};

/// See the module.
pub struct MissingFile;

impl Rule for MissingFile {
    fn name(&self) -> &'static str {
        "missing-file"
    }

    fn default_level(&self) -> Severity {
        Severity::Warn
    }

    fn summary(&self) -> &'static str {
        "the files and the location that a new record names exist, or existed before the change"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        review.records.iter().filter(|change| change.is_new()).flat_map(|change| of(review, change)).collect()
    }
}

fn of(review: &Review<'_>, change: &RecordChange) -> Vec<Finding> {
    let Some(head) = change.new_head() else { return Vec::new() };
    let related = change.dir.kind().related_files(head);
    let missing = related.into_iter().filter(|(_, named)| !is_there(review, named));
    missing.map(|(spot, named)| missing_one(review, change, spot, &named)).collect()
}

/// A path that leads out is the business of `syntax`; one that was there may be what it is about.
fn is_there(review: &Review<'_>, named: &str) -> bool {
    let name = named.trim_start_matches("./").trim_end_matches('/');
    path::fault_of(named).is_some()
        || review.files.exists(name)
        || review.touches(name)
        || review.files.before(name).is_some()
        || (path::is_glob(name) && review.files.paths().iter().any(|path| path::covers(name, path)))
}

fn missing_one(review: &Review<'_>, change: &RecordChange, spot: Spot, named: &str) -> Finding {
    let head = &change.dir.head_path();
    let what = if path::is_glob(named) { "matches no file" } else { "does not exist" };
    let finding = Finding::in_file(head, spot, format!("`{named}` {what}"))
        .why("the addressee looks there first, and a flag that names a path announces changes to it")
        .commit(review.last_commit(head));
    let finding = finding.mend(match review.mode {
        Mode::Base => by_its_sender(review, change),
        Mode::Edit | Mode::Staged | Mode::WorkTree => {
            format!("name the path from the top of the work tree, then: {}", stage_command(&[head]))
        }
    });
    let paths = review.files.paths();
    match nearest(named, paths.iter().map(String::as_str)) {
        Some(near) => finding.mend(format!("did you mean {near}?")),
        None => finding,
    }
}

/// What is committed may be read by others already: it is put right by events, never by an edit.
fn by_its_sender(review: &Review<'_>, change: &RecordChange) -> String {
    let kind = change.dir.kind();
    let brief = change.after.as_ref().and_then(|record| kind.brief(record));
    let sender = brief.map_or_else(|| "its sender".to_owned(), |brief| brief.from.to_string());
    let (kind, id) = (kind.name(), change.dir.id());
    let id = review.short_id(&id);
    format!(
        "{sender} names the right path in its texts: perfteam {kind} amend {id} --action TEXT; \
         or takes it back and raises it anew: perfteam {kind} withdraw {id} --reason TEXT"
    )
}
