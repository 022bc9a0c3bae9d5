//! `perfteam investigate delegate`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::case::Case;
use super::workspace::{document_path, rendered, subject, wrong};
use crate::cli::addressee::check_addressee;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::{StepV1, take_step_after};
use crate::cli::task::{Draft, Made};
use crate::domain::document::Document;
use crate::domain::draft::Step;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::investigation::{DelegatedDetails, Part};
use crate::domain::task::SECTIONS;
use crate::domain::text::{headline, shown_line};
use crate::domain::time::Span;
use crate::markdown::document;
use crate::scaffold::investigation::{as_written, delegation};
use crate::store::write::NewFile;

/// Make the tasks of an investigation: for the specialists at once, and for what comes after them
///
/// Data, code and infrastructure can be worked on at the same time; the synthesis waits for all of
/// them, then come the plan of the fixes, the validation and the retrospective, all of the
/// coordinator. `perfteam next` and `perfteam task graph` show them like any other task. A role for
/// which nobody is named waits for a specialist, whom the roster search proposes. The texts come from
/// .perfteam/templates/delegation, else from the shipped templates.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam investigate delegate 7k2m --data @performance.analyzer --code @backend.api --infrastructure @ops.performance

A role that does not apply is left out first: perfteam investigate waive 7k2m --part code --reason TEXT")]
pub struct Delegate {
    /// The id, or its beginning
    id: String,
    /// Who analyses the metrics
    #[arg(long, value_name = "@HANDLE")]
    data: Option<Handle>,
    /// Who reviews the code
    #[arg(long, value_name = "@HANDLE")]
    code: Option<Handle>,
    /// Who checks resources and scaling
    #[arg(long, value_name = "@HANDLE")]
    infrastructure: Option<Handle>,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DelegatedV1 {
    #[serde(flatten)]
    step: StepV1,
    tasks: BTreeMap<&'static str, TaskV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DelegatedTaskV1")]
struct TaskV1 {
    id: String,
    path: String,
    to: Option<String>,
    /// The specialist for whom it waits, where it is nobody's.
    waiting_for: Option<String>,
}

/// The task of a part.
struct Given {
    part: Part,
    to: Option<Handle>,
    made: Made,
}

impl Delegate {
    /// Writes the tasks and the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        for part in Part::ROLES {
            if let Some(handle) = self.of(part) {
                check_addressee(context, handle, &format!("--{}", part.word()))?;
            }
        }
        let _lock = context.lock()?;
        let case = Case::open(context, &self.id)?;
        self.refuse_waived(&case)?;
        let given = self.tasks(context, &case, &actor)?;
        let tasks = given.iter().map(|one| (one.part, one.made.id.clone())).collect();
        let step = Step::new("delegated", &actor, context.now, "").with(&DelegatedDetails { tasks });
        let files: Vec<NewFile> = given.iter().filter_map(|one| one.made.file.clone()).collect();
        take_step_after(context, &case.scan, &case.record, &step, &files, |planned, staging| {
            if context.is_json() {
                let tasks = given.iter().map(|one| (one.part.word(), TaskV1::of(one))).collect();
                return context.answer(&DelegatedV1 { step: planned.json(staging), tasks });
            }
            planned.print();
            given.iter().for_each(|one| print(&case, one));
            print_line("commit it, so that others see it: git commit");
            print_line("each sees what to do: perfteam next");
            Ok(())
        })?;
        Ok(ExitCode::SUCCESS)
    }

    fn of(&self, part: Part) -> Option<&Handle> {
        match part {
            Part::Data => self.data.as_ref(),
            Part::Code => self.code.as_ref(),
            Part::Infrastructure => self.infrastructure.as_ref(),
            _ => None,
        }
    }

    fn refuse_waived(&self, case: &Case) -> Result<(), Failure> {
        let both = Part::ROLES
            .into_iter()
            .find(|part| self.of(*part).is_some() && case.state.waived.contains_key(part));
        let Some(part) = both else { return Ok(()) };
        Err(Failure::refused(format!("{} is left out", part.word()))
            .why("somebody would work on what was said not to apply")
            .hint(format!("leave --{} out", part.word())))
    }

