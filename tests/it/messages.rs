//! prepare-commit-msg and commit-msg: the trailer that names the agent.

use crate::environment::{Repo, Run, World, run};

const API: &str = "api@example.com";

/// Stages a change and commits it with these arguments and this editor.
fn commit(world: &World, repo: &Repo, email: &str, args: &[&str], editor: &str) -> Run {
    let text = std::fs::read_to_string(repo.path.join("work")).unwrap_or_default();
    repo.write("work", &format!("{text}more\n"));
    world.git(repo, &["add", "work"]).exits(0);
    let mut command = world.git_command(repo, email, &[&["commit", "-q"], args].concat());
    command.env("GIT_EDITOR", editor);
    run(command)
}

/// The whole message of HEAD.
fn message(world: &World, repo: &Repo) -> String {
    world.git(repo, &["log", "-1", "--format=%B"]).exits(0).stdout.trim_end().to_owned()
}

/// The agents that HEAD names, by git's own reading of trailers.
fn agents(world: &World, repo: &Repo) -> String {
    let format = "--format=%(trailers:key=Perfteam-Agent,valueonly,separator=%x2C)";
    world.git(repo, &["log", "-1", format]).exits(0).stdout.trim_end().to_owned()
}

#[test]
fn a_trailer_is_added_where_none_is() {
    let (world, repo) = World::with_team();
    commit(&world, &repo, API, &["-m", "Work"], "true").exits(0);
    assert_eq!(message(&world, &repo), "Work\n\nPerfteam-Agent: @backend.api");
    commit(&world, &repo, API, &["-m", "Work", "-m", "Signed-off-by: A <a@example.com>"], "true").exits(0);
    assert_eq!(
        message(&world, &repo),
        "Work\n\nSigned-off-by: A <a@example.com>\nPerfteam-Agent: @backend.api"
    );
    commit(&world, &repo, API, &["-m", "Work", "-m", "perfteam-agent: @backend.api"], "true").exits(0);
    assert_eq!(message(&world, &repo), "Work\n\nperfteam-agent: @backend.api");
}

#[test]
fn nobody_and_several_are_not_named() {
    let (world, repo) = World::with_team();
    commit(&world, &repo, "nobody@example.com", &["-m", "Work"], "true").exits(0);
    assert_eq!(agents(&world, &repo), "");
    let shared = crate::environment::agent("@backend.jobs", API, "");
    repo.write(".perfteam/agents/backend.jobs.md", &shared);
    world.git(&repo, &["add", "-A"]).exits(0);
    world.git(&repo, &["commit", "-qm", "Shared"]).exits(0);
    commit(&world, &repo, API, &["-m", "Work"], "true").exits(0);
    assert_eq!(agents(&world, &repo), "");
    world.git(&repo, &["config", "perfteam.agent", "@backend.jobs"]).exits(0);
    commit(&world, &repo, API, &["-m", "Work"], "true").exits(0);
    assert_eq!(agents(&world, &repo), "@backend.jobs");
}

#[test]
fn a_message_from_an_editor_gets_it() {
    let (world, repo) = World::with_team();
    // What editors do: write above the comments, and replace the file.
    for editor in ["sed -i '1i Work'", "sh -c 'echo Work > \"$1\"' -"] {
        for verbose in [&[][..], &["-v"], &["-e", "-m", "Draft"]] {
            commit(&world, &repo, API, verbose, editor).exits(0);
            let message = message(&world, &repo);
            assert!(message.starts_with("Work\n"), "{message}");
            assert!(message.ends_with("\n\nPerfteam-Agent: @backend.api"), "{editor} {verbose:?}: {message}");
            assert_eq!(agents(&world, &repo), "@backend.api");
        }
    }
}

