//! The command line: one file a command, its arguments and its run function together.

mod addressee;
mod agent;
mod archive;
mod check;
mod claims;
mod completions;
mod context;
mod doctor;
mod editor;
mod environment;
mod failure;
mod finding;
mod flag;
mod form;
mod held;
mod hook;
mod inbox;
mod infer;
mod init;
mod investigate;
mod knowledge;
mod lease;
mod lost_locks;
mod man;
mod next;
mod once;
mod paths;
mod policy;
mod prime;
mod reach;
pub mod reference;
mod resource;
mod restore;
mod review;
mod schema;
mod setup;
mod state_filter;
mod steps;
mod story;
mod sync;
mod taking;
mod task;
mod tour;
mod usage;
mod view;
mod wait;
mod way_out;
mod whoami;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use context::{Context, Format, Global, print_line};
use failure::{Exit, Failure};

use crate::domain::place::Scope;
use crate::domain::text::shown_text;

/// Git-native coordination for performance teams.
///
/// Flags ("I changed X, you must do Y") are Markdown files under .perfteam/, committed beside the
/// code they are about and enforced by git hooks and CI.
#[derive(Debug, Parser)]
#[command(
    name = "perfteam",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// Act as this agent
    #[arg(long = "as", global = true, value_name = "@HANDLE", help_heading = "Global options")]
    actor: Option<String>,
    /// The form of the output [default: text; of review: markdown]
    #[arg(long, global = true, value_enum, help_heading = "Global options")]
    format: Option<Format>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Whoami(whoami::Whoami),
    Inbox(inbox::Inbox),
    Next(next::Next),
    Prime(prime::Prime),
    /// Raise, list and process flags
    #[command(subcommand)]
    Flag(flag::FlagCommand),
    /// Plan, do and follow work
    #[command(subcommand)]
    Task(task::TaskCommand),
    /// Report what was learnt, confirm or dispute it, decide
    #[command(subcommand)]
    Finding(finding::FindingCommand),
    /// Look for a root cause together: evidence, synthesis, fixes, validation, learning
    #[command(subcommand, visible_alias = "investigation")]
    Investigate(investigate::InvestigateCommand),
    /// Write down what was learnt, and find it again
    #[command(subcommand)]
    Knowledge(knowledge::KnowledgeCommand),
    /// Reserve what the team shares: a load-test environment, a staging cluster
    #[command(subcommand)]
    Resource(resource::ResourceCommand),
    /// Install the git hooks, see whether they fire, take them out
    #[command(subcommand)]
    Hook(hook::HookCommand),
    Setup(setup::Setup),
    /// Keep the roster: who is there, what for, and what each may write
    #[command(subcommand)]
    Agent(agent::AgentCommand),
    /// Try the team's settings before it lives by them
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    Claims(claims::Claims),
    Sync(sync::Sync),
    Wait(wait::Wait),
    Check(check::Check),
    Review(review::Review),
    Tour(tour::Tour),
    Doctor(doctor::Doctor),
    Restore(restore::Restore),
    Archive(archive::Archive),
    Schema(schema::PrintSchema),
    Completions(completions::Completions),
    Man(man::ManPages),
}

impl Command {
    /// Refuses formats that the command has not.
    fn takes(&self, format: Format) -> Result<(), Failure> {
        match (self, format) {
            (Command::Completions(_) | Command::Man(_), Format::Text) => Ok(()),
            (Command::Completions(_) | Command::Man(_), _) => {
                Err(Failure::usage("this command prints a script or a page, which has no other format")
                    .hint("leave --format out"))
            }
            (_, Format::Text | Format::Json) => Ok(()),
            (Command::Review(_), Format::Markdown | Format::Html) => Ok(()),
            (_, Format::Markdown | Format::Html) => {
                Err(Failure::usage("the formats markdown and html are for `perfteam review` alone")
                    .hint("--format json"))
            }
            (Command::Check(_) | Command::Agent(agent::AgentCommand::Lint(_)), _) => Ok(()),
            _ => Err(Failure::usage(
                "the formats sarif, github, gitlab and junit are for `perfteam check` and `perfteam agent lint` alone",
            )
            .hint("--format json")),
        }
    }

