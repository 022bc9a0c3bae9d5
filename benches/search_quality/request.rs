//! The requests and who would be right for them.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::Result;
use crate::catalogue::Catalogue;

/// Which part of the requests; `requests.yaml` tells what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Set {
    Tune,
    HeldOut,
    Drawn,
    Last,
}

impl Set {
    pub const ALL: [Set; 4] = [Set::Tune, Set::HeldOut, Set::Drawn, Set::Last];
}

impl std::fmt::Display for Set {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Set::Tune => "tune",
            Set::HeldOut => "held-out",
            Set::Drawn => "drawn",
            Set::Last => "last",
        })
    }
}

/// Whether a request names the technology or tells only what is wrong or wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Named,
    Need,
}

/// One request, and the file names of the agents that are right for it, by catalogue.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub say: String,
    pub set: Set,
    pub kind: Kind,
    #[serde(default)]
    wshobson: Vec<String>,
    #[serde(default)]
    voltagent: Vec<String>,
}

impl Request {
    /// The file names of the right agents in `catalogue`.
    pub fn right(&self, catalogue: &Catalogue) -> &[String] {
        if catalogue.name == "wshobson" { &self.wshobson } else { &self.voltagent }
    }

    /// Fails where a right agent does not exist.
    pub fn check(&self, catalogues: &[&Catalogue]) -> Result<()> {
        for catalogue in catalogues {
            for name in self.right(catalogue) {
                if !catalogue.agents.iter().any(|(stem, _)| stem == name) {
                    return Err(format!("{:?}: {} has no {name}.md", self.say, catalogue.name).into());
                }
            }
        }
        Ok(())
    }
}

pub fn read(path: &Path) -> Result<Vec<Request>> {
    Ok(serde_yaml::from_str(&fs::read_to_string(path)?)?)
}
