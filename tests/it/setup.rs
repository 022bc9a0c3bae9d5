//! `perfteam setup`: what it writes into the files of tools and forges, and what it leaves alone there.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::environment::{Repo, Run, World};

const ALL: [(&str, &[&str]); 6] = [
    ("claude", &[".claude/settings.json", "CLAUDE.md"]),
    ("codex", &[".codex/hooks.json", "AGENTS.md"]),
    ("cursor", &[".cursor/hooks.json", ".cursor/rules/perfteam.mdc"]),
    ("agents-md", &["AGENTS.md"]),
    ("gitlab", &[".gitlab/perfteam.yml", ".gitlab-ci.yml"]),
    ("github", &[".github/actions/perfteam/action.yml", ".github/workflows/perfteam.yml"]),
];

fn setup(world: &World, repo: &Repo, args: &[&str]) -> Run {
    world.perfteam(repo, "", &[&["setup"], args].concat())
}

fn json_of(repo: &Repo, path: &str) -> Value {
    serde_json::from_str(&repo.read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Everything that git does not know of the work tree.
fn status(world: &World, repo: &Repo) -> String {
    world.git(repo, &["status", "--porcelain", "--untracked-files=all"]).exits(0).stdout
}

#[test]
fn every_tool_comes_and_goes_without_a_trace() {
    for (tool, paths) in ALL {
        let (world, repo) = World::with_team();
        setup(&world, &repo, &[tool, "--check"]).exits(1);
        let printed = setup(&world, &repo, &[tool, "--print"]).exits(0).stdout;
        assert_eq!(status(&world, &repo), "", "{tool}: --check and --print write nothing");
        let told = setup(&world, &repo, &[tool]).exits(0).stdout;
        for path in paths {
            assert!(told.contains(&format!("created {path}\n")), "{told}");
            let text = repo.read(path);
            assert!(printed.contains(&format!("==> {path} <==\n{}", text.trim_end())), "{path}: {printed}");
        }
        let written: Vec<String> = paths.iter().map(|path| repo.read(path)).collect();
        setup(&world, &repo, &[tool, "--check"]).exits(0);
        let again = setup(&world, &repo, &[tool]).exits(0).stdout;
        assert_eq!(again, format!("nothing to do: {tool} is set up, as this version does it\n"));
        assert_eq!(written, paths.iter().map(|path| repo.read(path)).collect::<Vec<_>>(), "{tool}");
        setup(&world, &repo, &[tool, "--remove"]).exits(0);
        if tool == "codex" {
            setup(&world, &repo, &["agents-md", "--remove"]).exits(0);
        }
        assert_eq!(status(&world, &repo), "", "{tool}");
        let folder = paths[0].split('/').next().expect("a folder");
        assert!(!repo.path.join(folder).exists(), "{folder} is gone");
        let nothing = setup(&world, &repo, &[tool, "--remove"]).exits(0).stdout;
        assert!(nothing.contains(&format!("there is nothing of perfteam's for {tool}")), "{nothing}");
    }
}

#[test]
fn what_is_told_says_what_to_do() {
    let (world, repo) = World::with_team();
    assert_snapshot!(setup(&world, &repo, &["claude", "--check"]).exits(1).story(), @r#"
    .claude/settings.json: not set up
    CLAUDE.md: not set up
    try: perfteam setup claude
    --- exit 1 ---
    "#);
    assert_snapshot!(setup(&world, &repo, &["claude"]).exits(0).story(), @r#"
    created .claude/settings.json
    created CLAUDE.md
    for the whole team: git add -- .claude/settings.json CLAUDE.md && git commit
    "#);
    assert_snapshot!(setup(&world, &repo, &["claude", "--check"]).exits(0).story(), @r#"
    .claude/settings.json: in place
    CLAUDE.md: in place
    "#);
    assert_snapshot!(setup(&world, &repo, &["codex"]).exits(0).story(), @r#"
    created .codex/hooks.json
    created AGENTS.md
    Codex asks once whether this project's hooks may run: trust them
    for the whole team: git add -- .codex/hooks.json AGENTS.md && git commit
    "#);
    assert_snapshot!(setup(&world, &repo, &["codex", "--remove"]).exits(0).story(), @r#"
    removed .codex/hooks.json
    AGENTS.md keeps its section, which other tools read: perfteam setup agents-md --remove
    "#);
    // What is not there is not kept.
    setup(&world, &repo, &["agents-md", "--remove"]).exits(0);
    setup(&world, &repo, &["codex"]).exits(0);
    setup(&world, &repo, &["agents-md", "--remove"]).exits(0);
    assert_snapshot!(setup(&world, &repo, &["codex", "--remove"]).exits(0).story(), @"removed .codex/hooks.json");
    assert_snapshot!(setup(&world, &repo, &["gitlab"]).exits(0).story(), @r#"
    created .gitlab/perfteam.yml
    created .gitlab-ci.yml
    give the job an image with git, curl and perfteam: perfteam: { image: ... } in .gitlab-ci.yml
    for the whole team: git add -- .gitlab/perfteam.yml .gitlab-ci.yml && git commit
    "#);
    let json = setup(&world, &repo, &["claude", "--check", "--format", "json"]).exits(0).json();
    assert_eq!(
        (&json["version"], &json["good"], &json["files"][0]["state"]),
        (&json!(1), &json!(true), &json!("current"))
    );
    let json = setup(&world, &repo, &["cursor", "--format", "json"]).exits(0).json();
    assert_eq!(json["files"][1], json!({ "path": ".cursor/rules/perfteam.mdc", "state": "created" }));
}

/// Settings of others: their own order, a hook beside ours in each event, hooks of other events.
const SETTINGS: &str = r#"{
    "model": "opus",
    "hooks": {
        "Stop": [
            {
                "hooks": [
                    {
                        "type": "command",
                        "command": "say done"
                    }
                ]
            }
        ],
        "PostToolUse": [
            {
                "matcher": "Edit",
                "hooks": [
                    {
                        "type": "command",
                        "command": "cargo fmt"
                    }
                ]
            }
        ]
    },
    "env": {
        "Z": "1",
        "A": "2"
    }
}
"#;

#[test]
fn what_others_put_there_stays() {
    let (world, repo) = World::with_team();
    let own = "# Ours\n\nUse tabs.\n";
    repo.write(".claude/settings.json", SETTINGS);
    repo.write("CLAUDE.md", own);
    setup(&world, &repo, &["claude"]).exits(0);
    let written = repo.read(".claude/settings.json");
    assert!(
        written.starts_with("{\n    \"model\": \"opus\",\n    \"hooks\": {\n        \"Stop\": [\n"),
        "{written}"
    );
    let settings = json_of(&repo, ".claude/settings.json");
    let keys: Vec<&String> = settings.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["model", "hooks", "env"]);
    assert_eq!(settings["hooks"]["Stop"].as_array().map(Vec::len), Some(2));
    assert_eq!(settings["hooks"]["Stop"][0]["hooks"][0]["command"], "say done");
    assert_eq!(settings["hooks"]["Stop"][1]["hooks"][0]["command"], "perfteam hook run stop");
    assert!(repo.read("CLAUDE.md").starts_with("# Ours\n\nUse tabs.\n\n<!-- >>> perfteam setup v1 "));
    setup(&world, &repo, &["claude", "--remove"]).exits(0);
    assert_eq!(repo.read(".claude/settings.json"), SETTINGS);
    assert_eq!(repo.read("CLAUDE.md"), own);
    // Somebody's hook in the group that was ours stays in it.
    setup(&world, &repo, &["claude"]).exits(0);
    let mut settings = json_of(&repo, ".claude/settings.json");
    let group = settings["hooks"]["PreToolUse"][0]["hooks"].as_array_mut().expect("a group");
    group.push(json!({ "type": "command", "command": "lint" }));
    repo.write(".claude/settings.json", &settings.to_string());
    setup(&world, &repo, &["claude", "--check"]).exits(1);
    setup(&world, &repo, &["claude"]).exits(0);
    let settings = json_of(&repo, ".claude/settings.json");
    assert_eq!(settings["hooks"]["PreToolUse"].as_array().map(Vec::len), Some(2), "{settings}");
    setup(&world, &repo, &["claude", "--remove"]).exits(0);
    let settings = json_of(&repo, ".claude/settings.json");
    assert_eq!(
        settings["hooks"]["PreToolUse"][0]["hooks"],
        json!([{ "type": "command", "command": "lint" }])
    );
    assert_eq!(settings["env"], json!({ "Z": "1", "A": "2" }));
}

#[test]
fn what_is_old_or_changed_is_told_and_renewed() {
    let (world, repo) = World::with_team();
    let old = r#"{"hooks":{"SessionStart":[{"hooks":[{"type":"command","command":"perfteam prime"}]}]}}"#;
    repo.write(".claude/settings.json", old);
    setup(&world, &repo, &["agents-md"]).exits(0);
    let section = repo.read("AGENTS.md");
    repo.write("CLAUDE.md", &section.replace("never go around a hook", "or go around"));
    assert_snapshot!(setup(&world, &repo, &["claude", "--check"]).exits(1).story(), @r#"
    .claude/settings.json: not as this version writes it
    CLAUDE.md: somebody changed what is perfteam's in it
    try: perfteam setup claude
    --- exit 1 ---
    "#);
    assert_snapshot!(setup(&world, &repo, &["claude"]).exits(0).story(), @r#"
    renewed what is perfteam's in .claude/settings.json
    renewed, though somebody had changed it, what is perfteam's in CLAUDE.md
    for the whole team: git add -- .claude/settings.json CLAUDE.md && git commit
    "#);
    let start = &json_of(&repo, ".claude/settings.json")["hooks"]["SessionStart"];
    assert_eq!(start.as_array().map(Vec::len), Some(1));
    assert_eq!(start[0]["hooks"][0]["command"], "perfteam prime --hook-json");
    assert_eq!(repo.read("CLAUDE.md"), section);
    // A call that somebody wrote in another way counts, and is not doubled.
    let by_hand = r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"env PERFTEAM_AGENT=@x /opt/perfteam hook run stop"}]}]}}"#;
    repo.write(".claude/settings.json", by_hand);
    setup(&world, &repo, &["claude"]).exits(0);
    let stop = &json_of(&repo, ".claude/settings.json")["hooks"]["Stop"];
    assert_eq!(stop.as_array().map(Vec::len), Some(1), "{stop}");
    setup(&world, &repo, &["claude", "--check"]).exits(0);
    repo.write("AGENTS.md", &section.replace("perfteam setup v1 ", "perfteam setup v0 "));
    assert!(setup(&world, &repo, &["agents-md", "--check"]).exits(1).stdout.contains("AGENTS.md: "));
    setup(&world, &repo, &["agents-md"]).exits(0);
    assert_eq!(repo.read("AGENTS.md"), section);
}

#[test]
fn claude_reads_agents_md_where_it_is_told_to() {
    let (world, repo) = World::with_team();
    repo.write("CLAUDE.md", "# Ours\n\n@AGENTS.md\n");
    setup(&world, &repo, &["claude"]).exits(0);
    assert_eq!(repo.read("CLAUDE.md"), "# Ours\n\n@AGENTS.md\n");
    assert!(repo.read("AGENTS.md").contains("perfteam prime"));
    setup(&world, &repo, &["codex"]).exits(0);
    setup(&world, &repo, &["claude", "--remove"]).exits(0);
    assert!(repo.read("AGENTS.md").contains("perfteam prime"), "Codex reads it, too");
}

#[test]
fn what_can_not_be_understood_is_left_as_it_is() {
    let (world, repo) = World::with_team();
    for (tool, path, text) in [
        ("claude", ".claude/settings.json", "{\n  \"hooks\": {},\n}\n"),
        ("claude", ".claude/settings.json", "// mine\n{}\n"),
        ("claude", ".claude/settings.json", "[]"),
        ("codex", ".codex/hooks.json", "{\"hooks\": {\"Stop\": {}}}"),
        ("cursor", ".cursor/hooks.json", "{\"hooks\": 5}"),
        ("agents-md", "AGENTS.md", "# A\n<!-- >>> perfteam setup v1 00000000 >>> -->\nmine\n"),
        ("gitlab", ".gitlab-ci.yml", "include: [a.yml]\n"),
    ] {
        repo.write(path, text);
        for args in [&[tool][..], &[tool, "--check"], &[tool, "--print"]] {
            if args == ["gitlab", "--check"] {
                continue; // That it is not there is all there is to say.
            }
            let refused = setup(&world, &repo, args).exits(3);
            let first = refused.stderr.lines().next().unwrap_or_default().to_owned();
            assert!(first.starts_with(&format!("error: {path} is left as it is: ")), "{first}");
            assert_eq!(refused.stderr.matches("  try: ").count(), 2, "{}", refused.stderr);
        }
        assert_eq!(repo.read(path), text);
        std::fs::remove_file(repo.path.join(path)).expect("removed");
        assert!(!status(&world, &repo).contains("??"), "{tool} wrote nothing: {}", status(&world, &repo));
    }
    repo.write(".claude/settings.json", "{\n  \"hooks\": {},\n}\n");
    assert_snapshot!(setup(&world, &repo, &["claude"]).exits(3).stderr, @r#"
    error: .claude/settings.json is left as it is: no JSON: trailing comma at line 3 column 1
      why: what others put there must not be lost, and nothing of it can be told for sure
      try: put that place right; comments and commas at the end of lists are no JSON; then: perfteam setup claude
      try: or begin anew: mv .claude/settings.json .claude/settings.json.old; perfteam setup claude
    "#);
    std::fs::write(repo.path.join("AGENTS.md"), b"\xff\xfe").expect("a file");
    assert!(setup(&world, &repo, &["agents-md"]).exits(3).stderr.contains("it is no UTF-8 text"));
}

#[test]
#[cfg(unix)]
fn links_are_not_followed() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (world, repo) = World::with_team();
    let outside = world.path().join("outside");
    std::fs::create_dir(&outside).expect("a folder");
    std::fs::write(outside.join("settings.json"), "{}\n").expect("a file");
    symlink(&outside, repo.path.join(".claude")).expect("a link");
    let refused = setup(&world, &repo, &["claude"]).exits(1).stderr;
    assert_snapshot!(refused.replace(&repo.path.canonicalize().expect("a path").display().to_string(), "REPO"), @r#"
    error: REPO/.claude is a symbolic link
      why: it can lead out of the repository, to what is not this team's to change
      try: put a file or a folder in its place; or set up the tool where the link leads
    "#);
    setup(&world, &repo, &["claude", "--remove"]).exits(1);
    std::fs::remove_file(repo.path.join(".claude")).expect("removed");
    repo.write(".claude/x", "");
    symlink(outside.join("settings.json"), repo.path.join(".claude/settings.json")).expect("a link");
    setup(&world, &repo, &["claude"]).exits(1);
    assert_eq!(std::fs::read_to_string(outside.join("settings.json")).expect("a file"), "{}\n");
    assert_eq!(std::fs::read_dir(&outside).expect("a folder").count(), 1);
    std::fs::remove_file(repo.path.join(".claude/settings.json")).expect("removed");
    // A CLAUDE.md that is AGENTS.md has its section there.
    symlink("AGENTS.md", repo.path.join("CLAUDE.md")).expect("a link");
    repo.write(".claude/settings.json", "{}\n");
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(repo.path.join(".claude/settings.json"), private).expect("permissions");
    setup(&world, &repo, &["claude"]).exits(0);
    assert!(repo.read("AGENTS.md").contains("perfteam prime"));
    assert!(repo.path.join("CLAUDE.md").is_symlink());
    let mode =
        std::fs::metadata(repo.path.join(".claude/settings.json")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "a private file stays private");
}

#[test]
fn what_forges_read_is_what_is_shipped() {
    let (world, repo) = World::with_team();
    repo.write(".gitlab-ci.yml", "include:\n  - local: other.yml\n\nbuild:\n  script: make\n");
    setup(&world, &repo, &["gitlab"]).exits(0);
    let pipeline: Value = serde_yaml::from_str(&repo.read(".gitlab-ci.yml")).expect("YAML");
    assert_eq!(pipeline["include"], json!([{ "local": ".gitlab/perfteam.yml" }, { "local": "other.yml" }]));
    let template: Value = serde_yaml::from_str(&repo.read(".gitlab/perfteam.yml")).expect("YAML");
    let shipped: Value = serde_yaml::from_str(include_str!("../../ci/gitlab.yml")).expect("YAML");
    assert_eq!(template, shipped);
    setup(&world, &repo, &["github"]).exits(0);
    let action: Value =
        serde_yaml::from_str(&repo.read(".github/actions/perfteam/action.yml")).expect("YAML");
    let shipped: Value = serde_yaml::from_str(include_str!("../../action.yml")).expect("YAML");
    assert_eq!(action, shipped);
    let workflow: Value = serde_yaml::from_str(&repo.read(".github/workflows/perfteam.yml")).expect("YAML");
    assert_eq!(workflow["on"]["push"]["branches"], json!(["main"]));
    assert_eq!(workflow["jobs"]["perfteam"]["steps"][1]["uses"], "./.github/actions/perfteam");
    setup(&world, &repo, &["gitlab", "--remove"]).exits(0);
    assert_eq!(repo.read(".gitlab-ci.yml"), "include:\n  - local: other.yml\n\nbuild:\n  script: make\n");
}

#[test]
fn it_is_for_repositories_with_records() {
    let (world, repo) = World::with_repo();
    assert!(setup(&world, &repo, &["claude"]).exits(1).stderr.contains("perfteam init"));
    assert_eq!(status(&world, &repo), "");
    let home = Repo { path: world.path().join("home") };
    setup(&world, &home, &["claude"]).exits(3);
    setup(&world, &repo, &["emacs"]).exits(2);
    setup(&world, &repo, &["claude", "--check", "--remove"]).exits(2);
}
