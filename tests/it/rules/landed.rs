//! On the integration branch, rules that judge by who made a commit are notes: it was judged before.

use super::{Scene, agent};

/// A branch that was squashed by a forge: the steps and the work of two in a commit of one, whose
/// trailer names another.
fn squashed() -> Scene {
    let scene = Scene::with("unknown_actor: block\n", "writes:\n  exclusive:\n    - src/api/\n", "");
    scene.flag();
    scene.branch("work");
    scene.repo.write("src/api/a.rs", "// work\n");
    scene.commit("db", "Squashed (#12)\n\nPerfteam-Agent: @backend.api");
    scene
}

#[test]
fn what_was_merged_is_not_held_back() {
    let scene = squashed();
    let found = scene.found_in_base();
    let expected = ["block actor-mismatch", "block unprocessed-flag", "block write-authority"];
    let mut sorted = found.clone();
    sorted.sort();
    assert_eq!(sorted, expected);
    scene.git(&["branch", "-f", "main", "work"]);
    let mut landed: Vec<String> =
        scene.found("", &["--base", "main~1"]).into_iter().map(|(what, _)| what).collect();
    landed.sort();
    assert_eq!(landed, expected.map(|what| what.replace("block", "note")));
    scene.check("", &["--base", "main~1"]).exits(0);
}

#[test]
fn what_does_not_rest_on_who_made_it_still_holds() {
    let scene = squashed();
    scene.repo.write(".perfteam/agents/broken.md", "no agent\n");
    scene.commit("stranger", "Broken");
    scene.git(&["branch", "-f", "main", "work"]);
    let found = scene.found("", &["--base", "main~1"]);
    let found: Vec<&str> = found.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(found, ["block syntax", "note unknown-actor"]);
}

#[test]
fn a_branch_that_calls_itself_the_integration_branch_is_judged() {
    let scene = squashed();
    scene.repo.write(".perfteam/perfteam.yaml", "version: 1\nintegration: work\n");
    scene.repo.write(".perfteam/agents/new.md", &agent("@new", "new@example.com", ""));
    scene.commit("lead", "Policy");
    scene.check("", &["--base", "main"]).exits(1);
}
