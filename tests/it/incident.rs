//! One incident from trigger to fixes: p95 went from 250 ms to 890 ms for 15 % of the traffic. Once by
//! commands alone, once by editing files alone.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::environment::{Repo, Run, World};
use crate::investigations::{API, DB, LEAD, OPS, ask, text};
use insta::assert_snapshot;
use serde_json::{Value, json};

/// The incident, with short names for what its commands made.
pub struct Incident {
    pub world: World,
    pub repo: Repo,
    pub id: String,
    pub path: String,
    names: RefCell<BTreeMap<String, String>>,
}

impl Incident {
    /// It is opened, and the tasks of all parts are made. The database's agent looks at the metrics.
    pub fn open() -> Incident {
        let (world, repo) = World::with_team();
        let args = ["investigate", "open", "--title", "Checkout is slow", "--priority", "high"];
        let systems = ["--system", "checkout", "--system", "user-profile", "--trigger", "p95 alert at 14:15"];
        let impact = ["--impact", "15 % of the traffic waits 890 ms instead of 250 ms, mostly at checkout."];
        let success = [
            "--success",
            "p95_latency < 300ms, target < 250ms",
            "--success",
            "error_rate < 0.1%, target < 0.05%",
            "--success",
            "database_connections < 70%",
        ];
        let opened = ask(&world, &repo, LEAD, &[&args[..], &systems, &impact, &success].concat());
        let (id, path) = (text(&opened, "id").to_owned(), text(&opened, "path").to_owned());
        let incident = Incident { world, repo, id, path, names: RefCell::default() };
        let roles = ["--data", DB, "--code", API, "--infrastructure", OPS];
        let tasks =
            incident.json(LEAD, &[&["investigate", "delegate", &incident.id], &roles[..]].concat())["tasks"]
                .clone();
        for (part, task) in tasks.as_object().expect("tasks") {
            incident.name(part, text(task, "id"));
        }
        incident
    }

    pub fn run(&self, who: &str, args: &[&str]) -> Run {
        self.world.perfteam(&self.repo, who, args)
    }

    #[track_caller]
    pub fn json(&self, who: &str, args: &[&str]) -> Value {
        ask(&self.world, &self.repo, who, args)
    }

    /// The document `name`, without what varies.
    pub fn document(&self, name: &str) -> String {
        self.plain(&self.repo.read(&format!("{}/{name}", self.path)))
    }

    /// A text in which ids and folders have their short names.
    pub fn plain(&self, text: &str) -> String {
        let text = text.replace(&self.path, "DIR").replace(&self.id, "ID").replace(&self.id[..4], "ID");
        let names = self.names.borrow();
        names.iter().fold(text, |text, (name, id)| text.replace(id, name).replace(&id[..4], name))
    }

    pub fn name(&self, name: &str, id: &str) {
        self.names.borrow_mut().insert(format!("<{name}>"), id.to_owned());
    }

    pub fn id_of(&self, name: &str) -> String {
        self.names.borrow()[&format!("<{name}>")].clone()
    }

    /// Rows, items or texts of a section.
    #[track_caller]
    pub fn write(&self, who: &str, document: &str, section: &str, what: &str, texts: &[&str]) {
        let mut args = vec!["investigate", "write", &self.id, "--document", document, "--section", section];
        texts.iter().for_each(|text| args.extend([what, text]));
        self.run(who, &args).exits(0);
    }

    #[track_caller]
    pub fn report(&self, who: &str, name: &str, title: &str, severity: &str, more: &[&str]) {
        let args =
            ["finding", "report", "--title", title, "--severity", severity, "--category", "regression"];
        let args = [&args[..], &["--component", name, "--investigation", &self.id], more].concat();
        let made = self.json(who, &args);
        self.name(name, text(&made, "id"));
    }

    pub fn missing(&self) -> Vec<String> {
        let status = self.json(LEAD, &["investigate", "status", &self.id]);
        let missing = status["missing"].as_array().expect("a list").clone();
        missing
            .iter()
            .map(|one| self.plain(&format!("{}: {}", text(one, "path"), text(one, "what"))))
            .collect()
    }

