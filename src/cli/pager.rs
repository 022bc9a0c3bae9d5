//! The pager, for what is long, on a terminal.

use std::io::{IsTerminal, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::environment;

/// Standard output is one for the whole process, and so is what stands before it.
static PAGER: Mutex<Pager> = Mutex::new(Pager::None);

enum Pager {
    /// What is printed goes straight to standard output.
    None,
    /// It begins with the first line that is printed.
    Wanted,
    /// It runs, and was given this.
    Running(Child, String),
}

/// With these a shell ends that can't find or run a program.
const NOT_RUN: [i32; 2] = [126, 127];

/// What became of a text.
pub enum Paged {
    /// The pager has it.
    Taken,
    /// There is none: it is for standard output.
    NotTaken,
    /// The pager went away.
    Gone,
}

/// Lets a pager show what is printed from now on, where standard output is a terminal.
pub fn want() {
    if std::io::stdout().is_terminal() {
        *pager() = Pager::Wanted;
    }
}

/// Gives text to the pager, if there is one.
pub fn write(text: &str) -> Paged {
    let mut pager = pager();
    if matches!(*pager, Pager::Wanted) {
        *pager = start().map_or(Pager::None, |child| Pager::Running(child, String::new()));
    }
    let Pager::Running(child, given) = &mut *pager else { return Paged::NotTaken };
    let Some(input) = child.stdin.as_mut() else { return Paged::Gone };
    given.push_str(text);
    given.push('\n');
    let styled = match anstream::AutoStream::choice(&std::io::stdout()) {
        anstream::ColorChoice::Never => anstream::adapter::strip_str(text).to_string(),
        _ => text.to_owned(),
    };
    match writeln!(input, "{styled}") {
        Ok(()) => Paged::Taken,
        Err(_) if show_unread(child, given) => {
            *pager = Pager::None;
            Paged::Taken
        }
        Err(_) => Paged::Gone,
    }
}

/// Prints what was given to a pager that could not be run; whether that was so.
fn show_unread(child: &mut Child, given: &str) -> bool {
    let code = child.wait().ok().and_then(|status| status.code());
    let is_unread = code.is_some_and(|code| NOT_RUN.contains(&code));
    is_unread && anstream::stdout().write_all(given.as_bytes()).is_ok()
}

/// Waits until people have read what they want to read.
pub fn finish() {
    if let Pager::Running(mut child, given) = std::mem::replace(&mut *pager(), Pager::None) {
        drop(child.stdin.take());
        show_unread(&mut child, &given);
    }
}

fn pager() -> MutexGuard<'static, Pager> {
    PAGER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the pager by the shell, as git does; `None` where people want none, or it can't be started.
fn start() -> Option<Child> {
    let line = environment::pager().or_else(pager_of_git)?;
    if line.trim().is_empty() || line.trim() == "cat" {
        return None;
    }
    let mut command = Command::new("sh");
    command.args(["-c", &line]).stdin(Stdio::piped());
    // Ends by itself where all fits on the screen, shows colours, leaves the text there.
    let own = [("LESS", "FRX"), ("LV", "-c")];
    command.envs(own.into_iter().filter(|(name, _)| environment::variable(name).is_none()));
    command.spawn().ok()
}

/// What git would start: GIT_PAGER, core.pager, PAGER, or its own choice.
fn pager_of_git() -> Option<String> {
    let output = Command::new("git").args(["var", "GIT_PAGER"]).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end_matches('\n').to_owned())
}
