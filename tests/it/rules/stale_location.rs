use super::{API, DB, Scene, documented};

#[test]
fn a_change_of_the_code_to_which_a_finding_points_is_told() {
    let scene = Scene::new();
    let args =
        ["finding", "report", "--title", "The pool is large", "--category", "pattern", "--component", "pool"];
    let more = ["--severity", "low", "--evidence", "A hundred connections.", "--location", "src/pool.rs:1"];
    scene.run(API, &[&args[..], &more].concat());
    scene.commit("api", "Report");
    assert_eq!(scene.found(API, &["--worktree"]), []);
    scene.repo.write("src/pool.rs", "// The pool.\npub const SIZE: u32 = 100;\n");
    scene.git(&["add", "-A"]);
    let found = scene.found(DB, &["--staged"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].1.contains("moved to line 2"), "{found:?}");
    scene.repo.write("src/pool.rs", "pub const SIZE: u32 = 20;\n");
    scene.git(&["add", "-A"]);
    documented("stale-location", &scene.staged(DB).exits(0).stdout);
    scene.commit("db", "Reduce");
    scene.repo.write("src/other.rs", "// other\n");
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(DB), [""; 0], "another change is not about it");
    assert_eq!(scene.found(DB, &["--worktree"]).len(), 1, "who asks for the whole picture is told");
}
