//! `perfteam mcp`: the commands as tools of the Model Context Protocol.

mod arguments;
mod server;
mod tool;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::context::Context;
use super::environment;
use super::failure::{Exit, Failure};
use server::Server;

/// Serve the commands as tools to an agent's program, over standard input and output
///
/// The program starts it, and it ends with the program: MCP, the Model Context Protocol. Each call runs a
/// command anew, so that it sees the repository as it is then; rules and refusals are those of the command
/// line. docs/mcp.md says how Claude Code, Cursor and Codex are told of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam mcp --as @backend.api
  claude mcp add perfteam -- perfteam mcp")]
pub struct Mcp {
    /// Serve the repository of this folder [default: the current folder]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Mcp {
    /// Serves until the client goes away.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let folder = match &self.dir {
            Some(folder) => folder.clone(),
            None => context.directory()?,
        };
        let program = environment::program().ok_or_else(|| {
            Failure::new(Exit::Unreadable, "can't tell which file this program is")
                .why("each call of a tool runs it anew")
        })?;
        let server = Server::new(program, folder, context.global.actor.clone());
        server::serve(server)?;
        Ok(ExitCode::SUCCESS)
    }
}
