//! Branches that still have the words, in every order; archives; what is seen of other branches.

use super::{SECRET, flag, redact, seen, show};
use crate::archive::{WAYS, archive, check, names};
use crate::rules::{API, DB, LEAD, Scene};

fn closed_by(scene: &Scene) -> Vec<(String, String)> {
    scene.found(API, &[]).into_iter().filter(|(what, _)| what.starts_with("block")).collect()
}

#[test]
fn a_branch_that_still_has_the_words_merges_in_every_way() {
    let scene = Scene::with("scope: branch\n", "", "");
    let (id, path) = flag(&scene);
    scene.branch("late");
    scene.repo.write("src/late.rs", "// late\n");
    scene.world.flag(&scene.repo, API, DB, &["--impact", "low"]);
    scene.commit("api", "Late work");
    scene.git(&["switch", "-q", "main"]);
    redact(&scene, &id);
    scene.commit("lead", "Take a token out");
    merged_in_every_way(&scene, |way| {
        assert!(!scene.repo.read(&format!("{path}/flag.md")).contains(SECRET), "{way}");
        assert!(!seen(&scene, &id).contains(SECRET), "{way}");
        assert_eq!(closed_by(&scene), [], "{way}");
    });
}

/// What `holds` after each way to bring the two branches together, and the check finds nothing.
fn merged_in_every_way(scene: &Scene, holds: impl Fn(&str)) {
    for (way, branch, commands) in WAYS {
        scene.git(&["checkout", "-q", "--detach", branch]);
        commands.iter().for_each(|command| drop(scene.git(command)));
        holds(way);
        assert_eq!(check(&scene.world, &scene.repo, "main"), (0, Vec::new()), "{way}");
    }
}

#[test]
fn a_late_event_merges_too() {
    let scene = Scene::with("scope: branch\n", "", "");
    let (id, path) = scene.flag();
    scene.branch("late");
    scene.run(DB, &["flag", "complete", &id, "--note", "Set to twenty, and measured."]);
    scene.commit("db", "Complete");
    scene.git(&["switch", "-q", "main"]);
    redact(&scene, &id);
    scene.commit("lead", "Take a token out");
    merged_in_every_way(&scene, |way| {
        assert_eq!(names(&scene.repo, &path).len(), 2, "{way}");
        let flag = show(&scene, &id);
        assert_eq!((&flag["status"], &flag["title"]), (&"completed".into(), &"[redacted]".into()), "{way}");
    });
}

#[test]
fn an_archived_record_is_redacted_in_its_archive() {
    let scene = Scene::with("scope: branch\n", "", "");
    let (id, path) = flag(&scene);
    archive(&scene.world, &scene.repo);
    scene.commit("api", "Archive");
    scene.branch("tidy");
    let before = names(&scene.repo, &path);
    assert!(seen(&scene, &id).contains(SECRET));
    let told = redact(&scene, &id);
    assert_eq!(told["redacted"].as_array().map(Vec::len), Some(2), "{told}");
    let after = names(&scene.repo, &path);
    assert!(after.len() == 1 && after != before, "{after:?}");
    assert!(!seen(&scene, &id).contains(SECRET));
    assert_eq!(scene.found_in_stage(LEAD), ["note changed-record"]);
    assert_eq!(scene.found_in_stage(DB), ["block changed-record"]);
    scene.commit_staged("lead", "Take a token out");
    assert_eq!(scene.found_in_base(), ["note changed-record"]);
    assert_eq!(show(&scene, &id)["status"], "completed");
    for args in [&["restore"][..], &["restore", "--all"], &["restore", "--base", "main"]] {
        assert!(scene.run(API, args).stdout.starts_with("nothing to restore"), "{args:?}");
    }
    assert!(redact(&scene, &id)["redacted"].as_array().is_some_and(Vec::is_empty));
    // Published, and then lost with everything: the words stay away.
    scene.git(&["switch", "-q", "main"]);
    scene.git(&["merge", "-q", "--ff-only", "tidy"]);
    scene.git(&["rm", "-rq", &path]);
    scene.commit_staged("api", "Gone");
    scene.run(API, &["restore", "--all"]);
    assert_eq!(names(&scene.repo, &path), after);
    // Forged in the archive.
    scene.git(&["reset", "-q", "--hard", "tidy~1"]);
    redact(&scene, &id);
    let archived = format!("{path}/{}", names(&scene.repo, &path)[0]);
    scene.edit(&archived, "Change\n    \n    [redacted]", "Change\n    \n    Other words.");
    scene.git(&["add", "-A"]);
    assert!(scene.found_in_stage(LEAD).contains(&"block syntax".to_owned()));
}

