//! Every command that writes, killed at random moments: each record is as it was or as it was meant
//! to be, the check is clean, and the same command works when it is run again.
//!
//! `PERFTEAM_TEST_KILLS=500 cargo test --release --test it killed crash` is the full run.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::environment::{ACTION, CHANGE, Repo, World, agent, size};

const DB: &str = "@database.postgres";
const API: &str = "@backend.api";
const LEAD: &str = "@performance.lead";
/// Evidence that says enough.
const SHOWN: &str = "The database counts twenty of twenty connections.";

/// A command on a record that is made for it, and what is done to the record first.
struct Case {
    kind: &'static str,
    before: &'static [(&'static str, &'static [&'static str])],
    by: &'static str,
    args: &'static [&'static str],
}

const fn case(
    kind: &'static str,
    before: &'static [(&'static str, &'static [&'static str])],
    by: &'static str,
    args: &'static [&'static str],
) -> Case {
    Case { kind, before, by, args }
}

const LOCKED: &[(&str, &[&str])] = &[(DB, &["lock"])];
const STARTED: &[(&str, &[&str])] = &[(DB, &["start"])];
const DISPUTED: &[(&str, &[&str])] = &[(DB, &["dispute", "--reason", "It is smaller.", "--evidence", SHOWN])];
const AWAITED: &[(&str, &[&str])] = &[(API, &["reserve"])];

/// The verb comes first; the id stands after it.
const CASES: [Case; 30] = [
    case("flag", &[], DB, &["lock"]),
    case("flag", &[], DB, &["lock", "--awaiting", API, "--change", CHANGE, "--action", ACTION]),
    case("flag", LOCKED, DB, &["lock", "--renew"]),
    case("flag", LOCKED, DB, &["unlock"]),
    case("flag", LOCKED, DB, &["complete"]),
    case("flag", &[], DB, &["complete", "--note", "Done."]),
    case("flag", &[], DB, &["decline", "--reason", "Not ours."]),
    case("flag", LOCKED, DB, &["handoff", "--to", API]),
    case("flag", &[], API, &["withdraw", "--reason", "Measured wrongly."]),
    case("flag", &[], API, &["amend", "--change", CHANGE]),
    case("request", &[], DB, &["reply", "--note", "It is twenty."]),
    case("task", &[], DB, &["start"]),
    case("task", STARTED, DB, &["progress", "--percent", "40"]),
    case("task", STARTED, DB, &["block", "--reason", "No access."]),
    case("task", STARTED, DB, &["complete", "--note", "Done.", "--metric", "p95=2s..1s"]),
    case("task", &[], API, &["cancel", "--reason", "Not ours."]),
    case("task", &[], API, &["reassign", "--to", API]),
    case("task", &[], API, &["amend", "--priority", "high"]),
    case("flag", &[], DB, &["lock"]),
    case("task", &[], DB, &["start"]),
    case("finding", &[], DB, &["confirm", "--evidence", SHOWN]),
    case("finding", &[], DB, &["dispute", "--reason", "It is smaller.", "--evidence", SHOWN]),
    case("finding", DISPUTED, API, &["evidence", "--text", SHOWN]),
    case("finding", &[], DB, &["mitigate", "--action", "Enlarged.", "--result", "partial"]),
    case("finding", &[], API, &["resolve"]),
    case("finding", &[], API, &["reject", "--reason", "Measured wrongly."]),
    case("finding", DISPUTED, LEAD, &["decide", "--outcome", "rejected", "--reason", "It is smaller."]),
    case("resource", &[], DB, &["reserve", "--renew", "--for", "2h"]),
    case("resource", &[], DB, &["release"]),
    case("resource", AWAITED, DB, &["release"]),
];

