//! The one scale for impact, priority and severity.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How strongly something matters. Orders with the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Stop and do this first.
    Critical,
    /// Before other work.
    High,
    /// In the normal order of work.
    Medium,
    /// When there is time.
    Low,
}

impl Level {
    /// All levels, most urgent first.
    pub const ALL: [Level; 4] = [Level::Critical, Level::High, Level::Medium, Level::Low];

    /// The word that stands in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Critical => "critical",
            Level::High => "high",
            Level::Medium => "medium",
            Level::Low => "low",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let word = text.trim().to_ascii_lowercase();
        Level::ALL
            .into_iter()
            .find(|level| level.as_str() == word)
            .ok_or_else(|| format!("`{text}` is no level: expected critical, high, medium or low"))
    }
}
