use super::{API, LEAD, Scene, documented};
use crate::investigations::{CODE, DATA, INFRASTRUCTURE, open};

/// An investigation on main whose documents are `data`, code and infrastructure.
fn scene(data: &str) -> (Scene, String, String) {
    let scene = Scene::new();
    let (id, path) = open(&scene.world, &scene.repo, &[]);
    for (file, text) in [("data.md", data), ("code.md", CODE), ("infrastructure.md", INFRASTRUCTURE)] {
        scene.repo.write(&format!("{path}/{file}"), text);
    }
    scene.commit("lead", "Open an investigation");
    (scene, id, path)
}

fn synthesized(scene: &Scene, id: &str, path: &str) {
    let text = format!(
        "---\nrecord: {id}\nevent: synthesized\nby: \"{LEAD}\"\nat: \"2026-11-20T15:30:00.000Z\"\nseq: 1\n---\n"
    );
    scene.repo.write(&format!("{path}/20261120T153000.000Z-synthesized-abcdef.md"), &text);
    scene.git(&["add", "-A"]);
}

#[test]
fn a_phase_does_not_end_while_its_documents_are_incomplete() {
    let (scene, id, path) =
        scene(&DATA.replace("| p95_latency | 250ms | 890ms |", "| p95_latency | 250ms | [AFTER] |"));
    assert_eq!(scene.found_in_stage(LEAD), [""; 0], "nobody is asked for more than the phase needs");
    scene.branch("on");
    synthesized(&scene, &id, &path);
    assert_eq!(scene.found_in_stage(LEAD), ["block incomplete-document"]);
    documented("incomplete-document", &scene.staged(LEAD).exits(1).stdout);
    scene.commit("lead", "Go on");
    assert_eq!(scene.found_in_base(), ["block incomplete-document"]);
    scene.repo.write("README.md", "# Pool\n");
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(API), [""; 0], "who works on something else is left alone");
    assert_eq!(scene.found("", &["--worktree"])[0].0, "warn incomplete-document");
    scene.repo.write(&format!("{path}/data.md"), DATA);
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(LEAD), [""; 0]);
}

#[test]
fn what_is_left_out_with_a_reason_is_not_asked_for() {
    let (scene, id, path) = scene("# Nothing here\n");
    scene.run(LEAD, &["investigate", "waive", &id, "--part", "data", "--reason", "There are no logs of it."]);
    synthesized(&scene, &id, &path);
    let text = scene.repo.read(&format!("{path}/20261120T153000.000Z-synthesized-abcdef.md"));
    let waived =
        scene.events(&path)[0].rsplit('/').next().expect("a name").trim_end_matches(".md").to_owned();
    let text = text.replace("seq: 1\n", &format!("seq: 2\nafter:\n  - {waived}\n"));
    scene.repo.write(&format!("{path}/20261120T153000.000Z-synthesized-abcdef.md"), &text);
    scene.git(&["add", "-A"]);
    assert_eq!(scene.found_in_stage(LEAD), [""; 0]);
}
