//! What is different on a terminal, and what can be turned off: talk, colours, the pager.

use std::fs::File;
use std::process::Command;

use crate::environment::{ACTION, CHANGE, Repo, Run, World, run};

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";
const TERMINAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/shells/on_terminal.py");

/// Runs it on a terminal, with more variables; `None` where nothing here makes a terminal.
fn on_terminal(world: &World, repo: &Repo, args: &[&str], variables: &[(&str, &str)]) -> Option<Run> {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: there is no python3 here");
        return None;
    }
    let from = world.perfteam_command(repo, API, args);
    let mut command = Command::new("python3");
    command.arg(TERMINAL).arg("perfteam").args(args).current_dir(&repo.path);
    command.env_clear().envs(from.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("TERM", "xterm").envs(variables.iter().copied());
    Some(run(command))
}

/// Runs it with a stream that is always full; `None` where nothing here makes one.
fn with_full(world: &World, repo: &Repo, args: &[&str], stream: fn(&mut Command, File)) -> Option<Run> {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        eprintln!("skipped: there is no /dev/full here");
        return None;
    };
    let mut command = world.perfteam_command(repo, API, args);
    stream(&mut command, full);
    Some(run(command))
}

#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    let (world, repo, id) = scene();
    let full = |args: &[&str]| {
        let stdout = |command: &mut Command, full: File| {
            command.stdout(full);
        };
        with_full(&world, &repo, args, stdout)
    };
    for args in [
        &["flag", "list"][..],
        &["inbox", "--format", "json"],
        &["check", "--format", "sarif"],
        &["review", "HEAD"],
        &["schema"],
        &["--help"],
        &["--version"],
    ] {
        let Some(failed) = full(args) else { return };
        let failed = failed.exits(3);
        assert!(failed.stderr.starts_with("error: can't write to standard output: "), "{}", failed.stderr);
    }
    // What it was to do is done.
    full(&["flag", "lock", &id]).expect("a stream").exits(3);
    world.perfteam(&repo, API, &["flag", "lock", &id]).exits(4);
}

#[test]
fn talk_that_cannot_be_written_changes_nothing() {
    let (world, repo, id) = scene();
    let own = ["flag", "lock", "--mine", "--format", "json"];
    for args in
        [&["whoami", "--unset"][..], &["flag", "show", "zzzz"], &["flag", "lits"], &own, &["wait", &id]]
    {
        let args = [args, if args[0] == "wait" { &["--timeout", "1s"] } else { &[] }].concat();
        let told = world.perfteam(&repo, API, &args);
        if args == own {
            world.perfteam(&repo, API, &["flag", "unlock", &id]).exits(0);
        }
        let stderr = |command: &mut Command, full: File| {
            command.stderr(full);
        };
        let Some(untold) = with_full(&world, &repo, &args, stderr) else { return };
        assert_eq!(untold.code, told.code, "{args:?}");
    }
}

#[test]
fn who_stops_reading_a_verdict_does_not_change_it() {
    let (world, repo, _) = scene();
    repo.write("role.md", "```sh\nperfteam flag lits\n```\n");
    for format in ["text", "json", "sarif"] {
        let args = ["agent", "lint", "--examples", "role.md", "--format", format];
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = world.perfteam_command(&repo, API, &args);
        command.stdout(writer);
        let unread = run(command).exits(1);
        assert_eq!(unread.stderr, "", "{format}");
    }
}

/// A repository with a flag, the same for all.
fn scene() -> (World, Repo, String) {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, DB, API, &["--title", "Smaller pool", "--impact", "critical"]);
    (world, repo, id)
}

#[test]
fn quiet_says_nothing_but_errors() {
    let (world, repo) = World::with_team();
    let args = ["flag", "create", "--type", "change", "--to", API, "--change", CHANGE, "--action", ACTION];
    let once = [&args[..], &["--once", "nightly"]].concat();
    world.perfteam(&repo, DB, &once).exits(0);
    let other =
        [&args[..4], &["--to", API, "--change", ACTION, "--action", ACTION, "--once", "nightly"]].concat();
    let loud = world.perfteam(&repo, DB, &other).exits(0);
    assert!(loud.stderr.starts_with("note: "), "{}", loud.stderr);
    let quiet = world.perfteam(&repo, DB, &[&["--quiet"], &other[..]].concat()).exits(0);
    assert_eq!((quiet.stderr.as_str(), quiet.stdout), ("", loud.stdout));
    let error = world.perfteam(&repo, DB, &["flag", "show", "zzzz", "-q"]).exits(2);
    assert!(error.stderr.starts_with("error: "), "{}", error.stderr);
    // What a hook refuses is an error, too.
    let hook = world.perfteam(&repo, API, &["hook", "run", "--quiet", "pre-commit"]).exits(1);
    assert!(hook.stderr.starts_with("commit refused"), "{}", hook.stderr);
}

