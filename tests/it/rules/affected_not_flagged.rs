use super::{API, DB, LEAD, Scene, documented};

fn changed(scene: &Scene, message: &str) {
    scene.repo.write("src/pool.rs", &format!("pub const SIZE: u32 = 20; // {message}\n"));
    scene.commit("api", message);
}

#[test]
fn whoever_watches_is_to_be_told() {
    let scene = Scene::new();
    scene.branch("work");
    changed(&scene, "Smaller pool");
    documented("affected-not-flagged", &scene.base().exits(0).stdout);
    scene.world.flag(&scene.repo, API, LEAD, &["--file", "src/pool.rs"]);
    scene.commit("api", "A flag to somebody else");
    assert_eq!(scene.found_in_base(), ["warn affected-not-flagged"]);
    scene.world.flag(&scene.repo, API, DB, &["--file", "src/other.rs"]);
    scene.commit("api", "A flag about something else");
    assert!(scene.found_in_base().contains(&"warn affected-not-flagged".to_owned()));
}

#[test]
fn one_flag_tells_of_many_commits() {
    for file in ["src/pool.rs", "src", "src/*.rs"] {
        let scene = Scene::with("rules:\n  affected-not-flagged: block\n", "", "");
        scene.branch("work");
        scene.world.flag(&scene.repo, API, DB, &["--file", file]);
        scene.commit("api", "Announce");
        changed(&scene, "Smaller pool");
        changed(&scene, "Even smaller pool");
        assert_eq!(scene.found_in_base(), [""; 0], "{file}");
        scene.repo.write("src/pool.rs", "// tiny\n");
        scene.git(&["add", "-A"]);
        assert_eq!(scene.found_in_stage(API), [""; 0], "{file}: the branch has announced it");
    }
}

#[test]
fn a_flag_from_before_the_branch_tells_nothing_of_it() {
    let scene = Scene::with("rules:\n  affected-not-flagged: block\n", "", "");
    scene.world.flag(&scene.repo, API, DB, &["--file", "src/pool.rs"]);
    scene.commit("api", "Another change, last week");
    scene.branch("work");
    scene.repo.write("src/pool.rs", "// tiny\n");
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(API), ["block affected-not-flagged"]);
    scene.commit_staged("api", "Tiny pool");
    assert_eq!(scene.found_in_base(), ["block affected-not-flagged"]);
}

#[test]
fn a_flag_that_was_withdrawn_or_only_lies_in_the_work_tree_tells_nobody() {
    let scene = Scene::new();
    scene.branch("work");
    changed(&scene, "Smaller pool");
    let (id, path) = scene.world.flag(&scene.repo, API, DB, &["--file", "src/pool.rs"]);
    scene.git(&["restore", "--staged", "--", &path]);
    assert_eq!(scene.found_in_base(), ["warn affected-not-flagged"]);
    scene.commit("api", "Announce");
    assert_eq!(scene.found_in_base(), [""; 0]);
    scene.run(API, &["flag", "withdraw", &id, "--reason", "Never mind."]);
    scene.commit("api", "Take it back");
    assert_eq!(scene.found_in_base(), ["warn affected-not-flagged"]);
}

#[test]
fn what_says_nothing_new_needs_no_flag() {
    let scene = Scene::new();
    scene.branch("work");
    scene.repo.write("src/pool.rs", "pub  const SIZE:\n    u32 = 100;\n\n");
    scene.commit("api", "White space");
    assert_eq!(scene.found_in_base(), [""; 0]);
    scene.git(&["reset", "-q", "--hard", "main"]);
    scene.git(&["mv", "src/pool.rs", "src/connections.rs"]);
    scene.commit("api", "A new name");
    assert_eq!(scene.found_in_base(), [""; 0]);
    scene.git(&["reset", "-q", "--hard", "main"]);
    scene.git(&["rm", "-q", "src/pool.rs"]);
    scene.commit("api", "Gone");
    assert_eq!(scene.found_in_base(), ["warn affected-not-flagged"]);
}