    /// The form of the output where none is asked for.
    fn default_format(&self) -> Format {
        match self {
            Command::Review(_) => Format::Markdown,
            _ => Format::Text,
        }
    }

    /// How far a command that reads was told to look.
    fn scope(&self) -> Option<Scope> {
        match self {
            Command::Inbox(command) => command.sight.scope,
            Command::Next(command) => command.sight.scope,
            Command::Flag(command) => command.scope(),
            Command::Task(command) => command.scope(),
            Command::Finding(command) => command.scope(),
            Command::Investigate(command) => command.scope(),
            Command::Resource(command) => command.scope(),
            _ => None,
        }
    }

    fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            Command::Init(command) => command.run(context),
            Command::Whoami(command) => command.run(context),
            Command::Inbox(command) => command.run(context),
            Command::Next(command) => command.run(context),
            Command::Prime(command) => command.run(context),
            Command::Tour(command) => command.run(context),
            Command::Hook(command) => command.run(context),
            Command::Setup(command) => command.run(context),
            Command::Flag(command) => command.run(context),
            Command::Task(command) => command.run(context),
            Command::Finding(command) => command.run(context),
            Command::Investigate(command) => command.run(context),
            Command::Knowledge(command) => command.run(context),
            Command::Resource(command) => command.run(context),
            Command::Agent(command) => command.run(context),
            Command::Policy(command) => command.run(context),
            Command::Claims(command) => command.run(context),
            Command::Sync(command) => command.run(context),
            Command::Wait(command) => command.run(context),
            Command::Check(command) => command.run(context),
            Command::Review(command) => command.run(context),
            Command::Doctor(command) => command.run(context),
            Command::Restore(command) => command.run(context),
            Command::Archive(command) => command.run(context),
            Command::Schema(command) => command.run(context),
            Command::Completions(command) => command.run(),
            Command::Man(command) => command.run(),
        }
    }
}

/// Runs the command that the process arguments name.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            if !error.use_stderr() {
                return ExitCode::SUCCESS;
            }
            if usage::asks_for_json(std::env::args_os().map(|word| word.to_string_lossy().into_owned())) {
                print_error(&usage::failure(&error));
            }
            return Exit::Usage.into();
        }
    };
    let format = cli.format.unwrap_or_else(|| cli.command.default_format());
    let global = Global { scope: cli.command.scope(), actor: cli.actor, format };
    // The process ends here: giving back what it has read, piece by piece, would cost time alone.
    let context = std::mem::ManuallyDrop::new(Context::new(global));
    let result = cli.command.takes(format).and_then(|()| cli.command.run(&context));
    match result {
        Ok(code) => code,
        Err(failure) => report(&failure, context.global.format),
    }
}

/// Says why the command failed, for programs. Version 1.
fn print_error(failure: &Failure) {
    let error = serde_json::json!({
        "message": failure.message, "why": failure.why, "hints": failure.hints, "exit": failure.exit as u8,
    });
    print_line(&crate::render::json::escaped(&format!(
        "{:#}",
        serde_json::json!({ "version": 1, "error": error })
    )));
}

/// Says why the command failed: for people on standard error, for programs on standard output.
fn report(failure: &Failure, format: Format) -> ExitCode {
    use std::io::Write;
    if format == Format::Json {
        print_error(failure);
    }
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let mut text = format!("{red}error{red:#}: {}\n", shown_text(&failure.message));
    if let Some(why) = &failure.why {
        text.push_str(&format!("  why: {}\n", shown_text(why)));
    }
    for hint in &failure.hints {
        text.push_str(&format!("  try: {}\n", shown_text(hint)));
    }
    let _ = anstream::stderr().write_all(text.as_bytes());
    failure.exit.into()
}