impl Case {
    fn noun(&self) -> &'static str {
        if self.kind == "request" { "flag" } else { self.kind }
    }

    fn words<'a>(&'a self, id: &'a str, args: &[&'a str]) -> Vec<&'a str> {
        [&[self.noun(), args[0], id][..], &args[1..]].concat()
    }

    /// A new record of this kind, made ready: by what commands name it, and its folder.
    fn prepare(&self, world: &World, repo: &Repo) -> (String, String) {
        let (id, path) = match self.kind {
            "task" => made(world, repo, API, &["task", "create", "--title", "Measure", "--to", DB]),
            "finding" => {
                let what = ["--category", "bottleneck", "--component", "pool", "--severity", "high"];
                let report = ["finding", "report", "--title", "The pool is exhausted", "--evidence", SHOWN];
                made(world, repo, API, &[&report[..], &what].concat())
            }
            "resource" => {
                let name = format!("Environment of {}", world.clock());
                let (_, path) = made(world, repo, DB, &["resource", "reserve", &name]);
                (name, path)
            }
            "request" => {
                let create = ["flag", "create", "--type", "information_request", "--to", DB];
                made(world, repo, API, &[&create[..], &["--change", CHANGE, "--action", ACTION]].concat())
            }
            _ => world.flag(repo, API, DB, &[]),
        };
        for (by, args) in self.before {
            let prepared = world.perfteam(repo, by, &self.words(&id, args));
            // Whoever comes second waits for a resource.
            prepared.exits(if self.kind == "resource" { 4 } else { 0 });
        }
        (id, path)
    }
}

/// The id and the folder of what a command makes.
#[track_caller]
fn made(world: &World, repo: &Repo, by: &str, args: &[&str]) -> (String, String) {
    let made = world.perfteam(repo, by, &[args, &["--format", "json"]].concat()).exits(0).json();
    let text = |key: &str| made[key].as_str().expect("a text").to_owned();
    (text("id"), text("path"))
}

/// Kills the command after `delay`; whether it had not ended before.
pub fn kill_after(mut command: Command, delay: Duration) -> bool {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let begin = Instant::now();
    while begin.elapsed() < delay {
        std::thread::yield_now();
    }
    let alive = child.try_wait().expect("it can be asked").is_none();
    let _ = child.kill();
    let _ = child.wait();
    alive
}

/// A `git add` that the killed command had started goes on; its index lock goes with it.
pub fn wait_for_index(repo: &Repo) {
    let begin = Instant::now();
    while repo.path.join(".git/index.lock").exists() && begin.elapsed() < Duration::from_secs(10) {
        std::thread::yield_now();
    }
}

/// How long after its start the command of this round is killed, of so many rounds.
pub fn delay(whole: Duration, round: usize, rounds: usize) -> Duration {
    // Steps that are no divisor of anything: each command meets early and late moments.
    whole.mul_f64((round as f64 * 0.618_034 + 0.5 / rounds as f64).fract() * 1.2)
}

