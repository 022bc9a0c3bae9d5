//! `stale-location`: findings point to code that is there.

use super::{Finding, Mode, Review, Rule};
use crate::domain::anchor::{Spotted, Whereabouts};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::kind::Brief;
use crate::domain::text::shown_line;

/// See the module.
pub struct StaleLocation;

impl Rule for StaleLocation {
    fn name(&self) -> &'static str {
        "stale-location"
    }

    fn default_level(&self) -> Severity {
        Severity::Note
    }

    fn summary(&self) -> &'static str {
        "the code to which an open finding points stands where it stood"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        review.after.open.iter().filter_map(|brief| stale(review, brief)).collect()
    }
}

fn stale(review: &Review<'_>, brief: &Brief) -> Option<Finding> {
    let spotted = brief.discovery.as_ref()?.spotted.as_ref()?;
    let path = spotted.path();
    if review.mode != Mode::WorkTree && !review.touches(path) {
        return None;
    }
    let bytes = review.files.after(path);
    let text = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let what = match spotted.find(text.as_deref()) {
        Whereabouts::Here | Whereabouts::Unbound => return None,
        Whereabouts::Moved(line) => format!("moved to line {line}"),
        Whereabouts::Stale => "is not there any more".to_owned(),
    };
    Some(said(review, brief, spotted, &what))
}

fn said(review: &Review<'_>, brief: &Brief, spotted: &Spotted, what: &str) -> Finding {
    let (kind, id) = (brief.kind_name(), review.short_id(&brief.id));
    let title = shown_line(&brief.title);
    let message = format!("the code at {} to which {kind} {id} points {what}: {title}", spotted.location);
    Finding::in_file(brief.dir.head_path(), Spot::Key("location".into()), message)
        .why("whoever reads the finding looks at the wrong code, or the code is mended and nobody says so")
        .mend(format!("if this mends it: perfteam {kind} mitigate {id} --action TEXT --result full"))
        .mend(format!("see it: perfteam {kind} show {id}"))
        .commit(review.last_commit(spotted.path()))
}
