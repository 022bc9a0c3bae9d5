//! `perfteam policy try`.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use crate::check::trial::{Trial, Tried, trial};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::{Exit, Failure};
use crate::domain::diagnostic::{Diagnostic, Fault, Severity};
use crate::domain::policy::Policy;
use crate::domain::text::{counted, cut, shown_line};
use crate::domain::time::{Span, Timestamp};
use crate::domain::verdict::Verdict;
use crate::render;
use crate::rules;
use crate::store::source::Source;
use crate::store::team::{read_policy, read_policy_text};

/// How long the subject of a commit is shown.
const SUBJECT: usize = 60;

/// Say which past commits a policy would have refused, whom and why
///
/// Each commit of HEAD since then is judged as if it came alone to its parent: by the roster of that
/// time, once by FILE and once by the present policy, so that the difference shows before anybody has
/// to live with it. Merges, and commits before .perfteam was there, are left out. Nothing is changed;
/// exit code 0, whatever would be refused, and 1 where FILE is no policy.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam policy try stricter.yaml
  perfteam policy try stricter.yaml --since 2w --format json
  sed 's/unknown_actor: note/unknown_actor: block/' .perfteam/perfteam.yaml | perfteam policy try -")]
pub struct Try {
    /// A file in the form of .perfteam/perfteam.yaml; - for standard input
    file: String,
    /// How far to look back
    #[arg(long, value_name = "SPAN", default_value = "90d")]
    since: Span,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TryV1 {
    since: Timestamp,
    /// How many commits were judged.
    commits: usize,
    /// How many merges were left out.
    merges: usize,
    /// How many commits were left out since there was no policy yet.
    before_policy: usize,
    /// How many the policy on trial refuses.
    refused: usize,
    /// How many the present policy refuses.
    refused_now: usize,
    /// Those that one of the two refuses, the newest first.
    refusals: Vec<RefusalV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RefusalV1 {
    commit: String,
    at: Timestamp,
    subject: String,
    email: String,
    agents: Vec<String>,
    /// `new`, `same` or `gone`: refused by the policy on trial alone, by both, by the present one alone.
    change: &'static str,
    /// Why the policy on trial refuses it.
    tried: Vec<ReasonV1>,
    /// Why the present one does.
    present: Vec<ReasonV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ReasonV1 {
    rule: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

impl Try {
    /// Tries the policy.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let repo = context.repo()?;
        let text = self.read()?;
        let Some(tried) = self.policy(context, &text)? else { return Ok(Exit::Refused.into()) };
        let since = context.now.minus(self.since);
        let trial = match repo.head()? {
            Some(head) => {
                let present = read_policy(&repo.commit_tree(head)? as &dyn Source, &mut Vec::new())?;
                trial(repo, head, since, (&tried, &present), context.now)?
            }
            None => Trial::default(),
        };
        if context.is_json() {
            context.answer(&json(&trial, since))?;
        } else {
            self.say(&trial, since);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn read(&self) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        let read = if self.file == "-" {
            std::io::stdin().read_to_end(&mut bytes).map(drop)
        } else {
            std::fs::read(&self.file).map(|read| bytes = read)
        };
        read.map_err(|error| {
            Failure::new(Exit::Unreadable, format!("can't read {}: {error}", shown_line(self.name())))
                .why("there is no policy to try")
                .hint("begin with a copy: cp .perfteam/perfteam.yaml stricter.yaml")
        })?;
        Ok(bytes)
    }

    fn name(&self) -> &str {
        if self.file == "-" { "standard input" } else { &self.file }
    }

    /// The policy that the text says. What is wrong with it is told as of the policy itself.
    fn policy(&self, context: &Context, text: &[u8]) -> Result<Option<Policy>, Failure> {
        let (policy, faults) = match read_policy_text(text) {
            Ok((policy, doubts)) => (Some(policy), doubts),
            Err(fault) => (None, vec![fault]),
        };
        let unknown = policy.as_ref().map(rules::unknown_levels).unwrap_or_default();
        let faults: Vec<Fault> = faults.into_iter().chain(unknown).collect();
        if faults.is_empty() {
            return Ok(policy);
        }
        let diagnostics = faults.into_iter().map(|fault| self.diagnostic(fault)).collect();
        let sources = [(self.name().to_owned(), String::from_utf8_lossy(text).into_owned())].into();
        let verdict = Verdict { diagnostics, sources, paths: 1, commits: 0 };
        if context.is_json() {
            context.answer(&render::json::check(&verdict))?;
        } else {
            print_line(&render::text::remarks(&verdict));
        }
        Ok(None)
    }

    fn diagnostic(&self, fault: Fault) -> Diagnostic {
        Diagnostic {
            rule: "syntax",
            severity: Severity::Block,
            path: Some(self.name().to_owned()),
            spot: fault.spot,
            message: fault.message,
            why: "a policy that can't be read as it is meant would be tried as another".to_owned(),
            mends: fault.mend.into_iter().collect(),
            commit: None,
        }
    }

    fn say(&self, trial: &Trial, since: Timestamp) {
        let (tried, present) = counts(trial);
        let commits = counted(trial.judged, "commit");
        let name = shown_line(self.name());
        print_line(&format!(
            "{commits} since {}: {name} refuses {tried}, the present policy {present}",
            since.day()
        ));
        for (kind, title) in [(Change::New, "refused only by it"), (Change::Gone, "no longer refused")] {
            say_some(trial, kind, title);
        }
        let same = trial.refused.iter().filter(|tried| Change::of(tried) == Change::Same).count();
        if same > 0 {
            print_line(&format!("\nrefused by both: {}", counted(same, "commit")));
        }
        if tried > 0 {
            say_whom(trial);
        }
    }
}

/// What a policy changes for a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    New,
    Same,
    Gone,
}

impl Change {
    fn of(tried: &Tried) -> Change {
        match (tried.tried.is_empty(), tried.present.is_empty()) {
            (false, true) => Change::New,
            (true, _) => Change::Gone,
            (false, false) => Change::Same,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Change::New => "new",
            Change::Same => "same",
            Change::Gone => "gone",
        }
    }
}

/// How many the policy on trial refuses, and how many the present one.
fn counts(trial: &Trial) -> (usize, usize) {
    let count = |reasons: fn(&Tried) -> &[Diagnostic]| {
        trial.refused.iter().filter(|tried| !reasons(tried).is_empty()).count()
    };
    (count(|tried| &tried.tried), count(|tried| &tried.present))
}

fn say_some(trial: &Trial, kind: Change, title: &str) {
    let of_kind: Vec<&Tried> = trial.refused.iter().filter(|tried| Change::of(tried) == kind).collect();
    if of_kind.is_empty() {
        return;
    }
    print_line(&format!("\n{title}:"));
    for tried in of_kind {
        let commit = &tried.commit;
        let subject = shown_line(commit.subject());
        let id = commit.id.to_string();
        print_line(&format!(
            "  {} {} {}: {}",
            &id[..10],
            commit.committed.day(),
            who(tried),
            cut(&subject, SUBJECT)
        ));
        let reasons = if kind == Change::New { &tried.tried } else { &tried.present };
        for reason in reasons {
            print_line(&format!("    {}: {}", reason.rule, shown_line(&reason.message)));
        }
    }
}

/// Whom the policy on trial refuses how often, and by which rules.
fn say_whom(trial: &Trial) {
    let mut whom: BTreeMap<String, usize> = BTreeMap::new();
    let mut why: BTreeMap<String, usize> = BTreeMap::new();
    for tried in trial.refused.iter().filter(|tried| !tried.tried.is_empty()) {
        *whom.entry(who(tried)).or_default() += 1;
        for rule in Tried::rules(&tried.tried) {
            *why.entry(rule.to_owned()).or_default() += 1;
        }
    }
    print_line("");
    for (title, counts) in [("whom", whom), ("why", why)] {
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let told: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        print_line(&format!("{title}: {}", told.join(", ")));
    }
}

/// The agents by whom a commit may be, else its author's address.
fn who(tried: &Tried) -> String {
    if tried.agents.is_empty() {
        shown_line(&tried.commit.email).into_owned()
    } else {
        tried.agents.join(" or ")
    }
}

fn json(trial: &Trial, since: Timestamp) -> TryV1 {
    let (refused, refused_now) = counts(trial);
    TryV1 {
        since,
        commits: trial.judged,
        merges: trial.merges,
        before_policy: trial.before,
        refused,
        refused_now,
        refusals: trial.refused.iter().map(refusal).collect(),
    }
}

fn refusal(tried: &Tried) -> RefusalV1 {
    let reasons = |diagnostics: &[Diagnostic]| {
        let reasons = diagnostics.iter().map(|found| ReasonV1 {
            rule: found.rule,
            message: found.message.clone(),
            path: found.path.clone(),
        });
        reasons.collect()
    };
    RefusalV1 {
        commit: tried.commit.id.to_string(),
        at: tried.commit.committed,
        subject: tried.commit.subject().to_owned(),
        email: tried.commit.email.clone(),
        agents: tried.agents.clone(),
        change: Change::of(tried).word(),
        tried: reasons(&tried.tried),
        present: reasons(&tried.present),
    }
}
