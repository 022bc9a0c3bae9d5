use super::{API, DB, LEAD, OPS, Scene, documented};

/// A finding of the API's that the database disputes.
fn scene(policy: &str) -> (Scene, String) {
    let scene = Scene::with(&format!("dispute_limit: 2m\n{policy}"), "", "");
    let args =
        ["finding", "report", "--title", "Pooling is off", "--category", "bottleneck", "--component", "pool"];
    let more = ["--severity", "high", "--evidence", "Every request opens a connection.", "--format", "json"];
    let made = scene.run(API, &[&args[..], &more].concat()).json();
    let id = made["id"].as_str().expect("an id").to_owned();
    scene.commit("api", "Report");
    let dispute = ["--reason", "It is smaller.", "--evidence", "The configuration says twenty."];
    scene.run(DB, &[&["finding", "dispute", &id], &dispute[..]].concat());
    scene.commit("db", "Dispute");
    scene.run(DB, &["inbox"]);
    (scene, id)
}

#[test]
fn a_dispute_that_nobody_decides_is_told_and_holds_back_nobody() {
    let (scene, id) = scene("rules:\n  overdue-dispute: block\n");
    assert_eq!(scene.found_in_stage(OPS), [""; 0]);
    assert_eq!(scene.found_in_stage(API), ["warn overdue-dispute"]);
    assert_eq!(scene.found_in_stage(LEAD), ["warn overdue-dispute"]);
    documented("overdue-dispute", &scene.staged(LEAD).exits(0).stdout);
    scene.run(LEAD, &["finding", "decide", &id, "--outcome", "rejected", "--reason", "It is smaller."]);
    assert_eq!(scene.found_in_stage(LEAD), [""; 0]);
}

#[test]
fn nobody_confirms_the_own_finding_and_only_a_lead_decides() {
    let (scene, id) = scene("");
    let path = scene.git(&["ls-files", ".perfteam/findings"]);
    let folder = path.lines().next().and_then(|line| line.rsplit_once('/')).expect("a folder").0.to_owned();
    let event = |what: &str, by: &str, more: &str| {
        let text = format!(
            "---\nrecord: {id}\nevent: {what}\nby: \"{by}\"\nat: \"2026-11-20T15:30:00.000Z\"\nseq: 2\nafter:\n  - {}\n{more}---\n\nIt is as I said before.\n",
            scene.events(&folder)[0].rsplit('/').next().expect("a name").trim_end_matches(".md")
        );
        let file = format!("{folder}/20261120T153000.000Z-{what}-abcdef.md");
        scene.repo.write(&file, &text);
        scene.git(&["add", "-A"]);
        let found = scene.found_in_stage(by);
        scene.git(&["rm", "-qf", &file]);
        found
    };
    assert!(event("confirmed", API, "").contains(&"block illegal-step".to_owned()));
    let decision = "verdict: confirmed\noutcome: it stands\n";
    assert!(event("decided", DB, decision).contains(&"block illegal-step".to_owned()));
    assert!(!event("decided", LEAD, decision).contains(&"block illegal-step".to_owned()));
}
