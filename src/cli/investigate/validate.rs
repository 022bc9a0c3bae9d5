//! `perfteam investigate validate`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::case::Case;
use super::finish::{complete, wait_for};
use super::gate::{MissingV1, command, missing, refuse_before, refuse_while_missing};
use super::measure::{Given, Outcome, Window};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::{StepV1, plan_step, take_step_after};
use crate::cli::task::{Draft, Made};
use crate::domain::draft::Step;
use crate::domain::handle::Handle;
use crate::domain::investigation::windows::Verdict;
use crate::domain::investigation::{Part, Phase, ValidatedDetails, WINDOWS};
use crate::domain::quantity::{Quantities, Quantity, named};
use crate::domain::text::{headline, shown_line, some_of};
use crate::store::write::NewFile;

/// Why a window is measured late and in order.
const WHY: &str = "what is measured before the fixes are there, or out of order, says nothing of them";

/// Measure whether the fixes hold, in one of three windows of time
///
/// Each quantity is compared with what is required, and with what is aimed at: `< 300ms`, or
/// relative to what it was before, `<= baseline + 10%`. The limits stand in validation.md, where the
/// values and verdicts are written; values that stand there already need no --metric. A window that
/// misses what is required reopens the investigation, and makes a task to find out why.
#[derive(Debug, Args)]
#[command(after_help = "Windows: 1 is 0-30 min after the fixes are deployed, 2 is 30 min-2 h, 3 is 2-24 h.

Examples:
  perfteam investigate validate 7k2m --window 1 --metric p95_latency=240ms --metric error_rate=0.04%
  perfteam investigate validate 7k2m --window 2 --met \"users are content again\"")]
