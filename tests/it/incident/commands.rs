//! The whole incident by commands alone.

use super::Incident;
use super::standing::End;
use super::windows::{GOOD, validate};
use crate::investigations::{LEAD, ask};
use insta::assert_snapshot;
use serde_json::json;

#[test]
fn by_commands_alone() {
    let incident = Incident::open();
    assert_snapshot!(incident.document("investigation.md"), @r#"
    ---
    id: ID
    title: Checkout is slow
    from: "@performance.lead"
    priority: high
    at: "2026-11-20T15:05:00.000Z"
    trigger: "p95 alert at 14:15"
    systems:
      - checkout
      - user-profile
    success:
      - "p95_latency < 300ms, target < 250ms"
      - "error_rate < 0.1%, target < 0.05%"
      - "database_connections < 70%"
    due:
      data: "2026-11-20T17:05:00.000Z"
      code: "2026-11-20T17:05:00.000Z"
      infrastructure: "2026-11-20T17:05:00.000Z"
      synthesis: "2026-11-20T19:05:00.000Z"
      implementation: "2026-11-20T23:05:00.000Z"
      validation: "2026-11-21T23:05:00.000Z"
      retrospective: "2026-11-22T15:05:00.000Z"
    ---

    ## Impact

    15 % of the traffic waits 890 ms instead of 250 ms, mostly at checkout.

    ## Success criteria

    - p95_latency < 300ms, target < 250ms
    - error_rate < 0.1%, target < 0.05%
    - database_connections < 70%

    ## Timeline

    | Part | Due |
    |---|---|
    | Data analysis | 2026-11-20 17:05 |
    | Code review | 2026-11-20 17:05 |
    | Infrastructure review | 2026-11-20 17:05 |
    | Synthesis | 2026-11-20 19:05 |
    | Implementation | 2026-11-20 23:05 |
    | Validation | 2026-11-21 23:05 |
    | Retrospective | 2026-11-22 15:05 |
    "#);
    incident.evidence();
    incident.commits();
    incident.stands(End::Evidence);
    assert_snapshot!(incident.document("code.md"), @r#"
    # Code: Checkout is slow

    Investigation `ID` of checkout, user-profile, coordinated by @performance.lead. Due 2026-11-20 17:05.

    <!--
    What changed in the code, and what of it can be the reason? Replace every [PLACEHOLDER], take out
    what you don't need; what stands in comments is not shown. Where a table has nothing to say, write
    in its place one sentence that says why. What is still missing, line by line:

        perfteam investigate status ID
    -->

    ## Recent changes

    <!--
        git log --since=yesterday --oneline
        git diff HEAD~10 -- src/
    -->

    | Commit | What it changed | Why it matters |
    |---|---|---|
    | abc123 | settings of the pool | fewer connections |
    | def456 | session cache off | a query more for each request |

    ## Critical findings

    <!--
    N+1 queries, connection pools, caches, blocking calls, memory: each with what shows it. Those on
    which others build are worth a record: perfteam finding report --investigation ID --help
    -->

    | Finding | Evidence |
    |---|---|
    | Session cache is off | def456 removes the middleware: 150 ms more for each request |

    ## Dependencies

    <!-- Which versions changed, and what do their notes and issues say? -->

    The ORM went from 4.1 to 5.0; complex queries are two to three times slower.

    ## Recommended fixes

    - Immediate: session cache on again, TTL 10 minutes
    - Short-term: pin the ORM to 4.1
    "#);
    assert_snapshot!(incident.document("infrastructure.md"), @r#"
    # Infrastructure: Checkout is slow

    Investigation `ID` of checkout, user-profile, coordinated by @performance.lead. Due 2026-11-20 17:05.

    <!--
    What changed around the code: resources, configuration, scaling? Replace every [PLACEHOLDER], take
    out what you don't need; what stands in comments is not shown. Where a table has nothing to say,
    write in its place one sentence that says why. What is still missing, line by line:

        perfteam investigate status ID
    -->

    ## Resources

    <!-- Processors, memory, connections, network: before and after, each with a unit. -->

    | Quantity | Before | After |
    |---|---|---|
    | database_connections | 60% | 95% |
    | memory | 2GiB | 2.8GiB |
    | cpu | 55% | 90% |

    ## Configuration changes

    | What | Before | After | Since |
    |---|---|---|---|
    | connection pool | 50 | 20 | abc123 |
    | application timeout | 30s | 60s | abc123 |

    ## Scaling

    <!-- Auto-scaling, load balancing, replicas: did they do what they should? -->

    Auto-scaling did not start in spite of 90 % CPU; the read replicas are idle.

    ## Critical findings

    <!--
    Each with what shows it. Those on which others build are worth a record, which others can confirm
    or dispute: perfteam finding report --investigation ID --help
    -->

    | Finding | Evidence |
    |---|---|
    | The pool is exhausted | 95 % of 20 connections in use, 60 % of 50 before |

    ## Recommended actions

    - Immediate: pool back to 50 connections
    - Short-term: mend the trigger of auto-scaling
    - Long-term: review changes of configuration
    "#);
    let fix = incident.synthesis();
    incident.commits();
    incident.fixes(&fix);
    assert_eq!(incident.missing(), [""; 0]);
    incident.commits();
    incident.stands(End::Fixes);
    let early = incident.run(LEAD, &validate(&incident, "3", &GOOD)).exits(1).stderr;
    assert!(early.contains("window 1 has not passed yet"), "{early}");
    for window in ["1", "2", "3"] {
        incident.run(LEAD, &validate(&incident, window, &GOOD)).exits(0);
    }
    incident.commits();
    incident.stands(End::Windows);
    assert_snapshot!(incident.document("validation.md"), @r#"
    # Validation: Checkout is slow

    Investigation `ID` of checkout, user-profile, coordinated by @performance.lead. Due 2026-11-21 23:05.

    <!--
    Do the fixes hold? Measure in three windows after they are deployed; a window that misses what is
    required reopens the investigation. What is still missing, line by line:

        perfteam investigate status ID
    -->

    ## Window 1: 0-30 min

    <!-- Are the fixes deployed, do the key figures recover, is nothing else broken? -->

    | Quantity | Required | Target | Measured | Verdict |
    |---|---|---|---|---|
    | p95_latency | < 300ms | < 250ms | 240ms | met, on target |
    | error_rate | < 0.1% | < 0.05% | 0.06% | met |
    | database_connections | < 70% |  | 62% | met |

    ## Window 2: 30 min-2 h

    <!-- Does it hold under normal traffic, on all affected endpoints? -->

    | Quantity | Required | Target | Measured | Verdict |
    |---|---|---|---|---|
    | p95_latency | < 300ms | < 250ms | 240ms | met, on target |
    | error_rate | < 0.1% | < 0.05% | 0.06% | met |
    | database_connections | < 70% |  | 62% | met |

    ## Window 3: 2-24 h

    <!-- Does it hold at the daily peak, without side effects? -->

    | Quantity | Required | Target | Measured | Verdict |
    |---|---|---|---|---|
    | p95_latency | < 300ms | < 250ms | 240ms | met, on target |
    | error_rate | < 0.1% | < 0.05% | 0.06% | met |
    | database_connections | < 70% |  | 62% | met |
    "#);
    incident.learning();
    incident.commits();
    incident.stands(End::Close);
    incident.is_told();
    // The next incident is told of this one.
    let open = ["investigate", "open", "--title", "The pool is exhausted again", "--priority", "high"];
    let more = ["--system", "checkout", "--impact", "15 % of the traffic waits."];
    let opened = ask(&incident.world, &incident.repo, LEAD, &[&open[..], &more].concat());
    assert_eq!(opened["similar"][0]["id"], json!(incident.id));
    assert_eq!(opened["known"].as_array().map(|known| !known.is_empty()), Some(true), "{opened}");
}

impl Incident {
    /// What was written is committed; nothing is wrong with it.
    #[track_caller]
    fn commits(&self) {
        self.world.git(&self.repo, &["add", "-A"]).exits(0);
        self.run(LEAD, &["check", "--staged"]).exits(0);
        self.world.git(&self.repo, &["commit", "-qm", "The incident"]).exits(0);
        self.run(LEAD, &["check"]).exits(0);
    }
}
