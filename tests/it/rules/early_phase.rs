use super::{API, LEAD, Scene, documented};
use crate::investigations::{CODE, DATA, INFRASTRUCTURE, open};

/// An investigation on main with all its evidence, of which one finding is disputed.
fn scene() -> (Scene, String, String) {
    let scene = Scene::new();
    let (id, path) = open(&scene.world, &scene.repo, &[]);
    for (file, text) in [("data.md", DATA), ("code.md", CODE), ("infrastructure.md", INFRASTRUCTURE)] {
        scene.repo.write(&format!("{path}/{file}"), text);
    }
    let report = ["finding", "report", "--title", "Pooling is disabled", "--category", "regression"];
    let more = ["--component", "pool", "--severity", "high", "--investigation", &id];
    let evidence = ["--evidence", "Each request opens a connection.", "--format", "json"];
    let made =
        scene.world.perfteam(&scene.repo, API, &[&report[..], &more, &evidence].concat()).exits(0).json();
    let finding = made["id"].as_str().expect("an id").to_owned();
    let dispute = ["finding", "dispute", &finding, "--reason", "It is smaller.", "--evidence"];
    scene.run(LEAD, &[&dispute[..], &["config/production.yml says twenty."]].concat());
    scene.commit("lead", "Open an investigation");
    (scene, path, finding)
}

#[test]
fn nothing_is_built_on_a_finding_that_is_disputed() {
    let (scene, path, finding) = scene();
    scene.branch("on");
    let id = &path[path.len() - 10..];
    let text = format!(
        "---\nrecord: {id}\nevent: synthesized\nby: \"{LEAD}\"\nat: \"2026-11-20T19:30:00.000Z\"\nseq: 1\n---\n"
    );
    scene.repo.write(&format!("{path}/20261120T193000.000Z-synthesized-abcdef.md"), &text);
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(LEAD), ["warn early-phase"]);
    documented("early-phase", &scene.staged(LEAD).exits(0).stdout);
    scene.run(
        LEAD,
        &["finding", "decide", &finding, "--outcome", "rejected", "--reason", "The file says so."],
    );
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(LEAD), [""; 0]);
}
