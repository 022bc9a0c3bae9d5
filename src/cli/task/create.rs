//! `perfteam task create`.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::draft::{Draft, Made, make};
use super::open_task;
use crate::cli::addressee::check_addressee;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::paths::from_top;
use crate::cli::steps::{require_title, require_type};
use crate::domain::document::Meta;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::{Brief, Kind};
use crate::domain::level::Level;
use crate::domain::quantity::Threshold;
use crate::domain::search::Hit;
use crate::domain::task::{Task, Tasks};
use crate::domain::text::shown_line;
use crate::domain::time::{Span, Timestamp, when};
use crate::markdown::yaml;
use crate::store::work_tree::Scan;
use crate::store::write::Staging;

/// Ask for a piece of work, of somebody or of whoever is right for it
///
/// Without --to the task waits for a specialist, whom the roster search proposes; whoever starts it
/// has it. Times are UTC.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam task create --title \"Load test of the API gateway\" --type research --priority high \\
    --to @performance.benchmarker --system api-gateway --deadline \"tomorrow 18:00\" \\
    --param 'concurrent_users=[100, 500, 1000]' --param duration=10m \\
    --report-every 30m --escalate-when 'error_rate > 5%'
  perfteam task create --recommendation 7k2m:1 --to @backend.api")]
pub struct Create {
    /// One line for lists
    #[arg(long, required_unless_present = "recommendation")]
    title: Option<String>,
    /// research, implementation, review, coordination, or a type of your own
    #[arg(long = "type", value_name = "TYPE", default_value = "implementation")]
    class: String,
    /// How strongly it matters: critical, high, medium or low
    #[arg(long, value_name = "LEVEL", default_value = "medium")]
    priority: Level,
    /// Who is to do it
    #[arg(long, value_name = "@HANDLE")]
    to: Option<Handle>,
    /// The specialist for whom it waits [default: whom the roster search finds]
    #[arg(long, value_name = "@HANDLE", conflicts_with = "to")]
    waiting_for: Option<Handle>,
    /// The system that it is about
    #[arg(long, value_name = "NAME")]
    system: Option<String>,
    /// What is to be reached
    #[arg(long, value_name = "TEXT")]
    objective: Option<String>,
    /// What led to it
    #[arg(long, value_name = "TEXT")]
    context: Option<String>,
    /// What must hold; may be given several times
    #[arg(long = "require", value_name = "TEXT")]
    requirements: Vec<String>,
    /// What must come out of it; may be given several times
    #[arg(long = "expect", value_name = "TEXT")]
    expected: Vec<String>,
    /// Where the work is done
    #[arg(long = "dir", value_name = "PATH")]
    directory: Option<String>,
    /// A tool that it needs; may be given several times
    #[arg(long = "tool", value_name = "NAME")]
    tools: Vec<String>,
    /// What it is done with; the value is YAML; may be given several times
    #[arg(long = "param", value_name = "KEY=VALUE")]
    parameters: Vec<String>,
    /// When it is due: +2h, "tomorrow 18:00", friday, 2026-11-20T18:00:00Z
    #[arg(long, value_name = "WHEN")]
    deadline: Option<String>,
    /// What must be done before it; may be given several times
    #[arg(long, value_name = "ID")]
    depends: Vec<String>,
    /// How often a report is due while somebody works on it: 30m
    #[arg(long, value_name = "DURATION")]
    report_every: Option<Span>,
    /// When a report raises a flag to you: 'error_rate > 5%'; may be given several times
    #[arg(long, value_name = "QUANTITY>LIMIT")]
    escalate_when: Vec<Threshold>,
    /// It is done only with a figure before and after
    #[arg(long)]
    measured: bool,
    /// The record that it serves
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
    /// Make a task of what a completed task recommends, the first being 1
    #[arg(long, value_name = "ID:NUMBER")]
    recommendation: Option<String>,
    /// Make a retry of this command return the task that the first run made
    #[arg(long, value_name = "KEY")]
    once: Option<String>,
}

#[derive(Debug, Serialize)]
struct CreatedV1 {
    version: u32,
    id: String,
    path: String,
    existing: bool,
    staged: bool,
    to: Option<String>,
    /// The specialist for whom it waits, where it is nobody's.
    waiting_for: Option<String>,
    proposed: Vec<ProposedV1>,
}

#[derive(Debug, Serialize)]
struct ProposedV1 {
    agent: String,
    reasons: Vec<String>,
}

