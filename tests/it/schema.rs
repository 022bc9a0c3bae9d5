//! Schemas, completions, manual pages, and what a wrong command line says.

use crate::environment::World;
use insta::assert_snapshot;

#[test]
fn every_form_of_file_has_a_schema() {
    let world = World::new();
    let home = crate::environment::Repo { path: world.path().join("home") };
    let all = world.perfteam(&home, "", &["schema"]).exits(0).json();
    let names: Vec<&str> = all.as_object().expect("a map").keys().map(String::as_str).collect();
    assert_snapshot!(names.join(" "), @"policy agent knowledge answers check review flag flag-event flag-locked flag-renewed flag-unlocked flag-handed_on task task-event task-started task-renewed task-progressed task-blocked task-completed task-reassigned task-amended finding finding-event finding-evidence finding-mitigated finding-amended finding-decided resource resource-event resource-granted resource-renewed resource-offered investigation investigation-event investigation-delegated investigation-waived investigation-planned investigation-validated investigation-amended investigation-closed");
    for name in names {
        let one = world.perfteam(&home, "", &["schema", name]).exits(0).json();
        assert_eq!(one, all[name]);
        let parts = if name == "answers" { "$defs" } else { "properties" };
        assert!(one[parts].is_object(), "{name} has {parts}: {one}");
    }
    let locked = &all["flag-locked"]["properties"];
    assert!(locked["lease_until"].is_object() && locked["record"].is_object(), "{locked}");
    let stderr = world.perfteam(&home, "", &["schema", "flags"]).exits(2).stderr;
    assert!(stderr.contains("there is no schema `flags`"), "{stderr}");
}

#[test]
fn the_shipped_policy_says_nothing_that_the_schema_does_not_know() {
    let (world, repo) = World::with_team();
    let schema = world.perfteam(&repo, "", &["schema", "policy"]).exits(0).json();
    let known = schema["properties"].as_object().expect("properties");
    let policy = repo.read(".perfteam/perfteam.yaml");
    let keys = policy.lines().filter_map(|line| line.trim_start_matches("# ").split_once(':'));
    let keys: Vec<&str> =
        keys.map(|(key, _)| key).filter(|key| key.bytes().all(|b| b.is_ascii_lowercase())).collect();
    assert!(keys.contains(&"health") && keys.contains(&"leads"), "{keys:?}");
    for key in keys.into_iter().filter(|key| policy.contains(&format!("\n{key}:"))) {
        assert!(known.contains_key(key), "{key}");
    }
}

#[test]
fn every_shell_gets_its_completions() {
    let world = World::new();
    let home = crate::environment::Repo { path: world.path().join("home") };
    for (shell, part) in [
        ("bash", "-F _perfteam perfteam"),
        ("zsh", "#compdef perfteam"),
        ("fish", "complete --command perfteam"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer[perfteam]"),
    ] {
        let script = world.perfteam(&home, "", &["completions", shell]).exits(0).stdout;
        let asks = ["bash", "zsh", "fish"].contains(&shell);
        assert!(script.contains(part) && script.contains("restore") != asks, "{shell}");
        assert_eq!(script.contains("perfteam complete --"), asks, "{shell}");
    }
    world.perfteam(&home, "", &["completions", "tcsh"]).exits(2);
}

#[test]
fn names_of_knowledge_are_completed() {
    let (world, repo) = World::with_team();
    let add = ["knowledge", "add", "--kind", "runbook", "--title", "Restart", "--name", "restart-the-pool"];
    world
        .perfteam(&repo, "@backend.api", &[&add[..], &["--text", "Restart pgbouncer, then look."]].concat())
        .exits(0);
    let script = world.perfteam(&repo, "", &["completions", "bash"]).exits(0).stdout;
    repo.write("completions.bash", &script);
    let ask = "source completions.bash; COMP_WORDS=(perfteam knowledge show run); COMP_CWORD=3; \
               COMP_LINE='perfteam knowledge show run'; _perfteam perfteam run show; echo \"${COMPREPLY[@]}\"";
    let mut bash = world.git_command(&repo, "somebody@example.com", &[]);
    bash = {
        let mut shell = std::process::Command::new("bash");
        shell.args(["-c", ask]).current_dir(&repo.path);
        shell.env_clear().envs(bash.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell
    };
    match bash.output() {
        Err(_) => println!("skipped: there is no bash here"),
        Ok(done) => assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), "runbook/restart-the-pool"),
    }
}

#[test]
fn manual_pages_are_printed_and_written() {
    let world = World::new();
    let home = crate::environment::Repo { path: world.path().join("home") };
    let page = world.perfteam(&home, "", &["man"]).exits(0).stdout;
    assert!(page.contains(".TH perfteam 1"), "{page}");
    world.perfteam(&home, "", &["man", "--dir", "pages/man1"]).exits(0);
    for page in ["perfteam.1", "perfteam-flag-create.1", "perfteam-restore.1"] {
        assert!(home.path.join("pages/man1").join(page).exists(), "{page}");
    }
}

#[test]
fn a_wrong_command_line_is_told_what_was_meant() {
    let (world, repo) = World::with_team();
    assert_snapshot!(world.perfteam(&repo, "", &["flga"]).exits(2).stderr, @"
    error: unrecognized subcommand 'flga'

      tip: a similar subcommand exists: 'flag'

    Usage: perfteam [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    let stderr = world.perfteam(&repo, "", &["agent", "retier"]).exits(2).stderr;
    assert!(stderr.contains("a similar subcommand exists: 'retire'"), "{stderr}");
    let help = world.perfteam(&repo, "", &[]).exits(2);
    assert!(help.stderr.contains("Usage: perfteam [OPTIONS] <COMMAND>"), "{}", help.stderr);
    let help = world.perfteam(&repo, "", &["--help"]).exits(0);
    assert!(help.stdout.contains("Usage: perfteam [OPTIONS] <COMMAND>"), "{}", help.stdout);
}
