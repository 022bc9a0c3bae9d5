use super::{API, DB, LEAD, Scene, documented};

fn scene(policy: &str) -> (Scene, String) {
    let scene = Scene::with(policy, "", "");
    let args = ["task", "create", "--title", "Tune the pool", "--to", DB, "--deadline", "+2m"];
    let made = scene.run(API, &[&args[..], &["--format", "json"]].concat()).json();
    scene.commit("api", "Ask");
    (scene, made["id"].as_str().expect("an id").to_owned())
}

#[test]
fn whoever_is_late_is_told() {
    let (scene, _) = scene("");
    documented("overdue-task", &scene.staged(DB).exits(0).stdout);
}

#[test]
fn a_deadline_holds_back_nobody_but_the_late_one() {
    let (scene, id) = scene("rules:\n  overdue-task: block\n");
    assert_eq!(scene.found_in_stage(LEAD), [""; 0]);
    assert_eq!(scene.found_in_stage(API), ["warn overdue-task"]);
    assert_eq!(scene.found_in_stage(DB), ["block overdue-task"]);
    scene.run(API, &["task", "amend", &id, "--deadline", "+2h"]);
    scene.commit("api", "Move the deadline");
    assert_eq!(scene.found_in_stage(DB), [""; 0]);
}
