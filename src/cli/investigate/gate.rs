//! What is missing before the next phase of an investigation may begin, by file and line.

use schemars::JsonSchema;
use serde::Serialize;

use super::case::Case;
use super::workspace::not_here;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::investigation::needs::{Lack, lacks};
use crate::domain::investigation::page::{Hole, Inside};
use crate::domain::investigation::{Investigation, Part, Phase};
use crate::domain::kind::Brief;
use crate::domain::task::Task;
use crate::domain::text::{counted, shell_word};

/// How many are named when a phase is tried too early.
const NAMED: usize = 5;

/// Something that is missing, for programs and people. Version 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MissingV1 {
    /// The file, from the top of the work tree.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// What is missing there.
    pub what: String,
    /// What to write there, or the command that mends it.
    pub write: String,
    /// The command that writes it, with what stands there now: what is in brackets is to be replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

impl MissingV1 {
    /// What a document lacks.
    pub fn of(case: &Case, lack: Lack) -> Self {
        let (path, line) = (case.path(lack.part), lack.line);
        let page = case.pages.get(&lack.part);
        if let Some((place, get)) = case.whereabouts(lack.part).filter(|_| page.is_none()) {
            let what = format!("{}, but {place}", lack.what);
            return MissingV1 { path, line, what, write: get, command: None };
        }
        if let Some((place, get)) = case.went_on(lack.part) {
            let what = format!("{}; its task went on {place}", lack.what);
            return MissingV1 { path, line, what, write: get, command: None };
        }
        let hole = page.and_then(|page| page.hole(line));
        let command = hole.map(|hole| writing(case, lack.part, &hole));
        MissingV1 { path, line, what: lack.what, write: lack.write, command }
    }

    /// Something beside the documents.
    fn beside(path: String, what: String, write: String) -> Self {
        MissingV1 { path, line: 1, what, write, command: None }
    }

    /// One line: where, what, and how it is mended.
    pub fn words(&self) -> String {
        format!("{}:{}: {}: {}", self.path, self.line, self.what, self.write)
    }
}

/// The command that writes what fills `hole`.
fn writing(case: &Case, part: Part, hole: &Hole) -> String {
    let (option, text) = match &hole.inside {
        Inside::Row(text) => ("--row", text),
        Inside::Item(text) => ("--item", text),
        Inside::Text(text) => ("--text", text),
    };
    format!(
        "perfteam investigate write {} --document {} --section {} {option} {}",
        case.short(),
        part.word(),
        shell_word(&hole.section),
        shell_word(text)
    )
}

/// What is missing before the phase in which the investigation is may end.
pub fn missing(context: &Context, case: &Case) -> Result<Vec<MissingV1>, Failure> {
    let phase = case.state.phase;
    let mut missing: Vec<MissingV1> =
        lacks(&case.state, &case.pages, phase).into_iter().map(|lack| MissingV1::of(case, lack)).collect();
    match phase {
        Phase::Evidence => missing.extend(disputed(case)),
        Phase::Implementation => missing.extend(unfinished_fixes(context, case)?),
        Phase::Validation => missing.extend(open_window(case)),
        Phase::Learning => missing.extend(not_reviewed(case)),
        Phase::Synthesis | Phase::Closed | Phase::Withdrawn => {}
    }
    Ok(missing)
}

/// The command that ends the phase.
pub fn command(case: &Case) -> Option<String> {
    command_of(&case.state, &case.short())
}

/// The same for an investigation that `id` names.
pub fn command_of(investigation: &Investigation, id: &str) -> Option<String> {
    Some(match investigation.phase {
        Phase::Evidence => format!("perfteam investigate synthesize {id}"),
        Phase::Synthesis => format!("perfteam investigate plan {id}"),
        Phase::Implementation | Phase::Validation => {
            let window = investigation.next_window().unwrap_or(1);
            format!("perfteam investigate validate {id} --window {window}")
        }
        Phase::Learning if !investigation.reviewed => format!("perfteam investigate retro {id}"),
        Phase::Learning => format!("perfteam investigate close {id}"),
        Phase::Closed | Phase::Withdrawn => return None,
    })
}

/// Refuses what belongs to a later phase: says what is missing now, and what comes before it.
pub fn refuse_before(context: &Context, case: &Case, phase: Phase, why: &str) -> Result<(), Failure> {
    let Some(next) = command(case).filter(|_| case.state.phase < phase) else { return Ok(()) };
    let now = case.state.phase.word();
    let message =
        format!("it is too early: the investigation is in the phase {now}, not yet in {}", phase.word());
    let missing = missing(context, case)?;
    let failure = told(Failure::refused(message).why(why), &missing);
    let failure = match missing.len() > NAMED {
        true => failure.hint(see_all(case)),
        false => failure,
    };
    Err(failure.hint(format!("when nothing is missing: {next}")))
}

