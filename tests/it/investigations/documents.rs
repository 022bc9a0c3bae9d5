//! Documents over branches: they merge as text.

use super::{API, CODE, DATA, LEAD, ask, open, text, without_path};
use crate::environment::{Repo, World};
use insta::assert_snapshot;

#[test]
fn documents_merge_as_text_and_are_no_part_of_the_record() {
    let (world, repo) = World::with_team();
    let (id, path) = open(&world, &repo, &[]);
    world.git(&repo, &["commit", "-qm", "Open"]).exits(0);
    let (data, code) = (format!("{path}/data.md"), format!("{path}/code.md"));
    world.git(&repo, &["switch", "-qc", "data"]).exits(0);
    repo.write(&data, DATA);
    repo.write(&format!("{path}/response_times.csv"), "14:15,890\n");
    world.git(&repo, &["add", "-A"]).exits(0);
    world.perfteam(&repo, API, &["check", "--staged"]).exits(0);
    world.git(&repo, &["commit", "-qm", "Data"]).exits(0);
    world.perfteam(&repo, API, &["check", "--base", "main"]).exits(0);
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    repo.write(&code, CODE);
    world.perfteam(&repo, LEAD, &["investigate", "delegate", &id, "--data", API]).exits(0);
    world.git(&repo, &["commit", "-qam", "Code"]).exits(0);
    world.git(&repo, &["merge", "-q", "--no-edit", "data"]).exits(0);
    world.perfteam(&repo, LEAD, &["check", "--worktree"]).exits(0);
    assert_eq!((repo.read(&data), repo.read(&code)), (DATA.to_owned(), CODE.to_owned()));
    // A document that is edited or deleted is no published file of a record.
    repo.write(&data, "rewritten\n");
    world.git(&repo, &["rm", "-q", &code]).exits(0);
    world.git(&repo, &["add", "-A"]).exits(0);
    world.perfteam(&repo, LEAD, &["check", "--staged"]).exits(0);
    let restored = world.perfteam(&repo, LEAD, &["restore"]).exits(0).stdout;
    assert!(!restored.contains("code.md"), "{restored}");
}

#[test]
fn a_document_that_is_elsewhere_is_not_begun_anew() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["worktree", "add", "-q", "../other", "-b", "other"]).exits(0);
    let other = Repo { path: world.path().join("other") };
    let (id, path) = open(&world, &repo, &[]);
    let args =
        ["investigate", "write", &id, "--document", "data", "--section", "Correlation", "--text", "None."];
    let refused = |other: &Repo| without_path(&world.perfteam(other, API, &args).exits(1).stderr, &path);
    assert_snapshot!(refused(&other), @r#"
    error: DIR/data.md is not here, but in the work tree ../repo, not committed
      why: two versions of one document that begin apart are a conflict when they meet
      try: have it committed there, then: git merge BRANCH
    "#);
    world.git(&repo, &["commit", "-qm", "Open"]).exits(0);
    assert_snapshot!(refused(&other), @r#"
    error: DIR/data.md is not here, but on main, 1 commit ahead
      why: two versions of one document that begin apart are a conflict when they meet
      try: git merge main
    "#);
    let status = ask(&world, &other, API, &["investigate", "status", &id]);
    assert_eq!(status["missing"][0]["write"], "git merge main");
    world.git(&other, &["merge", "-q", "main"]).exits(0);
    world.perfteam(&other, API, &args).exits(0);
}

#[test]
fn two_who_write_in_one_document_meet_only_on_the_same_lines() {
    let (world, repo) = World::with_team();
    let (id, path) = open(&world, &repo, &[]);
    world.git(&repo, &["commit", "-qm", "Open"]).exits(0);
    let write = |branch: &str, section: &str, text: &str| {
        world.git(&repo, &["switch", "-q", "-c", branch, "main"]).exits(0);
        let args = ["investigate", "write", &id, "--document", "data", "--section", section, "--text", text];
        world.perfteam(&repo, API, &args).exits(0);
        world.git(&repo, &["commit", "-qm", branch]).exits(0);
    };
    write("a", "Correlation", "After the deployment.");
    write("b", "Look deeper", "At the pool.");
    world.git(&repo, &["merge", "-q", "--no-edit", "a"]).exits(0);
    let data = repo.read(&format!("{path}/data.md"));
    assert!(data.contains("After the deployment.") && data.contains("At the pool."), "{data}");
    write("c", "Correlation", "Before the deployment.");
    world.git(&repo, &["merge", "-q", "--no-edit", "a"]).exits(1);
    let missing = ask(&world, &repo, API, &["investigate", "status", &id])["missing"].clone();
    assert!(text(&missing[0], "what").contains("conflict marker"), "{missing}");
    let args =
        ["investigate", "write", &id, "--document", "data", "--section", "Correlation", "--text", "More."];
    let stderr = world.perfteam(&repo, API, &args).exits(3).stderr;
    assert!(stderr.contains("data.md:") && stderr.contains("conflict marker"), "{stderr}");
}
