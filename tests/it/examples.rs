//! The commands that agent files show.

use std::path::Path;

use insta::assert_snapshot;

use crate::environment::World;

#[test]
fn what_would_be_refused_is_listed_with_what_it_should_be() {
    let (world, repo) = World::with_team();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/examples/performance.md");
    std::fs::copy(&file, repo.path.join("performance.md")).expect("a copy");
    let lint = |more: &[&str]| {
        world.perfteam(&repo, "", &[&["agent", "lint", "--examples", "performance.md"], more].concat())
    };
    let report = lint(&["--format", "json"]).exits(1).json();
    let lines: Vec<String> = report["diagnostics"]
        .as_array()
        .expect("diagnostics")
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
            format!(
                "{}: {}\n    {}",
                one["line"],
                text("message"),
                one["mends"][0].as_str().unwrap_or_default()
            )
        })
        .collect();
    assert_snapshot!(lines.join("\n"), @r#"
    28: unrecognized subcommand 'finish'
        see what it takes: perfteam flag finish --help (it is shown as: perfteam flag finish 7k2m)
    29: invalid value 'urgent' for '--impact <LEVEL>': `urgent` is no level: expected critical, high, medium or low; the change has 7 meaningful characters, it needs 50
        perfteam flag create --to @backend.api --impact high --change '[what changed, with names and numbers]' --action '[steps]'
    30: unexpected argument '--notes' found
        perfteam flag complete 7k2m --note x
    31: @backend.apu is in no roster
        perfteam inbox @backend.api
    32: unexpected argument '--leese' found
        see what it takes: perfteam flag lock --help (it is shown as: perfteam flag lock '<id>' --leese 4h)
    38: the change has 10 meaningful characters, it needs 50; the action has 35 meaningful characters, it needs 100
        perfteam flag create --type architecture_analysis --to @backend.api --change '[what changed, with names and numbers]' --action '[the exact steps the addressee must take]'
    43: unrecognized subcommand 'finish-flag'
        see the verbs, and what each has become: perfteam agent-db --help
    47: invalid value 'urgent' for '--impact <LEVEL>': `urgent` is no level: expected critical, high, medium or low; no addressee (--to): a flag is for somebody who must act; --change is missing; --action is missing
        perfteam flag create --type security --impact high --title x --to @HANDLE --change '[what changed, with names and numbers]' --action '[the exact steps the addressee must take]'
    48: the following required arguments were not provided: <ID>
        see what it takes: perfteam agent-db lock-flag --help
    "#);
    assert_snapshot!(lint(&[]).exits(1).stdout.lines().take(12).collect::<Vec<_>>().join("\n"), @r#"
    error: unrecognized subcommand 'finish' [example]
      --> performance.md:28:1
       |
    28 | perfteam flag finish 7k2m
       | ^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = why: agents do what their file shows, and would be refused
       = try: see what it takes: perfteam flag finish --help (it is shown as: perfteam flag finish 7k2m)

    error: invalid value 'urgent' for '--impact <LEVEL>': `urgent` is no level: expected critical, high, medium or low; the change has 7 meaningful characters, it needs 50 [example]
      --> performance.md:29:1
       |
    "#);
    let before = world.git(&repo, &["status", "--porcelain"]).stdout;
    assert_eq!(before, "?? performance.md\n", "nothing was run");
}

#[test]
fn a_corrected_call_is_taken_and_the_earlier_tools_levels_are_judged() {
    let (world, repo) = World::with_team();
    let call = |level: &str, kind: &str| {
        format!(
            "agent_db.py create-flag --flag_type {kind} --source_agent @backend.api --target_agent @database.postgres \
             --change_description 'Less.' --action_required '[steps]' --impact_level {level}\n"
        )
    };
    let calls =
        [call("critical", "refactor"), call("low", "security"), call("critical", "'[type]'")].concat();
    let lint = |calls: &str| {
        repo.write("role.md", &format!("```sh\n{calls}```\n"));
        world.perfteam(&repo, "", &["agent", "lint", "--examples", "role.md", "--format", "json"])
    };
    let report = lint(&calls).exits(1).json();
    let faults = report["diagnostics"].as_array().expect("diagnostics");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let mends: Vec<String> = faults.iter().map(|one| text(&one["mends"][0])).collect();
    let told: Vec<String> = faults
        .iter()
        .zip(&mends)
        .map(|(one, mend)| format!("{}\n    {mend}", text(&one["message"])))
        .collect();
    assert_snapshot!(told.join("\n"), @r#"
    `refactor` is never critical: breaking_change, security, data_loss are; the change has 3 meaningful characters, it needs 50
        perfteam flag create --type refactor --to @database.postgres --impact high --change '[what changed, with names and numbers]' --action '[steps]' --as @backend.api
    `security` is never low; the change has 3 meaningful characters, it needs 50
        perfteam flag create --type security --to @database.postgres --impact medium --change '[what changed, with names and numbers]' --action '[steps]' --as @backend.api
    "#);
    lint(&(mends.join("\n") + "\n")).exits(0);
}

#[test]
fn the_roster_is_read_where_no_file_is_named() {
    let (world, repo) = World::with_team();
    world.perfteam(&repo, "", &["agent", "lint", "--examples"]).exits(0);
    let path = ".perfteam/agents/backend.api.md";
    let role = "\n```sh\nperfteam flag lits\n```\n";
    repo.write(path, &(repo.read(path) + role));
    let told = world.perfteam(&repo, "", &["agent", "lint", "--examples", "--format", "github"]).exits(1);
    assert_snapshot!(told.stdout, @r#"
    ::error file=.perfteam/agents/backend.api.md,line=12,col=1,title=perfteam example::unrecognized subcommand 'lits'%0Aagents do what their file shows, and would be refused%0Atry: perfteam flag list
    "#);
    world.perfteam(&repo, "", &["agent", "lint", "performance.md"]).exits(2);
}

#[test]
fn hostile_text_is_read_to_its_end() {
    let (world, repo) = World::with_team();
    let quotes = "it's \"\n".repeat(400);
    let nested = format!("{}perfteam flag lits\n", "$(".repeat(5_000));
    repo.write("a.md", &format!("```sh\n{quotes}{nested}```\n```\nperfteam 'x\u{1b}[31m'\n<<<<\n\\"));
    world.perfteam(&repo, "", &["agent", "lint", "--examples", "a.md"]).exits(1);
}

#[test]
fn the_catalogues_that_people_share_are_read() {
    let catalogues = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/agents");
    let Ok(catalogues) = catalogues.canonicalize() else {
        eprintln!("skipped: ../shared is not here");
        return;
    };
    let (world, repo) = World::with_team();
    let path = catalogues.to_str().expect("a path");
    let report = world.perfteam(&repo, "", &["agent", "lint", "--examples", path, "--format", "json"]);
    let report = report.exits(0).json();
    assert!(report["paths"].as_u64().is_some_and(|paths| paths > 300), "{report}");
}