    pub fn data(&self) {
        let write = |section, what, texts: &[&str]| self.write(DB, "data", section, what, texts);
        write(
            "Timeline",
            "--row",
            &["14:10 | deployment of abc123 | deploy log", "14:15 | p95 rises | monitoring/logs"],
        );
        write("Figures", "--row", &["p95_latency | 250ms | 890ms", "database_query_time | 30ms | 90ms"]);
        write(
            "Who is affected",
            "--item",
            &["Share of all requests: 15 %", "Users: those who check out", "Regions: all"],
        );
        write(
            "Correlation",
            "--text",
            &["Five minutes after the deployment at 14:10; query times rose threefold."],
        );
        write(
            "Critical findings",
            "--row",
            &["Queries take three times as long | db.log: 30 ms until 14:10, 90 ms from 14:15"],
        );
    }

    pub fn code(&self) {
        let write = |section, what, texts: &[&str]| self.write(API, "code", section, what, texts);
        write(
            "Recent changes",
            "--row",
            &[
                "abc123 | settings of the pool | fewer connections",
                "def456 | session cache off | a query more for each request",
            ],
        );
        write(
            "Critical findings",
            "--row",
            &["Session cache is off | def456 removes the middleware: 150 ms more for each request"],
        );
        write(
            "Dependencies",
            "--text",
            &["The ORM went from 4.1 to 5.0; complex queries are two to three times slower."],
        );
        write(
            "Recommended fixes",
            "--item",
            &["Immediate: session cache on again, TTL 10 minutes", "Short-term: pin the ORM to 4.1"],
        );
    }

    pub fn infrastructure(&self) {
        let write = |section, what, texts: &[&str]| self.write(OPS, "infrastructure", section, what, texts);
        write(
            "Resources",
            "--row",
            &["database_connections | 60% | 95%", "memory | 2GiB | 2.8GiB", "cpu | 55% | 90%"],
        );
        write(
            "Configuration changes",
            "--row",
            &["connection pool | 50 | 20 | abc123", "application timeout | 30s | 60s | abc123"],
        );
        write(
            "Scaling",
            "--text",
            &["Auto-scaling did not start in spite of 90 % CPU; the read replicas are idle."],
        );
        write(
            "Critical findings",
            "--row",
            &["The pool is exhausted | 95 % of 20 connections in use, 60 % of 50 before"],
        );
        write(
            "Recommended actions",
            "--item",
            &[
                "Immediate: pool back to 50 connections",
                "Short-term: mend the trigger of auto-scaling",
                "Long-term: review changes of configuration",
            ],
        );
    }

    /// What the specialists report; two of it does not hold.
    pub fn findings(&self) {
        self.report(
            API,
            "pooling",
            "Connection pooling is disabled",
            "critical",
            &["--evidence", "Commit abc123; each request opens a connection, 300 to 500 ms."],
        );
        self.report(
            DB,
            "response",
            "Response times rose by 300 ms",
            "high",
            &["--evidence", "The dashboard since 14:15.", "--metric", "p95_latency=250ms..550ms"],
        );
        self.report(
            API,
            "session",
            "Session cache is off",
            "high",
            &["--evidence", "def456 removes the middleware: 150 ms more for each request."],
        );
        self.report(
            API,
            "orm",
            "ORM 5.0 is slower",
            "medium",
            &["--evidence", "Complex queries take two to three times as long as with 4.1."],
        );
        self.report(
            OPS,
            "scaling",
            "Auto-scaling does not start",
            "medium",
            &["--evidence", "CPU at 90 % for ten minutes, and no new server."],
        );
        let dispute = |who, name: &str, reason, evidence| {
            self.run(
                who,
                &["finding", "dispute", &self.id_of(name), "--reason", reason, "--evidence", evidence],
            )
            .exits(0);
        };
        dispute(
            OPS,
            "pooling",
            "It is smaller, not disabled.",
            "config/production.yml: 50 until abc123, 20 since.",
        );
        dispute(
            API,
            "response",
            "It is more than twice that.",
            "monitoring/logs: p95 250 ms before 14:10, 890 ms since 14:15.",
        );
    }

    pub fn decide(&self) {
        let decide = |name: &str, outcome, reason| {
            let decided = self.json(
                LEAD,
                &["finding", "decide", &self.id_of(name), "--outcome", outcome, "--reason", reason],
            );
            self.name(&format!("detect {name}"), text(&decided["task"], "id"));
        };
        decide(
            "pooling",
            "The pool was reduced from 50 to 20 connections",
            "The file says 20; who waits for one takes it for a new one.",
        );
        decide(
            "response",
            "p95 rose from 250 ms to 890 ms",
            "The logs say 890 ms; 300 ms was the mean over all endpoints.",
        );
    }

