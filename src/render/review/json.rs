//! A review for programs. The structs here are the format, version 1: they change only by additions.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::handle::Handle;
use crate::domain::kind::Brief;
use crate::domain::level::Level;
use crate::domain::review::{
    AgentChange, Fate, Hanging, Item, KeyChange, Node, Outcome, Reason, Reviewer, Summary, Taken, TeamChange,
};
use crate::domain::snapshot::Waiting;
use crate::domain::time::Timestamp;
use crate::render::json::{CheckV1, check};

/// What a branch does to the coordination of the team, version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReviewV1 {
    /// The base, as it was named or found.
    pub base: String,
    /// The last commit, as it was named.
    pub head: String,
    /// The id of the last commit.
    pub commit: String,
    /// What `perfteam check --base BASE --format json` says.
    pub check: CheckV1,
    /// The records that the branch touches.
    pub records: Vec<RecordV1>,
    /// The paths of records that it touches and that can't be read.
    pub unreadable: Vec<String>,
    /// What waits for those who made the commits, or is held by them.
    pub hanging: Vec<HangingV1>,
    /// What changes of roster and policy, after the merge.
    pub team: Option<TeamV1>,
    /// Who must look at it.
    pub reviewers: Vec<ReviewerV1>,
    /// The chains to which the records belong.
    pub chains: ChainsV1,
}

/// A record that the branch touches.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RecordV1 {
    /// `opened`, `answered`, `completed`, `dropped`, `moved` or `removed`.
    pub outcome: &'static str,
    #[serde(flatten)]
    about: AboutV1,
    /// The state before; null where it is new.
    pub was: Option<String>,
    /// The files that it is about.
    pub files: Vec<String>,
    /// What it says and asks for.
    pub texts: Vec<TextV1>,
    /// What happened to it.
    pub steps: Vec<StepV1>,
    /// The names of its documents that changed.
    pub documents: Vec<String>,
}

/// What a record is.
#[derive(Debug, Serialize, JsonSchema)]
struct AboutV1 {
    /// `flag`, `task`, `finding`, ...
    kind: &'static str,
    /// Its id.
    id: String,
    /// The path of its folder.
    path: String,
    /// Its title.
    title: String,
    /// Its type or category.
    #[serde(rename = "type")]
    class: String,
    /// How strongly it matters.
    impact: Level,
    /// Who raised it.
    from: Handle,
    /// For whom it waits.
    to: Option<Handle>,
    /// Its state with the branch.
    status: String,
    /// When it is due.
    deadline: Option<Timestamp>,
}

/// A text of a record.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TextV1 {
    /// Its title: `Action`.
    pub title: &'static str,
    /// The text.
    pub text: String,
}

/// A step that the branch brings.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ReviewStepV1")]
pub struct StepV1 {
    /// What happened.
    pub event: String,
    /// Who did it.
    pub by: Handle,
    /// When.
    pub at: Timestamp,
    /// What was said.
    pub note: String,
    /// The path of its file.
    pub path: String,
    /// Whether it has an effect.
    pub counts: bool,
}

/// A record that the branch leaves undone.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HangingV1 {
    #[serde(flatten)]
    about: AboutV1,
    /// `unprocessed`, `released` (the awaited answer is here), `expired` (its lock has ended) or `held`.
    pub waiting: &'static str,
}

/// What changes of roster and policy.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TeamV1 {
    /// Whether the branch brings the first roster and policy.
    pub founding: bool,
    /// Who must approve.
    pub approvers: Vec<Handle>,
    /// The keys of the policy that change.
    pub policy: Vec<KeyV1>,
    /// The agents that change.
    pub agents: Vec<AgentV1>,
    /// The addresses whose keys come or go in the list of signers: `+ api@example.com`.
    pub signers: Vec<String>,
    /// The paths of the policy and of agents that can't be read with the branch.
    pub unreadable: Vec<String>,
}

/// A key of the policy that changes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeyV1 {
    /// The key: `gate.min_impact`.
    pub key: String,
    /// The value before, as JSON.
    pub before: Option<String>,
    /// The value after, as JSON.
    pub after: Option<String>,
}

/// An agent that changes.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ReviewAgentV1")]
pub struct AgentV1 {
    /// Who.
    pub handle: Handle,
    /// `joins`, `leaves`, `retires` or `changes`.
    pub fate: &'static str,
    /// The keys of its file that change.
    pub keys: Vec<String>,
    /// The globs that come and go: `+ exclusive: bench/`.
    pub authority: Vec<String>,
}

/// Who must look, and why.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReviewerV1 {
    /// Who.
    pub handle: Handle,
    /// Whether they must approve the change of roster and policy.
    pub approves: bool,
    /// The records that wait for them: kind and shortened id.
    pub addressed: Vec<String>,
    /// The touched paths that are theirs alone to write.
    pub owns: Vec<String>,
    /// The touched paths that they watch.
    pub watches: Vec<String>,
}

