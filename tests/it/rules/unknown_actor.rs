use super::{Scene, documented};

fn outsider(policy: &str, path: &str) -> Scene {
    let scene = Scene::with(&format!("{policy}rules:\n  affected-not-flagged: off\n"), "", "");
    scene.branch("work");
    scene.repo.write(path, "// changed\n");
    scene.commit("guest", "A gift");
    scene
}

#[test]
fn an_outsider_is_told_and_not_held() {
    documented("unknown-actor", &outsider("", "src/pool.rs").base().exits(0).stdout);
}

#[test]
fn what_nobody_watches_is_no_matter() {
    assert_eq!(outsider("", "src/other.rs").found_in_base(), [""; 0]);
    assert_eq!(outsider("", ".perfteam/notes.md").found_in_base(), ["note unknown-actor"]);
}

#[test]
fn policy_decides_what_an_outsider_meets() {
    assert_eq!(outsider("unknown_actor: allow\n", "src/pool.rs").found_in_base(), [""; 0]);
    let scene = outsider("unknown_actor: block\n", "src/pool.rs");
    assert_eq!(scene.found_in_base(), ["block unknown-actor"]);
    scene.repo.write("src/pool.rs", "// again\n");
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(""), ["block unknown-actor"]);
    assert_eq!(scene.found_in_stage(super::API), [""; 0]);
}

#[test]
fn an_outsider_keeps_the_protocol_all_the_same() {
    let scene = Scene::new();
    let (_, path) = scene.flag();
    scene.branch("work");
    scene.git(&["rm", "-q", "-r", &path]);
    scene.commit_staged("guest", "Tidy up");
    assert_eq!(scene.found_in_base(), ["block changed-record", "note unknown-actor"]);
}
