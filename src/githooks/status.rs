//! Whether the hooks are in place, proven by running them.

use std::path::{Path, PathBuf};

use super::shim::{self, Foreign, Standing};
use super::{Hook, HookError, Side, own_folder};
use crate::store::hooks::{self, HookFile, HookFolder};
use crate::store::{Repo, StoreError};

/// The variable with which a hook is asked whether it fires: it answers, does nothing else, and
/// keeps what stands below our section from running.
pub const PROBE: &str = "PERFTEAM_HOOK_PROBE";
/// The exit code of that answer. The shims know it.
pub const PROBED: u8 = 97;

/// What a hook says when it is asked with `token` whether it fires.
pub fn answer(hook: Hook, token: &str) -> String {
    format!("perfteam-hook {hook} {token}")
}

/// How one hook stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookState {
    /// The section is in place, and git runs it.
    Fires,
    /// The section is in place, and nothing came of running the hook; what was said instead.
    Silent(String),
    /// The section is in place, and git runs it once husky has run in this work tree, too.
    WithoutHusky,
    /// A line that somebody else wrote calls us; it can't be proven without running the rest.
    ByHand,
    /// The section is there, but not as this version writes it, or the file is not executable.
    Outdated,
    /// There is no section.
    Missing,
    /// There is no section, and the file can't take one.
    Foreign(Foreign),
}

impl HookState {
    /// Whether nothing has to be done.
    pub fn is_good(&self) -> bool {
        matches!(self, HookState::Fires | HookState::ByHand)
    }
}

/// How all hooks stand.
#[derive(Debug)]
pub struct Status {
    /// Where they lie.
    pub folder: HookFolder,
    /// Each hook, its file, and how it stands.
    pub hooks: Vec<(Hook, PathBuf, HookState)>,
}

impl Status {
    /// Whether nothing has to be done.
    pub fn is_good(&self) -> bool {
        self.hooks.iter().all(|(_, _, state)| state.is_good())
    }
}

/// How the hooks stand. Each that has our section is run on a copy of the index, as git would run
/// it, and asked to answer with `token`.
pub fn status(repo: &Repo, side: Side, token: &str) -> Result<Status, HookError> {
    let folder = own_folder(repo)?;
    let mut all = Vec::new();
    for &hook in side.hooks() {
        let path = folder.path.join(hook.name());
        let state = match state(repo, hook, &path, token)? {
            HookState::Silent(_) if !folder.looked_in.exists() => HookState::WithoutHusky,
            state => state,
        };
        all.push((hook, path, state));
    }
    Ok(Status { folder, hooks: all })
}

fn state(repo: &Repo, hook: Hook, path: &Path, token: &str) -> Result<HookState, StoreError> {
    let (bytes, foreign) = match hooks::read(path)? {
        HookFile::Missing => return Ok(HookState::Missing),
        HookFile::Link { target, bytes } => (bytes, Some(Foreign::Link(target))),
        HookFile::File { bytes, executable } => (bytes, (!executable).then_some(Foreign::NotExecutable)),
    };
    Ok(match (shim::standing(&bytes, hook), foreign) {
        (Ok(Standing::ByHand), _) => HookState::ByHand,
        (Ok(Standing::Current), None) => probe(repo, hook, path, token)?,
        (Ok(Standing::Current | Standing::Old), _) => HookState::Outdated,
        (Ok(Standing::Absent), Some(foreign)) | (Err(_), Some(foreign)) => HookState::Foreign(foreign),
        (Ok(Standing::Absent), None) => HookState::Missing,
        (Err(foreign), None) => HookState::Foreign(foreign),
    })
}

fn probe(repo: &Repo, hook: Hook, path: &Path, token: &str) -> Result<HookState, StoreError> {
    let said = hooks::run_on_a_copy(repo, hook.name(), path, (PROBE, token))?;
    let expected = answer(hook, token);
    Ok(if said.lines().any(|line| line == expected) {
        HookState::Fires
    } else {
        HookState::Silent(said.lines().next().unwrap_or_default().to_owned())
    })
}
