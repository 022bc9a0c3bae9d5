use super::{API, DB, LEAD, Scene, documented};

/// A task of the database that was started, and reports every two minutes.
fn scene(policy: &str) -> (Scene, String) {
    let scene = Scene::with(policy, "", "");
    let args = ["task", "create", "--title", "Watch the pool", "--to", DB, "--report-every", "2m"];
    let made = scene.run(API, &[&args[..], &["--format", "json"]].concat()).json();
    let id = made["id"].as_str().expect("an id").to_owned();
    scene.run(DB, &["task", "start", &id]);
    scene.commit("db", "Start");
    (scene, id)
}

#[test]
fn whoever_is_silent_is_told() {
    let (scene, _) = scene("");
    assert_eq!(scene.found_in_stage(DB), ["warn silent-task"]);
    documented("silent-task", &scene.staged(DB).exits(0).stdout);
}

#[test]
fn silence_holds_back_nobody_but_the_silent_one() {
    let (scene, id) = scene("rules:\n  silent-task: block\n");
    assert_eq!(scene.found_in_stage(LEAD), [""; 0]);
    assert_eq!(scene.found_in_stage(API), ["warn silent-task"], "who asked for reports should know");
    assert_eq!(scene.found(LEAD, &["--worktree"]).len(), 1);
    assert_eq!(scene.found_in_stage(DB), ["block silent-task"]);
    scene.run(DB, &["task", "progress", &id, "--percent", "10"]);
    assert_eq!(scene.found_in_stage(DB), [""; 0]);
}
