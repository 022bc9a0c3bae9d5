//! `perfteam investigate status`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::case::Case;
use super::gate::{MissingV1, command, missing};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::story::{line, print_heading};
use crate::cli::view::{BriefV1, SightArgs, limit, warn_of_faults};
use crate::domain::agenda::{Agenda, Obstacle};
use crate::domain::id::RecordId;
use crate::domain::investigation::{Part, Phase};
use crate::domain::kind::Brief;
use crate::domain::text::{cut, shown_line, some_of};
use crate::domain::time::when;

/// How many missing things are shown as text unless told otherwise.
const SHOWN: usize = 20;

/// Show where an investigation stands: its phases, who works on what, and what is missing before the
/// next phase may begin, by file and line
#[derive(Debug, Args)]
pub struct ShowStatus {
    /// The id, or its beginning
    id: String,
    /// Show at most so many missing things
    #[arg(long, value_name = "N", value_parser = limit)]
    limit: Option<usize>,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StatusV1 {
    id: String,
    title: String,
    path: String,
    phase: &'static str,
    coordinator: String,
    phases: Vec<PhaseV1>,
    /// What is missing before the phase may end.
    missing: Vec<MissingV1>,
    /// The command that ends the phase, once nothing is missing.
    next: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PhaseV1 {
    phase: &'static str,
    /// `done`, `now` or `later`.
    state: &'static str,
    parts: Vec<PartV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PartV1 {
    part: &'static str,
    document: Option<String>,
    due: Option<String>,
    /// Why it is left out, where it is.
    waived: Option<String>,
    task: Option<BriefV1>,
    /// The tasks of the fixes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<BriefV1>,
}

/// The investigation with the tasks of its parts.
struct View<'a> {
    context: &'a Context,
    case: &'a Case,
    tasks: Vec<Brief>,
}

impl ShowStatus {
    /// Prints how it stands.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let case = Case::open(context, &self.id)?;
        let ids: Vec<&RecordId> =
            case.state.tasks.values().chain(&case.state.fixes).chain(&case.state.later).collect();
        let tasks = case.briefs(context, ids)?;
        let missing = missing(context, &case)?;
        let view = View { context, case: &case, tasks };
        if context.is_json() {
            context.answer(&view.json(missing))?;
        } else {
            view.print();
            self.print_missing(&case, &missing);
        }
        warn_of_faults(&case.scan.faults);
        Ok(ExitCode::SUCCESS)
    }

    fn print_missing(&self, case: &Case, missing: &[MissingV1]) {
        let Some(next) = command(case) else { return };
        let shown = self.limit.unwrap_or(SHOWN);
        if !missing.is_empty() {
            print_heading(&format!("\nMissing before it goes on ({})", missing.len()));
            missing.iter().take(shown).for_each(|one| print_line(&shown_line(&one.words())));
        }
        if missing.len() > shown {
            let (more, id) = (missing.len() - shown, case.short());
            print_line(&format!(
                "and {more} more: perfteam investigate status {id} --limit {}",
                missing.len()
            ));
        }
        print_line("");
        if case.state.phase == Phase::Evidence && case.state.tasks.is_empty() {
            print_line(&format!(
                "next: perfteam investigate delegate {} --data @h --code @h --infrastructure @h",
                case.short()
            ));
        } else if missing.is_empty() {
            print_line(&format!("next: {next}"));
        } else {
            print_line(&format!("then: {next}"));
        }
    }
}

impl View<'_> {
    fn task(&self, id: &RecordId) -> Option<&Brief> {
        self.tasks.iter().find(|brief| brief.id == *id)
    }

