//! How records look: lines for people, versioned structs for programs.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::agenda::Obstacle;
use crate::domain::diagnostic::FileFault;
use crate::domain::discovery::Discovery;
use crate::domain::kind::Brief;
use crate::domain::level::Level;
use crate::domain::place::{Origin, Place, Scope};
use crate::domain::plan::Plan;
use crate::domain::snapshot::{ShortIds, Snapshot, Waiting};
use crate::domain::text::{cut, shown_line};
use crate::domain::time::{Timestamp, when};

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
#[derive(Debug, Serialize, JsonSchema)]
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
#[derive(Debug, Serialize, JsonSchema)]
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
#[derive(Debug, Serialize, JsonSchema)]
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
    /// What planned work needs beside; absent where it is none.
    #[serde(flatten)]
    pub plan: Option<PlanV1>,
    /// What a finding needs beside; absent where it is none.
    #[serde(flatten)]
    pub discovery: Option<DiscoveryV1>,
    /// What of it is not in this work tree; absent where all of it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<ElsewhereV1>,
}

/// Who holds a record, for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
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
            discovery: brief.discovery.as_ref().map(|discovery| DiscoveryV1::new(discovery)),
            plan: brief.plan.as_ref().map(|plan| PlanV1::new(brief, plan, now)),
            elsewhere: snapshot.elsewhere.get(&brief.dir).map(ElsewhereV1::new),
        }
    }
}

/// What a finding needs beside what all records have, for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DiscoveryV1 {
    /// What it is about.
    pub component: String,
    /// What kind of it.
    pub class: Option<String>,
    /// Who found the same.
    pub confirmed_by: Vec<String>,
    /// Since when it is disputed.
    pub disputed_since: Option<String>,
}

impl DiscoveryV1 {
    fn new(discovery: &Discovery) -> Self {
        DiscoveryV1 {
            component: discovery.component.clone(),
            class: discovery.class.clone(),
            confirmed_by: discovery.confirmed_by.iter().map(ToString::to_string).collect(),
            disputed_since: discovery.disputed_since.map(|since| since.to_string()),
        }
    }
}

/// What planned work needs beside what all records have, for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlanV1 {
    /// The system that it is about.
    pub system: Option<String>,
    /// When it is due.
    pub deadline: Option<String>,
    /// How long until then, or how late it is.
    pub time_left: Option<String>,
    /// Whether it is open and late.
    pub overdue: bool,
    /// The ids of the records that must be done before it.
    pub depends: Vec<String>,
    /// The specialist for whom it waits while it is nobody's.
    pub waiting_for: Option<String>,
    /// How often a report is due.
    pub report_every: Option<String>,
    /// When work on it was last heard of.
    pub heard: Option<String>,
    /// Whether no report came in time.
    pub silent: bool,
    /// How much is done.
    pub percent: u8,
    /// What keeps it from going on.
    pub blocked: Option<BlockedV1>,
}

/// What keeps a task from going on, for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BlockedV1 {
    /// Who said so.
    pub by: String,
    /// Since when.
    pub since: String,
    /// In words.
    pub reason: String,
    /// The id of the record that must be done first.
    pub on: Option<String>,
}

impl PlanV1 {
    fn new(brief: &Brief, plan: &Plan, now: Timestamp) -> Self {
        PlanV1 {
            system: plan.system.clone(),
            deadline: plan.deadline.map(|deadline| deadline.to_string()),
            time_left: plan.deadline.map(|deadline| when::left(deadline, now)),
            overdue: !brief.closed && plan.overdue(now).is_some(),
            depends: plan.depends.iter().map(ToString::to_string).collect(),
            waiting_for: plan.specialist.as_ref().map(ToString::to_string),
            report_every: plan.report_every.map(|every| every.to_string()),
            heard: plan.heard.map(|heard| heard.to_string()),
            silent: plan.silence(now).is_some(),
            percent: plan.percent,
            blocked: plan.blocked.as_ref().map(|blocked| BlockedV1 {
                by: blocked.by.to_string(),
                since: blocked.since.to_string(),
                reason: blocked.reason.clone(),
                on: blocked.on.as_ref().map(ToString::to_string),
            }),
        }
    }
}

/// Something that must be done first, for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ObstacleV1 {
    /// Its id.
    pub id: String,
    /// Its kind; absent where it is not here.
    pub kind: Option<&'static str>,
    /// Its state; absent where it is not here.
    pub status: Option<String>,
    /// Why it stands in the way: `open`, `dropped`, `missing`.
    pub why: &'static str,
}

impl ObstacleV1 {
    /// The obstacle, as programs read it.
    pub fn new(obstacle: &Obstacle<'_>) -> Self {
        let of = |brief: &Brief, why| ObstacleV1 {
            id: brief.id.to_string(),
            kind: Some(brief.kind_name()),
            status: Some(brief.status.clone()),
            why,
        };
        match obstacle {
            Obstacle::Open(brief) => of(brief, "open"),
            Obstacle::Dropped(brief) => of(brief, "dropped"),
            Obstacle::Missing(id) => {
                ObstacleV1 { id: id.to_string(), kind: None, status: None, why: "missing" }
            }
        }
    }
}

/// What must be done first, in words.
pub fn obstacle_words(obstacle: &Obstacle<'_>, short: &ShortIds) -> String {
    match obstacle {
        Obstacle::Open(brief) | Obstacle::Dropped(brief) => format!(
            "{} {} ({}, {}): {}",
            brief.kind_name(),
            short.short(&brief.id),
            brief.status,
            brief.to_word(),
            cut(&shown_line(&brief.title), 80)
        ),
        Obstacle::Missing(id) => format!("{id}, which is not here"),
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
        "{:<6} {style}{:<8}{style:#} {:<9} {}  {} ago  {} ({}){}{}",
        short.short(&brief.id),
        brief.impact,
        state_words(brief, snapshot, now),
        who(brief),
        now.since(brief.at),
        cut(&shown_line(&brief.title), 120),
        cut(&shown_line(&brief.class), 40),
        brief.plan.as_ref().filter(|_| !brief.closed).map(|plan| plan_words(plan, now)).unwrap_or_default(),
        origin.unwrap_or_default(),
    )
}

/// Who wants it of whom; of what is learnt, who learnt it.
fn who(brief: &Brief) -> String {
    match brief.discovery {
        Some(_) => brief.from.to_string(),
        // What somebody keeps to themselves is asked of nobody.
        None if brief.to.as_ref() == Some(&brief.from)
            && !brief.dir.kind().holds_back()
            && brief.plan.is_none() =>
        {
            brief.from.to_string()
        }
        None => format!("{} -> {}", brief.from, brief.to_word()),
    }
}

/// How planned work stands: `  65 %, 2h left, silent for 40m`.
fn plan_words(plan: &Plan, now: Timestamp) -> String {
    let percent = (plan.percent > 0).then(|| format!("{} %", plan.percent));
    let deadline = plan.deadline.map(|deadline| when::left(deadline, now));
    let silent = plan.silence(now).map(|silence| format!("silent for {silence}"));
    let waits = plan.specialist.as_ref().map(|one| format!("waits for {one}"));
    let words: Vec<String> = [percent, deadline, silent, waits].into_iter().flatten().collect();
    if words.is_empty() { String::new() } else { format!("  {}", words.join(", ")) }
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
        say!(
            "warning: {} can't be read{more}: {}",
            shown_line(&first.path),
            shown_line(&first.fault.message)
        );
        say!("  see all: perfteam check");
    }
}
