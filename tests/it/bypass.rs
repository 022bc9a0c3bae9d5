//! Ways around the verdict, tried: neither the server nor `check --base` is fooled.

use crate::environment::{Repo, run};
use crate::server::{Served, said};
use insta::assert_snapshot;

const DB: &str = "db@example.com";
const API: &str = "api@example.com";

impl Served {
    /// A commit that is a merge by its parents alone: its tree is that of HEAD.
    fn as_merge(&self, email: &str, parents: &[&str]) -> String {
        let parents: Vec<&str> = parents.iter().flat_map(|parent| ["-p", parent]).collect();
        let args = [&["commit-tree", "HEAD^{tree}", "-m", "Merge branch 'side'"], &parents[..]].concat();
        self.world.git_as(&self.repo, email, &args).exits(0).stdout.trim().to_owned()
    }

    fn ci(&self, revision: &str, base: &str) -> i32 {
        self.git(&["switch", "-q", "--detach", revision]);
        self.world.perfteam(&self.repo, "", &["check", "--base", base]).code
    }

    fn clone(&self, name: &str) -> Repo {
        let repo = Repo { path: self.world.path().join(name) };
        self.git(&["clone", "-q", &format!("file://{}", self.bare.path.display()), &format!("../{name}")]);
        repo
    }
}

#[test]
fn work_inside_a_merge_is_work() {
    let served = Served::new();
    served.branch("work");
    served.work(DB, "work");
    let hidden = served.as_merge(DB, &["main", "main~1"]);
    let told = said(&served.push(&[&format!("{hidden}:refs/heads/merge")]).exits(1));
    assert!(told.starts_with("push of refs/heads/merge refused: 1 blocking\nblocked: flag "), "{told}");
    assert_eq!(served.ci(&hidden, "origin/main"), 1);
    // So is what only makes a program of a file.
    served.git(&["switch", "-q", "--detach", "main"]);
    served.git(&["update-index", "--chmod=+x", ".perfteam/perfteam.yaml"]);
    let tree = served.git(&["write-tree"]).trim().to_owned();
    served.git(&["reset", "-q", "--hard"]);
    let args = ["commit-tree", &tree, "-m", "Merge branch 'side'", "-p", "main", "-p", "main~1"];
    let made = served.world.git_as(&served.repo, DB, &args).exits(0).stdout.trim().to_owned();
    let told = said(&served.push(&[&format!("{made}:refs/heads/mode")]).exits(1));
    assert!(told.contains("[unprocessed-flag]"), "{told}");
    // Whoever only brings together what others did is held by nothing.
    served.git(&["switch", "-q", "-C", "side", "main"]);
    served.work(API, "side");
    served.git(&["switch", "-q", "-C", "joined", "main"]);
    served.world.git_as(&served.repo, DB, &["merge", "-q", "--no-ff", "--no-edit", "side"]).exits(0);
    served.push(&["joined"]).exits(0);
    assert_eq!(served.ci("joined", "origin/main"), 0);
}

#[test]
fn a_merge_writes_where_its_author_may() {
    let served = Served::new();
    let policy = "version: 1\nrules:\n  unprocessed-flag: off\n  unknown-actor: block\n";
    served.repo.write(".perfteam/perfteam.yaml", policy);
    let limited = "writes:\n  allow:\n    - docs/\n";
    let agent = crate::environment::agent("@backend.api", API, limited);
    served.repo.write(".perfteam/agents/backend.api.md", &agent);
    served.commit("somebody@example.com", "Authority");
    served.push(&["main"]).exits(0);
    served.branch("work");
    served.work(API, "work");
    let hidden = served.as_merge(API, &["main", "main~1"]);
    let told = said(&served.push(&[&format!("{hidden}:refs/heads/merge")]).exits(1));
    assert!(told.contains("src/work.rs: @backend.api may write only what its `allow` lists"), "{told}");
    assert_eq!(served.ci(&hidden, "origin/main"), 1);
    // So has somebody in no roster, and who says to be somebody else.
    served.git(&["switch", "-q", "work"]);
    served.repo.write("src/pool.rs", "// hidden\n");
    served.commit(DB, "Pool");
    let unknown = served.as_merge("nobody@example.com", &["main", "main~1"]);
    let told = said(&served.push(&[&format!("{unknown}:refs/heads/merge")]).exits(1));
    assert!(told.contains("[unknown-actor]"), "{told}");
}

