//! Whatever is not a redaction, or not by an admin, is refused in words that say what to do.

use super::{SECRET, flag, redact};
use crate::archive::{archive, names};
use crate::rules::{API, DB, LEAD, Scene};
use crate::server::Served;
use insta::assert_snapshot;

/// A branch on which the flag is redacted and nothing is committed; the path of its folder.
fn redacted() -> (Scene, String) {
    let scene = Scene::new();
    let (id, path) = flag(&scene);
    scene.branch("tidy");
    redact(&scene, &id);
    (scene, path)
}

#[test]
fn under_its_cloak_nothing_else_changes() {
    let cases = [
        ("## Change\n\n[redacted]", "## Change\n\nOther words."),
        ("title: \"[redacted]\"", "title: Another title"),
        ("to: \"@database.postgres\"", "to: \"@backend.api\""),
        ("object: ", "object: 0"),
        ("by: \"@performance.lead\"\n  at", "at"),
        ("---\n\n## Change", "own: key\n---\n\n## Change"),
        ("---\n\n## Change", "# a comment\n---\n\n## Change"),
    ];
    for (old, new) in cases {
        let (scene, path) = redacted();
        scene.edit(&format!("{path}/flag.md"), old, new);
        scene.git(&["add", "-A"]);
        let is_blocked = |found: Vec<String>| found.contains(&"block changed-record".to_owned());
        assert!(is_blocked(scene.found_in_stage(LEAD)), "{new}");
        scene.commit_staged("lead", "Take a token out");
        assert!(is_blocked(scene.found_in_base()), "{new}");
        // And it is undone by the command that is named.
        scene.run(LEAD, &["restore", "--base", "main"]);
        assert!(scene.repo.read(&format!("{path}/flag.md")).contains(SECRET), "{new}");
    }
}

