//! What became of each row.

use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::context::print_line;
use crate::domain::text::{counted, shown_line};

/// What an import did, or with `--dry-run` would do. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportV1 {
    pub database: String,
    /// Where times without a zone were taken to be from.
    pub time_zone: String,
    pub dry_run: bool,
    pub agents: Vec<AgentV1>,
    pub flags: Vec<FlagV1>,
    pub staged: bool,
}

/// What became of an agent.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ImportedAgentV1")]
pub struct AgentV1 {
    /// The handle; of one that is left out, its name.
    pub handle: String,
    pub outcome: AgentOutcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What became of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentOutcome {
    /// Taken from the catalogue.
    Imported,
    /// In no catalogue, but in flags: there by name, and retired.
    StandIn,
    /// In the roster already, which was left as it is.
    Exists,
    /// Its name is no handle.
    LeftOut,
}

/// What became of a flag.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ImportedFlagV1")]
pub struct FlagV1 {
    pub number: Option<i64>,
    pub outcome: FlagOutcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

/// What became of a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagOutcome {
    /// It is new here.
    Imported,
    /// It was imported earlier, and has been closed there since.
    Closed,
    /// It was imported earlier.
    Unchanged,
    /// It is open and can't be acted on.
    LeftOut,
}

impl ImportV1 {
    /// Whether something open was left out.
    pub fn is_partial(&self) -> bool {
        self.count(FlagOutcome::LeftOut) > 0
    }

    fn count(&self, outcome: FlagOutcome) -> usize {
        self.flags.iter().filter(|flag| flag.outcome == outcome).count()
    }

    fn agents(&self, outcome: AgentOutcome) -> usize {
        self.agents.iter().filter(|agent| agent.outcome == outcome).count()
    }

    /// Tells people.
    pub fn print(&self) {
        for flag in self.flags.iter().filter(|flag| !flag.why.is_empty()) {
            let number = flag
                .number
                .map_or_else(|| "a flag without a number".to_owned(), |number| format!("flag {number}"));
            print_line(&format!("left out: {number}"));
            flag.why.iter().for_each(|why| print_line(&format!("    {}", shown_line(why))));
            flag.hints.iter().for_each(|hint| print_line(&format!("    try: {}", shown_line(hint))));
        }
        for agent in self.agents.iter().filter(|agent| agent.why.is_some()) {
            print_line(&format!("left out: {}", shown_line(agent.why.as_deref().unwrap_or_default())));
        }
        let verb = if self.dry_run { "would be imported" } else { "imported" };
        print_line(&format!(
            "{} {verb}, {} closed since, {} unchanged, {} left out",
            counted(self.count(FlagOutcome::Imported), "flag"),
            self.count(FlagOutcome::Closed),
            self.count(FlagOutcome::Unchanged),
            self.count(FlagOutcome::LeftOut)
        ));
        print_line(&format!(
            "{} {verb} from the catalogue, {} in the roster already, {} known by flags alone (retired)",
            counted(self.agents(AgentOutcome::Imported), "agent"),
            self.agents(AgentOutcome::Exists),
            self.agents(AgentOutcome::StandIn)
        ));
        print_line(&format!(
            "times without a zone were taken as {}; another one: --time-zone utc, or +02:00",
            self.time_zone
        ));
    }
}