#[test]
fn a_branch_that_archived_the_words_is_redacted_once_more() {
    let scene = Scene::with("scope: branch\n", "", "");
    let (id, path) = flag(&scene);
    scene.branch("archiving");
    archive(&scene.world, &scene.repo);
    scene.commit("api", "Archive");
    scene.git(&["switch", "-q", "main"]);
    redact(&scene, &id);
    scene.commit("lead", "Take a token out");
    for (ours, theirs) in [("main", "archiving"), ("archiving", "main")] {
        scene.git(&["checkout", "-q", "--detach", ours]);
        let merge = ["-c", "core.hooksPath=/dev/null", "merge", "-q", "--no-edit", theirs];
        scene.world.git(&scene.repo, &merge).exits(1);
        // As docs/redaction.md says: keep the redacted files, then redact once more.
        scene.git(&["checkout", "-q", "main", "--", &path]);
        scene.git(&["add", "-A"]);
        assert!(!seen(&scene, &id).contains(SECRET), "the redaction counts beside the archive");
        scene.commit_staged("api", "Merge");
        assert_eq!(names(&scene.repo, &path).len(), 3);
        redact(&scene, &id);
        assert_eq!(names(&scene.repo, &path).len(), 3);
        scene.commit_staged("lead", "Take it out of the archive, too");
        let everything = scene.git(&["grep", "-c", "", "HEAD", "--", &path]);
        assert!(!everything.is_empty());
        let grep = ["grep", "-q", SECRET, "HEAD", "--", ".perfteam"];
        assert_eq!(scene.world.git(&scene.repo, &grep).code, 1, "it stands nowhere any more");
        assert_eq!(check(&scene.world, &scene.repo, "main"), (0, Vec::new()), "{ours}");
        assert!(scene.run(API, &["restore", "--all"]).stdout.starts_with("nothing to restore"));
    }
}

#[test]
fn of_two_other_branches_the_redacted_one_counts() {
    let scene = Scene::new();
    scene.branch("words");
    let (id, _) = flag(&scene);
    for (name, from) in [("a-redacted", "words"), ("z-redacted", "words")] {
        scene.git(&["switch", "-q", "-c", name, from]);
        redact(&scene, &id);
        scene.commit("lead", "Take a token out");
        scene.git(&["switch", "-q", "main"]);
        assert!(!seen(&scene, &id).contains(SECRET), "{name}");
        scene.git(&["branch", "-qD", name]);
    }
    assert!(seen(&scene, &id).contains(SECRET), "the other branch alone is seen");
}

#[test]
fn what_a_branch_raises_and_redacts_passes_and_lands() {
    let scene = Scene::new();
    scene.branch("work");
    let (id, path) = flag(&scene);
    redact(&scene, &id);
    scene.commit("lead", "Take a token out");
    assert_eq!(scene.found_in_base(), ["note changed-record"]);
    scene.git(&["switch", "-q", "main"]);
    scene.git(&["merge", "-q", "--squash", "work"]);
    scene.commit_staged("api", "Squashed");
    let landed = scene.found("", &["--base", "main~1", "--merged"]);
    assert!(landed.iter().all(|(what, _)| what == "note actor-mismatch"), "{landed:?}");
    // Out of nothing, it is nobody's redaction.
    scene.git(&["switch", "-q", "-c", "forged", "main~1"]);
    scene.git(&["checkout", "-q", "main", "--", &path]);
    scene.commit("api", "A flag that says to be redacted");
    scene.git(&["branch", "-qf", "main", "main~1"]);
    let found = scene.found_in_base();
    assert!(found.contains(&"warn changed-record".to_owned()), "{found:?}");
    assert!(found.contains(&"block thin-text".to_owned()), "{found:?}");
}
