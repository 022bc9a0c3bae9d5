//! The one reader of environment variables.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::domain::time::Timestamp;
use crate::store::receiving::Quarantine;

/// Names the agent who acts.
pub const AGENT: &str = "PERFTEAM_AGENT";
/// Fixes the clock, for tests and reproducible examples: a time such as `2026-11-20T15:52:00Z`.
pub const NOW: &str = "PERFTEAM_NOW";
/// Fixes the random numbers in ids, for tests and reproducible examples: a number.
pub const SEED: &str = "PERFTEAM_SEED";

/// Where git hands the values that `git -c` gave on to its children.
const GIT_OPTIONS: &str = "GIT_CONFIG_PARAMETERS";

/// The value of a variable, when it is set to something.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The pager that is wanted for this program; empty where none is.
pub fn pager() -> Option<String> {
    std::env::var("PERFTEAM_PAGER").ok()
}

/// Whether this process runs in continuous integration.
pub fn is_ci() -> bool {
    variable("CI").is_some_and(|value| value != "false" && value != "0")
}

/// Where the forge on which this CI runs shows a line of a file, as a template for links. `plain=1`
/// makes it show Markdown by its lines.
pub fn forge_lines() -> Option<String> {
    let github =
        || Some(format!("{}/{}/blob", variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?));
    let gitlab = || Some(format!("{}/-/blob", variable("CI_PROJECT_URL")?));
    let files = github().or_else(gitlab)?;
    Some(format!("{files}/{{commit}}/{{path}}?plain=1#L{{line}}"))
}

/// This program's own file.
pub fn program() -> Option<PathBuf> {
    std::env::current_exe().ok()
}

/// What the framework `pre-commit` tells of a push in variables, as the line with which git tells
/// it on standard input, which the framework reads itself.
pub fn pushed_by_framework() -> Option<String> {
    let to = variable("PRE_COMMIT_TO_REF")?;
    let local = variable("PRE_COMMIT_LOCAL_BRANCH").unwrap_or_else(|| "HEAD".into());
    let remote = variable("PRE_COMMIT_REMOTE_BRANCH")?;
    let from = variable("PRE_COMMIT_FROM_REF").unwrap_or_else(|| "0".into());
    Some(format!("{local} {to} {remote} {from}"))
}

/// What the framework `pre-commit` tells of the origin of a message.
pub fn message_source_by_framework() -> Option<String> {
    variable("PRE_COMMIT_COMMIT_MSG_SOURCE")
}

/// Whether `git -c` gave values of the configuration to this process.
pub fn has_git_options() -> bool {
    variable(GIT_OPTIONS).is_some()
}

/// Where git says that the objects of a push lie while it is judged.
pub fn quarantine() -> Quarantine {
    Quarantine {
        objects: std::env::var_os("GIT_OBJECT_DIRECTORY")
            .filter(|place| !place.is_empty())
            .map(PathBuf::from),
        alternates: variable("GIT_ALTERNATE_OBJECT_DIRECTORIES").unwrap_or_default(),
    }
}

/// The wall clock.
pub fn now() -> Timestamp {
    let fixed = variable(NOW).and_then(|text| text.parse().ok());
    fixed.unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    })
}

/// Random bits for ids.
#[derive(Debug)]
pub struct Random {
    seeded: Option<Cell<u64>>,
}

impl Random {
    /// The system's randomness, or the sequence that `PERFTEAM_SEED` fixes.
    pub fn new() -> Self {
        Random { seeded: variable(SEED).and_then(|seed| seed.parse().ok()).map(Cell::new) }
    }

    /// 64 random bits.
    pub fn bits(&self) -> u64 {
        match &self.seeded {
            Some(state) => {
                state.set(state.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
                mix(state.get())
            }
            None => getrandom::u64().unwrap_or_else(|_| fallback_bits()),
        }
    }
}

impl Default for Random {
    fn default() -> Self {
        Random::new()
    }
}

/// SplitMix64.
fn mix(state: u64) -> u64 {
    let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A system without randomness: time and process still tell two writers apart.
fn fallback_bits() -> u64 {
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    mix(time.as_nanos() as u64 ^ (u64::from(std::process::id()) << 32))
}

/// The folders in which programs are searched.
pub fn search_path() -> Vec<std::path::PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}
