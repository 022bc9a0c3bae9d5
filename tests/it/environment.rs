//! A hermetic world for one test: its own folder, git without user configuration, a fixed clock
//! that advances by a minute with every command, and random numbers that follow from a counter.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// 2026-11-20T15:00:00Z in seconds.
const START: u64 = 1_795_186_800;

/// A world of its own, gone when it is dropped.
pub struct World {
    folder: tempfile::TempDir,
    ticks: Cell<u64>,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Run {
    /// Asserts the exit code and yields standard output.
    #[track_caller]
    pub fn exits(self, code: i32) -> Run {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON. An answer of ours fits its schema.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        let value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in:\n{}\n{}", self.stdout, self.stderr));
        if let Err(fault) = crate::answers::fits(&value) {
            panic!("this is not as the schema of answers says: {fault}\n{}", self.stdout);
        }
        value
    }

    /// Both streams and the exit code, for a snapshot.
    pub fn story(&self) -> String {
        let mut story = self.stdout.clone();
        if !self.stderr.is_empty() {
            story.push_str(&format!("--- stderr ---\n{}", self.stderr));
        }
        if self.code != 0 {
            story.push_str(&format!("--- exit {} ---\n", self.code));
        }
        story
    }
}

impl World {
    /// An empty world.
    pub fn new() -> World {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("home")).expect("a home");
        World { folder, ticks: Cell::new(0) }
    }

    /// A world with one repository `repo` on branch main.
    pub fn with_repo() -> (World, Repo) {
        let world = World::new();
        let path = world.path().join("repo");
        std::fs::create_dir(&path).expect("a folder");
        let repo = Repo { path };
        world.git(&repo, &["init", "-q", "-b", "main"]).exits(0);
        (world, repo)
    }

    /// A repository in which perfteam is set up and committed, with two agents more: `@backend.api`
    /// (api@example.com) and `@database.postgres` (db@example.com), which watches `src/pool.rs`.
    pub fn with_team() -> (World, Repo) {
        let (world, repo) = World::with_repo();
        world.perfteam(&repo, "", &["init"]).exits(0);
        repo.write(".perfteam/agents/backend.api.md", &agent("@backend.api", "api@example.com", ""));
        repo.write(
            ".perfteam/agents/database.postgres.md",
            &agent("@database.postgres", "db@example.com", "watches:\n  - src/pool.rs\n"),
        );
        repo.write("src/pool.rs", "pub const SIZE: u32 = 100;\n");
        world.git(&repo, &["add", "-A"]).exits(0);
        world.git(&repo, &["commit", "-q", "--no-verify", "-m", "Begin"]).exits(0);
        (world, repo)
    }

    /// The folder of the world.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What the clock shows now: the time of the last command.
    pub fn clock(&self) -> String {
        chrono_text(START + self.ticks.get() * 60)
    }

