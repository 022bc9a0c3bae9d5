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
        print_line(with_names(self.shell, &String::from_utf8_lossy(&script)).trim_end());
        Ok(ExitCode::SUCCESS)
    }
}

/// What a script asks for the names of what was learnt.
const NAMES: &str = "perfteam knowledge list --names 2>/dev/null";

/// The script, which completes the names of knowledge entries as well, in shells where that takes no more
/// than a word.
fn with_names(shell: Shell, script: &str) -> String {
    match shell {
        Shell::Bash => {
            let show = "        perfteam__subcmd__knowledge__subcmd__show)\n            opts=\"";
            script.replacen(show, &format!("{show}$({NAMES}) "), 1)
        }
        Shell::Zsh => {
            let name = "or the beginning of one:_default'";
            script.replacen(name, &name.replace("_default", &format!("{{compadd -- $({NAMES})}}")), 1)
        }
        Shell::Fish => {
            let when = "__fish_perfteam_using_subcommand knowledge; and __fish_seen_subcommand_from show";
            format!("{}\ncomplete -c perfteam -n \"{when}\" -f -a \"({NAMES})\"\n", script.trim_end())
        }
        _ => script.to_owned(),
    }
}
