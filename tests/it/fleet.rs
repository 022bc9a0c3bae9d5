//! Three clones of one bare repository, two work trees of each, five handles: all work through
//! the same flags and resources at the same time, with plain commands.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::environment::{Repo, World, agent, size};

const HANDLES: [&str; 5] = ["@fleet.a", "@fleet.b", "@fleet.c", "@fleet.d", "@fleet.e"];
const RESOURCES: [&str; 3] = ["Load-test environment", "Staging cluster", "Profiler licence"];

/// What works on its own in one work tree, with the clock of the machine.
struct Worker {
    at: PathBuf,
    home: PathBuf,
    number: usize,
}

impl Worker {
    fn run(&self, program: &str, agent: &str, args: &[&str]) -> Output {
        let binary = Path::new(env!("CARGO_BIN_EXE_perfteam")).parent().expect("a folder");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = [binary.to_owned()].into_iter().chain(std::env::split_paths(&path));
        Command::new(program)
            .args(args)
            .current_dir(&self.at)
            .env_clear()
            .env("PATH", std::env::join_paths(path).expect("a path"))
            .env("HOME", &self.home)
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs([("GIT_AUTHOR_NAME", "Somebody"), ("GIT_AUTHOR_EMAIL", "somebody@example.com")])
            .envs([("GIT_COMMITTER_NAME", "Somebody"), ("GIT_COMMITTER_EMAIL", "somebody@example.com")])
            .env("PERFTEAM_AGENT", agent)
            .output()
            .expect("it runs")
    }

    fn perfteam(&self, agent: &str, args: &[&str]) -> (i32, String) {
        let output = self.run("perfteam", agent, args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap_or(-1), said)
    }

    /// Works through all flags, from another one on than the others; those that were its own.
    fn work(&self, flags: &[(String, &str)]) -> Vec<String> {
        let mut done = Vec::new();
        for at in 0..flags.len() {
            let (id, agent) = &flags[(at + self.number * 2) % flags.len()];
            match self.perfteam(agent, &["flag", "lock", id, "--remote"]) {
                (0, _) => {
                    let note = format!("Done by worker {}.", self.number);
                    let (code, said) = self.perfteam(agent, &["flag", "complete", id, "--note", &note]);
                    assert_eq!(code, 0, "{said}");
                    done.push(id.clone());
                }
                (4, said) => {
                    assert!(said.contains(agent), "it does not say who has it: {said}");
                }
                (code, said) => panic!("exit {code}: {said}"),
            }
        }
        done
    }

    /// Uses each resource once, alone.
    fn use_resources(&self, agent: &str, busy: &Path) {
        for at in 0..RESOURCES.len() {
            let name = RESOURCES[(at + self.number) % RESOURCES.len()];
            let sign = busy.join(name);
            let mut tries = 0;
            loop {
                match self.perfteam(agent, &["resource", "reserve", name, "--remote", "--for", "1h"]) {
                    (0, _) => break,
                    (4, _) => tries += 1,
                    (code, said) => panic!("exit {code}: {said}"),
                }
                assert!(tries < 1_000, "{name} never became free");
            }
            std::fs::File::create_new(&sign).expect("nobody else uses it");
            std::fs::remove_file(&sign).expect("it is still there");
            let (code, said) = self.perfteam(agent, &["resource", "release", name]);
            assert_eq!(code, 0, "{said}");
        }
    }

