//! Files as nobody should write them: each is named with rule, line and column, none stops the
//! others, none reaches out of `.perfteam`, and none speaks to the terminal.

mod forms;
mod orders;
mod review;
mod siege;
mod trees;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::environment::{Repo, World};

/// Slow machines included, nothing here takes longer.
const QUICKLY: Duration = Duration::from_secs(5);

/// Everything that reads records.
const READERS: [&[&str]; 12] = [
    &["inbox", "@database.postgres"],
    &["inbox", "@database.postgres", "--format", "json"],
    &["flag", "list", "--status", "all"],
    &["flag", "list", "--status", "all", "--format", "json"],
    &["check", "--worktree"],
    &["check", "--worktree", "--format", "json"],
    &["check", "--worktree", "--format", "sarif"],
    &["check", "--worktree", "--format", "github"],
    &["check", "--worktree", "--format", "gitlab"],
    &["check", "--worktree", "--format", "junit"],
    &["check", "--staged"],
    &["check", "--base", "main"],
];

struct Seen {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command that must end soon, without a panic and without control characters.
#[track_caller]
fn run(world: &World, repo: &Repo, args: &[&str]) -> Seen {
    let command = world.perfteam_command(repo, "@backend.api", args);
    let begin = Instant::now();
    let output = assert_cmd::Command::from_std(command).timeout(QUICKLY).output().expect("it runs");
    let took = begin.elapsed();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let code = output.status.code();
    assert!(took < QUICKLY && code.is_some(), "{args:?} took {took:?}\n{stderr}");
    assert!(matches!(code, Some(0..=4)), "{args:?} ended with {code:?}\n{stdout}\n{stderr}");
    assert!(!stderr.contains("panicked"), "{args:?}:\n{stderr}");
    for stream in [&stdout, &stderr] {
        if let Some(at) = stream.find(speaks_to_the_terminal) {
            let from = stream[..at].char_indices().rev().nth(80).map_or(0, |(at, _)| at);
            panic!("{args:?} prints {:?}", &stream[from..at + 1]);
        }
    }
    Seen { code: code.unwrap_or(-1), stdout, stderr }
}

fn speaks_to_the_terminal(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What `check` says, a line for each finding: path, line, column, message.
fn findings(stdout: &str) -> String {
    let verdict: serde_json::Value = serde_json::from_str(stdout).expect("JSON");
    let mut out = String::new();
    for found in verdict["diagnostics"].as_array().expect("a list") {
        if found["rule"] != "syntax" {
            continue;
        }
        let path =
            found["path"].as_str().expect("a path").replace(".perfteam/", "").replace("2026-11-20/", "");
        let path = path.replace("flags/", "").replace(char::is_control, "?");
        let _ = writeln!(
            out,
            "{path}:{}:{}: {}",
            found["line"],
            found["column"],
            found["message"].as_str().expect("a text")
        );
    }
    out
}

/// The front matter of a flag's head with the line of `key` replaced.
fn head(id: &str, key: &str, line: &str) -> String {
    let lines = [
        ("id", format!("id: \"{id}\"")),
        ("type", "type: change".into()),
        ("title", "title: Pool".into()),
        ("from", "from: \"@backend.api\"".into()),
        ("to", "to: \"@database.postgres\"".into()),
        ("impact", "impact: high".into()),
        ("at", "at: \"2026-11-20T15:00:00.000Z\"".into()),
    ];
    let mut out = "---\n".to_owned();
    for (name, text) in lines {
        let _ = match name == key {
            true if line.is_empty() => Ok(()),
            true => writeln!(out, "{line}"),
            false => writeln!(out, "{text}"),
        };
    }
    if key == "more" {
        let _ = writeln!(out, "{line}");
    }
    out + "---\n\n## Change\n\nThe pool is smaller.\n\n## Action\n\nMeasure.\n"
}

/// The name of an event's file, and its text with the line of `key` replaced.
fn event(id: &str, what: &str, key: &str, line: &str) -> (String, String) {
    let lines = [
        ("record", format!("record: \"{id}\"")),
        ("event", format!("event: {what}")),
        ("by", "by: \"@database.postgres\"".into()),
        ("at", "at: \"2026-11-20T15:01:00.000Z\"".into()),
        ("seq", "seq: 1".into()),
    ];
    let mut out = "---\n".to_owned();
    for (name, text) in lines {
        let _ = match name == key {
            true if line.is_empty() => Ok(()),
            true => writeln!(out, "{line}"),
            false => writeln!(out, "{text}"),
        };
    }
    if key == "more" {
        let _ = writeln!(out, "{line}");
    }
    (format!("20261120T150100.000Z-{what}-4f7a1c.md"), out + "---\n")
}

fn put(repo: &Repo, path: &str, bytes: &[u8]) {
    let path = repo.path.join(".perfteam").join(path);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    std::fs::write(path, bytes).expect("a file");
}

/// Puts bad heads, each into a record of its own.
fn put_heads(repo: &Repo, heads: &[(&str, Vec<u8>)]) {
    for (at, (name, bytes)) in heads.iter().enumerate() {
        put(repo, &format!("flags/2026-11-20/{name}-{}/flag.md", id(at)), bytes);
    }
}

fn id(at: usize) -> String {
    format!("{at:03}hhhhhhh")
}

/// Every reader ends well, and the good flag is still shown; yields the verdict on the work tree.
#[track_caller]
fn check_all(world: &World, repo: &Repo, good: &str) -> String {
    let mut verdict = String::new();
    for args in READERS {
        let seen = run(world, repo, args);
        match args {
            ["inbox" | "flag", ..] => {
                assert_eq!(seen.code, 0, "{args:?}\n{}", seen.stderr);
                assert!(seen.stdout.contains(&good[..4]), "{args:?}:\n{}\n{}", seen.stdout, seen.stderr);
                assert!(seen.stderr.contains("can't be read"), "{args:?}:\n{}", seen.stderr);
            }
            ["check", "--worktree", "--format", "json"] => {
                assert_eq!(seen.code, 1, "{args:?}\n{}", seen.stderr);
                verdict = seen.stdout;
            }
            _ => {}
        }
    }
    run(world, repo, &["flag", "show", good]);
    run(world, repo, &["flag", "chain", good]);
    verdict
}
