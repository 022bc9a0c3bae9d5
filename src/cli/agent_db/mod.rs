//! `perfteam agent-db`: the verbs of the earlier flag tool, on top of the files.
//!
//! Verbs that change something become the words of a command of today and are run as such, so that
//! the same rules hold; only the keys of the answer are the old ones.

mod call;
mod number;
mod row;
mod summary;

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use call::{Call, verbs};
use row::Row;

use super::answer::{Answer, form};
use super::context::Context;
use super::failure::Failure;
use super::inbox::{agents, sorted};
use super::nested;
use super::view::warn_of_faults;
use crate::domain::flag::{Flag, Flags};
use crate::domain::handle::Handle;
use crate::domain::kind::Kind;
use crate::domain::record::RecordDir;
use crate::store::work_tree::Scan;

/// What the verbs answer.
pub const ANSWERS: &[Answer] = &[
    Answer::new("agent-db create-flag", &[form::<Row>]),
    Answer::new("agent-db create-flag-for-agent", &[form::<Row>]),
    Answer::new("agent-db get-agent-flags", &[form::<FlagsV1>]),
    Answer::new("agent-db get-pending-flags", &[form::<FlagsV1>]),
    Answer::new("agent-db get-workable-flags", &[form::<summary::SummaryV1>]),
    Answer::new("agent-db lock-flag", &[form::<Row>]),
    Answer::new("agent-db unlock-flag", &[form::<Row>]),
    Answer::new("agent-db complete-flag", &[form::<Row>]),
    Answer::new("agent-db search-agents", &[form::<OldSearchV1>]),
];

/// The name of the command.
pub const NAME: &str = "agent-db";

/// Take the calls of the earlier SQLite flag tool, and answer with its keys
///
/// Prompts and scripts that call the earlier tool go on working over files: put `perfteam agent-db`
/// in place of the script. Options are taken as `--flag_type` and `--flag-type`. Answers are JSON on
/// standard output; what is refused is JSON, too: `error` with `message`, `why`, `hints` and `exit`.
/// docs/agent-db.md says what each verb has become, and what is refused now and was not.
#[derive(Debug, Args)]
#[command(name = NAME, after_help = "Example:
  perfteam agent-db get-agent-flags @ops.performance
  perfteam agent-db complete-flag 7k2m @ops.performance --note \"The pool is back at 100.\"")]
pub struct AgentDb {
    #[command(subcommand)]
    call: Call,
}

impl AgentDb {
    /// Answers the call.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match &self.call {
            Call::GetAgentFlags { agent } => pending_of(context, Some(agent))?,
            Call::GetPendingFlags { agent } => pending_of(context, agent.as_ref())?,
            Call::GetWorkableFlags => context.answer(&summary::of(&context.scan_live()?, context.now))?,
            Call::SearchAgents { .. } => search(context, &self.call)?,
            _ => change(context, &self.call)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct FlagsV1 {
    /// Whose flags they are; nobody's where those of all were asked for.
    agent: Option<String>,
    count: usize,
    flags: Vec<Row>,
}

/// What is pending for one agent, or for all: not locked before locked, critical to low.
fn pending_of(context: &Context, agent: Option<&Handle>) -> Result<(), Failure> {
    let asked = agent.map(|agent| agents(context, Some(agent))).transpose()?;
    let scan = context.scan_live()?;
    let everybody =
        || -> Vec<Handle> { scan.snapshot.open.iter().filter_map(|brief| brief.to.clone()).collect() };
    let agents = asked.unwrap_or_else(everybody);
    let briefs = sorted(&scan.snapshot, &Flags, &agents, context.now);
    let rows = briefs.iter().filter_map(|brief| read(context, &scan, &brief.dir).transpose());
    let flags = rows.collect::<Result<Vec<Row>, Failure>>()?;
    warn_of_faults(&scan.faults);
    context.answer(&FlagsV1 { agent: agent.map(ToString::to_string), count: flags.len(), flags })
}

/// The flag in `dir` as a row of the earlier table; `None` where its head can't be read.
fn read(context: &Context, scan: &Scan, dir: &RecordDir) -> Result<Option<Row>, Failure> {
    let record = context.record(dir)?;
    let Some(brief) = dir.kind().brief(&record) else { return Ok(None) };
    let Ok(folded) = Flag::fold(&record) else { return Ok(None) };
    Ok(Some(Row::new(&folded.state, &brief, &record, scan, context.now)))
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct OldSearchV1 {
    results: Vec<OldHitV1>,
}

/// An agent who was found.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct OldHitV1 {
    name: String,
    score: u32,
    rank: usize,
    reasons: Vec<String>,
}

/// The ranking of today, with the keys of the earlier tool.
fn search(context: &Context, call: &Call) -> Result<(), Failure> {
    let mut answer = nested::answer(context, &call.modern(&|id| Ok(id.to_owned()))?)?;
    let results = serde_json::from_value(answer["results"].take())
        .map_err(|error| Failure::refused(format!("the search's answer has another form: {error}")))?;
    context.answer(&OldSearchV1 { results })
}

/// Does what the call wants by the command of today, and answers with the flag as it is then.
fn change(context: &Context, call: &Call) -> Result<(), Failure> {
    let words = call.modern(&|id| number::resolve(context, id))?;
    let answer = nested::answer(context, &words)?;
    let scan = context.scan()?;
    let id = answer["id"].as_str().unwrap_or_default();
    let dir = context.find(&scan, &format!("{}/{id}", Flags.name()))?;
    let row = read(context, &scan, &dir)?.ok_or_else(|| super::steps::unreadable(&dir))?;
    context.answer(&row)
}

/// What is said of a call that is not understood: the verbs there are.
pub fn with_verbs(failure: Failure) -> Failure {
    failure
        .hint(format!("the verbs: {}", call::verbs().join(", ")))
        .hint("what each has become: perfteam agent-db --help")
}
