use super::{Scene, documented};

/// A change of the roster by an agent, on a branch.
fn changed(policy: &str) -> Scene {
    let scene = Scene::with(policy, "", "");
    scene.branch("work");
    scene.edit(".perfteam/agents/backend.api.md", "api@example.com", "api@example.org");
    scene.commit("db", "Another address");
    scene
}

#[test]
fn who_must_approve_is_named() {
    let scene = changed("");
    documented("authority-change", &scene.base().exits(0).stdout);
    let told = changed("admins:\n  - \"@ops.performance\"\n").base().exits(0).stdout;
    assert!(told.contains("try: @ops.performance must approve it"), "{told}");
}

#[test]
fn who_would_have_to_approve_it_is_told_nothing() {
    let scene = changed("");
    scene.git(&["reset", "-q", "--soft", "main"]);
    scene.commit("lead", "Another address");
    assert_eq!(scene.found_in_base(), [] as [&str; 0]);
}

#[test]
fn words_of_an_agent_are_its_own() {
    let scene = Scene::new();
    scene.branch("work");
    scene.edit(".perfteam/agents/backend.api.md", "Does things.", "Does other things.");
    scene.edit(".perfteam/perfteam.yaml", "version: 1", "# A comment.\nversion: 1");
    scene.commit("api", "Words");
    assert_eq!(scene.found_in_base(), [] as [&str; 0]);
}

#[test]
fn where_it_blocks_admins_alone_change_it() {
    let scene = changed("rules:\n  authority-change: block\n");
    assert_eq!(scene.found_in_base(), ["block authority-change"]);
    // Nor by naming oneself an admin in the same change.
    scene.edit(".perfteam/perfteam.yaml", "version: 1", "version: 1\nadmins:\n  - \"@database.postgres\"");
    scene.commit("db", "And an admin");
    assert_eq!(scene.found_in_base(), ["block authority-change"]);
}

#[test]
fn a_repository_in_which_nobody_is_named_is_told_nothing() {
    let scene = Scene::new();
    scene.edit(".perfteam/perfteam.yaml", "leads:\n  - \"@performance.lead\"\n", "");
    scene.commit("lead", "No leads");
    scene.branch("work");
    scene.edit(".perfteam/perfteam.yaml", "version: 1", "version: 1\nstage: false");
    scene.commit("db", "Policy");
    assert_eq!(scene.found_in_base(), [] as [&str; 0]);
}
