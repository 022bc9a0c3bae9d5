use super::{LEAD, Scene, documented};
use crate::investigations::open;

const RETROSPECTIVE: &str = "\
# Retrospective

## Preventive measures

- Alert when 70 % of the pool are in use

## Playbook

- Compare the pool with its size of last week

## Patterns

None: it was one change.
";

/// An investigation with a retrospective, which closes; other rules are out of the way.
fn scene(details: &str) -> (Scene, String) {
    let scene = Scene::with("rules:\n  incomplete-document: off\n  illegal-step: off\n", "", "");
    let (id, path) = open(&scene.world, &scene.repo, &[]);
    scene.repo.write(&format!("{path}/retrospective.md"), RETROSPECTIVE);
    scene.commit("lead", "Open an investigation");
    scene.branch("close");
    let text = format!(
        "---\nrecord: {id}\nevent: closed\nby: \"{LEAD}\"\nat: \"2026-11-20T15:30:00.000Z\"\nseq: 1\n{details}---\n\nThe pool is back at 50.\n"
    );
    scene.repo.write(&format!("{path}/20261120T153000.000Z-closed-abcdef.md"), &text);
    scene.git(&["add", "-A"]);
    (scene, id)
}

#[test]
fn what_was_learnt_is_left_behind() {
    let task = "tasks:\n  - 7k2m9qxa3d\n";
    let log = "  - .perfteam/knowledge/investigation-log/pool.md\n";
    let (scene, _) = scene(&format!("knowledge:\n{log}{task}"));
    let text = "# The pool\n\nTwenty connections are too few for the checkout.\n";
    scene.repo.write(".perfteam/knowledge/investigation-log/pool.md", text);
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(LEAD), ["block closed-without-learning"]);
    documented("closed-without-learning", &scene.staged(LEAD).exits(1).stdout);
    scene.commit("lead", "Close it");
    assert_eq!(scene.found_in_base(), ["block closed-without-learning"], "CI sees what was not held back");
}

#[test]
fn with_entries_and_tasks_it_closes() {
    let entries = ["investigation-log", "playbook"].map(|kind| format!(".perfteam/knowledge/{kind}/pool.md"));
    let details = format!("knowledge:\n  - {}\n  - {}\ntasks:\n  - 7k2m9qxa3d\n", entries[0], entries[1]);
    let (scene, _) = scene(&details);
    let gone = ["block closed-without-learning"; 2];
    assert_eq!(scene.found_in_stage(LEAD), gone, "it names what is not there");
    for entry in &entries {
        scene.repo.write(entry, "# The pool\n\nTwenty connections are too few for the checkout.\n");
    }
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(LEAD), [""; 0]);
}
