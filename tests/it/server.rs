//! The repository that receives a push judges it by what it has.

use crate::environment::{Repo, Run, World, agent, run};
use insta::assert_snapshot;

const DB: &str = "db@example.com";
const API: &str = "api@example.com";

/// A work tree, and the bare repository to which it pushes, which has main and the hook.
pub struct Served {
    pub world: World,
    pub repo: Repo,
    pub bare: Repo,
}

impl Served {
    /// The team of `World::with_team`, with a flag for `@database.postgres` on main.
    pub fn new() -> Served {
        let served = Served::empty();
        served.world.flag(&served.repo, "@backend.api", "@database.postgres", &[]);
        served.commit(API, "A flag");
        served.push(&["main"]).exits(0);
        served
    }

    /// The same before anything is pushed and without the flag. Hooks of the author are out of the way:
    /// what passes by them is what the server is for.
    pub fn empty() -> Served {
        let (world, repo) = World::with_team();
        world.git(&repo, &["config", "core.hooksPath", "/dev/null"]).exits(0);
        let bare = Repo { path: world.path().join("server.git") };
        world.git(&repo, &["init", "-q", "--bare", "-b", "main", "../server.git"]).exits(0);
        world.perfteam(&bare, "", &["hook", "install", "--server"]).exits(0);
        let url = format!("file://{}", bare.path.display());
        world.git(&repo, &["remote", "add", "origin", &url]).exits(0);
        Served { world, repo, bare }
    }

    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.world.git(&self.repo, args).exits(0).stdout
    }

    /// Commits all changes as the author with this address.
    #[track_caller]
    pub fn commit(&self, email: &str, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.world.git_as(&self.repo, email, &["commit", "-q", "--allow-empty", "-m", message]).exits(0);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// A commit that adds the file `src/NAME.rs`.
    #[track_caller]
    pub fn work(&self, email: &str, name: &str) -> String {
        self.repo.write(&format!("src/{name}.rs"), "// work\n");
        self.commit(email, &format!("Work on {name}"))
    }

    #[track_caller]
    pub fn branch(&self, name: &str) {
        self.git(&["switch", "-q", "-c", name]);
    }

    pub fn push(&self, args: &[&str]) -> Run {
        self.world.git(&self.repo, &[&["push", "-q", "origin"], args].concat())
    }

    /// Where a branch of the server is.
    pub fn there(&self, name: &str) -> String {
        self.world.git(&self.bare, &["rev-parse", "--verify", "--quiet", name]).stdout.trim().to_owned()
    }
}

