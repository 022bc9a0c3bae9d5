//! The command line: one file a command, its arguments and its run function together.

mod agent;
mod check;
mod context;
mod environment;
mod failure;
mod flag;
mod inbox;
mod init;
mod view;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use context::{Context, Format, Global, escaped_json, print_line};
use failure::{Exit, Failure};

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
    /// The form of the output
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Global options")]
    format: Format,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Raise, list and process flags
    #[command(subcommand)]
    Flag(flag::FlagCommand),
    Init(init::Init),
    Inbox(inbox::Inbox),
    Check(check::Check),
}

impl Command {
    fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            Command::Flag(command) => command.run(context),
            Command::Init(command) => command.run(context),
            Command::Inbox(command) => command.run(context),
            Command::Check(command) => command.run(context),
        }
    }
}

/// Runs the command that the process arguments name.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { ExitCode::from(Exit::Usage) } else { ExitCode::SUCCESS };
            let _ = error.print();
            return code;
        }
    };
    let context = Context::new(Global { actor: cli.actor, format: cli.format });
    match cli.command.run(&context) {
        Ok(code) => code,
        Err(failure) => report(&failure, context.global.format),
    }
}

/// Says why the command failed: for people on standard error, for programs on standard output.
fn report(failure: &Failure, format: Format) -> ExitCode {
    use std::io::Write;
    if format == Format::Json {
        let error = serde_json::json!({
            "message": failure.message, "why": failure.why, "hints": failure.hints, "exit": failure.exit as u8,
        });
        print_line(&escaped_json(&format!("{:#}", serde_json::json!({ "version": 1, "error": error }))));
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
