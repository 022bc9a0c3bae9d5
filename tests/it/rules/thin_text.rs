use super::{API, DB, Scene, documented};
use crate::environment::{ACTION, CHANGE};

#[test]
fn a_text_that_nobody_can_act_on_is_refused() {
    let scene = Scene::new();
    let (_, path) = scene.world.flag(&scene.repo, API, DB, &[]);
    scene.edit(&format!("{path}/flag.md"), ACTION, "Please check. Please check. Please check. Pleeeeeease!");
    scene.git(&["add", "-A"]);
    documented("thin-text", &scene.staged(API).exits(1).stdout);
    scene.branch("work");
    scene.commit("api", "Thin");
    assert_eq!(scene.found_in_base(), ["block thin-text"]);
    scene.edit(&format!("{path}/flag.md"), "Please check. Please check. Please check. Pleeeeeease!", ACTION);
    scene.commit("api", "Say it");
    assert_eq!(scene.found_in_base(), [""; 0]);
}

#[test]
fn a_question_may_be_shorter_and_a_reason_must_be_there() {
    let scene = Scene::new();
    let (id, path) = scene.world.flag(&scene.repo, API, DB, &[]);
    scene.edit(&format!("{path}/flag.md"), "type: change", "type: information_request");
    scene.edit(
        &format!("{path}/flag.md"),
        ACTION,
        "Which queries still need more than twenty connections at noon?",
    );
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(API), [""; 0]);
    scene.commit("api", "Ask");
    scene.run(DB, &["flag", "decline", &id, "--reason", "Not measured."]);
    scene.edit(&scene.events(&path)[0], "Not measured.", "...");
    scene.git(&["add", "-A"]);
    assert_eq!(
        scene.found(DB, &["--staged"]),
        [("block thin-text".into(), "the reason says nothing: it needs 1 meaningful characters".into())]
    );
}

#[test]
fn an_amendment_says_enough_too() {
    let scene = Scene::new();
    let (id, path) = scene.flag();
    let longer = format!("{CHANGE} Since Tuesday even fewer.");
    scene.run(API, &["flag", "amend", &id, "--change", &longer]);
    scene.edit(&scene.events(&path)[0], &longer, "Less.");
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(API), ["block thin-text"]);
}
