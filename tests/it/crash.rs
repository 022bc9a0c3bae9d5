//! Whatever stops a command, at whatever moment: each record is as it was or as it was meant to be.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::environment::{ACTION, CHANGE, Repo, Run, World, size};

const RAISE: [&str; 8] =
    ["flag", "create", "--to", "@database.postgres", "--change", CHANGE, "--action", ACTION];

/// Waits without sleeping, since the moments that matter are shorter than a sleep.
fn spin(time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {
        std::thread::yield_now();
    }
}

/// A `git add` that the killed command had started goes on; its index lock goes with it.
fn wait_for_index(repo: &Repo) {
    let begin = Instant::now();
    while repo.path.join(".git/index.lock").exists() && begin.elapsed() < Duration::from_secs(10) {
        std::thread::yield_now();
    }
}

/// Kills the command after `delay`; whether it had not ended before.
fn kill_after(mut command: Command, delay: Duration) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("it starts");
    spin(delay);
    let alive = child.try_wait().expect("it can be asked").is_none();
    let _ = child.kill();
    let _ = child.wait();
    alive
}

/// All flags, each with its state; nothing can be wrong with any file.
#[track_caller]
fn states(world: &World, repo: &Repo) -> Vec<String> {
    let list = ["flag", "list", "--status", "all", "--format", "json"];
    let list = world.perfteam(repo, "@backend.api", &list).exits(0);
    assert_eq!(list.stderr, "");
    let verdict = world.perfteam(repo, "@lead", &["check", "--format", "json"]);
    let found = verdict.json()["diagnostics"].as_array().expect("a list").clone();
    assert!(found.iter().all(|found| found["rule"] != "syntax"), "{}", verdict.stdout);
    let status = world.git(repo, &["status", "--porcelain", "-uall", "--ignored=no"]).exits(0).stdout;
    assert!(!status.contains(".tmp"), "{status}");
    let flags = list.json()["flags"].as_array().expect("a list").clone();
    flags.iter().map(|flag| format!("{} {}", flag["id"], flag["status"])).collect()
}

/// The steps that are killed: what to run on the flag with this id, and the states it may leave.
fn killed_steps(id: &str) -> [(&'static str, Vec<String>, &'static str); 4] {
    let args = |args: &[&str]| args.iter().map(|arg| (*arg).to_owned()).collect();
    let ask = ["flag", "lock", id, "--awaiting", "@backend.api", "--change", CHANGE, "--action", ACTION];
    [
        ("@backend.api", args(&RAISE), "pending"),
        ("@database.postgres", args(&["flag", "lock", id]), "locked"),
        ("@database.postgres", args(&ask), "locked"),
        ("@database.postgres", args(&["flag", "complete", id, "--note", "Done."]), "completed"),
    ]
}

#[test]
fn killed_at_any_moment_each_record_is_as_before_or_as_after() {
    let (world, repo) = World::with_team();
    let whole = Instant::now();
    world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    let whole = whole.elapsed();
    let rounds = size("KILLS", 40);
    let mut before = states(&world, &repo);
    let mut killed = 0;
    for round in 0..rounds {
        let (id, path) = world.flag(&repo, "@backend.api", "@database.postgres", &[]);
        before.push(format!("\"{id}\" \"pending\""));
        let (agent, args, after_word) = &killed_steps(&id)[round % 4];
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let delay = whole.mul_f64(round as f64 / rounds as f64);
        killed += usize::from(kill_after(world.perfteam_command(&repo, agent, &args), delay));
        wait_for_index(&repo);
        let after = states(&world, &repo);
        let own = |state: &&String| state.contains(&id);
        let word = after.iter().find(own).expect("the flag is there");
        assert!(word.contains("pending") || word.contains(after_word), "{args:?} left {word}");
        let others = |states: &[String]| -> Vec<String> {
            let known = |state: &&String| !own(state) && before.iter().any(|old| old == *state);
            let mut others: Vec<String> = states.iter().filter(known).cloned().collect();
            others.sort();
            others
        };
        assert_eq!(others(&after), others(&before), "another flag changed");
        assert!(after.len() <= before.len() + 1, "{args:?} left {after:?}");
        // A lock that awaits an answer is never there without the question.
        if let Some(event) = locked_event(&repo, &path) {
            let asked = event.lines().find_map(|line| line.strip_prefix("awaiting: "));
            let asked = asked.map(|asked| asked.trim_matches('"').to_owned());
            assert!(asked.is_none_or(|asked| after.iter().any(|state| state.contains(&asked))), "{event}");
        }
        // Whoever comes next is not kept from working.
        world.perfteam(&repo, "@database.postgres", &["inbox"]).exits(0);
        before = after;
    }
    assert!(killed * 8 > rounds, "only {killed} of {rounds} commands were killed in time");
}

