//! What `doctor` finds, in broken surroundings and unhealthy teams.

use crate::environment::{Repo, World};
use insta::assert_snapshot;
use serde_json::Value;

/// What was found in an area that is not as it should be: `state check: what`.
fn found(told: &Value, area: &str) -> Vec<String> {
    let word = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let findings = told["findings"].as_array().expect("findings");
    findings
        .iter()
        .filter(|finding| finding["area"] == area && finding["state"] != "ok")
        .map(|finding| {
            format!("{} {}: {}", word(finding, "state"), word(finding, "check"), word(finding, "what"))
        })
        .collect()
}

fn examine(world: &World, repo: &Repo) -> Value {
    world.perfteam(repo, "@backend.api", &["doctor", "--format", "json"]).json()
}

#[test]
fn a_repository_that_is_set_up_is_well() {
    let (world, repo) = World::with_team();
    let run = world.perfteam(&repo, "@backend.api", &["doctor"]).exits(0);
    let top = std::fs::canonicalize(world.path()).expect("a folder");
    let version = world.git(&repo, &["--version"]).stdout;
    let version = version.trim().trim_start_matches("git version ");
    assert_snapshot!(run.stdout.replace(&top.display().to_string(), "WORLD").replace(version, "VERSION"), @"
    environment
      ok       git VERSION
      ok       work tree WORLD/repo on branch main
      ok       7 agents in the roster
      ok       you act as @backend.api, by the variable PERFTEAM_AGENT

    hooks
      ok       all hooks in WORLD/repo/.git/hooks fire

    records
      ok       every published record is here as it was

    health of the flags
      ok       0 open of 0 flags, none out of the ordinary

    all is well
    ");
}

#[test]
fn what_hides_or_changes_records_is_broken() {
    let (world, repo) = World::with_team();
    repo.write(".gitignore", "flags/\n");
    std::fs::remove_file(repo.path.join(".perfteam/.gitattributes")).expect("removed");
    world.git(&repo, &["update-index", "--skip-worktree", ".perfteam/perfteam.yaml"]).exits(0);
    repo.write(".perfteam/agents/bad.md", "no front matter\n");
    std::fs::remove_file(repo.path.join(".git/hooks/pre-commit")).expect("removed");
    let run = world.perfteam(&repo, "@backend.api", &["doctor", "--format", "json"]).exits(1);
    assert_snapshot!(found(&run.json(), "environment").join("\n"), @"
    broken ignored: git would ignore .perfteam/flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md (.gitignore:1:flags/)
    broken attributes: there is no .perfteam/.gitattributes
    broken unseen: git does not look at .perfteam/perfteam.yaml in the work tree
    broken team: .perfteam/agents/bad.md: no front matter: expected `---` as the first line
    ");
    let hooks = found(&run.json(), "hooks");
    assert!(hooks.len() == 1 && hooks[0].starts_with("broken installed: pre-commit"), "{hooks:?}");
    // What it says to try mends it.
    repo.write(".gitignore", "flags/\n!/.perfteam/\n!/.perfteam/**\n");
    world.git(&repo, &["update-index", "--no-skip-worktree", ".perfteam/perfteam.yaml"]).exits(0);
    std::fs::remove_file(repo.path.join(".perfteam/agents/bad.md")).expect("removed");
    world.perfteam(&repo, "@backend.api", &["init"]).exits(0);
    let run = world.perfteam(&repo, "@backend.api", &["doctor", "--format", "json"]).exits(0);
    assert_eq!(found(&run.json(), "environment"), [""; 0]);
}

#[test]
fn attributes_case_and_missing_objects_are_looked_at() {
    let (world, repo) = World::with_team();
    repo.write(".git/info/attributes", "*.md text eol=crlf\n");
    world.git(&repo, &["config", "remote.origin.promisor", "true"]).exits(0);
    // What git believes is the opposite of what is.
    let folds_case = repo.path.join(".PERFTEAM").exists();
    world.git(&repo, &["config", "core.ignoreCase", if folds_case { "false" } else { "true" }]).exits(0);
    let told = found(&examine(&world, &repo), "environment");
    assert_snapshot!(told[..2].join("\n"), @"
    broken attributes: git may change the bytes of records: text is set
    note partial: a partial clone: origin holds back some objects
    ");
    assert!(told.len() == 3 && told[2].starts_with("warning case: the file system"), "{told:?}");
}

#[test]
fn sparse_and_shallow_clones_are_told() {
    let (world, repo) = World::with_team();
    world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    world.git(&repo, &["commit", "-q", "--no-verify", "-m", "A flag"]).exits(0);
    let origin = format!("file://{}", repo.path.display());
    world.git(&repo, &["clone", "-q", "--depth=1", &origin, "../shallow"]).exits(0);
    let shallow = Repo { path: repo.path.join("../shallow") };
    world.git(&shallow, &["sparse-checkout", "set", "src"]).exits(0);
    let run = world.perfteam(&shallow, "@backend.api", &["doctor"]).exits(1);
    for part in [
        "history is cut off (a shallow clone)",
        "try: git fetch --unshallow",
        "git does not look at .perfteam/",
        "try: git sparse-checkout add .perfteam",
    ] {
        assert!(run.stdout.contains(part), "{part} in {}", run.stdout);
    }
    world.git(&shallow, &["sparse-checkout", "add", ".perfteam"]).exits(0);
    assert_eq!(
        found(&examine(&world, &shallow), "environment"),
        ["note shallow: history is cut off (a shallow clone)"]
    );
}

#[test]
fn a_sparse_index_is_told_with_the_command_that_makes_it_whole() {
    let (world, repo) = World::with_team();
    repo.write("lib/deep/file.txt", "x");
    world.git(&repo, &["add", "-A"]).exits(0);
    world.git(&repo, &["commit", "-q", "--no-verify", "-m", "Deep"]).exits(0);
    world.git(&repo, &["sparse-checkout", "set", "--sparse-index", ".perfteam"]).exits(0);
    let told = found(&examine(&world, &repo), "environment");
    assert!(told.len() == 1 && told[0].contains("git sparse-checkout reapply --no-sparse-index"), "{told:?}");
    world.git(&repo, &["sparse-checkout", "reapply", "--no-sparse-index"]).exits(0);
    assert_eq!(found(&examine(&world, &repo), "environment"), [""; 0]);
}

#[test]
fn without_repository_or_set_up_it_still_speaks() {
    let (world, repo) = World::with_repo();
    let run = world.perfteam(&repo, "", &["doctor"]).exits(1);
    assert!(run.stdout.contains("there is no .perfteam in"), "{}", run.stdout);
    assert!(run.stdout.contains("try: perfteam init"), "{}", run.stdout);
    let nowhere = Repo { path: world.path().join("home") };
    let run = world.perfteam(&nowhere, "", &["doctor"]).exits(3);
    assert!(run.stdout.contains("broken   there is no git repository at"), "{}", run.stdout);
}

#[test]
fn a_policy_that_can_t_be_meant_is_told() {
    let (world, repo) = World::with_team();
    repo.write(".perfteam/perfteam.yaml", "version: 1\nintegration: nowhere\nlease: 0m\n");
    let run = world.perfteam(&repo, "", &["doctor"]).exits(1);
    assert_snapshot!(told(&run.stdout, "policy names"), @r#"
    warning  policy names the integration branch nowhere, which is not here
    why: main counts in its place: what was published is told by the integration branch
    try: git fetch --all
    try: or mend the name: integration: BRANCH in .perfteam/perfteam.yaml
    "#);
    assert_snapshot!(told(&run.stdout, "a lease of no length"), @r#"
    broken   .perfteam/perfteam.yaml: a lease of no length ends as it begins: nobody can hold anything
    why: what can't be read counts for nothing
    try: perfteam agent lint
    "#);
    world.git(&repo, &["branch", "nowhere"]).exits(0);
    let run = world.perfteam(&repo, "", &["doctor"]);
    assert_eq!(told(&run.stdout, "policy names"), "");
    let check = world.perfteam(&repo, "@backend.api", &["check"]).exits(1);
    assert!(check.stdout.contains("perfteam.yaml:3:1"), "{}", check.stdout);
}

/// The finding with these words, to its last line.
fn told(text: &str, words: &str) -> String {
    let lines = text.lines().skip_while(|line| !line.contains(words));
    let first = lines.clone().take(1);
    let rest = lines.skip(1).take_while(|line| line.starts_with("           "));
    first.chain(rest).map(|line| format!("{}\n", line.trim())).collect()
}

#[test]
fn an_unhealthy_team_is_told_what_ails_it_and_the_build_goes_on() {
    let (world, repo) = World::with_team();
    repo.write(
        ".perfteam/perfteam.yaml",
        "version: 1\nleads: [\"@performance.lead\"]\nlease: 1m\nhealth:\n  max_critical: 2\n  max_open: 3\n  max_wait: 5m\n",
    );
    let flag = |to: &str, more: &[&str]| world.flag(&repo, "@backend.api", to, more).0;
    let step = |who: &str, args: &[&str]| world.perfteam(&repo, who, &[&["flag"], args].concat()).exits(0);
    flag("@database.postgres", &["--impact", "critical", "--title", "First"]);
    flag("@database.postgres", &["--impact", "critical", "--title", "Second"]);
    flag("@database.postgres", &["--title", "Third"]);
    let back = flag("@performance.monitor", &["--title", "Nobody's"]);
    step("@performance.monitor", &["handoff", &back, "--to", "@performance.analyzer"]);
    step("@performance.analyzer", &["handoff", &back, "--to", "@performance.monitor"]);
    let ended = flag("@performance.benchmarker", &["--title", "Begun"]);
    step("@performance.benchmarker", &["lock", &ended]);
    flag("@ops.performance", &["--title", "Left behind"]);
    world
        .perfteam(&repo, "", &["agent", "retire", "@ops.performance", "--successor", "@performance.lead"])
        .exits(0);
    let run = world.perfteam(&repo, "@backend.api", &["doctor"]).exits(0);
    let health = run.stdout.split("health of the flags\n").nth(1).unwrap_or_default();
    assert_snapshot!(health, @"
      warning  2 open critical flags wait for @database.postgres
               why: where everything is critical, nothing comes first
               try: perfteam flag list --to @database.postgres
               try: the sender withdraws what is not critical and raises it anew: perfteam flag withdraw ID --reason TEXT
      warning  3 flags are open for @database.postgres, all of them from @backend.api
               why: nobody works off so many at once; the oldest are forgotten
               try: perfteam inbox @database.postgres
               try: hand on what somebody else can do: perfteam flag handoff ID --to @HANDLE
      note     @backend.api has 6 open flags with 4 agents
               why: a flag for each change may be better said in one
               try: perfteam flag list --from @backend.api
      warning  @database.postgres has never answered any of its 3 flags
               why: who never looks into its inbox is not reached by flags
               try: perfteam inbox @database.postgres
               try: if it has left: perfteam agent retire @database.postgres --successor @HANDLE
      warning  flag phda (Nobody's) went @performance.monitor -> @performance.analyzer -> @performance.monitor
               why: what everybody hands on is done by nobody; a lead decides whose it is
               try: perfteam flag show phda
      warning  flag zq2v (Left behind) waits for @ops.performance, who is not there any more
               why: nobody reads that inbox
               try: perfteam flag handoff zq2v --to @performance.lead --as @performance.lead
      note     the lock of @performance.benchmarker on flag x4c0 (Begun) ended 2026-11-20 15:13
               why: it counts as waiting again, and blocks its addressee's commits
               try: who still works on it: perfteam flag lock x4c0 --renew --as @performance.benchmarker
               try: who does not: perfteam flag unlock x4c0 --as @performance.benchmarker
      warning  flag ttgk (First) has waited 10m for @database.postgres
               why: longer than health.max_wait in perfteam.yaml: its addressee needs a look
               try: perfteam flag show ttgk
      warning  flag 00rz (Second) has waited 9m for @database.postgres
               why: longer than health.max_wait in perfteam.yaml: its addressee needs a look
               try: perfteam flag show 00rz
      warning  flag qe34 (Third) has waited 8m for @database.postgres
               why: longer than health.max_wait in perfteam.yaml: its addressee needs a look
               try: perfteam flag show qe34

    8 warnings, 2 notes
    ");
}

#[test]
fn those_who_wait_for_each_other_are_told_who_answers_whom() {
    let (world, repo) = World::with_team();
    let question = ["--change", "How many connections does the pool of the checkout service hold at most?"];
    let asks =
        ["--action", "Answer with the figure and with the place in the configuration where it stands."];
    for (holder, asked) in [("@backend.api", "@database.postgres"), ("@database.postgres", "@backend.api")] {
        let (id, _) = world.flag(&repo, "@performance.lead", holder, &[]);
        let lock = [&["flag", "lock", &id, "--awaiting", asked][..], &question, &asks].concat();
        world.perfteam(&repo, holder, &lock).exits(0);
    }
    let told = found(&examine(&world, &repo), "health");
    assert_eq!(
        told,
        ["warning ring: these wait for each other: @backend.api -> @database.postgres -> @backend.api"]
    );
    let text = world.perfteam(&repo, "@backend.api", &["doctor"]).stdout;
    let reply = text.lines().find(|line| line.contains("flag reply")).expect("a way out");
    let words: Vec<&str> = reply.trim().trim_start_matches("try: perfteam ").split(' ').collect();
    let words: Vec<&str> =
        words.iter().map(|word| if *word == "TEXT" { "Twenty, in config/api.toml." } else { word }).collect();
    world.perfteam(&repo, "", &words).exits(0);
    assert_eq!(found(&examine(&world, &repo), "health"), [""; 0], "an answer ends it");
}

#[test]
fn where_there_is_no_repository_nothing_can_be_read() {
    let world = World::new();
    let outside = Repo { path: world.path().to_owned() };
    let told = world.perfteam(&outside, "", &["doctor", "--format", "json"]).exits(3);
    assert_eq!(told.json()["broken"], 1);
}

/// Two committed flags; the folder of each.
fn with_flags(world: &World, repo: &Repo) -> [String; 2] {
    [(); 2].map(|()| {
        let (_, path) = world.flag(repo, "@backend.api", "@database.postgres", &[]);
        world.git(repo, &["commit", "-q", "--no-verify", "-m", "A flag"]).exits(0);
        path
    })
}

#[test]
fn a_revert_of_a_commit_with_records_is_told_with_what_brings_them_back() {
    let (world, repo) = World::with_team();
    let [first, _] = with_flags(&world, &repo);
    world.git(&repo, &["revert", "--no-edit", "HEAD~1"]).exits(0);
    let run = world.perfteam(&repo, "@backend.api", &["doctor"]).exits(1);
    let at = run.stdout.find("records").expect("records");
    assert_snapshot!(run.stdout[at..].lines().take(4).collect::<Vec<_>>().join("\n"), @"
    records
      broken   .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs/flag.md was published and is gone
               why: a revert, a deletion or a merge took away what others rely on; code may be reverted, what was said may not
               try: perfteam restore
    ");
    assert!(run.stdout.contains(&first));
    world.perfteam(&repo, "@backend.api", &["restore"]).exits(0);
    assert_eq!(found(&examine(&world, &repo), "records"), [""; 0]);
}

#[test]
fn edits_and_deletions_that_are_not_committed_are_told_by_record() {
    let (world, repo) = World::with_team();
    let [first, second] = with_flags(&world, &repo);
    repo.write(&format!("{first}/flag.md"), &repo.read(&format!("{first}/flag.md")).replace("twenty", "ten"));
    std::fs::remove_dir_all(repo.path.join(&second)).expect("removed");
    let told = found(&examine(&world, &repo), "records");
    assert_eq!(
        told,
        [
            format!("broken lost: {second}/flag.md was published and is gone"),
            format!("broken altered: {first}/flag.md was published and is changed"),
        ]
    );
    // All of it gone is no branch without records.
    std::fs::remove_dir_all(repo.path.join(".perfteam")).expect("removed");
    assert_eq!(found(&examine(&world, &repo), "records").len(), 2);
    world.git(&repo, &["checkout", "--", ".perfteam"]).exits(0);
    assert_eq!(found(&examine(&world, &repo), "records"), [""; 0]);
}

#[test]
fn leftovers_are_named_and_go_with_the_next_command_that_writes() {
    let (world, repo) = World::with_team();
    for name in [".tmpOld", ".tmpYoung", "notes"] {
        repo.write(&format!(".perfteam/.tmp/{name}"), "half");
    }
    for name in [".tmpOld", "notes"] {
        let file = std::fs::File::options().write(true).open(repo.path.join(".perfteam/.tmp").join(name));
        let two_days_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(48 * 60 * 60);
        file.and_then(|file| file.set_modified(two_days_ago)).expect("an old file");
    }
    let told = |repo: &Repo| found(&examine(&world, repo), "records");
    let first = ".perfteam/.tmp/.tmpOld";
    assert_eq!(
        told(&repo),
        [format!("note leftovers: a command was killed while it wrote: {first} and 2 more")]
    );
    world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    let young = ".perfteam/.tmp/.tmpYoung";
    assert_eq!(
        told(&repo),
        [format!("note leftovers: a command was killed while it wrote: {young} and 1 more")]
    );
    assert!(repo.path.join(".perfteam/.tmp/notes").exists(), "what has another name is somebody's own");
}

#[test]
fn a_folder_with_nothing_but_leftovers_is_not_set_up() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["switch", "-q", "--orphan", "other"]).exits(0);
    repo.write(".perfteam/.tmp/.gitignore", "*\n");
    for command in
        [&["inbox"][..], &["flag", "list"], &["agent", "list"], &["whoami", "--set", "@backend.api"]]
    {
        let told = world.perfteam(&repo, "@backend.api", command).exits(1).stderr;
        assert!(told.contains("there is no .perfteam on branch other"), "{command:?}: {told}");
        assert!(told.contains("try: perfteam init") || told.contains("perfteam init"), "{command:?}: {told}");
        assert!(!told.contains("agent add"), "{command:?}: {told}");
    }
    let told = world.perfteam(&repo, "@backend.api", &["doctor"]).exits(1).stdout;
    assert!(told.contains("broken   there is no .perfteam in"), "{told}");
}