#[test]
fn colours_are_for_terminals_and_can_be_turned_off() {
    let (world, repo, id) = scene();
    for args in [&["inbox"][..], &["flag", "show", &id], &["flag", "show", "zzzz"], &["doctor"], &["--help"]]
    {
        let plain = world.perfteam(&repo, API, args);
        assert!(!plain.story().contains('\u{1b}'), "{args:?}");
        let args = [args, &["--no-pager"]].concat();
        let Some(shown) = on_terminal(&world, &repo, &args, &[]) else { return };
        assert!(shown.stdout.contains('\u{1b}'), "{args:?}: {}", shown.stdout);
        for off in [("NO_COLOR", "1"), ("CLICOLOR", "0"), ("TERM", "dumb")] {
            let shown = on_terminal(&world, &repo, &args, &[off]).expect("a terminal");
            assert!(!shown.stdout.contains('\u{1b}'), "{off:?} {args:?}: {}", shown.stdout);
        }
    }
}

#[test]
fn long_answers_go_through_the_pager_on_a_terminal_alone() {
    let (world, repo, id) = scene();
    let mark = |word: &str| format!("sed s/^/{word}:/");
    let (own, env, config, pager) = (mark("own"), mark("env"), mark("config"), mark("pager"));
    let first = |args: &[&str], variables: &[(&str, &str)]| {
        let shown = on_terminal(&world, &repo, args, variables)?.exits(0);
        Some(shown.stdout.split(':').next().unwrap_or_default().to_owned())
    };
    let list = ["flag", "list"];
    let variables = [("PERFTEAM_PAGER", &*own), ("GIT_PAGER", &*env), ("PAGER", &*pager)];
    let Some(word) = first(&list, &variables) else { return };
    assert_eq!(word, "own");
    assert_eq!(first(&list, &variables[1..]).as_deref(), Some("env"));
    assert_eq!(first(&list, &variables[2..]).as_deref(), Some("pager"));
    world.git(&repo, &["config", "core.pager", &config]).exits(0);
    assert_eq!(first(&list, &variables[2..]).as_deref(), Some("config"));
    assert_eq!(first(&["flag", "show", &id], &[]).as_deref(), Some("config"));
    for none in [&[("PERFTEAM_PAGER", "")][..], &[("PERFTEAM_PAGER", "cat")], &[("GIT_PAGER", "cat")]] {
        assert!(first(&list, none).is_some_and(|word| word.contains("Smaller pool")), "{none:?}");
    }
    assert_ne!(first(&["flag", "list", "--no-pager"], &variables).as_deref(), Some("own"));
    assert_ne!(first(&["inbox"], &variables).as_deref(), Some("own"), "it is short");
    let mut piped = world.perfteam_command(&repo, API, &list);
    piped.envs(variables);
    assert!(!run(piped).exits(0).stdout.contains("own:"));
}

#[test]
fn a_pager_that_goes_away_is_no_error() {
    let (world, repo, _) = scene();
    for pager in ["true", "head -c 1", "exit 3"] {
        let Some(shown) = on_terminal(&world, &repo, &["schema"], &[("PERFTEAM_PAGER", pager)]) else {
            return;
        };
        assert_eq!(shown.code, 0, "{pager}: {}", shown.stdout);
        assert!(!shown.stdout.contains("error") && !shown.stdout.contains("panicked"), "{}", shown.stdout);
    }
    // What no pager shows is not lost, long or short.
    let none = [("PERFTEAM_PAGER", "no-such-pager-anywhere")];
    let list = on_terminal(&world, &repo, &["flag", "list"], &none).expect("a terminal");
    assert!(list.stdout.contains("Smaller pool"), "{}", list.stdout);
    let long = on_terminal(&world, &repo, &["schema", "answers"], &none).expect("a terminal");
    assert!(long.stdout.trim_end().ends_with('}') && long.stdout.len() > 100_000, "{}", long.stdout.len());
    let paged = [("PERFTEAM_PAGER", "sed s/^/own:/")];
    let failed = on_terminal(&world, &repo, &["flag", "show", "zzzz"], &paged).expect("a terminal");
    assert_eq!(failed.code, 2);
    assert!(
        failed.stdout.contains("no record has an id") && !failed.stdout.contains("own:"),
        "{}",
        failed.stdout
    );
}
