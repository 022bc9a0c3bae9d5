//! How a command ends when it does not end well: what, why, and the command that mends it.

use std::fmt;
use std::process::ExitCode;

use crate::domain::record::{Cause, Refusal};
use crate::domain::text::shell_word;
use crate::render::json::ErrorV1;
use crate::store::StoreError;

/// The exit codes; the same for every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Refused or blocked by a rule.
    Refused = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The repository, or a file in it, can't be read or written.
    Unreadable = 3,
    /// Somebody else holds or decided it.
    Held = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Why a command did not do what it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What is wrong and where.
    pub message: String,
    /// Why it matters.
    pub why: Option<String>,
    /// What to do now, best first: commands or short sentences.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure of which only the fact is known yet.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Failure { exit, message: message.into(), why: None, hints: Vec::new() }
    }

    /// The command line makes no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Failure::new(Exit::Usage, message)
    }

    /// The protocol refuses it.
    pub fn refused(message: impl Into<String>) -> Self {
        Failure::new(Exit::Refused, message)
    }

    /// The failure as its JSON struct.
    pub fn for_programs(&self) -> ErrorV1 {
        ErrorV1 {
            message: self.message.clone(),
            why: self.why.clone(),
            hints: self.hints.clone(),
            exit: self.exit as u8,
        }
    }

    /// The same with why it matters.
    pub fn why(self, why: impl Into<String>) -> Self {
        Failure { why: Some(why.into()), ..self }
    }

    /// The same with one more thing to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A shallow clone has one branch, and `git fetch` gets no other one.
pub const FETCH_ALL: &str = "git fetch --unshallow origin '+refs/heads/*:refs/remotes/origin/*'";
const CI_DEPTH: &str = "or have CI fetch it: fetch-depth: 0 of actions/checkout, GIT_DEPTH: \"0\" of GitLab";

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let failure = Failure::new(Exit::Unreadable, error.to_string());
        match error {
            StoreError::NoRepository(_) => failure
                .why("perfteam keeps its records in a git repository, beside the code")
                .hint("cd to a repository, or make one here: git init"),
            StoreError::Bare(_) => failure
                .hint("run it in a work tree: git worktree add ../work")
                .hint("or let the repository judge what is pushed to it: perfteam hook install --server"),
            StoreError::Untrusted(path) => {
                failure.why("its configuration could run commands of theirs").hint(format!(
                    "if you trust it: git config --global --add safe.directory {}",
                    path.display()
                ))
            }
            StoreError::UnknownRevision { shallow: true, .. } => failure.hint(FETCH_ALL).hint(CI_DEPTH),
            StoreError::UnknownRevision { name, .. } => {
                failure.hint(format!("git fetch, or see what is there: git branch --all --list '*{name}*'"))
            }
            StoreError::Unborn => failure.hint("make the first one: git commit"),
            StoreError::Unrelated(base) => failure
                .why("without a commit where they parted, nothing tells what this branch changes and what was published before it")
                .hint("name the branch from which this one began; those that share commits with it: \
                       git branch --all --contains \"$(git rev-list --max-parents=0 HEAD | tail -n 1)\"")
                .hint(format!("or join the two histories: git merge --allow-unrelated-histories {}", shell_word(&base))),
            StoreError::Shallow(_) => failure.hint("git fetch --unshallow").hint(CI_DEPTH),
            StoreError::Busy { .. } => failure
                .why("two writers at once would each miss what the other wrote")
                .hint("run the command again when the other process has ended"),
            StoreError::Ignored { .. } => failure
                .why("an ignored record would never be committed, and nobody would see it")
                .hint("remove that line, or end the top-level .gitignore with the two lines !/.perfteam/ and !/.perfteam/**"),
            StoreError::Io { path, .. } => failure
                .why("without it the answer would be wrong or lost")
                .hint(format!("see what it is, and whose: ls -ld {}", shell_word(&path.to_string_lossy()))),
            StoreError::Git { .. } => failure
                .why("without what git says, or does, the answer would be wrong")
                .hint("see whether something is left out of this clone, or in the way: perfteam doctor")
                .hint("or whether git finds damage: git fsck"),
            StoreError::DamagedClaim(path) => failure
                .why("no claim can be written over it; who holds what is told by the events, so nothing is lost with it")
                .hint(format!("rm -- {}", shell_word(&path.to_string_lossy()))),
            StoreError::NoFolder(path) => failure
                .why("perfteam keeps its files in a folder there")
                .hint(format!("move it away: mv {0} {0}.moved", shell_word(&path.to_string_lossy()))),
            StoreError::Link(_) => failure
                .why("a link could lead out of .perfteam")
                .hint("replace the link by a plain folder or file"),
            _ => failure,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let exit = if refusal.cause == Cause::Held { Exit::Held } else { Exit::Refused };
        Failure::new(exit, refusal.message)
    }
}