fn locked_event(repo: &Repo, path: &str) -> Option<String> {
    let names = std::fs::read_dir(repo.path.join(path)).ok()?.flatten();
    let locked = names.into_iter().find(|entry| entry.file_name().to_string_lossy().contains("-locked-"))?;
    std::fs::read_to_string(locked.path()).ok()
}

#[test]
fn a_held_index_lets_the_write_stand_and_prints_what_is_left() {
    let (world, repo) = World::with_team();
    let lock = repo.path.join(".git/index.lock");
    std::fs::write(&lock, "").expect("a lock");
    let folder = Repo { path: repo.path.join("src") };
    let raised = world.perfteam(&folder, "@backend.api", &RAISE).exits(0);
    let shown = raised.story().replace(&*repo.path.to_string_lossy(), "[REPO]");
    assert_snapshot!(shown, @"
    raised flag ttgk for @database.postgres
      .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs
    commit it together with the change it is about: git commit
    --- stderr ---
    warning: written, but not staged: Unable to create '[REPO]/.git/index.lock': File exists.
      git commit would leave it out; stage it with: git add -- :/.perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs/flag.md
    ");
    std::fs::remove_file(&lock).expect("a lock less");
    let command =
        raised.stderr.lines().find_map(|line| line.split_once("with: git add ")).expect("a command").1;
    let words: Vec<&str> = std::iter::once("add").chain(command.split_whitespace()).collect();
    world.git(&folder, &words).exits(0);
    let status = world.git(&repo, &["status", "--porcelain", "-uall"]).exits(0).stdout;
    assert!(status.starts_with("A  .perfteam/flags/") && status.lines().count() == 1, "{status}");
}

#[test]
fn a_file_is_staged_however_git_was_told_to_read_paths() {
    let (world, repo) = World::with_team();
    for kind in ["LITERAL", "GLOB", "NOGLOB", "ICASE"] {
        let mut command = world.perfteam_command(&repo, "@backend.api", &RAISE);
        command.env(format!("GIT_{kind}_PATHSPECS"), "1");
        assert_eq!(crate::environment::run(command).exits(0).stderr, "");
    }
    let status = world.git(&repo, &["status", "--porcelain", "-uall"]).exits(0).stdout;
    assert_eq!(status.lines().filter(|line| line.starts_with("A ")).count(), 4, "{status}");
}

#[test]
fn what_a_killed_command_left_is_in_nobodys_way() {
    let (world, repo) = World::with_team();
    repo.write(".perfteam/.tmp/.tmpAbCdEf", "---\nid: half");
    std::fs::write(repo.path.join(".perfteam/.tmp/.gitignore"), "").expect("a file");
    let empty = repo.path.join(".perfteam/flags/2026-11-20/left-0123456789");
    std::fs::create_dir_all(&empty).expect("folders");
    let (id, _) = world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    world.perfteam(&repo, "@database.postgres", &["flag", "lock", &id]).exits(0);
    assert_eq!(states(&world, &repo).len(), 1);
    let status = world.git(&repo, &["status", "--porcelain", "-uall"]).exits(0).stdout;
    assert_eq!(status.lines().filter(|line| !line.starts_with("A ")).count(), 0, "{status}");
}

/// The command with files limited to so many blocks, as on a full disk.
#[cfg(unix)]
fn on_a_full_disk(world: &World, repo: &Repo, agent: &str, args: &[&str], blocks: u32) -> Run {
    let own = world.perfteam_command(repo, agent, args);
    let mut shell = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    shell.arg("-c").arg(script).arg(own.get_program()).args(own.get_args());
    shell.env_clear().envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(&repo.path).stdin(Stdio::null());
    crate::environment::run(shell)
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let (world, repo) = World::with_team();
    let (id, path) = world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    let before = (states(&world, &repo), world.git(&repo, &["status", "--porcelain", "-uall"]).stdout);
    // Nothing can be written, or the beginning of a file.
    let long = "and so on, ".repeat(400);
    let raise = [&RAISE[..], &["--example", &long]].concat();
    for blocks in [0, 1] {
        let raised = on_a_full_disk(&world, &repo, "@backend.api", &raise, blocks).exits(3);
        assert!(raised.stderr.contains("File too large"), "{}", raised.stderr);
    }
    for verb in ["lock", "complete"] {
        on_a_full_disk(&world, &repo, "@database.postgres", &["flag", verb, &id], 0).exits(3);
    }
    on_a_full_disk(&world, &repo, "@database.postgres", &["inbox"], 0).exits(0);
    let after = (states(&world, &repo), world.git(&repo, &["status", "--porcelain", "-uall"]).stdout);
    assert_eq!(before, after);
    let left = std::fs::read_dir(repo.path.join(".perfteam/.tmp")).expect("a folder").count();
    assert_eq!(left, 1, "temporary files are gone, .gitignore is there");
    world.perfteam(&repo, "@database.postgres", &["flag", "lock", &id]).exits(0);
    assert!(locked_event(&repo, &path).is_some());
}

/// Reading needs no cache: whatever lies in its place, the answer is the same.
#[test]
fn caches_may_be_anything() {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    world.flag(&repo, "@backend.api", "@database.postgres", &["--impact", "critical"]);
    world.perfteam(&repo, "@database.postgres", &["flag", "complete", &id]).exits(0);
    let private = repo.path.join(".git/perfteam");
    let cache = private.join("cache");
    let ask = || {
        let seen = ["inbox", "check --staged", "check --worktree", "flag list --status all"].map(|args| {
            let args: Vec<&str> = args.split(' ').collect();
            let mut command = world.perfteam_command(&repo, "@database.postgres", &args);
            command.env("PERFTEAM_NOW", "2026-11-20T20:00:00Z");
            crate::environment::run(command).story()
        });
        seen.join("\n")
    };
    let expected = ask();
    let files = || std::fs::read_dir(&cache).expect("a folder").flatten().map(|entry| entry.path());
    assert!(files().count() > 1, "something is cached");
    let damages: [&dyn Fn(Vec<u8>) -> Vec<u8>; 4] = [
        &|_| Vec::new(),
        &|bytes| bytes[..bytes.len() / 2].to_vec(),
        &|mut bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xff;
            bytes
        },
        &|_| vec![0xff; 100_000],
    ];
    for damage in damages {
        for file in files() {
            std::fs::write(&file, damage(std::fs::read(&file).expect("a file"))).expect("a file");
        }
        assert_eq!(ask(), expected);
    }
    let names: Vec<_> = files().collect();
    std::fs::remove_dir_all(&cache).expect("a folder less");
    for name in names {
        std::fs::create_dir_all(name).expect("a folder in place of a file");
    }
    assert_eq!(ask(), expected);
    std::fs::remove_dir_all(&private).expect("a folder less");
    std::fs::write(&private, "in the way").expect("a file");
    assert_eq!(ask(), expected);
    assert_snapshot!(
        world.perfteam(&repo, "@database.postgres", &["flag", "lock", "--mine"]).exits(3).stderr
            .replace(&*std::fs::canonicalize(&repo.path).expect("a path").to_string_lossy(), "[REPO]"),
        @"
    error: [REPO]/.git/perfteam is no folder
      why: perfteam keeps its files in a folder there
      try: move it away: mv [REPO]/.git/perfteam [REPO]/.git/perfteam.moved
    "
    );
}

