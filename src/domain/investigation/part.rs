//! The parts of an investigation: the pieces of work, each with its document.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Phase;
use crate::domain::time::Span;

/// A piece of work in an investigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// When and where it became slow, for whom.
    Data,
    /// What changed in the code.
    Code,
    /// What changed around it: resources, configuration, scaling.
    Infrastructure,
    /// The root cause, and what follows from it.
    Synthesis,
    /// The fixes.
    Implementation,
    /// Whether the fixes hold.
    Validation,
    /// What is learnt from it.
    Retrospective,
}

impl Part {
    /// All parts, in their order.
    pub const ALL: [Part; 7] = [
        Part::Data,
        Part::Code,
        Part::Infrastructure,
        Part::Synthesis,
        Part::Implementation,
        Part::Validation,
        Part::Retrospective,
    ];

    /// The parts of the specialists, who work at the same time.
    pub const ROLES: [Part; 3] = [Part::Data, Part::Code, Part::Infrastructure];

    /// The word that stands in files.
    pub fn word(self) -> &'static str {
        match self {
            Part::Data => "data",
            Part::Code => "code",
            Part::Infrastructure => "infrastructure",
            Part::Synthesis => "synthesis",
            Part::Implementation => "implementation",
            Part::Validation => "validation",
            Part::Retrospective => "retrospective",
        }
    }

    /// The part of this name.
    pub fn named(word: &str) -> Option<Part> {
        Part::ALL.into_iter().find(|part| part.word() == word)
    }

    /// Whether a specialist does it.
    pub fn is_role(self) -> bool {
        Part::ROLES.contains(&self)
    }

    /// The file of its document; the fixes are tasks of their own and have none.
    pub fn document(self) -> Option<String> {
        (self != Part::Implementation).then(|| format!("{}.md", self.word()))
    }

    /// The phase in which it is done.
    pub fn phase(self) -> Phase {
        match self {
            Part::Data | Part::Code | Part::Infrastructure => Phase::Evidence,
            Part::Synthesis => Phase::Synthesis,
            Part::Implementation => Phase::Implementation,
            Part::Validation => Phase::Validation,
            Part::Retrospective => Phase::Learning,
        }
    }

    /// How long after the start it is due, unless told otherwise.
    pub fn due_after(self) -> Span {
        let hours = match self {
            Part::Data | Part::Code | Part::Infrastructure => 2,
            Part::Synthesis => 4,
            Part::Implementation => 8,
            Part::Validation => 32,
            Part::Retrospective => 48,
        };
        Span::hours(hours)
    }
}
