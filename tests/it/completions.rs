//! Completions that know the repository, in real shells where they are here.

use std::process::Command;

use crate::environment::{ACTION, CHANGE, Repo, World};

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";
const LEAD: &str = "@performance.lead";
const PRESS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/shells/press_tab.py");

/// A title that a shell, a terminal or a completion system could obey.
const HOSTILE: &str = "x $(touch pwned) `touch pwned` \"'\\ ; touch pwned | %F{red} [a]:b *";

fn scene() -> (World, Repo, [String; 2]) {
    let (world, repo) = World::with_team();
    let raise = |title: &str| {
        let args = ["flag", "create", "--type", "change", "--to", API, "--title", title];
        let texts = ["--change", CHANGE, "--action", ACTION, "--format", "json"];
        let raised = world.perfteam(&repo, DB, &[&args[..], &texts].concat()).exits(0).json();
        raised["id"].as_str().expect("an id")[..4].to_owned()
    };
    let ids = [raise("Smaller pool"), raise(HOSTILE)];
    (world, repo, ids)
}

fn offered(world: &World, repo: &Repo, words: &[&str]) -> String {
    let run = world.perfteam(repo, API, &[&["complete", "--", "perfteam"], words].concat()).exits(0);
    assert_eq!(run.stderr, "");
    run.stdout
}

#[test]
fn what_can_stand_there_is_offered() {
    let (world, repo, [first, second]) = scene();
    let offered = |words: &[&str]| offered(&world, &repo, words);
    let flags = offered(&["flag", "lock", ""]);
    assert!(flags.lines().any(|line| line == format!("{first}\tSmaller pool")), "{flags}");
    assert!(flags.contains(&format!("{second}\tx $(touch pwned) `touch")), "{flags}");
    assert_eq!(flags.lines().count(), 2);
    assert_eq!(offered(&["show", &first[..2]]).lines().next(), Some(&*format!("{first}\tSmaller pool")));
    assert_eq!(offered(&["task", "start", ""]), offered(&["task", "start", "--"]), "no task, so options");
    assert_eq!(offered(&["flag", "create", "--to", "@b"]), "@backend.api\tAn agent\n");
    assert_eq!(offered(&["flag", "create", "--to=@d"]), "--to=@database.postgres\tAn agent\n");
    assert_eq!(offered(&["--as", "@performance.l"]), "@performance.lead\tPerformance lead\n");
    assert_eq!(offered(&["flag", "han"]), "handoff\tHand a flag on to the agent who is right for it\n");
    assert_eq!(offered(&["flag", "create", "--impact", "c"]), "critical\n");
    assert!(offered(&["finding", "mitigate", &first, "--result", ""]).starts_with("none\t"));
    world.perfteam(&repo, LEAD, &["resource", "reserve", "Load test"]).exits(0);
    world.perfteam(&repo, LEAD, &["resource", "reserve", "staging"]).exits(0);
    assert_eq!(offered(&["resource", "release", "st"]), "staging\n");
    world.perfteam(&repo, API, &["flag", "complete", &first, "--note", "Set to twenty."]).exits(0);
    assert!(!offered(&["flag", "lock", ""]).contains("Smaller pool"), "what is closed is not worked on");
}

#[test]
fn whatever_is_wrong_nothing_is_said() {
    let world = World::new();
    let home = Repo { path: world.path().join("home") };
    for words in [&["flag", "lock", ""][..], &["flag", "create", "--to", "@"], &["nonsense", ""], &[]] {
        let said = offered(&world, &home, words);
        assert!(!said.contains('@') && !said.contains("error:"), "{words:?}: {said}");
    }
    let (world, repo) = World::with_team();
    repo.write(".perfteam/perfteam.yaml", "version: [\n");
    repo.write(".perfteam/agents/backend.api.md", "---\nhandle: @x\n---\n");
    let said = offered(&world, &repo, &["flag", "create", "--to", "@d"]);
    assert!(said.is_empty() || said.starts_with("@database.postgres"), "{said}");
}

/// Presses the key behind a line; what must be on the screen then.
#[track_caller]
fn press(world: &World, repo: &Repo, shell: &str, line: &str, wanted: &[&str]) {
    let script = world.perfteam(repo, API, &["completions", shell]).exits(0).stdout;
    repo.write("completions", &script);
    let from = world.perfteam_command(repo, API, &[]);
    let mut command = Command::new("python3");
    command.arg(PRESS).args([shell, "./completions", line]).args(wanted).current_dir(&repo.path);
    command.env_clear().envs(from.get_envs().filter_map(|(name, value)| Some((name, value?))));
    match command.output() {
        Ok(output) if output.status.code() == Some(0) => {}
        Ok(output) if output.status.code() != Some(77) => {
            let said = [output.stdout, output.stderr].concat();
            panic!("{shell}: {line}\n{}", String::from_utf8_lossy(&said))
        }
        _ => eprintln!("skipped: there is no {shell}, or no python3, here"),
    }
    assert!(!repo.path.join("pwned").exists(), "{shell} ran what a title says");
}

#[test]
fn bash_offers_ids_and_handles() {
    let (world, repo, [first, second]) = scene();
    press(&world, &repo, "bash", "perfteam flag lock ", &[&first, &second]);
    press(&world, &repo, "bash", "perfteam flag create --to @", &[API, DB, LEAD]);
    press(&world, &repo, "bash", "perfteam flag create --to=@d", &["--to=@database.postgres"]);
    press(&world, &repo, "bash", "perfteam flag han", &["perfteam flag handoff"]);
    world.perfteam(&repo, API, &["flag", "complete", &first, "--note", "Set to twenty."]).exits(0);
    press(&world, &repo, "bash", "perfteam flag lock ", &[&format!("flag lock {second}")]);
}

#[test]
fn zsh_offers_ids_with_their_titles() {
    let (world, repo, [first, second]) = scene();
    let shown = format!("{first}  -- Smaller pool");
    let hostile =
        format!("{second}  -- x $(touch pwned) `touch pwned` \"'\\ ; touch pwned | %F{{red}} [a]:b *");
    press(&world, &repo, "zsh", "perfteam flag lock ", &[&shown, &hostile]);
    press(&world, &repo, "zsh", "perfteam flag create --to @", &["@backend.api  -- An agent", LEAD]);
    press(&world, &repo, "zsh", "perfteam flag create --to=@d", &["--to=@database.postgres"]);
}

#[test]
fn fish_offers_ids_with_their_titles() {
    let (world, repo, [first, second]) = scene();
    press(
        &world,
        &repo,
        "fish",
        "perfteam flag lock ",
        &[&first, "(Smaller pool)", &second, "$(touch pwned)"],
    );
    press(&world, &repo, "fish", "perfteam flag create --to @", &[API, "(An agent)", LEAD]);
    press(&world, &repo, "fish", "perfteam flag create --to=@d", &["--to=@database.postgres"]);
}
