//! The repositories that are measured: built by `git fast-import`, then checked out.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use perfteam::domain::id::RecordId;
use perfteam::domain::time::Timestamp;

/// Who commits: nothing waits for this agent, so the gate lets it pass.
pub const AUTHOR: &str = "@bench.author";
/// Whose inbox is read: a quarter of what is pending waits for it.
pub const ADDRESSEE: &str = "@bench.reader0";
const AUTHOR_EMAIL: &str = "author@example.com";
const READERS: usize = 4;
/// 2026-01-01T00:00:00Z in seconds.
pub const BEGIN: u64 = 1_767_225_600;

/// How large a repository is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Flags in all.
    pub flags: usize,
    /// How many of them are pending; the others are completed by one event.
    pub pending: usize,
    /// Files of code.
    pub code: usize,
    /// Closed flags below this number were never there.
    pub missing: usize,
    /// Agents that were imported beside the few that act, each with a role text of 10 KB.
    pub agents: usize,
}

impl Size {
    /// Number k is pending when the share of pending ones passes a whole number there.
    fn is_pending(&self, number: usize) -> bool {
        (number + 1) * self.pending / self.flags > number * self.pending / self.flags
    }
}

/// A repository with a work tree, gone when it is dropped.
pub struct Repository {
    folder: tempfile::TempDir,
    size: Size,
}

impl Repository {
    /// Builds the repository: one commit with everything, checked out, its hooks empty.
    pub fn build(size: Size) -> Repository {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
        let repository = Repository { folder, size };
        repository.git(&["init", "-q", "-b", "main"]);
        repository.import();
        repository.git(&["checkout", "-q", "-f", "main"]);
        run(repository.perfteam(AUTHOR).arg("init"));
        repository.git(&["add", "-A"]);
        repository.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Set up the team"]);
        repository.settle();
        repository
    }

    /// The top folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file of code.
    pub fn code_file(&self, number: usize) -> String {
        let number = number % self.size.code;
        format!("src/module{:03}/file{number:05}.rs", number % 100)
    }

    /// How many flags there are.
    pub fn flags(&self) -> usize {
        self.size.flags
    }

    /// Whether flag `number` is pending.
    pub fn is_pending(&self, number: usize) -> bool {
        self.size.is_pending(number)
    }

    /// Where the caches lie.
    pub fn caches(&self) -> PathBuf {
        self.path().join(".git/perfteam/cache")
    }

    /// Puts the pre-commit hook in place: a shell script that runs `body`.
    pub fn set_hook(&self, body: &str) {
        let hook = self.path().join(".git/hooks/pre-commit");
        std::fs::create_dir_all(hook.parent().expect("a folder")).expect("the folder of the hooks");
        std::fs::write(&hook, format!("#!/bin/sh\n{body}\n")).expect("the hook");
        make_executable(&hook);
    }

    /// Lets the files grow older than the resolution of their times, as they are in any
    /// repository that was not checked out this very second: git and perfteam then trust them.
    pub fn settle(&self) {
        std::thread::sleep(std::time::Duration::from_millis(2_100));
        self.git(&["status", "--porcelain"]);
    }

    /// Archives the closed ones among the first `count` flags, and commits that. The team works on
    /// its main branch, so that all of it is published.
    pub fn archive(&self, count: usize) {
        let seconds = BEGIN + (count as u64 / 100) * 86_400;
        let now = perfteam::domain::time::Timestamp::from_millis(seconds as i64 * 1000);
        let args = ["archive", "--older-than", "1s"];
        run(self.perfteam(AUTHOR).args(args).env("PERFTEAM_NOW", now.to_string()));
        self.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Archive"]);
    }

    /// Stages a step of the author on the first pending flag.
    pub fn stage_step(&self) {
        let (_, id) = self.first_pending();
        run(self.perfteam(AUTHOR).args(["flag", "withdraw", &id, "--reason", "It is done elsewhere"]));
    }

    /// Takes it back, and lets git learn again what its index has in common with HEAD.
    pub fn unstage_step(&self) {
        let (folder, _) = self.first_pending();
        self.git(&["rm", "-q", "-f", "--", &format!("{folder}/*-withdrawn-*")]);
        self.git(&["write-tree"]);
    }

    /// Its folder and its id.
    fn first_pending(&self) -> (String, String) {
        let pending = (0..self.size.flags).find(|number| self.is_pending(*number)).expect("a pending flag");
        let (folder, id, ..) = flag_place(pending);
        (folder, id.to_string())
    }

    /// A git command in the repository.
    pub fn git_command(&self, args: &[&str]) -> Command {
        let mut command = self.hermetic("git");
        command.args(args);
        command
    }

    /// Runs git in the repository.
    pub fn git(&self, args: &[&str]) {
        run(&mut self.git_command(args));
    }

    /// The binary, in the repository, as `agent`; an empty one leaves that to the e-mail address.
    pub fn perfteam(&self, agent: &str) -> Command {
        let mut command = self.hermetic(env!("CARGO_BIN_EXE_perfteam"));
        if !agent.is_empty() {
            command.env("PERFTEAM_AGENT", agent);
        }
        command
    }

    /// A program in the repository, with an environment of its own.
    pub fn hermetic(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", path())
            .env("HOME", self.path())
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "Author")
            .env("GIT_AUTHOR_EMAIL", AUTHOR_EMAIL)
            .env("GIT_COMMITTER_NAME", "Author")
            .env("GIT_COMMITTER_EMAIL", AUTHOR_EMAIL)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    fn import(&self) {
        let mut git = self.git_command(&["fast-import", "--quiet"]);
        let mut git = git.stdin(Stdio::piped()).spawn().expect("git runs");
        let mut out = BufWriter::new(git.stdin.take().expect("a pipe"));
        write_history(&mut out, self.size).and_then(|()| out.flush()).expect("git reads its input");
        drop(out);
        assert!(git.wait().expect("git ends").success(), "git fast-import failed");
    }
}

