//! `perfteam next`: what should I do now?

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::Failure;
use super::inbox::{agents, disputes, sorted};
use super::investigate::PartTask;
use super::task::Dependencies;
use super::view::{BriefV1, SightArgs, brief_line, limit, warn_of_faults};
use crate::domain::agenda::Agenda;
use crate::domain::flag::Flags;
use crate::domain::handle::Handle;
use crate::domain::kind::Brief;
use crate::domain::snapshot::{ShortIds, Snapshot};

/// How many are shown as text unless told otherwise.
const SHOWN: usize = 10;

/// Show what to do now: your flags first, then your tasks that can be worked on
///
/// Between them a lead finds the disputes that nobody else may decide. Tasks come by priority, deadline, and how many others they unblock; those that are nobody's and
/// wait for a specialist like you stand last.
#[derive(Debug, Args)]
pub struct Next {
    /// The agent who asks
    #[arg(value_name = "@HANDLE")]
    agent: Option<Handle>,
    /// Show at most so many
    #[arg(long, value_name = "N", value_parser = limit)]
    limit: Option<usize>,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NextV1 {
    agents: Vec<String>,
    /// The first of all; absent where nothing is to be done.
    next: Option<StepV1>,
    /// The flags that wait.
    flags: Vec<BriefV1>,
    /// The disputed findings that these agents decide, as leads.
    disputes: Vec<BriefV1>,
    /// The tasks that can be worked on.
    tasks: Vec<TaskV1>,
    /// The tasks that are nobody's and wait for these agents.
    queue: Vec<TaskV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NextStepV1")]
struct StepV1 {
    kind: &'static str,
    id: String,
    title: String,
    /// The command with which it begins, or goes on.
    command: String,
    /// The document in which what is found is written, where it is part of an investigation.
    document: Option<String>,
    /// The command that says that it is done.
    finish: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NextTaskV1")]
struct TaskV1 {
    #[serde(flatten)]
    brief: BriefV1,
    /// How many open tasks wait for it.
    unblocks: usize,
}

impl Next {
    /// Prints what to do.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let agents = agents(context, self.agent.as_ref())?;
        let scan = context.scan()?;
        let dependencies = Dependencies::of(context, &scan)?;
        let agenda = dependencies.agenda(&[]);
        let work = Work::of(context, &scan.snapshot, &agenda, &agents)?;
        if context.is_json() {
            context.answer(&self.json(context, &work, &agenda, &agents)?)?;
        } else {
            self.print(context, &work, &agents)?;
        }
        warn_of_faults(&scan.faults);
        Ok(ExitCode::SUCCESS)
    }

    fn json(
        &self,
        context: &Context,
        work: &Work<'_>,
        agenda: &Agenda<'_>,
        agents: &[Handle],
    ) -> Result<NextV1, Failure> {
        let limit = self.limit.unwrap_or(usize::MAX);
        let view = |brief: &&Brief| BriefV1::new(brief, work.snapshot, &work.short, context.now);
        let task = |brief: &&Brief| TaskV1 { brief: view(brief), unblocks: agenda.unblocks(&brief.id) };
        let advice = work.first().map(|first| Advice::of(context, work, first)).transpose()?;
        Ok(NextV1 {
            agents: agents.iter().map(Handle::to_string).collect(),
            next: work.first().zip(advice).map(|(first, advice)| StepV1 {
                kind: first.kind_name(),
                id: first.id.to_string(),
                title: first.title.clone(),
                command: advice.command,
                document: advice.document.map(|(path, _)| path),
                finish: advice.finish,
            }),
            flags: work.flags.iter().take(limit).map(view).collect(),
            disputes: work.disputes.iter().take(limit).map(view).collect(),
            tasks: work.tasks.iter().take(limit).map(task).collect(),
            queue: work.queue.iter().take(limit).map(task).collect(),
        })
    }

    fn print(&self, context: &Context, work: &Work<'_>, agents: &[Handle]) -> Result<(), Failure> {
        let names: Vec<String> = agents.iter().map(Handle::to_string).collect();
        let names = names.join(", ");
        let Some(first) = work.first() else {
            print_line(&format!("nothing is to be done by {names} now"));
            return Ok(());
        };
        let show = |brief: &Brief| print_line(&brief_line(brief, work.snapshot, &work.short, context.now));
        show(first);
        Advice::of(context, work, first)?.print();
        let then: Vec<&Brief> = work.all().skip(1).collect();
        let limit = self.limit.unwrap_or(SHOWN).max(1) - 1;
        if !then.is_empty() && limit > 0 {
            print_line("");
            print_line("then");
            then.iter().take(limit).for_each(|brief| show(brief));
        }
        if then.len() > limit {
            print_line(&format!("and {} more: perfteam next --limit {}", then.len() - limit, then.len() + 1));
        }
        Ok(())
    }
}

/// What to do with the first of all.
struct Advice {
    command: String,
    /// Where all of it can be read.
    show: String,
    /// The document to be written, and the command that says what it lacks.
    document: Option<(String, String)>,
    finish: Option<String>,
}

impl Advice {
    fn of(context: &Context, work: &Work<'_>, first: &Brief) -> Result<Advice, Failure> {
        let (kind, short) = (first.kind_name(), work.short.short(&first.id));
        let show = first.dir.kind().look(short);
        let is_task = first.plan.is_some();
        let part = match is_task {
            true => PartTask::of(context, work.snapshot, first)?,
            false => None,
        };
        let command = match (part.as_ref().and_then(PartTask::command), first.lock.is_some()) {
            (Some(command), _) => command,
            _ if first.disputed_since().is_some() => {
                format!("perfteam {kind} decide {short} --outcome TEXT --reason TEXT")
            }
            _ if !is_task => show.clone(),
            (None, true) => format!("perfteam {kind} progress {short} --percent N"),
            (None, false) => format!("perfteam {kind} start {short}"),
        };
        let is_begun = is_task && first.lock.is_some();
        Ok(Advice {
            finish: is_begun.then(|| format!("perfteam {kind} complete {short} --note TEXT")),
            document: part.and_then(|part| Some((part.document()?, part.status()))),
            command,
            show,
        })
    }

    fn print(&self) {
        if self.command != self.show {
            print_line(&format!("what: {}", self.show));
        }
        if let Some((path, status)) = &self.document {
            print_line(&format!("into: {path} (what it still lacks: {status})"));
        }
        print_line(&format!("next: {}", self.command));
        self.finish.iter().for_each(|command| print_line(&format!("done: {command}")));
    }
}

/// What can be done, each part in its order.
struct Work<'a> {
    snapshot: &'a Snapshot,
    short: ShortIds,
    flags: Vec<&'a Brief>,
    disputes: Vec<&'a Brief>,
    tasks: Vec<&'a Brief>,
    queue: Vec<&'a Brief>,
}

impl<'a> Work<'a> {
    fn of(
        context: &Context,
        snapshot: &'a Snapshot,
        agenda: &Agenda<'a>,
        agents: &[Handle],
    ) -> Result<Work<'a>, Failure> {
        let mut flags = sorted(snapshot, &Flags, agents, context.now);
        flags.retain(|brief| snapshot.standing(brief, context.now).is_unprocessed());
        let planned = || snapshot.open.iter().filter(|brief| brief.plan.is_some());
        let goes_on = |brief: &Brief| brief.lock.is_some();
        let mut tasks: Vec<&Brief> = planned()
            .filter(|brief| brief.is_for_any(agents) && (goes_on(brief) || agenda.is_ready(brief)))
            .collect();
        tasks.sort_by_cached_key(|brief| agenda.urgency(brief));
        let waits_for_me = |brief: &Brief| {
            brief
                .plan
                .as_ref()
                .and_then(|plan| plan.specialist.as_ref())
                .is_some_and(|one| agents.contains(one))
        };
        let mut queue: Vec<&Brief> =
            planned().filter(|brief| waits_for_me(brief) && agenda.is_ready(brief)).collect();
        queue.sort_by_cached_key(|brief| agenda.urgency(brief));
        let disputes = disputes(snapshot, context.team()?, agents);
        Ok(Work { snapshot, short: snapshot.short_ids(), flags, disputes, tasks, queue })
    }

    fn all(&self) -> impl Iterator<Item = &'a Brief> {
        self.flags.iter().chain(&self.disputes).chain(&self.tasks).chain(&self.queue).copied()
    }

    fn first(&self) -> Option<&'a Brief> {
        self.all().next()
    }
}
