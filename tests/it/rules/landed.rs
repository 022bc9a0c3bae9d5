//! On the integration branch, rules that judge by who made a commit are notes: it was judged before.

use super::Scene;

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
    let mut landed: Vec<String> =
        scene.found("", &["--base", "main", "--merged"]).into_iter().map(|(what, _)| what).collect();
    landed.sort();
    assert_eq!(landed, expected.map(|what| what.replace("block", "note")));
    scene.check("", &["--base", "main", "--merged"]).exits(0);
    scene.check("", &["--merged"]).exits(2);
}

#[test]
fn what_does_not_rest_on_who_made_it_still_holds() {
    let scene = squashed();
    scene.repo.write(".perfteam/agents/broken.md", "no agent\n");
    scene.commit("stranger", "Broken");
    let found = scene.found("", &["--base", "main", "--merged"]);
    let found: Vec<&str> = found.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(found[0], "block syntax");
    assert!(found[1..].iter().all(|what| what.starts_with("note ")), "{found:?}");
}
