//! The whole incident by editing files alone: `check` sees at each phase what the commands would say, and
//! in the end everything stands as where commands wrote it.

use super::hand::Hand;
use super::standing::End;
use crate::investigations::{API, DB, LEAD, OPS};

const DATA: &str = include_str!("by_hand/data.md");
const CODE: &str = include_str!("by_hand/code.md");
const INFRASTRUCTURE: &str = include_str!("by_hand/infrastructure.md");
const SYNTHESIS: &str = include_str!("by_hand/synthesis.md");
const VALIDATION: &str = include_str!("by_hand/validation.md");
const RETROSPECTIVE: &str = include_str!("by_hand/retrospective.md");

/// What everything is due, where nothing depends on it.
const DUE: &str = "deadline: \"2026-11-22T15:00:00.000Z\"\n";
const MEASURED: &str = "passed: true\nmeasured:\n  database_connections: \"62%\"\n  error_rate: \"0.06%\"\n  p95_latency: 240ms\n";

#[test]
fn by_files_alone() {
    let hand = Hand::new();
    let tasks = opened(&hand);
    evidence(&hand, &tasks);
    synthesis(&hand);
    let fixes = plan(&hand, &tasks);
    fixed(&hand, &fixes);
    windows(&hand, &tasks);
    learnt(&hand, &tasks);
    hand.incident.stands(End::Close);
    hand.incident.is_told();
}

