//! Closing by hand, on two branches, and with what nobody of the team can do.

use super::learning::reviewed;
use super::windows::{fixed, validated};
use crate::investigations::{LEAD, text};
use insta::assert_snapshot;

#[test]
fn closed_by_hand_it_needs_the_same() {
    let incident = fixed();
    validated(&incident);
    reviewed(&incident);
    let show = incident.json(LEAD, &["investigate", "show", &incident.id]);
    let events = show["events"].as_array().expect("events");
    let last = events.last().expect("an event");
    let seq = last["seq"].as_u64().expect("a number") + 1;
    let after =
        text(last, "file").rsplit('/').next().and_then(|name| name.strip_suffix(".md")).expect("a name");
    let event = |details: &str| {
        format!(
            "---\nrecord: {}\nevent: closed\nby: \"{LEAD}\"\nat: \"2026-11-20T22:00:00.000Z\"\nseq: {seq}\nafter:\n  - {after}\n{details}---\n\np95 is back.\n",
            incident.id
        )
    };
    let path = format!("{}/20261120T220000.000Z-closed-abc123.md", incident.path);
    incident.repo.write(&path, &event(""));
    incident.world.git(&incident.repo, &["add", "-A"]).exits(0);
    let said = incident.run(LEAD, &["check", "--staged"]).exits(1).stdout;
    assert_snapshot!(incident.plain(&said), @r#"
    blocked: investigation ID closes with no entry of .perfteam/knowledge/investigation-log/ [closed-without-learning]
    --> DIR/20261120T220000.000Z-closed-abc123.md:1:1
     = why: what is not written down is found out again, in the next incident
     = try: one command writes entries, tasks and event: perfteam investigate close ID
     = try: or by hand: perfteam knowledge add --kind investigation-log --title TITLE --taught-by ID --edit, and its path into `knowledge` of 20261120T220000.000Z-closed-abc123.md

    blocked: investigation ID closes with no entry of .perfteam/knowledge/playbook/ [closed-without-learning]
    --> DIR/20261120T220000.000Z-closed-abc123.md:1:1
     = why: what is not written down is found out again, in the next incident
     = try: one command writes entries, tasks and event: perfteam investigate close ID
     = try: or by hand: perfteam knowledge add --kind playbook --title TITLE --taught-by ID --edit, and its path into `knowledge` of 20261120T220000.000Z-closed-abc123.md

    blocked: investigation ID closes with no entry of .perfteam/knowledge/pattern/ [closed-without-learning]
    --> DIR/20261120T220000.000Z-closed-abc123.md:1:1
     = why: what is not written down is found out again, in the next incident
     = try: one command writes entries, tasks and event: perfteam investigate close ID
     = try: or by hand: perfteam knowledge add --kind pattern --title TITLE --taught-by ID --edit, and its path into `knowledge` of 20261120T220000.000Z-closed-abc123.md

    blocked: investigation ID closes with no task for 2 preventive measures [closed-without-learning]
    --> DIR/20261120T220000.000Z-closed-abc123.md:1:1
     = why: what is not written down is found out again, in the next incident
     = try: one command writes entries, tasks and event: perfteam investigate close ID
     = try: or by hand: perfteam task create --type implementation --priority high --title TITLE --parent ID, and its id into `tasks` of 20261120T220000.000Z-closed-abc123.md

    warning: somebody@example.com commits a step of @backend.api, whose addresses are others [actor-mismatch]
     --> .perfteam/findings/2026-11-20/connection-pooling-is-disabled-<pooling>/finding.md:6:1
      |
    6 | from: "@backend.api"
      | ^^^^^^^^^^^^^^^^^^^^
      |
      = why: agents who share a work tree commit for each other; a step in another's name could also be false
      = try: if it is @backend.api's, nothing is to be done; else ask: perfteam flag create --type information_request --to @backend.api

    warning: somebody@example.com commits a step of @database.postgres, whose addresses are others [actor-mismatch]
     --> .perfteam/findings/2026-11-20/response-times-rose-by-300-ms-<response>/finding.md:6:1
      |
    6 | from: "@database.postgres"
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = why: agents who share a work tree commit for each other; a step in another's name could also be false
      = try: if it is @database.postgres's, nothing is to be done; else ask: perfteam flag create --type information_request --to @database.postgres

    4 blocking, 2 warnings
    "#);
    let add = |kind: &str| {
        let args = [
            "knowledge",
            "add",
            "--kind",
            kind,
            "--title",
            "Checkout",
            "--name",
            "checkout",
            "--taught-by",
            &incident.id,
        ];
        incident
            .run(LEAD, &[&args[..], &["--text", "The pool was too small, so callers queued."]].concat())
            .exits(0);
        format!("  - .perfteam/knowledge/{kind}/checkout.md\n")
    };
    let entries =
        [add("investigation-log"), add("playbook"), "  - .perfteam/knowledge/pattern/none.md\n".to_owned()]
            .concat();
    let tasks = format!("tasks:\n  - {}\n  - {}\n", incident.id_of("fix 5"), incident.id_of("fix 4"));
    incident.repo.write(&path, &event(&format!("knowledge:\n{entries}{tasks}")));
    incident.world.git(&incident.repo, &["add", "-A"]).exits(0);
    let said = incident.run(LEAD, &["check", "--staged"]).exits(1).stdout;
    assert_snapshot!(incident.plain(&said).lines().next().unwrap_or_default(), @"blocked: investigation ID closes with .perfteam/knowledge/pattern/none.md, which is not there [closed-without-learning]");
    incident.repo.write(
        &path,
        &event(&format!("knowledge:\n{entries}{tasks}")).replace("pattern/none", "pattern/checkout"),
    );
    add("pattern");
    incident.world.git(&incident.repo, &["add", "-A"]).exits(0);
    incident.run(LEAD, &["check", "--staged"]).exits(0);
    let list = incident.json(LEAD, &["investigate", "list", "--status", "closed"]);
    assert_eq!(list["investigations"].as_array().map(Vec::len), Some(1), "{list}");
}

#[test]
fn two_who_close_it_on_two_branches_merge() {
    let incident = fixed();
    validated(&incident);
    reviewed(&incident);
    let git = |args: &[&str]| {
        incident.world.git(&incident.repo, &[&["-c", "core.hooksPath=/dev/null"], args].concat()).exits(0)
    };
    let commit = |message: &str| {
        git(&["add", "-A"]);
        git(&["commit", "-qm", message]);
    };
    // Neither sees what the other does, as in two clones.
    let policy = incident.repo.read(".perfteam/perfteam.yaml");
    let policy = policy.lines().filter(|line| !line.starts_with("scope:")).collect::<Vec<_>>().join("\n");
    incident.repo.write(".perfteam/perfteam.yaml", &format!("{policy}\nscope: branch\n"));
    commit("Before");
    for branch in ["one", "two"] {
        git(&["switch", "-q", "-c", branch, "main"]);
        incident.run(LEAD, &["investigate", "close", &incident.id, "--note", branch]).exits(0);
        commit(branch);
    }
    git(&["merge", "-q", "--no-edit", "one"]);
    let show = incident.json(LEAD, &["investigate", "show", &incident.id]);
    assert_eq!(show["status"], "closed");
    let taught = incident.json(LEAD, &["knowledge", "list", "--taught-by", &incident.id]);
    assert_eq!(taught["entries"].as_array().map(Vec::len), Some(6), "both left what they learnt");
    incident.run(LEAD, &["check"]).exits(0);
}

#[test]
fn a_measure_is_nobodys_whom_the_team_does_not_know() {
    let incident = fixed();
    validated(&incident);
    reviewed(&incident);
    let path = format!("{}/retrospective.md", incident.path);
    incident
        .repo
        .write(&path, &incident.repo.read(&path).replace("(@ops.performance)", "(@ops.performence)"));
    let close = ["investigate", "close", &incident.id];
    assert_snapshot!(incident.plain(&incident.run(LEAD, &close).exits(1).stderr), @r#"
    error: @ops.performence (given by Preventive measures) is not in the roster
      why: what is addressed to nobody is never answered
      try: did you mean @ops.performance?
      try: see who is there: perfteam agent list
      try: or add it: perfteam agent add @ops.performence --title TITLE --description TEXT
      try: it stands in DIR/retrospective.md:30
    "#);
}
