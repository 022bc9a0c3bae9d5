use super::{API, DB, LEAD, OPS, Scene, documented};

const BENCH: &str = "writes:\n  exclusive:\n    - bench/\n";

/// `@database.postgres` has bench/ to itself.
fn scene() -> Scene {
    let scene = Scene::with("", "", BENCH);
    scene.repo.write("bench/load.rs", "// load\n");
    scene.commit("db", "A benchmark");
    scene.branch("work");
    scene
}

#[test]
fn what_is_exclusive_is_closed_to_the_others() {
    let scene = scene();
    scene.repo.write("bench/load.rs", "// less load\n");
    scene.repo.write("bench/new.rs", "// new\n");
    scene.git(&["add", "-A"]);
    documented("write-authority", &scene.staged(API).exits(1).stdout);
    scene.staged(DB).exits(0);
    assert_eq!(scene.found(API, &["--worktree"])[0].0, "block write-authority");
    scene.commit_staged("api", "Less load");
    assert_eq!(scene.found_in_base(), ["block write-authority"]);
    scene.git(&["restore", "--source=main", "--", "bench/load.rs"]);
    scene.git(&["rm", "-q", "bench/new.rs"]);
    scene.commit("api", "Leave it to them");
    assert_eq!(scene.found_in_base(), [""; 0], "what is put back is no change");
}

#[test]
fn whoever_may_write_it_can_take_it_over() {
    let scene = scene();
    scene.repo.write("bench/load.rs", "// less load\n");
    scene.commit("api", "Less load");
    scene.repo.write("bench/load.rs", "// less load, measured\n");
    scene.commit("guest", "Somebody in no roster takes over nothing");
    assert!(scene.found_in_base().contains(&"block write-authority".to_owned()));
    scene.repo.write("bench/load.rs", "// less load, measured twice\n");
    scene.commit("db", "As it should be");
    let found = scene.found_in_base();
    assert!(
        found.contains(&"note write-authority".to_owned())
            && !found.contains(&"block write-authority".to_owned()),
        "{found:?}"
    );
}

#[test]
fn allow_and_deny_with_exceptions() {
    let areas = "areas:\n  migrations:\n    - db/migrations/\n";
    let writes = "writes:\n  allow:\n    - db/\n  deny:\n    - \"area:migrations\"\n    - \"!db/migrations/*_perf_*.sql\"\n";
    let scene = Scene::with(areas, writes, "");
    let says = |path: &str| {
        scene.repo.write(path, "select 1;\n");
        scene.git(&["add", "-A"]);
        let found = scene.found(API, &["--staged"]);
        scene.git(&["rm", "-q", "-f", path]);
        found.into_iter().map(|(what, message)| format!("{what}: {message}")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(says("db/schema.sql"), "");
    assert_eq!(says("db/migrations/2_perf_index.sql"), "");
    assert_eq!(
        says("db/migrations/1_users.sql"),
        "block write-authority: db/migrations/1_users.sql: @backend.api may not write there (its `deny` has `db/migrations/`)"
    );
    assert_eq!(
        says("src/other.rs"),
        "block write-authority: src/other.rs: @backend.api may write only what its `allow` lists"
    );
}

#[test]
fn records_are_everybodys_and_the_roster_is_not() {
    let scene =
        Scene::with("", "writes:\n  allow:\n    - src/\n", "writes:\n  exclusive:\n    - .perfteam/\n");
    scene.world.flag(&scene.repo, API, LEAD, &[]);
    assert_eq!(scene.found_in_stage(API), [""; 0]);
    scene.commit("api", "Raise");
    for path in
        [".perfteam/perfteam.yaml", ".perfteam/agents/ops.performance.md", ".perfteam/templates/flag.md"]
    {
        let text = std::fs::read_to_string(scene.repo.path.join(path)).unwrap_or_default();
        scene.repo.write(path, &format!("{text}\n"));
        scene.git(&["add", "-A"]);
        assert_eq!(scene.found_in_stage(OPS), ["block write-authority"], "{path}");
        scene.git(&["reset", "-q", "--hard"]);
    }
}

#[test]
fn without_a_base_it_is_a_note() {
    let scene = Scene::empty();
    scene.repo.write("bench/load.rs", "// load\n");
    scene.commit("somebody", "Code");
    scene.branch("work");
    scene.team("", "", BENCH);
    scene.repo.write("bench/load.rs", "// less load\n");
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(API), ["note write-authority"]);
    scene.commit_staged("api", "Set up");
    assert_eq!(scene.found_in_base(), ["note write-authority"]);
}

#[test]
fn any_of_those_who_share_an_address_may() {
    let scene = scene();
    scene.git(&["switch", "-q", "main"]);
    scene.edit(".perfteam/agents/backend.api.md", "api@example.com", "db@example.com");
    scene.commit("somebody", "One person");
    scene.git(&["switch", "-q", "-C", "work"]);
    scene.repo.write("bench/load.rs", "// less load\n");
    scene.commit("db", "Either of the two");
    assert_eq!(scene.found_in_base(), [""; 0]);
    scene.repo.write("bench/load.rs", "// no load\n");
    scene.commit("db", "The one who may not\n\nPerfteam-Agent: @backend.api");
    assert_eq!(scene.found_in_base(), ["block write-authority"]);
}

#[test]
fn what_a_merge_brings_in_was_judged_where_it_was_written() {
    let scene = scene();
    scene.repo.write("src/other.rs", "// other\n");
    scene.commit("api", "Other work");
    scene.git(&["switch", "-q", "-c", "bench", "main"]);
    scene.repo.write("bench/load.rs", "// more load\n");
    scene.commit("db", "More load");
    scene.git(&["switch", "-q", "work"]);
    scene.git(&["merge", "-q", "--no-commit", "--no-ff", "bench"]);
    assert_eq!(scene.found_in_stage(API), [""; 0]);
    assert_eq!(scene.found(API, &["--worktree"]), []);
    scene.repo.write("bench/load.rs", "// evil load\n");
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(API), ["warn write-authority"]);
}

#[test]
fn a_change_hidden_in_a_merge_is_found() {
    let scene = scene();
    scene.repo.write("src/other.rs", "// other\n");
    scene.commit("api", "Other work");
    scene.git(&["switch", "-q", "-c", "side", "main"]);
    scene.repo.write("src/side.rs", "// side\n");
    scene.commit("api", "Side work");
    scene.git(&["switch", "-q", "work"]);
    scene.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    scene.repo.write("bench/load.rs", "// evil load\n");
    scene.commit("api", "Merge branch 'side'");
    let found = scene.found("", &["--base", "main"]);
    assert!(
        matches!(found.as_slice(), [(what, message)] if what == "block write-authority" && message.contains("a merge changes what neither side did")),
        "{found:?}"
    );
}
