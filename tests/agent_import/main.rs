//! Import of agent files that people already have: real ones, malformed ones, hostile ones.

mod batches;
mod catalogues;
mod documents;
mod formats;
mod hostile;
mod malformed;

use perfteam::domain::agent::Agent;
use perfteam::markdown::agent_import::{Imported, Outcome, read_file};

/// The file's agents and repairs; a file that yields none fails the test.
fn imported(path: &str, bytes: impl AsRef<[u8]>) -> Imported {
    match read_file(path, bytes.as_ref()) {
        Outcome::Imported(imported) => imported,
        other => panic!("{path} was not imported: {other:?}"),
    }
}

/// The one agent of a file, and its repairs as they are shown.
fn one(path: &str, bytes: impl AsRef<[u8]>) -> (Agent, Vec<String>) {
    let mut imported = imported(path, bytes);
    assert_eq!(imported.agents.len(), 1, "{path}");
    (imported.agents.remove(0), imported.repairs.iter().map(ToString::to_string).collect())
}

/// Why a file yields no agent.
fn refusal(path: &str, bytes: impl AsRef<[u8]>) -> String {
    match read_file(path, bytes.as_ref()) {
        Outcome::Imported(imported) => panic!("{path} was imported: {imported:?}"),
        Outcome::Skipped { why } => format!("skipped: {why}"),
        Outcome::Failed { why } => format!("failed: {why}"),
    }
}

/// An agent as JSON, and its role.
fn shown(agent: &Agent) -> String {
    let json = serde_json::to_string_pretty(agent).expect("JSON");
    format!("{json}\n\n{}", agent.role)
}
