//! The `git` executable, for what the library does not do: `add`, hooks, config writes.

use std::ffi::OsStr;
use std::io::{Seek, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::StoreError;

/// A git command that runs at `top`. git's own variables (`GIT_INDEX_FILE`, ...) pass through, so
/// that a command inside a hook works on the index of the commit in progress.
pub fn command<I, S>(top: &Path, args: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let mut command = Command::new("git");
    command.current_dir(top).args(args).stdin(Stdio::null()).env("LC_ALL", "C");
    // How `git --literal-pathspecs commit` and the like read paths is not how these are meant.
    for kind in ["LITERAL", "GLOB", "NOGLOB", "ICASE"] {
        command.env_remove(format!("GIT_{kind}_PATHSPECS"));
    }
    command
}

/// Runs git and yields its standard output.
pub fn output<I, S>(top: &Path, args: I) -> Result<Vec<u8>, StoreError>
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let args: Vec<S> = args.into_iter().collect();
    let shown = shown(&args);
    let output = command(top, &args).output().map_err(|error| could_not_run(&shown, &error))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        let detail = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(StoreError::Git { what: format!("`{shown}` failed"), detail })
    }
}

/// Runs git with `input` as its standard input, and yields its standard output.
pub fn output_given(top: &Path, args: &[&str], input: &[u8]) -> Result<Vec<u8>, StoreError> {
    let shown = shown(args);
    let fail = |error: std::io::Error| could_not_run(&shown, &error);
    let mut file = tempfile::tempfile().map_err(fail)?;
    file.write_all(input).and_then(|()| file.rewind()).map_err(fail)?;
    let output = command(top, args).stdin(file).output().map_err(fail)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let detail = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(StoreError::Git { what: format!("`{shown}` failed"), detail })
}

/// Runs git and yields the lines of its standard output, or `None` when it exits with 1, which
/// several commands use to say "no".
pub fn answer<I, S>(top: &Path, args: I) -> Result<Option<String>, StoreError>
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let args: Vec<S> = args.into_iter().collect();
    let shown = shown(&args);
    let output = command(top, &args).output().map_err(|error| could_not_run(&shown, &error))?;
    match output.status.code() {
        Some(0) => Ok(Some(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())),
        Some(1) => Ok(None),
        _ => {
            let detail = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(StoreError::Git { what: format!("`{shown}` failed"), detail })
        }
    }
}

fn shown<S: AsRef<OsStr>>(args: &[S]) -> String {
    let words: Vec<_> = args.iter().take(3).map(|arg| arg.as_ref().to_string_lossy()).collect();
    format!("git {}", words.join(" "))
}

fn could_not_run(shown: &str, error: &std::io::Error) -> StoreError {
    StoreError::Git { what: format!("`{shown}` could not be run"), detail: error.to_string() }
}