    fn command(&self, program: &str, at: &Path) -> Command {
        let tick = self.ticks.get() + 1;
        self.ticks.set(tick);
        let seconds = START + tick * 60;
        let mut command = Command::new(program);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let binary = Path::new(env!("CARGO_BIN_EXE_perfteam")).parent().expect("a folder").to_owned();
        let path =
            std::env::join_paths([binary].into_iter().chain(std::env::split_paths(&path))).expect("a path");
        command
            .current_dir(at)
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.path().join("home"))
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", self.path().join("home/.gitconfig"))
            .env("GIT_AUTHOR_NAME", "Somebody")
            .env("GIT_AUTHOR_EMAIL", "somebody@example.com")
            .env("GIT_COMMITTER_NAME", "Somebody")
            .env("GIT_COMMITTER_EMAIL", "somebody@example.com")
            .env("GIT_AUTHOR_DATE", format!("@{seconds} +0000"))
            .env("GIT_COMMITTER_DATE", format!("@{seconds} +0000"))
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_EDITOR", "true")
            .env("PERFTEAM_NOW", chrono_text(seconds))
            .env("PERFTEAM_SEED", tick.to_string())
            .stdin(std::process::Stdio::null());
        command
    }

    /// Runs git in the repository.
    pub fn git(&self, repo: &Repo, args: &[&str]) -> Run {
        self.git_as(repo, "somebody@example.com", args)
    }

    /// Runs git in the repository as the author with this e-mail address, hooks included.
    pub fn git_as(&self, repo: &Repo, email: &str, args: &[&str]) -> Run {
        run(self.git_command(repo, email, args))
    }

    /// The command that would run git as the author with this e-mail address, for tests that change
    /// its environment.
    pub fn git_command(&self, repo: &Repo, email: &str, args: &[&str]) -> Command {
        let mut command = self.command("git", &repo.path);
        command.args(args).env("GIT_AUTHOR_EMAIL", email).env("GIT_COMMITTER_EMAIL", email);
        command
    }

    /// `PATH` without any folder that has the binary.
    pub fn path_without_perfteam() -> std::ffi::OsString {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let others = std::env::split_paths(&path).filter(|folder| !folder.join("perfteam").exists());
        std::env::join_paths(others).expect("a path")
    }

    /// Runs the binary in the repository as `agent`; an empty agent leaves the identity open.
    pub fn perfteam(&self, repo: &Repo, agent: &str, args: &[&str]) -> Run {
        let mut command = self.command(env!("CARGO_BIN_EXE_perfteam"), &repo.path);
        if !agent.is_empty() {
            command.env("PERFTEAM_AGENT", agent);
        }
        command.args(args);
        run(command)
    }

    /// The command that would run the binary, for tests that need its process.
    pub fn perfteam_command(&self, repo: &Repo, agent: &str, args: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_perfteam"), &repo.path);
        command.env("PERFTEAM_AGENT", agent).args(args);
        command
    }

    /// Raises a flag and yields its id and the path of its folder.
    #[track_caller]
    pub fn flag(&self, repo: &Repo, from: &str, to: &str, more: &[&str]) -> (String, String) {
        let mut args =
            vec!["flag", "create", "--type", "change", "--to", to, "--change", CHANGE, "--action", ACTION];
        args.extend(more);
        args.extend(["--format", "json"]);
        let created = self.perfteam(repo, from, &args).exits(0).json();
        let text = |key: &str| created[key].as_str().expect("a text").to_owned();
        (text("id"), text("path"))
    }
}

/// How often or how wide: `default`, or what the variable `PERFTEAM_TEST_<NAME>` says for a full run.
pub fn size(name: &str, default: usize) -> usize {
    let given = std::env::var(format!("PERFTEAM_TEST_{name}"));
    given.map_or(default, |text| {
        text.parse().unwrap_or_else(|_| panic!("PERFTEAM_TEST_{name}={text} is no number"))
    })
}

/// A change that says enough.
pub const CHANGE: &str = "The pool hands out at most twenty connections instead of one hundred since Monday.";
/// An action that says enough.
pub const ACTION: &str = "Set max_connections in config/api.toml to twenty, run the load test of the checkout \
     service, and compare its latency with the baseline of last week before you deploy anything.";

/// A repository in a world.
pub struct Repo {
    /// Its top folder.
    pub path: PathBuf,
}

impl Repo {
    /// Writes a file, its folders included.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }

    /// Writes a program.
    pub fn write_program(&self, path: &str, text: &str) {
        self.write(path, text);
        make_executable(&self.path.join(path));
    }

    /// Reads a file.
    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("permissions");
}

#[cfg(not(unix))]
fn make_executable(_: &Path) {}

/// The text of an agent's file.
pub fn agent(handle: &str, email: &str, more: &str) -> String {
    format!(
        "---\nhandle: \"{handle}\"\ntitle: An agent\ndescription: Does things.\nemails:\n  - \"{email}\"\n{more}---\n\nText.\n"
    )
}

fn chrono_text(seconds: u64) -> String {
    let millis = i64::try_from(seconds * 1000).expect("a time");
    perfteam::domain::time::Timestamp::from_millis(millis).to_string()
}

/// Runs a command to its end.
pub fn run(mut command: Command) -> Run {
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    Run {
        code: status.code().unwrap_or(-1),
        stdout: String::from_utf8(stdout).expect("UTF-8"),
        stderr: String::from_utf8(stderr).expect("UTF-8"),
    }
}
