//! What everybody does in the incident.

use super::Incident;
use crate::investigations::{API, DB, LEAD, OPS, text};

impl Incident {
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

    /// From the evidence to the strategy.
    pub fn to_synthesis(&self) {
        self.data();
        self.code();
        self.infrastructure();
        self.findings();
        self.decide();
        self.run(LEAD, &["investigate", "synthesize", &self.id, "--root-cause", &self.id_of("pooling")])
            .exits(0);
        self.strategy();
    }

    /// From the evidence to planned fixes.
    pub fn to_plan(&self) {
        self.to_synthesis();
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
