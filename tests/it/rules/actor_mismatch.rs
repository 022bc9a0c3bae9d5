use super::{API, DB, Scene, documented};
use crate::environment::agent;

fn work(scene: &Scene, who: &str, trailer: &str) {
    scene.repo.write("src/query.rs", &format!("// {trailer}\n"));
    scene.commit(who, &format!("Work\n\n{trailer}"));
}

#[test]
fn a_trailer_names_who_made_the_commit() {
    let scene = Scene::new();
    scene.branch("work");
    work(&scene, "api", "Perfteam-Agent: @database.postgres");
    documented("actor-mismatch", &scene.base().exits(1).stdout);
}

#[test]
fn trailers_that_fit_and_those_that_do_not() {
    let scene = Scene::new();
    scene.branch("work");
    for (who, name, expected) in [
        ("db", "@database.postgres", vec![]),
        ("DB", "database.postgres", vec![]),
        ("db", "@ops.performance", vec!["note actor-mismatch"]),
        ("db", "@nobody.here", vec!["block actor-mismatch"]),
        ("db", "nobody at all", vec!["block actor-mismatch"]),
        ("guest", "@database.postgres", vec!["block actor-mismatch"]),
    ] {
        scene.git(&["reset", "-q", "--hard", "main"]);
        work(&scene, who, &format!("Perfteam-Agent: {name}"));
        assert_eq!(scene.found_in_base(), expected, "{who} as {name}");
    }
}

#[test]
fn a_handle_or_an_address_from_the_same_change_proves_nothing() {
    let scene = Scene::new();
    scene.branch("work");
    scene.repo.write(".perfteam/agents/root.admin.md", &agent("@root.admin", "guest@example.com", ""));
    work(&scene, "guest", "Perfteam-Agent: @root.admin");
    // The hooks name it so: who joins is not held for it, and has no authority yet.
    assert_eq!(scene.found_in_base(), ["warn actor-mismatch", "note authority-change"]);
    scene.git(&["config", "user.email", "api@example.com"]);
    scene.git(&["commit", "-q", "--amend", "--no-edit", "--no-verify", "--reset-author"]);
    assert_eq!(scene.found_in_base(), ["block actor-mismatch", "note authority-change"], "not its address");

    scene.git(&["switch", "-q", "-C", "work", "main"]);
    scene.edit(".perfteam/agents/backend.api.md", "api@example.com", "guest@example.com");
    work(&scene, "guest", "Perfteam-Agent: @backend.api");
    assert_eq!(scene.found_in_base(), ["block actor-mismatch", "note authority-change"]);
}

#[test]
fn a_step_in_the_name_of_another_is_said_and_holds_nobody() {
    let scene = Scene::new();
    let (id, _) = scene.flag();
    scene.branch("work");
    scene.run(DB, &["flag", "complete", &id]);
    scene.repo.write("src/query.rs", "// a query\n");
    scene.commit("api", "Complete it for them");
    let found = scene.found("", &["--base", "main"]);
    assert_eq!(
        found,
        [(
            "warn actor-mismatch".into(),
            "api@example.com commits a step of @database.postgres, whose addresses are others".into()
        )]
    );
    scene.git(&["switch", "-q", "-C", "work", "main"]);
    scene.run(DB, &["flag", "lock", &id]);
    scene.commit("db", "Lock");
    assert_eq!(scene.found_in_base(), [""; 0]);
}

#[test]
fn a_flag_in_the_name_of_another_is_said_too() {
    let scene = Scene::new();
    scene.branch("work");
    scene.world.flag(&scene.repo, API, "@performance.lead", &[]);
    scene.commit("db", "A flag from the API, they say");
    assert_eq!(scene.found_in_base(), ["warn actor-mismatch"]);
}

#[test]
fn a_trailer_that_does_not_fit_sets_nobody_free() {
    let scene = Scene::new();
    scene.flag();
    scene.branch("work");
    work(&scene, "db", "Perfteam-Agent: @nobody.here");
    assert_eq!(scene.found_in_base(), ["block actor-mismatch", "block unprocessed-flag"]);
}

#[test]
fn a_step_that_is_moved_into_its_place_is_said_too() {
    let scene = Scene::new();
    let (id, folder) = scene.flag();
    scene.branch("work");
    scene.run(DB, &["flag", "complete", &id]);
    let event = scene.events(&folder).pop().expect("an event");
    scene.git(&["mv", "-f", &event, "src/innocent.md"]);
    scene.commit("api", "Some text");
    scene.git(&["mv", "src/innocent.md", &event]);
    scene.commit("api", "In its place");
    assert_eq!(scene.found_in_base(), ["warn actor-mismatch"]);
}

#[test]
fn a_step_that_a_merge_hides_is_said_too() {
    let scene = Scene::new();
    let (id, _) = scene.flag();
    scene.branch("side");
    scene.repo.write("src/side.rs", "// side\n");
    scene.commit("api", "Side");
    scene.git(&["switch", "-q", "-c", "work", "main"]);
    scene.repo.write("src/work.rs", "// work\n");
    scene.commit("api", "Work");
    scene.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    scene.run(DB, &["flag", "complete", &id]);
    scene.commit("api", "Merge side");
    let found = scene.found("", &["--base", "main"]);
    assert_eq!(
        found,
        [(
            "warn actor-mismatch".into(),
            "a merge brings a step of @database.postgres that none of its sides has".into()
        )]
    );
}