/// The chains to which the records belong.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChainsV1 {
    /// Their records.
    pub records: Vec<ChainedV1>,
    /// How many more there are.
    pub left_out: usize,
}

/// A record of a chain.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChainedV1 {
    #[serde(flatten)]
    about: AboutV1,
    /// Whether the branch touches it.
    pub touched: bool,
    /// The id of the record because of which it was raised.
    pub above: Option<String>,
}

/// The review as its JSON struct.
pub fn json(summary: &Summary) -> ReviewV1 {
    ReviewV1 {
        base: summary.extent.base.clone(),
        head: summary.extent.head.clone(),
        commit: summary.extent.commit.clone(),
        check: check(&summary.verdict),
        records: summary.items.iter().map(record).collect(),
        unreadable: summary.unreadable.clone(),
        hanging: summary.hanging.iter().map(hanging).collect(),
        team: summary.team.as_ref().map(team),
        reviewers: summary.reviewers.iter().map(reviewer).collect(),
        chains: chains(summary),
    }
}

fn about(brief: &Brief) -> AboutV1 {
    AboutV1 {
        kind: brief.kind_name(),
        id: brief.id.to_string(),
        path: brief.dir.path(),
        title: brief.title.clone(),
        class: brief.class.clone(),
        impact: brief.impact,
        from: brief.from.clone(),
        to: brief.to.clone(),
        status: brief.status.clone(),
        deadline: brief.plan.as_ref().and_then(|plan| plan.deadline),
    }
}

fn record(item: &Item) -> RecordV1 {
    RecordV1 {
        outcome: match item.outcome {
            Outcome::Opened => "opened",
            Outcome::Answered => "answered",
            Outcome::Completed => "completed",
            Outcome::Dropped => "dropped",
            Outcome::Moved => "moved",
            Outcome::Removed => "removed",
        },
        about: about(&item.brief),
        was: item.was.clone(),
        files: item.files.clone(),
        texts: item.texts.iter().map(|(title, text)| TextV1 { title, text: text.clone() }).collect(),
        steps: item.steps.iter().map(step).collect(),
        documents: item.documents.clone(),
    }
}

fn step(step: &Taken) -> StepV1 {
    StepV1 {
        event: step.what.clone(),
        by: step.by.clone(),
        at: step.at,
        note: step.note.clone(),
        path: step.path.clone(),
        counts: step.counts,
    }
}

fn hanging(hanging: &Hanging) -> HangingV1 {
    HangingV1 {
        about: about(&hanging.brief),
        waiting: match hanging.waiting {
            Waiting::Released => "released",
            Waiting::Expired => "expired",
            Waiting::Held => "held",
            Waiting::Unprocessed | Waiting::No => "unprocessed",
        },
    }
}

fn team(team: &TeamChange) -> TeamV1 {
    let agent = |agent: &AgentChange| {
        let (fate, keys) = match &agent.fate {
            Fate::Joins => ("joins", Vec::new()),
            Fate::Leaves => ("leaves", Vec::new()),
            Fate::Retires => ("retires", Vec::new()),
            Fate::Changes(keys) => ("changes", keys.clone()),
        };
        AgentV1 { handle: agent.handle.clone(), fate, keys, authority: agent.authority.clone() }
    };
    let key = |key: &KeyChange| KeyV1 {
        key: key.key.clone(),
        before: key.before.clone(),
        after: key.after.clone(),
    };
    TeamV1 {
        founding: team.founding,
        approvers: team.approvers.clone(),
        policy: team.policy.iter().map(key).collect(),
        agents: team.agents.iter().map(agent).collect(),
        signers: team.signers.clone(),
        unreadable: team.unreadable.clone(),
    }
}

fn reviewer(reviewer: &Reviewer) -> ReviewerV1 {
    let mut out = ReviewerV1 {
        handle: reviewer.handle.clone(),
        approves: false,
        addressed: Vec::new(),
        owns: Vec::new(),
        watches: Vec::new(),
    };
    for reason in &reviewer.reasons {
        match reason {
            Reason::Approves => out.approves = true,
            Reason::Addressed(records) => out.addressed.clone_from(records),
            Reason::Owns(paths) => out.owns.clone_from(paths),
            Reason::Watches(paths) => out.watches.clone_from(paths),
        }
    }
    out
}

fn chains(summary: &Summary) -> ChainsV1 {
    let chains = &summary.chains;
    let above = |at: usize| {
        let edge = chains.edges.iter().find(|(_, to)| *to == at);
        edge.map(|(from, _)| chains.nodes[*from].brief.id.to_string())
    };
    let node = |(at, node): (usize, &Node)| ChainedV1 {
        about: about(&node.brief),
        touched: node.touched,
        above: above(at),
    };
    ChainsV1 { records: chains.nodes.iter().enumerate().map(node).collect(), left_out: chains.left_out }
}
