//! The rules of the protocol: each is one file, one line in [`RULES`], one page in `docs/rules/`.

mod actor_mismatch;
mod affected_not_flagged;
mod authority_change;
mod broken_dependency;
mod changed_record;
mod closed_without_learning;
mod duplicate_id;
mod early_phase;
mod expired_lock;
mod illegal_step;
mod incomplete_document;
mod missing_file;
mod overdue_dispute;
mod overdue_task;
mod overlapping_authority;
mod review;
mod silent_task;
mod stale_location;
mod syntax;
mod thin_text;
mod unknown_actor;
mod unknown_agent;
mod unprocessed_flag;
mod unverified_signer;
mod write_authority;

pub use review::{Altered, Commit, Fate, Files, Mode, RecordChange, Review};
pub use syntax::unknown_levels;

use crate::domain::diagnostic::{Diagnostic, Severity, Spot};
use crate::domain::policy::Policy;
use crate::domain::verdict::RuleInfo;

/// Every rule, in the order in which their findings are told.
pub static RULES: &[&dyn Rule] = &[
    &syntax::Syntax,
    &changed_record::ChangedRecord,
    &duplicate_id::DuplicateId,
    &illegal_step::IllegalStep,
    &unknown_agent::UnknownAgent,
    &thin_text::ThinText,
    &unprocessed_flag::UnprocessedFlag,
    &write_authority::WriteAuthority,
    &actor_mismatch::ActorMismatch,
    &unverified_signer::UnverifiedSigner,
    &affected_not_flagged::AffectedNotFlagged,
    &expired_lock::ExpiredLock,
    &silent_task::SilentTask,
    &overdue_task::OverdueTask,
    &broken_dependency::BrokenDependency,
    &stale_location::StaleLocation,
    &overdue_dispute::OverdueDispute,
    &incomplete_document::IncompleteDocument,
    &early_phase::EarlyPhase,
    &closed_without_learning::ClosedWithoutLearning,
    &overlapping_authority::OverlappingAuthority,
    &authority_change::AuthorityChange,
    &missing_file::MissingFile,
    &unknown_actor::UnknownActor,
];

/// One check of the protocol over a before and an after.
pub trait Rule: Sync {
    /// The name under which policy sets its level: `unprocessed-flag`.
    fn name(&self) -> &'static str;

    /// Its level where policy says nothing.
    fn default_level(&self) -> Severity;

    /// What it demands, in one line.
    fn summary(&self) -> &'static str;

    /// Its level by the team's settings; most rules know none but those of `rules:`.
    fn level(&self, policy: &Policy) -> Severity {
        policy.rules.get(self.name()).copied().unwrap_or_else(|| self.default_level())
    }

    /// Whether it judges by what the team said of its agents before the change. Such rules are
    /// notes where nobody had said anything.
    fn rests_on_authority(&self) -> bool {
        false
    }

    /// Whether it judges by who made a commit. On the integration branch such rules are notes.
    fn rests_on_actor(&self) -> bool {
        false
    }

    /// When its verdict can be told: some rules need the commit message.
    fn needs(&self) -> Needs {
        Needs::Tree
    }

    /// What it has to say.
    fn check(&self, review: &Review<'_>) -> Vec<Finding>;
}

/// What a rule must see before it can judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Who writes which paths.
    Paths,
    /// What the commit would contain.
    Tree,
    /// Its message, too.
    Message,
}

/// What a rule found, before policy gives it a level.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    path: Option<String>,
    spot: Spot,
    message: String,
    why: String,
    mends: Vec<String>,
    commit: Option<String>,
    at_most: Severity,
}

impl Finding {
    /// A finding in the file at `path`.
    pub fn in_file(path: impl Into<String>, spot: Spot, message: impl Into<String>) -> Self {
        Finding {
            path: Some(path.into()),
            spot,
            message: message.into(),
            why: String::new(),
            mends: Vec::new(),
            commit: None,
            at_most: Severity::Block,
        }
    }

    /// A finding about the change as a whole.
    pub fn general(message: impl Into<String>) -> Self {
        Finding { path: None, ..Finding::in_file("", Spot::Start, message) }
    }

    /// Why it matters.
    pub fn why(self, why: impl Into<String>) -> Self {
        Finding { why: why.into(), ..self }
    }

    /// One more command or text that mends it.
    pub fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mends.push(mend.into());
        self
    }

    /// The commit of the range that it is about.
    pub fn commit(self, commit: Option<&str>) -> Self {
        Finding { commit: commit.map(str::to_owned), ..self }
    }

    /// Whatever policy says, it counts for no more than this.
    pub fn at_most(self, severity: Severity) -> Self {
        Finding { at_most: self.at_most.min(severity), ..self }
    }
}

/// Whether the rules that need the message are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// All rules.
    All,
    /// Those that need nothing but paths: before a file is edited.
    BeforeEdit,
    /// Those that need no message: before it is written.
    BeforeMessage,
    /// Those that need the message: once it is written.
    WithMessage,
}

impl Phase {
    fn runs(self, needs: Needs) -> bool {
        match self {
            Phase::All => true,
            Phase::BeforeEdit => needs == Needs::Paths,
            Phase::BeforeMessage => needs != Needs::Message,
            Phase::WithMessage => needs == Needs::Message,
        }
    }
}

/// Runs the rules of a phase. Levels are those of the policy at the base of the change.
pub fn run(review: &Review<'_>, phase: Phase) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for rule in RULES.iter().filter(|rule| phase.runs(rule.needs())) {
        let level = level_of(*rule, review);
        if level == Severity::Off {
            continue;
        }
        let informs =
            (review.founding && rule.rests_on_authority()) || (review.landed && rule.rests_on_actor());
        let limit = if informs { Severity::Note } else { Severity::Block };
        diagnostics.extend(rule.check(review).into_iter().map(|finding| Diagnostic {
            rule: rule.name(),
            severity: level.min(finding.at_most).min(limit),
            path: finding.path,
            spot: finding.spot,
            message: finding.message,
            why: finding.why,
            mends: finding.mends,
            commit: finding.commit,
        }));
    }
    diagnostics
}

fn level_of(rule: &dyn Rule, review: &Review<'_>) -> Severity {
    // A branch that brings the policy is not judged by it: it could switch its own check off.
    if review.founding && review.mode == Mode::Base {
        return rule.default_level();
    }
    rule.level(&review.authority.policy)
}

/// What formats need to know of each rule.
pub fn infos() -> Vec<RuleInfo> {
    RULES
        .iter()
        .map(|rule| RuleInfo {
            name: rule.name(),
            summary: rule.summary(),
            default_level: rule.default_level(),
        })
        .collect()
}
