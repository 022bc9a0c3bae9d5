//! `perfteam investigate synthesize`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::case::Case;
use super::gate::{MissingV1, missing, refuse_while_missing};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::{StepV1, plan_step, take_step_after};
use crate::domain::draft::Step;
use crate::domain::finding::Finding;
use crate::domain::handle::Handle;
use crate::domain::id::{MIN_PREFIX, RecordId};
use crate::domain::investigation::needs::{LEAST, lacks_of};
use crate::domain::investigation::strategy::Horizon;
use crate::domain::investigation::synthesis::{Found, critical, impact, of_record, recommended};
use crate::domain::investigation::{Part, Phase};
use crate::domain::level::Level;
use crate::domain::text::{counted, meaningful, shown_line, some_of};
use crate::markdown::fill::Filling;

/// Bring the evidence together: fill the synthesis from what was found, as the coordinator
///
/// Fills in the evidence of each role, the contributing factors, the impact, and the fixes that the
/// specialists recommend. What people wrote in the document stays; run again, it adds what is new.
/// Refused while a specialist's document is incomplete or a finding is disputed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam investigate synthesize 7k2m --root-cause 4h9x      (a finding)
  perfteam investigate synthesize 7k2m --root-cause \"The deployment at 14:10 reduced the pool from 50 to 20.\"

Where a role does not apply: perfteam investigate waive 7k2m --part code --reason TEXT
Then: fill in what is left, and perfteam investigate plan 7k2m")]
pub struct Synthesize {
    /// The id, or its beginning
    id: String,
    /// The root cause: in words, or the finding that tells it
    #[arg(long, value_name = "TEXT|ID")]
    root_cause: Option<String>,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SynthesizedV1 {
    /// What was written into the record; absent where the phase had begun already.
    #[serde(flatten)]
    step: Option<StepV1>,
    document: String,
    /// Whether the document is another than before.
    changed: bool,
    /// What the document still lacks.
    missing: Vec<MissingV1>,
}

/// A finding with its record.
struct Reported {
    by: Handle,
    severity: Level,
    id: RecordId,
    found: Found,
}

impl Synthesize {
    /// Fills in the document and writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        let _lock = context.lock()?;
        let case = Case::open(context, &self.id)?;
        let step = Step::new("synthesized", &actor, context.now, "");
        let is_first = case.state.phase != Phase::Synthesis;
        if is_first {
            plan_step(context, &case.scan, &case.record, &step)?;
            let missing = missing(context, &case)?;
            let why = "a root cause without the evidence of all roles is a guess";
            refuse_while_missing(&case, &missing, why)?;
        }
        let changed = case.fill(context, Part::Synthesis, &self.fillings(context, &case)?)?;
        if !is_first {
            return self.say(context, None, changed);
        }
        take_step_after(context, &case.scan, &case.record, &step, &[], |planned, staging| {
            if !context.is_json() {
                planned.print();
                return self.say(context, None, changed).map(drop);
            }
            self.say(context, Some(planned.json(staging)), changed).map(drop)
        })?;
        Ok(ExitCode::SUCCESS)
    }

    fn say(&self, context: &Context, step: Option<StepV1>, changed: bool) -> Result<ExitCode, Failure> {
        let case = Case::open(context, &self.id)?;
        let document = case.path(Part::Synthesis);
        let lacks = lacks_of(&case.state, &case.pages, Part::Synthesis);
        let missing: Vec<MissingV1> = lacks.into_iter().map(|lack| MissingV1::of(&case, lack)).collect();
        if context.is_json() {
            context.answer(&SynthesizedV1 { step, document, changed, missing })?;
            return Ok(ExitCode::SUCCESS);
        }
        print_line(&format!("{}: {document}", if changed { "filled in" } else { "nothing new for" }));
        match missing.len() {
            0 => print_line(&format!("next: perfteam investigate plan {}", case.short())),
            count => print_line(&format!(
                "{} left to write: perfteam investigate status {}",
                counted(count, "thing"),
                case.short()
            )),
        }
        Ok(ExitCode::SUCCESS)
    }

    fn fillings(&self, context: &Context, case: &Case) -> Result<Vec<(String, Filling)>, Failure> {
        let reported = reported(context, case)?;
        let cause = self.root_cause.as_deref().map(|cause| cause_of(case, cause, &reported)).transpose()?;
        let is_cause = |one: &&Reported| matches!(&cause, Some((_, Some(id))) if *id == one.id);
        let factors = reported.iter().filter(|one| !is_cause(one));
        let factors = factors.map(|one| vec![one.found.title.clone(), one.found.evidence.clone()]).collect();
        let mut fillings = vec![
            section(
                "Evidence",
                Filling { rows: matrix(context, case, &reported)?, key: 2, ..Filling::default() },
            ),
            section("Contributing factors", Filling { rows: factors, key: 1, ..Filling::default() }),
        ];
        if let Some((text, _)) = &cause {
            fillings.push(section("Root cause", Filling { texts: vec![text.clone()], ..Filling::default() }));
        }
        if let Some(data) = case.pages.get(&Part::Data) {
            fillings.push(section("Impact", Filling { items: impact(data), ..Filling::default() }));
        }
        fillings.extend(strategy(context, case)?);
        fillings.retain(|(_, filling)| {
            !(filling.rows.is_empty() && filling.items.is_empty() && filling.texts.is_empty())
        });
        Ok(fillings)
    }
}