fn files(repo: &Repo, path: &str) -> Vec<String> {
    let entries = std::fs::read_dir(repo.path.join(path)).expect("a folder").flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Nothing is wrong with any file.
#[track_caller]
pub fn assert_clean(world: &World, repo: &Repo) {
    let verdict = world.perfteam(repo, "", &["check", "--worktree", "--format", "json"]);
    let found = verdict.json()["diagnostics"].as_array().expect("a list").clone();
    let broken = ["syntax", "duplicate-id", "illegal-step", "changed-record", "missing-file"];
    let broken = found.iter().find(|found| broken.iter().any(|rule| found["rule"] == *rule));
    assert_eq!(broken, None);
    let status = world.git(repo, &["status", "--porcelain", "-uall"]).exits(0).stdout;
    assert!(!status.contains(".tmp"), "{status}");
}

fn rounds() -> usize {
    size("KILLS", CASES.len())
}

#[test]
fn steps_that_are_killed_are_done_or_not_and_work_when_run_again() {
    let (world, repo) = World::with_team();
    let begin = Instant::now();
    CASES[0].prepare(&world, &repo);
    let whole = begin.elapsed();
    let mut killed = 0;
    for round in 0..rounds() {
        let case = &CASES[round % CASES.len()];
        let (id, path) = case.prepare(&world, &repo);
        let before = files(&repo, &path);
        let args = case.words(&id, case.args);
        let command = world.perfteam_command(&repo, case.by, &args);
        killed += usize::from(kill_after(command, delay(whole, round, rounds())));
        wait_for_index(&repo);
        let after = files(&repo, &path);
        let new = after.iter().filter(|file| !before.contains(file)).count();
        assert!(new <= 1 && before.iter().all(|file| after.contains(file)), "{args:?}: {after:?}");
        assert_clean(&world, &repo);
        // A `git update-ref` that the killed command had started may still be at work.
        let again =
            (0..5).map(|_| world.perfteam(&repo, case.by, &args)).find(|run| run.code == 0 || new == 1);
        let again = again.unwrap_or_else(|| panic!("{args:?} does not work when it is run again"));
        assert!(matches!(again.code, 0 | 1 | 4), "{args:?}: {}", again.story());
        let done = files(&repo, &path).len() - before.len();
        assert!(done >= 1 && (done == 1 || again.code == 0), "{args:?}: {}", again.story());
    }
    assert!(killed * 8 > rounds(), "only {killed} of {} commands were killed in time", rounds());
    assert_clean(&world, &repo);
}

/// All files below a folder, with what they hold.
fn tree(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let all = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
    let files = all.filter(|entry| entry.file_type().is_file());
    let own = files.filter(|entry| !entry.path().components().any(|part| part.as_os_str() == ".tmp"));
    own.map(|entry| {
        let path = entry.path().strip_prefix(folder).expect("it is below").to_string_lossy().into_owned();
        (path, std::fs::read(entry.path()).expect("a file"))
    })
    .collect()
}

/// Kills the command and runs it again in worlds that `make` makes: in the end everything is as where
/// nobody killed it, and in between each file is one of before or of after.
fn killed_and_run_again(make: &dyn Fn() -> (World, Repo), args: &[&str], rounds: usize) {
    let (world, repo) = make();
    let folder = |repo: &Repo| repo.path.join(".perfteam");
    let before = tree(&folder(&repo));
    let begin = Instant::now();
    world.perfteam(&repo, API, args).exits(0);
    let whole = begin.elapsed();
    let after = tree(&folder(&repo));
    assert_ne!(before, after, "{args:?} writes something");
    for round in 0..rounds {
        let (world, repo) = make();
        kill_after(world.perfteam_command(&repo, API, args), delay(whole, round, rounds));
        wait_for_index(&repo);
        for file in tree(&folder(&repo)) {
            assert!(before.contains(&file) || after.contains(&file), "{args:?} left half of {}", file.0);
        }
        world.perfteam(&repo, API, args).exits(0);
        let now = tree(&folder(&repo));
        let names =
            |tree: &[(String, Vec<u8>)]| tree.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&now), names(&after), "{args:?}");
        assert!(now == after, "{args:?} ends with another text");
        assert_clean(&world, &repo);
    }
}

#[test]
fn init_import_and_restore_that_are_killed_work_when_run_again() {
    let rounds = size("KILLS", 2);
    killed_and_run_again(&World::with_repo, &["init"], rounds);
    let to_import = || {
        let (world, repo) = World::with_team();
        for name in ["cache.redis", "queue.kafka", "search.index"] {
            let text = agent(&format!("@{name}"), &format!("{name}@example.com"), "");
            repo.write(&format!("agents/{name}.md"), &text);
        }
        (world, repo)
    };
    killed_and_run_again(&to_import, &["agent", "import", "agents"], rounds);
    let to_restore = || {
        let (world, repo) = World::with_team();
        for _ in 0..3 {
            let (id, _) = world.flag(&repo, API, DB, &[]);
            world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(0);
        }
        world.git(&repo, &["commit", "-qanm", "Flags"]).exits(0);
        std::fs::remove_dir_all(repo.path.join(".perfteam/flags")).expect("a folder less");
        (world, repo)
    };
    killed_and_run_again(&to_restore, &["restore", "--all"], rounds);
}

