//! `perfteam doctor`: is everything here that the protocol needs, and are the team's flags healthy?

mod environment;
mod health;
mod hooks;
mod records;

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::{Exit, Failure};
use crate::domain::text::shown_line;

/// Check the environment, the hooks, and the health of the team's flags
///
/// Environment: git, the kind of repository, what could hide or change records. Hooks: whether they
/// are where git looks for them. Records: whether what was published is still here as it was. Health: floods, inflated impact, flags that wait too long or go in
/// circles, agents that never answer; the limits are `health:` in perfteam.yaml.
#[derive(Debug, Args)]
#[command(after_help = "Each finding says what, why it matters, and the command that mends it.
Exit code: 3 where there is no repository that can be read, 1 when environment, records or hooks
are broken, else 0; health never fails a build.")]
pub struct Doctor {}

/// The parts that are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Area {
    Environment,
    Hooks,
    Records,
    Health,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum State {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// It may go wrong.
    Warning,
    /// It does go wrong.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Finding {
    area: Area,
    /// A name for programs: `shallow`.
    check: &'static str,
    state: State,
    /// What was found.
    what: String,
    /// Why it matters.
    #[serde(skip_serializing_if = "String::is_empty")]
    why: String,
    /// Commands or steps that mend it, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mends: Vec<String>,
}

impl Finding {
    fn new(area: Area, check: &'static str, state: State, what: impl Into<String>) -> Self {
        Finding { area, check, state, what: what.into(), why: String::new(), mends: Vec::new() }
    }

    fn why(self, why: impl Into<String>) -> Self {
        Finding { why: why.into(), ..self }
    }

    fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mends.push(mend.into());
        self
    }
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DoctorV1 {
    broken: usize,
    warnings: usize,
    notes: usize,
    findings: Vec<Finding>,
}

impl Doctor {
    /// Looks at everything and says what it found.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let mut findings = environment::examine(context);
        if context.repo().is_ok() {
            findings.extend(hooks::examine(context)?);
            findings.extend(records::examine(context));
        }
        if can_read_flags(context) {
            findings.extend(health::examine(context)?);
        }
        let count = |state| findings.iter().filter(|finding| finding.state == state).count();
        let told = DoctorV1 {
            broken: count(State::Broken),
            warnings: count(State::Warning),
            notes: count(State::Note),
            findings,
        };
        let code = match told.broken {
            _ if context.repo().is_err() => Exit::Unreadable.into(),
            0 => ExitCode::SUCCESS,
            _ => Exit::Refused.into(),
        };
        if context.is_json() {
            context.answer(&told)?;
        } else {
            print(&told);
        }
        Ok(code)
    }
}

fn can_read_flags(context: &Context) -> bool {
    context.repo().is_ok() && context.team_if_any().is_ok_and(|team| team.present)
}

/// At most so many findings of one kind are spelt out as text.
const SHOWN: usize = 10;

fn print(told: &DoctorV1) {
    for (area, title) in [
        (Area::Environment, "environment"),
        (Area::Hooks, "hooks"),
        (Area::Records, "records"),
        (Area::Health, "health of the flags"),
    ] {
        let findings: Vec<&Finding> = told.findings.iter().filter(|finding| finding.area == area).collect();
        if findings.is_empty() {
            continue;
        }
        print_line(title);
        let mut shown: Vec<&str> = Vec::new();
        for finding in &findings {
            shown.push(finding.check);
            match shown.iter().filter(|check| **check == finding.check).count() {
                count if count <= SHOWN => print_finding(finding),
                count if count == SHOWN + 1 => {
                    let all = findings.iter().filter(|other| other.check == finding.check).count();
                    print_line(&format!("  ... and {} more like it; all: --format json", all - SHOWN));
                }
                _ => {}
            }
        }
        print_line("");
    }
    print_line(&summary(told));
}

fn print_finding(finding: &Finding) {
    let green = anstyle::AnsiColor::Green.on_default();
    let (style, word) = match finding.state {
        State::Ok => (green, "ok"),
        State::Note => (anstyle::Style::new(), "note"),
        State::Warning => (anstyle::AnsiColor::Yellow.on_default(), "warning"),
        State::Broken => (anstyle::AnsiColor::Red.on_default().bold(), "broken"),
    };
    print_line(&format!("  {style}{word:<8}{style:#} {}", shown_line(&finding.what)));
    if !finding.why.is_empty() {
        print_line(&format!("           why: {}", shown_line(&finding.why)));
    }
    for mend in &finding.mends {
        print_line(&format!("           try: {}", shown_line(mend)));
    }
}

fn summary(told: &DoctorV1) -> String {
    let count = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let parts = [
        count(told.broken, "thing is broken", "things are broken"),
        count(told.warnings, "warning", "warnings"),
        count(told.notes, "note", "notes"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "all is well".to_owned() } else { parts.join(", ") }
}
