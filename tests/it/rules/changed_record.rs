use super::{API, DB, Scene, documented};

#[test]
fn a_revert_of_a_commit_with_records_is_one_finding() {
    let scene = Scene::with("rules:\n  affected-not-flagged: off\n", "", "");
    scene.world.flag(&scene.repo, API, DB, &[]);
    let (_, path) = scene.world.flag(&scene.repo, API, DB, &[]);
    scene.repo.write("src/pool.rs", "pub const SIZE: u32 = 20;\n");
    let commit = scene.commit("api", "Smaller pool");
    scene.branch("undo");
    scene.git(&["revert", "--no-commit", &commit]);
    scene.commit_staged("api", "Revert \"Smaller pool\"");
    documented("changed-record", &scene.base().exits(1).stdout);
    let blocks = scene.found_in_base().into_iter().filter(|what| what == "block changed-record");
    assert_eq!(blocks.count(), 1);

    // What perfteam restore does, by hand: the code stays reverted, the records are back.
    scene.git(&["checkout", "main", "--", ".perfteam"]);
    scene.commit("api", "Restore the records");
    assert!(!scene.found_in_base().contains(&"block changed-record".to_owned()));
    assert!(scene.repo.read(&format!("{path}/flag.md")).contains("to: "));
}

#[test]
fn published_records_are_changed_by_nobody() {
    let scene = Scene::new();
    let (_, path) = scene.flag();
    scene.branch("work");
    scene.edit(&format!("{path}/flag.md"), "at most twenty", "at most thirty");
    scene.git(&["add", "-A"]);
    let found = scene.found(API, &["--staged"]);
    assert_eq!(
        found,
        [("block changed-record".into(), "this change changes a published file of a record".into())]
    );
    assert_eq!(scene.found(API, &["--worktree"]), found);
    scene.commit_staged("api", "Thirty");
    assert_eq!(scene.found_in_base(), ["block changed-record"]);
}

#[test]
fn unpublished_records_are_their_writers_to_change_and_to_drop() {
    let scene = Scene::new();
    scene.branch("work");
    let (_, path) = scene.flag();
    scene.edit(&format!("{path}/flag.md"), "at most twenty", "at most thirty");
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(API), [""; 0]);
    assert_eq!(
        scene.found(super::LEAD, &["--staged"]),
        [(
            "block changed-record".into(),
            "this change changes a file of a record that @backend.api wrote, who alone may still change it"
                .into()
        )]
    );
    scene.commit_staged("api", "Thirty");
    assert_eq!(scene.found_in_base(), [""; 0]);
    scene.git(&["rm", "-q", "-r", &path]);
    assert_eq!(scene.found_in_stage(API), [""; 0]);
    scene.commit_staged("lead", "Drop what another raised");
    assert_eq!(scene.found_in_base(), ["block changed-record"], "the range alone would show nothing");
}

#[test]
fn an_event_in_the_folder_of_another_record_is_put_back_by_the_command_that_is_printed() {
    let scene = Scene::new();
    let (id, path) = scene.flag();
    let (_, other) = scene.flag();
    scene.branch("work");
    scene.run(DB, &["flag", "complete", &id]);
    let event = scene.events(&path).remove(0);
    let name = event.rsplit('/').next().expect("a name");
    let astray = format!("{other}/{name}");
    scene.git(&["mv", &event, &astray]);
    let json = scene.check(DB, &["--staged", "--format", "json"]).json();
    let diagnostic = &json["diagnostics"][0];
    assert_eq!(diagnostic["rule"], "changed-record");
    assert_eq!(diagnostic["level"], "block");
    let mend = diagnostic["mends"][0].as_str().expect("a command");
    assert_eq!(mend, format!("git mv -- {astray} {event}"));
    scene.git(&mend.split(' ').skip(1).collect::<Vec<_>>());
    assert!(!scene.found_in_stage(DB).contains(&"block changed-record".to_owned()));
}

