//! `perfteam policy try`: what a policy would have refused.

use crate::environment::run;
use crate::rules::Scene;
use insta::assert_snapshot;

/// Work by somebody whom no roster knows on a watched path, work past a flag, and work that is fine.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.world.flag(&scene.repo, "@performance.lead", "@backend.api", &[]);
    scene.commit("lead", "A flag");
    scene.repo.write("src/pool.rs", "pub const SIZE: u32 = 20;\n");
    scene.commit("stranger", "A pool by a stranger");
    scene.repo.write("src/api.rs", "// past the flag\n");
    scene.commit("api", "Past the flag");
    scene.repo.write("src/fine.rs", "// fine\n");
    scene.commit("lead", "Fine");
    scene
}

fn policy(scene: &Scene, more: &str) {
    let present = scene.repo.read(".perfteam/perfteam.yaml");
    std::fs::write(scene.world.path().join("new.yaml"), format!("{present}{more}")).expect("a file");
}

fn told(scene: &Scene, args: &[&str]) -> String {
    let run = scene.world.perfteam(&scene.repo, "", &[&["policy", "try"], args].concat());
    let mut story = run.story().replace(&scene.world.path().display().to_string(), "WORLD");
    for commit in scene.git(&["rev-list", "HEAD"]).lines() {
        story = story.replace(commit, "COMMIT").replace(&commit[..10], "COMMIT");
    }
    story
}

#[test]
fn a_stricter_policy_shows_whom_it_would_have_refused() {
    let scene = scene();
    policy(&scene, "unknown_actor: block\nrules:\n  affected-not-flagged: block\n");
    assert_snapshot!(told(&scene, &["../new.yaml"]), @r#"
    4 commits since 2026-08-22: ../new.yaml refuses 2, the present policy 1

    refused only by it:
      COMMIT 2026-11-20 stranger@example.com: A pool by a stranger
        unknown-actor: stranger@example.com is in no roster, and commit COMMIT (A pool by a stranger) touches src/pool.rs, which @database.postgres watches

    refused by both: 1 commit

    whom: @backend.api 1, stranger@example.com 1
    why: unknown-actor 1, unprocessed-flag 1
    "#);
}

#[test]
fn a_milder_policy_shows_what_it_would_have_let_through() {
    let scene = scene();
    policy(&scene, "rules:\n  unprocessed-flag: warn\n");
    assert_snapshot!(told(&scene, &["../new.yaml"]), @r#"
    4 commits since 2026-08-22: ../new.yaml refuses 0, the present policy 1

    no longer refused:
      COMMIT 2026-11-20 @backend.api: Past the flag
        unprocessed-flag: flag ttgk from @performance.lead waits for @backend.api: The pool hands out at most twenty connections instead of one hundred…
    "#);
}

#[test]
fn the_present_policy_refuses_the_same() {
    let scene = scene();
    policy(&scene, "");
    assert_snapshot!(told(&scene, &["../new.yaml"]), @r#"
    4 commits since 2026-08-22: ../new.yaml refuses 1, the present policy 1

    refused by both: 1 commit

    whom: @backend.api 1
    why: unprocessed-flag 1
    "#);
    let json = scene.world.perfteam(&scene.repo, "", &["policy", "try", "../new.yaml", "--format", "json"]);
    let json = json.exits(0).json();
    assert_eq!((json["refused"].as_u64(), json["refused_now"].as_u64()), (Some(1), Some(1)));
    assert_eq!(json["refusals"][0]["change"], "same");
    assert_eq!(json["refusals"][0]["tried"][0]["rule"], "unprocessed-flag");
    // The first commit has no parent by which it could be judged.
    assert_eq!((json["commits"].as_u64(), json["before_policy"].as_u64()), (Some(4), Some(1)));
}

#[test]
fn older_commits_are_left_out() {
    let scene = scene();
    policy(&scene, "unknown_actor: block\n");
    let told = told(&scene, &["../new.yaml", "--since", "2m"]);
    assert!(
        told.starts_with("1 commit since 2026-11-20: ../new.yaml refuses 0, the present policy 0\n"),
        "{told}"
    );
}

#[test]
fn standard_input_is_a_file_too() {
    let scene = scene();
    policy(&scene, "unknown_actor: block\n");
    let mut command = scene.world.perfteam_command(&scene.repo, "", &["policy", "try", "-"]);
    command.stdin(std::fs::File::open(scene.world.path().join("new.yaml")).expect("a file"));
    let told = run(command).exits(0).stdout;
    assert!(told.starts_with("4 commits since 2026-08-22: standard input refuses 2,"), "{told}");
}

#[test]
fn mistakes_are_told_as_of_the_policy_itself() {
    let scene = scene();
    policy(&scene, "unknown_actors: block\nrules:\n  unprocesed-flag: warn\n");
    assert_snapshot!(told(&scene, &["../new.yaml"]), @r#"
    error: the key `unknown_actors` is not known and does nothing [syntax]
     --> ../new.yaml:4:1
      |
    4 | unknown_actors: block
      | ^^^^^^^^^^^^^^^^^^^^^
      |
      = why: a policy that can't be read as it is meant would be tried as another
      = try: did you mean `unknown_actor`?

    error: there is no rule `unprocesed-flag` [syntax]
     --> ../new.yaml:6:3
      |
    6 |   unprocesed-flag: warn
      |   ^^^^^^^^^^^^^^^^^^^^^
      |
      = why: a policy that can't be read as it is meant would be tried as another
      = try: did you mean `unprocessed-flag`?

    --- exit 1 ---
    "#);
    policy(&scene, "unknown_actor: perhaps\n");
    assert_snapshot!(told(&scene, &["../new.yaml"]), @r#"
    error: `perhaps` is not known here: expected one of `allow`, `note`, `block` [syntax]
     --> ../new.yaml:4:1
      |
    4 | unknown_actor: perhaps
      | ^^^^^^^^^^^^^^^^^^^^^^
      |
      = why: a policy that can't be read as it is meant would be tried as another

    --- exit 1 ---
    "#);
    assert_snapshot!(told(&scene, &["../none.yaml"]), @r#"
    --- stderr ---
    error: can't read ../none.yaml: No such file or directory (os error 2)
      why: there is no policy to try
      try: begin with a copy: cp .perfteam/perfteam.yaml stricter.yaml
    --- exit 3 ---
    "#);
}