impl Create {
    /// Writes the task.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let from = context.actor()?;
        for handle in self.to.iter().chain(&self.waiting_for) {
            check_addressee(context, handle, if self.to.is_some() { "--to" } else { "--waiting-for" })?;
        }
        let _lock = context.lock()?;
        let scan = context.scan()?;
        if let Some(existing) = self.existing(context, &scan, &from)? {
            say_unused(context, &scan, &existing, &self.texts())?;
            return say_existing(context, &existing, &scan);
        }
        let draft = self.draft(context, &scan)?;
        let to = draft.to.clone();
        let made = make(context, &from, draft)?;
        let staging = context.write(std::slice::from_ref(&made.file))?;
        say(context, &made, to, &staging, &scan)
    }

    fn draft(&self, context: &Context, scan: &Scan) -> Result<Draft, Failure> {
        let mut draft = match &self.recommendation {
            Some(recommendation) => recommended(context, recommendation)?,
            None => Draft::new(&self.class, "", self.priority),
        };
        if let Some(title) = &self.title {
            draft.title = title.trim().to_owned();
        }
        require_title(&draft.title, &Tasks)?;
        require_type(&self.class)?;
        draft.class = self.class.clone();
        draft.priority = self.priority;
        draft.to = self.to.clone();
        draft.waiting_for = self.waiting_for.clone();
        draft.system = self.system.clone();
        draft.directory = self.directory.as_deref().map(|path| directory(context, path)).transpose()?;
        draft.tools = self.tools.clone();
        draft.parameters = parameters(&self.parameters)?;
        draft.deadline = self.deadline.as_deref().map(|text| deadline(text, context.now)).transpose()?;
        draft.depends = dependencies(context, scan, &self.depends)?;
        draft.report_every = self.report_every;
        draft.escalate_when = self.escalate_when.clone();
        draft.once = self.once.clone();
        draft.measured = self.measured;
        if let Some(prefix) = &self.parent {
            (draft.parent, draft.chain) = place_in_chain(context, scan, prefix)?;
        }
        for (text, given) in draft.texts.iter_mut().zip(self.texts()) {
            *text = given.or(text.take());
        }
        Ok(draft)
    }

    /// The texts that are given as options, in the order in which a task has them.
    fn texts(&self) -> [Option<String>; 4] {
        [
            self.objective.clone(),
            self.context.clone(),
            list_text(&self.requirements),
            list_text(&self.expected),
        ]
    }

    /// The task that an earlier run with the same `--once` made.
    fn existing(&self, context: &Context, scan: &Scan, from: &Handle) -> Result<Option<Brief>, Failure> {
        let Some(key) = &self.once else { return Ok(None) };
        let closed = context.briefs(&scan.snapshot.closed)?;
        let same = |brief: &&Brief| {
            brief.kind_name() == Tasks.name() && brief.once.as_deref() == Some(key) && brief.from == *from
        };
        Ok(scan.snapshot.open.iter().chain(&closed).find(same).cloned())
    }
}

/// A list of texts as Markdown.
fn list_text(items: &[String]) -> Option<String> {
    let lines: Vec<String> = items.iter().map(|item| format!("- {}", item.trim())).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn directory(context: &Context, path: &str) -> Result<String, Failure> {
    match path.trim_end_matches('/') {
        "." | "" => Ok(".".to_owned()),
        path => from_top(context, path),
    }
}

/// Reads `--deadline`. One that is over is taken, and said.
pub fn deadline(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let deadline = when::parse(text, now).map_err(|error| {
        Failure::usage(error)
            .why("a deadline tells others when they can build on it")
            .hint("--deadline +2h, or --deadline \"tomorrow 18:00\"; times are UTC")
    })?;
    if deadline < now {
        eprintln!("warning: the deadline {deadline} is over");
    }
    Ok(deadline)
}

fn parameters(given: &[String]) -> Result<Meta, Failure> {
    let mut parameters = Meta::new();
    for parameter in given {
        let fail = |message: String| {
            Failure::usage(format!("--param {}: {message}", shown_line(parameter)))
                .hint("--param 'concurrent_users=[100, 500, 1000]'")
        };
        let (key, value) = parameter.split_once('=').ok_or_else(|| fail("expected KEY=VALUE".to_owned()))?;
        let key = key.trim();
        if key.is_empty() || key.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(fail("a key is one word".to_owned()));
        }
        parameters.insert(key.to_owned(), yaml::parse(value.trim()).map_err(fail)?);
    }
    Ok(parameters)
}

/// The records that these prefixes name.
pub fn dependencies(context: &Context, scan: &Scan, given: &[String]) -> Result<Vec<RecordId>, Failure> {
    let mut ids = Vec::new();
    for prefix in given {
        let dir = context.find(scan, prefix)?;
        if let Some(brief) = dir.kind().brief(&context.record(&dir)?).filter(|brief| brief.dropped) {
            let (kind, short) = (dir.kind(), scan.snapshot.short_ids().short(&brief.id).to_owned());
            return Err(Failure::refused(format!("{} {short} is {}", kind.name(), brief.status))
                .why("what waits for it would wait for ever")
                .hint(format!("see its story: perfteam {} show {short}", kind.command())));
        }
        if !ids.contains(&dir.id()) {
            ids.push(dir.id());
        }
    }
    Ok(ids)
}