#[test]
fn the_refusal_says_what_is_wrong_and_what_to_do() {
    let (scene, path) = redacted();
    scene.edit(&format!("{path}/flag.md"), "## Change\n\n[redacted]", "## Change\n\nOther words.");
    scene.git(&["add", "-A"]);
    let told = scene.staged(LEAD).exits(1).stdout;
    assert_snapshot!(told.split("\n\n").next().unwrap_or_default(), @r#"
    blocked: this change changes a published file of a record and calls it redacted: flag.md: line 18 is not what `perfteam redact` leaves of the file [changed-record]
    --> .perfteam/flags/2026-11-20/the-pool-takes-hunter2-ttgkrhj1vs/flag.md:1:1
     = why: what somebody else may have read must stay true: new things are said by new events
     = try: bring it back first; then, as an admin: perfteam redact ttgkrhj1vs --reason TEXT
     = try: perfteam restore
    "#);
}

#[test]
fn who_is_no_admin_does_it_in_nobodys_name() {
    let (scene, _) = redacted();
    assert_snapshot!(scene.staged(DB).stdout, @r#"
    blocked: this change redacts flag ttgk in the name of @performance.lead, and is not by them [changed-record]
    --> .perfteam/flags/2026-11-20/the-pool-takes-hunter2-ttgkrhj1vs/20261120T150900.000Z-completed-43r07z.md:1:1
     = why: what others said is taken away by those alone whom the base names for it
     = try: take it out of the commit: git restore --staged -- :/.perfteam/flags/2026-11-20/the-pool-takes-hunter2-ttgkrhj1vs/20261120T150900.000Z-completed-43r07z.md :/.perfteam/flags/2026-11-20/the-pool-takes-hunter2-ttgkrhj1vs/flag.md
     = try: @performance.lead does it, in a commit of their own: perfteam redact ttgk --reason TEXT

    1 blocking
    "#);
    scene.commit_staged("db", "Take a token out");
    assert_eq!(scene.found_in_base(), ["block changed-record"]);
    // Of commits that landed, who made them was judged before.
    assert_eq!(scene.found("", &["--base", "main", "--merged"])[0].0, "note changed-record");

    let (scene, path) = redacted();
    for file in std::fs::read_dir(scene.repo.path.join(&path)).expect("a folder").flatten() {
        let text = std::fs::read_to_string(file.path()).expect("a text");
        let text = text.replace("  by: \"@performance.lead\"", "  by: \"@backend.api\"");
        std::fs::write(file.path(), text).expect("written");
    }
    scene.commit("api", "Take a token out");
    let found = scene.found("", &["--base", "main"]);
    assert_eq!(found[0].0, "block changed-record");
    assert!(found[0].1.contains(&format!("by {API}, who may not")), "{found:?}");
}

#[test]
fn who_makes_himself_an_admin_is_none_yet() {
    let (scene, _) = redacted();
    scene.git(&["stash", "-q"]);
    scene.edit(".perfteam/perfteam.yaml", "version: 1\n", &format!("version: 1\nadmins: [\"{DB}\"]\n"));
    scene.commit("db", "Admin");
    scene.git(&["stash", "drop", "-q"]);
    let id = scene.run(DB, &["flag", "list", "--status", "all", "--format", "json"]).json();
    let id = id["flags"][0]["id"].as_str().expect("an id").to_owned();
    scene.run(DB, &["redact", &id, "--reason", "a token"]);
    scene.commit("db", "Take a token out");
    assert!(scene.found_in_base().contains(&"block changed-record".to_owned()));
}

#[test]
fn what_follows_a_redaction_is_judged_for_itself() {
    // In a later commit.
    let (scene, path) = redacted();
    let head = format!("{path}/flag.md");
    scene.commit_staged("lead", "Take a token out");
    scene.edit(&head, "## Action\n\n[redacted]", "## Action\n\nOther words.");
    scene.commit("db", "And more");
    let found = scene.found_in_base();
    let of_rule: Vec<&String> = found.iter().filter(|what| what.ends_with("changed-record")).collect();
    assert_eq!(of_rule, ["block changed-record", "note changed-record"]);
    // In a merge.
    let (scene, path) = redacted();
    let head = format!("{path}/flag.md");
    scene.commit_staged("lead", "Take a token out");
    scene.git(&["switch", "-q", "-c", "side", "main"]);
    scene.repo.write("b.txt", "b\n");
    scene.commit("api", "B");
    scene.git(&["merge", "-q", "--no-commit", "--no-ff", "tidy"]);
    scene.edit(&head, "## Action\n\n[redacted]", "## Action\n\nOther words.");
    scene.commit("api", "Merge branch 'tidy' into side");
    assert!(scene.found_in_base().contains(&"block changed-record".to_owned()));
    // A merge that redacts what no side did.
    let (scene, _) = redacted();
    scene.git(&["stash", "-q"]);
    scene.repo.write("a.txt", "a\n");
    scene.commit("api", "A");
    scene.git(&["switch", "-q", "-c", "side", "main"]);
    scene.repo.write("b.txt", "b\n");
    scene.commit("api", "B");
    scene.git(&["merge", "-q", "--no-commit", "--no-ff", "tidy"]);
    scene.git(&["restore", "--source", "stash@{0}", "--staged", "--worktree", "--", ".perfteam"]);
    scene.commit("api", "Merge branch 'tidy' into side");
    assert!(scene.found_in_base().contains(&"block changed-record".to_owned()));
}

#[test]
fn the_server_says_the_same() {
    let served = Served::empty();
    let (world, repo) = (&served.world, &served.repo);
    let policy = repo.read(".perfteam/perfteam.yaml") + "\nadmins:\n  - \"@backend.api\"\n";
    repo.write(".perfteam/perfteam.yaml", &policy);
    let (id, path) = world.flag(repo, API, DB, &[]);
    served.commit("api@example.com", "A flag");
    served.push(&["main"]).exits(0);
    served.branch("forged");
    world.perfteam(repo, API, &["redact", &id, "--reason", "a token"]).exits(0);
    served.commit("db@example.com", "Take a token out");
    let refused = served.push(&["forged"]).exits(1);
    assert!(crate::server::said(&refused).contains("in the name of @backend.api"), "{}", refused.stderr);
    served.git(&["commit", "-q", "--amend", "--no-edit", "--author", "API <api@example.com>"]);
    served.push(&["forged"]).exits(0);
    served.git(&["switch", "-q", "main"]);
    served.git(&["merge", "-q", "--ff-only", "forged"]);
    served.push(&["main"]).exits(0);
    assert!(repo.read(&format!("{path}/flag.md")).contains("[redacted]"));
}

#[test]
fn what_is_added_beside_an_archive_is_judged_as_well() {
    let scene = Scene::new();
    let (id, path) = flag(&scene);
    let words = names(&scene.repo, &path).into_iter().map(|name| format!("{path}/{name}"));
    let words: Vec<(String, String)> = words.map(|file| (file.clone(), scene.repo.read(&file))).collect();
    // What an admin once left of it, on a branch of nobody's.
    redact(&scene, &id);
    let left: Vec<(String, String)> =
        words.iter().map(|(file, _)| (file.clone(), scene.repo.read(file))).collect();
    let (redacted_name, redacted_text) = archived_aside(&scene, &path);
    archive(&scene.world, &scene.repo);
    let (name, text) = archived(&scene, &path);
    scene.commit("api", "Archive");
    scene.branch("sly");
    // Files beside the archive.
    left.iter().for_each(|(file, text)| scene.repo.write(file, text));
    scene.git(&["add", "-A"]);
    assert!(scene.found_in_stage(DB).contains(&"block changed-record".to_owned()));
    scene.commit_staged("db", "More");
    assert!(scene.found_in_base().contains(&"block changed-record".to_owned()));
    scene.git(&["rm", "-q", &name]);
    scene.commit_staged("db", "Less");
    assert!(scene.found_in_base().contains(&"block changed-record".to_owned()), "in two steps");
    // Another archive beside it.
    scene.git(&["reset", "-q", "--hard", "main"]);
    scene.repo.write(&redacted_name, &redacted_text);
    scene.commit("db", "More");
    assert!(scene.found_in_base().contains(&"block changed-record".to_owned()));
    scene.git(&["rm", "-q", &name]);
    scene.commit_staged("db", "Less");
    assert!(scene.found_in_base().contains(&"block changed-record".to_owned()), "in two steps");
    // An archive beside files: they are redacted themselves, or not at all.
    scene.git(&["switch", "-q", "-c", "files", "main~1"]);
    scene.git(&["branch", "-qf", "main", "main~1"]);
    scene.repo.write(&redacted_name, &redacted_text);
    scene.commit("db", "More");
    assert!(scene.found_in_base().contains(&"block syntax".to_owned()));
    assert!(words.iter().all(|(file, text)| scene.repo.read(file) == *text) && text.contains(SECRET));
}

/// The archive of a record: its path and its text.
fn archived(scene: &Scene, path: &str) -> (String, String) {
    let names = names(&scene.repo, path);
    let name = names.iter().find(|name| name.starts_with("archived-")).expect("an archive");
    let file = format!("{path}/{name}");
    (file.clone(), scene.repo.read(&file))
}

/// The archive of what lies in the work tree, as a branch would publish it; main stays as it is.
fn archived_aside(scene: &Scene, path: &str) -> (String, String) {
    scene.git(&["branch", "-q", "kept"]);
    scene.git(&["commit", "-qam", "Aside"]);
    archive(&scene.world, &scene.repo);
    let archived = archived(scene, path);
    scene.git(&["reset", "-q", "--hard", "kept"]);
    scene.git(&["clean", "-fdq"]);
    archived
}
