//! The records: whether what was published is still here as it was.

use std::collections::BTreeMap;

use super::{Area, Finding, State};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::domain::text::counted;
use crate::store::committed::record_of;
use crate::store::leftovers::leftovers;
use crate::store::lost::{Fate, Scope, lost};

/// Compares the work tree and the index with what history published.
pub fn examine(context: &Context) -> Vec<Finding> {
    let is_set_up = context.team_if_any().is_ok_and(|team| team.present);
    let mut findings = match losses(context) {
        Ok(losses) if losses.is_empty() && is_set_up => {
            vec![finding("published", State::Ok, "every published record is here as it was")]
        }
        Ok(losses) => losses,
        Err(failure) => vec![unknown(failure)],
    };
    findings.extend(left_behind(context));
    findings
}

fn finding(check: &'static str, state: State, what: impl Into<String>) -> Finding {
    Finding::new(Area::Records, check, state, what)
}

fn unknown(failure: Failure) -> Finding {
    let note = finding("published", State::Note, format!("what was published can't be told: {failure}"))
        .why(failure.why.clone().unwrap_or_default());
    failure.hints.into_iter().fold(note, Finding::mend)
}

/// One finding for what became of one record.
fn losses(context: &Context) -> Result<Vec<Finding>, Failure> {
    let scope = Scope::Published { integration: context.team_if_any()?.policy.integration.clone() };
    let mut by_record: BTreeMap<(String, &'static str), Vec<(String, Fate)>> = BTreeMap::new();
    for lost in lost(context.repo()?, &scope)? {
        let dir = record_of(&lost.path).map_or_else(|| lost.path.clone(), |dir| dir.path());
        by_record.entry((dir, check(lost.fate))).or_default().push((lost.path, lost.fate));
    }
    Ok(by_record.into_iter().filter_map(|((dir, check), files)| loss(&dir, check, &files)).collect())
}

fn check(fate: Fate) -> &'static str {
    match fate {
        Fate::Missing => "lost",
        Fate::Altered => "altered",
        Fate::Unstaged => "unstaged",
        Fate::InTheWay => "in-the-way",
    }
}

fn loss(dir: &str, check: &'static str, files: &[(String, Fate)]) -> Option<Finding> {
    let (first, fate) = files.first()?;
    let named = match files {
        [_] => first.clone(),
        files => format!("{} of {dir}", counted(files.len(), "file")),
    };
    let one = files.len() == 1;
    let (was, is) = if one { ("was", "is") } else { ("were", "are") };
    let what = match fate {
        Fate::Missing => format!("{named} {was} published and {is} gone"),
        Fate::Altered => format!("{named} {was} published and {is} changed"),
        Fate::Unstaged => format!("{named} {was} published and the next commit would leave it out"),
        Fate::InTheWay => {
            format!("{named} {was} published, and something that git does not track lies there")
        }
    };
    let found = finding(check, State::Broken, what);
    Some(match fate {
        Fate::InTheWay => found
            .why("what others have and you have not is seen by no inbox and no gate here")
            .mend(format!("move away what lies there, then: perfteam restore; it is {first}")),
        Fate::Altered => found
            .why("what somebody else may have read must stay true: new things are said by new events")
            .mend("perfteam restore"),
        Fate::Missing | Fate::Unstaged => found
            .why("a revert, a deletion or a merge took away what others rely on; code may be reverted, what was said may not")
            .mend("perfteam restore"),
    })
}

/// Temporary files of commands that were killed.
fn left_behind(context: &Context) -> Option<Finding> {
    let left = leftovers(context.repo().ok()?);
    let first = left.first()?;
    let more = match left.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    Some(
        finding("leftovers", State::Note, format!("a command was killed while it wrote: {first}{more}"))
            .why("each record is as it was before or as it was meant to be; this is what never became one")
            .mend("nothing: the next command that writes takes away what is older than a day"),
    )
}
