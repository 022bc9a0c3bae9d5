use super::{API, DB, Scene, documented};

#[test]
fn a_bare_handle_is_shown_with_the_mended_line() {
    let scene = Scene::new();
    let (_, path) = scene.world.flag(&scene.repo, API, DB, &[]);
    scene.edit(&format!("{path}/flag.md"), "\"@database.postgres\"", "@database.postgres");
    scene.git(&["add", "-A"]);
    documented("syntax", &scene.staged(API).exits(1).stdout);
}

/// What is wrong, the path and text that are, and a part of what is said.
const MALFORMED: &[(&str, &str, &str, &str)] = &[
    ("empty agent", ".perfteam/agents/a.b.md", "", "the file is empty"),
    ("empty policy", ".perfteam/perfteam.yaml", "", "the file is empty"),
    (
        "duplicate key",
        ".perfteam/agents/a.b.md",
        "---\nhandle: \"@a.b\"\ntitle: x\ntitle: y\n---\n",
        "a second time",
    ),
    (
        "conflict",
        ".perfteam/agents/a.b.md",
        "---\n<<<<<<< HEAD\nhandle: \"@a.b\"\n---\n",
        "a conflict marker",
    ),
    ("conflict in a template", ".perfteam/templates/flag.md", "a\n>>>>>>> theirs\n", "a conflict marker"),
    (
        "a list of what may be written",
        ".perfteam/agents/a.b.md",
        "---\nhandle: \"@a.b\"\nwrites: [db/]\n---\n",
        "expected the keys `exclusive`, `allow` or `deny`, found a list",
    ),
    ("no UTF-8 handle", ".perfteam/agents/A.B.md", "---\nhandle: \"@a.b\"\n---\n", "lower-case"),
    (
        "two handles in one file",
        ".perfteam/agents/a.b.md",
        "---\nhandle: \"@a.c\"\n---\n",
        "but the file is called",
    ),
    (
        "unknown kind",
        ".perfteam/flagz/2026-11-20/x-7k2m9qxa3d/flag.md",
        "x",
        "`flagz` is no folder that perfteam knows",
    ),
    ("kind in capitals", ".perfteam/Flags/2026-11-20/x-7k2m9qxa3d/flag.md", "x", "`Flags` is no folder"),
    (
        "far kind with the shape of a record",
        ".perfteam/meetings/2026-11-20/x-7k2m9qxa3d/meeting.md",
        "x",
        "`meetings` is no folder",
    ),
    ("folder in capitals", ".Perfteam/notes.md", "x", "the folder `.Perfteam` is not `.perfteam`"),
    ("extension of the policy", ".perfteam/perfteam.yml", "version: 1\n", "`perfteam.yml` is no file"),
    ("no day", ".perfteam/flags/x-7k2m9qxa3d/flag.md", "x", "belongs to no record"),
    ("slug in capitals", ".perfteam/flags/2026-11-20/X-7k2m9qxa3d/flag.md", "x", "belongs to no record"),
    (
        "head in capitals",
        ".perfteam/flags/2026-11-20/x-7k2m9qxa3d/FLAG.md",
        "x",
        "neither flag.md nor an event",
    ),
    (
        "event in capitals",
        ".perfteam/flags/2026-11-20/x-7k2m9qxa3d/20261120T155200.123Z-completed-4F7A1C.md",
        EVENT,
        "neither flag.md nor an event",
    ),
    (
        "unknown rule",
        ".perfteam/perfteam.yaml",
        "rules:\n  thin-texts: off\n",
        "there is no rule `thin-texts`",
    ),
    (
        "typo in a key",
        ".perfteam/perfteam.yaml",
        "unknown_actors: block\n",
        "the key `unknown_actors` is not known",
    ),
    (
        "typo in an inner key",
        ".perfteam/perfteam.yaml",
        "gate:\n  min_impct: high\n",
        "the key `min_impct` is not known",
    ),
    ("no level", ".perfteam/perfteam.yaml", "rules:\n  thin-text: fatal\n", "`fatal`"),
    (
        "duplicate inner key",
        ".perfteam/agents/a.b.md",
        "---\nhandle: \"@a.b\"\nwrites:\n  deny: [a]\n  deny: [b]\n---\n",
        "a second time",
    ),
    (
        "agent in a sub-folder",
        ".perfteam/agents/team/a.b.md",
        "---\nhandle: \"@a.b\"\n---\n",
        "no plain file",
    ),
    (
        "folder in a record",
        ".perfteam/flags/2026-11-20/x-7k2m9qxa3d/more/x.md",
        "x",
        "neither flag.md nor an event",
    ),
    (
        "unknown area",
        ".perfteam/agents/a.b.md",
        "---\nhandle: \"@a.b\"\nwrites:\n  exclusive:\n    - \"area:benches\"\n---\n",
        "the policy has no area `benches`",
    ),
];

