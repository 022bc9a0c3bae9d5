//! `perfteam investigate plan`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::case::Case;
use super::finish::{complete, wait_for};
use super::gate::{missing, refuse_before, refuse_while_missing};
use crate::cli::addressee::check_addressee;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::{StepV1, plan_step, take_step_after};
use crate::cli::task::{Draft, Made};
use crate::domain::document::Meta;
use crate::domain::draft::Step;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::investigation::strategy::{Fix, Horizon, fixes};
use crate::domain::investigation::{Part, Phase, PlannedDetails};
use crate::domain::kind::Brief;
use crate::domain::task::Task;
use crate::domain::text::{headline, shown_line};
use crate::store::write::NewFile;

/// Make tasks of the strategy, in the order of impact, effort and risk, as the coordinator
///
/// Each fix gets its steps, its time and its way back, and is done only with its own before -> after.
/// What is immediate or short-term must be done before the validation begins; what is long-term may
/// take longer. Run again, it makes tasks of fixes that were added since.
#[derive(Debug, Args)]
#[command(after_help = "The fixes stand in synthesis.md, below Strategy, as rows of

  | Fix | By | Impact | Effort | Risk | Steps | Roll-back |

such as

  | Pool back to 50 | @ops.performance | critical | 30m | low | revert abc123; deploy; watch for 30 min | deploy the last release |")]
