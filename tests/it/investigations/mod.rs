//! The life of an investigation, by the commands that people run and the documents that they edit.

mod amending;
mod documents;
mod listing;
mod opening;
mod parts;
mod slips;
mod status;

use crate::environment::{Repo, World};
use serde_json::Value;

pub const LEAD: &str = "@performance.lead";

pub const API: &str = "@backend.api";

pub const DB: &str = "@database.postgres";

pub const OPS: &str = "@ops.performance";

/// A document of each specialist that lacks nothing.
pub const DATA: &str = "\
# Data

## Timeline

| When | What | Source |
|---|---|---|
| 14:10 | deployment of abc123 | deploy log |
| 14:15 | p95 rises | dashboard |

## Figures

| Quantity | Before | After |
|---|---|---|
| p95_latency | 250ms | 890ms |

## Who is affected

- Share of all requests: 15 %, mostly checkout.

## Correlation

Five minutes after the deployment at 14:10.

## Critical findings

- Queries take three times as long: db.log from 14:15, 30 ms to 90 ms.
";

pub const CODE: &str = "\
# Code

## Recent changes

- abc123 changes the settings of the pool

## Critical findings

| Finding | Evidence |
|---|---|
| The pool is smaller | commit abc123, config/db.yml line 4 |

## Dependencies

The ORM went from 4.1 to 5.0.

## Recommended fixes

- Pool back to 50 connections.
";

pub const INFRASTRUCTURE: &str = "\
# Infrastructure

## Resources

- pool utilisation: 60% -> 95%

## Configuration changes

| What | Before | After | Since |
|---|---|---|---|
| pool | 50 | 20 | 14:10 |

## Scaling

Auto-scaling did not start, although processors were busy.

## Critical findings

Nothing beyond the pool was found; see the table above.

## Recommended actions

- Mend the trigger of auto-scaling.
";

#[track_caller]
pub fn open(world: &World, repo: &Repo, more: &[&str]) -> (String, String) {
    let args =
        ["investigate", "open", "--title", "Checkout is slow", "--priority", "high", "--system", "checkout"];
    let texts = ["--impact", "15 % of the traffic waits 890 ms instead of 250 ms.", "--format", "json"];
    let opened = world.perfteam(repo, LEAD, &[&args[..], &texts, more].concat()).exits(0).json();
    (text(&opened, "id").to_owned(), text(&opened, "path").to_owned())
}

pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no text {key} in {value}"))
}

#[track_caller]
pub fn ask(world: &World, repo: &Repo, who: &str, args: &[&str]) -> Value {
    world.perfteam(repo, who, &[args, &["--format", "json"]].concat()).exits(0).json()
}

pub fn without_path(text: &str, path: &str) -> String {
    text.replace(path, "DIR")
}
