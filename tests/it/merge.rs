//! Branches made by random commands merge with plain git, without conflict, in every order to the
//! same state.
//!
//! `PERFTEAM_TEST_CASES=100 cargo test --test it merge` is the full run.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::environment::{ACTION, CHANGE, Repo, World, run, size};

const PEOPLE: [&str; 4] = ["@backend.api", "@database.postgres", "@performance.lead", "@ops.performance"];
/// What may be done.
pub const VERBS: [&str; 34] = [
    "create",
    "lock",
    "ask",
    "renew",
    "unlock",
    "complete",
    "decline",
    "handoff",
    "reply",
    "withdraw",
    "amend",
    "task create",
    "task start",
    "task progress",
    "task block",
    "task unblock",
    "task complete",
    "task cancel",
    "task reassign",
    "task amend",
    "finding report",
    "finding confirm",
    "finding dispute",
    "finding evidence",
    "finding mitigate",
    "finding resolve",
    "finding decide",
    "resource reserve",
    "resource renew",
    "resource release",
    "investigate open",
    "investigate delegate",
    "investigate waive",
    "investigate withdraw",
];
const RESOURCE: &str = "Load-test environment";
const FINDING: [&str; 12] = [
    "finding",
    "report",
    "--title",
    "The pool is exhausted",
    "--category",
    "bottleneck",
    "--component",
    "pool",
    "--severity",
    "high",
    "--evidence",
    "95 % of the pool is in use.",
];
const INVESTIGATION: [&str; 10] = [
    "investigate",
    "open",
    "--title",
    "Checkout is slow",
    "--priority",
    "high",
    "--system",
    "checkout",
    "--impact",
    "15 % of the traffic waits.",
];
/// Rules that honest steps never break, however they are merged.
const NEVER: [&str; 4] = ["syntax", "changed-record", "duplicate-id", "illegal-step"];

/// One command: what, on which of the flags that are there, for whom, and by whom if not by the one
/// whose turn it is.
#[derive(Debug, Clone)]
pub struct Act {
    /// What.
    pub verb: &'static str,
    flag: usize,
    other: usize,
    intruder: Option<usize>,
}

/// What happens on one branch.
pub fn acts() -> impl Strategy<Value = Vec<Act>> {
    let verb = prop::sample::select(&VERBS[..]);
    let intruder = prop::option::weighted(0.15, 0..PEOPLE.len());
    let act = (verb, 0..60usize, 0..PEOPLE.len(), intruder);
    vec(act.prop_map(|(verb, flag, other, intruder)| Act { verb, flag, other, intruder }), 3..8)
}

impl Act {
    /// By chance alone, few would lock a flag and then renew that very lock.
    fn with_what_it_follows(&self) -> impl Iterator<Item = Act> {
        let first = match self.verb {
            "renew" | "unlock" => Some("lock"),
            "task progress" => Some("task start"),
            "task unblock" => Some("task block"),
            "finding decide" => Some("finding dispute"),
            _ => None,
        };
        first.map(|verb| Act { verb, ..self.clone() }).into_iter().chain([self.clone()])
    }
}

/// A step on the first flag by the one whose turn it is; `other` is for whom.
pub fn act(verb: &'static str, other: usize) -> Act {
    Act { verb, flag: 0, other, intruder: None }
}

/// A repository with three flags, three tasks, a finding, a reservation and an investigation on main, and
/// what tells whether all was tried.
pub struct Play {
    world: World,
    repo: Repo,
    taken: BTreeSet<String>,
}

impl Play {
    pub fn new() -> Play {
        let (world, repo) = World::with_team();
        // Each branch knows nothing of the others, as in clones of their own.
        repo.write(".perfteam/perfteam.yaml", &(repo.read(".perfteam/perfteam.yaml") + "\nscope: branch\n"));
        world.flag(&repo, PEOPLE[0], PEOPLE[1], &["--impact", "critical"]);
        world.flag(&repo, PEOPLE[2], PEOPLE[1], &[]);
        let ask = ["flag", "create", "--type", "information_request", "--to", PEOPLE[0]];
        let ask = [&ask[..], &["--change", CHANGE, "--action", ACTION]].concat();
        world.perfteam(&repo, PEOPLE[1], &ask).exits(0);
        for to in [&["--to", PEOPLE[1]][..], &["--to", PEOPLE[0]], &[]] {
            let task = [&["task", "create", "--title", "Measure the pool"], to].concat();
            world.perfteam(&repo, PEOPLE[2], &task).exits(0);
        }
        world.perfteam(&repo, PEOPLE[0], &FINDING).exits(0);
        world.perfteam(&repo, PEOPLE[0], &["resource", "reserve", RESOURCE]).exits(0);
        world.perfteam(&repo, PEOPLE[2], &INVESTIGATION).exits(0);
        world.git(&repo, &["commit", "-qanm", "One of each, or some"]).exits(0);
        Play { world, repo, taken: BTreeSet::new() }
    }

