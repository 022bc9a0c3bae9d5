//! `perfteam prime`: what an agent must know when a session begins.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use schemars::JsonSchema;
use serde::Serialize;

use super::context::Context;
use super::failure::Failure;
use super::held::held;
use super::inbox::Mail;
use super::output::print_line;
use super::view::BriefV1;
use crate::domain::handle::Handle;
use crate::domain::identity::Identity;
use crate::domain::kind::Brief;
use crate::render::prime::{Item, Primer};
use crate::render::session::Dialect;

/// Tell what an agent must know when a session begins, in at most 2,000 bytes
///
/// Who you are, what waits for you, what you hold, and the commands that carry the protocol. Outside
/// a project that has a .perfteam folder it has nothing to say. `perfteam setup` lets agents' tools run it.
#[derive(Debug, Args)]
pub struct Prime {
    /// Answer as hooks of agents' tools do at the start of a session: the text within JSON, in the form of
    /// this tool
    #[arg(
        long,
        value_enum,
        value_name = "TOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "claude"
    )]
    hook_json: Option<Tool>,
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

/// The tools that run a command at the start of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Tool {
    Claude,
    Codex,
    Cursor,
}

impl Tool {
    fn dialect(self) -> Dialect {
        match self {
            Tool::Claude | Tool::Codex => Dialect::Claude,
            Tool::Cursor => Dialect::Cursor,
        }
    }
}

impl Prime {
    /// Prints the primer.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let told = match context.is_in_project()? {
            true => Some(told(context)?),
            false => None,
        };
        match (told, self.hook_json) {
            (told, Some(tool)) => {
                let text = told.map(|told| told.text).unwrap_or_default();
                context.print_document(&tool.dialect().context(&text))?;
            }
            (told, None) if context.is_json() => context.answer(&told.unwrap_or_default())?,
            (Some(told), None) => print_line(told.text.trim_end()),
            (None, None) => {}
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn told(context: &Context) -> Result<PrimeV1, Failure> {
    let (who, agents) = who(context)?;
    let scan = context.scan_live()?;
    let mail = Mail::of(&scan.snapshot, context.team()?, &agents, context.now);
    let held = held(&scan.snapshot, &agents, context.now);
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
