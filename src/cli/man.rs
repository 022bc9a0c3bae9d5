//! `perfteam man`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::Cli;
use super::context::print_line;
use super::failure::{Exit, Failure};
use crate::store::StoreError;

/// Print the manual page, or write the pages of all commands into a folder
///
/// A page is for `man`: it has no --format but text.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam man | man -l -
  perfteam man --dir ~/.local/share/man/man1")]
pub struct ManPages {
    /// Write perfteam.1, perfteam-flag.1, ... there
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl ManPages {
    /// Prints or writes.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let command = Cli::command();
        match &self.dir {
            Some(folder) => {
                std::fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
                clap_mangen::generate_to(command, folder).map_err(StoreError::io("write into", folder))?;
            }
            None => {
                let mut page = Vec::new();
                Man::new(command).render(&mut page).map_err(|error| {
                    Failure::new(Exit::Unreadable, format!("can't render the manual page: {error}"))
                })?;
                print_line(String::from_utf8_lossy(&page).trim_end());
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