    /// What the strategy needs beside what the specialists recommend.
    pub fn strategy(&self) {
        self.write(LEAD, "synthesis", "Impact", "--item", &["Business: orders are given up at checkout"]);
        let write = |section, rows: &[&str]| self.write(LEAD, "synthesis", section, "--row", rows);
        write(
            "Immediate",
            &[
                "Pool back to 50 connections | | critical | 30m | low | revert the pool of abc123; deploy; watch it for 30 min | deploy the last release",
                "Session cache on again, TTL 10 minutes | | high | 1h | low | restore the middleware; TTL 10 min; test hit rates | take it out again",
            ],
        );
        write(
            "Short-term",
            &[
                "Pin the ORM to 4.1 | | high | 2h | medium | pin it; test what it touches; deploy | unpin it",
                "Mend the trigger of auto-scaling | | medium | 2h | low | trigger at 70 %; load test | the old trigger",
            ],
        );
        write(
            "Long-term",
            &[
                "Review changes of configuration | | medium | 2d | low | agree on a checklist; ask for it in review | drop it",
            ],
        );
    }

    /// From the evidence to planned fixes.
    pub fn to_plan(&self) {
        self.data();
        self.code();
        self.infrastructure();
        self.findings();
        self.decide();
        self.run(LEAD, &["investigate", "synthesize", &self.id, "--root-cause", &self.id_of("pooling")])
            .exits(0);
        self.strategy();
        let planned = self.json(LEAD, &["investigate", "plan", &self.id]);
        for (at, fix) in planned["fixes"].as_array().expect("fixes").iter().enumerate() {
            self.name(&format!("fix {}", at + 1), text(fix, "id"));
        }
    }

    /// All fixes are made and measured.
    pub fn fix(&self) {
        let who = [OPS, API, API, OPS];
        let metric = [
            "p95_latency=890ms..420ms",
            "p95_latency=420ms..290ms",
            "p95_latency=290ms..240ms",
            "cpu=90%..60%",
        ];
        for (at, (who, metric)) in who.into_iter().zip(metric).enumerate() {
            let id = self.id_of(&format!("fix {}", at + 1));
            self.run(who, &["task", "start", &id]).exits(0);
            self.run(who, &["task", "complete", &id, "--note", "Deployed and watched.", "--metric", metric])
                .exits(0);
        }
    }
}