/// What the server said, without git's own words around it.
pub fn said(run: &Run) -> String {
    let lines = run.stderr.lines().filter_map(|line| line.strip_prefix("remote: "));
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn what_passed_by_the_gate_is_refused_in_the_words_of_ci() {
    let served = Served::new();
    served.branch("work");
    let commit = served.work(DB, "work");
    let refused = served.push(&["work"]).exits(1);
    assert_snapshot!(said(&refused).replace(&commit[..10], "COMMIT"), @r#"
    push of refs/heads/work refused: 1 blocking
    blocked: flag 43r0 from @backend.api waits for @database.postgres: The pool hands out at most twenty connections instead of one hundred… [unprocessed-flag]
     --> .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-43r07ztzjt/flag.md:6:1
      |
    6 | to: "@database.postgres"
      | ^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = commit: COMMIT
      = why: a flag says that somebody changed what your work rests on; it comes before other work
      = try: perfteam flag show 43r0
      = try: perfteam flag complete 43r0 --note "what you did"
      = try: perfteam flag lock 43r0
    "#);
    assert_eq!(served.there("work"), "");
    let ci = served.world.perfteam(&served.repo, "", &["check", "--base", "origin/main"]).exits(1).stdout;
    let (diagnostics, summary) = ci.trim_end().rsplit_once("\n\n").expect("diagnostics and summary");
    let told = said(&refused);
    let (first, rest) = told.split_once('\n').expect("lines");
    assert_eq!(first, format!("push of refs/heads/work refused: {summary}"));
    assert_eq!(rest.trim_end(), diagnostics.trim_end());

    served.world.perfteam(&served.repo, "@database.postgres", &["flag", "lock", "--mine"]).exits(0);
    let tip = served.commit(DB, "Process");
    served.push(&["work"]).exits(0);
    assert_eq!(served.there("work"), tip);
}

#[test]
fn the_first_push_into_an_empty_repository_passes_and_then_counts() {
    let served = Served::empty();
    served.world.flag(&served.repo, "@backend.api", "@database.postgres", &[]);
    served.commit(API, "A flag");
    served.git(&["branch", "side"]);
    assert_snapshot!(said(&served.push(&["main", "side"]).exits(0)), @r#"
    note: main is new here: there is nothing yet to judge it by; from now on, pushes are judged by it
    note: not judged: there is no branch main here yet, by which pushes are judged
    "#);
    served.branch("work");
    served.work(DB, "work");
    served.push(&["work"]).exits(1);
    served.push(&["work:main"]).exits(1);
}

#[test]
fn without_records_nothing_is_said() {
    let served = Served::empty();
    served.git(&["rm", "-r", "-q", ".perfteam"]);
    served.git(&["commit", "-q", "--amend", "-m", "No records"]);
    served.git(&["switch", "-q", "-c", "bare", "main"]);
    for args in [&["main"][..], &["main:other"], &[":other"]] {
        assert_eq!(said(&served.push(args).exits(0)), "");
    }
}

#[test]
fn branches_that_lack_the_integration_branch_are_told_so() {
    let served = Served::empty();
    let pushed = served.push(&["main:feature"]).exits(0);
    assert_snapshot!(said(&pushed), @r#"
    note: not judged: there is no branch main here yet, by which pushes are judged
    "#);
}

#[test]
fn nobody_grants_himself_authority_on_a_branch_of_his_own() {
    let served = Served::new();
    served.branch("work");
    let policy = served.repo.read(".perfteam/perfteam.yaml");
    served.repo.write(".perfteam/perfteam.yaml", &format!("{policy}\nrules:\n  unprocessed-flag: off\n"));
    served.commit(API, "Policy");
    served.push(&["work"]).exits(0);
    // The policy is on the server now, on a branch: neither there nor on another does it count.
    served.work(DB, "work");
    served.push(&["work"]).exits(1);
    served.push(&["work:other"]).exits(1);
    served.push(&["work:main"]).exits(1);
    // In one push with what would be allowed by it, it counts no more.
    served.push(&["work~1:main", "work:other"]).exits(1);
    served.push(&["work~1:main"]).exits(0);
    served.push(&["work:other"]).exits(0);
}

#[test]
fn a_policy_does_not_name_another_integration_branch_for_the_push_that_brings_it() {
    let served = Served::new();
    served.branch("work");
    let policy = served.repo.read(".perfteam/perfteam.yaml");
    served.repo.write(".perfteam/perfteam.yaml", &format!("{policy}\nintegration: origin/work\n"));
    served.commit(API, "Policy");
    served.push(&["work"]).exits(0);
    served.work(DB, "work");
    served.push(&["work"]).exits(1);
    // What the server itself is told counts before any policy.
    served.world.git(&served.bare, &["config", "perfteam.integration", "main"]).exits(0);
    served.push(&["work~1:main"]).exits(0);
    served.push(&["work"]).exits(1);
}

#[test]
fn the_integration_branch_is_found() {
    let served = Served::empty();
    // HEAD of the server names a branch that nobody has pushed.
    served.world.git(&served.bare, &["symbolic-ref", "HEAD", "refs/heads/trunk"]).exits(0);
    let policy = served.repo.read(".perfteam/perfteam.yaml");
    served.repo.write(".perfteam/perfteam.yaml", &format!("{policy}\nintegration: origin/develop\n"));
    served.world.flag(&served.repo, "@backend.api", "@database.postgres", &[]);
    served.commit(API, "A flag");
    served.push(&["main", "main:develop"]).exits(0);
    served.branch("work");
    served.work(DB, "work");
    let told = said(&served.push(&["work"]).exits(1));
    assert!(told.contains("push of refs/heads/work refused: 1 blocking"), "{told}");
    // The default branch names develop; whoever pushes to main pushes to any branch.
    served.world.git(&served.bare, &["symbolic-ref", "HEAD", "refs/heads/main"]).exits(0);
    served.push(&["work"]).exits(1);
    served.push(&[":develop"]).exits(1);
}

#[test]
fn what_a_push_adds_is_judged_and_what_is_there_is_not() {
    let served = Served::new();
    // Past the server, too: before the hook was there.
    served.branch("work");
    served.work(DB, "work");
    let hook = served.bare.path.join("hooks/pre-receive");
    let aside = served.bare.path.join("aside");
    std::fs::rename(&hook, &aside).expect("a hook");
    served.push(&["work"]).exits(0);
    std::fs::rename(&aside, &hook).expect("a hook");
    served.work(API, "more");
    served.push(&["work"]).exits(0);
    // Merged, all of it is judged.
    served.push(&["work:main"]).exits(1);
    // Rewritten, it is another branch.
    served.git(&["commit", "-q", "--amend", "-m", "Again"]);
    served.push(&["--force", "work"]).exits(1);
}

#[test]
fn commits_of_the_integration_branch_are_not_the_pushers() {
    let served = Served::new();
    served.branch("feature");
    served.work(API, "feature");
    served.push(&["feature"]).exits(0);
    // main goes on, with a commit that would be refused today.
    served.git(&["switch", "-q", "main"]);
    served.work(DB, "db");
    std::fs::rename(served.bare.path.join("hooks/pre-receive"), served.bare.path.join("aside"))
        .expect("a hook");
    served.push(&["main"]).exits(0);
    std::fs::rename(served.bare.path.join("aside"), served.bare.path.join("hooks/pre-receive"))
        .expect("a hook");
    served.git(&["switch", "-q", "feature"]);
    served.world.git_as(&served.repo, API, &["merge", "-q", "--no-edit", "main"]).exits(0);
    served.push(&["feature"]).exits(0);
    served.git(&["reset", "-q", "--hard", "HEAD~1"]);
    served.world.git_as(&served.repo, API, &["rebase", "-q", "main"]).exits(0);
    served.push(&["--force", "feature"]).exits(0);
}

#[test]
fn tags_and_other_references_pass_and_open_no_way_around() {
    let served = Served::new();
    served.branch("work");
    served.work(DB, "work");
    served.git(&["tag", "v1"]);
    served.git(&["tag", "-m", "annotated", "v2"]);
    served.push(&["v1", "v2", "work:refs/notes/x", "work:refs/perfteam/claims/x"]).exits(0);
    served.push(&[":v1"]).exits(0);
    // Its objects are on the server now; the branch is judged all the same.
    served.push(&["work"]).exits(1);
    served.push(&["work:main"]).exits(1);
    served.push(&["work:refs/for/main"]).exits(1);
}

#[test]
fn replaced_objects_are_judged_as_what_they_are() {
    let served = Served::new();
    served.branch("good");
    let good = served.work(API, "work");
    served.git(&["switch", "-q", "-c", "bad", "main"]);
    let bad = served.work(DB, "work");
    served.push(&["good"]).exits(0);
    served.push(&[&format!("{good}:refs/replace/{bad}")]).exits(0);
    served.push(&["bad"]).exits(1);
    // For another hook than pre-receive, too, which sees no quarantine.
    let (zero, bad) = ("0".repeat(40), bad.as_str());
    served.push(&["bad:refs/tags/bad"]).exits(0);
    let update = ["hook", "run", "update", "refs/heads/bad", &zero, bad];
    served.world.perfteam(&served.bare, "", &update).exits(1);
}

#[test]
fn deletions() {
    let served = Served::new();
    served.branch("work");
    served.work(API, "work");
    served.push(&["work"]).exits(0);
    assert_eq!(said(&served.push(&[":work"]).exits(0)), "");
    let (id, _) = served.world.flag(&served.repo, "@backend.api", "@database.postgres", &[]);
    let tip = served.commit(API, "A flag");
    served.push(&["work"]).exits(0);
    let told = said(&served.push(&[":work"]).exits(0));
    assert_snapshot!(told.replace(&id, "ID").replace(&tip[..10], "TIP"), @r#"
    note: flag ID goes with refs/heads/work, and main does not have it; to bring it back: git push origin TIP:refs/heads/work
    "#);
    // git itself refuses to delete the branch of HEAD; with another HEAD we do.
    served.world.git(&served.bare, &["config", "receive.denyDeleteCurrent", "ignore"]).exits(0);
    assert_snapshot!(said(&served.push(&[":main"]).exits(1)), @r#"
    push of refs/heads/main refused: it deletes the integration branch
      why: policy and roster are read from main, and what is published is what it has
      try: if another branch takes its place, have whoever runs the server name it first: git config perfteam.integration NAME
    "#);
}

#[test]
fn a_forced_push_drops_nothing_that_was_published() {
    let served = Served::new();
    served.branch("work");
    served.world.flag(&served.repo, "@backend.api", "@database.postgres", &[]);
    served.commit(API, "A flag");
    served.push(&["-u", "work"]).exits(0);
    // Reworded, nothing is lost.
    served.git(&["commit", "-q", "--amend", "-m", "A better word"]);
    served.push(&["--force", "work"]).exits(0);
    served.git(&["reset", "-q", "--hard", "main"]);
    served.work(API, "work");
    let refused = said(&served.push(&["--force", "work"]).exits(1));
    assert_snapshot!(refused, @r#"
    push of refs/heads/work refused: 1 blocking
    blocked: a forced push drops or changes what was published on this branch: .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-50mazny0kw/flag.md [changed-record]
    --> .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-50mazny0kw/flag.md:1:1
     = why: what somebody else may have read must stay true: new things are said by new events
     = try: take what is there first, then push again: git fetch; git merge @{upstream}, or git rebase @{upstream}
    "#);
    // The integration branch can't be set back past its records.
    served.push(&["--force", "main~1:main"]).exits(1);
    // The way out that is named.
    served.git(&["fetch", "-q"]);
    served.world.git_as(&served.repo, API, &["rebase", "-q", "@{upstream}"]).exits(0);
    served.push(&["work"]).exits(0);
}

#[test]
fn a_forced_push_may_drop_what_was_merged_meanwhile() {
    let served = Served::new();
    served.branch("work");
    served.world.flag(&served.repo, "@backend.api", "@database.postgres", &[]);
    served.commit(API, "A flag");
    served.push(&["work"]).exits(0);
    // Squashed by the forge: the same files in a commit of its own.
    served.git(&["switch", "-q", "main"]);
    served.git(&["merge", "-q", "--squash", "work"]);
    served.commit(API, "Squashed");
    served.push(&["main"]).exits(0);
    served.git(&["switch", "-q", "-C", "work", "main"]);
    served.push(&["--force", "work"]).exits(0);
}

#[test]
fn an_orphan_branch_is_judged_as_a_whole() {
    let served = Served::new();
    served.git(&["switch", "-q", "--orphan", "pages"]);
    served.repo.write("index.html", "<h1>Pages</h1>\n");
    served.commit(API, "Pages");
    served.push(&["pages"]).exits(0);
    served.repo.write(".perfteam/flags/broken.md", "no record\n");
    served.commit(API, "Broken");
    served.push(&["pages"]).exits(1);
    served.push(&["--force", "pages:main"]).exits(1);
}

#[test]
fn of_several_references_all_or_none_are_taken() {
    let served = Served::new();
    served.branch("good");
    served.work(API, "good");
    served.git(&["switch", "-q", "-c", "bad", "main"]);
    served.work(DB, "bad");
    let told = said(&served.push(&["good", "bad"]).exits(1));
    assert!(told.starts_with("push of refs/heads/bad refused"), "{told}");
    assert_eq!((served.there("good"), served.there("bad")), (String::new(), String::new()));
    // main and a branch that begins at its new tip.
    served.git(&["switch", "-q", "main"]);
    served.work(API, "main");
    served.git(&["switch", "-q", "-c", "next"]);
    served.work(API, "next");
    served.push(&["main", "next", "good"]).exits(0);
}

#[test]
fn the_hook_update_judges_each_reference() {
    let served = Served::new();
    let hooks = served.bare.path.join("hooks");
    std::fs::remove_file(hooks.join("pre-receive")).expect("a hook");
    served.bare.write_program("hooks/update", "#!/bin/sh\nexec perfteam hook run update \"$@\"\n");
    served.branch("good");
    served.work(API, "good");
    served.git(&["switch", "-q", "-c", "bad", "main"]);
    served.work(DB, "bad");
    served.push(&["good", "bad"]).exits(1);
    assert!(!served.there("good").is_empty() && served.there("bad").is_empty());
    served.world.perfteam(&served.bare, "", &["hook", "run", "update"]).exits(2);
    let nonsense = served.world.perfteam(&served.bare, "", &["hook", "run", "update", "a", "b", "c"]);
    assert_eq!(nonsense.code, 2);
}

#[test]
fn a_repository_with_a_work_tree_receives_too() {
    let served = Served::new();
    let other = Repo { path: served.world.path().join("other") };
    served.git(&["clone", "-q", "../server.git", "../other"]);
    served.world.perfteam(&other, "", &["hook", "install", "--server"]).exits(0);
    served.branch("work");
    served.work(DB, "work");
    served.world.git(&served.repo, &["push", "-q", "../other", "work"]).exits(1);
    served.world.git(&served.repo, &["push", "-q", "../other", "main:elsewhere"]).exits(0);
}

#[test]
fn forks_that_borrow_objects_receive_too() {
    let served = Served::new();
    let fork = Repo { path: served.world.path().join("deep/fork.git") };
    served.git(&["clone", "-q", "--bare", "--shared", "../server.git", "../deep/fork.git"]);
    // As forges write it: relative to the folder of the objects.
    fork.write("objects/info/alternates", "../../../server.git/objects\n");
    served.world.perfteam(&fork, "", &["hook", "install", "--server"]).exits(0);
    served.branch("work");
    served.work(DB, "work");
    served.world.git(&served.repo, &["push", "-q", "../deep/fork.git", "work"]).exits(1);
    served.git(&["switch", "-q", "-c", "good", "main"]);
    served.work(API, "good");
    served.world.git(&served.repo, &["push", "-q", "../deep/fork.git", "good"]).exits(0);
}

#[test]
fn nothing_is_left_behind_and_no_cache_is_needed() {
    let served = Served::new();
    served.branch("work");
    served.work(DB, "work");
    for _ in 0..2 {
        served.push(&["work"]).exits(1);
        let left = std::fs::read_dir(&served.bare.path).expect("a folder").flatten();
        let names: Vec<String> = left.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        assert!(!names.iter().any(|name| name.starts_with("perfteam-incoming")), "{names:?}");
        let objects = std::fs::read_dir(served.bare.path.join("objects")).expect("a folder").flatten();
        let kept = objects.filter(|entry| entry.file_name().to_string_lossy().contains("incoming")).count();
        assert_eq!(kept, 0);
        let _ = std::fs::remove_dir_all(served.bare.path.join("perfteam"));
    }
    // Where no cache can be written, the verdict is the same.
    served.bare.write("perfteam", "a file in its place\n");
    served.push(&["work"]).exits(1);
    served.push(&["work~1:refs/heads/clean"]).exits(0);
}

#[test]
fn without_the_program_nothing_is_taken_in() {
    let served = Served::new();
    served.branch("work");
    served.work(API, "work");
    let hook = served.bare.path.join("hooks/pre-receive");
    let text = std::fs::read_to_string(&hook).expect("a hook");
    std::fs::write(&hook, text.replace(env!("CARGO_BIN_EXE_perfteam"), "/nowhere/perfteam")).expect("a hook");
    let mut push = served.world.git_command(&served.repo, API, &["push", "-q", "origin", "work"]);
    push.env("PATH", World::path_without_perfteam());
    let refused = run(push).exits(1);
    assert!(
        said(&refused).contains("pre-receive hook can't judge the push without it"),
        "{}",
        refused.stderr
    );
}

#[test]
fn installed_proven_and_taken_out() {
    let served = Served::empty();
    let hook = |args: &[&str]| served.world.perfteam(&served.bare, "", &[&["hook"], args].concat());
    assert_snapshot!(hook(&["status"]).exits(0).stdout, @r#"
    hooks in hooks
      pre-receive         fires
    "#);
    assert_snapshot!(hook(&["install", "--server"]).exits(0).stdout, @r#"
    nothing to do for the hooks in hooks
    "#);
    let told = hook(&["install"]).story().replace(&served.world.path().display().to_string(), "WORLD");
    assert_snapshot!(told, @r#"
    --- stderr ---
    error: WORLD/server.git is a bare repository: it has no work tree
      try: run it in a work tree: git worktree add ../work
      try: or let the repository judge what is pushed to it: perfteam hook install --server
    --- exit 3 ---
    "#);
    // Beside what others put there.
    served.bare.write_program(
        "hooks/pre-receive",
        "#!/bin/sh\nwhile read -r old new ref; do echo \"saw $ref\"; done\n",
    );
    assert_snapshot!(hook(&["status"]).exits(1).stdout, @r#"
    hooks in hooks
      pre-receive         missing
    try: perfteam hook install --server
    "#);
    hook(&["install", "--server"]).exits(0);
    let pushed = served.push(&["main"]).exits(0);
    assert!(said(&pushed).contains("saw refs/heads/main"), "{}", pushed.stderr);
    assert_snapshot!(hook(&["uninstall", "--server"]).exits(0).stdout, @r#"
    took the hook out of hooks/pre-receive
    "#);
    assert_eq!(hook(&["status", "--format", "json"]).exits(1).json()["hooks"][0]["state"], "missing");
}

#[test]
fn a_broken_update_is_refused() {
    let served = Served::new();
    let mut hook = served.world.perfteam_command(&served.bare, "", &["hook", "run", "pre-receive"]);
    let file = served.world.path().join("lines");
    std::fs::write(&file, "nonsense\n").expect("a file");
    hook.stdin(std::fs::File::open(&file).expect("a file"));
    let refused = run(hook).exits(3);
    assert_snapshot!(refused.stderr, @r#"
    error: standard input says no updates: expected OLD-ID NEW-ID REF in each line
    "#);
}

#[test]
fn two_pushes_at_once() {
    let served = Served::new();
    let names = ["one", "two", "three", "four"];
    for (at, name) in names.iter().enumerate() {
        served.git(&["switch", "-q", "-c", name, "main"]);
        served.work(if at % 2 == 0 { API } else { DB }, name);
    }
    let pushes: Vec<_> = names
        .iter()
        .map(|name| {
            let mut push = served.world.git_command(&served.repo, API, &["push", "-q", "origin", name]);
            push.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
            push.spawn().expect("git")
        })
        .collect();
    let codes: Vec<bool> = pushes.into_iter().map(|mut push| push.wait().expect("git").success()).collect();
    assert_eq!(codes, [true, false, true, false]);
    for (at, name) in names.iter().enumerate() {
        assert_eq!(served.there(name).is_empty(), at % 2 == 1, "{name}");
    }
}

#[test]
fn agents_that_the_push_brings_have_no_authority_yet() {
    let served = Served::new();
    served.branch("work");
    served.repo.write(".perfteam/agents/new.agent.md", &agent("@new.agent", "new@example.com", ""));
    served.commit("new@example.com", "A new agent");
    served.push(&["work"]).exits(0);
    served.repo.write("src/new.rs", "// new\n");
    served.commit("new@example.com", "By it\n\nPerfteam-Agent: @new.agent");
    let told = said(&served.push(&["work"]).exits(0));
    assert!(
        told.contains("warning: `Perfteam-Agent: @new.agent` names an agent whom only this change brings"),
        "{told}"
    );
    served.repo.write("src/new.rs", "// newer\n");
    served.commit("other@example.com", "By somebody else\n\nPerfteam-Agent: @new.agent");
    let told = said(&served.push(&["work"]).exits(1));
    assert!(told.contains("names nobody whom the roster knew before this change [actor-mismatch]"), "{told}");
}

/// A server that speaks git's own protocol on loopback: a `git daemon` for each connection. Its port is
/// one that is free for certain, since it is taken by the listener itself.
#[cfg(unix)]
fn daemon(served: &Served) -> Option<String> {
    use std::os::fd::OwnedFd;
    use std::process::Stdio;

    if served
        .world
        .git(&served.bare, &["daemon", "--inetd", "--nonsense"])
        .stderr
        .contains("is not a git command")
    {
        eprintln!("skipped: there is no git daemon here");
        return None;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let base = format!("--base-path={}", served.world.path().display());
    let args = ["daemon", "--inetd", "--export-all", "--enable=receive-pack", &base];
    let commands: Vec<_> = (0..8).map(|_| served.world.git_command(&served.bare, API, &args)).collect();
    std::thread::spawn(move || {
        for (mut command, stream) in commands.into_iter().zip(listener.incoming()) {
            let stream = OwnedFd::from(stream.expect("a connection"));
            let copy = stream.try_clone().expect("a socket");
            command.stdin(Stdio::from(stream)).stdout(Stdio::from(copy)).stderr(Stdio::null());
            let _ = command.spawn().and_then(|mut child| child.wait());
        }
    });
    Some(format!("git://127.0.0.1:{port}/server.git"))
}

#[test]
#[cfg(unix)]
fn pushes_over_the_network_are_judged_alike() {
    let served = Served::new();
    let Some(url) = daemon(&served) else { return };
    let push = |args: &[&str]| served.world.git(&served.repo, &[&["push", "-q", &url], args].concat());
    served.branch("work");
    served.work(DB, "work");
    let told = said(&push(&["work"]).exits(1));
    assert!(told.starts_with("push of refs/heads/work refused: 1 blocking\n"), "{told}");
    assert_eq!(served.there("work"), "");
    served.git(&["switch", "-q", "-c", "good", "main"]);
    let tip = served.work(API, "good");
    push(&["good"]).exits(0);
    assert_eq!(served.there("good"), tip);
    push(&[":good"]).exits(0);
}

#[test]
fn a_forge_that_merges_is_not_asked_who_acted() {
    let served = Served::new();
    // Squashed by the forge: its address, and the step of somebody else.
    let squashed = served.work(DB, "squashed");
    served.push(&["main"]).exits(1);
    served.world.git(&served.bare, &["config", "perfteam.protected", "true"]).exits(0);
    let told = said(&served.push(&["main"]).exits(0));
    assert!(told.starts_with("push of refs/heads/main: 1 note\n"), "{told}");
    assert_eq!(served.there("main"), squashed);
    // Branches are judged as ever, and so is what does not rest on who acted.
    served.push(&["main:work"]).exits(0);
    served.branch("work");
    served.work(DB, "more");
    served.push(&["work"]).exits(1);
    served.git(&["reset", "-q", "--hard", "main"]);
    served.repo.write(".perfteam/flags/broken.md", "no record\n");
    served.commit(API, "Broken");
    served.push(&["work:main"]).exits(1);
}

#[test]
#[cfg(unix)]
fn what_a_killed_hook_left_is_taken_away_by_a_later_one() {
    let served = Served::new();
    let now = std::time::SystemTime::now();
    let left = |name: &str, age: u64| {
        let folder = served.bare.path.join(name);
        std::fs::create_dir_all(folder.join("info")).expect("a folder");
        let then = now - std::time::Duration::from_secs(age);
        std::fs::File::open(&folder).and_then(|folder| folder.set_modified(then)).expect("a time");
        folder
    };
    let old = left("perfteam-incoming-old", 2 * 24 * 60 * 60);
    let young = left("perfteam-incoming-young", 60);
    let other = left("incoming", 2 * 24 * 60 * 60);
    served.branch("work");
    served.work(API, "work");
    served.push(&["work"]).exits(0);
    assert!(!old.exists() && young.exists() && other.exists());
}

#[test]
fn a_thousand_commits_in_one_push() {
    let served = Served::new();
    served.branch("many");
    let parent = served.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let mut stream = String::new();
    for at in 0..1_000 {
        let from = if at == 0 { format!("from {parent}\n") } else { String::new() };
        stream.push_str(&format!(
            "commit refs/heads/many\nauthor A <{API}> {time} +0000\ncommitter A <{API}> {time} +0000\ndata 1\nm\n\
             {from}M 100644 inline src/many.rs\ndata 4\n{at:04}\n",
            time = 1_795_190_400 + at
        ));
    }
    served.repo.write("../stream", &stream);
    let mut import = served.world.git_command(&served.repo, API, &["fast-import", "--quiet", "--force"]);
    import.stdin(std::fs::File::open(served.world.path().join("stream")).expect("a file"));
    run(import).exits(0);
    served.push(&["many"]).exits(0);
    served.git(&["reset", "-q", "--hard", "many"]);
    served.work(DB, "last");
    served.push(&["many:other"]).exits(1);
}