#[test]
fn a_watcher_needs_no_flag_for_its_own_work() {
    let scene = Scene::new();
    scene.branch("work");
    scene.repo.write("src/pool.rs", "// ours\n");
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(DB), [""; 0]);
    assert_eq!(scene.found_in_stage(API), ["warn affected-not-flagged"]);
    scene.commit_staged("db", "Our own pool");
    assert_eq!(scene.found_in_base(), [""; 0]);
    changed(&scene, "And somebody else's");
    assert_eq!(scene.found_in_base(), ["warn affected-not-flagged"]);
}

#[test]
fn a_trailer_with_a_reason_clears_it_and_stays_visible() {
    let scene = Scene::with("rules:\n  affected-not-flagged: block\n", "", "");
    scene.branch("work");
    changed(&scene, "Smaller pool\n\nPerfteam-No-Impact: @database.postgres only a comment");
    let found = scene.found("", &["--base", "main"]);
    assert_eq!(
        found,
        [(
            "note affected-not-flagged".into(),
            "said not to matter to @database.postgres, who watches it: only a comment".into()
        )]
    );
    changed(&scene, "Once more");
    assert_eq!(scene.found_in_base(), ["block affected-not-flagged", "note affected-not-flagged"]);
}

#[test]
fn a_trailer_that_clears_nothing_says_so() {
    let scene = Scene::new();
    scene.branch("work");
    changed(
        &scene,
        "Smaller pool\n\nPerfteam-No-Impact: @database.postgres\nPerfteam-No-Impact: @nobody.here it is fine",
    );
    let found = scene.found("", &["--base", "main"]);
    let messages: Vec<&str> = found.iter().map(|(_, message)| message.as_str()).collect();
    assert!(messages.contains(&"the trailer `Perfteam-No-Impact:` gives no reason"), "{messages:?}");
    assert!(
        messages.contains(
            &"the trailer `Perfteam-No-Impact:` names nobody in the roster: `@nobody.here it is fine`"
        ),
        "{messages:?}"
    );
    assert_eq!(messages.len(), 3);
}

#[test]
fn one_finding_for_each_watcher_however_many_paths() {
    let scene = Scene::with("", "watches:\n  - src/\n", "");
    scene.branch("work");
    for name in ["a", "b", "c", "d", "e"] {
        scene.repo.write(&format!("src/{name}.rs"), "// new\n");
    }
    scene.repo.write("src/pool.rs", "// other\n");
    scene.commit("lead", "Many files");
    let found = scene.found("", &["--base", "main"]);
    assert_eq!(
        found.iter().map(|(_, message)| message.as_str()).collect::<Vec<_>>(),
        [
            "src/a.rs, src/b.rs, src/c.rs and 3 more change, which @backend.api watches (`src/`), and no flag says so",
            "src/pool.rs changes, which @database.postgres watches (`src/pool.rs`), and no flag says so"
        ]
    );
}

#[test]
fn the_printed_command_clears_it() {
    let scene = Scene::new();
    scene.branch("work");
    scene.repo.write("src/pool.rs", "// tiny\n");
    scene.git(&["add", "-A"]);
    let json = scene.check(API, &["--staged", "--format", "json"]).json();
    let command = json["diagnostics"][0]["mends"][1].as_str().expect("a command").to_owned();
    let command = command
        .replace("what changed, with names and numbers", crate::environment::CHANGE)
        .replace("the exact steps that @database.postgres must take", crate::environment::ACTION);
    let like = scene.world.perfteam_command(&scene.repo, API, &[]);
    let variables = like.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let run = std::process::Command::new("sh")
        .args(["-c", &command])
        .current_dir(&scene.repo.path)
        .env_clear()
        .envs(variables)
        .output()
        .expect("a shell");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(scene.found_in_stage(API), [""; 0]);
}
