//! How the incident stands at the end of each phase: the same, whether commands wrote the files or people.

use super::Incident;
use crate::investigations::LEAD;
use insta::{allow_duplicates, assert_snapshot};

/// The end of a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The evidence is there, and disputes are decided.
    Evidence,
    /// The synthesis is written.
    Synthesis,
    /// The fixes are planned.
    Plan,
    /// The fixes are made.
    Fixes,
    /// All windows passed.
    Windows,
    /// The retrospective is written.
    Retrospective,
    /// It is closed.
    Close,
}

impl Incident {
    /// What `investigate status` says at the end of a phase.
    #[track_caller]
    pub fn stands(&self, end: End) {
        let status = self.said(&["investigate", "status", &self.id]);
        // Who begins the retrospective without a template is told of no placeholder.
        let (status, _) =
            status.split_once("\n\nMissing").filter(|_| end == End::Windows).unwrap_or((&status, ""));
        allow_duplicates! { match end {
            End::Evidence => assert_snapshot!(status, @r#"
            Checkout is slow
            id        ID (in DIR)
            priority  high
            phase     evidence
            by        @performance.lead

            now   evidence        data            task <data>  @database.postgres, completed
                                  code            task <code>  @backend.api, completed
                                  infrastructure  task <infrastructure>  @ops.performance, completed
            later synthesis       synthesis       task <synthesis>  @performance.lead, pending, TIME left
            later implementation  implementation  task <implementation>  @performance.lead, waits for <synthesis>, TIME left
            later validation      validation      task <validation>  @performance.lead, waits for <implementation>, TIME left
            later learning        retrospective   task <retrospective>  @performance.lead, waits for <validation>, TIME left

            next: perfteam investigate synthesize ID
            "#),
            End::Synthesis => assert_snapshot!(status, @r#"
            Checkout is slow
            id        ID (in DIR)
            priority  high
            phase     synthesis
            by        @performance.lead

            done  evidence        data            task <data>  @database.postgres, completed
                                  code            task <code>  @backend.api, completed
                                  infrastructure  task <infrastructure>  @ops.performance, completed
            now   synthesis       synthesis       task <synthesis>  @performance.lead, pending, TIME left
            later implementation  implementation  task <implementation>  @performance.lead, waits for <synthesis>, TIME left
            later validation      validation      task <validation>  @performance.lead, waits for <implementation>, TIME left
            later learning        retrospective   task <retrospective>  @performance.lead, waits for <validation>, TIME left

            next: perfteam investigate plan ID
            "#),
            End::Plan => assert_snapshot!(status, @r#"
            Checkout is slow
            id        ID (in DIR)
            priority  high
            phase     implementation
            by        @performance.lead

            done  evidence        data            task <data>  @database.postgres, completed
                                  code            task <code>  @backend.api, completed
                                  infrastructure  task <infrastructure>  @ops.performance, completed
            done  synthesis       synthesis       task <synthesis>  @performance.lead, completed
            now   implementation  implementation  task <implementation>  @performance.lead, completed
                                  fix             task <fix 1>  @ops.performance, pending, TIME left  pool back to 50 connections
                                  fix             task <fix 2>  @backend.api, pending, TIME left  session cache on again, TTL 10 minutes
                                  fix             task <fix 3>  @backend.api, pending, TIME left  pin the ORM to 4.1
                                  fix             task <fix 4>  @ops.performance, pending, TIME left  mend the trigger of auto-scaling
                                  fix, later      task <fix 5>  @ops.performance, pending, TIME left  review changes of configuration
            later validation      validation      task <validation>  @performance.lead, waits for <fix 1>, <fix 2>, <fix 3> and <fix 4>, TIME left
            later learning        retrospective   task <retrospective>  @performance.lead, waits for <validation>, TIME left

            Missing before it goes on (4)
            .perfteam/tasks/2026-11-20/pool-back-to-50-connections-<fix 1>/task.md:1: fix <fix 1> (pool back to 50 connections, @ops.performance) is not begun: perfteam task start <fix 1>, then perfteam task complete <fix 1> --note TEXT --metric NAME=BEFORE..AFTER
            .perfteam/tasks/2026-11-20/session-cache-on-again-ttl-10-minutes-<fix 2>/task.md:1: fix <fix 2> (session cache on again, TTL 10 minutes, @backend.api) is not begun: perfteam task start <fix 2>, then perfteam task complete <fix 2> --note TEXT --metric NAME=BEFORE..AFTER
            .perfteam/tasks/2026-11-20/pin-the-orm-to-4-1-<fix 3>/task.md:1: fix <fix 3> (pin the ORM to 4.1, @backend.api) is not begun: perfteam task start <fix 3>, then perfteam task complete <fix 3> --note TEXT --metric NAME=BEFORE..AFTER
            .perfteam/tasks/2026-11-20/mend-the-trigger-of-auto-scaling-<fix 4>/task.md:1: fix <fix 4> (mend the trigger of auto-scaling, @ops.performance) is not begun: perfteam task start <fix 4>, then perfteam task complete <fix 4> --note TEXT --metric NAME=BEFORE..AFTER

            then: perfteam investigate validate ID --window 1
            "#),
            End::Fixes => assert_snapshot!(status, @r#"
            Checkout is slow
            id        ID (in DIR)
            priority  high
            phase     implementation
            by        @performance.lead

            done  evidence        data            task <data>  @database.postgres, completed
                                  code            task <code>  @backend.api, completed
                                  infrastructure  task <infrastructure>  @ops.performance, completed
            done  synthesis       synthesis       task <synthesis>  @performance.lead, completed
            now   implementation  implementation  task <implementation>  @performance.lead, completed
                                  fix             task <fix 1>  @ops.performance, completed  pool back to 50 connections
                                  fix             task <fix 2>  @backend.api, completed  session cache on again, TTL 10 minutes
                                  fix             task <fix 3>  @backend.api, completed  pin the ORM to 4.1
                                  fix             task <fix 4>  @ops.performance, completed  mend the trigger of auto-scaling
                                  fix, later      task <fix 5>  @ops.performance, pending, TIME left  review changes of configuration
            later validation      validation      task <validation>  @performance.lead, pending, TIME left
            later learning        retrospective   task <retrospective>  @performance.lead, waits for <validation>, TIME left

            next: perfteam investigate validate ID --window 1
            "#),
            End::Windows => assert_snapshot!(status, @r#"
            Checkout is slow
            id        ID (in DIR)
            priority  high
            phase     learning
            by        @performance.lead

            done  evidence        data            task <data>  @database.postgres, completed
                                  code            task <code>  @backend.api, completed
                                  infrastructure  task <infrastructure>  @ops.performance, completed
            done  synthesis       synthesis       task <synthesis>  @performance.lead, completed
            done  implementation  implementation  task <implementation>  @performance.lead, completed
                                  fix             task <fix 1>  @ops.performance, completed  pool back to 50 connections
                                  fix             task <fix 2>  @backend.api, completed  session cache on again, TTL 10 minutes
                                  fix             task <fix 3>  @backend.api, completed  pin the ORM to 4.1
                                  fix             task <fix 4>  @ops.performance, completed  mend the trigger of auto-scaling
                                  fix, later      task <fix 5>  @ops.performance, pending, TIME left  review changes of configuration
            done  validation      validation      task <validation>  @performance.lead, completed
            now   learning        retrospective   task <retrospective>  @performance.lead, pending, TIME left
            "#),
            End::Retrospective => assert_snapshot!(status, @r#"
            Checkout is slow
            id        ID (in DIR)
            priority  high
            phase     learning
            by        @performance.lead

            done  evidence        data            task <data>  @database.postgres, completed
                                  code            task <code>  @backend.api, completed
                                  infrastructure  task <infrastructure>  @ops.performance, completed
            done  synthesis       synthesis       task <synthesis>  @performance.lead, completed
            done  implementation  implementation  task <implementation>  @performance.lead, completed
                                  fix             task <fix 1>  @ops.performance, completed  pool back to 50 connections
                                  fix             task <fix 2>  @backend.api, completed  session cache on again, TTL 10 minutes
                                  fix             task <fix 3>  @backend.api, completed  pin the ORM to 4.1
                                  fix             task <fix 4>  @ops.performance, completed  mend the trigger of auto-scaling
                                  fix, later      task <fix 5>  @ops.performance, pending, TIME left  review changes of configuration
            done  validation      validation      task <validation>  @performance.lead, completed
            now   learning        retrospective   task <retrospective>  @performance.lead, pending, TIME left

            next: perfteam investigate close ID
            "#),
            End::Close => assert_snapshot!(status, @r#"
            Checkout is slow
            id        ID (in DIR)
            priority  high
            phase     closed
            by        @performance.lead

            done  evidence        data            task <data>  @database.postgres, completed
                                  code            task <code>  @backend.api, completed
                                  infrastructure  task <infrastructure>  @ops.performance, completed
            done  synthesis       synthesis       task <synthesis>  @performance.lead, completed
            done  implementation  implementation  task <implementation>  @performance.lead, completed
                                  fix             task <fix 1>  @ops.performance, completed  pool back to 50 connections
                                  fix             task <fix 2>  @backend.api, completed  session cache on again, TTL 10 minutes
                                  fix             task <fix 3>  @backend.api, completed  pin the ORM to 4.1
                                  fix             task <fix 4>  @ops.performance, completed  mend the trigger of auto-scaling
                                  fix, later      task <fix 5>  @ops.performance, pending, TIME left  review changes of configuration
            done  validation      validation      task <validation>  @performance.lead, completed
            done  learning        retrospective   task <retrospective>  @performance.lead, completed
            "#),
        }}
    }

    /// What is left when it is closed: the record, its findings, what is still to be done, what was learnt.
    #[track_caller]
    pub fn is_told(&self) {
        allow_duplicates! {
        assert_snapshot!(self.said(&["investigate", "show", &self.id]), @r#"
        Checkout is slow
        id        ID (in DIR)
        priority  high
        by        @performance.lead
        opened    TIME
        phase     closed
        systems   checkout, user-profile
        trigger   p95 alert at 14:15
        success   p95_latency < 300ms, target < 250ms
        success   error_rate < 0.1%, target < 0.05%
        success   database_connections < 70%

        Impact
        15 % of the traffic waits 890 ms instead of 250 ms, mostly at checkout.

        Documents
        DIR/data.md
        DIR/code.md
        DIR/infrastructure.md
        DIR/synthesis.md
        DIR/validation.md
        DIR/retrospective.md

        Findings
        <pooling>      critical, confirmed, @backend.api: Connection pooling is disabled
        <response>      high, confirmed, @database.postgres: Response times rose by 300 ms
        <session>      high, reported, @backend.api: Session cache is off
        <orm>      medium, reported, @backend.api: ORM 5.0 is slower
        <scaling>      medium, reported, @ops.performance: Auto-scaling does not start

        Events
        TIME  delegated by @performance.lead
            tasks: {"data":"<data>","code":"<code>","infrastructure":"<infrastructure>","synthesis":"<synthesis>","implementation":"<implementation>","validation":"<validation>","retrospective":"<retrospective>"}
        TIME  synthesized by @performance.lead
        TIME  planned by @performance.lead
            tasks: ["<fix 1>","<fix 2>","<fix 3>","<fix 4>"]
            later: ["<fix 5>"]
        TIME  validated by @performance.lead
            window: 1
            passed: true
            measured: {"database_connections":"62%","error_rate":"0.06%","p95_latency":"240ms"}
        TIME  validated by @performance.lead
            window: 2
            passed: true
            measured: {"database_connections":"62%","error_rate":"0.06%","p95_latency":"240ms"}
        TIME  validated by @performance.lead
            window: 3
            passed: true
            measured: {"database_connections":"62%","error_rate":"0.06%","p95_latency":"240ms"}
        TIME  reviewed by @performance.lead
        TIME  closed by @performance.lead
            knowledge: ["<log>","<playbook>","<pattern>"]
            tasks: ["<fix 5>","<alert>"]
            database_connections: 95% -> 62% (-35 %); p95_latency: 890ms -> 240ms (-73 %)

        how it stands: perfteam investigate status ID
        "#);
        assert_snapshot!(self.said(&["finding", "list", "--investigation", &self.id]), @r#"
        regression: orm
          <orm>   medium   reported  @backend.api  TIME ago  ORM 5.0 is slower (regression)

        regression: pooling
          <pooling>   critical confirmed @backend.api  TIME ago  Connection pooling is disabled (regression)

        regression: response
          <response>   high     confirmed @database.postgres  TIME ago  Response times rose by 300 ms (regression)

        regression: scaling
          <scaling>   medium   reported  @ops.performance  TIME ago  Auto-scaling does not start (regression)

        regression: session
          <session>   high     reported  @backend.api  TIME ago  Session cache is off (regression)
        "#);
        assert_snapshot!(self.said(&["task", "list"]), @r#"
        <detect pooling>   critical pending   @performance.lead -> nobody yet  TIME ago  Improve detection: Connection pooling is disabled (implementation)  waits for @ops.performance
        <detect response>   high     pending   @performance.lead -> nobody yet  TIME ago  Improve detection: Response times rose by 300 ms (implementation)  waits for @performance.monitor
        <alert>   high     pending   @performance.lead -> @ops.performance  TIME ago  Alert when 70 % of the pool are in use (@ops.performance) (implementation)
        <fix 5>   medium   pending   @performance.lead -> @ops.performance  TIME ago  review changes of configuration (implementation)  TIME left
        "#);
        let known = self.json(LEAD, &["knowledge", "list"]);
        let entries = known["entries"].as_array().expect("entries").iter();
        let taught = |entry: &serde_json::Value| entry["taught_by"].as_array().map_or(0, Vec::len);
        let lines = entries
            .map(|entry| format!("{}: {}, taught by {}\n", entry["kind"], entry["title"], taught(entry)));
        assert_snapshot!(lines.collect::<String>(), @r#"
        "decision": "Connection pooling is disabled", taught by 1
        "decision": "Response times rose by 300 ms", taught by 1
        "investigation-log": "Checkout is slow", taught by 6
        "pattern": "Exhausted pool", taught by 6
        "playbook": "Checkout is slow", taught by 6
        "#);
        }
    }

    /// What a command says, without ids and times.
    fn said(&self, args: &[&str]) -> String {
        timeless(&self.plain(&self.run(LEAD, args).exits(0).stdout))
    }
}

/// The text with `TIME` for points in time and for how long something is ago or left.
fn timeless(text: &str) -> String {
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let word = |at: usize| {
            let next = words.get(at + 1).map(|next| next.trim_end_matches(','));
            let begins = words[at].starts_with(|c: char| c.is_ascii_digit());
            match begins && (words[at].starts_with("2026-11-") || matches!(next, Some("left" | "ago"))) {
                true => "TIME",
                false => words[at],
            }
        };
        (0..words.len()).map(word).collect::<Vec<_>>().join(" ")
    };
    text.lines().map(|text| line(text) + "\n").collect()
}
