use super::{API, DB, Scene, documented};

fn task(scene: &Scene, title: &str, more: &[&str]) -> (String, String) {
    let args = [&["task", "create", "--title", title, "--to", DB, "--format", "json"], more].concat();
    let made = scene.run(API, &args).json();
    let text = |key: &str| made[key].as_str().expect("a text").to_owned();
    (text("id"), text("path"))
}

#[test]
fn what_was_cancelled_is_waited_for_in_vain() {
    let scene = Scene::new();
    let (first, _) = task(&scene, "Measure", &[]);
    task(&scene, "Fix", &["--depends", &first]);
    scene.commit("api", "Ask");
    assert_eq!(scene.found_in_stage(API), [""; 0]);
    scene.run(API, &["task", "cancel", &first, "--reason", "Measured already."]);
    assert_eq!(scene.found_in_stage(API), ["warn broken-dependency"]);
    documented("broken-dependency", &scene.staged(API).exits(0).stdout);
}

#[test]
fn what_is_done_is_no_obstacle() {
    let scene = Scene::new();
    let (first, _) = task(&scene, "Measure", &[]);
    task(&scene, "Fix", &["--depends", &first]);
    scene.commit("api", "Ask");
    scene.run(DB, &["task", "complete", &first, "--note", "Measured."]);
    assert_eq!(scene.found_in_stage(DB), [""; 0]);
    scene.commit("db", "Done");
    assert_eq!(scene.found(API, &["--worktree"]), []);
}

#[test]
fn what_is_not_here_and_what_waits_for_itself_is_told() {
    let scene = Scene::new();
    let (first, path) = task(&scene, "Measure", &[]);
    let (second, _) = task(&scene, "Fix", &["--depends", &first]);
    let head = format!("{path}/task.md");
    scene.edit(&head, "at: ", &format!("depends: [{second}, zzzzzzzzzz]\nat: "));
    scene.git(&["add", "-A"]);
    let found = scene.found(API, &["--staged"]);
    let said: Vec<&str> = found.iter().map(|(_, message)| message.as_str()).collect();
    assert!(said.iter().any(|message| message.contains("zzzzzzzzzz, which is not here")), "{said:?}");
    assert_eq!(said.iter().filter(|message| message.contains("wait for each other")).count(), 2, "{said:?}");
    assert!(found.iter().all(|(what, _)| what == "warn broken-dependency"), "{found:?}");
}