    fn commit(&self) {
        self.run("git", "", &["add", "-A"]);
        let output = self.run("git", "", &["commit", "-q", "--no-verify", "-m", "Work"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A bare repository, three clones, two work trees of each; and flags for five handles.
fn fleet(world: &World, first: &Repo) -> (Vec<Worker>, Vec<(String, &'static str)>) {
    for handle in HANDLES {
        let name = handle.trim_start_matches('@');
        first.write(
            &format!(".perfteam/agents/{name}.md"),
            &agent(handle, &format!("{name}@example.com"), ""),
        );
    }
    let flags = (0..12).map(|n| {
        let to = HANDLES[n % HANDLES.len()];
        (world.flag(first, "@backend.api", to, &["--title", &format!("Flag {n}")]).0, to)
    });
    let flags: Vec<(String, &str)> = flags.collect();
    world.git(first, &["add", "-A"]).exits(0);
    world.git(first, &["commit", "-q", "--no-verify", "-m", "Flags"]).exits(0);
    world.git(first, &["init", "-q", "--bare", "-b", "main", "../hub.git"]).exits(0);
    let hub = world.path().join("hub.git");
    world.git(first, &["push", "-q", "--no-verify", &hub.to_string_lossy(), "main"]).exits(0);
    let mut workers = Vec::new();
    for clone in 0..3 {
        let top = world.path().join(format!("clone{clone}"));
        world.git(first, &["clone", "-q", &hub.to_string_lossy(), &top.to_string_lossy()]).exits(0);
        let repo = Repo { path: top.clone() };
        let linked = world.path().join(format!("linked{clone}"));
        let branch = format!("linked{clone}");
        world.git(&repo, &["checkout", "-q", "-b", &format!("clone{clone}")]).exits(0);
        world
            .git(&repo, &["worktree", "add", "-q", "-b", &branch, &linked.to_string_lossy(), "main"])
            .exits(0);
        for at in [top, linked] {
            workers.push(Worker { at, home: world.path().join("home"), number: workers.len() });
        }
    }
    (workers, flags)
}

#[test]
fn a_fleet_works_through_the_same_flags_and_resources_and_nobody_does_anything_twice() {
    let (world, first) = World::with_team();
    let (workers, flags) = fleet(&world, &first);
    let busy = world.path().join("busy");
    std::fs::create_dir(&busy).expect("a folder");
    let done: Vec<Vec<String>> = std::thread::scope(|scope| {
        let running: Vec<_> = workers
            .iter()
            .map(|worker| {
                let (flags, busy) = (&flags, &busy);
                scope.spawn(move || {
                    let done = worker.work(flags);
                    let agent = HANDLES[worker.number % HANDLES.len()];
                    if worker.number < size("FLEET", 4) {
                        worker.use_resources(agent, busy);
                    }
                    done
                })
            })
            .collect();
        running.into_iter().map(|worker| worker.join().expect("a worker")).collect()
    });
    let mut by: BTreeMap<&String, usize> = BTreeMap::new();
    done.iter().flatten().for_each(|id| *by.entry(id).or_default() += 1);
    assert_eq!(by.len(), flags.len(), "each was done");
    assert!(by.values().all(|times| *times == 1), "once: {by:?}");

    workers.iter().for_each(Worker::commit);
    let states: Vec<serde_json::Value> =
        [[0, 1, 2, 3, 4, 5], [5, 3, 1, 4, 2, 0]].map(|order| merged(&world, &first, &order)).into();
    assert_eq!(states[0], states[1], "both orders of merging end in the same state");
    for (id, _) in &flags {
        let show = ["flag", "show", id, "--scope", "branch", "--format", "json"];
        let story = world.perfteam(&first, "@backend.api", &show).exits(0).json();
        let events = story["events"].as_array().expect("events").iter();
        let events: Vec<&str> = events.filter_map(|event| event["event"].as_str()).collect();
        assert_eq!(events, ["locked", "completed"], "who did what when is complete, and once: {story:#}");
    }
    let held = world.perfteam(&first, "@backend.api", &["resource", "list", "--scope", "branch"]).exits(0);
    assert_eq!(held.stdout, "nobody has reserved anything\n");
}

/// All branches of the fleet merged in this order; what then is listed.
fn merged(world: &World, first: &Repo, order: &[usize]) -> serde_json::Value {
    world.git(first, &["checkout", "-q", "-B", "merged", "main"]).exits(0);
    for at in order {
        let (clone, name) = (at / 2, if at % 2 == 0 { "clone" } else { "linked" });
        let from = world.path().join(format!("clone{clone}"));
        let branch = format!("{name}{clone}");
        world.git(first, &["fetch", "-q", &from.to_string_lossy(), &branch]).exits(0);
        world.git(first, &["merge", "-q", "--no-edit", "--no-verify", "FETCH_HEAD"]).exits(0);
    }
    let args = ["check", "--base", "main", "--format", "json"];
    let check = world.perfteam(first, "@backend.api", &args).exits(0);
    assert_eq!(check.json()["summary"]["block"].as_u64().unwrap_or(0), 0, "{}", check.stdout);
    let list = ["flag", "list", "--status", "all", "--scope", "branch", "--format", "json"];
    world.perfteam(first, "@backend.api", &list).exits(0).json()
}
