use super::{API, DB, LEAD, OPS, Scene, documented};

/// A branch on which `@database.postgres` took a step on a flag; the path of the event.
fn stepped(scene: &Scene, step: &[&str]) -> (String, String) {
    let (id, path) = scene.flag();
    scene.branch("work");
    scene.run(DB, &[&["flag"], step, &[&id]].concat());
    let event = scene.events(&path).remove(0);
    (path, event)
}

fn illegal(found: &[(String, String)]) -> Vec<&str> {
    let own = found.iter().filter(|(what, _)| what.ends_with("illegal-step"));
    own.map(|(what, _)| what.as_str()).collect()
}

#[test]
fn only_the_addressee_completes() {
    let scene = Scene::new();
    let (_, event) = stepped(&scene, &["complete"]);
    scene.edit(&event, "\"@database.postgres\"", "\"@backend.api\"");
    scene.git(&["add", "-A"]);
    documented("illegal-step", &scene.staged(API).exits(1).stdout);
    scene.commit_staged("api", "Complete it for them");
    assert!(scene.found_in_base().contains(&"block illegal-step".to_owned()));
}

#[test]
fn an_honest_life_of_a_flag_is_clean() {
    let scene = Scene::new();
    let (id, _) = scene.flag();
    scene.branch("work");
    for (who, step) in [
        (DB, vec!["lock", &id]),
        (DB, vec!["lock", &id, "--renew"]),
        (DB, vec!["unlock", &id]),
        (DB, vec!["handoff", &id, "--to", OPS]),
        (OPS, vec!["lock", &id]),
        (OPS, vec!["complete", &id]),
    ] {
        scene.run(who, &[&["flag"], step.as_slice()].concat());
    }
    scene.git(&["add", "-A"]);
    assert_eq!(illegal(&scene.found(OPS, &["--staged"])), [""; 0]);
    scene.commit_staged("db", "All of it");
    assert_eq!(illegal(&scene.found("", &["--base", "main"])), [""; 0]);
}

#[test]
fn a_forged_number_is_no_way_to_the_front() {
    let scene = Scene::new();
    let (_, event) = stepped(&scene, &["complete"]);
    scene.edit(&event, "seq: 1", "seq: 7");
    scene.git(&["add", "-A"]);
    let found = scene.found(DB, &["--staged"]);
    assert!(
        found.iter().any(|(what, message)| what == "block illegal-step" && message.contains("`seq` is 7")),
        "{found:?}"
    );
}

#[test]
fn naming_an_absent_past_opens_no_door() {
    let scene = Scene::new();
    let (_, event) = stepped(&scene, &["complete"]);
    let withdrawn = event.replace("-completed-", "-withdrawn-");
    let text = scene.repo.read(&event).replace("event: completed", "event: withdrawn");
    let text = text.replace("seq: 1", "seq: 2\nafter:\n  - 20261120T155200.123Z-locked-4f7a1c");
    scene.git(&["rm", "-q", "-f", &event]);
    scene.repo.write(&withdrawn, &format!("{text}\nNo longer needed.\n"));
    scene.git(&["add", "-A"]);
    assert_eq!(
        illegal(&scene.found(DB, &["--staged"])),
        ["block illegal-step"],
        "the addressee never withdraws"
    );
    scene.edit(&withdrawn, "\"@database.postgres\"", "\"@backend.api\"");
    scene.git(&["add", "-A"]);
    assert_eq!(
        illegal(&scene.found(API, &["--staged"])),
        ["note illegal-step"],
        "the sender may, as far as can be told"
    );
}

#[test]
fn what_a_step_leaves_out_is_said() {
    let scene = Scene::new();
    let (id, path) = scene.flag();
    scene.run(DB, &["flag", "handoff", &id, "--to", OPS]);
    scene.commit("db", "Hand it on");
    scene.branch("work");
    scene.run(OPS, &["flag", "complete", &id]);
    let event = scene.events(&path).remove(1);
    let after = scene.repo.read(&event);
    let start = after.find("after:").expect("names");
    let end = start + after[start..].find("---").expect("the end");
    let forged = format!("{}{}", &after[..start], &after[end..]).replace("seq: 2", "seq: 1");
    scene.repo.write(&event, &forged.replace(OPS, DB));
    scene.git(&["add", "-A"]);
    let found = scene.found(DB, &["--staged"]);
    assert_eq!(illegal(&found), ["note illegal-step"], "{found:?}");
}

#[test]
fn two_who_close_at_once_are_both_honest() {
    let scene = Scene::with("scope: branch\n", "", "");
    let (id, _) = scene.flag();
    scene.branch("other");
    scene.run(API, &["flag", "withdraw", &id, "--reason", "No longer needed."]);
    scene.commit("api", "Withdraw");
    scene.git(&["switch", "-q", "-c", "work", "main"]);
    scene.run(DB, &["flag", "complete", &id]);
    scene.commit("db", "Complete");
    scene.git(&["merge", "-q", "--no-edit", "other"]);
    assert_eq!(illegal(&scene.found("", &["--base", "main"])), ["note illegal-step"]);
}

#[test]
fn who_leads_is_read_from_the_base() {
    let scene = Scene::with("scope: branch\n", "", "");
    let (id, _) = scene.flag();
    scene.branch("work");
    scene.edit(".perfteam/perfteam.yaml", LEAD, OPS);
    scene.run(OPS, &["flag", "withdraw", &id, "--reason", "I lead now."]);
    scene.commit("somebody", "A new lead");
    assert_eq!(illegal(&scene.found("", &["--base", "main"])), ["block illegal-step"]);

    scene.git(&["switch", "-q", "-c", "lead", "main"]);
    scene.run(LEAD, &["flag", "withdraw", &id, "--reason", "The pool is gone."]);
    scene.commit("lead", "Withdraw");
    assert_eq!(scene.found_in_base(), [""; 0]);
}

#[test]
fn a_lock_lasts_no_longer_than_the_lease() {
    let scene = Scene::new();
    let (_, event) = stepped(&scene, &["lock"]);
    assert_eq!(scene.found_in_stage(DB), [""; 0]);
    let text = scene.repo.read(&event);
    let line = text.lines().find(|line| line.starts_with("lease_until")).expect("a lease").to_owned();
    scene.edit(&event, &line, "lease_until: \"2036-11-20T00:00:00.000Z\"");
    scene.git(&["add", "-A"]);
    let found = scene.found(DB, &["--staged"]);
    assert!(
        found
            .iter()
            .any(|(what, message)| what == "block illegal-step" && message.contains("longer than the 4h")),
        "{found:?}"
    );
}

#[test]
fn a_lock_awaits_only_an_answer_that_its_holder_asked_for() {
    let scene = Scene::new();
    let (unrelated, _) = scene.world.flag(&scene.repo, API, OPS, &[]);
    scene.commit("api", "Another flag");
    let (_, event) = stepped(&scene, &["lock"]);
    scene.edit(&event, "lease_until:", &format!("awaiting: {unrelated}\nlease_until:"));
    scene.git(&["add", "-A"]);
    let found = scene.found(DB, &["--staged"]);
    assert!(
        found
            .iter()
            .any(|(what, message)| what == "block illegal-step" && message.contains("the lock awaits")),
        "{found:?}"
    );
    // A request that is nowhere holds no longer than the lease.
    scene.edit(&event, &unrelated, "0000000000");
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(DB), [""; 0]);
}
