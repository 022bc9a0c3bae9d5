//! `perfteam task create`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::draft::{Draft, Made, make};
use super::given::{DEFAULT_TYPE, Given};
use super::open_task;
use crate::cli::addressee::check_addressee;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::once::made_before;
use crate::cli::paths::from_top;
use crate::cli::steps::{require_title, require_word};
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::Brief;
use crate::domain::level::Level;
use crate::domain::search::Hit;
use crate::domain::task::{Task, Tasks};
use crate::domain::text::{counted, shown_line};
use crate::domain::time::{Timestamp, when};
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
    #[command(flatten)]
    given: Given,
    /// Make a task of what a completed task recommends, the first being 1
    #[arg(long, value_name = "ID:NUMBER", conflicts_with_all = ["input", "edit"])]
    recommendation: Option<String>,
    /// Make a retry of this command return the task that the first run made
    #[arg(long, value_name = "KEY")]
    once: Option<String>,
    /// Write the task in $EDITOR, from a template
    #[arg(long, conflicts_with = "input")]
    edit: bool,
    /// Read the task from a file of the form that docs/format.md shows; - is standard input
    #[arg(long, value_name = "FILE")]
    input: Option<String>,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CreatedV1 {
    id: String,
    path: String,
    existing: bool,
    staged: bool,
    to: Option<String>,
    /// The specialist for whom it waits, where it is nobody's.
    waiting_for: Option<String>,
    proposed: Vec<ProposedV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ProposedV1 {
    agent: String,
    reasons: Vec<String>,
}

impl Create {
    /// Writes the task.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let from = context.actor()?;
        let given = self.given(context)?;
        let _lock = context.lock()?;
        let scan = context.scan()?;
        if let Some(existing) = made_before(context, &scan, &Tasks, &from, self.once.as_deref())? {
            say_unused(context, &scan, &existing, &given.texts())?;
            return say_existing(context, &existing, &scan);
        }
        let draft = self.draft(context, &scan, &given)?;
        let to = draft.to.clone();
        let made = make(context, &from, draft)?;
        let staging = context.write(made.file.as_slice())?;
        say(context, &made, to, &staging, &scan)
    }

    fn given(&self, context: &Context) -> Result<Given, Failure> {
        if self.edit {
            // Judged while what was written can still be kept; a lock is not held over an editor.
            return self.given.composed(context, |given| {
                check_handles(context, &given)?;
                self.draft(context, &context.scan()?, &given)?;
                Ok(given)
            });
        }
        let given = match &self.input {
            Some(file) => self.given.clone().or_from(file)?,
            None => self.given.clone(),
        };
        check_handles(context, &given)?;
        Ok(given)
    }

    fn draft(&self, context: &Context, scan: &Scan, given: &Given) -> Result<Draft, Failure> {
        let class = given.class.as_deref().unwrap_or(DEFAULT_TYPE);
        let mut draft = match &self.recommendation {
            Some(recommendation) => recommended(context, recommendation)?,
            None => Draft::new(class, "", Level::Medium),
        };
        if let Some(title) = &given.title {
            draft.title = title.trim().to_owned();
        }
        require_title(&draft.title, &Tasks)?;
        require_word("--type", class, DEFAULT_TYPE)?;
        draft.class = class.to_owned();
        draft.priority = given.priority.unwrap_or(draft.priority);
        draft.to = given.to.clone();
        draft.waiting_for = given.waiting_for.clone();
        draft.system = given.system.clone();
        draft.directory = given.directory.as_deref().map(|path| directory(context, path)).transpose()?;
        draft.tools = given.tools.clone();
        draft.parameters = given.parameters()?;
        draft.deadline = given.deadline.as_deref().map(|text| deadline(text, context.now)).transpose()?;
        draft.depends = dependencies(context, scan, &given.depends)?;
        draft.report_every = given.report_every;
        draft.escalate_when = given.escalate_when.clone();
        draft.once = self.once.clone();
        draft.extra = given.extra.clone();
        draft.measured = given.measured;
        if let Some(prefix) = &given.parent {
            (draft.parent, draft.chain) = place_in_chain(context, scan, prefix)?;
        }
        for (text, given) in draft.texts.iter_mut().zip(given.texts()) {
            *text = given.or(text.take());
        }
        Ok(draft)
    }
}

fn check_handles(context: &Context, given: &Given) -> Result<(), Failure> {
    for (handle, option) in [(&given.to, "--to"), (&given.waiting_for, "--waiting-for")] {
        if let Some(handle) = handle {
            check_addressee(context, handle, option)?;
        }
    }
    Ok(())
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
        say!("warning: the deadline {deadline} is over");
    }
    Ok(deadline)
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
        usage(format!("task {short} recommends {}; there is no number {number}", counted(all.len(), "thing")))
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
        say!("note: the texts given now are not used: task {short} was made earlier under this key");
        if existing.closed {
            say!("  it is {}, so it keeps its texts; make another under another --once", existing.status);
        } else {
            say!("  change its texts: perfteam task amend {short} --objective TEXT");
        }
    }
    Ok(())
}

fn say_existing(context: &Context, existing: &Brief, scan: &Scan) -> Result<ExitCode, Failure> {
    if context.is_json() {
        context.answer(&CreatedV1 {
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
        context.answer(&CreatedV1 {
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
