//! The `git` executable, for what the library does not do: `add`, hooks, config writes.

use std::ffi::OsStr;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

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

/// How long what git's helpers still say is waited for once git has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs a git command that speaks with another machine; `None` when that says nothing for longer
/// than `limit`.
pub fn output_within(command: &mut Command, limit: Duration) -> std::io::Result<Option<Output>> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (stdout, stderr) = (reading(child.stdout.take()), reading(child.stderr.take()));
    let Ok(stdout) = stdout.recv_timeout(limit) else {
        child.kill()?;
        child.wait()?;
        return Ok(None);
    };
    let status = child.wait()?;
    // A connection that ssh keeps for later holds it open.
    let stderr = stderr.recv_timeout(LAST_WORDS).unwrap_or_default();
    Ok(Some(Output { status, stdout, stderr }))
}

/// All that `stream` says, once it is over.
fn reading(stream: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut said = Vec::new();
        if let Some(mut stream) = stream {
            // What was read before an error is what there is.
            let _ = stream.read_to_end(&mut said);
        }
        let _ = sender.send(said);
    });
    receiver
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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_remote_that_never_answers_is_given_up() {
        let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("git://{}/x", silent.local_addr().expect("its address"));
        let mut command = command(Path::new("."), ["ls-remote", &url]);
        let output = output_within(&mut command, Duration::from_millis(200)).expect("git runs");
        assert!(output.is_none(), "{output:?}");
    }

    #[test]
    fn what_git_says_in_time_is_all_there() {
        let mut version = command(Path::new("."), ["version"]);
        let output =
            output_within(&mut version, Duration::from_secs(60)).expect("git runs").expect("in time");
        assert!(output.status.success() && output.stdout.starts_with(b"git version"), "{output:?}");
        let mut wrong = command(Path::new("."), ["no-such-command"]);
        let output = output_within(&mut wrong, Duration::from_secs(60)).expect("git runs").expect("in time");
        assert!(!output.status.success() && !output.stderr.is_empty(), "{output:?}");
    }
}
