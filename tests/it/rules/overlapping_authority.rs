use super::{API, Scene, documented};

fn exclusive(globs: &[&str]) -> String {
    let globs: String = globs.iter().map(|glob| format!("    - \"{glob}\"\n")).collect();
    format!("writes:\n  exclusive:\n{globs}")
}

#[test]
fn a_path_that_two_agents_claim_is_named() {
    let scene = Scene::new();
    scene.repo.write("src/performance/load.rs", "// load\n");
    scene.team("", &exclusive(&["src/"]), &exclusive(&["**/performance/"]));
    scene.git(&["add", "-A"]);
    documented("overlapping-authority", &scene.staged(API).exits(0).stdout);
    scene.branch("work");
    scene.commit("api", "Claims");
    assert_eq!(scene.found_in_base(), ["warn overlapping-authority", "note authority-change"]);
    scene.team("", &exclusive(&["src/", "!**/performance/"]), &exclusive(&["**/performance/"]));
    scene.commit("api", "An exception");
    assert_eq!(scene.found_in_base(), ["note authority-change"]);
}

#[test]
fn the_same_glob_overlaps_before_a_file_is_there() {
    let scene = Scene::new();
    scene.team("areas:\n  bench:\n    - bench/\n", &exclusive(&["area:bench"]), &exclusive(&["bench/"]));
    scene.git(&["add", "-A"]);
    let found = scene.found(API, &["--staged"]);
    assert_eq!(
        found,
        [(
            "warn overlapping-authority".into(),
            "@backend.api and @database.postgres both have `bench/` exclusively".into()
        )]
    );
}

#[test]
fn a_new_file_can_be_where_two_claims_meet() {
    let scene = Scene::with("", &exclusive(&["*.sql"]), &exclusive(&["db/"]));
    scene.repo.write("src/pool.rs", "// other\n");
    scene.git(&["add", "-A"]);
    assert!(!scene.found_in_stage(API).contains(&"warn overlapping-authority".to_owned()));
    scene.repo.write("db/1.sql", "select 1;\n");
    scene.git(&["add", "-A"]);
    assert!(scene.found_in_stage(API).contains(&"warn overlapping-authority".to_owned()));
}

#[test]
fn who_retired_claims_nothing() {
    let scene = Scene::new();
    let gone = format!("{}retired: true\n", exclusive(&["bench/"]));
    scene.team("", &exclusive(&["bench/"]), &gone);
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(API), [""; 0]);
}