    /// Git, which must succeed: a merge with a conflict does not.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.world.git(&self.repo, args).exits(0).stdout
    }

    /// What the command prints at a point in time that is the same for all branches.
    pub fn ask(&self, args: &[&str]) -> Value {
        let mut command = self.world.perfteam_command(&self.repo, PEOPLE[0], args);
        command.args(["--format", "json"]).env("PERFTEAM_NOW", "2026-11-20T23:00:00Z");
        let seen = run(command);
        // A lock that lost against one on another branch is told, and nothing else is.
        let is_lost = |line: &&str| {
            line.starts_with("warning: your lock on ") || line.starts_with("  leave it to them")
        };
        let more: Vec<&str> = seen.stderr.lines().filter(|line| !is_lost(line)).collect();
        assert_eq!(more, [""; 0]);
        seen.json()
    }

    pub fn flags(&self) -> Vec<Value> {
        self.ask(&["flag", "list", "--status", "all"])["flags"].as_array().expect("a list").clone()
    }

    fn tasks(&self) -> Vec<Value> {
        self.ask(&["task", "list", "--status", "all"])["tasks"].as_array().expect("a list").clone()
    }

    fn findings(&self) -> Vec<Value> {
        self.ask(&["finding", "list", "--status", "all"])["findings"].as_array().expect("a list").clone()
    }

    fn investigations(&self) -> Vec<Value> {
        let all = self.ask(&["investigate", "list", "--status", "all"]);
        all["investigations"].as_array().expect("a list").clone()
    }

    /// Everything that can be seen of the records.
    pub fn state(&self) -> Vec<Value> {
        let kinds = [self.flags(), self.tasks(), self.findings(), self.investigations()];
        let show = |record: &Value| {
            let text = |key: &str| record[key].as_str().expect("a text");
            self.ask(&[text("kind"), "show", text("id")])
        };
        let whole: Vec<Value> = kinds.iter().flatten().map(show).collect();
        let reserved = self.ask(&["resource", "list"]);
        kinds.concat().into_iter().chain(whole).chain([reserved]).collect()
    }

    /// Makes a branch of main on which these commands were run, a commit for each that wrote.
    pub fn branch(&mut self, name: &str, acts: &[Act]) {
        self.git(&["checkout", "-q", "-b", name, "main"]);
        for act in acts.iter().flat_map(Act::with_what_it_follows) {
            self.act(&act);
            if !self.git(&["status", "--porcelain"]).is_empty() {
                self.git(&["commit", "-qnm", act.verb]);
                self.taken.insert(act.verb.to_owned());
            }
        }
    }

    fn act(&self, act: &Act) {
        if let Some(verb) = act.verb.strip_prefix("task ") {
            return self.act_on_task(verb, act);
        }
        if let Some(verb) = act.verb.strip_prefix("finding ") {
            return self.act_on_finding(verb, act);
        }
        if let Some(verb) = act.verb.strip_prefix("resource ") {
            return self.act_on_resource(verb, act);
        }
        if let Some(verb) = act.verb.strip_prefix("investigate ") {
            return self.act_on_investigation(verb, act);
        }
        let flags = self.flags();
        let flag = &flags[act.flag % flags.len()];
        let text = |key: &str| flag[key].as_str().expect("a text");
        let (id, other) = (text("id"), PEOPLE[act.other]);
        let texts = ["--change", CHANGE, "--action", ACTION];
        let (by, args): (&str, Vec<&str>) = match act.verb {
            "create" => (text("from"), [&["flag", "create", "--to", other][..], &texts].concat()),
            "ask" => (text("to"), [&["flag", "lock", id, "--awaiting", other][..], &texts].concat()),
            "renew" => (text("to"), vec!["flag", "lock", id, "--renew"]),
            "handoff" => (text("to"), vec!["flag", "handoff", id, "--to", other]),
            "decline" => (text("to"), vec!["flag", "decline", id, "--reason", "Not ours."]),
            "reply" => (text("to"), vec!["flag", "reply", id, "--note", "It is twenty."]),
            "withdraw" => (text("from"), vec!["flag", "withdraw", id, "--reason", "Measured wrongly."]),
            "amend" => (text("from"), [&["flag", "amend", id][..], &texts].concat()),
            verb => (text("to"), vec!["flag", verb, id]),
        };
        let by = act.intruder.map_or(by, |at| PEOPLE[at]);
        let seen = self.world.perfteam(&self.repo, by, &args);
        assert!(matches!(seen.code, 0 | 1 | 4), "{args:?}: {}", seen.story());
    }

    fn act_on_task(&self, verb: &str, act: &Act) {
        let tasks = self.tasks();
        let task = &tasks[act.flag % tasks.len()];
        let text = |key: &str| task[key].as_str();
        let (id, from, other) =
            (text("id").expect("an id"), text("from").expect("a sender"), PEOPLE[act.other]);
        let to = text("to").unwrap_or(PEOPLE[1]);
        let (by, args): (&str, Vec<&str>) = match verb {
            "create" => (from, vec!["--title", "Measure again", "--depends", id]),
            "progress" => (to, vec![id, "--percent", "40", "--metric", "p95=850ms"]),
            "block" => (to, vec![id, "--reason", "No access."]),
            "complete" => (to, vec![id, "--note", "Done.", "--metric", "p95=2s..1s"]),
            "cancel" => (from, vec![id, "--reason", "Not ours."]),
            "reassign" => (from, vec![id, "--to", other]),
            "amend" => (from, vec![id, "--priority", "high", "--objective", "Less."]),
            _ => (to, vec![id]),
        };
        let by = act.intruder.map_or(by, |at| PEOPLE[at]);
        let seen = self.world.perfteam(&self.repo, by, &[&["task", verb], &args[..]].concat());
        assert!(matches!(seen.code, 0 | 1 | 4), "{args:?}: {}", seen.story());
    }

    fn act_on_finding(&self, verb: &str, act: &Act) {
        let findings = self.findings();
        let finding = &findings[act.flag % findings.len()];
        let text = |key: &str| finding[key].as_str().expect("a text");
        let (id, other) = (text("id"), PEOPLE[act.other]);
        let shown = "The database counts twenty of twenty connections.";
        let (by, args): (&str, Vec<&str>) = match verb {
            "report" => (other, FINDING[2..].to_vec()),
            "confirm" => (other, vec![id, "--evidence", shown]),
            "dispute" => (other, vec![id, "--reason", "It is smaller.", "--evidence", shown]),
            "evidence" => (other, vec![id, "--text", shown]),
            "mitigate" => (other, vec![id, "--action", "Enlarged.", "--result", "partial"]),
            "decide" => (PEOPLE[2], vec![id, "--outcome", "rejected", "--reason", "It is smaller."]),
            _ => (text("from"), vec![id]),
        };
        let by = act.intruder.map_or(by, |at| PEOPLE[at]);
        let seen = self.world.perfteam(&self.repo, by, &[&["finding", verb], &args[..]].concat());
        assert!(matches!(seen.code, 0 | 1 | 4), "{args:?}: {}", seen.story());
    }

    fn act_on_resource(&self, verb: &str, act: &Act) {
        let who = PEOPLE[act.other];
        let (by, args): (&str, &[&str]) = match verb {
            "reserve" if act.flag.is_multiple_of(2) => (who, &["reserve", RESOURCE, "--shared"]),
            "reserve" => (who, &["reserve", RESOURCE, "--impact", "high"]),
            "renew" => (PEOPLE[0], &["reserve", RESOURCE, "--renew", "--for", "8h"]),
            _ => (if act.flag.is_multiple_of(2) { PEOPLE[0] } else { who }, &["release", RESOURCE]),
        };
        let by = act.intruder.map_or(by, |at| PEOPLE[at]);
        let seen = self.world.perfteam(&self.repo, by, &[&["resource"], args].concat());
        assert!(matches!(seen.code, 0 | 1 | 4), "{args:?}: {}", seen.story());
    }

    fn act_on_investigation(&self, verb: &str, act: &Act) {
        let investigations = self.investigations();
        let investigation = &investigations[act.flag % investigations.len()];
        let text = |key: &str| investigation[key].as_str().expect("a text");
        let (id, other) = (text("id"), PEOPLE[act.other]);
        let part = ["data", "code", "infrastructure"][act.other % 3];
        let (by, args): (&str, Vec<&str>) = match verb {
            "open" => (other, INVESTIGATION[2..].to_vec()),
            "delegate" => (text("from"), vec![id, "--data", other]),
            "waive" => (text("from"), vec![id, "--part", part, "--reason", "Nothing there changed."]),
            _ => (text("from"), vec![id, "--reason", "The alert was false."]),
        };
        let by = act.intruder.map_or(by, |at| PEOPLE[at]);
        let seen = self.world.perfteam(&self.repo, by, &[&["investigate", verb], &args[..]].concat());
        assert!(matches!(seen.code, 0 | 1 | 4), "{args:?}: {}", seen.story());
    }

    /// Merges the branches one after the other into the first, and yields what can be seen then.
    #[track_caller]
    pub fn merged(&self, branches: &[&str]) -> Vec<Value> {
        self.git(&["checkout", "-q", "--detach", branches[0]]);
        for branch in &branches[1..] {
            self.git(&["merge", "-q", "--no-verify", "--no-edit", branch]);
        }
        self.assert_honest();
        self.state()
    }

    /// No merge turned an honest step into a violation.
    pub fn assert_honest(&self) {
        let verdict = self.ask(&["check", "--base", "main"]);
        let broken = verdict["diagnostics"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|found| found["level"] == "block" && NEVER.iter().any(|rule| found["rule"] == *rule));
        assert_eq!(broken, None);
    }
}

