//! What a hostile pull request could try, and what CI says of it.

use super::{API, DB, Scene};

/// A branch of the database's engineer, for whom a flag waits.
fn scene() -> (Scene, String, String) {
    let scene = Scene::with("", "", "");
    let (id, path) = scene.flag();
    scene.branch("work");
    scene.repo.write("src/query.rs", "// a query\n");
    scene.commit("db", "Work past the gate");
    (scene, id, path)
}

#[track_caller]
fn is_held_by(scene: &Scene, rule: &str) {
    let found = scene.found("", &["--base", "main"]);
    assert!(found.iter().any(|(what, _)| *what == format!("block {rule}")), "{found:#?}");
}

#[test]
fn a_policy_that_is_weakened_by_the_change_does_not_judge_it() {
    let (scene, ..) = scene();
    scene.repo.write(
        ".perfteam/perfteam.yaml",
        "version: 1\ngate:\n  min_impact: critical\nrules:\n  unprocessed-flag: off\n  changed-record: off\n",
    );
    scene.commit("db", "Softer rules");
    is_held_by(&scene, "unprocessed-flag");
    scene.git(&["rm", "-q", "-r", ".perfteam/perfteam.yaml"]);
    scene.commit("db", "No rules");
    is_held_by(&scene, "unprocessed-flag");
}

#[test]
fn a_first_policy_does_not_switch_off_its_own_check() {
    let scene = Scene::empty();
    scene.repo.write("src/pool.rs", "// pool\n");
    scene.commit("somebody", "Code");
    scene.branch("work");
    scene.team("rules:\n  syntax: off\n", "", "");
    scene.repo.write(".perfteam/agents/a.b.md", "");
    scene.commit("guest", "Set up");
    is_held_by(&scene, "syntax");
}

#[test]
fn leaving_the_roster_or_changing_ones_address_is_no_way_out() {
    let (scene, ..) = scene();
    scene.edit(".perfteam/agents/database.postgres.md", "db@example.com", "other@example.com");
    scene.commit("db", "I am somebody else");
    is_held_by(&scene, "unprocessed-flag");
    scene.git(&["rm", "-q", ".perfteam/agents/database.postgres.md"]);
    scene.commit("db", "I am nobody");
    is_held_by(&scene, "unprocessed-flag");
    is_held_by(&scene, "unknown-agent");
}

#[test]
fn a_flag_is_not_redirected_by_writing_over_it() {
    let (scene, _, path) = scene();
    scene.edit(&format!("{path}/flag.md"), DB, API);
    scene.commit("db", "It was for them all along");
    is_held_by(&scene, "changed-record");
}

#[test]
fn a_flag_that_is_made_unreadable_is_not_processed() {
    let (scene, _, path) = scene();
    scene.edit(&format!("{path}/flag.md"), "impact:", "<<<<<<< HEAD\nimpact:");
    scene.commit("db", "Oops");
    is_held_by(&scene, "syntax");
    is_held_by(&scene, "changed-record");
}

#[test]
fn the_folder_of_records_is_not_replaced_by_a_link() {
    let (scene, ..) = scene();
    scene.git(&["rm", "-q", "-r", "--cached", ".perfteam"]);
    std::fs::rename(scene.repo.path.join(".perfteam"), scene.repo.path.join("elsewhere")).expect("a move");
    #[cfg(unix)]
    std::os::unix::fs::symlink("elsewhere", scene.repo.path.join(".perfteam")).expect("a link");
    scene.commit("db", "A link");
    is_held_by(&scene, "changed-record");
    is_held_by(&scene, "syntax");
}

#[test]
fn a_step_in_another_folder_or_before_its_time_processes_nothing() {
    let (scene, id, path) = scene();
    let (_, other) = scene.world.flag(&scene.repo, API, DB, &[]);
    scene.run(DB, &["flag", "complete", &id]);
    let event = scene.events(&path).remove(0);
    let name = event.rsplit('/').next().expect("a name");
    let text = scene.repo.read(&event);
    scene.git(&["rm", "-q", "-f", &event]);
    scene.repo.write(&format!("{other}/{name}"), &text);
    scene.commit("db", "Completed, somewhere");
    is_held_by(&scene, "unprocessed-flag");
    is_held_by(&scene, "changed-record");
}

#[test]
fn a_completion_by_somebody_else_is_no_completion() {
    let (scene, id, path) = scene();
    scene.run(DB, &["flag", "complete", &id]);
    scene.edit(&scene.events(&path)[0], DB, API);
    scene.commit("db", "They completed it");
    is_held_by(&scene, "unprocessed-flag");
    is_held_by(&scene, "illegal-step");
}

#[test]
fn what_is_shown_of_a_hostile_record_is_no_escape_sequence() {
    let scene = Scene::new();
    let (_, path) = scene.world.flag(&scene.repo, API, DB, &[]);
    scene.edit(&format!("{path}/flag.md"), "title: ", "title: \"\u{9b}31m\u{202e}\\e[2J\" # ");
    scene.edit(&format!("{path}/flag.md"), "impact: medium", "impact: \"\\e[31m\u{9b}2J\"");
    scene.git(&["add", "-A"]);
    for format in ["text", "json", "sarif", "github"] {
        let shown = scene.check(DB, &["--staged", "--format", format]).stdout;
        let raw =
            shown.chars().find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{202a}'..='\u{202e}'));
        assert_eq!(raw, None, "{format}: {shown:?}");
    }
}