#[test]
fn by_commands_alone() {
    let incident = Incident::open();
    let synthesize = ["investigate", "synthesize", &incident.id];
    incident.data();
    incident.code();
    assert_snapshot!(incident.plain(&incident.run(LEAD, &synthesize).exits(1).stderr), @r#"
    error: it is too early: 7 things are missing in the phase evidence
      why: a root cause without the evidence of all roles is a guess
      try: DIR/infrastructure.md:19: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
      try: DIR/infrastructure.md:20: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
      try: DIR/infrastructure.md:21: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
      try: DIR/infrastructure.md:27: the placeholders [SETTING], [BEFORE], [AFTER] and [TIME_OR_COMMIT] are left: write what it stands for, or take the line out
      try: DIR/infrastructure.md:33: the placeholder [HOW_IT_SCALED] is left: write what it stands for, or take the line out
      try: see all that is missing: perfteam investigate status ID
    "#);
    incident.infrastructure();
    assert_snapshot!(incident.document("data.md"), @r#"
    # Data: Checkout is slow

    Investigation `ID` of checkout, user-profile, coordinated by @performance.lead. Due 2026-11-20 17:05.

    <!--
    When and where did it become slow, and for whom? Replace every [PLACEHOLDER], take out what you
    don't need; what stands in comments is not shown. Where a table has nothing to say, write in its
    place one sentence that says why. What is still missing, line by line:

        perfteam investigate status ID
    -->

    ## Timeline

    <!-- Deployments, configuration changes, alerts, traffic: each with its time in UTC. -->

    | When | What | Source |
    |---|---|---|
    | 14:10 | deployment of abc123 | deploy log |
    | 14:15 | p95 rises | monitoring/logs |

    ## Figures

    <!-- The affected endpoints before and after, each with a unit: 250ms, 0.1%, 450 req/s. -->

    | Quantity | Before | After |
    |---|---|---|
    | p95_latency | 250ms | 890ms |
    | database_query_time | 30ms | 90ms |

    ## Who is affected

    - Share of all requests: 15 %
    - Users: those who check out
    - Regions: all

    ## Correlation

    <!-- What happened right before? Deployments, traffic, other systems. -->

    Five minutes after the deployment at 14:10; query times rose threefold.

    ## Critical findings

    <!--
    Each with what shows it. Those on which others build are worth a record, which others can confirm
    or dispute: perfteam finding report --investigation ID --help
    -->

    | Finding | Evidence |
    |---|---|
    | Queries take three times as long | db.log: 30 ms until 14:10, 90 ms from 14:15 |

    ## Look deeper

    <!-- Where should somebody look next? May stay empty. -->
    "#);
    incident.findings();
    assert_snapshot!(incident.plain(&incident.run(LEAD, &synthesize).exits(1).stderr), @r#"
    error: it is too early: 2 things are missing in the phase evidence
      why: a root cause without the evidence of all roles is a guess
      try: .perfteam/findings/2026-11-20/connection-pooling-is-disabled-<pooling>/finding.md:1: finding <pooling> is disputed (Connection pooling is disabled): a lead decides: perfteam finding decide <pooling> --outcome TEXT --reason TEXT
      try: .perfteam/findings/2026-11-20/response-times-rose-by-300-ms-<response>/finding.md:1: finding <response> is disputed (Response times rose by 300 ms): a lead decides: perfteam finding decide <response> --outcome TEXT --reason TEXT
      try: see all that is missing: perfteam investigate status ID
    "#);
    let plan = ["investigate", "plan", &incident.id];
    assert_snapshot!(incident.plain(&incident.run(LEAD, &plan).exits(1).stderr), @r#"
    error: it is too early: the investigation is in the phase evidence, not yet in synthesis
      why: whoever makes a fix must know why, how, and how to undo it
      try: .perfteam/findings/2026-11-20/connection-pooling-is-disabled-<pooling>/finding.md:1: finding <pooling> is disputed (Connection pooling is disabled): a lead decides: perfteam finding decide <pooling> --outcome TEXT --reason TEXT
      try: .perfteam/findings/2026-11-20/response-times-rose-by-300-ms-<response>/finding.md:1: finding <response> is disputed (Response times rose by 300 ms): a lead decides: perfteam finding decide <response> --outcome TEXT --reason TEXT
      try: when nothing is missing: perfteam investigate synthesize ID
    "#);
    incident.decide();
    incident.run(API, &synthesize).exits(1);
    let pooling = incident.id_of("pooling");
    let cause = [&synthesize[..], &["--root-cause", &pooling]].concat();
    assert_snapshot!(incident.plain(&incident.run(LEAD, &cause).exits(0).stdout), @r#"
    synthesized ID: Checkout is slow
      DIR/20261120T153400.000Z-synthesized-1mb39d.md
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

    config/production.yml: 50 until abc123, 20 since (finding <pooling>, decided by @performance.lead: The file says 20; who waits for one takes it for a new one)

    ## Evidence

    | Role | Finding | Evidence |
    |---|---|---|
    | data | Queries take three times as long | db.log: 30 ms until 14:10, 90 ms from 14:15 |
    | data | p95 rose from 250 ms to 890 ms | monitoring/logs: p95 250 ms before 14:10, 890 ms since 14:15 (finding <response>, decided by @performance.lead: The logs say 890 ms; 300 ms was the mean over all endpoints) |
    | code | The pool was reduced from 50 to 20 connections | config/production.yml: 50 until abc123, 20 since (finding <pooling>, decided by @performance.lead: The file says 20; who waits for one takes it for a new one) |
    | code | Session cache is off | def456 removes the middleware: 150 ms more for each request (finding <session>) |
    | code | ORM 5.0 is slower | Complex queries take two to three times as long as with 4.1 (finding <orm>) |
    | infrastructure | The pool is exhausted | 95 % of 20 connections in use, 60 % of 50 before |
    | infrastructure | Auto-scaling does not start | CPU at 90 % for ten minutes, and no new server (finding <scaling>) |

    ## Contributing factors

    | Factor | Evidence |
    |---|---|
    | p95 rose from 250 ms to 890 ms | monitoring/logs: p95 250 ms before 14:10, 890 ms since 14:15 (finding <response>, decided by @performance.lead: The logs say 890 ms; 300 ms was the mean over all endpoints) |
    | Session cache is off | def456 removes the middleware: 150 ms more for each request (finding <session>) |
    | ORM 5.0 is slower | Complex queries take two to three times as long as with 4.1 (finding <orm>) |
    | Auto-scaling does not start | CPU at 90 % for ten minutes, and no new server (finding <scaling>) |

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
    at: "2026-11-20T15:41:00.000Z"
    system: checkout
    parameters:
      horizon: immediate
      effort: "30m"
      risk: low
      roll_back: deploy the last release
    deadline: "2026-11-20T16:11:00.000Z"
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
    let status = incident.run(LEAD, &["investigate", "status", &incident.id]).exits(0).stdout;
    assert_snapshot!(incident.plain(&status), @r#"
    Checkout is slow
    id        ID (in DIR)
    priority  high
    phase     implementation
    by        @performance.lead

    done  evidence        data            task <data>  @database.postgres, pending, 82m left
                          code            task <code>  @backend.api, pending, 82m left
                          infrastructure  task <infrastructure>  @ops.performance, pending, 82m left
    done  synthesis       synthesis       task <synthesis>  @performance.lead, completed
    now   implementation  implementation  task <implementation>  @performance.lead, completed
                          fix             task <fix 1>  @ops.performance, pending, 28m left  pool back to 50 connections
                          fix             task <fix 2>  @backend.api, pending, 58m left  session cache on again, TTL 10 minutes
                          fix             task <fix 3>  @backend.api, pending, 118m left  pin the ORM to 4.1
                          fix             task <fix 4>  @ops.performance, pending, 118m left  mend the trigger of auto-scaling
                          fix, later      task <fix 5>  @ops.performance, pending, 47h left  review changes of configuration
    later validation      validation      task <validation>  @performance.lead, waits for <fix 1>, <fix 2>, <fix 3> and <fix 4>, 31h left
    later learning        retrospective   task <retrospective>  @performance.lead, waits for <validation>, 47h left

    Missing before it goes on (4)
    .perfteam/tasks/2026-11-20/pool-back-to-50-connections-<fix 1>/task.md:1: fix <fix 1> (pool back to 50 connections, @ops.performance) is not begun: perfteam task start <fix 1>, then perfteam task complete <fix 1> --note TEXT --metric NAME=BEFORE..AFTER
    .perfteam/tasks/2026-11-20/session-cache-on-again-ttl-10-minutes-<fix 2>/task.md:1: fix <fix 2> (session cache on again, TTL 10 minutes, @backend.api) is not begun: perfteam task start <fix 2>, then perfteam task complete <fix 2> --note TEXT --metric NAME=BEFORE..AFTER
    .perfteam/tasks/2026-11-20/pin-the-orm-to-4-1-<fix 3>/task.md:1: fix <fix 3> (pin the ORM to 4.1, @backend.api) is not begun: perfteam task start <fix 3>, then perfteam task complete <fix 3> --note TEXT --metric NAME=BEFORE..AFTER
    .perfteam/tasks/2026-11-20/mend-the-trigger-of-auto-scaling-<fix 4>/task.md:1: fix <fix 4> (mend the trigger of auto-scaling, @ops.performance) is not begun: perfteam task start <fix 4>, then perfteam task complete <fix 4> --note TEXT --metric NAME=BEFORE..AFTER

    then: perfteam investigate validate ID --window 1
    "#);
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
    assert_eq!(incident.missing(), [""; 0]);
    incident.run(LEAD, &["check", "--staged"]).exits(0);
    incident.world.git(&incident.repo, &["commit", "-qm", "The incident"]).exits(0);
    incident.run(LEAD, &["check"]).exits(0);
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

/// A repository in which every file is written by hand.
struct Hand {
    world: World,
    repo: Repo,
    /// For each folder of a record its id and the names of its events.
    records: RefCell<BTreeMap<String, (String, Vec<String>)>>,
}

impl Hand {
    fn new() -> Hand {
        let (world, repo) = World::with_team();
        Hand { world, repo, records: RefCell::default() }
    }

    /// A record: its folder.
    fn record(&self, kind: &str, file: &str, id: &str, keys: &str, body: &str) -> String {
        let dir = format!(".perfteam/{kind}/2026-11-20/by-hand-{id}");
        let text = format!("---\nid: {id}\nat: \"2026-11-20T15:00:00.000Z\"\n{keys}---\n\n{body}");
        self.repo.write(&format!("{dir}/{file}"), &text);
        self.records.borrow_mut().insert(dir.clone(), (id.to_owned(), Vec::new()));
        dir
    }

    fn event(&self, dir: &str, what: &str, by: &str, keys: &str, body: &str) {
        let mut records = self.records.borrow_mut();
        let (id, events) = records.get_mut(dir).expect("a record");
        let seq = events.len() + 1;
        let name = format!("20261120T15{seq:02}00.000Z-{what}-abcde{seq}");
        let after = events.last().map(|last| format!("after:\n  - {last}\n")).unwrap_or_default();
        let text = format!(
            "---\nrecord: {id}\nevent: {what}\nby: \"{by}\"\nat: \"2026-11-20T15:{seq:02}:00.000Z\"\nseq: {seq}\n{after}{keys}---\n\n{body}\n"
        );
        self.repo.write(&format!("{dir}/{name}.md"), &text);
        events.push(name);
    }

    fn take_back(&self, dir: &str) {
        let name = self.records.borrow_mut().get_mut(dir).expect("a record").1.pop().expect("an event");
        std::fs::remove_file(self.repo.path.join(format!("{dir}/{name}.md"))).expect("the event");
    }

    /// What `check` says of all that lies there, as a commit would have it.
    fn check(&self) -> Vec<String> {
        self.world.git(&self.repo, &["add", "-A"]).exits(0);
        let verdict =
            self.world.perfteam(&self.repo, LEAD, &["check", "--staged", "--format", "json"]).json();
        let diagnostics = verdict["diagnostics"].as_array().expect("a list");
        // One commit has what several people wrote.
        let others = |one: &&Value| text(one, "rule") != "actor-mismatch";
        let found = diagnostics.iter().filter(others);
        found.map(|one| format!("{} {}", text(one, "level"), text(one, "rule"))).collect()
    }

    #[track_caller]
    fn is_clean(&self) {
        assert_eq!(self.check(), [""; 0]);
        self.world.git(&self.repo, &["commit", "-qm", "By hand"]).exits(0);
    }

    fn finding(&self, id: &str, from: &str, title: &str, severity: &str, evidence: &str) -> String {
        let keys = format!(
            "category: regression\ntitle: {title}\ncomponent: checkout\nfrom: \"{from}\"\nseverity: {severity}\nparent: {INVESTIGATION}\n"
        );
        self.record("findings", "finding.md", id, &keys, &format!("## Evidence\n\n{evidence}\n"))
    }

    fn task(&self, id: &str, to: &str, title: &str, keys: &str) -> String {
        let keys = format!(
            "type: implementation\ntitle: {title}\nfrom: \"{LEAD}\"\nto: \"{to}\"\npriority: high\nparent: {INVESTIGATION}\n{keys}"
        );
        self.record("tasks", "task.md", id, &keys, &format!("## Objective\n\n{title}\n"))
    }

    fn investigation(&self) -> Value {
        ask(&self.world, &self.repo, LEAD, &["investigate", "show", INVESTIGATION])
    }
}

const INVESTIGATION: &str = "3k8vq2mx7d";

const SYNTHESIS: &str = "\
# Synthesis

## Root cause

The deployment at 14:10 reduced the pool from 50 to 20 connections; who waits for one waits 640 ms.

## Evidence

| Role | Finding | Evidence |
|---|---|---|
| data | p95 rose from 250 ms to 890 ms | five minutes after the deployment |
| code | the pool is smaller | abc123, config/production.yml |
| infrastructure | the pool is exhausted | 95 % in use, 60 % before |

## Contributing factors

- The session cache is off: def456.
- The ORM is slower: 5.0 against 4.1.

## Impact

15 % of the traffic, mostly at checkout.

## Strategy

### Immediate

| Fix | By | Impact | Effort | Risk | Steps | Roll-back |
|---|---|---|---|---|---|---|
| Pool back to 50 | @ops.performance | critical | 30m | low | revert; deploy | deploy the last release |

### Short-term

Nothing: the ORM is pinned with the next release anyway.

### Long-term

| Fix | By | Impact | Effort | Risk | Steps | Roll-back |
|---|---|---|---|---|---|---|
| Review of configuration | | medium | 2d | low | agree on a checklist | drop it |
";

#[test]
fn by_files_alone() {
    let hand = Hand::new();
    let keys = format!(
        "title: Checkout is slow\nfrom: \"{LEAD}\"\npriority: high\nsystems:\n  - checkout\nsuccess:\n  - \"p95_latency < 300ms, target < 250ms\"\n"
    );
    let dir = hand.record(
        "investigations",
        "investigation.md",
        INVESTIGATION,
        &keys,
        "## Impact\n\n15 % of the traffic waits 890 ms instead of 250 ms.\n",
    );
    hand.task("0000000da1", DB, "Look at the metrics", "");
    hand.task("0000000c0d", API, "Look at the code", "");
    hand.event(&dir, "delegated", LEAD, "tasks:\n  data: 0000000da1\n  code: 0000000c0d\n", "");
    hand.event(
        &dir,
        "waived",
        LEAD,
        "part: infrastructure\n",
        "It runs on one machine, and nothing there changed.",
    );
    hand.is_clean();
    let pooling = hand.finding(
        "00000000p1",
        API,
        "Pooling is disabled",
        "critical",
        "Each request opens a connection, abc123.",
    );
    hand.event(
        &pooling,
        "disputed",
        OPS,
        "",
        "It is smaller, not disabled.\n\n## Evidence\n\nconfig/production.yml: 50 until abc123, 20 since.",
    );
    let outcome = "verdict: corrected\noutcome: The pool was reduced from 50 to 20\n";
    hand.event(&pooling, "decided", LEAD, outcome, "The file says 20.");
    let response =
        hand.finding("00000000r1", DB, "Response times rose by 300 ms", "high", "The dashboard since 14:15.");
    hand.event(
        &response,
        "disputed",
        API,
        "",
        "More than that.\n\n## Evidence\n\nmonitoring/logs: 250 ms before, 890 ms after.",
    );
    hand.event(
        &response,
        "decided",
        LEAD,
        "verdict: corrected\noutcome: p95 rose from 250 ms to 890 ms\n",
        "The logs say so.",
    );
    hand.is_clean();
    // Too early: the documents are not there yet.
    hand.event(&dir, "synthesized", LEAD, "", "");
    assert_eq!(hand.check(), ["block incomplete-document", "block incomplete-document"]);
    hand.repo.write(&format!("{dir}/data.md"), crate::investigations::DATA);
    hand.repo.write(
        &format!("{dir}/code.md"),
        &crate::investigations::CODE.replace("commit abc123, config/db.yml line 4", "?"),
    );
    assert_eq!(hand.check(), ["block incomplete-document"], "a critical finding without evidence");
    hand.repo.write(&format!("{dir}/code.md"), crate::investigations::CODE);
    hand.is_clean();
    // Too early: nobody said how to undo the fix.
    hand.task("0000000f1x", OPS, "Pool back to 50", "measured: true\n");
    hand.event(&dir, "planned", LEAD, "tasks:\n  - 0000000f1x\n", "");
    hand.repo.write(&format!("{dir}/synthesis.md"), &SYNTHESIS.replace("deploy the last release", ""));
    assert_eq!(hand.check(), ["block incomplete-document"]);
    hand.repo.write(&format!("{dir}/synthesis.md"), SYNTHESIS);
    hand.is_clean();
    assert_eq!(hand.investigation()["status"], "implementation");
    // A fix that says nothing of what it changed is no fix.
    let fix = ".perfteam/tasks/2026-11-20/by-hand-0000000f1x";
    hand.event(fix, "completed", OPS, "", "Deployed.");
    assert_eq!(hand.check(), ["block illegal-step"]);
    hand.take_back(fix);
    hand.event(
        fix,
        "completed",
        OPS,
        "metrics:\n  p95_latency:\n    before: 890ms\n    after: 240ms\n",
        "Deployed.",
    );
    hand.is_clean();
    let status = ask(&hand.world, &hand.repo, LEAD, &["investigate", "status", INVESTIGATION]);
    assert_eq!((&status["missing"], &status["phase"]), (&json!([]), &json!("implementation")));
    assert_eq!(status["next"], json!("perfteam investigate validate 3k8v --window 1"));
}
