//! The command line: one file a command, its arguments and its run function together.

/// Says something on standard error. Where nobody reads that, or it can't be written, nothing is lost but talk.
macro_rules! tell {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($words)*);
    }};
}

/// Talks on standard error, unless `--quiet` is given: notes and warnings, not errors.
macro_rules! say {
    ($($words:tt)*) => {
        if !$crate::cli::output::is_quiet() {
            tell!($($words)*);
        }
    };
}

mod addressee;
mod agent;
mod agent_db;
mod answer;
pub mod answers;
mod archive;
mod batch;
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
#[cfg(feature = "agent-db-import")]
mod import;
mod inbox;
mod infer;
mod init;
mod investigate;
mod knowledge;
mod lease;
mod lost_locks;
mod man;
#[cfg(feature = "mcp")]
mod mcp;
mod nested;
mod next;
mod once;
mod output;
mod pager;
mod paths;
mod policy;
mod prime;
mod reach;
mod redact;
pub mod reference;
mod resource;
mod restore;
mod review;
mod schema;
mod setup;
mod show;
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

use std::iter::successors;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use context::{Context, Format, Global, print_line};
use failure::{Exit, Failure};

use crate::domain::place::Scope;
use crate::domain::text::shown_text;
use crate::render::json::Refusal;

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
    /// Say nothing on standard error but errors
    #[arg(long, short, global = true, help_heading = "Global options")]
    quiet: bool,
    /// Don't show long answers in a pager (PERFTEAM_PAGER, else git's)
    #[arg(long, global = true, help_heading = "Global options")]
    no_pager: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Whoami(whoami::Whoami),
    Inbox(inbox::Inbox),
    Next(next::Next),
    Show(show::Show),
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
    Redact(redact::Redact),
    Batch(batch::Batch),
    AgentDb(agent_db::AgentDb),
    /// Take what another tool kept
    #[cfg(feature = "agent-db-import")]
    #[command(subcommand)]
    Import(import::ImportCommand),
    Schema(schema::PrintSchema),
    Completions(completions::Completions),
    Complete(completions::Complete),
    Man(man::ManPages),
    #[cfg(feature = "mcp")]
    Mcp(mcp::Mcp),
}

