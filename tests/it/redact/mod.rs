//! Words taken away because a secret stood among them: what is left, for whom, and what others make of it.

mod forged;
mod killed;
mod kinds;
mod merges;

use insta::assert_snapshot;
use serde_json::Value;

use crate::environment::CHANGE;
use crate::rules::{API, DB, LEAD, Scene};

/// Slugs are in lower case, so that the name of a folder does not have it.
pub const SECRET: &str = "hUnTeR2";

/// A flag on main, completed, with the secret in its title, its text and the note of its end.
pub fn flag(scene: &Scene) -> (String, String) {
    let change = format!("{CHANGE} The token is {SECRET}.");
    let title = format!("The pool takes {SECRET}");
    let (id, path) = scene.world.flag(&scene.repo, API, DB, &["--title", &title]);
    let head = format!("{path}/flag.md");
    scene.edit(&head, CHANGE, &change);
    scene.commit("api", "Raise a flag");
    let note = format!("Set to twenty with {SECRET}.");
    scene.run(DB, &["flag", "complete", &id, "--note", &note]);
    scene.commit("db", "Complete it");
    (id, path)
}

pub fn redact(scene: &Scene, id: &str) -> Value {
    scene.run(LEAD, &["redact", id, "--reason", "a token of staging", "--format", "json"]).json()
}

pub fn show(scene: &Scene, id: &str) -> Value {
    scene.run(API, &["show", id, "--format", "json"]).json()
}

/// All that commands which read say of records.
pub fn seen(scene: &Scene, id: &str) -> String {
    let asked: [&[&str]; 8] = [
        &["inbox"],
        &["next"],
        &["prime"],
        &["flag", "list", "--status", "all"],
        &["show", id],
        &["show", id, "--format", "json"],
        &["complete", "--", "perfteam", "show", ""],
        &["check"],
    ];
    let words = asked.map(|args| scene.world.perfteam(&scene.repo, DB, args).story());
    words.join("\n")
}