/// The folders of the tasks of all parts.
struct Tasks {
    specialists: [(String, &'static str); 3],
    synthesis: String,
    implementation: String,
    validation: String,
    retrospective: String,
}

fn opened(hand: &Hand) -> Tasks {
    let keys = "priority: high\ntrigger: p95 alert at 14:15\nsystems:\n  - checkout\n  - user-profile\nsuccess:\n  \
         - \"p95_latency < 300ms, target < 250ms\"\n  - \"error_rate < 0.1%, target < 0.05%\"\n  \
         - \"database_connections < 70%\"\n";
    hand.investigation(keys, "15 % of the traffic waits 890 ms instead of 250 ms, mostly at checkout.");
    let role = |name, id, title, who| (hand.task((name, id), title, ("to", who), &due("high", &[])), who);
    let specialists = [
        role("data", "d4t4000000", "Look at the metrics", DB),
        role("code", "c0d3000000", "Look at the code", API),
        role("infrastructure", "1nfr000000", "Look at the infrastructure", OPS),
    ];
    let own =
        |name, id, title, after: &[&str]| hand.task((name, id), title, ("to", LEAD), &due("high", after));
    let tasks = Tasks {
        specialists,
        synthesis: own(
            "synthesis",
            "5ynt000000",
            "Say what it means",
            &["d4t4000000", "c0d3000000", "1nfr000000"],
        ),
        implementation: own("implementation", "1mp1000000", "Plan the fixes", &["5ynt000000"]),
        validation: own("validation", "va1d000000", "Measure", &["1mp1000000"]),
        retrospective: own("retrospective", "r3tr000000", "Learn from it", &["va1d000000"]),
    };
    hand.step(
        "delegated",
        "tasks:\n  data: \"d4t4000000\"\n  code: \"c0d3000000\"\n  infrastructure: \"1nfr000000\"\n  \
         synthesis: \"5ynt000000\"\n  implementation: \"1mp1000000\"\n  validation: \"va1d000000\"\n  \
         retrospective: \"r3tr000000\"\n",
        "",
    );
    hand.is_clean();
    tasks
}

fn due(priority: &str, depends: &[&str]) -> String {
    format!("priority: {priority}\n{DUE}{}", depending(depends))
}

fn depending(depends: &[&str]) -> String {
    let ids: String = depends.iter().map(|id| format!("  - \"{id}\"\n")).collect();
    if ids.is_empty() { ids } else { format!("depends:\n{ids}") }
}

fn evidence(hand: &Hand, tasks: &Tasks) {
    hand.document("data.md", DATA);
    hand.document(
        "code.md",
        &CODE.replace("def456 removes the middleware: 150 ms more for each request", "?"),
    );
    hand.document("infrastructure.md", &INFRASTRUCTURE.replace("60% | 95%", "[BEFORE] | [AFTER]"));
    hand.too_early("synthesized", "");
    hand.document("code.md", CODE);
    hand.document("infrastructure.md", INFRASTRUCTURE);
    for (task, who) in &tasks.specialists {
        hand.event(task, "completed", who, "", "See the document.");
    }
    hand.is_clean();
    let (pooling, response) = reported(hand);
    hand.event(
        &pooling,
        "disputed",
        OPS,
        "",
        "It is smaller, not disabled.\n\n## Evidence\n\nconfig/production.yml: 50 until abc123, 20 since.",
    );
    hand.event(
        &response,
        "disputed",
        API,
        "",
        "It is more than twice that.\n\n## Evidence\n\nmonitoring/logs: p95 250 ms before 14:10, 890 ms since 14:15.",
    );
    hand.is_clean();
    // On two views nothing is built.
    hand.step("synthesized", "", "");
    assert_eq!(hand.check(), ["warn early-phase", "warn early-phase"]);
    hand.take_back(&hand.incident.path);
    decided(hand, &pooling, &response);
    hand.is_clean();
    hand.incident.stands(End::Evidence);
}

/// What the specialists report; the folders of the two of it that do not hold.
fn reported(hand: &Hand) -> (String, String) {
    let pooling = hand.finding(
        ("pooling", "p001000000"),
        API,
        "Connection pooling is disabled",
        "critical",
        "Commit abc123; each request opens a connection, 300 to 500 ms.",
    );
    let response = hand.finding(
        ("response", "r35p000000"),
        DB,
        "Response times rose by 300 ms",
        "high",
        "The dashboard since 14:15.",
    );
    let more = [
        (("session", "5e55000000"), API, "Session cache is off", "high", "def456 removes the middleware."),
        (
            ("orm", "0rm5000000"),
            API,
            "ORM 5.0 is slower",
            "medium",
            "Queries take two to three times as long.",
        ),
        (
            ("scaling", "5ca1000000"),
            OPS,
            "Auto-scaling does not start",
            "medium",
            "CPU at 90 %, and no new server.",
        ),
    ];
    for (name, who, title, severity, evidence) in more {
        hand.finding(name, who, title, severity, evidence);
    }
    (pooling, response)
}

fn decided(hand: &Hand, pooling: &str, response: &str) {
    let decide = |dir: &str, id: &str, task: (&str, &str), title: &str, who: (&str, &str), outcome: &str| {
        let (severity, specialist) = who;
        let improve = format!("Improve detection: {title}");
        hand.task(task, &improve, ("waiting_for", specialist), &format!("priority: {severity}\n"));
        let body = format!("## Outcome\n\n{outcome}\n\n## Why\n\nThe files and the logs say so.");
        let entry = hand.knowledge("decision", task.1, title, &[id], &body);
        let keys =
            format!("verdict: corrected\noutcome: {outcome}\nknowledge: {entry}\ntask: \"{}\"\n", task.1);
        hand.event(dir, "decided", LEAD, &keys, "The files and the logs say so.");
    };
    decide(
        pooling,
        "p001000000",
        ("detect pooling", "d3t1000000"),
        "Connection pooling is disabled",
        ("critical", OPS),
        "The pool was reduced from 50 to 20 connections",
    );
    decide(
        response,
        "r35p000000",
        ("detect response", "d3t2000000"),
        "Response times rose by 300 ms",
        ("high", "@performance.monitor"),
        "p95 rose from 250 ms to 890 ms",
    );
}

fn synthesis(hand: &Hand) {
    hand.step("synthesized", "", "");
    hand.document(
        "synthesis.md",
        &SYNTHESIS.replace("deploy the last release", "[ROLL_BACK]").replace("2 days", "soon"),
    );
    hand.too_early("planned", "tasks: []\n");
    hand.document("synthesis.md", SYNTHESIS);
    hand.is_clean();
    hand.incident.stands(End::Synthesis);
}

/// The folders of the fixes, with who makes them and what they change.
type Fixes = [(String, &'static str, &'static str); 4];

fn plan(hand: &Hand, tasks: &Tasks) -> Fixes {
    let fix = |name, id, title, who, priority| {
        hand.task((name, id), title, ("to", who), &format!("measured: true\n{}", due(priority, &[])))
    };
    let fixes = [
        (
            fix("fix 1", "f1x1000000", "pool back to 50 connections", OPS, "critical"),
            OPS,
            "  p95_latency:\n    before: 890ms\n    after: 420ms\n",
        ),
        (
            fix("fix 2", "f1x2000000", "session cache on again, TTL 10 minutes", API, "high"),
            API,
            "  p95_latency:\n    before: 420ms\n    after: 290ms\n",
        ),
        (
            fix("fix 3", "f1x3000000", "pin the ORM to 4.1", API, "high"),
            API,
            "  p95_latency:\n    before: 290ms\n    after: 240ms\n",
        ),
        (
            fix("fix 4", "f1x4000000", "mend the trigger of auto-scaling", OPS, "medium"),
            OPS,
            "  cpu:\n    before: 90%\n    after: 60%\n",
        ),
    ];
    fix("fix 5", "f1x5000000", "review changes of configuration", OPS, "medium");
    let list = "tasks:\n  - \"f1x1000000\"\n  - \"f1x2000000\"\n  - \"f1x3000000\"\n  - \"f1x4000000\"\nlater:\n  - \"f1x5000000\"\n";
    hand.step("planned", list, "");
    for task in [&tasks.synthesis, &tasks.implementation] {
        hand.event(task, "completed", LEAD, "", "The fixes are planned.");
    }
    let first = ["1mp1000000", "f1x1000000", "f1x2000000", "f1x3000000", "f1x4000000"];
    hand.event(&tasks.validation, "amended", LEAD, &depending(&first), "");
    hand.is_clean();
    hand.incident.stands(End::Plan);
    fixes
}

fn fixed(hand: &Hand, fixes: &Fixes) {
    // Nothing is measured before the fixes are made.
    hand.document("validation.md", VALIDATION);
    hand.step("validated", &format!("window: 1\n{MEASURED}"), "");
    assert_eq!(hand.check(), ["warn early-phase"; 4]);
    hand.take_back(&hand.incident.path);
    // A fix that says nothing of what it changed is no fix.
    let (first, who, _) = &fixes[0];
    hand.event(first, "completed", who, "", "Deployed.");
    assert_eq!(hand.check(), ["block illegal-step"]);
    hand.take_back(first);
    for (fix, who, metrics) in fixes {
        hand.event(fix, "completed", who, &format!("metrics:\n{metrics}"), "Deployed and watched.");
    }
    hand.is_clean();
    hand.incident.stands(End::Fixes);
}

fn windows(hand: &Hand, tasks: &Tasks) {
    // What passes is what was measured, not what is said of it.
    let missed = MEASURED.replace("240ms", "410ms");
    hand.step("validated", &format!("window: 1\n{missed}"), "");
    assert_eq!(hand.check(), ["block illegal-step"]);
    hand.take_back(&hand.incident.path);
    for window in [1, 2, 3] {
        hand.step("validated", &format!("window: {window}\n{MEASURED}"), "");
    }
    // The document must say it, too.
    hand.document("validation.md", &VALIDATION.replace("| 62% | met |", "| | |"));
    assert_eq!(hand.check(), ["block incomplete-document"; 3]);
    hand.document("validation.md", VALIDATION);
    hand.event(&tasks.validation, "completed", LEAD, "", "All windows passed.");
    hand.is_clean();
    hand.incident.stands(End::Windows);
}

fn learnt(hand: &Hand, tasks: &Tasks) {
    hand.step("reviewed", "", "");
    hand.document("retrospective.md", &RETROSPECTIVE.replace("Three looked at once", "[WHAT_WORKED]"));
    let keys = learnings(hand);
    hand.too_early("closed", &keys);
    hand.document("retrospective.md", RETROSPECTIVE);
    hand.incident.stands(End::Retrospective);
    hand.step("closed", "", "p95 is back.");
    assert_eq!(hand.check(), ["block closed-without-learning"; 4], "log, playbook, pattern, tasks");
    hand.take_back(&hand.incident.path);
    hand.step(
        "closed",
        &keys,
        "database_connections: 95% -> 62% (-35 %); p95_latency: 890ms -> 240ms (-73 %)",
    );
    hand.event(&tasks.retrospective, "completed", LEAD, "", "Learnt.");
    hand.is_clean();
}

/// Entries and tasks; the keys of the event that names them.
fn learnings(hand: &Hand) -> String {
    let taught = [&hand.incident.id, "p001000000", "r35p000000", "5e55000000", "0rm5000000", "5ca1000000"];
    let entry = |kind, slug, title, body| hand.knowledge(kind, slug, title, &taught, body);
    let entries = [
        entry("investigation-log", "checkout", "Checkout is slow", "The pool was too small for six hours."),
        entry("playbook", "checkout", "Checkout is slow", "Compare the pool with its size of last week."),
        entry("pattern", "pool", "Exhausted pool", "p95 rises in steps while the database idles."),
    ];
    let paths: String = entries.iter().map(|path| format!("  - {path}\n")).collect();
    let alert = "Alert when 70 % of the pool are in use (@ops.performance)";
    hand.task(("alert", "a13r000000"), alert, ("to", OPS), "priority: high\n");
    format!("knowledge:\n{paths}tasks:\n  - \"f1x5000000\"\n  - \"a13r000000\"\n")
}
