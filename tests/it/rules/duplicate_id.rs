use super::{API, Scene, documented};

#[test]
fn a_copied_record_is_refused() {
    let scene = Scene::new();
    let (id, path) = scene.flag();
    scene.branch("work");
    let head = scene.repo.read(&format!("{path}/flag.md"));
    scene.repo.write(&format!(".perfteam/flags/2026-11-21/a-copy-{id}/flag.md"), &head);
    scene.git(&["add", "-A"]);
    documented("duplicate-id", &scene.staged(API).exits(1).stdout);
    assert_eq!(scene.found(API, &["--worktree"])[0].0, "block duplicate-id");
    scene.commit_staged("api", "A copy");
    assert!(scene.found_in_base().contains(&"block duplicate-id".to_owned()));
}

#[test]
fn a_new_record_beside_old_ones_is_no_duplicate() {
    let scene = Scene::new();
    scene.flag();
    scene.branch("work");
    scene.flag();
    assert_eq!(scene.found_in_base(), [""; 0]);
}