#[test]
fn an_archive_that_is_killed_works_when_run_again() {
    let closed = || {
        let (world, repo) = World::with_team();
        for case in [5, 14, 24].map(|at: usize| &CASES[at]) {
            let (id, _) = case.prepare(&world, &repo);
            world.perfteam(&repo, case.by, &case.words(&id, case.args)).exits(0);
        }
        world.git(&repo, &["commit", "-qanm", "A flag, a task and a finding, all closed"]).exits(0);
        (world, repo)
    };
    killed_and_run_again(&closed, &["archive", "--older-than", "1s"], size("KILLS", 4));
}

#[test]
fn sync_that_is_killed_works_when_run_again() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["clone", "-q", "--bare", ".", "../hub.git"]).exits(0);
    world.git(&repo, &["remote", "add", "origin", "../hub.git"]).exits(0);
    let hub = Repo { path: world.path().join("hub.git") };
    let begin = Instant::now();
    world.perfteam(&repo, DB, &["sync"]).exits(0);
    let whole = begin.elapsed() * 2;
    let rounds = size("KILLS", 2);
    for round in 0..rounds {
        let (id, _) = world.flag(&repo, API, DB, &[]);
        world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(0);
        kill_after(world.perfteam_command(&repo, DB, &["sync"]), delay(whole, round, rounds));
        world.perfteam(&repo, DB, &["sync"]).exits(0);
        let claim = |repo: &Repo| {
            world.git(repo, &["cat-file", "blob", &format!("refs/perfteam/claims/flag/{id}")]).exits(0).stdout
        };
        assert_eq!(claim(&hub), claim(&repo));
        assert_clean(&world, &repo);
    }
}

/// A small file system of its own; gone when it is dropped.
#[cfg(target_os = "linux")]
struct Disk(std::path::PathBuf);

#[cfg(target_os = "linux")]
impl Disk {
    fn mount(at: std::path::PathBuf) -> Option<Disk> {
        std::fs::create_dir(&at).ok()?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=4m", "perfteam-test"]).arg(&at);
        let mounted = mount.stdout(Stdio::null()).stderr(Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then_some(Disk(at))
    }

    /// Leaves so many bytes free.
    fn fill(&self, free: u64) {
        let filler = self.0.join("filler");
        let _ = std::fs::remove_file(&filler);
        let mut size = 0;
        while std::fs::write(&filler, vec![b'x'; size + 4096]).is_ok() {
            size += 4096;
        }
        let size = (size as u64).saturating_sub(free);
        std::fs::File::options().write(true).open(&filler).and_then(|file| file.set_len(size)).expect("room");
    }

    fn clear(&self) {
        let _ = std::fs::remove_file(self.0.join("filler"));
    }
}

#[cfg(target_os = "linux")]
impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_full_disk_nothing_is_half_written_and_a_retry_works() {
    let (world, origin) = World::with_team();
    let Some(disk) = Disk::mount(world.path().join("disk")) else {
        return println!("skipped: nothing may be mounted here");
    };
    world.git(&origin, &["-c", "core.sharedRepository=0", "clone", "-q", ".", "../disk/repo"]).exits(0);
    let repo = Repo { path: disk.0.join("repo") };
    let mut refused = 0;
    for (round, free) in [0, 4, 8, 12, 16, 20, 24, 32, 48].into_iter().enumerate() {
        let case = &CASES[[0, 5, 9, 11, 1][round % 5]];
        let (id, path) = case.prepare(&world, &repo);
        let before = files(&repo, &path);
        let args = case.words(&id, case.args);
        disk.fill(free * 1024);
        let run = world.perfteam(&repo, case.by, &args);
        world.perfteam(&repo, case.by, &["inbox"]).exits(0);
        disk.clear();
        let new = files(&repo, &path).len() - before.len();
        assert_clean(&world, &repo);
        if run.code == 0 {
            assert_eq!(new, 1);
            continue;
        }
        refused += 1;
        assert_eq!((run.code, new), (3, 0), "{args:?}: {}", run.story());
        assert!(run.stderr.contains("No space left on device"), "{}", run.stderr);
        world.perfteam(&repo, case.by, &args).exits(0);
        assert_eq!(files(&repo, &path).len(), before.len() + 1);
    }
    assert!(refused > 0, "the disk was full");
}
