//! `review`: what a branch does to the coordination, as its reviewers see it.

use crate::environment::{ACTION, CHANGE, Repo, World, agent};
use insta::assert_snapshot;

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";
const LEAD: &str = "@performance.lead";

/// Sets a world up in which `@database.postgres` owns db/ and watches src/pool.rs, and three of its
/// flags wait for `@backend.api`; the branch work is checked out. Yields their ids: a change, a
/// question, a change.
fn scene() -> (World, Repo, [String; 3]) {
    let (world, repo) = World::with_team();
    let rights = "watches:\n  - src/pool.rs\nwrites:\n  exclusive:\n    - db/\n";
    repo.write(".perfteam/agents/database.postgres.md", &agent(DB, "db@example.com", rights));
    let change = world.flag(&repo, DB, API, &["--title", "Pool of twenty"]).0;
    let question = ask(&world, &repo);
    let other = world.flag(&repo, DB, API, &["--title", "Left undone", "--impact", "high"]).0;
    commit(&world, &repo, "db@example.com", "Flags");
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    (world, repo, [change, question, other])
}

fn ask(world: &World, repo: &Repo) -> String {
    let args = ["flag", "create", "--type", "information_request", "--to", API, "--change", CHANGE];
    let more = ["--action", ACTION, "--title", "How many connections?", "--format", "json"];
    let asked = world.perfteam(repo, DB, &[&args[..], &more[..]].concat()).exits(0).json();
    asked["id"].as_str().expect("an id").to_owned()
}

fn commit(world: &World, repo: &Repo, email: &str, message: &str) {
    world.git_as(repo, email, &["add", "-A"]).exits(0);
    world.git_as(repo, email, &["commit", "-q", "--no-verify", "-m", message]).exits(0);
}

/// A branch that opens, answers, completes, moves and leaves hanging, breaks rules, and changes the
/// team.
fn branch(world: &World, repo: &Repo, [change, question, _]: &[String; 3]) {
    repo.write("src/pool.rs", "pub const SIZE: u32 = 20;\n");
    repo.write("db/pool.sql", "select 1;\n");
    world.perfteam(repo, API, &["flag", "complete", change, "--note", "Twenty; p95 is 208 ms."]).exits(0);
    world.perfteam(repo, API, &["flag", "reply", question, "--note", "Twenty."]).exits(0);
    let more =
        ["--chain", change, "--title", "Lower max_connections", "--impact", "high", "--file", "src/pool.rs"];
    world.flag(repo, API, DB, &more);
    let task = ["task", "create", "--title", "Load test", "--to", "@performance.benchmarker"];
    world.perfteam(repo, API, &[&task[..], &["--deadline", "+2h"]].concat()).exits(0);
    let finding = ["--title", "The pool is exhausted", "--category", "bottleneck", "--component", "pool"];
    let evidence = ["--severity", "high", "--evidence", "The database counts twenty of twenty connections."];
    world.perfteam(repo, API, &[&["finding", "report"], &finding[..], &evidence[..]].concat()).exits(0);
    let policy = repo.read(".perfteam/perfteam.yaml");
    repo.write(".perfteam/perfteam.yaml", &format!("{policy}\nlease: 2h\n"));
    let wide = "writes:\n  exclusive:\n    - src/\n";
    repo.write(".perfteam/agents/backend.api.md", &agent(API, "api@example.com", wide));
    commit(world, repo, "api@example.com", "Twenty connections");
}

/// What is printed of the branch, without the id of its last commit: that is one of the whole tree.
fn told(world: &World, repo: &Repo, args: &[&str]) -> String {
    let commit = world.git(repo, &["rev-parse", "--short=10", "HEAD"]).exits(0).stdout;
    let run = world.perfteam(repo, API, &[&["review"], args].concat()).exits(0);
    assert_eq!(run.stderr, "");
    run.stdout.replace(commit.trim(), "COMMIT")
}