#[test]
fn an_aborted_commit_stays_aborted() {
    let (world, repo) = World::with_team();
    repo.write(".git/template", "Subject\n\n# what to write\nReviewed-by:\n");
    for verify in ["--verify", "--no-verify"] {
        for args in [&[][..], &["-v"], &["-s"], &["--cleanup=scissors"], &["-t", ".git/template"]] {
            let aborted = commit(&world, &repo, API, &[&[verify], args].concat(), "true").exits(1);
            assert!(aborted.stderr.contains("Aborting commit"), "{args:?}: {}", aborted.stderr);
        }
    }
    world.git(&repo, &["config", "commit.template", ".git/template"]).exits(0);
    let aborted = commit(&world, &repo, API, &[], "true").exits(1);
    assert!(aborted.stderr.contains("you did not edit the message"), "{}", aborted.stderr);
    commit(&world, &repo, API, &[], "sed -i 's/Subject/Work/'").exits(0);
    assert_eq!(message(&world, &repo), "Work\n\nReviewed-by:\nPerfteam-Agent: @backend.api");
}

#[test]
fn other_comment_marks_are_respected() {
    let (world, repo) = World::with_team();
    for mark in [";", "auto", "//"] {
        let key = if mark == "//" { "core.commentString" } else { "core.commentChar" };
        world.git(&repo, &["config", key, mark]).exits(0);
        commit(&world, &repo, API, &["-v"], "true").exits(1);
        commit(&world, &repo, API, &["-v"], "sed -i '1i Work'").exits(0);
        assert_eq!(message(&world, &repo), "Work\n\nPerfteam-Agent: @backend.api", "{mark}");
        world.git(&repo, &["config", "--unset", key]).exits(0);
    }
}

#[test]
fn amending_adds_one_only_where_it_is_true() {
    let (world, repo) = World::with_team();
    commit(&world, &repo, API, &["-m", "Work"], "true").exits(0);
    commit(&world, &repo, API, &["--amend", "--no-edit"], "true").exits(0);
    assert_eq!(message(&world, &repo), "Work\n\nPerfteam-Agent: @backend.api");
    commit(&world, &repo, "nobody@example.com", &["-m", "By nobody"], "true").exits(0);
    // The author stays nobody, whoever amends.
    world.git(&repo, &["config", "perfteam.agent", "@backend.api"]).exits(0);
    commit(&world, &repo, API, &["--amend", "--no-edit"], "true").exits(0);
    assert_eq!(message(&world, &repo), "By nobody");
}

#[test]
fn prepare_commit_msg_never_fails() {
    let (world, repo) = World::with_team();
    for args in [&[][..], &["no/such/file"], &[".git"], &[".git/HEAD", "nonsense", "more", "--and", "-x"]] {
        let all = [&["hook", "run", "prepare-commit-msg"], args].concat();
        world.perfteam(&repo, "@backend.api", &all).exits(0);
    }
    let outside = Repo { path: world.path().to_owned() };
    world.perfteam(&outside, "@backend.api", &["hook", "run", "prepare-commit-msg", "x"]).exits(0);
}

#[test]
fn trailers_are_read_from_the_message_as_git_will() {
    let (world, repo) = World::with_team();
    // The diff below the scissors ends in what looks like a trailer.
    repo.write("work", "a\n\nPerfteam-Agent: @nobody.known\n");
    world.git(&repo, &["add", "work"]).exits(0);
    let mut command = world.git_command(&repo, API, &["commit", "-q", "-v"]);
    command.env("GIT_EDITOR", "sed -i '1i Work'");
    run(command).exits(0);
    assert_eq!(message(&world, &repo), "Work\n\nPerfteam-Agent: @backend.api");
}

#[test]
fn commit_msg_does_not_repeat_what_pre_commit_judged() {
    let (world, repo) = World::with_team();
    world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    world.git_as(&repo, API, &["commit", "-q", "-m", "A flag"]).exits(0);
    repo.write("message", "Work\n\nPerfteam-Agent: @database.postgres\n");
    repo.write("work", "work\n");
    world.git(&repo, &["add", "work"]).exits(0);
    let hook = |args: &[&str]| {
        let all = [&["--format", "json", "hook", "run"], args].concat();
        let mut command = world.perfteam_command(&repo, "@database.postgres", &all);
        command.env("GIT_AUTHOR_EMAIL", "db@example.com");
        let run = run(command);
        (run.code, run.json()["paths"].clone())
    };
    assert_eq!(hook(&["pre-commit"]), (1, 1.into()));
    assert_eq!(hook(&["commit-msg", "message"]), (0, 1.into()));
}
