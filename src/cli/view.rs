//! How records look: lines for people, versioned structs for programs.

use clap::Args;
use serde::Serialize;

use crate::domain::diagnostic::FileFault;
use crate::domain::kind::Brief;
use crate::domain::level::Level;
use crate::domain::place::{Origin, Place, Scope};
use crate::domain::snapshot::{ShortIds, Snapshot, Waiting};
use crate::domain::text::{cut, shown_line};
use crate::domain::time::Timestamp;

/// How many are shown at most, as an argument.
pub fn limit(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a number from 1".to_owned()),
        Ok(number) => Ok(number),
    }
}

/// How far a command that reads looks.
#[derive(Debug, Clone, Copy, Args)]
pub struct SightArgs {
    /// How far to look: branch (this work tree), local (also all local branches and the other work
    /// trees), remote (also branches as last fetched) [default: `scope` of the policy, else local]
    #[arg(long, value_name = "SCOPE", value_parser = parse_scope)]
    pub scope: Option<Scope>,
}

fn parse_scope(text: &str) -> Result<Scope, String> {
    text.parse()
}

/// What of a record is not in this work tree, for programs. Version 1.
#[derive(Debug, Serialize)]
pub struct ElsewhereV1 {
    /// Whether the whole record is elsewhere, rather than some of what happened to it.
    pub whole: bool,
    /// The places that have it.
    pub places: Vec<PlaceV1>,
    /// The command that gets all of it; absent where it must be committed first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub get: Option<String>,
}

/// A place that has something of a record, for programs. Version 1.
#[derive(Debug, Serialize)]
pub struct PlaceV1 {
    /// `branch`, `detached` (checked out elsewhere without a branch) or `work_tree` (not committed).
    pub kind: &'static str,
    /// The branch, such as `feature/pool` or `origin/main`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// How many commits of the branch are not here; absent where that is too far to count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ahead: Option<usize>,
    /// The folder of the work tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The commit that is checked out without a branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

impl ElsewhereV1 {
    fn new(origin: &Origin) -> Self {
        ElsewhereV1 {
            whole: origin.whole,
            places: origin.places.iter().map(PlaceV1::new).collect(),
            get: origin.get(),
        }
    }
}

impl PlaceV1 {
    fn new(place: &Place) -> Self {
        let none = PlaceV1 { kind: "branch", branch: None, ahead: None, path: None, commit: None };
        match place {
            Place::Branch { name, ahead } => PlaceV1 { branch: Some(name.clone()), ahead: *ahead, ..none },
            Place::Detached { path, commit } => {
                PlaceV1 { kind: "detached", path: Some(path.clone()), commit: Some(commit.clone()), ..none }
            }
            Place::WorkTree { path } => PlaceV1 { kind: "work_tree", path: Some(path.clone()), ..none },
        }
    }
}

/// A record in a list, for programs. Version 1.
#[derive(Debug, Serialize)]
pub struct BriefV1 {
    /// The full id.
    pub id: String,
    /// The shortest unique prefix.
    pub short: String,
    /// The record's folder, from the top of the work tree.
    pub path: String,
    /// The kind of record.
    pub kind: &'static str,
    /// The type.
    #[serde(rename = "type")]
    pub class: String,
    /// The title.
    pub title: String,
    /// Who raised it.
    pub from: String,
    /// For whom it waits; nobody's yet where there is none.
    pub to: Option<String>,
    /// How strongly it matters.
    pub impact: Level,
    /// The state: `pending`, `locked`, ...
    pub status: String,
    /// What that means now: `waiting`, `answered`, `expired`, `held`, `closed`.
    pub standing: &'static str,
    /// When it was raised.
    pub at: String,
    /// Who holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<LockV1>,
    /// The id of the record with which its chain began.
    pub chain: String,
    /// The id of the record that it answers or serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// What of it is not in this work tree; absent where all of it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<ElsewhereV1>,
}

/// Who holds a record, for programs. Version 1.
#[derive(Debug, Serialize)]
pub struct LockV1 {
    /// The holder.
    pub by: String,
    /// When the lease ends.
    pub until: String,
    /// The id of the request whose answer is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaiting: Option<String>,
}

impl BriefV1 {
    /// The record `brief` as it stands in `snapshot` at `now`.
    pub fn new(brief: &Brief, snapshot: &Snapshot, short: &ShortIds, now: Timestamp) -> Self {
        BriefV1 {
            id: brief.id.to_string(),
            short: short.short(&brief.id).to_owned(),
            path: brief.dir.path(),
            kind: brief.dir.kind().name(),
            class: brief.class.clone(),
            title: brief.title.clone(),
            from: brief.from.to_string(),
            to: brief.to.as_ref().map(ToString::to_string),
            impact: brief.impact,
            status: brief.status.clone(),
            standing: standing_word(snapshot.standing(brief, now)),
            at: brief.at.to_string(),
            lock: brief.lock.as_ref().map(|lock| LockV1 {
                by: lock.by.to_string(),
                until: lock.until.to_string(),
                awaiting: lock.awaiting.as_ref().map(ToString::to_string),
            }),
            chain: brief.origin.to_string(),
            parent: brief.parent.as_ref().map(ToString::to_string),
            elsewhere: snapshot.elsewhere.get(&brief.dir).map(ElsewhereV1::new),
        }
    }
}

fn standing_word(waiting: Waiting) -> &'static str {
    match waiting {
        Waiting::Unprocessed => "waiting",
        Waiting::Released => "answered",
        Waiting::Expired => "expired",
        Waiting::Held => "held",
        Waiting::No => "closed",
    }
}

/// A record as one line: id, impact, state, type, who, age, title.
pub fn brief_line(brief: &Brief, snapshot: &Snapshot, short: &ShortIds, now: Timestamp) -> String {
    let style = level_style(brief.impact);
    let origin = snapshot.elsewhere.get(&brief.dir).map(|origin| format!("  [{origin}]"));
    format!(
        "{:<6} {style}{:<8}{style:#} {:<9} {} -> {}  {} ago  {} ({}){}",
        short.short(&brief.id),
        brief.impact,
        state_words(brief, snapshot, now),
        brief.from,
        brief.to_word(),
        now.since(brief.at),
        cut(&shown_line(&brief.title), 120),
        cut(&shown_line(&brief.class), 40),
        origin.unwrap_or_default(),
    )
}

/// The state in a word or two.
pub fn state_words<'a>(brief: &'a Brief, snapshot: &Snapshot, now: Timestamp) -> &'a str {
    match snapshot.standing(brief, now) {
        Waiting::Released => "answered",
        Waiting::Expired => "expired",
        Waiting::Unprocessed | Waiting::Held | Waiting::No => &brief.status,
    }
}

/// The colour of a level.
pub fn level_style(level: Level) -> anstyle::Style {
    use anstyle::AnsiColor;
    match level {
        Level::Critical => AnsiColor::Red.on_default().bold(),
        Level::High => AnsiColor::Yellow.on_default(),
        Level::Medium => anstyle::Style::new(),
        Level::Low => anstyle::Style::new().dimmed(),
    }
}

/// Says on standard error that some files can't be read, since what is shown does without them.
pub fn warn_of_faults(faults: &[FileFault]) {
    if let Some(first) = faults.first() {
        let more = faults.len() - 1;
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        eprintln!(
            "warning: {} can't be read{more}: {}",
            shown_line(&first.path),
            shown_line(&first.fault.message)
        );
        eprintln!("  see all: perfteam check");
    }
}