#[test]
fn a_branch_is_summed_up_as_a_comment() {
    let (world, repo, flags) = scene();
    branch(&world, &repo, &flags);
    assert_snapshot!(told(&world, &repo, &[]), @r#"
    <!-- perfteam:review -->
    ### perfteam: blocked (2 blocking, 1 note)

    This branch **opens 1 flag, 1 task, 1 finding; answers 1 flag; completes 1 flag; leaves 1 hanging**. 9 paths in 1 commit.

    **Who must look at it**

    - [ ] `@performance.lead`: must approve the change of roster, policy, signers or write authority
    - [ ] `@database.postgres`: must act on [`flag zq2v`](.perfteam/flags/2026-11-20/lower-max-connections-zq2vawzpqh/flag.md#L1) (Lower max\_connections); owns `db/pool.sql`; watches `src/pool.rs`
    - [ ] `@performance.benchmarker`: must act on [`task yhsq`](.perfteam/tasks/2026-11-20/load-test-yhsqxtg2pe/task.md#L1) (Load test)

    <details open>
    <summary>Takes effect after the merge (2)</summary>

    The change of roster, policy, signers or write authority takes effect after the merge; this branch is judged by what its base says. It must be approved by `@performance.lead` (note `authority-change` [`.perfteam/agents/backend.api.md:1`](.perfteam/agents/backend.api.md#L1)).

    - policy `lease`: `"4h"` becomes `"2h"`
    - `@backend.api` changes: `writes`
      - authority: `+ exclusive: src/`

    </details>

    <details open>
    <summary>What blocks (2)</summary>

    - block `unprocessed-flag` [`.perfteam/flags/2026-11-20/left-undone-qe34kchw1z/flag.md:6`](.perfteam/flags/2026-11-20/left-undone-qe34kchw1z/flag.md#L6) flag qe34 from @&#8203;database.postgres waits for @&#8203;backend.api: Left undone
      - why: a flag says that somebody changed what your work rests on; it comes before other work
      - try: `perfteam flag show qe34`
      - try: `perfteam flag complete qe34 --note "what you did"`
      - try: `perfteam flag lock qe34`
      - commit: `COMMIT`
    - block `write-authority` [`db/pool.sql:1`](db/pool.sql#L1) db/pool.sql: only @&#8203;database.postgres may write there (\`db/\`), not @&#8203;backend.api
      - why: who answers for a path decides what happens to it; authority is read from before the change
      - try: `ask @database.postgres for it: perfteam flag create --type change --to @database.postgres --file db/pool.sql --change "what changed, with names and numbers" --action "the exact steps that @database.postgres must take"`
      - try: `take it back: git revert --no-commit COMMIT`
      - commit: `COMMIT`

    </details>

    <details open>
    <summary>Leaves hanging (1)</summary>

    - [`flag qe34`](.perfteam/flags/2026-11-20/left-undone-qe34kchw1z/flag.md#L1) high from `@database.postgres` to `@backend.api`: Left undone, `change`, pending
      - nobody works on it
      - see it: `perfteam flag show qe34`

    </details>

    <details>
    <summary>Opens (3)</summary>

    - [`flag zq2v`](.perfteam/flags/2026-11-20/lower-max-connections-zq2vawzpqh/flag.md#L1) high from `@backend.api` to `@database.postgres`: Lower max\_connections, `change`, pending
      - about `src/pool.rs`

      **Change**

      > The pool hands out at most twenty connections instead of one hundred since Monday.

      **Action**

      > Set max\_connections in config/api.toml to twenty, run the load test of the checkout service, and compare its latency with the baseline of last week before you deploy anything.

    - [`task yhsq`](.perfteam/tasks/2026-11-20/load-test-yhsqxtg2pe/task.md#L1) medium from `@backend.api` to `@performance.benchmarker`: Load test, `implementation`, pending
      - due 2026-11-20 17:14 UTC
    - [`finding 50ma`](.perfteam/findings/2026-11-20/the-pool-is-exhausted-50mazny0kw/finding.md#L1) high from `@backend.api`: The pool is exhausted, `bottleneck`, reported

      **Evidence**

      > The database counts twenty of twenty connections.

    </details>

    <details>
    <summary>Answers (1)</summary>

    - [`flag 00rz`](.perfteam/flags/2026-11-20/how-many-connections-00rzyp6v55/flag.md#L1) medium from `@database.postgres` to `@backend.api`: How many connections?, `information_request`, completed, pending before
      - [`replied`](.perfteam/flags/2026-11-20/how-many-connections-00rzyp6v55/20261120T151200.000Z-replied-3r3xxc.md#L1) by `@backend.api` at 2026-11-20 15:12 UTC: Twenty.

    </details>

    <details>
    <summary>Completes (1)</summary>

    - [`flag ttgk`](.perfteam/flags/2026-11-20/pool-of-twenty-ttgkrhj1vs/flag.md#L1) medium from `@database.postgres` to `@backend.api`: Pool of twenty, `change`, completed, pending before
      - [`completed`](.perfteam/flags/2026-11-20/pool-of-twenty-ttgkrhj1vs/20261120T151100.000Z-completed-x4c0rh.md#L1) by `@backend.api` at 2026-11-20 15:11 UTC: Twenty; p95 is 208 ms.

    </details>

    <details>
    <summary>Chains (2)</summary>

    ```mermaid
    flowchart LR
      r0["flag ttgk<br/>Pool of twenty<br/>@backend.api, completed"]
      r1["flag zq2v<br/>Lower max_connections<br/>@database.postgres, pending"]
      r0 --> r1
      classDef completed fill:#dafbe1,stroke:#1a7f37
      class r0 completed
    ```

    </details>

    Judged: `COMMIT` against `main`
    "#);
}

#[test]
fn the_same_is_told_as_text() {
    let (world, repo, flags) = scene();
    branch(&world, &repo, &flags);
    assert_snapshot!(told(&world, &repo, &["--format", "text"]), @r#"
    perfteam: blocked (2 blocking, 1 note)
    This branch opens 1 flag, 1 task, 1 finding; answers 1 flag; completes 1 flag; leaves 1 hanging. 9 paths in 1 commit.

    Who must look at it (3)
      [ ] @performance.lead: must approve the change of roster, policy, signers or write authority
      [ ] @database.postgres: must act on flag zq2v (Lower max_connections); owns db/pool.sql; watches src/pool.rs
      [ ] @performance.benchmarker: must act on task yhsq (Load test)

    Takes effect after the merge (2)
      The change of roster, policy, signers or write authority takes effect after the merge; this branch is judged by what its base says. It must be approved by @performance.lead (note authority-change .perfteam/agents/backend.api.md:1).
      policy lease: "4h" becomes "2h"
      @backend.api changes: writes
          authority: + exclusive: src/

    What blocks (2)
      block unprocessed-flag .perfteam/flags/2026-11-20/left-undone-qe34kchw1z/flag.md:6 flag qe34 from @database.postgres waits for @backend.api: Left undone
          why: a flag says that somebody changed what your work rests on; it comes before other work
          try: perfteam flag show qe34
          try: perfteam flag complete qe34 --note "what you did"
          try: perfteam flag lock qe34
          commit: COMMIT
      block write-authority db/pool.sql:1 db/pool.sql: only @database.postgres may write there (`db/`), not @backend.api
          why: who answers for a path decides what happens to it; authority is read from before the change
          try: ask @database.postgres for it: perfteam flag create --type change --to @database.postgres --file db/pool.sql --change "what changed, with names and numbers" --action "the exact steps that @database.postgres must take"
          try: take it back: git revert --no-commit COMMIT
          commit: COMMIT

    Leaves hanging (1)
      flag qe34 high from @database.postgres to @backend.api: Left undone, change, pending
          nobody works on it
          see it: perfteam flag show qe34

    Opens (3)
      flag zq2v high from @backend.api to @database.postgres: Lower max_connections, change, pending
          about src/pool.rs
          Change
            | The pool hands out at most twenty connections instead of one hundred since Monday.
          Action
            | Set max_connections in config/api.toml to twenty, run the load test of the checkout service, and compare its latency with the baseline of last week before you deploy anything.
      task yhsq medium from @backend.api to @performance.benchmarker: Load test, implementation, pending
          due 2026-11-20 17:14 UTC
      finding 50ma high from @backend.api: The pool is exhausted, bottleneck, reported
          Evidence
            | The database counts twenty of twenty connections.

    Answers (1)
      flag 00rz medium from @database.postgres to @backend.api: How many connections?, information_request, completed, pending before
          replied by @backend.api at 2026-11-20 15:12 UTC: Twenty.

    Completes (1)
      flag ttgk medium from @database.postgres to @backend.api: Pool of twenty, change, completed, pending before
          completed by @backend.api at 2026-11-20 15:11 UTC: Twenty; p95 is 208 ms.

    Chains (2)
      flag ttgk (completed) led to flag zq2v (pending)

    Judged: COMMIT against main
    "#);
}

#[test]
fn programs_read_the_same_as_json() {
    let (world, repo, flags) = scene();
    branch(&world, &repo, &flags);
    let review = world.perfteam(&repo, API, &["review", "--format", "json"]).exits(0).json();
    let mut checked =
        world.perfteam(&repo, API, &["check", "--base", "main", "--format", "json"]).exits(1).json();
    let checked = checked.as_object_mut().expect("an answer");
    checked.retain(|key, _| !["version", "command"].contains(&key.as_str()));
    assert_eq!(review["check"].as_object(), Some(&*checked));
    let lines = |list: &str, keys: &[&str]| {
        let all = review[list].as_array().expect("a list").iter();
        let words = all.map(|one| keys.iter().map(|key| one[key].to_string()).collect::<Vec<_>>().join(" "));
        words.collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(lines("records", &["outcome", "kind", "title", "to", "was", "status"]), @r#"
    "opened" "flag" "Lower max_connections" "@database.postgres" null "pending"
    "opened" "task" "Load test" "@performance.benchmarker" null "pending"
    "opened" "finding" "The pool is exhausted" null null "reported"
    "answered" "flag" "How many connections?" "@backend.api" "pending" "completed"
    "completed" "flag" "Pool of twenty" "@backend.api" "pending" "completed"
    "#);
    assert_snapshot!(lines("hanging", &["kind", "title", "waiting"]), @r#""flag" "Left undone" "unprocessed""#);
    assert_snapshot!(lines("reviewers", &["handle", "approves", "addressed", "owns", "watches"]), @r#"
    "@performance.lead" true [] [] []
    "@database.postgres" false ["flag zq2v"] ["db/pool.sql"] ["src/pool.rs"]
    "@performance.benchmarker" false ["task yhsq"] [] []
    "#);
    assert_snapshot!(review["team"], @r#"{"founding":false,"approvers":["@performance.lead"],"policy":[{"key":"lease","before":"\"4h\"","after":"\"2h\""}],"agents":[{"handle":"@backend.api","fate":"changes","keys":["writes"],"authority":["+ exclusive: src/"]}],"signers":[],"unreadable":[]}"#);
}

#[test]
fn a_page_is_well_formed_and_says_as_much() {
    let (world, repo, flags) = scene();
    branch(&world, &repo, &flags);
    let page = world.perfteam(&repo, API, &["review", "--format", "html"]).exits(0).stdout;
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let page = roxmltree::Document::parse_with_options(&page, options).expect("XML");
    let titles = page.descendants().filter(|node| node.has_tag_name("summary"));
    let titles: Vec<&str> = titles.filter_map(|node| node.text()).collect();
    assert_snapshot!(titles.join(", "), @r#"
    Who must look at it (3), Takes effect after the merge (2), What blocks (2), Leaves hanging (1), Opens (3), Answers (1), Completes (1), Chains (2)
    "#);
}

#[test]
fn the_same_commits_give_the_same_bytes_wherever_and_whenever() {
    let (world, repo, flags) = scene();
    branch(&world, &repo, &flags);
    let clone = Repo { path: world.path().join("clone") };
    world.git(&repo, &["clone", "-q", ".", "../clone"]).exits(0);
    world.git(&clone, &["branch", "main", "origin/main"]).exits(0);
    for format in ["markdown", "text", "json", "html"] {
        let args = ["review", "main..HEAD", "--format", format];
        let first = world.perfteam(&repo, API, &args).exits(0).stdout;
        assert_eq!(world.perfteam(&repo, "", &args).exits(0).stdout, first, "{format}");
        assert_eq!(world.perfteam(&clone, DB, &args).exits(0).stdout, first, "{format}");
    }
}

#[test]
fn what_is_dropped_moved_handed_on_and_removed_is_told() {
    let (world, repo, [change, question, other]) = scene();
    world.perfteam(&repo, API, &["flag", "decline", &change, "--reason", "It is fast enough."]).exits(0);
    world.perfteam(&repo, API, &["flag", "handoff", &other, "--to", LEAD]).exits(0);
    let day = std::fs::read_dir(repo.path.join(".perfteam/flags")).expect("days").next().expect("a day");
    let folders = std::fs::read_dir(day.expect("a day").path()).expect("flags").flatten();
    let gone = folders.map(|entry| entry.path()).find(|path| path.to_string_lossy().ends_with(&question));
    std::fs::remove_dir_all(gone.expect("the question")).expect("it goes");
    commit(&world, &repo, "api@example.com", "Away with it");
    let told = world.perfteam(&repo, API, &["review", "--format", "text"]).exits(0).stdout;
    let records = told.split("\n\n").filter(|part| {
        part.starts_with("Drops")
            || part.starts_with("Moves")
            || part.starts_with("Removes")
            || part.starts_with("Who")
    });
    assert_snapshot!(records.collect::<Vec<_>>().join("\n\n"), @r#"
    Who must look at it (1)
      [ ] @performance.lead: must act on flag qe34 (Left undone)

    Drops (1)
      flag ttgk medium from @database.postgres to @backend.api: Pool of twenty, change, declined, pending before
          declined by @backend.api at 2026-11-20 15:11 UTC: It is fast enough.

    Moves (1)
      flag qe34 high from @database.postgres to @performance.lead: Left undone, change, pending
          handed_on by @backend.api at 2026-11-20 15:12 UTC
          Change
            | The pool hands out at most twenty connections instead of one hundred since Monday.
          Action
            | Set max_connections in config/api.toml to twenty, run the load test of the checkout service, and compare its latency with the baseline of last week before you deploy anything.

    Removes (1)
      flag 00rz medium from @database.postgres to @backend.api: How many connections?, information_request, pending
    "#);
}

#[test]
fn work_that_goes_on_is_told_with_its_steps() {
    let (world, repo) = World::with_team();
    let task = world.perfteam(
        &repo,
        LEAD,
        &["task", "create", "--title", "Load test", "--to", API, "--format", "json"],
    );
    let task = task.exits(0).json()["id"].as_str().expect("an id").to_owned();
    commit(&world, &repo, "somebody@example.com", "A task");
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    world.perfteam(&repo, API, &["task", "start", &task]).exits(0);
    let report = ["task", "progress", &task, "--percent", "65", "--note", "p95 is 212 ms."];
    world.perfteam(&repo, API, &report).exits(0);
    commit(&world, &repo, "api@example.com", "On it");
    assert_snapshot!(told(&world, &repo, &["--format", "text"]), @r#"
    perfteam: nothing blocks
    This branch moves 1 task; leaves 1 hanging. 2 paths in 1 commit.

    Leaves hanging (1)
      task ttgk medium from @performance.lead to @backend.api: Load test, implementation, in progress (65 %)
          held by @backend.api until 2026-11-20 19:10 UTC
          see it: perfteam task show ttgk

    Moves (1)
      task ttgk medium from @performance.lead to @backend.api: Load test, implementation, in progress (65 %), pending before
          started by @backend.api at 2026-11-20 15:09 UTC
          progressed by @backend.api at 2026-11-20 15:10 UTC: p95 is 212 ms.

    Judged: COMMIT against main
    "#);
}

#[test]
fn who_decides_a_dispute_must_look_at_it() {
    let (world, repo) = World::with_team();
    let what = ["--title", "The pool is exhausted", "--category", "bottleneck", "--component", "pool"];
    let evidence = ["--severity", "high", "--evidence", "Twenty of twenty connections are in use."];
    let report = [&["finding", "report", "--format", "json"], &what[..], &evidence[..]].concat();
    let finding =
        world.perfteam(&repo, API, &report).exits(0).json()["id"].as_str().expect("an id").to_owned();
    commit(&world, &repo, "somebody@example.com", "A finding");
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    let evidence = ["--evidence", "The database counts ten of twenty connections."];
    let dispute =
        [&["finding", "dispute", &finding, "--reason", "Ten of twenty are in use."], &evidence[..]].concat();
    world.perfteam(&repo, DB, &dispute).exits(0);
    commit(&world, &repo, "db@example.com", "No");
    let text = told(&world, &repo, &["--format", "text"]);
    assert!(text.contains(&format!("[ ] {LEAD}: must act on finding {}", &finding[..4])), "{text}");
}

#[test]
fn documents_of_an_investigation_that_change_are_named() {
    let (world, repo) = World::with_team();
    let open =
        ["investigate", "open", "--title", "Checkout is slow", "--system", "checkout", "--format", "json"];
    let impact = ["--priority", "high", "--impact", "15 % of the traffic waits 890 ms instead of 250 ms."];
    let opened = world.perfteam(&repo, LEAD, &[&open[..], &impact[..]].concat()).exits(0).json();
    let path = opened["path"].as_str().expect("a path").to_owned();
    commit(&world, &repo, "somebody@example.com", "Opened");
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    repo.write(&format!("{path}/data.md"), "# Data\n\np95 is 890 ms.\n");
    commit(&world, &repo, "db@example.com", "Data");
    let text = told(&world, &repo, &["--format", "text"]);
    assert!(text.contains("moves 1 investigation") && text.contains("edited: data.md"), "{text}");
    // Those that came with it were edited by nobody yet.
    world.perfteam(&repo, LEAD, &[&open[..], &impact[..]].concat()).exits(0);
    commit(&world, &repo, "somebody@example.com", "Opened another one");
    let text = told(&world, &repo, &["--format", "text"]);
    assert!(text.contains("documents: code.md, data.md") && !text.contains("edited: code.md"), "{text}");
}

#[test]
fn keys_that_come_and_go_are_named() {
    let (world, repo) = World::with_team();
    repo.write(".perfteam/allowed_signers", "# keys\napi@example.com ssh-ed25519 AAAA\n");
    commit(&world, &repo, "somebody@example.com", "Signers");
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    repo.write(".perfteam/allowed_signers", "db@example.com ssh-ed25519 BBBB\n");
    commit(&world, &repo, "api@example.com", "Mine");
    let text = told(&world, &repo, &["--format", "text"]);
    assert!(text.contains("Takes effect after the merge (2)\n"), "{text}");
    assert!(text.contains("  signers: - api@example.com\n  signers: + db@example.com\n"), "{text}");
    assert!(
        text.contains("approved by @performance.lead (note authority-change .perfteam/allowed_signers:1).")
    );
    assert!(!text.contains("Warnings and notes"), "{text}");
}

#[test]
fn admins_of_the_base_approve_and_not_those_that_the_branch_names() {
    let (world, repo) = World::with_team();
    let policy = repo.read(".perfteam/perfteam.yaml");
    repo.write(".perfteam/perfteam.yaml", &format!("{policy}\nadmins:\n  - \"{DB}\"\n"));
    commit(&world, &repo, "somebody@example.com", "An admin");
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    repo.write(".perfteam/perfteam.yaml", &format!("{policy}\nadmins:\n  - \"{API}\"\n"));
    commit(&world, &repo, "api@example.com", "Me");
    assert_snapshot!(told(&world, &repo, &["--format", "text"]), @r#"
    perfteam: nothing blocks (1 note)
    This branch moves no record. 1 path in 1 commit.

    Who must look at it (1)
      [ ] @database.postgres: must approve the change of roster, policy, signers or write authority

    Takes effect after the merge (1)
      The change of roster, policy, signers or write authority takes effect after the merge; this branch is judged by what its base says. It must be approved by @database.postgres (note authority-change .perfteam/perfteam.yaml:1).
      policy admins: ["@database.postgres"] becomes ["@backend.api"]

    Judged: COMMIT against main
    "#);
}

#[test]
fn the_first_policy_has_nobody_who_could_approve_it() {
    let (world, repo) = World::with_repo();
    repo.write("src/pool.rs", "pub const SIZE: u32 = 20;\n");
    commit(&world, &repo, "somebody@example.com", "Begin");
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    world.perfteam(&repo, "", &["init"]).exits(0);
    commit(&world, &repo, "somebody@example.com", "Set up");
    let told = world.perfteam(&repo, "", &["review", "--format", "text"]).exits(0).stdout;
    assert!(told.contains("This branch brings the first roster and policy: nobody had authority"), "{told}");
}

#[test]
fn a_branch_that_touches_nothing_says_so() {
    let (world, repo) = World::with_team();
    let nothing = told(&world, &repo, &[]);
    assert!(nothing.contains("There is no commit that the base has not."), "{nothing}");
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    repo.write("docs/a.md", "A page.\n");
    commit(&world, &repo, "api@example.com", "A page");
    assert_snapshot!(told(&world, &repo, &[]), @r#"
    <!-- perfteam:review -->
    ### perfteam: nothing blocks

    This branch touches no flag, task, finding or investigation, and nothing that others watch or own.

    Judged: `COMMIT` against `main`
    "#);
}

#[test]
fn a_repository_that_is_not_set_up_is_told_so() {
    let (world, repo) = World::with_repo();
    world.git(&repo, &["commit", "-q", "--allow-empty", "-m", "Begin"]).exits(0);
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    repo.write("docs/a.md", "A page.\n");
    commit(&world, &repo, "api@example.com", "A page");
    assert_snapshot!(told(&world, &repo, &[]), @r#"
    <!-- perfteam:review -->
    ### perfteam: nothing blocks

    There is no `.perfteam`, neither here nor in the base, so nothing is judged. It is set up with `perfteam init`.

    Judged: `COMMIT` against `main`
    "#);
}

#[test]
fn the_range_is_named_as_git_names_ranges() {
    let (world, repo, flags) = scene();
    branch(&world, &repo, &flags);
    let whole = world.perfteam(&repo, API, &["review"]).exits(0).stdout;
    for range in ["main", "main..", "main..HEAD", "main...HEAD", "..HEAD", "..", "main..work"] {
        let told = world.perfteam(&repo, API, &["review", range]).exits(0).stdout;
        assert_eq!(told, whole, "{range}");
    }
    // Whatever is checked out.
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    assert_eq!(world.perfteam(&repo, API, &["review", "main..work"]).exits(0).stdout, whole);
    world.perfteam(&repo, API, &["review", "nowhere..HEAD"]).exits(3);
    world.perfteam(&repo, API, &["review", ""]).exits(2);
    world.perfteam(&repo, API, &["review", "--format", "sarif"]).exits(2);
    world.perfteam(&repo, API, &["check", "--format", "markdown"]).exits(2);
}

#[test]
fn a_branch_does_not_choose_the_base_of_its_own_review() {
    let (world, repo, flags) = scene();
    branch(&world, &repo, &flags);
    let policy = repo.read(".perfteam/perfteam.yaml");
    repo.write(".perfteam/perfteam.yaml", &format!("integration: work\n{policy}"));
    commit(&world, &repo, "api@example.com", "Compare me with myself");
    let told = world.perfteam(&repo, API, &["review"]).exits(0).stdout;
    assert!(told.contains("against `main`") && told.contains("opens 1 flag"), "{told}");
}

#[test]
fn links_lead_to_the_forge_on_which_ci_runs() {
    let (world, repo, flags) = scene();
    branch(&world, &repo, &flags);
    let commit = world.git(&repo, &["rev-parse", "HEAD"]).exits(0).stdout.trim().to_owned();
    let links = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = world.perfteam_command(&repo, API, args);
        command.envs(variables.iter().copied());
        let told = crate::environment::run(command).exits(0).stdout;
        let blocks = told.find("What blocks").expect("a section");
        let at = blocks + told[blocks..].find("](").expect("a link") + 2;
        told[at..].split(')').next().expect("its end").replace(&commit, "COMMIT")
    };
    let github = [("GITHUB_SERVER_URL", "https://github.example"), ("GITHUB_REPOSITORY", "team/repo")];
    let gitlab = [("CI_PROJECT_URL", "https://gitlab.example/team/repo")];
    let file = "flags/2026-11-20/left-undone-";
    assert!(links(&["review"], &[]).starts_with(&format!(".perfteam/{file}")));
    let first = links(&["review"], &github);
    assert!(
        first.starts_with(&format!("https://github.example/team/repo/blob/COMMIT/.perfteam/{file}")),
        "{first}"
    );
    assert!(first.ends_with("/flag.md?plain=1#L6"), "{first}");
    let first = links(&["review"], &gitlab);
    assert!(
        first.starts_with(&format!("https://gitlab.example/team/repo/-/blob/COMMIT/.perfteam/{file}")),
        "{first}"
    );
    let given = links(&["review", "--links", "https://x.example/{commit}/{path}:{line}"], &github);
    assert!(
        given.starts_with("https://x.example/COMMIT/.perfteam/") && given.ends_with("flag.md:6"),
        "{given}"
    );
    let refused = world.perfteam(&repo, API, &["review", "--links", "javascript:{path}"]).exits(2);
    assert!(refused.stderr.contains("expected an address such as"), "{}", refused.stderr);
}

#[test]
fn the_own_comment_is_found_and_nobody_elses_is_taken_for_it() {
    let (world, repo) = World::with_team();
    let find = |comments: &str, author: &str| {
        repo.write("comments.json", comments);
        let run =
            world.perfteam(&repo, "", &["review", "--find-comment", "comments.json", "--author", author]);
        run.exits(0).stdout
    };
    let marked = "<!-- perfteam:review -->\\n### perfteam";
    let theirs = format!(r#"{{"id": 1, "user": {{"login": "mallory"}}, "body": "{marked}"}}"#);
    let quoted = format!(r#"{{"id": 2, "user": {{"login": "bot"}}, "body": "> {marked}"}}"#);
    let nested = format!(
        r#"{{"id": 3, "user": {{"login": "mallory"}}, "body": "x", "reply": {{"id": 9, "user": {{"login": "bot"}}, "body": "{marked}"}}}}"#
    );
    let ours = format!(r#"{{"id": 4, "user": {{"login": "bot"}}, "body": "{marked}"}}"#);
    let gitlab = format!(r#"{{"id": 5, "author": {{"username": "bot"}}, "body": "{marked}"}}"#);
    assert_eq!(find(&format!("[{theirs},{quoted},{nested}]"), "bot"), "");
    assert_eq!(find(&format!("[{theirs},{quoted},{nested},{ours}]"), "bot"), "4\n");
    assert_eq!(find(&format!("[{theirs}]\n[]\n[{gitlab}]"), "bot"), "5\n");
    assert_eq!(find("[]", "bot"), "");
    repo.write("comments.json", "{\"message\": \"Bad credentials\"}");
    world.perfteam(&repo, "", &["review", "--find-comment", "comments.json", "--author", "bot"]).exits(3);
}

#[test]
fn a_large_branch_is_cut_and_says_by_how_much() {
    let (world, repo, _) = scene();
    let (_, path) = world.flag(&repo, API, DB, &["--title", "One of many"]);
    let head = repo.read(&format!("{path}/flag.md"));
    let id = path.rsplit('-').next().expect("an id").to_owned();
    let folder = path.rsplit_once('/').expect("a day").0.to_owned();
    for at in 0..600 {
        let other = format!("{}{}", &id[..6], base32(at));
        let head = head.replace(&id, &other);
        repo.write(&format!("{folder}/one-of-many-{other}/flag.md"), &head);
    }
    commit(&world, &repo, "api@example.com", "Many");
    let comment = world.perfteam(&repo, API, &["review"]).exits(0).stdout;
    let length = comment.chars().count();
    assert!((20_000..=60_000).contains(&length), "{length}");
    let cut = comment.lines().find(|line| line.starts_with("Cut to fit")).expect("it says so");
    assert!(cut.contains("All of it: `perfteam review main..HEAD --format text`"), "{cut}");
    assert!(comment.contains("more\n"), "{comment}");
    let whole = world.perfteam(&repo, API, &["review", "main..HEAD", "--format", "text"]).exits(0).stdout;
    assert!(!whole.contains(" more\n") && whole.len() > 100_000);
}

/// Four characters of an id.
fn base32(number: usize) -> String {
    let digits = b"0123456789abcdefghjkmnpqrstvwxyz";
    (0..4).rev().map(|at| char::from(digits[number >> (5 * at) & 31])).collect()
}