/// What only users without privileges meet; root, for whom no permission counts, becomes nobody.
#[cfg(unix)]
mod permissions {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    use std::path::Path;

    const NOBODY: u32 = 65_534;

    fn each(path: &Path, work: &dyn Fn(&Path)) {
        for entry in walkdir::WalkDir::new(path).contents_first(true) {
            work(entry.expect("an entry").path());
        }
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    }

    /// Takes the right to write away from everything below `path`, or gives it back.
    fn writable(path: &Path, yes: bool) {
        each(path, &|path| {
            let mode = path.symlink_metadata().expect("it is there").permissions().mode();
            if !path.is_symlink() {
                set_mode(path, if yes { mode | 0o200 } else { mode & !0o222 });
            }
        });
    }

    /// Runs the binary as somebody for whom permissions count; `None` where that can't be.
    fn run_plain(world: &World, repo: &Repo, args: &[&str]) -> Option<Run> {
        let mut command = world.perfteam_command(repo, "@database.postgres", args);
        let mine = std::fs::metadata(world.path()).ok()?;
        if std::os::unix::fs::MetadataExt::uid(&mine) == 0 {
            set_mode(world.path(), 0o755);
            each(world.path(), &|path| chown(path, Some(NOBODY), Some(NOBODY)).expect("root may"));
            chown(world.path(), Some(0), Some(0)).expect("root may");
            command.uid(NOBODY).gid(NOBODY);
        }
        command.output().ok().map(|_| crate::environment::run(command))
    }