/// Runs a command that must succeed.
pub fn run(command: &mut Command) {
    let status = command.status().expect("the program runs");
    assert!(status.success(), "{command:?} failed");
}

fn write_history(out: &mut impl Write, size: Size) -> std::io::Result<()> {
    write!(out, "commit refs/heads/main\ncommitter Author <{AUTHOR_EMAIL}> {BEGIN} +0000\ndata 5\nBegin\n")?;
    write_file(out, ".perfteam/agents/bench.author.md", &agent(AUTHOR, AUTHOR_EMAIL, ""))?;
    for reader in 0..READERS {
        let text = agent(&reader_handle(reader), &format!("reader{reader}@example.com"), "");
        write_file(out, &format!(".perfteam/agents/bench.reader{reader}.md"), &text)?;
    }
    let role = "You know how the system behaves under load, and you say so with figures.\n".repeat(140);
    for number in 0..size.agents {
        let text = agent(&format!("@import.agent{number:03}"), &format!("agent{number}@example.com"), &role);
        write_file(out, &format!(".perfteam/agents/import.agent{number:03}.md"), &text)?;
    }
    for number in 0..size.code {
        let path = format!("src/module{:03}/file{number:05}.rs", number % 100);
        write_file(out, &path, &format!("pub const NUMBER: u32 = {number};\n"))?;
    }
    for number in 0..size.flags {
        write_flag(out, number, size)?;
    }
    Ok(())
}

/// One file of a commit that `git fast-import` reads.
pub fn write_file(out: &mut impl Write, path: &str, text: &str) -> std::io::Result<()> {
    write!(out, "M 100644 inline {path}\ndata {}\n{text}\n", text.len())
}

/// One flag: a hundred a day, the pending ones spread evenly over all days.
fn write_flag(out: &mut impl Write, number: usize, size: Size) -> std::io::Result<()> {
    let is_pending = size.is_pending(number);
    if number < size.missing && !is_pending {
        return Ok(());
    }
    let (folder, id, to, time) = flag_place(number);
    let at = time.to_string();
    let impact = ["critical", "high", "medium", "low"][shuffled(number, READERS * 4) / READERS];
    let head = flag_head(&id, &to, impact, &at, number);
    write_file(out, &format!("{folder}/flag.md"), &head)?;
    if is_pending {
        return Ok(());
    }
    let event = format!(
        "---\nrecord: \"{id}\"\nevent: completed\nby: \"{to}\"\nat: \"{at}\"\nseq: 1\n---\n\nSet to twenty; the load test passes.\n"
    );
    write_file(out, &format!("{folder}/{}-completed-4f7a1c.md", time.compact()), &event)
}

/// The folder, id, addressee and time of flag `number`.
pub fn flag_place(number: usize) -> (String, RecordId, String, Timestamp) {
    let id = RecordId::from_bits(mixed(number as u64));
    let seconds = BEGIN + (number as u64 / 100) * 86_400 + (number as u64 % 100) * 600;
    let time = Timestamp::from_millis(seconds as i64 * 1000);
    let folder = format!(".perfteam/flags/{}/connection-pool-of-service-{number}-{id}", time.day());
    (folder, id, reader_handle(shuffled(number, READERS)), time)
}

/// The binary that is measured comes first: its hooks are not to find one that is installed here.
fn path() -> std::ffi::OsString {
    let own = Path::new(env!("CARGO_BIN_EXE_perfteam")).parent().map(Path::to_owned);
    let others = std::env::var_os("PATH").unwrap_or_default();
    let all = own.into_iter().chain(std::env::split_paths(&others));
    std::env::join_paths(all).unwrap_or(others)
}

/// The head of a flag.
pub fn flag_head(id: &RecordId, to: &str, impact: &str, at: &str, number: usize) -> String {
    format!(
        "---\nid: \"{id}\"\ntype: change\ntitle: The connection pool of service {number} is smaller\n\
         from: \"{AUTHOR}\"\nto: \"{to}\"\nimpact: {impact}\nat: \"{at}\"\nfiles:\n  - src/module{:03}/file{:05}.rs\n---\n\n\
         ## Change\n\nThe pool hands out at most twenty connections instead of one hundred since Monday.\n\n\
         ## Action\n\nSet max_connections in config/api.toml to twenty, run the load test of the checkout \
         service, and compare its latency with the baseline of last week before you deploy anything.\n",
        number % 100,
        number % 10_000,
    )
}

/// A number below `below` that does not repeat with the numbers of the pending ones.
fn shuffled(number: usize, below: usize) -> usize {
    (mixed(number as u64) >> 32) as usize % below
}

fn reader_handle(number: usize) -> String {
    format!("@bench.reader{number}")
}

fn agent(handle: &str, email: &str, role: &str) -> String {
    format!(
        "---\nhandle: \"{handle}\"\ntitle: An agent\ndescription: Keeps the service fast.\nemails:\n  - {email}\n---\n\n{role}\n"
    )
}

/// SplitMix64: spreads numbers as random ids are spread.
pub fn mixed(number: u64) -> u64 {
    let z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("permissions");
}

#[cfg(not(unix))]
fn make_executable(_: &Path) {}
