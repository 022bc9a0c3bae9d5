//! `perfteam completions`.

use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::Cli;
use super::context::print_line;
use super::failure::Failure;

/// Print the completions for a shell
///
/// A script is for its shell: it has no --format but text.
#[derive(Debug, Args)]
#[command(after_help = "Where they go:
  bash         perfteam completions bash > ~/.local/share/bash-completion/completions/perfteam
  zsh          perfteam completions zsh > ~/.zfunc/_perfteam     (a folder in $fpath)
  fish         perfteam completions fish > ~/.config/fish/completions/perfteam.fish
  powershell   perfteam completions powershell >> $PROFILE
  elvish       perfteam completions elvish >> ~/.config/elvish/rc.elv")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        // Not straight to standard output: the generator panics when its reader goes away.
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "perfteam", &mut script);
        print_line(String::from_utf8_lossy(&script).trim_end());
        Ok(ExitCode::SUCCESS)
    }
}