    fn phase_state(&self, phase: Phase) -> &'static str {
        match phase.cmp(&self.case.state.phase) {
            _ if self.case.state.phase == Phase::Withdrawn => "later",
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal => "now",
            std::cmp::Ordering::Greater => "later",
        }
    }

    fn json(&self, missing: Vec<MissingV1>) -> StatusV1 {
        let state = &self.case.state;
        StatusV1 {
            id: self.case.dir.id().to_string(),
            title: state.head.title.clone(),
            path: self.case.dir.path(),
            phase: state.phase.word(),
            coordinator: state.head.from.to_string(),
            phases: Phase::WORK
                .into_iter()
                .map(|phase| PhaseV1 {
                    phase: phase.word(),
                    state: self.phase_state(phase),
                    parts: phase.parts().map(|part| self.part_json(part)).collect(),
                })
                .collect(),
            next: command(self.case).filter(|_| missing.is_empty()),
            missing,
        }
    }

    fn part_json(&self, part: Part) -> PartV1 {
        let (case, state) = (self.case, &self.case.state);
        let short = case.short_ids();
        let view = |brief: &Brief| BriefV1::new(brief, &case.scan.snapshot, short, self.context.now);
        let fixes: Vec<&RecordId> = match part {
            Part::Implementation => state.fixes.iter().chain(&state.later).collect(),
            _ => Vec::new(),
        };
        PartV1 {
            part: part.word(),
            document: part.document().map(|_| case.path(part)),
            due: state.head.due.get(&part).map(ToString::to_string),
            waived: state.waived.get(&part).map(|waiver| waiver.reason.clone()),
            task: state.tasks.get(&part).and_then(|id| self.task(id)).map(view),
            fixes: fixes.iter().filter_map(|id| self.task(id)).map(view).collect(),
        }
    }

    fn print(&self) {
        let (case, head) = (self.case, &self.case.state.head);
        print_heading(&head.title);
        line("id", &format!("{} (in {})", head.id, case.dir.path()));
        line("priority", &head.priority.to_string());
        line("phase", case.state.phase.word());
        line("by", &head.from.to_string());
        print_line("");
        let agenda = Agenda::new(self.tasks.iter().chain(&case.scan.snapshot.open));
        for phase in Phase::WORK {
            for (at, part) in phase.parts().enumerate() {
                let label = if at == 0 { self.phase_state(phase) } else { "" };
                let name = if at == 0 { phase.word() } else { "" };
                print_line(&format!(
                    "{label:<6}{name:<16}{:<16}{}",
                    part.word(),
                    self.part_words(part, &agenda)
                ));
                if part == Part::Implementation {
                    self.print_fixes(&agenda);
                }
            }
        }
    }

    fn print_fixes(&self, agenda: &Agenda<'_>) {
        let fixes = self.case.state.fixes.iter().map(|id| ("fix", id));
        let later = self.case.state.later.iter().map(|id| ("fix, later", id));
        for (label, brief) in fixes.chain(later).filter_map(|(label, id)| Some((label, self.task(id)?))) {
            let title = shown_line(&brief.title);
            print_line(&format!(
                "{:<22}{label:<16}{}  {}",
                "",
                self.task_words(brief, agenda),
                cut(&title, 60)
            ));
        }
    }

    fn part_words(&self, part: Part, agenda: &Agenda<'_>) -> String {
        let state = &self.case.state;
        if let Some(waiver) = state.waived.get(&part) {
            return format!("left out by {}: {}", waiver.by, cut(&shown_line(&waiver.reason), 80));
        }
        match state.tasks.get(&part).map(|id| (id, self.task(id))) {
            Some((_, Some(brief))) => self.task_words(brief, agenda),
            Some((id, None)) => format!("task {id} is not here"),
            None => {
                let due = state.head.due.get(&part).filter(|_| part.phase() >= state.phase);
                due.map(|due| when::left(*due, self.context.now)).unwrap_or_default()
            }
        }
    }

    fn obstacle_words(&self, obstacle: &Obstacle<'_>) -> String {
        match obstacle {
            Obstacle::Open(first) => self.case.short_of(&first.id),
            Obstacle::Dropped(first) => format!("{} (which was dropped)", self.case.short_of(&first.id)),
            Obstacle::Missing(id) => format!("{id} (which is not here)"),
        }
    }

    /// Who works on a task, and how it stands.
    fn task_words(&self, brief: &Brief, agenda: &Agenda<'_>) -> String {
        let waits = agenda.get(&brief.id).map(|brief| agenda.obstacles(brief)).unwrap_or_default();
        let state = match waits.as_slice() {
            [] => brief.status.replace('_', " "),
            _ if brief.closed || brief.lock.is_some() => brief.status.replace('_', " "),
            waits => {
                let names: Vec<String> = waits.iter().map(|one| self.obstacle_words(one)).collect();
                format!("waits for {}", some_of(&names, 4))
            }
        };
        let plan = brief.plan.as_ref().filter(|_| !brief.closed);
        let percent = plan.filter(|plan| plan.percent > 0).map(|plan| format!(", {} %", plan.percent));
        let left =
            plan.and_then(|plan| plan.deadline).map(|due| format!(", {}", when::left(due, self.context.now)));
        let who = plan.and_then(|plan| plan.specialist.as_ref()).filter(|_| brief.to.is_none());
        let who = who.map_or_else(|| brief.to_word(), |one| format!("nobody yet (waits for {one})"));
        format!(
            "task {}  {who}, {state}{}{}",
            self.case.short_of(&brief.id),
            percent.unwrap_or_default(),
            left.unwrap_or_default(),
        )
    }
}
