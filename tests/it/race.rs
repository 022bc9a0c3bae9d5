//! Many processes at once: nothing is lost, nothing doubled, nobody wins twice.
//!
//! `PERFTEAM_TEST_RACERS=16 PERFTEAM_TEST_ROUNDS=20 cargo test --test it race` is the full run.

use std::process::{Child, Command, Output, Stdio};

use crate::environment::{ACTION, CHANGE, Repo, World, size};

fn racers() -> usize {
    size("RACERS", 16)
}

fn rounds() -> usize {
    size("ROUNDS", 8)
}

/// Starts all commands at once and waits for all of them.
fn race(commands: Vec<Command>) -> Vec<Output> {
    let start = |mut command: Command| -> Child {
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
    };
    let children: Vec<Child> = commands.into_iter().map(start).collect();
    children.into_iter().map(|child| child.wait_with_output().expect("it ends")).collect()
}

fn many(world: &World, repo: &Repo, agent: &str, args: &[&str]) -> Vec<Command> {
    (0..racers()).map(|_| world.perfteam_command(repo, agent, args)).collect()
}

fn codes(outputs: &[Output]) -> Vec<i32> {
    let mut codes: Vec<i32> = outputs.iter().map(|output| output.status.code().unwrap_or(-1)).collect();
    codes.sort_unstable();
    codes
}

/// The exit codes when one wins and all others are told that they are too late.
fn one_winner() -> Vec<i32> {
    std::iter::once(0).chain(std::iter::repeat_n(4, racers() - 1)).collect()
}

#[track_caller]
fn assert_codes(outputs: &[Output], expected: &[i32]) {
    let said: Vec<String> =
        outputs.iter().map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).collect();
    assert_eq!(codes(outputs), expected, "{}", said.join(""));
}

/// The events of this kind in the record's folder.
fn events(repo: &Repo, path: &str, what: &str) -> usize {
    let names = std::fs::read_dir(repo.path.join(path)).expect("a folder").flatten();
    names.filter(|entry| entry.file_name().to_string_lossy().contains(&format!("-{what}-"))).count()
}

/// Everything under `.perfteam` is in the index, nothing of it beside the index.
#[track_caller]
fn assert_all_staged(world: &World, repo: &Repo) {
    let status = world.git(repo, &["status", "--porcelain", "-uall"]).exits(0).stdout;
    let left_out: Vec<&str> = status.lines().filter(|line| !line.starts_with("A ")).collect();
    assert!(left_out.is_empty(), "not staged: {left_out:?}");
}

fn flags(world: &World, repo: &Repo) -> Vec<serde_json::Value> {
    let list = ["flag", "list", "--status", "all", "--scope", "branch", "--format", "json"];
    let list = world.perfteam(repo, "@backend.api", &list);
    assert_eq!(list.stderr, "");
    list.exits(0).json()["flags"].as_array().expect("a list").clone()
}

#[test]
fn of_many_who_start_a_task_one_has_it() {
    let (world, repo) = World::with_team();
    for _ in 0..rounds().div_ceil(2) {
        let create = ["task", "create", "--title", "Measure the pool", "--format", "json"];
        let made = world.perfteam(&repo, "@backend.api", &create).exits(0).json();
        let (id, path) = (made["id"].as_str().expect("an id"), made["path"].as_str().expect("a path"));
        let racers = ["@database.postgres", "@backend.api", "@ops.performance"].into_iter().cycle();
        let start = |agent: &str| world.perfteam_command(&repo, agent, &["task", "start", id]);
        let outputs = race(racers.take(racers_of_a_task()).map(start).collect());
        let won = outputs.iter().filter(|output| output.status.success()).count();
        assert_eq!((won, events(&repo, path, "started")), (1, 1));
        for output in outputs.iter().filter(|output| !output.status.success()) {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains("holds task") || said.contains("is assigned to"), "{said}");
        }
    }
    assert_all_staged(&world, &repo);
}

fn racers_of_a_task() -> usize {
    racers() / 2 + 1
}