fn section(title: &str, filling: Filling) -> (String, Filling) {
    (title.to_owned(), filling)
}

/// The findings that hold, the most severe first.
fn reported(context: &Context, case: &Case) -> Result<Vec<Reported>, Failure> {
    let mut reported = Vec::new();
    for brief in case.findings(context)? {
        let Ok(folded) = Finding::fold(&context.record(&brief.dir)?) else { continue };
        if let Some(found) = of_record(&folded.state, &brief.dir, &case.short_of(&brief.id)) {
            reported.push(Reported { by: brief.from, severity: brief.impact, id: brief.id, found });
        }
    }
    reported.sort_by_key(|one| one.severity);
    Ok(reported)
}

/// The root cause in words, and the finding that tells it, where it is one.
fn cause_of(case: &Case, given: &str, reported: &[Reported]) -> Result<(String, Option<RecordId>), Failure> {
    let given = given.trim();
    let prefix = given.strip_prefix("finding/").unwrap_or(given);
    let is_named =
        |one: &&Reported| prefix.len() >= MIN_PREFIX && one.id.as_str().starts_with(&prefix.to_lowercase());
    if let Some(one) = reported.iter().find(is_named) {
        return Ok((format!("**{}**\n\n{}", one.found.title, one.found.evidence), Some(one.id.clone())));
    }
    if given.split_whitespace().count() > 1 && meaningful(given) >= LEAST {
        return Ok((given.to_owned(), None));
    }
    let name = |one: &Reported| format!("{} ({})", case.short_of(&one.id), one.found.title);
    let names: Vec<String> = reported.iter().map(name).collect();
    let failure =
        Failure::usage(format!("`{}` is neither a finding that holds nor a root cause", shown_line(given)))
            .why("all fixes are made against it")
            .hint("in words: --root-cause \"The deployment at 14:10 reduced the pool from 50 to 20.\"");
    Err(match names.is_empty() {
        true => failure,
        false => failure.hint(format!("or by a finding of it: {}", some_of(&names, 5))),
    })
}

/// Who has the task of a part.
fn specialist(context: &Context, case: &Case, part: Part) -> Result<Option<Handle>, Failure> {
    let Some(id) = case.state.tasks.get(&part) else { return Ok(None) };
    Ok(case.briefs(context, [id])?.first().and_then(|brief| brief.to.clone()))
}

/// The evidence by role: what each document tells, then what the findings of its specialist tell;
/// those of others stand under their handle.
fn matrix(context: &Context, case: &Case, reported: &[Reported]) -> Result<Vec<Vec<String>>, Failure> {
    let mut rows = Vec::new();
    let mut told: Vec<&Reported> = Vec::new();
    let row = |role: &str, found: &Found| vec![role.to_owned(), found.title.clone(), found.evidence.clone()];
    for part in Part::ROLES.into_iter().filter(|part| !case.state.waived.contains_key(part)) {
        let specialist = specialist(context, case, part)?;
        let own: Vec<&Reported> =
            reported.iter().filter(|one| Some(&one.by) == specialist.as_ref()).collect();
        let found = case.pages.get(&part).map(critical).unwrap_or_default();
        let is_reported = |one: &&Found| own.iter().any(|own| own.found.title == one.title);
        rows.extend(found.iter().filter(|one| !is_reported(one)).map(|one| row(part.word(), one)));
        for one in
            own.into_iter().filter(|one| !told.iter().any(|other| other.id == one.id)).collect::<Vec<_>>()
        {
            rows.push(row(part.word(), &one.found));
            told.push(one);
        }
        if !rows.iter().any(|row| row[0] == part.word()) {
            let none = "nothing critical was found".to_owned();
            rows.push(vec![part.word().to_owned(), none, case.path(part)]);
        }
    }
    let others = reported.iter().filter(|one| !told.iter().any(|other| other.id == one.id));
    rows.extend(others.map(|one| row(&one.by.to_string(), &one.found)));
    Ok(rows)
}

/// What the specialists recommend, as fixes of which people say the rest.
fn strategy(context: &Context, case: &Case) -> Result<Vec<(String, Filling)>, Failure> {
    let mut rows: Vec<(Horizon, Vec<String>)> = Vec::new();
    for part in Part::ROLES.into_iter().filter(|part| !case.state.waived.contains_key(part)) {
        let by = specialist(context, case, part)?.map_or_else(|| "[HANDLE]".to_owned(), |by| by.to_string());
        for (horizon, fix) in case.pages.get(&part).map(recommended).unwrap_or_default() {
            let rest = ["[LEVEL]", "[DURATION]", "[LEVEL]", "[STEPS]", "[ROLL_BACK]"].map(str::to_owned);
            let row = [vec![fix, by.clone()], rest.to_vec()].concat();
            rows.push((horizon, row));
        }
    }
    let of = |horizon: Horizon| {
        let rows = rows.iter().filter(|(own, _)| *own == horizon).map(|(_, row)| row.clone()).collect();
        section(horizon.title(), Filling { rows, key: 1, ..Filling::default() })
    };
    Ok(Horizon::ALL.into_iter().map(of).collect())
}
