//! `perfteam completions`, and what its scripts ask for with each press of the key.

mod values;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::engine::{self, CompletionCandidate};
use clap_complete::{Shell, generate};

use super::Cli;
use super::context::{Context, print_line};
use super::failure::Failure;
use crate::domain::text::{is_invisible, shown_line};

/// Print the completions for a shell
///
/// In bash, zsh and fish they also know the repository: ids with their titles, handles, names of resources and of
/// knowledge. A script is for its shell: it has no --format but text.
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
        match self.shell {
            Shell::Bash => print_line(include_str!("bash.sh").trim_end()),
            Shell::Zsh => print_line(include_str!("zsh.sh").trim_end()),
            Shell::Fish => print_line(include_str!("fish.sh").trim_end()),
            shell => {
                // Not straight to standard output: the generator panics when its reader goes away.
                let mut script = Vec::new();
                generate(shell, &mut Cli::command(), "perfteam", &mut script);
                print_line(String::from_utf8_lossy(&script).trim_end());
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Say how the last of these words can go on; the scripts of `perfteam completions` ask
///
/// A line for each: the word, and after a tab what it stands for. Whatever is wrong, it says nothing.
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct Complete {
    /// The line that is typed, from `perfteam` on
    #[arg(last = true, value_name = "WORD")]
    words: Vec<OsString>,
}

impl Complete {
    /// Prints the words.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let mut command = values::attach(Cli::command(), "");
        let last = self.words.len().saturating_sub(1);
        let folder = context.directory().ok();
        let found = engine::complete(&mut command, self.words.clone(), last, folder.as_deref());
        let mut found = found.unwrap_or_default();
        // Options are offered to who types a dash, or where there is nothing else.
        let is_value =
            |candidate: &CompletionCandidate| !candidate.get_value().to_string_lossy().starts_with('-');
        if found.iter().any(is_value) {
            found.retain(is_value);
        }
        let lines: Vec<String> = found.iter().filter_map(line).collect();
        if !lines.is_empty() {
            print_line(&lines.join("\n"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The word and what it stands for. A word that a terminal would obey is not offered.
fn line(candidate: &CompletionCandidate) -> Option<String> {
    let value = candidate.get_value().to_str()?;
    if value.is_empty() || value.contains(is_invisible) {
        return None;
    }
    let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
    let help = help.lines().next().map(shown_line).unwrap_or_default();
    Some(if help.is_empty() { value.to_owned() } else { format!("{value}\t{help}") })
}