#[test]
fn a_published_event_that_is_moved_to_another_record_is_told_once() {
    let scene = Scene::new();
    let (id, path) = scene.flag();
    let (_, other) = scene.flag();
    scene.run(DB, &["flag", "lock", &id]);
    scene.commit("db", "Lock");
    scene.branch("work");
    let event = scene.events(&path).remove(0);
    scene.git(&["mv", &event, &other]);
    scene.commit_staged("api", "Tidy up");
    let found = scene.found("", &["--base", "main"]);
    assert!(
        matches!(found.as_slice(), [(what, message)] if what == "block changed-record" && message.contains("belongs to record")),
        "{found:?}"
    );
}

#[test]
fn a_renamed_record_is_named_with_the_way_back() {
    let scene = Scene::new();
    let (id, path) = scene.flag();
    scene.branch("work");
    let renamed = format!("{}/better-name-{id}", path.rsplit_once('/').expect("a folder").0);
    scene.git(&["mv", &path, &renamed]);
    let json = scene.check(API, &["--staged", "--format", "json"]).json();
    assert_eq!(json["diagnostics"][0]["rule"], "changed-record");
    assert_eq!(json["diagnostics"][0]["mends"][0], format!("git mv -- {renamed} {path}"));
    assert_eq!(json["diagnostics"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_merge_that_deletes_what_neither_side_deleted_is_seen() {
    let scene = Scene::new();
    let (_, path) = scene.flag();
    scene.branch("work");
    scene.repo.write("a.txt", "a\n");
    scene.commit("api", "A");
    scene.git(&["switch", "-q", "-c", "side", "main"]);
    scene.repo.write("b.txt", "b\n");
    scene.commit("api", "B");
    scene.git(&["switch", "-q", "work"]);
    scene.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    scene.git(&["rm", "-q", "-r", &path]);
    scene.commit_staged("api", "Merge branch 'side'");
    let found = scene.found("", &["--base", "main"]);
    assert!(
        matches!(found.as_slice(), [(what, message)] if what == "block changed-record" && message.starts_with("a merge changes or deletes")),
        "{found:?}"
    );
}

#[test]
fn who_mends_a_published_file_that_nobody_could_read_is_not_held() {
    let scene = Scene::new();
    let (_, path) = scene.world.flag(&scene.repo, API, DB, &[]);
    let head = format!("{path}/flag.md");
    scene.edit(&head, "impact: medium", "impact: middling");
    scene.commit("api", "Raise a flag that nobody can read");
    scene.branch("mend");
    scene.edit(&head, "impact: middling", "impact: medium");
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(DB), ["block unprocessed-flag", "note changed-record"]);
    scene.staged(API).exits(0);
}

#[test]
fn what_was_squashed_into_the_integration_branch_is_published() {
    let scene = Scene::new();
    scene.branch("work");
    let (_, path) = scene.flag();
    scene.git(&["switch", "-q", "main"]);
    scene.git(&["merge", "-q", "--squash", "work"]);
    scene.commit_staged("api", "Squashed");
    scene.git(&["switch", "-q", "work"]);
    scene.edit(&format!("{path}/flag.md"), "at most twenty", "at most thirty");
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(API), ["block changed-record"]);
    scene.commit_staged("api", "Thirty");
    assert_eq!(scene.found_in_base(), ["block changed-record"]);
}

#[test]
fn who_changes_a_head_is_told_who_may_say_it_by_an_event() {
    let scene = Scene::new();
    let (id, path) = scene.flag();
    scene.branch("work");
    scene.edit(&format!("{path}/flag.md"), "twenty", "thirty");
    scene.commit("db", "Thirty");
    let told = scene.base().exits(1).stdout;
    let way = format!(
        "try: @backend.api, who raised it, says it by a new event while it is pending: \
         perfteam flag amend {id} --change TEXT --action TEXT"
    );
    assert!(told.contains(&way), "{told}");
    assert!(told.contains("try: perfteam restore --base main"), "{told}");
}
