//! With keys: `tests/it/signed.rs`.

use super::{Scene, documented};

#[test]
fn without_the_setting_nothing_is_asked() {
    let scene = Scene::new();
    scene.branch("work");
    scene.commit("api", "Work");
    assert_eq!(scene.found_in_base(), [] as [&str; 0]);
}

#[test]
fn an_unsigned_commit_is_refused_and_merges_are_not_asked() {
    let scene = Scene::with("require_signed: true\n", "", "");
    scene.branch("side");
    scene.branch("work");
    scene.repo.write("src/api.rs", "// work\n");
    scene.commit("api", "Work");
    documented("unverified-signer", &scene.base().exits(1).stdout);
    scene.git(&["switch", "-q", "main"]);
    scene.git(&["merge", "-q", "--no-ff", "--no-edit", "work"]);
    scene.git(&["switch", "-q", "-C", "side"]);
    scene.git(&["branch", "-q", "-f", "main", "work"]);
    assert_eq!(scene.found_in_base(), [] as [&str; 0]);
}

#[test]
fn the_change_that_asks_for_signatures_is_not_asked_yet() {
    let scene = Scene::new();
    scene.branch("work");
    scene.edit(".perfteam/perfteam.yaml", "version: 1", "version: 1\nrequire_signed: true");
    scene.commit("lead", "Policy");
    assert_eq!(scene.found_in_base(), [] as [&str; 0]);
}