pub struct Validate {
    /// The id, or its beginning
    id: String,
    /// Which window: 1, 2 or 3
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=3))]
    window: u8,
    /// A measured value; may be given several times
    #[arg(long = "metric", value_name = "NAME=VALUE", value_parser = named::<Quantity>)]
    metrics: Vec<(String, Quantity)>,
    /// What has no limit, and holds; may be given several times
    #[arg(long, value_name = "NAME")]
    met: Vec<String>,
    /// What has no limit, and does not hold; may be given several times
    #[arg(long, value_name = "NAME")]
    missed: Vec<String>,
    /// What else was seen
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ValidatedV1 {
    #[serde(flatten)]
    step: StepV1,
    window: u8,
    passed: bool,
    quantities: Vec<QuantityV1>,
    /// The task to find out why it was missed.
    task: Option<TaskV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredV1")]
struct QuantityV1 {
    name: String,
    measured: Option<String>,
    required: Option<String>,
    target: Option<String>,
    verdict: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ValidationTaskV1")]
struct TaskV1 {
    id: String,
    path: String,
}

impl Validate {
    /// Writes values and verdicts into the document, and the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        let _lock = context.lock()?;
        let case = Case::open(context, &self.id)?;
        self.refuse_early(context, &case, &actor)?;
        let given = Given { metrics: &self.metrics, met: &self.met, missed: &self.missed };
        let window = Window::read(context, &case, self.window)?;
        let outcomes = window.judge(&case, &given)?;
        let passed = outcomes.iter().all(|one| one.verdict > Verdict::Missed);
        let step = self.step(context, &actor, &outcomes, passed);
        plan_step(context, &case.scan, &case.record, &step)?;
        let text = window.written(&case, &outcomes)?;
        let task = if passed { None } else { Some(self.follow_up(context, &case, &actor, &outcomes)?) };
        case.put(context, Part::Validation, &window.text, &text)?;
        // The event comes last: what a killed run left undone before it is done by the next.
        let files: Vec<NewFile> = task.iter().filter_map(|made| made.file.clone()).collect();
        context.write(&files)?;
        self.hand_on(context, &case, &actor, task.as_ref())?;
        take_step_after(context, &case.scan, &case.record, &step, &[], |planned, staging| {
            if context.is_json() {
                return context.answer(&ValidatedV1 {
                    step: planned.json(staging),
                    window: self.window,
                    passed,
                    quantities: outcomes.iter().map(QuantityV1::of).collect(),
                    task: task.as_ref().map(|made| TaskV1 { id: made.id.to_string(), path: made.dir.path() }),
                });
            }
            planned.print();
            let verdict = if passed { "passed" } else { "missed what is required" };
            print_line(&format!("window {} {verdict}", self.window));
            outcomes.iter().for_each(print);
            Ok(())
        })?;
        self.say_next(context, task.as_ref())
    }

    fn refuse_early(&self, context: &Context, case: &Case, actor: &Handle) -> Result<(), Failure> {
        refuse_before(context, case, Phase::Implementation, WHY)?;
        plan_step(context, &case.scan, &case.record, &self.step(context, actor, &[], false))?;
        if case.state.phase == Phase::Implementation {
            refuse_while_missing(case, &missing(context, case)?, WHY)?;
        }
        let Some(next) = case.state.next_window().filter(|next| *next < self.window) else { return Ok(()) };
        let id = case.short();
        Err(Failure::refused(format!(
            "window {next} has not passed yet, and comes before window {}",
            self.window
        ))
        .why(WHY)
        .hint(format!("perfteam investigate validate {id} --window {next} --metric NAME=VALUE")))
    }

    fn step(&self, context: &Context, actor: &Handle, outcomes: &[Outcome], passed: bool) -> Step {
        let measured: Quantities =
            outcomes.iter().filter_map(|one| Some((one.check.name.clone(), one.measured.clone()?))).collect();
        let details = ValidatedDetails { window: self.window, passed, measured };
        Step::new("validated", actor, context.now, self.note.trim()).with(&details)
    }

    /// The task to find out why the window was missed.
    fn follow_up(
        &self,
        context: &Context,
        case: &Case,
        actor: &Handle,
        outcomes: &[Outcome],
    ) -> Result<Made, Failure> {
        let head = &case.state.head;
        let missed: Vec<&str> = outcomes
            .iter()
            .filter(|one| one.verdict == Verdict::Missed)
            .map(|one| one.check.name.as_str())
            .collect();
        let title = format!("Find out why window {} missed {}", self.window, some_of(&missed, 2));
        let mut draft = Draft::new("research", &headline(&title, 100), head.priority);
        draft.to = Some(head.from.clone());
        draft.system = head.systems.first().cloned();
        draft.parent = Some(case.dir.id());
        draft.chain = Some(head.chain.clone().unwrap_or_else(|| case.dir.id()));
        draft.texts[0] = Some(format!(
            "Find out why the fixes do not hold, write it into the documents of the investigation, and go on: \
             perfteam investigate status {}",
            case.dir.id()
        ));
        let told: Vec<String> = outcomes.iter().map(words).collect();
        draft.texts[1] = Some(told.join("\n"));
        case.take_up(context, actor, draft)
    }

    /// The task of the part is done with the last window, or waits anew.
    fn hand_on(
        &self,
        context: &Context,
        case: &Case,
        actor: &Handle,
        task: Option<&Made>,
    ) -> Result<(), Failure> {
        if let Some(made) = task {
            return wait_for(context, case, Part::Validation, std::slice::from_ref(&made.id), actor);
        }
        let is_open = |window: &u8| *window != self.window && !case.state.passed.contains(window);
        if case.state.phase < Phase::Learning && !(1..=WINDOWS).any(|window| is_open(&window)) {
            let note = format!("All {WINDOWS} windows passed.");
            complete(context, case, &[Part::Validation], actor, &note)?;
        }
        Ok(())
    }

    /// Says what comes next.
    fn say_next(&self, context: &Context, task: Option<&Made>) -> Result<ExitCode, Failure> {
        if context.is_json() {
            return Ok(ExitCode::SUCCESS);
        }
        let after = Case::open(context, self.id.as_str())?;
        if let Some(made) = task {
            let word = after.state.phase.word();
            print_line(&format!("the investigation is open again, in the phase {word}"));
            print_line(&format!("made a task: perfteam task show {}", after.short_of(&made.id)));
        }
        print_line("commit it, so that others see it: git commit");
        if let Some(next) = command(&after) {
            print_line(&format!("next: {next}"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl QuantityV1 {
    fn of(one: &Outcome) -> Self {
        QuantityV1 {
            name: one.check.name.clone(),
            measured: one.measured.as_ref().map(ToString::to_string),
            required: one.check.required.as_ref().map(ToString::to_string),
            target: one.check.target.as_ref().map(ToString::to_string),
            verdict: one.verdict.word(),
        }
    }
}

/// What came of a quantity: `p95_latency 240ms: met, on target (< 300ms, target < 250ms)`.
fn words(one: &Outcome) -> String {
    let measured = one.measured.as_ref().map(|measured| format!(" {measured}")).unwrap_or_default();
    let limits = one.check.limits();
    let limits = if limits.is_empty() { limits } else { format!(" ({limits})") };
    format!("{}{measured}: {}{limits}", one.check.name, one.verdict)
}

fn print(one: &Outcome) {
    print_line(&format!("  {}", shown_line(&words(one))));
}

/// What a window lacks, as a refusal.
pub fn refuse_open(case: &Case, window: u8, missing: &[MissingV1]) -> Result<(), Failure> {
    if missing.is_empty() {
        return Ok(());
    }
    let failure = Failure::refused(format!("window {window} can't be judged yet"))
        .why("a window passes when everything that is required of it was measured");
    let failure = missing.iter().fold(failure, |failure, one| failure.hint(one.words()));
    let id = case.short();
    Err(failure.hint(format!("or: perfteam investigate validate {id} --window {window} --metric NAME=VALUE")))
}
