use super::{API, DB, LEAD, Scene, documented};

/// A lock whose lease ended.
fn scene(policy: &str) -> (Scene, String) {
    let scene = Scene::with(&format!("lease: 2m\n{policy}"), "", "");
    let (id, _) = scene.flag();
    scene.run(DB, &["flag", "lock", &id]);
    scene.commit("db", "Lock");
    scene.run(DB, &["inbox"]);
    (scene, id)
}

#[test]
fn the_holder_is_told_that_the_lease_ended() {
    let (scene, _) = scene("rules:\n  unprocessed-flag: off\n");
    documented("expired-lock", &scene.staged(DB).exits(0).stdout);
}

#[test]
fn time_alone_holds_back_nobody_but_the_holder() {
    let (scene, id) = scene("rules:\n  expired-lock: block\n");
    scene.staged(LEAD).exits(0);
    assert_eq!(scene.found_in_stage(LEAD), [""; 0]);
    assert_eq!(scene.found_in_stage(API), ["note expired-lock"], "the sender should know");
    assert_eq!(
        scene.found(LEAD, &["--worktree"]).iter().map(|(what, _)| what.as_str()).collect::<Vec<_>>(),
        ["note expired-lock"]
    );
    assert_eq!(scene.found_in_stage(DB), ["block unprocessed-flag", "block expired-lock"]);
    scene.run(DB, &["flag", "lock", &id, "--renew"]);
    assert_eq!(scene.found_in_stage(DB), [""; 0]);
}

#[test]
fn the_verdict_on_a_commit_does_not_change_with_the_days() {
    let scene = Scene::with("lease: 5m\n", "", "");
    let (id, _) = scene.flag();
    scene.branch("work");
    scene.run(DB, &["flag", "lock", &id]);
    scene.commit("db", "Lock");
    for _ in 0..5 {
        scene.run(DB, &["inbox"]);
    }
    assert_eq!(scene.found_in_base(), [""; 0], "at the commit's time the lock held");
    scene.commit("db", "Later");
    assert_eq!(scene.found_in_base(), ["block unprocessed-flag", "warn expired-lock"]);
}

#[test]
fn a_question_is_done_by_its_answer() {
    let scene = Scene::with("lease: 2m\nrules:\n  unprocessed-flag: off\n", "", "");
    let ask = ["flag", "create", "--type", "information_request", "--to", DB];
    let texts = ["--change", crate::environment::CHANGE, "--action", crate::environment::ACTION];
    let created = scene.run(API, &[&ask[..], &texts, &["--format", "json"]].concat()).json();
    scene.commit("api", "Ask");
    scene.run(DB, &["flag", "lock", created["id"].as_str().expect("an id")]);
    scene.commit("db", "Lock");
    scene.run(DB, &["inbox"]);
    let told = scene.staged(DB).exits(0).stdout;
    assert!(told.contains("try: done: perfteam flag reply "), "{told}");
    assert!(!told.contains("flag complete"), "{told}");
}