impl Command {
    /// Refuses formats that the command has not.
    fn takes(&self, format: Format) -> Result<(), Failure> {
        match (self, format) {
            #[cfg(feature = "mcp")]
            (Command::Mcp(_), format) if format != Format::Text => {
                Err(Failure::usage("the conversation with a client has a form of its own").hint("leave --format out"))
            }
            (Command::Completions(_) | Command::Man(_), Format::Text) => Ok(()),
            (Command::Completions(_) | Command::Man(_), _) => {
                Err(Failure::usage("this command prints a script or a page, which has no other format")
                    .hint("leave --format out"))
            }
            (Command::AgentDb(_), Format::Json) => Ok(()),
            (Command::AgentDb(_), _) => {
                Err(Failure::usage("agent-db answers as the earlier tool did, in JSON alone")
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
            Command::AgentDb(_) => Format::Json,
            _ => Format::Text,
        }
    }

    /// Whether a batch can run it: it writes records alone, or reads them.
    fn is_for_batch(&self) -> bool {
        match self {
            Command::Flag(_) | Command::Task(_) | Command::Finding(_) | Command::Resource(_) => true,
            Command::Inbox(_) | Command::Next(_) | Command::AgentDb(_) => true,
            Command::Whoami(command) => command.only_reads(),
            Command::Agent(command) => command.only_reads(),
            _ => false,
        }
    }

    /// How far a command that reads was told to look.
    fn scope(&self) -> Option<Scope> {
        match self {
            Command::Inbox(command) => command.sight.scope,
            Command::Next(command) => command.sight.scope,
            Command::Show(command) => command.sight.scope,
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
            Command::Show(command) => command.run(context),
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
            Command::Redact(command) => command.run(context),
            Command::Batch(command) => command.run(context),
            Command::AgentDb(command) => command.run(context),
            #[cfg(feature = "agent-db-import")]
            Command::Import(command) => command.run(context),
            Command::Schema(command) => command.run(context),
            Command::Completions(command) => command.run(),
            Command::Complete(command) => command.run(context),
            Command::Man(command) => command.run(),
            #[cfg(feature = "mcp")]
            Command::Mcp(command) => command.run(context),
        }
    }
}

/// Runs the command that the process arguments name.
pub fn main() -> ExitCode {
    let parsed = Cli::command().try_get_matches();
    let (cli, command) = match parsed.and_then(|words| Ok((Cli::from_arg_matches(&words)?, name(&words)))) {
        Ok(understood) => understood,
        Err(error) => return misunderstood(&error),
    };
    let format = cli.format.unwrap_or_else(|| cli.command.default_format());
    if cli.quiet {
        output::be_quiet();
    }
    if !cli.no_pager && is_long(&command) {
        pager::want();
    }
    let global = Global { command, scope: cli.command.scope(), actor: cli.actor, format };
    // The process ends here: giving back what it has read, piece by piece, would cost time alone.
    let context = std::mem::ManuallyDrop::new(Context::new(global));
    let result = cli.command.takes(format).and_then(|()| cli.command.run(&context));
    pager::finish();
    output::end(result.unwrap_or_else(|failure| report(&failure, &context.global)))
}

/// Whether the command can print more than fits on a screen.
fn is_long(command: &str) -> bool {
    let verb = command.rsplit(' ').next().unwrap_or_default();
    ["list", "show", "chain", "graph", "search", "queue", "try", "review", "schema", "doctor"].contains(&verb)
}

/// The command's whole name, whatever alias was given: `flag list`.
fn name(matches: &ArgMatches) -> String {
    let below = successors(matches.subcommand(), |(_, matches)| matches.subcommand());
    below.map(|(name, _)| name).collect::<Vec<_>>().join(" ")
}

/// Says what is wrong with the arguments, or prints the help or version that they ask for.
fn misunderstood(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    if !error.use_stderr() {
        output::was_written(printed);
        return output::end(ExitCode::SUCCESS);
    }
    let words: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let mut failure = usage::failure(error);
    let command = usage::command(&Cli::command(), &words);
    let is_agent_db = command.as_deref().is_some_and(|command| command.starts_with(agent_db::NAME));
    if is_agent_db && error.kind() == clap::error::ErrorKind::InvalidSubcommand {
        failure = agent_db::with_verbs(failure);
        failure.hints.iter().rev().take(2).rev().for_each(|hint| tell!("  try: {hint}"));
    }
    if is_agent_db || usage::asks_for_json(&words) {
        print_error(&failure, command);
    }
    output::end(Exit::Usage.into())
}

/// Says why the command failed, for programs.
fn print_error(failure: &Failure, command: Option<String>) {
    let refusal = serde_json::json!(Refusal::new(command, failure.for_programs()));
    print_line(&crate::render::json::escaped(&format!("{refusal:#}")));
}

/// Says why the command failed: for people on standard error, for programs on standard output.
fn report(failure: &Failure, global: &Global) -> ExitCode {
    if global.format == Format::Json {
        print_error(failure, Some(global.command.clone()));
    }
    say(failure);
    failure.exit.into()
}

/// Says on standard error why a command failed.
fn say(failure: &Failure) {
    use std::io::Write;
    let _ = anstream::stderr().write_all(words(failure).as_bytes());
}

/// The failure as people read it.
fn words(failure: &Failure) -> String {
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let mut text = format!("{red}error{red:#}: {}\n", shown_text(&failure.message));
    if let Some(why) = &failure.why {
        text.push_str(&format!("  why: {}\n", shown_text(why)));
    }
    for hint in &failure.hints {
        text.push_str(&format!("  try: {}\n", shown_text(hint)));
    }
    text
}