    /// A task for each part that is not left out, each after those on which it builds.
    fn tasks(&self, context: &Context, case: &Case, actor: &Handle) -> Result<Vec<Given>, Failure> {
        let mut given: Vec<Given> = Vec::new();
        for part in Part::ALL.into_iter().filter(|part| !case.state.waived.contains_key(part)) {
            let before = |one: &&Given| one.part.phase() < part.phase();
            let last = given.iter().filter(before).map(|one| one.part.phase()).max();
            let depends: Vec<RecordId> = given
                .iter()
                .filter(|one| Some(one.part.phase()) == last)
                .map(|one| one.made.id.clone())
                .collect();
            let to = if part.is_role() { self.of(part).cloned() } else { Some(case.state.head.from.clone()) };
            let draft = Draft { to: to.clone(), depends, ..self.draft(context, case, part)? };
            given.push(Given { part, to, made: case.take_up(context, actor, draft)? });
        }
        Ok(given)
    }

    /// What the template says of the task of a part.
    fn draft(&self, context: &Context, case: &Case, part: Part) -> Result<Draft, Failure> {
        let (head, template) = (&case.state.head, delegation(part));
        let subject = crate::scaffold::investigation::Subject {
            document: document_path(&case.dir.path(), part),
            ..subject(head, &case.state.impact)
        };
        let text = rendered(context, template, &subject)?;
        let read = document::parse(text.as_bytes())
            .map_err(|fault| wrong(&format!("templates/{}", template.path), 1, &fault.message))?;
        let mut draft = Draft::new(&word(&read, "type", "research"), &title(&read, part), head.priority);
        draft.directory = read.meta.get("directory").and_then(|path| path.as_str()).map(str::to_owned);
        draft.tools = list(&read, "tools");
        draft.report_every = span(&read, "report_every");
        draft.system = head.systems.first().cloned();
        draft.deadline = head.due.get(&part).copied();
        draft.parent = Some(case.dir.id());
        draft.chain = Some(head.chain.clone().unwrap_or_else(|| case.dir.id()));
        for (text, title) in draft.texts.iter_mut().zip(SECTIONS) {
            *text = read.section(title).filter(|text| !text.is_empty()).map(str::to_owned);
        }
        Ok(draft)
    }
}

fn word(read: &Document, key: &str, default: &str) -> String {
    read.meta.get(key).and_then(|word| word.as_str()).unwrap_or(default).to_owned()
}

fn list(read: &Document, key: &str) -> Vec<String> {
    let items = read.meta.get(key).and_then(|list| list.as_array()).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str()).map(str::to_owned).collect()
}

fn span(read: &Document, key: &str) -> Option<Span> {
    read.meta.get(key)?.as_str()?.parse().ok()
}

/// The title of a task: the heading of its template.
fn title(read: &Document, part: Part) -> String {
    let heading = read.text.lines().find_map(|line| line.strip_prefix("# "));
    headline(&as_written(heading.unwrap_or(part.word())), 100)
}

impl TaskV1 {
    fn of(given: &Given) -> Self {
        TaskV1 {
            id: given.made.id.to_string(),
            path: given.made.dir.path(),
            to: given.to.as_ref().map(ToString::to_string),
            waiting_for: given.made.waiting_for.as_ref().map(ToString::to_string),
        }
    }
}

fn print(case: &Case, given: &Given) {
    let who = match (&given.to, &given.made.waiting_for) {
        (Some(to), _) => format!("for {to}"),
        (None, Some(one)) => format!("waits for {one}"),
        (None, None) => "waits for whoever starts it".to_owned(),
    };
    let short = case.short_of(&given.made.id);
    print_line(&format!("  task {short}  {:<15} {}", given.part.word(), shown_line(&who)));
}
