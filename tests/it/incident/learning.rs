//! What was learnt is written down, and the investigation closes with it.

use super::Incident;
use super::standing::End;
use crate::investigations::{API, LEAD, OPS, text};
use insta::assert_snapshot;
use serde_json::json;

impl Incident {
    /// The phase as its commands tell it, from the last window to the next incident.
    pub fn learning(&self) {
        let incident = self;
        let plain = |text: &str| incident.plain(text);
        assert_snapshot!(plain(&incident.run(LEAD, &["investigate", "close", &incident.id]).exits(1).stderr), @r#"
        error: it is too early: 8 things are missing in the phase learning
          why: what is not written down is found out again, in the next incident
          try: DIR/retrospective.md:14: the placeholder [WHAT_WORKED] is left: write what it stands for, or take the line out
          try: DIR/retrospective.md:18: the placeholder [WHAT_DID_NOT] is left: write what it stands for, or take the line out
          try: DIR/retrospective.md:22: the placeholder [LEARNING] is left: write what it stands for, or take the line out
          try: DIR/retrospective.md:28: the placeholder [MEASURE] is left: write what it stands for, or take the line out
          try: DIR/retrospective.md:34: the placeholder [STEP] is left: write what it stands for, or take the line out
          try: with an editor, or by commands such as: perfteam investigate write ID --document retrospective --section 'What worked well' --item '[WHAT_WORKED]'
          try: see all that is missing: perfteam investigate status ID
        "#);
        incident.run(API, &["investigate", "retro", &incident.id]).exits(1);
        assert_snapshot!(plain(&incident.run(LEAD, &["investigate", "retro", &incident.id]).exits(0).stdout), @r#"
        reviewed ID: Checkout is slow
          DIR/20261120T163200.000Z-reviewed-445g0v.md
        filled in: DIR/retrospective.md
        left to write:
          DIR/retrospective.md:14: the placeholder [WHAT_WORKED] is left: write what it stands for, or take the line out
          DIR/retrospective.md:18: the placeholder [WHAT_DID_NOT] is left: write what it stands for, or take the line out
          DIR/retrospective.md:35: the placeholder [STEP] is left: write what it stands for, or take the line out
          DIR/retrospective.md:44: the placeholder [PATTERN_AND_ITS_SIGNS] is left: write what it stands for, or take the line out
          DIR/retrospective.md:50: the placeholder [WHAT_CHANGED_OR_WHY_NOTHING] is left: write what it stands for, or take the line out
        then: perfteam investigate close ID
        "#);
        assert_snapshot!(plain(&incident.run(LEAD, &["investigate", "close", &incident.id]).exits(1).stderr), @r#"
        error: it is too early: 5 things are missing in the phase learning
          why: what is not written down is found out again, in the next incident
          try: DIR/retrospective.md:14: the placeholder [WHAT_WORKED] is left: write what it stands for, or take the line out
          try: DIR/retrospective.md:18: the placeholder [WHAT_DID_NOT] is left: write what it stands for, or take the line out
          try: DIR/retrospective.md:35: the placeholder [STEP] is left: write what it stands for, or take the line out
          try: DIR/retrospective.md:44: the placeholder [PATTERN_AND_ITS_SIGNS] is left: write what it stands for, or take the line out
          try: DIR/retrospective.md:50: the placeholder [WHAT_CHANGED_OR_WHY_NOTHING] is left: write what it stands for, or take the line out
          try: with an editor, or by commands such as: perfteam investigate write ID --document retrospective --section 'What worked well' --item '[WHAT_WORKED]'
          try: see all that is missing: perfteam investigate status ID
        "#);
        reviewed(incident);
        incident.stands(End::Retrospective);
        assert_snapshot!(incident.document("retrospective.md"), @r#"
        # Retrospective: Checkout is slow

        Investigation `ID` of checkout, user-profile, coordinated by @performance.lead. Due 2026-11-22 15:05.

        <!--
        What does the team know now that it did not know before? The investigation closes when this is
        written. What is still missing, line by line:

            perfteam investigate status ID
        -->

        ## What worked well

        - Three looked at once

        ## What could be better

        - Nobody saw the change of configuration

        ## Key learnings

        - The pool was reduced from 50 to 20 connections (reported as "Connection pooling is disabled", [finding <pooling>](../../../findings/2026-11-20/connection-pooling-is-disabled-<pooling>/))
        - p95 rose from 250 ms to 890 ms (reported as "Response times rose by 300 ms", [finding <response>](../../../findings/2026-11-20/response-times-rose-by-300-ms-<response>/))

        ## Preventive measures

        <!-- Each becomes a task when the investigation is closed; an @handle in it says who does it. -->

        - review changes of configuration
        - Alert when 70 % of the pool are in use (@ops.performance)

        ## Playbook

        <!-- The first steps for whoever meets this again: they become an entry of the team's knowledge. -->

        - Compare the pool with its size of last week
        - Look at the hit rate of the session cache

        ## Patterns

        <!--
        What comes back, and how to know it: `name: signs`. Each becomes an entry of the team's knowledge;
        or one sentence that says why there is none.
        -->

        - Exhausted pool: p95 rises in steps while the database idles

        ## Incident response

        <!-- What was changed in the way the team responds to incidents, and where; or why nothing was. -->

        docs/incidents.md: the pool is looked at first.
        "#);
        let closed = incident.json(LEAD, &["investigate", "close", &incident.id]);
        let tasks = closed["tasks"].as_array().expect("tasks");
        assert_eq!(
            tasks.iter().map(|task| task["new"].clone()).collect::<Vec<_>>(),
            [json!(false), json!(true)]
        );
        incident.name("alert", text(&tasks[1], "id"));
        let task = incident.json(LEAD, &["task", "show", text(&tasks[1], "id")]);
        assert_eq!((&task["to"], &task["parent"]), (&json!(OPS), &json!(incident.id)));
        for path in closed["knowledge"].as_array().expect("paths") {
            let path = path.as_str().expect("a path");
            let kind = path.split('/').nth(2).expect("a kind");
            incident.call(path, &format!("<{}>", kind.trim_start_matches("investigation-")));
            let text = incident.plain(&incident.repo.read(path));
            match path.split('/').nth(2) {
                Some("investigation-log") => assert_snapshot!(text, @r#"
                ---
                kind: investigation-log
                title: Checkout is slow
                by: "@performance.lead"
                at: "2026-11-20T16:42:00.000Z"
                taught_by:
                  - ID
                  - <pooling>
                  - "<response>"
                  - "<session>"
                  - <orm>
                  - <scaling>
                systems:
                  - checkout
                  - user-profile
                metrics:
                  database_connections:
                    before: "95%"
                    after: "62%"
                  p95_latency:
                    before: "890ms"
                    after: "240ms"
                ---

                - Duration: 97m, from 2026-11-20 15:05 to 2026-11-20 16:42
                - Impact: 15 % of the traffic waits 890 ms instead of 250 ms, mostly at checkout.
                - Outcome: database_connections: 95% -> 62% (-35 %); p95_latency: 890ms -> 240ms (-73 %)

                ## Root cause

                The pool was reduced from 50 to 20 connections

                config/production.yml: 50 until abc123, 20 since (finding <pooling>, decided by @performance.lead: The file says 20; who waits for one takes it for a new one)

                ## Key learnings

                - The pool was reduced from 50 to 20 connections (reported as "Connection pooling is disabled", finding <pooling>)
                - p95 rose from 250 ms to 890 ms (reported as "Response times rose by 300 ms", finding <response>)

                ## Preventive measures

                - review changes of configuration (task <fix 5>)
                - Alert when 70 % of the pool are in use (@ops.performance) (task <alert>)

                ## Incident response

                docs/incidents.md: the pool is looked at first.
                "#),
                Some("playbook") => assert_snapshot!(text, @r#"
                ---
                kind: playbook
                title: Checkout is slow
                by: "@performance.lead"
                at: "2026-11-20T16:42:00.000Z"
                taught_by:
                  - ID
                  - <pooling>
                  - "<response>"
                  - "<session>"
                  - <orm>
                  - <scaling>
                systems:
                  - checkout
                  - user-profile
                ---

                ## Signs

                p95 alert at 14:15

                15 % of the traffic waits 890 ms instead of 250 ms, mostly at checkout.

                ## Diagnosis

                1. Compare the pool with its size of last week
                2. Look at the hit rate of the session cache

                ## Remedy

                - pool back to 50 connections
                - session cache on again, TTL 10 minutes
                - pin the ORM to 4.1
                - mend the trigger of auto-scaling

                ## Prevention

                - review changes of configuration
                - Alert when 70 % of the pool are in use (@ops.performance)
                "#),
                Some("pattern") => assert_snapshot!(text, @r#"
                ---
                kind: pattern
                title: Exhausted pool
                by: "@performance.lead"
                at: "2026-11-20T16:42:00.000Z"
                taught_by:
                  - ID
                  - <pooling>
                  - "<response>"
                  - "<session>"
                  - <orm>
                  - <scaling>
                systems:
                  - checkout
                  - user-profile
                ---

                ## Signs

                p95 rises in steps while the database idles

                ## Cause

                The pool was reduced from 50 to 20 connections

                config/production.yml: 50 until abc123, 20 since (finding <pooling>, decided by @performance.lead: The file says 20; who waits for one takes it for a new one)

                ## Remedy

                - pool back to 50 connections
                - session cache on again, TTL 10 minutes
                - pin the ORM to 4.1
                - mend the trigger of auto-scaling
                "#),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(closed["knowledge"].as_array().map(Vec::len), Some(3));
        let shown = incident.json(LEAD, &["task", "show", &incident.id_of("retrospective")]);
        assert_eq!(shown["status"], "completed");
        incident.run(LEAD, &["investigate", "close", &incident.id]).exits(4);
        let found = incident.run(LEAD, &["knowledge", "search", "pool exhausted p95"]).exits(0).stdout;
        assert!(found.contains("taught by investigation"), "{found}");
    }
}

pub fn reviewed(incident: &Incident) {
    incident.run(LEAD, &["investigate", "retro", &incident.id]).exits(0);
    let write = |section, what, texts: &[&str]| incident.write(LEAD, "retrospective", section, what, texts);
    write("What worked well", "--item", &["Three looked at once"]);
    write("What could be better", "--item", &["Nobody saw the change of configuration"]);
    write("Preventive measures", "--item", &["Alert when 70 % of the pool are in use (@ops.performance)"]);
    write(
        "Playbook",
        "--item",
        &["Compare the pool with its size of last week", "Look at the hit rate of the session cache"],
    );
    write("Patterns", "--item", &["Exhausted pool: p95 rises in steps while the database idles"]);
    write("Incident response", "--text", &["docs/incidents.md: the pool is looked at first."]);
}
