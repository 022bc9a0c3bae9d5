//! `perfteam prime`: what an agent must know when a session begins.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::Failure;
use super::inbox::Mail;
use super::view::BriefV1;
use crate::domain::handle::Handle;
use crate::domain::identity::Identity;
use crate::domain::kind::Brief;
use crate::domain::snapshot::Waiting;
use crate::render::prime::{Item, Primer};

/// Tell what an agent must know when a session begins, in at most 2,000 bytes
///
/// Who you are, what waits for you, what you hold, and the commands that carry the protocol. Outside
/// a project that has a .perfteam folder it has nothing to say. `perfteam setup` lets agents' tools run it.
#[derive(Debug, Args)]
pub struct Prime {
    /// Answer as hooks of agents' tools do at the start of a session: the text within JSON
    #[arg(long)]
    hook_json: bool,
}

/// What it prints with `--format json`.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct PrimeV1 {
    /// Who acts; several share an e-mail address, and nobody may be known.
    agents: Vec<String>,
    /// What waits for them.
    waiting: Vec<BriefV1>,
    /// What they hold.
    held: Vec<BriefV1>,
    /// The whole as text.
    text: String,
}

/// What hooks of agents' tools answer at the start of a session.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct HookAnswer {
    hook_specific_output: SessionStart,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SessionStart {
    hook_event_name: &'static str,
    additional_context: String,
}

impl Prime {
    /// Prints the primer.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let told = match context.is_in_project()? {
            true => Some(told(context)?),
            false => None,
        };
        match told {
            told if self.hook_json => {
                let additional_context = told.map(|told| told.text).unwrap_or_default();
                let hook_specific_output =
                    SessionStart { hook_event_name: "SessionStart", additional_context };
                context.print_document(&HookAnswer { hook_specific_output })?;
            }
            told if context.is_json() => context.answer(&told.unwrap_or_default())?,
            Some(told) => print_line(told.text.trim_end()),
            None => {}
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn told(context: &Context) -> Result<PrimeV1, Failure> {
    let (who, agents) = who(context)?;
    let scan = context.scan_live()?;
    let mail = Mail::of(&scan.snapshot, context.team()?, &agents, context.now);
    let is_held = |brief: &&Brief| {
        brief.lock.as_ref().is_some_and(|lock| agents.contains(&lock.by))
            && scan.snapshot.standing(brief, context.now) == Waiting::Held
    };
    let held: Vec<&Brief> = scan.snapshot.open.iter().filter(is_held).collect();
    let waiting: Vec<&Brief> = mail.waiting().collect();
    let item = |brief: &&Brief| Item {
        id: mail.short.short(&brief.id).to_owned(),
        kind: brief.kind_name(),
        impact: brief.impact.to_string(),
        from: brief.from.to_string(),
        title: brief.title.clone(),
    };
    let view = |brief: &&Brief| BriefV1::new(brief, &scan.snapshot, &mail.short, context.now);
    let primer =
        Primer { who, waiting: waiting.iter().map(item).collect(), held: held.iter().map(item).collect() };
    Ok(PrimeV1 {
        agents: agents.iter().map(Handle::to_string).collect(),
        waiting: waiting.iter().map(view).collect(),
        held: held.iter().map(view).collect(),
        text: primer.text(),
    })
}

/// Who acts, in a sentence and by handle.
fn who(context: &Context) -> Result<(String, Vec<Handle>), Failure> {
    let say = "say it first: perfteam whoami --set @HANDLE (perfteam agent list names all)";
    Ok(match context.identity()? {
        Identity::Agent(handle, _) => {
            let title = context.team()?.roster.get(&handle).map(|agent| format!(" ({})", agent.title));
            (format!("you are {handle}{}", title.unwrap_or_default()), vec![handle])
        }
        Identity::Shared(handles, _) => {
            let names: Vec<String> = handles.iter().map(Handle::to_string).collect();
            (format!("you are one of {}; {say}", names.join(", ")), handles)
        }
        Identity::NotInRoster(handle, _) => (format!("{handle} is in no roster; {say}"), Vec::new()),
        Identity::Invalid(..) | Identity::Nobody(_) => {
            (format!("who you are is not clear; {say}"), Vec::new())
        }
    })
}