const EVENT: &str = "---\nrecord: 7k2m9qxa3d\nevent: completed\nby: \"@backend.api\"\n\
                     at: \"2026-11-20T15:52:00.123Z\"\nseq: 1\nafter: []\n---\n";

#[test]
fn every_malformed_file_is_named_in_every_mode() {
    let scene = Scene::new();
    for (name, path, text, expected) in MALFORMED {
        scene.git(&["switch", "-q", "-C", "malformed", "main"]);
        scene.repo.write(path, text);
        let says = |args: &[&str]| {
            let found = scene.found(API, args);
            let hit =
                found.iter().any(|(what, message)| what == "block syntax" && message.contains(expected));
            assert!(hit, "{name} {args:?}: {found:#?}");
        };
        says(&["--worktree"]);
        scene.git(&["add", "-A"]);
        says(&["--staged"]);
        scene.commit_staged("api", name);
        says(&["--base", "main"]);
    }
}

#[test]
fn an_event_without_its_head_is_shown_and_holds_nobody() {
    let scene = Scene::new();
    scene.branch("work");
    let folder = ".perfteam/flags/2026-11-20/x-7k2m9qxa3d";
    scene.repo.write(&format!("{folder}/20261120T155200.123Z-completed-4f7a1c.md"), EVENT);
    scene.commit("api", "As a cherry-pick does");
    let expected = [("warn syntax".to_owned(), "events without their head flag.md".to_owned())];
    assert_eq!(scene.found("", &["--base", "main"]), expected);
}

#[cfg(unix)]
#[test]
fn links_are_never_followed() {
    let scene = Scene::new();
    let (_, path) = scene.world.flag(&scene.repo, API, DB, &[]);
    let head = scene.repo.path.join(format!("{path}/flag.md"));
    std::fs::rename(&head, scene.repo.path.join("elsewhere.md")).expect("a move");
    for (link, target) in [
        (head, "../../../../elsewhere.md"),
        (scene.repo.path.join(".perfteam/templates"), "/etc"),
        (scene.repo.path.join(".perfteam/agents/a.b.md"), "../../elsewhere.md"),
    ] {
        std::os::unix::fs::symlink(target, link).expect("a link");
    }
    scene.git(&["add", "-A"]);
    let found = scene.found(API, &["--staged"]);
    let links =
        found.iter().filter(|(what, message)| what == "block syntax" && message.contains("no plain file"));
    assert_eq!(links.count(), 3, "{found:#?}");
}

#[test]
fn what_the_team_adds_is_its_own() {
    let scene = Scene::new();
    scene.repo.write(".perfteam/README.md", "Ours.\n");
    scene.repo.write(".perfteam/notes/2026.md", "Ours.\n");
    scene
        .repo
        .write(".perfteam/knowledge/fire-drill/pools.md", "# Pools\n\nA kind of knowledge of our own.\n");
    scene.edit(
        ".perfteam/perfteam.yaml",
        "version: 1\n",
        "version: 1\nmotto: measure first\n# rules: none\n",
    );
    scene.git(&["add", "-A"]);
    scene.staged(API).exits(0);
    assert_eq!(scene.found_in_stage(API), [""; 0]);
}

#[test]
fn what_was_there_before_is_no_matter_of_this_change() {
    let scene = Scene::new();
    scene.repo.write(".perfteam/agents/a.b.md", "");
    scene.commit("somebody", "A bad file");
    scene.repo.write("src/other.rs", "// other\n");
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(API), [""; 0]);
    let found = scene.found(API, &["--worktree"]);
    assert_eq!(found.iter().map(|(what, _)| what.as_str()).collect::<Vec<_>>(), ["note syntax"]);
}

#[test]
fn a_policy_of_the_base_that_cannot_be_read_is_told() {
    let scene = Scene::new();
    scene.repo.write(".perfteam/perfteam.yaml", "leads: [\n");
    scene.commit("somebody", "Break the policy");
    scene.repo.write("src/other.rs", "// other\n");
    scene.git(&["add", "-A"]);
    let found = scene.found(API, &["--staged"]);
    assert!(
        matches!(found.as_slice(), [(what, message)] if what == "note syntax" && message.contains("before this change"))
    );
}