/// Refuses to end the phase while something is missing.
pub fn refuse_while_missing(case: &Case, missing: &[MissingV1], why: &str) -> Result<(), Failure> {
    if missing.is_empty() {
        return Ok(());
    }
    let things = counted(missing.len(), "thing");
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let message =
        format!("it is too early: {things} {verb} missing in the phase {}", case.state.phase.word());
    Err(told(Failure::refused(message).why(why), missing).hint(see_all(case)))
}

/// The failure with the first of what is missing, and the command that writes one of them.
fn told(failure: Failure, missing: &[MissingV1]) -> Failure {
    let first = missing.iter().take(NAMED);
    let command = first.clone().find_map(|one| one.command.as_ref());
    let failure = first.fold(failure, |failure, one| failure.hint(one.words()));
    command.into_iter().fold(failure, |failure, command| {
        failure.hint(format!("with an editor, or by commands such as: {command}"))
    })
}

fn see_all(case: &Case) -> String {
    format!("see all that is missing: perfteam investigate status {}", case.short())
}

/// Findings on which two views are left: nothing can be built on them.
fn disputed(case: &Case) -> impl Iterator<Item = MissingV1> {
    let id = case.dir.id();
    let own = case.scan.snapshot.open.iter().filter(move |brief| brief.parent.as_ref() == Some(&id));
    own.filter(|brief| brief.disputed_since().is_some()).map(|brief| {
        let id = case.short_of(&brief.id);
        MissingV1::beside(
            brief.dir.head_path(),
            format!("finding {id} is disputed ({})", brief.title),
            format!("a lead decides: perfteam finding decide {id} --outcome TEXT --reason TEXT"),
        )
    })
}

fn unfinished_fixes(context: &Context, case: &Case) -> Result<Vec<MissingV1>, Failure> {
    let briefs = case.briefs(context, &case.state.fixes)?;
    let mut missing = Vec::new();
    for id in &case.state.fixes {
        match briefs.iter().find(|brief| brief.id == *id) {
            None => missing.push(MissingV1::beside(
                case.dir.head_path(),
                format!("the fix {}", not_here(id)),
                "merge the branch that has it: git merge BRANCH".to_owned(),
            )),
            Some(brief) => missing.extend(unfinished(context, case, brief, id)?),
        }
    }
    Ok(missing)
}

fn unfinished(
    context: &Context,
    case: &Case,
    brief: &Brief,
    id: &RecordId,
) -> Result<Option<MissingV1>, Failure> {
    let short = case.short_of(id);
    let name = format!("fix {short} ({}, {})", brief.title, brief.to_word());
    let complete = format!("perfteam task complete {short} --note TEXT --metric NAME=BEFORE..AFTER");
    let (what, write) = match brief.status.as_str() {
        "cancelled" => return Ok(None),
        "completed" if has_figures(context, brief)? => return Ok(None),
        "completed" => {
            let show = format!("perfteam investigate plan {} makes a new one", case.short());
            (format!("{name} was closed without before -> after"), show)
        }
        "pending" => {
            (format!("{name} is not begun"), format!("perfteam task start {short}, then {complete}"))
        }
        state => (format!("{name} is {}", state.replace('_', " ")), complete),
    };
    Ok(Some(MissingV1::beside(brief.dir.head_path(), what, write)))
}

/// Whether a task was closed with what it changed.
fn has_figures(context: &Context, brief: &Brief) -> Result<bool, Failure> {
    let Ok(folded) = Task::fold(&context.record(&brief.dir)?) else { return Ok(false) };
    let metrics = folded.state.outcome.map(|outcome| outcome.metrics).unwrap_or_default();
    Ok(metrics.values().any(|measured| measured.before.is_some()))
}

fn open_window(case: &Case) -> Option<MissingV1> {
    let window = case.state.next_window()?;
    Some(MissingV1::beside(
        case.dir.head_path(),
        format!("window {window} is not measured"),
        format!("perfteam investigate validate {} --window {window} --metric NAME=VALUE", case.short()),
    ))
}

fn not_reviewed(case: &Case) -> Option<MissingV1> {
    (!case.state.reviewed).then(|| {
        MissingV1::beside(
            case.dir.head_path(),
            "the retrospective is not begun".to_owned(),
            format!("perfteam investigate retro {}", case.short()),
        )
    })
}
