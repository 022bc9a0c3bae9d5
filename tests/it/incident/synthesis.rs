//! The evidence is brought together, the strategy becomes tasks, the fixes are made.

use super::Incident;
use super::standing::End;
use crate::investigations::{API, LEAD, OPS, text};
use insta::assert_snapshot;
use serde_json::Value;

impl Incident {
    /// Synthesis, strategy and plan as their commands tell them; the first fix.
    pub fn synthesis(&self) -> Value {
        let incident = self;
        let synthesize = ["investigate", "synthesize", &incident.id];
        let plan = ["investigate", "plan", &incident.id];
        incident.run(API, &synthesize).exits(1);
        let pooling = incident.id_of("pooling");
        let cause = [&synthesize[..], &["--root-cause", &pooling]].concat();
        assert_snapshot!(incident.plain(&incident.run(LEAD, &cause).exits(0).stdout), @r#"
        synthesized ID: Checkout is slow
          DIR/20261120T154800.000Z-synthesized-1j4grk.md
        filled in: DIR/synthesis.md
        5 things left to write: perfteam investigate status ID
        "#);
        assert_snapshot!(incident.document("synthesis.md"), @r#"
        # Synthesis: Checkout is slow

        Investigation `ID` of checkout, user-profile, coordinated by @performance.lead. Due 2026-11-20 19:05.

        <!--
        What do the three views say together? `perfteam investigate synthesize ID` fills in what the
        findings say, and leaves alone what you have written. What is still missing, line by line:

            perfteam investigate status ID
        -->

        ## Root cause

        <!-- The one thing without which it would not have happened, and how it leads to what users feel. -->

        **The pool was reduced from 50 to 20 connections**

        config/production.yml: 50 until abc123, 20 since ([finding <pooling>](../../../findings/2026-11-20/connection-pooling-is-disabled-<pooling>/), decided by @performance.lead: The file says 20; who waits for one takes it for a new one)

        ## Evidence

        | Role | Finding | Evidence |
        |---|---|---|
        | data | Queries take three times as long | db.log: 30 ms until 14:10, 90 ms from 14:15 |
        | data | p95 rose from 250 ms to 890 ms | monitoring/logs: p95 250 ms before 14:10, 890 ms since 14:15 ([finding <response>](../../../findings/2026-11-20/response-times-rose-by-300-ms-<response>/), decided by @performance.lead: The logs say 890 ms; 300 ms was the mean over all endpoints) |
        | code | The pool was reduced from 50 to 20 connections | config/production.yml: 50 until abc123, 20 since ([finding <pooling>](../../../findings/2026-11-20/connection-pooling-is-disabled-<pooling>/), decided by @performance.lead: The file says 20; who waits for one takes it for a new one) |
        | code | Session cache is off | def456 removes the middleware: 150 ms more for each request ([finding <session>](../../../findings/2026-11-20/session-cache-is-off-<session>/)) |
        | code | ORM 5.0 is slower | Complex queries take two to three times as long as with 4.1 ([finding <orm>](../../../findings/2026-11-20/orm-5-0-is-slower-<orm>/)) |
        | infrastructure | The pool is exhausted | 95 % of 20 connections in use, 60 % of 50 before |
        | infrastructure | Auto-scaling does not start | CPU at 90 % for ten minutes, and no new server ([finding <scaling>](../../../findings/2026-11-20/auto-scaling-does-not-start-<scaling>/)) |

        ## Contributing factors

        | Factor | Evidence |
        |---|---|
        | p95 rose from 250 ms to 890 ms | monitoring/logs: p95 250 ms before 14:10, 890 ms since 14:15 ([finding <response>](../../../findings/2026-11-20/response-times-rose-by-300-ms-<response>/), decided by @performance.lead: The logs say 890 ms; 300 ms was the mean over all endpoints) |
        | Session cache is off | def456 removes the middleware: 150 ms more for each request ([finding <session>](../../../findings/2026-11-20/session-cache-is-off-<session>/)) |
        | ORM 5.0 is slower | Complex queries take two to three times as long as with 4.1 ([finding <orm>](../../../findings/2026-11-20/orm-5-0-is-slower-<orm>/)) |
        | Auto-scaling does not start | CPU at 90 % for ten minutes, and no new server ([finding <scaling>](../../../findings/2026-11-20/auto-scaling-does-not-start-<scaling>/)) |

        ## Impact

        - Performance: p95_latency 250ms -> 890ms (+256 %), database_query_time 30ms -> 90ms (+200 %)
        - Users: Share of all requests: 15 %; Users: those who check out; Regions: all

        ## Strategy

        <!--
        Each row becomes a task: `perfteam investigate plan ID`. Impact and Risk are critical, high,
        medium or low; Effort is a duration such as 30m; steps are separated by semicolons.
        -->

        ### Immediate

        <!-- Within an hour: what makes it better at once. -->

        | Fix | By | Impact | Effort | Risk | Steps | Roll-back |
        |---|---|---|---|---|---|---|
        | session cache on again, TTL 10 minutes | @backend.api | [LEVEL] | [DURATION] | [LEVEL] | [STEPS] | [ROLL_BACK] |
        | pool back to 50 connections | @ops.performance | [LEVEL] | [DURATION] | [LEVEL] | [STEPS] | [ROLL_BACK] |

        ### Short-term

        <!-- Within a day: what mends it properly. -->

        | Fix | By | Impact | Effort | Risk | Steps | Roll-back |
        |---|---|---|---|---|---|---|
        | pin the ORM to 4.1 | @backend.api | [LEVEL] | [DURATION] | [LEVEL] | [STEPS] | [ROLL_BACK] |
        | mend the trigger of auto-scaling | @ops.performance | [LEVEL] | [DURATION] | [LEVEL] | [STEPS] | [ROLL_BACK] |

        ### Long-term

        <!-- Within a week: what keeps it from coming back. -->

        | Fix | By | Impact | Effort | Risk | Steps | Roll-back |
        |---|---|---|---|---|---|---|
        | review changes of configuration | @ops.performance | [LEVEL] | [DURATION] | [LEVEL] | [STEPS] | [ROLL_BACK] |
        "#);
        incident.run(LEAD, &plan).exits(1);
        incident.strategy();
        // What people wrote stays, however often it is brought together.
        let written = incident.document("synthesis.md");
        incident.run(LEAD, &cause).exits(0);
        assert_eq!(incident.document("synthesis.md"), written);
        incident.stands(End::Synthesis);
        let planned = incident.json(LEAD, &plan);
        for (at, fix) in planned["fixes"].as_array().expect("fixes").iter().enumerate() {
            incident.name(&format!("fix {}", at + 1), text(fix, "id"));
        }
        incident.run(LEAD, &plan).exits(1);
        let fix = &planned["fixes"][0];
        let task = incident.repo.read(&format!("{}/task.md", text(fix, "path")));
        assert_snapshot!(incident.plain(&task), @r#"
        ---
        id: <fix 1>
        type: implementation
        title: pool back to 50 connections
        from: "@performance.lead"
        to: "@ops.performance"
        priority: critical
        at: "2026-11-20T15:56:00.000Z"
        system: checkout
        parameters:
          horizon: immediate
          effort: "30m"
          risk: low
          roll_back: deploy the last release
        deadline: "2026-11-20T16:26:00.000Z"
        measured: true
        chain: ID
        parent: ID
        ---

        ## Objective

        pool back to 50 connections

        ## Context

        A fix of investigation ID (Checkout is slow); the root cause stands in `DIR/synthesis.md`.

        ## Requirements

        - revert the pool of abc123
        - deploy
        - watch it for 30 min
        - When it makes things worse: deploy the last release

        ## Expected output

        - What it changed: `perfteam task complete ID --note TEXT --metric p95_latency=BEFORE..AFTER`.
        "#);
        incident.stands(End::Plan);
        fix.clone()
    }

    /// The fixes as their commands tell them.
    pub fn fixes(&self, fix: &Value) {
        let incident = self;
        incident.run(OPS, &["task", "start", text(fix, "id")]).exits(0);
        let bare = ["task", "complete", text(fix, "id"), "--note", "Deployed."];
        assert_snapshot!(incident.plain(&incident.run(OPS, &bare).exits(1).stderr), @r#"
        error: task <fix 1> closes with what it changed, and no figure says so
          why: whether it helped is known only by a figure before and after
          try: perfteam task complete <fix 1> --note TEXT --metric p95_latency=890ms..240ms
        "#);
        incident.run(OPS, &["task", "block", text(fix, "id"), "--reason", "The deployment waits."]).exits(0);
        incident.run(OPS, &["task", "unblock", text(fix, "id")]).exits(0);
        incident.fix();
    }
}

#[test]
fn a_fix_that_is_added_later_is_planned_too_and_a_role_can_be_left_out_late() {
    let incident = Incident::open();
    let waive =
        ["investigate", "waive", &incident.id, "--part", "infrastructure", "--reason", "Nobody has access."];
    let said = incident.run(LEAD, &waive).exits(0).stdout;
    assert!(incident.plain(&said).contains("cancelled its task: <infrastructure>"), "{said}");
    let synthesis = incident.json(LEAD, &["task", "show", &incident.id_of("synthesis")]);
    let depends: Vec<&str> =
        synthesis["depends"].as_array().expect("ids").iter().map(|id| id.as_str().expect("an id")).collect();
    assert_eq!(depends, [incident.id_of("data"), incident.id_of("code")]);
    incident.to_plan();
    let synthesis = incident.document("synthesis.md");
    assert!(!synthesis.contains("| infrastructure |"), "what is left out has no row:\n{synthesis}");
    let plan = ["investigate", "plan", &incident.id];
    incident.run(LEAD, &plan).exits(1);
    let row = "Warm up the cache | @nobody.here | low | 1h | low | run the script | none is needed";
    incident.write(LEAD, "synthesis", "Immediate", "--row", &[row]);
    let stderr = incident.run(LEAD, &plan).exits(1).stderr;
    assert!(stderr.contains("@nobody.here") && stderr.contains("synthesis.md:"), "{stderr}");
    let path = format!("{}/synthesis.md", incident.path);
    incident.repo.write(&path, &incident.repo.read(&path).replace("@nobody.here", "@backend.api"));
    let planned = incident.json(LEAD, &plan);
    assert_eq!(planned["fixes"].as_array().expect("fixes").len(), 1);
    assert_eq!(incident.missing().len(), planned_fixes(&incident));
    let validation = incident.json(LEAD, &["task", "show", &incident.id_of("validation")]);
    assert_eq!(validation["depends"].as_array().expect("ids").len(), 1 + planned_fixes(&incident));
}

/// How many fixes must be made before the validation.
fn planned_fixes(incident: &Incident) -> usize {
    let shown = incident.json(LEAD, &["investigate", "show", &incident.id]);
    shown["fixes"].as_array().expect("ids").len()
}