pub struct Plan {
    /// The id, or its beginning
    id: String,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlannedV1 {
    #[serde(flatten)]
    step: StepV1,
    fixes: Vec<FixV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FixV1 {
    id: String,
    path: String,
    title: String,
    horizon: &'static str,
    to: Option<String>,
    /// The specialist for whom it waits, where it is nobody's.
    waiting_for: Option<String>,
}

/// A fix with its task.
struct Planned {
    fix: Fix,
    made: Made,
}

impl Plan {
    /// Writes the tasks and the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        let _lock = context.lock()?;
        let case = Case::open(context, &self.id)?;
        let why = "whoever makes a fix must know why, how, and how to undo it";
        refuse_before(context, &case, Phase::Synthesis, why)?;
        plan_step(context, &case.scan, &case.record, &step(context, &actor, &[]))?;
        if case.state.phase == Phase::Synthesis {
            refuse_while_missing(&case, &missing(context, &case)?, why)?;
        }
        let planned = tasks(context, &case, &actor)?;
        let step = step(context, &actor, &planned);
        // The event comes last: what a killed run left undone before it is done by the next.
        let files: Vec<NewFile> = planned.iter().filter_map(|one| one.made.file.clone()).collect();
        context.write(&files)?;
        let titles: Vec<&str> = planned.iter().map(|one| one.fix.title.as_str()).collect();
        let note = format!("The fixes are planned: {}.", titles.join("; "));
        complete(context, &case, &[Part::Synthesis, Part::Implementation], &actor, &note)?;
        wait_for(context, &case, Part::Validation, &ids(&planned, false), &actor)?;
        take_step_after(context, &case.scan, &case.record, &step, &[], |done, staging| {
            if context.is_json() {
                let fixes = planned.iter().map(FixV1::of).collect();
                return context.answer(&PlannedV1 { step: done.json(staging), fixes });
            }
            done.print();
            planned.iter().for_each(|one| print(&case, one));
            print_line("commit it, so that others see it: git commit");
            Ok(())
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn step(context: &Context, actor: &Handle, planned: &[Planned]) -> Step {
    let details = PlannedDetails { tasks: ids(planned, false), later: ids(planned, true) };
    Step::new("planned", actor, context.now, "").with(&details)
}

fn ids(planned: &[Planned], later: bool) -> Vec<RecordId> {
    let is_wanted = |one: &&Planned| (one.fix.horizon == Horizon::LongTerm) == later;
    planned.iter().filter(is_wanted).map(|one| one.made.id.clone()).collect()
}

/// A task for each fix that has none yet.
fn tasks(context: &Context, case: &Case, actor: &Handle) -> Result<Vec<Planned>, Failure> {
    let page = case.pages.get(&Part::Synthesis).cloned().unwrap_or_default();
    let known = case.briefs(context, case.state.fixes.iter().chain(&case.state.later))?;
    let all = fixes(&page).unwrap_or_default();
    let new: Vec<Fix> = all.into_iter().filter(|fix| !is_planned(context, &known, fix)).collect();
    if new.is_empty() {
        let path = case.path(Part::Synthesis);
        return Err(Failure::refused(format!("{path} has no fix that is not a task already"))
            .why("without a fix there is nothing to measure")
            .hint("add a row below Strategy: perfteam investigate plan --help"));
    }
    let mut planned = Vec::new();
    for fix in new {
        if let Some(by) = &fix.by {
            check_addressee(context, by, "By").map_err(|failure| {
                failure.hint(format!("it stands in {}:{}", case.path(Part::Synthesis), fix.line))
            })?;
        }
        let made = case.take_up(context, actor, draft(context, case, &fix))?;
        planned.push(Planned { fix, made });
    }
    Ok(planned)
}

fn is_planned(context: &Context, known: &[Brief], fix: &Fix) -> bool {
    known.iter().any(|brief| {
        let record = context.record(&brief.dir).ok();
        let task = record.and_then(|record| Task::fold(&record).ok());
        task.is_some_and(|task| task.state.texts[0] == fix.title) && brief.status != "cancelled"
    })
}

fn draft(context: &Context, case: &Case, fix: &Fix) -> Draft {
    let head = &case.state.head;
    let mut draft = Draft::new("implementation", &headline(&fix.title, 100), fix.impact);
    draft.to = fix.by.clone();
    draft.system = head.systems.first().cloned();
    draft.deadline = Some(context.now.plus(fix.effort));
    draft.measured = true;
    draft.parameters = parameters(fix);
    draft.parent = Some(case.dir.id());
    draft.chain = Some(head.chain.clone().unwrap_or_else(|| case.dir.id()));
    let list =
        |items: Vec<String>| items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n");
    let roll_back = format!("When it makes things worse: {}", fix.roll_back);
    let expected = [format!(
        "What it changed: `perfteam task complete ID --note TEXT --metric {}=BEFORE..AFTER`.",
        metric(case)
    )];
    draft.texts = [
        Some(fix.title.clone()),
        Some(format!(
            "A fix of investigation {} ({}); the root cause stands in `{}`.",
            head.id,
            head.title,
            case.path(Part::Synthesis)
        )),
        Some(list(fix.steps.iter().cloned().chain([roll_back]).collect())),
        Some(list(expected.to_vec())),
    ];
    draft
}

fn parameters(fix: &Fix) -> Meta {
    let keys = json!({
        "horizon": fix.horizon.title().to_lowercase(), "effort": fix.effort, "risk": fix.risk, "roll_back": fix.roll_back,
    });
    keys.as_object().cloned().unwrap_or_default()
}

/// The quantity by which a fix is judged: the first of the success criteria.
fn metric(case: &Case) -> String {
    use crate::domain::investigation::criterion::Criterion;
    let criteria = case.state.head.success.iter().map(|text| Criterion::read(text));
    let measured = criteria.filter(|one| matches!(one, Criterion::Measured { .. }));
    measured.map(|one| one.name().to_owned()).next().unwrap_or_else(|| "NAME".to_owned())
}

impl FixV1 {
    fn of(planned: &Planned) -> Self {
        FixV1 {
            id: planned.made.id.to_string(),
            path: planned.made.dir.path(),
            title: planned.fix.title.clone(),
            horizon: planned.fix.horizon.title(),
            to: planned.fix.by.as_ref().map(ToString::to_string),
            waiting_for: planned.made.waiting_for.as_ref().map(ToString::to_string),
        }
    }
}

fn print(case: &Case, planned: &Planned) {
    let (fix, made) = (&planned.fix, &planned.made);
    let who = match (&fix.by, &made.waiting_for) {
        (Some(by), _) => by.to_string(),
        (None, Some(one)) => format!("waits for {one}"),
        (None, None) => "nobody yet".to_owned(),
    };
    let short = case.short_of(&made.id);
    print_line(&format!(
        "  task {short}  {:<10} {:<8} {who}, {}: {}",
        fix.horizon.title(),
        fix.impact,
        fix.effort,
        shown_line(&fix.title)
    ));
}