#[test]
fn no_push_decides_which_branch_is_the_integration_branch() {
    let served = Served::new();
    let policy = served.repo.read(".perfteam/perfteam.yaml");
    served.repo.write(".perfteam/perfteam.yaml", &format!("{policy}\nintegration: origin/main\n"));
    served.commit("somebody@example.com", "The integration branch");
    served.push(&["main"]).exits(0);
    served.branch("own");
    served.repo.write(".perfteam/perfteam.yaml", "version: 1\nrules:\n  unprocessed-flag: off\n");
    served.commit(API, "Policy of my own");
    // What policy calls `origin/main` is `main` here, and a branch could have just that name.
    assert_snapshot!(said(&served.push(&["own:refs/heads/origin/main"]).exits(1)), @r#"
    push of refs/heads/origin/main refused: it would take the place of main as the integration branch
      why: policy and roster are read from the integration branch, and no push decides which one that is
      try: give the branch another name
      try: if it is to take the place of main, have whoever runs the server name it first: git config perfteam.integration origin/main
    "#);
    served.push(&["main:refs/heads/origin/main"]).exits(1);
    // HEAD of the server names a branch that nobody has pushed, which is common: `master`.
    served.world.git(&served.bare, &["symbolic-ref", "HEAD", "refs/heads/master"]).exits(0);
    served.push(&["own:master"]).exits(1);
    served.push(&["own:other"]).exits(0);
    served.work(DB, "work");
    served.push(&["own:other"]).exits(1);
    // Who runs the server says it.
    served.world.git(&served.bare, &["config", "perfteam.integration", "main"]).exits(0);
    served.push(&["own~1:refs/heads/master"]).exits(0);
    served.push(&["own:other"]).exits(1);
}

#[test]
fn a_name_is_that_of_a_branch_and_not_of_a_tag() {
    let served = Served::new();
    served.branch("work");
    let work = served.work(DB, "work");
    served.push(&["work:refs/tags/origin/main", "work:refs/tags/main"]).exits(0);
    let clone = served.clone("ci");
    served.world.git(&clone, &["fetch", "-q", "../repo", "work"]).exits(0);
    served.world.git(&clone, &["switch", "-q", "--detach", &work]).exits(0);
    assert_eq!(served.world.git(&clone, &["tag"]).stdout, "main\norigin/main\n");
    // As CI checks out a branch that somebody called so.
    served.world.git(&clone, &["branch", "origin/main"]).exits(0);
    for base in ["origin/main", "main", "origin/main~0", "origin", "refs/remotes/origin/main"] {
        served.world.perfteam(&clone, "", &["check", "--base", base]).exits(1);
    }
    let reviewed = served.world.perfteam(&clone, "", &["review", "--format", "text"]).exits(0).stdout;
    assert!(reviewed.starts_with("perfteam: blocked"), "{reviewed}");
    // The id of a commit is no name.
    served
        .world
        .git(&clone, &["update-ref", &format!("refs/heads/{}", served.there("refs/heads/main")), &work])
        .exits(0);
    served.world.perfteam(&clone, "", &["check", "--base", &served.there("refs/heads/main")]).exits(1);
}

#[test]
fn a_push_to_main_that_only_the_forge_may_make_sets_no_other_branch_free() {
    let served = Served::new();
    served.world.git(&served.bare, &["config", "perfteam.protected", "true"]).exits(0);
    served.bare.write_program("hooks/update", "#!/bin/sh\ntest \"$1\" != refs/heads/main\n");
    served.branch("work");
    served.work(DB, "work");
    served.push(&["work:main", "work:other"]).exits(1);
    assert_eq!(served.there("other"), "");
}

#[test]
fn a_merge_that_drops_what_a_side_did_is_work() {
    let served = Served::new();
    served.repo.write("src/fix.rs", "// vulnerable\n");
    served.commit(API, "Vulnerable");
    served.repo.write("src/fix.rs", "// fixed\n");
    served.commit(API, "Fixed");
    served.push(&["main"]).exits(0);
    // As `git merge -s ours main` on an old state would do it, and the other way round.
    served.git(&["switch", "-q", "--detach", "main~1"]);
    for parents in [["main~1", "main"], ["main", "main~1"]] {
        let dropped = served.as_merge(DB, &parents);
        let told = said(&served.push(&[&format!("{dropped}:refs/heads/dropped")]).exits(1));
        assert!(told.contains("[unprocessed-flag]"), "{told}");
    }
}

#[test]
fn merges_in_which_both_sides_did_something_are_no_work() {
    let served = Served::new();
    let lines = |first: &str, last: &str| format!("{first}\n2\n3\n4\n5\n6\n7\n8\n{last}\n");
    served.repo.write("src/both.rs", &lines("1", "9"));
    served.commit(API, "Both");
    served.branch("side");
    served.repo.write("src/both.rs", &lines("one", "9"));
    served.commit(API, "One");
    served.git(&["switch", "-q", "main"]);
    served.repo.write("src/both.rs", &lines("1", "nine"));
    served.commit(API, "Nine");
    served.push(&["main", "side"]).exits(0);
    // Crossed twice, so that there are two merge bases, and then taken back on one of the sides.
    for (name, start, other) in [("left", "main", "side"), ("right", "side", "main")] {
        served.git(&["switch", "-q", "-c", name, start]);
        served.world.git_as(&served.repo, DB, &["merge", "-q", "--no-ff", "--no-edit", other]).exits(0);
    }
    served.git(&["switch", "-q", "left"]);
    served.repo.write("src/both.rs", &lines("1", "nine"));
    served.commit(API, "Back to the first");
    served.world.git_as(&served.repo, DB, &["merge", "-q", "--no-ff", "--no-edit", "right"]).exits(0);
    assert!(served.repo.read("src/both.rs").starts_with("1\n"));
    assert_eq!(said(&served.push(&["left", "right"]).exits(0)), "");
}

#[test]
fn a_merge_follows_renames_as_git_does() {
    let served = Served::new();
    let lines = |first: &str| format!("{first}\n2\n3\n4\n5\n6\n7\n8\n9\n");
    served.repo.write("src/old/pool.rs", &lines("1"));
    served.repo.write("src/old/more.rs", &lines("more"));
    served.commit(API, "Old folder");
    served.branch("side");
    served.repo.write("src/old/pool.rs", &lines("one"));
    served.repo.write("src/old/added.rs", "// added\n");
    served.commit(API, "Edited in the old folder");
    served.git(&["switch", "-q", "main"]);
    served.git(&["mv", "src/old", "src/new"]);
    served.commit(API, "New folder");
    served.push(&["main", "side"]).exits(0);
    served.git(&["switch", "-q", "-c", "joined"]);
    let merge = ["-c", "merge.directoryRenames=true", "merge", "-q", "--no-ff", "--no-edit", "side"];
    served.world.git_as(&served.repo, DB, &merge).exits(0);
    assert_eq!(served.repo.read("src/new/pool.rs"), lines("one"));
    assert_eq!(served.repo.read("src/new/added.rs"), "// added\n");
    served.push(&["joined"]).exits(0);
    assert_eq!(served.ci("joined", "origin/main"), 0);
    // What is done beside is work still.
    served.git(&["switch", "-q", "joined"]);
    served.repo.write("src/new/more.rs", &lines("hidden"));
    served.git(&["add", "-A"]);
    let hidden = served.git(&["write-tree"]).trim().to_owned();
    let args = ["commit-tree", &hidden, "-m", "Merge branch 'side'", "-p", "main", "-p", "side"];
    let hidden = served.world.git_as(&served.repo, DB, &args).exits(0).stdout.trim().to_owned();
    let told = said(&served.push(&[&format!("{hidden}:refs/heads/hidden")]).exits(1));
    assert!(told.contains("[unprocessed-flag]"), "{told}");
}

#[test]
fn the_date_of_a_commit_holds_no_lock_longer() {
    let served = Served::new();
    let head = served.git(&["ls-files", ".perfteam/flags/*/flag.md"]);
    let folder = head.trim().strip_suffix("/flag.md").expect("a head");
    let (_, id) = folder.rsplit_once('-').expect("an id");
    let again = |date: &str| {
        let mut amend = served.world.git_command(&served.repo, DB, &["commit", "-q", "--amend", "--no-edit"]);
        amend.env("GIT_COMMITTER_DATE", date);
        run(amend).exits(0);
    };
    // From next century, where its lock seems to be a short one.
    served.branch("future");
    let lock = format!(
        "---\nrecord: \"{id}\"\nevent: locked\nby: \"@database.postgres\"\nat: \"2026-11-20T15:00:00.000Z\"\n\
         seq: 1\nlease_until: \"2098-01-01T01:00:00.000Z\"\n---\n"
    );
    served.repo.write(&format!("{folder}/20261120T150000.000Z-locked-abcdef.md"), &lock);
    served.work(DB, "future");
    again("2098-01-01T00:00:00Z");
    let told = said(&served.push(&["future"]).exits(1));
    assert!(told.contains("longer than the 4h that policy gives a lease"), "{told}");
    assert_eq!(served.ci("future", "origin/main"), 1);
    // A lock that had ended when the branch began, and work that says to be older.
    served.git(&["switch", "-q", "main"]);
    served.git(&["branch", "-q", "-D", "future"]);
    served.world.perfteam(&served.repo, "@database.postgres", &["flag", "lock", "--mine"]).exits(0);
    served.commit(DB, "Locked");
    served.push(&["main"]).exits(0);
    let late = |args: &[&str]| {
        let mut command = served.world.git_command(&served.repo, API, args);
        command
            .env("PERFTEAM_NOW", "2026-11-22T00:00:00.000Z")
            .env("GIT_COMMITTER_DATE", "2026-11-21T12:00:00Z");
        run(command)
    };
    late(&["commit", "-q", "--allow-empty", "-m", "Later"]).exits(0);
    late(&["push", "-q", "origin", "main"]).exits(0);
    served.branch("past");
    served.work(DB, "past");
    again("2026-11-20T15:30:00Z");
    let told = said(&late(&["push", "-q", "origin", "past"]).exits(1));
    assert!(told.contains("again, since its lock ended"), "{told}");
}
