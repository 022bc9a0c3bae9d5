//! What was learnt: written down by command and by hand, found again, served, checked, merged.

mod adding;
mod checking;
mod finding;

use crate::environment::{Repo, World};
use serde_json::Value;

const LEAD: &str = "@performance.lead";

const API: &str = "@backend.api";

const OPS: &str = "@ops.performance";

const SIGNS: &str = "p95 rises in steps while the database is idle: callers wait for a connection.";

#[track_caller]
pub fn ask(world: &World, repo: &Repo, args: &[&str]) -> Value {
    world.perfteam(repo, API, &[args, &["--format", "json"]].concat()).exits(0).json()
}

#[track_caller]
pub fn add(world: &World, repo: &Repo, kind: &str, title: &str, more: &[&str]) -> String {
    let args = ["knowledge", "add", "--kind", kind, "--title", title];
    let added = ask(world, repo, &[&args, more].concat());
    added["name"].as_str().expect("a name").to_owned()
}

/// A finding about the pool; its id.
pub fn finding(world: &World, repo: &Repo) -> String {
    let args = ["finding", "report", "--title", "The pool is exhausted", "--category", "bottleneck"];
    let more =
        ["--component", "checkout-db", "--severity", "high", "--evidence", "95 % of the pool is in use."];
    ask(world, repo, &[args, more].concat())["id"].as_str().expect("an id").to_owned()
}
