//! Whole histories: random work on up to six branches, brought together by stock git in a random
//! order and by every means that git has.
//!
//! `PERFTEAM_TEST_HISTORIES=1000 cargo test --release --test it histories` is the full run.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{Just, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::environment::size;
use crate::merge::{Act, Play, act, acts};

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const MEANS: [&str; 5] = ["merge", "no-ff", "squash", "rebase", "cherry-pick"];

/// Brings a branch to what is checked out, by one means of git; a conflict is a failure.
fn bring(play: &Play, branch: &str, means: &str) {
    match means {
        "merge" => drop(play.git(&["merge", "-q", "--no-verify", "--no-edit", branch])),
        "no-ff" => drop(play.git(&["merge", "-q", "--no-ff", "--no-verify", "--no-edit", branch])),
        "squash" => {
            play.git(&["merge", "-q", "--squash", branch]);
            if !play.git(&["status", "--porcelain"]).is_empty() {
                play.git(&["commit", "-qnm", "Squashed"]);
            }
        }
        "rebase" => {
            let here = play.git(&["rev-parse", "HEAD"]);
            play.git(&["checkout", "-q", "--detach", branch]);
            play.git(&["rebase", "-q", "--no-verify", here.trim()]);
        }
        _ => {
            let commits = play.git(&["rev-list", "--reverse", "--no-merges", &format!("main..{branch}")]);
            for commit in commits.lines() {
                play.git(&["cherry-pick", commit]);
            }
        }
    }
}

/// The files of records in a commit.
fn files(play: &Play, commit: &str) -> BTreeSet<String> {
    let listed = play.git(&["ls-tree", "-r", "--name-only", commit, ".perfteam"]);
    listed.lines().map(str::to_owned).collect()
}

#[test]
fn whatever_branches_did_and_however_they_come_together_the_end_is_the_same() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let plan = (
        vec(acts(), 2..=NAMES.len()),
        Just((0..NAMES.len()).collect::<Vec<_>>()).prop_shuffle(),
        vec(select(&MEANS[..]), NAMES.len()),
    );
    let histories = (0..size("HISTORIES", 4)).map(|number| {
        let (work, order, means) = plan.new_tree(&mut runner).expect("a plan").current();
        History { number, work, order, means }
    });
    let histories: Vec<History> = histories.collect();
    // Each has a repository of its own.
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for part in 0..threads {
            let own = histories.iter().skip(part).step_by(threads);
            scope.spawn(move || own.for_each(History::play));
        }
    });
}

/// What some branches do, and how they come together.
struct History {
    number: usize,
    work: Vec<Vec<Act>>,
    order: Vec<usize>,
    means: Vec<&'static str>,
}

impl History {
    fn play(&self) {
        let History { number, work, means, .. } = self;
        let mut play = Play::new();
        let names = &NAMES[..work.len()];
        names.iter().zip(work).for_each(|(name, acts)| play.branch(name, acts));
        let expected = play.merged(names);
        let all: BTreeSet<String> = names.iter().flat_map(|name| files(&play, name)).collect();
        assert_eq!(files(&play, "HEAD"), all, "history {number}: a merge lost or made something");
        let order: Vec<&str> = self.order.iter().filter_map(|at| names.get(*at)).copied().collect();
        play.git(&["checkout", "-q", "--detach", "main"]);
        for (branch, means) in order.iter().zip(means) {
            bring(&play, branch, means);
        }
        assert_eq!(files(&play, "HEAD"), all, "history {number}: {order:?} by {means:?}");
        assert_eq!(play.state(), expected, "history {number}: {order:?} by {means:?} of {work:?}");
        play.assert_honest();
    }
}

#[test]
fn concurrent_contradictions_show_in_show_and_check() {
    let mut play = Play::new();
    let flag = play.flags().remove(0);
    play.branch("a", &[act("complete", 0)]);
    play.branch("b", &[act("decline", 0)]);
    play.merged(&["a", "b"]);
    let shown = play.ask(&["flag", "show", flag["id"].as_str().expect("an id")]);
    let events = shown["events"].as_array().expect("events");
    let story = |event: &serde_json::Value| format!("{} {}", event["event"], event["superseded"]);
    assert_eq!(events.iter().map(story).collect::<Vec<_>>(), ["\"completed\" false", "\"declined\" true"]);
    let verdict = play.ask(&["check", "--base", "main"]);
    let found = verdict["diagnostics"].as_array().expect("a list").iter();
    let notes: Vec<String> = found
        .filter(|found| found["rule"] == "illegal-step")
        .map(|found| format!("{} {}", found["level"], found["message"]))
        .collect();
    assert!(notes.len() == 1 && notes[0].contains("note") && notes[0].contains("has no effect"), "{notes:?}");
}

/// The plans are as long and as wide as they should be.
#[test]
fn the_plans_have_every_act() {
    let mut runner = TestRunner::deterministic();
    let plans = vec(acts(), 200).new_tree(&mut runner).expect("plans").current();
    let verbs: BTreeSet<&str> = plans.iter().flatten().map(|act: &Act| act.verb).collect();
    assert_eq!(verbs.len(), crate::merge::VERBS.len());
}
