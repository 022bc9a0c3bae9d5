//! Where in the code a finding is, now.

use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::paths::from_top;
use crate::domain::anchor::{Anchor, Spotted, Whereabouts, kept};
use crate::domain::path::of_location;
use crate::domain::text::shown_line;
use crate::store::git;

/// Where a finding is, for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LocationV1 {
    location: String,
    /// `current`, `moved`, `stale`, or `unbound` where nobody knows what stood there.
    state: &'static str,
    /// The line in which it stands now, where it moved.
    line: Option<usize>,
    /// The commit that moved or changed it; absent where that is not committed.
    commit: Option<String>,
}

/// Reads `--location`: it must be there, and is bound to what stands there.
pub fn spot(context: &Context, given: &str) -> Result<Spotted, Failure> {
    let path = of_location(given);
    let location = from_top(context, path)? + &given[path.len()..];
    let spotted = Spotted { location, anchor: None };
    let fail = |message: String| {
        Failure::usage(message).why("whoever reads the finding looks there").hint("--location src/pool.rs:42")
    };
    let line = spotted
        .line()
        .ok_or_else(|| fail(format!("`{}` is no location: expected PATH:LINE", shown_line(given))))?;
    let text = text_at(context, spotted.path())?
        .ok_or_else(|| fail(format!("{} does not exist here", shown_line(spotted.path()))))?;
    let found = text.lines().nth(line - 1).ok_or_else(|| {
        fail(format!("{} has {} lines, not {line}", shown_line(spotted.path()), text.lines().count()))
    })?;
    let commit = context.repo()?.head()?.map(|id| id.to_string());
    let anchor = Some(kept(found)).filter(|text| !text.is_empty()).map(|text| Anchor { commit, text });
    Ok(Spotted { anchor, ..spotted })
}

fn text_at(context: &Context, path: &str) -> Result<Option<String>, Failure> {
    let bytes = std::fs::read(context.repo()?.top().join(path)).ok();
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Where it is in the work tree.
pub fn whereabouts(context: &Context, spotted: &Spotted) -> Result<Whereabouts, Failure> {
    Ok(spotted.find(text_at(context, spotted.path())?.as_deref()))
}

/// The same with the commit that moved or changed it.
pub fn located(context: &Context, spotted: &Spotted) -> Result<LocationV1, Failure> {
    let whereabouts = whereabouts(context, spotted)?;
    let commit = match whereabouts {
        Whereabouts::Here | Whereabouts::Unbound => None,
        Whereabouts::Moved(_) | Whereabouts::Stale => changed_by(context, spotted, whereabouts)?,
    };
    Ok(LocationV1 {
        location: spotted.location.clone(),
        state: whereabouts.word(),
        line: match whereabouts {
            Whereabouts::Moved(line) => Some(line),
            _ => None,
        },
        commit,
    })
}

impl LocationV1 {
    /// In words, for people.
    pub fn words(&self) -> String {
        let by =
            self.commit.as_deref().map(|commit| format!(" by commit {}", commit.get(..10).unwrap_or(commit)));
        let by = by.unwrap_or_else(|| " by what is not committed".to_owned());
        match (self.state, self.line) {
            ("moved", Some(line)) => format!("{} (moved to line {line}{by})", self.location),
            ("stale", _) => format!("{} (stale: that line was changed{by})", self.location),
            _ => self.location.clone(),
        }
    }
}

/// The last commit since the finding that touched the file: for a line that is gone, the one that
/// took it away.
fn changed_by(
    context: &Context,
    spotted: &Spotted,
    whereabouts: Whereabouts,
) -> Result<Option<String>, Failure> {
    let Some(anchor) = &spotted.anchor else { return Ok(None) };
    let range = anchor.commit.as_ref().map_or_else(|| "HEAD".to_owned(), |commit| format!("{commit}..HEAD"));
    let took_away = format!("-S{}", anchor.text);
    let log = |more: &[&str]| {
        let args = [&["log", "-1", "--format=%H"], more, &[range.as_str(), "--", spotted.path()]].concat();
        git::answer(context.repo()?.top(), args).map_err(Failure::from)
    };
    let found = if whereabouts == Whereabouts::Stale { log(&[&took_away])? } else { None };
    let found = found.filter(|commit| !commit.is_empty());
    Ok(match found {
        Some(commit) => Some(commit),
        None => log(&[])?.filter(|commit| !commit.is_empty()),
    })
}
