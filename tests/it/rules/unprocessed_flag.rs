use super::{API, DB, LEAD, OPS, Scene, documented};

fn work(scene: &Scene) {
    scene.repo.write("src/query.rs", "// a query\n");
    scene.git(&["add", "-A"]);
}

#[test]
fn the_addressee_is_held_until_the_flag_is_processed() {
    let scene = Scene::new();
    scene.world.flag(&scene.repo, API, DB, &["--impact", "high"]);
    let (id, _) = scene.flag();
    work(&scene);
    documented("unprocessed-flag", &scene.staged(DB).exits(1).stdout);
    for other in [API, LEAD, OPS] {
        scene.staged(other).exits(0);
    }
    scene.run(DB, &["flag", "lock", "--mine"]);
    scene.staged(DB).exits(0);
    scene.run(DB, &["flag", "complete", &id]);
    scene.staged(DB).exits(0);
}

#[test]
fn ci_catches_what_a_hook_did_not_see() {
    let scene = Scene::new();
    let (id, _) = scene.flag();
    scene.branch("work");
    work(&scene);
    scene.commit_staged("api", "The sender's own work");
    assert_eq!(scene.found_in_base(), [""; 0]);
    scene.repo.write("src/query.rs", "// another query\n");
    scene.commit("db", "The addressee's work");
    assert_eq!(scene.found_in_base(), ["block unprocessed-flag"]);
    scene.run(DB, &["flag", "complete", &id]);
    scene.commit("db", "Complete");
    let found = scene.found("", &["--base", "main"]);
    assert!(
        matches!(found.as_slice(), [(what, message)] if what == "note unprocessed-flag" && message.starts_with("late: ")),
        "{found:?}"
    );
}

#[test]
fn a_flag_that_is_processed_by_the_commit_itself_is_no_matter() {
    let scene = Scene::new();
    let (id, _) = scene.flag();
    scene.branch("work");
    work(&scene);
    scene.run(DB, &["flag", "handoff", &id, "--to", OPS]);
    scene.commit("db", "Work and hand on");
    assert_eq!(scene.found_in_base(), [""; 0]);
}

#[test]
fn a_step_that_is_not_staged_is_just_that() {
    let scene = Scene::new();
    let (id, path) = scene.flag();
    work(&scene);
    scene.run(DB, &["flag", "complete", &id]);
    let event = scene.events(&path).remove(0);
    scene.git(&["restore", "--staged", "--", &event]);
    let json = scene.check(DB, &["--staged", "--format", "json"]).json();
    let mends = &json["diagnostics"][0]["mends"];
    assert_eq!(*mends, serde_json::json!([format!("it is processed, but not staged: git add -- :/{event}")]));
}

#[test]
fn a_file_beside_a_waiting_flag_is_no_step() {
    let scene = Scene::new();
    let (id, path) = scene.flag();
    work(&scene);
    let more = "The pool hands out at most ten connections instead of one hundred since Tuesday.";
    scene.run(API, &["flag", "amend", &id, "--change", more]);
    let event = scene.events(&path).remove(0);
    scene.git(&["restore", "--staged", "--", &event]);
    let text = scene.staged(DB).exits(1).stdout;
    assert!(text.contains("try: perfteam flag lock --mine") && !text.contains("not staged"), "{text}");
}

#[test]
fn a_merge_is_not_held_for_what_it_brings_in() {
    let scene = Scene::new();
    scene.branch("work");
    work(&scene);
    scene.commit_staged("db", "Work");
    scene.git(&["switch", "-q", "main"]);
    scene.flag();
    scene.git(&["switch", "-q", "work"]);
    scene.git(&["merge", "-q", "--no-commit", "--no-ff", "main"]);
    scene.staged(DB).exits(0);
    scene.commit_staged("db", "Merge branch 'main'");
    assert_eq!(scene.found_in_base(), [""; 0]);
    scene.repo.write("src/query.rs", "// more\n");
    scene.git(&["add", "-A"]);
    scene.staged(DB).exits(1);
}

#[test]
fn what_matters_less_than_policy_says_informs() {
    let scene = Scene::with("gate:\n  min_impact: high\n", "", "");
    scene.flag();
    work(&scene);
    assert_eq!(scene.found_in_stage(DB), ["note unprocessed-flag"]);
    scene.world.flag(&scene.repo, API, DB, &["--impact", "high"]);
    scene.commit("api", "A flag that matters");
    assert_eq!(scene.found_in_stage(DB), ["block unprocessed-flag", "note unprocessed-flag"]);
}

#[test]
fn one_person_with_two_handles_may_commit_the_flag_from_one_to_the_other() {
    let scene = Scene::new();
    scene.edit(".perfteam/agents/database.postgres.md", "db@example.com", "api@example.com");
    scene.commit("somebody", "One person");
    scene.world.flag(&scene.repo, API, DB, &[]);
    let mut command = scene.world.perfteam_command(&scene.repo, "", &["check", "--staged"]);
    command.env_remove("PERFTEAM_AGENT").env("GIT_AUTHOR_EMAIL", "api@example.com");
    assert_eq!(command.output().expect("it runs").status.code(), Some(0));
    scene.commit("api", "Raise");
    let mut command = scene.world.perfteam_command(&scene.repo, "", &["check", "--staged"]);
    command.env_remove("PERFTEAM_AGENT").env("GIT_AUTHOR_EMAIL", "api@example.com");
    assert_eq!(command.output().expect("it runs").status.code(), Some(1), "now it waits");
}

#[test]
fn deleting_a_flag_is_not_processing_it() {
    let scene = Scene::new();
    let (_, path) = scene.flag();
    scene.branch("work");
    scene.repo.write("src/query.rs", "// a query\n");
    scene.commit("db", "Work");
    scene.git(&["rm", "-q", "-r", &path]);
    scene.commit_staged("db", "Gone");
    assert_eq!(scene.found_in_base(), ["block changed-record"]);
}

#[test]
fn a_merge_is_not_held_for_what_others_wrote_badly() {
    let scene = Scene::new();
    scene.branch("work");
    work(&scene);
    scene.commit_staged("db", "Work");
    scene.git(&["switch", "-q", "main"]);
    let (_, path) = scene.world.flag(&scene.repo, API, OPS, &[]);
    scene.edit(&format!("{path}/flag.md"), crate::environment::ACTION, "Do it.");
    scene.repo.write(".perfteam/agents/a.b.md", "");
    scene.commit("api", "Past all hooks");
    scene.git(&["switch", "-q", "work"]);
    scene.git(&["merge", "-q", "--no-commit", "--no-ff", "main"]);
    assert_eq!(scene.found_in_stage(DB), [""; 0]);
    let found = scene.found(DB, &["--worktree"]);
    assert!(found.iter().all(|(what, _)| what.starts_with("note ")), "{found:?}");
}