#[test]
fn an_admin_takes_the_words_away_and_the_rest_stays() {
    let scene = Scene::new();
    let (id, path) = flag(&scene);
    scene.branch("tidy");
    // Caches are warm with the old title.
    assert!(seen(&scene, &id).contains(SECRET));
    let before = show(&scene, &id);
    let object = scene.git(&["rev-parse", &format!("HEAD:{path}/flag.md")]);
    let done = scene.run(LEAD, &["redact", &id, "--reason", "a token of staging"]);
    assert_snapshot!(done.story(), @r#"
    redacted flag.md (was git object dd125fa0c9da005439eddda51b15806cf2874511)
    redacted 20261120T150900.000Z-completed-43r07z.md (was git object a66f118ef64c059d93f3c951c4091dbf56f41c33)
    they are staged; commit them: git commit
    --- stderr ---
    note: this does not unsay it
      revoke the secret: history, other clones and the forge still have it
      the name of the folder stays, with words of the title: .perfteam/flags/2026-11-20/the-pool-takes-hunter2-ttgkrhj1vs
      see where else it stands: git grep -n -F -f FILE (the secret in FILE)
      to purge history, once all agree to clone anew: git filter-repo --replace-text FILE, then git push --force
    "#);
    let head = scene.repo.read(&format!("{path}/flag.md"));
    assert_snapshot!(head.replace(object.trim(), "OBJECT"), @r#"
    ---
    id: ttgkrhj1vs
    type: change
    title: "[redacted]"
    from: "@backend.api"
    to: "@database.postgres"
    impact: medium
    at: "2026-11-20T15:05:00.000Z"
    redacted:
      object: OBJECT
      by: "@performance.lead"
      at: "2026-11-20T15:24:00.000Z"
      reason: a token of staging
    ---

    ## Change

    [redacted]

    ## Action

    [redacted]
    "#);
    assert_eq!(
        scene.git(&["status", "--porcelain"]).lines().filter(|line| line.starts_with("M  ")).count(),
        2
    );
    assert!(!seen(&scene, &id).contains(SECRET));
    let after = show(&scene, &id);
    for key in ["id", "path", "from", "to", "impact", "status", "standing", "at", "files", "chain"] {
        assert_eq!(before[key], after[key], "{key}");
    }
    assert_eq!(after["extra"]["redacted"]["object"], object.trim());
    assert_eq!(after["events"][0]["details"]["redacted"]["by"], LEAD);
    let shown = scene.run(API, &["show", &id]).stdout;
    assert!(shown.contains("redacted  by @performance.lead at 2026-11-20T"), "{shown}");
    assert_eq!(shown.matches(": a token of staging").count(), 2, "{shown}");

    let again = scene.run(LEAD, &["redact", &id, "--reason", "once more"]).stdout;
    assert!(again.ends_with("they are staged; commit them: git commit\n"), "{again}");
    assert_eq!(scene.repo.read(&format!("{path}/flag.md")), head);

    assert_eq!(scene.found_in_stage(LEAD), ["note changed-record"]);
    scene.commit_staged("lead", "Take a token out");
    let again = scene.run(LEAD, &["redact", &id, "--reason", "once more"]).stdout;
    assert!(again.ends_with("nothing to do: 2 files done already\n"), "{again}");
    assert_eq!(scene.found_in_base(), ["note changed-record"]);
    scene.base().exits(0);
    assert_eq!(scene.found("", &["--base", "main", "--merged"])[0].0, "note changed-record");
    let nothing = "nothing to restore: every published record file is as it was\n";
    for args in [&["restore"][..], &["restore", "--all"], &["restore", "--base", "main"]] {
        assert_eq!(scene.run(API, args).stdout, nothing, "{args:?}");
    }
    let doctor = scene.world.perfteam(&scene.repo, API, &["doctor"]).stdout;
    assert!(!doctor.contains("restore"), "{doctor}");
}

#[test]
fn a_file_of_it_can_be_named_and_programs_are_told_what_happened() {
    let scene = Scene::new();
    let (id, path) = flag(&scene);
    let event = scene.events(&path).remove(0);
    let args = ["redact", &id, &event, "--reason", "a token", "--format", "json"];
    let told = scene.run(LEAD, &args).json();
    let name = event.rsplit('/').next().expect("a name");
    assert_eq!(
        (&told["redacted"][0]["file"], told["redacted"].as_array().map(Vec::len)),
        (&name.into(), Some(1))
    );
    assert_eq!((&told["staged"], &told["left"]), (&true.into(), &Value::Array(Vec::new())));
    let rest = redact(&scene, &id);
    assert_eq!(
        (&rest["redacted"][0]["file"], &rest["already"][0]["file"]),
        (&"flag.md".into(), &name.into())
    );
}

#[test]
fn who_may_not_and_what_can_not_be_is_said() {
    let scene = Scene::new();
    let (id, path) = flag(&scene);
    let run = |who: &str, args: &[&str]| {
        let all = [&["redact", &id], args, &["--reason", "a token"]].concat();
        scene.world.perfteam(&scene.repo, who, &all).story()
    };
    assert_snapshot!(run(DB, &[]), @r#"
    --- stderr ---
    error: @database.postgres may not redact
      why: what others said is taken away by those alone whom the team named for it
      try: ask @performance.lead
      try: what nobody else has yet, its author may still edit or drop: git commit --amend
    --- exit 1 ---
    "#);
    assert_snapshot!(run(LEAD, &["task.md"]).replace(&id, "ID"), @r#"
    --- stderr ---
    error: task.md is no file of flag ID
      try: its files: flag.md, 20261120T150900.000Z-completed-43r07z.md
    --- exit 2 ---
    "#);
    // What nobody has is dropped; what was altered is brought back first.
    scene.edit(&format!("{path}/flag.md"), "twenty", "thirty");
    scene.git(&["rm", "-q", "--cached", &scene.events(&path)[0]]);
    scene.commit_staged("db", "As if it had never been");
    assert_snapshot!(run(LEAD, &[]).split("--- stderr").next().unwrap_or_default(), @r#"
    left flag.md: it is not as it was committed: bring it back first (perfteam restore), then redact it
    left 20261120T150900.000Z-completed-43r07z.md: it is not committed: nobody else has it, so its author may delete or edit it
    "#);
    scene.repo.write(".perfteam/perfteam.yaml", "version: 1\n");
    assert_snapshot!(run(LEAD, &[]), @r#"
    --- stderr ---
    error: the policy names nobody who may redact
      why: what others said is taken away by those alone whom the team named for it
      try: name them in .perfteam/perfteam.yaml, and have it merged: admins, else leads
    --- exit 1 ---
    "#);
    scene
        .repo
        .write(".perfteam/perfteam.yaml", &format!("version: 1\nleads: [\"{LEAD}\"]\nadmins: [\"{API}\"]\n"));
    assert!(run(LEAD, &[]).contains("ask @backend.api"));
}

#[test]
fn a_redaction_that_was_lost_comes_back_redacted() {
    let scene = Scene::new();
    let (id, path) = flag(&scene);
    scene.branch("tidy");
    redact(&scene, &id);
    let head = format!("{path}/flag.md");
    let left = scene.repo.read(&head);
    // Staged, or committed, while what is published still has the words.
    std::fs::remove_file(scene.repo.path.join(&head)).expect("removed");
    scene.run(API, &["restore"]);
    assert_eq!(scene.repo.read(&head), left);
    scene.commit("lead", "Take a token out");
    scene.git(&["rm", "-rq", &path]);
    scene.run(API, &["restore"]);
    assert_eq!(scene.repo.read(&head), left);
    // Published, and deleted by a merge with a branch that still had the words.
    scene.git(&["reset", "-q", "--hard"]);
    scene.git(&["switch", "-q", "main"]);
    scene.git(&["merge", "-q", "--ff-only", "tidy"]);
    scene.git(&["rm", "-rq", &path]);
    scene.commit_staged("api", "Gone");
    scene.git(&["switch", "-q", "-c", "old", "main~2"]);
    scene.repo.write("src/old.rs", "// old\n");
    scene.commit("api", "Old work");
    scene.git(&["merge", "-q", "--no-edit", "main"]);
    assert!(!scene.repo.path.join(&head).exists());
    scene.run(API, &["restore"]);
    assert_eq!(scene.repo.read(&head), left);
    // The words are put back by hand: what is published counts.
    scene.git(&["reset", "-q", "--hard", "tidy"]);
    scene.git(&["branch", "-qf", "main", "tidy"]);
    scene.git(&["restore", "--source", "tidy~1", "--staged", "--worktree", "--", &path]);
    assert!(scene.repo.read(&head).contains(SECRET));
    assert_eq!(scene.found_in_stage(LEAD), ["block changed-record"; 2]);
    scene.run(API, &["restore"]);
    assert_eq!(scene.repo.read(&head), left);
}

#[test]
fn the_documents_of_an_investigation_are_for_an_editor() {
    let scene = Scene::new();
    let args = ["investigate", "open", "--title", "Slow", "--priority", "high", "--system", "pool"];
    let opened = scene.world.perfteam(
        &scene.repo,
        LEAD,
        &[&args[..], &["--impact", "Check-out takes 890 ms instead of 250 ms.", "--format", "json"]].concat(),
    );
    let id = opened.exits(0).json()["id"].as_str().expect("an id").to_owned();
    scene.commit("lead", "Open");
    let refused = scene.world.perfteam(&scene.repo, LEAD, &["redact", &id, "data.md", "--reason", "a token"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("take it out with an editor: .perfteam/investigations/"),
        "{}",
        refused.stderr
    );
}