#[test]
fn of_many_lockers_one_has_the_lock_and_the_others_are_told_who() {
    let (world, repo) = World::with_team();
    for _ in 0..rounds() {
        let (id, path) = world.flag(&repo, "@backend.api", "@database.postgres", &[]);
        let outputs = race(many(&world, &repo, "@database.postgres", &["flag", "lock", &id]));
        assert_codes(&outputs, &one_winner());
        for output in outputs.iter().filter(|output| !output.status.success()) {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains("@database.postgres holds flag"), "{said}");
        }
        assert_eq!(events(&repo, &path, "locked"), 1);
    }
    assert_all_staged(&world, &repo);
}

#[test]
fn of_many_lockers_of_everything_each_flag_has_one() {
    let (world, repo) = World::with_team();
    let flags: Vec<_> =
        (0..5).map(|_| world.flag(&repo, "@backend.api", "@database.postgres", &[])).collect();
    let outputs = race(many(&world, &repo, "@database.postgres", &["flag", "lock", "--mine"]));
    assert_codes(&outputs, &vec![0; racers()]);
    for (_, path) in &flags {
        assert_eq!(events(&repo, path, "locked"), 1, "{path}");
    }
}

#[test]
fn of_many_who_end_a_flag_one_does() {
    let (world, repo) = World::with_team();
    for _ in 0..rounds() {
        let (id, path) = world.flag(&repo, "@backend.api", "@database.postgres", &[]);
        let done = ["flag", "complete", &id, "--note", "Set to twenty."];
        let no = ["flag", "decline", &id, "--reason", "Not ours."];
        let back = ["flag", "withdraw", &id, "--reason", "Measured wrongly."];
        let commands = (0..racers()).map(|at| match at % 3 {
            0 => world.perfteam_command(&repo, "@database.postgres", &done),
            1 => world.perfteam_command(&repo, "@database.postgres", &no),
            _ => world.perfteam_command(&repo, "@backend.api", &back),
        });
        assert_codes(&race(commands.collect()), &one_winner());
        let ends = ["completed", "declined", "withdrawn"].map(|what| events(&repo, &path, what));
        assert_eq!(ends.iter().sum::<usize>(), 1, "{ends:?}");
    }
    assert_all_staged(&world, &repo);
}

#[test]
fn many_with_one_key_raise_one_flag() {
    let (world, repo) = World::with_team();
    for round in 0..rounds() {
        let key = format!("nightly-{round}");
        let args = ["flag", "create", "--to", "@database.postgres", "--change", CHANGE, "--action", ACTION];
        let args = [&args[..], &["--once", &key, "--format", "json"]].concat();
        let outputs = race(many(&world, &repo, "@backend.api", &args));
        assert_codes(&outputs, &vec![0; racers()]);
        let mut ids: Vec<String> = outputs
            .iter()
            .map(|output| serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("JSON"))
            .map(|created| created["id"].as_str().expect("an id").to_owned())
            .collect();
        ids.dedup();
        assert_eq!(ids.len(), 1);
        assert_eq!(flags(&world, &repo).len(), round + 1);
    }
    assert_all_staged(&world, &repo);
}

/// Writers, readers and other users of the index at once, in two work trees of one repository.
#[test]
fn many_who_raise_flags_lose_none() {
    let (world, repo) = World::with_team();
    let other = Repo { path: world.path().join("other") };
    world.git(&repo, &["worktree", "add", "-q", "../other", "-b", "other"]).exits(0);
    let raise = ["flag", "create", "--to", "@database.postgres", "--change", CHANGE, "--action", ACTION];
    for at in 0..racers() {
        repo.write(&format!("src/part{at}.rs"), "fn part() {}\n");
    }
    let mut commands = Vec::new();
    for at in 0..racers() {
        commands.push(world.perfteam_command(
            if at % 2 == 0 { &repo } else { &other },
            "@backend.api",
            &raise,
        ));
        commands.push(world.perfteam_command(&repo, "@database.postgres", &["inbox"]));
        let mut add = Command::new("git");
        add.current_dir(&repo.path).args(["add", &format!("src/part{at}.rs")]);
        commands.push(add);
    }
    for (at, output) in race(commands).into_iter().enumerate().filter(|(at, _)| at % 3 != 2) {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(!said.contains("can't be read") && !said.contains("not staged"), "{at}: {said}");
    }
    assert_eq!(flags(&world, &repo).len() + flags(&world, &other).len(), racers());
    // git's own `add` does not wait for the index; what it could not take is taken now.
    world.git(&repo, &["add", "src"]).exits(0);
    assert_all_staged(&world, &repo);
    assert_all_staged(&world, &other);
}
