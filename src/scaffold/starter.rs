//! What `perfteam init` puts into a repository.

/// A shipped file: path relative to `.perfteam`, and text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Starter {
    /// The path relative to `.perfteam`.
    pub path: &'static str,
    /// The text.
    pub text: &'static str,
}

/// Keeps git from changing the bytes of records.
pub const ATTRIBUTES: Starter =
    Starter { path: ".gitattributes", text: include_str!("../../templates/gitattributes") };

/// The commented policy.
pub const POLICY: Starter =
    Starter { path: "perfteam.yaml", text: include_str!("../../templates/perfteam.yaml") };

/// The roster that a new team starts from.
pub const ROSTER: [Starter; 5] = [
    Starter {
        path: "agents/performance.lead.md",
        text: include_str!("../../templates/agents/performance.lead.md"),
    },
    Starter {
        path: "agents/performance.benchmarker.md",
        text: include_str!("../../templates/agents/performance.benchmarker.md"),
    },
    Starter {
        path: "agents/performance.monitor.md",
        text: include_str!("../../templates/agents/performance.monitor.md"),
    },
    Starter {
        path: "agents/performance.analyzer.md",
        text: include_str!("../../templates/agents/performance.analyzer.md"),
    },
    Starter {
        path: "agents/ops.performance.md",
        text: include_str!("../../templates/agents/ops.performance.md"),
    },
];