    #[test]
    fn reading_needs_no_right_to_write() {
        let (world, repo) = World::with_team();
        let (id, _) = world.flag(&repo, "@backend.api", "@database.postgres", &[]);
        std::fs::remove_dir_all(repo.path.join(".git/perfteam")).expect("a folder less");
        writable(&repo.path, false);
        let reads = [&["inbox"][..], &["flag", "list"], &["flag", "show", &id], &["flag", "chain", &id]];
        let refused = ["flag", "complete", &id];
        let seen: Option<Vec<Run>> =
            reads.iter().chain([&&refused[..]]).map(|args| run_plain(&world, &repo, args)).collect();
        writable(&repo.path, true);
        let Some(mut seen) = seen else { return println!("skipped: nobody can't run the binary here") };
        let refused = seen.pop().expect("five runs");
        for run in seen {
            assert!(
                run.code == 0 && run.stdout.contains(&id[..4]) && run.stderr.is_empty(),
                "{}",
                run.story()
            );
        }
        assert_eq!(refused.code, 3, "{}", refused.story());
        assert!(refused.stderr.contains("Permission denied"), "{}", refused.stderr);
    }

    #[test]
    fn what_may_not_be_read_is_named_and_stops_nothing_else() {
        let (world, repo) = World::with_team();
        let (good, _) = world.flag(&repo, "@backend.api", "@database.postgres", &["--impact", "critical"]);
        let hidden: Vec<_> =
            (0..3).map(|_| world.flag(&repo, "@backend.api", "@database.postgres", &[])).collect();
        repo.write(".perfteam/flags/2026-11-19/secret-0123456789/flag.md", "---\n---\n");
        let places = [
            format!("{}/flag.md", hidden[0].1),
            hidden[1].1.clone(),
            ".perfteam/flags/2026-11-19".to_owned(),
            ".perfteam/agents/performance.lead.md".to_owned(),
        ];
        let lock = |mode, places: &[&String]| {
            places.iter().for_each(|place| set_mode(&repo.path.join(place), mode));
        };
        let all: Vec<&String> = places.iter().collect();
        let files: Vec<&String> = places.iter().filter(|place| place.ends_with(".md")).collect();
        let Some(_) = run_plain(&world, &repo, &["inbox"]) else {
            return println!("skipped: nobody can't run the binary here");
        };
        lock(0, &all);
        let lists = [&["inbox"][..], &["flag", "list", "--status", "all"]]
            .map(|args| run_plain(&world, &repo, args).expect("it ran before"));
        // A verdict without a whole folder would be none.
        let blind = run_plain(&world, &repo, &["check"]).expect("it ran before");
        lock(0o755, &all);
        lock(0, &files);
        let verdict = run_plain(&world, &repo, &["check", "--format", "json"]).expect("it ran before");
        lock(0o755, &files);
        for run in lists {
            assert!(run.code == 0 && run.stdout.contains(&good[..4]), "{}", run.story());
            assert!(run.stderr.contains("can't be read"), "{}", run.stderr);
        }
        assert_eq!(blind.code, 3, "{}", blind.story());
        for place in files {
            assert!(verdict.stdout.contains(place.as_str()), "{place} in {}", verdict.story());
        }
    }
}