/// The parent that `prefix` names, and the record with which its chain began.
fn place_in_chain(
    context: &Context,
    scan: &Scan,
    prefix: &str,
) -> Result<(Option<RecordId>, Option<RecordId>), Failure> {
    let dir = context.find(scan, prefix)?;
    let brief = dir.kind().brief(&context.record(&dir)?);
    let origin = brief.map_or_else(|| dir.id(), |brief| brief.origin);
    Ok((Some(dir.id()), Some(origin)))
}

/// What a completed task recommends, as a draft.
fn recommended(context: &Context, given: &str) -> Result<Draft, Failure> {
    let usage = |message: String| {
        Failure::usage(message).hint("the first recommendation of task 7k2m: --recommendation 7k2m:1")
    };
    let (prefix, number) = given.rsplit_once(':').unwrap_or((given, "1"));
    let number: usize =
        number.parse().map_err(|_| usage(format!("`{}` is no number", shown_line(number))))?;
    let (scan, dir, record) = open_task(context, prefix)?;
    let task = Task::fold(&record).map_err(|_| crate::cli::steps::unreadable(&dir))?.state;
    let short = scan.snapshot.short_ids().short(&dir.id()).to_owned();
    let all = task.outcome.map(|outcome| outcome.recommendations).unwrap_or_default();
    let text = number.checked_sub(1).and_then(|at| all.get(at)).ok_or_else(|| {
        usage(format!("task {short} recommends {} things; there is no number {number}", all.len()))
            .hint(format!("see them: perfteam task show {short}"))
    })?;
    let mut draft = Draft::new("implementation", text.lines().next().unwrap_or(text), task.priority);
    draft.texts[0] = Some(text.clone());
    draft.texts[1] = Some(format!("Recommended at the end of task {} ({}).", dir.id(), task.head.title));
    draft.parent = Some(dir.id());
    draft.chain = Some(task.head.chain.unwrap_or_else(|| dir.id()));
    Ok(draft)
}

/// Says on standard error that a retry came with other texts than the task that it returns has.
fn say_unused(
    context: &Context,
    scan: &Scan,
    existing: &Brief,
    given: &[Option<String>; 4],
) -> Result<(), Failure> {
    let Ok(folded) = Task::fold(&context.record(&existing.dir)?) else { return Ok(()) };
    let task = folded.state;
    let is_other =
        |(given, own): (&Option<String>, &String)| given.as_ref().is_some_and(|text| text.trim() != own);
    if given.iter().zip(&task.texts).any(is_other) {
        let short = scan.snapshot.short_ids().short(&existing.id).to_owned();
        eprintln!("note: the texts given now are not used: task {short} was made earlier under this key");
        if existing.closed {
            eprintln!(
                "  it is {}, so it keeps its texts; make another under another --once",
                existing.status
            );
        } else {
            eprintln!("  change its texts: perfteam task amend {short} --objective TEXT");
        }
    }
    Ok(())
}

fn say_existing(context: &Context, existing: &Brief, scan: &Scan) -> Result<ExitCode, Failure> {
    if context.is_json() {
        context.print_json(&CreatedV1 {
            version: 1,
            id: existing.id.to_string(),
            path: existing.dir.path(),
            existing: true,
            staged: false,
            to: existing.to.as_ref().map(ToString::to_string),
            waiting_for: None,
            proposed: Vec::new(),
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let short = scan.snapshot.short_ids();
    print_line(&format!("made earlier: task {} for {}", short.short(&existing.id), existing.to_word()));
    print_line(&format!("  {}", existing.dir.path()));
    Ok(ExitCode::SUCCESS)
}

fn say(
    context: &Context,
    made: &Made,
    to: Option<Handle>,
    staging: &Staging,
    scan: &Scan,
) -> Result<ExitCode, Failure> {
    if context.is_json() {
        let proposed = |hit: &Hit| ProposedV1 { agent: hit.handle.to_string(), reasons: hit.reasons.clone() };
        context.print_json(&CreatedV1 {
            version: 1,
            id: made.id.to_string(),
            path: made.dir.path(),
            existing: false,
            staged: *staging == Staging::Done,
            to: to.as_ref().map(ToString::to_string),
            waiting_for: made.waiting_for.as_ref().map(ToString::to_string),
            proposed: made.proposed.iter().map(proposed).collect(),
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let short = scan.snapshot.short_ids().short(&made.id).to_owned();
    match (&to, &made.waiting_for) {
        (Some(to), _) => print_line(&format!("made task {short} for {to}")),
        (None, Some(specialist)) => print_line(&format!("made task {short}; it waits for {specialist}")),
        (None, None) => print_line(&format!("made task {short}; it waits for whoever starts it")),
    }
    print_line(&format!("  {}", made.dir.path()));
    for hit in &made.proposed {
        let reasons = shown_line(&hit.reasons.join("; ")).into_owned();
        print_line(&format!(
            "{} ({reasons}): perfteam task reassign {short} --to {}",
            hit.handle, hit.handle
        ));
    }
    print_line("commit it: git commit");
    Ok(ExitCode::SUCCESS)
}
