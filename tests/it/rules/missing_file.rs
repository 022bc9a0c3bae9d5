use super::{API, DB, Scene, documented};

#[test]
fn a_path_that_is_not_there_is_named_with_the_nearest() {
    let scene = Scene::new();
    scene.world.flag(&scene.repo, API, DB, &["--file", "src/pol.rs"]);
    documented("missing-file", &scene.staged(API).exits(0).stdout);
    scene.branch("work");
    scene.commit("api", "Misspelt");
    assert_eq!(scene.found_in_base(), ["warn missing-file"]);
}

#[test]
fn what_is_committed_is_put_right_by_events_of_its_sender() {
    let scene = Scene::new();
    scene.branch("work");
    let (id, _) = scene.world.flag(&scene.repo, API, DB, &["--file", "src/pol.rs"]);
    scene.commit("api", "Misspelt");
    let told = scene.base().exits(0).stdout;
    assert!(
        told.contains("try: @backend.api names the right path in its texts: perfteam flag amend"),
        "{told}"
    );
    assert!(told.contains(&format!("perfteam flag withdraw {} --reason TEXT", &id[..4])), "{told}");
    assert!(!told.contains("git add"), "a head that others may have is not edited: {told}");
}

#[test]
fn files_folders_globs_and_what_the_change_itself_deletes_are_there() {
    let scene = Scene::new();
    scene.repo.write("src/new.rs", "// new\n");
    scene.git(&["rm", "-q", "src/pool.rs"]);
    let more = [
        "--file",
        "src",
        "--file",
        "src/new.rs",
        "--file",
        "src/*.rs",
        "--file",
        "src/pool.rs",
        "--location",
        "src/new.rs:1",
    ];
    scene.world.flag(&scene.repo, API, DB, &more);
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(API), [""; 0]);
}

#[test]
fn a_glob_must_match_something() {
    let scene = Scene::new();
    scene.world.flag(&scene.repo, API, DB, &["--file", "lib/*.rs", "--location", "src/gone.rs:3"]);
    assert_eq!(
        scene.found(API, &["--staged"]).iter().map(|(_, message)| message.as_str()).collect::<Vec<_>>(),
        ["`lib/*.rs` matches no file", "`src/gone.rs` does not exist"]
    );
}

#[test]
fn paths_never_lead_out_of_the_repository() {
    let scene = Scene::new();
    let (_, path) = scene.world.flag(&scene.repo, API, DB, &["--file", "src/pool.rs"]);
    for hostile in ["../../etc/passwd", "/etc/passwd", "src/../../x", "C:/x"] {
        let head = format!("{path}/flag.md");
        let before = scene.repo.read(&head);
        scene.repo.write(&head, &before.replace("src/pool.rs", hostile));
        scene.git(&["add", "-A"]);
        assert_eq!(scene.found_in_stage(API), ["block syntax"], "{hostile}");
        scene.repo.write(&head, &before);
    }
}
