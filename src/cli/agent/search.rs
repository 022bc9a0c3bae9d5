//! `perfteam agent search`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::view::limit;
use crate::domain::roster::Roster;
use crate::domain::search::{Hit, search};
use crate::domain::text::shown_line;

/// Find the agent who is right for a request, in your own words
///
/// The order comes from a relevance ranking over the whole agent file; beside it stands the score
/// of the earlier flag tool (keyword 50, capability 30, description word 20, ...).
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam agent search \"checkout is slow since Monday\" --limit 3 --explain")]
pub struct Search {
    /// What you need
    words: String,
    /// Show at most so many
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = limit)]
    limit: usize,
    /// Show what both scores are made of
    #[arg(long)]
    explain: bool,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchV1 {
    query: String,
    results: Vec<ResultV1>,
}

/// The fields of the earlier tool's JSON, and the relevance that decides the order.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AgentFoundV1")]
struct ResultV1 {
    name: String,
    score: u32,
    rank: usize,
    reasons: Vec<String>,
    relevance: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<ExplanationV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ExplanationV1 {
    score: Vec<String>,
    relevance: Vec<MatchV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MatchV1 {
    word: String,
    matched: String,
    points: f64,
}

impl Search {
    /// Prints who fits, best first.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        if self.words.trim().is_empty() {
            return Err(
                Failure::usage("no words to search for").hint("perfteam agent search \"slow queries\"")
            );
        }
        let roster = &context.team()?.roster;
        let hits = search(roster, &self.words, self.limit);
        if context.is_json() {
            let results = hits.iter().map(|hit| self.result(hit)).collect();
            context.answer(&SearchV1 { query: self.words.clone(), results })?;
        } else if hits.is_empty() {
            print_line("no agent of the roster has anything in common with these words");
            print_line("see who is there: perfteam agent list");
        } else {
            hits.iter().for_each(|hit| self.print(roster, hit));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn result(&self, hit: &Hit) -> ResultV1 {
        let explanation = self.explain.then(|| ExplanationV1 {
            score: hit.seed.reasons.iter().map(ToString::to_string).collect(),
            relevance: hit
                .matches
                .iter()
                .map(|one| MatchV1 {
                    word: one.word.clone(),
                    matched: one.to_string(),
                    points: tenth(one.points),
                })
                .collect(),
        });
        ResultV1 {
            name: hit.handle.to_string(),
            score: hit.seed.points,
            rank: hit.rank,
            reasons: hit.reasons.clone(),
            relevance: tenth(hit.relevance),
            explanation,
        }
    }

    fn print(&self, roster: &Roster, hit: &Hit) {
        let bold = anstyle::Style::new().bold();
        let description = roster.get(&hit.handle).map(|agent| agent.description.as_str()).unwrap_or_default();
        print_line(&format!(
            "{}. {bold}{}{bold:#}  {}",
            hit.rank,
            hit.handle,
            shown_line(&shortened(description))
        ));
        print_line(&format!("   {}", shown_line(&hit.reasons.join("; "))));
        if self.explain {
            print_line(&format!("   relevance {:.1}", hit.relevance));
            for one in &hit.matches {
                print_line(&format!("     {:>5.1}  {}", one.points, shown_line(&one.to_string())));
            }
            print_line(&format!("   score of the earlier tool {}", hit.seed.points));
            for reason in &hit.seed.reasons {
                print_line(&format!("            {}", shown_line(&reason.to_string())));
            }
        }
    }
}

fn shortened(text: &str) -> String {
    crate::domain::text::headline(text, 90)
}

fn tenth(points: f64) -> f64 {
    (points * 10.0).round() / 10.0
}