fn cases() -> usize {
    size("CASES", 6)
}

fn runner() -> TestRunner {
    let cases = u32::try_from(cases()).expect("a number of cases");
    TestRunner::new(Config { cases, failure_persistence: None, max_shrink_iters: 20, ..Config::default() })
}

#[test]
fn two_branches_merge_in_both_orders_to_the_same_state() {
    let taken = RefCell::new(BTreeSet::new());
    let result = runner().run(&(acts(), acts()), |(ours, theirs)| {
        let mut play = Play::new();
        play.branch("a", &ours);
        play.branch("b", &theirs);
        prop_assert_eq!(play.merged(&["a", "b"]), play.merged(&["b", "a"]));
        taken.borrow_mut().append(&mut play.taken);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let taken = taken.into_inner();
    let expected = if cases() < 100 { 3 } else { VERBS.len() };
    assert!(taken.len() >= expected, "of all commands only {taken:?} were ever taken");
}

#[test]
fn three_branches_merge_in_every_order_and_at_once_to_the_same_state() {
    let mut runner = runner();
    for _ in 0..cases().div_ceil(3) {
        let acts = vec(acts(), 3).new_tree(&mut runner).expect("acts").current();
        let mut play = Play::new();
        let names = ["a", "b", "c"];
        names.iter().zip(&acts).for_each(|(name, acts)| play.branch(name, acts));
        let [a, b, c] = names;
        let expected = play.merged(&[a, b, c]);
        for order in [[a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]] {
            assert_eq!(play.merged(&order), expected, "{order:?} of {acts:?}");
        }
        play.git(&["checkout", "-q", "--detach", "main"]);
        play.git(&["merge", "-q", "--no-verify", "--no-edit", a, b, c]);
        assert_eq!(play.state(), expected, "an octopus of {acts:?}");
    }
}

/// The same flag, worked on by several at once: who wins follows from the events alone.
#[test]
fn branches_that_contradict_each_other_have_one_winner() {
    let cases = [
        (act("lock", 0), act("lock", 0), "locked"),
        (act("lock", 0), act("complete", 0), "completed"),
        (act("complete", 0), act("decline", 0), "completed"),
        (act("decline", 0), act("withdraw", 0), "declined"),
        (act("handoff", 3), act("handoff", 2), "pending"),
        (act("handoff", 3), act("complete", 0), "completed"),
        (act("lock", 0), act("handoff", 3), "pending"),
        (act("amend", 0), act("lock", 0), "locked"),
        (act("ask", 3), act("withdraw", 0), "withdrawn"),
    ];
    let mut play = Play::new();
    let id = play.flags()[0]["id"].clone();
    for (number, (ours, theirs, expected)) in cases.into_iter().enumerate() {
        let (a, b) = (format!("a{number}"), format!("b{number}"));
        play.branch(&a, std::slice::from_ref(&ours));
        play.branch(&b, std::slice::from_ref(&theirs));
        let merged = play.merged(&[&a, &b]);
        assert_eq!(merged, play.merged(&[&b, &a]), "{} and {}", ours.verb, theirs.verb);
        let flag = merged.iter().find(|flag| flag["id"] == id).expect("the first flag");
        assert_eq!(flag["status"], expected, "{} and {}", ours.verb, theirs.verb);
        // The branches of the next case know nothing of these: their claims are none of its business.
        for claim in play.git(&["for-each-ref", "--format=%(refname)", "refs/perfteam/claims"]).lines() {
            play.git(&["update-ref", "-d", claim]);
        }
    }
}
