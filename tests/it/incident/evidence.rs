//! The specialists gather evidence; what they report is disputed and decided.

use super::Incident;
use crate::investigations::{API, DB, LEAD, OPS};
use insta::assert_snapshot;
use serde_json::json;

impl Incident {
    /// The phase as its commands tell it.
    pub fn evidence(&self) {
        let incident = self;
        let synthesize = ["investigate", "synthesize", &incident.id];
        incident.works(DB, "data", Incident::data);
        incident.works(API, "code", Incident::code);
        assert_snapshot!(incident.plain(&incident.run(LEAD, &synthesize).exits(1).stderr), @r#"
        error: it is too early: 7 things are missing in the phase evidence
          why: a root cause without the evidence of all roles is a guess
          try: DIR/infrastructure.md:19: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
          try: DIR/infrastructure.md:20: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
          try: DIR/infrastructure.md:21: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
          try: DIR/infrastructure.md:27: the placeholders [SETTING], [BEFORE], [AFTER] and [TIME_OR_COMMIT] are left: write what it stands for, or take the line out
          try: DIR/infrastructure.md:33: the placeholder [HOW_IT_SCALED] is left: write what it stands for, or take the line out
          try: with an editor, or by commands such as: perfteam investigate write ID --document infrastructure --section Resources --row 'database_connections | [BEFORE] | [AFTER]'
          try: see all that is missing: perfteam investigate status ID
        "#);
        incident.works(OPS, "infrastructure", Incident::infrastructure);
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
    }

    /// A specialist takes what `next` says, works, and says that it is done.
    fn works(&self, who: &str, part: &str, work: impl Fn(&Incident)) {
        let id = self.id_of(part);
        assert_eq!(self.json(who, &["next"])["next"]["id"], json!(id));
        self.run(who, &["task", "start", &id]).exits(0);
        work(self);
        let done = self.run(who, &["task", "complete", &id, "--note", "See the document."]).exits(0);
        assert_eq!(done.stderr, "", "nothing is missing in the document");
    }
}
