//! The chains of a review, drawn and in words.

use super::page::{Chart, Line, code, own};
use crate::domain::review::{Chains, Node};
use crate::domain::text::cut;
use crate::render::mermaid::{self, Edge, flowchart};

/// Longer titles make boxes that nobody reads.
const LONGEST: usize = 60;

/// The chart of the chains.
pub fn chart(chains: &Chains) -> Chart {
    let nodes: Vec<mermaid::Node> =
        chains.nodes.iter().enumerate().map(|(at, node)| drawn(at, node)).collect();
    let edge = |(from, to): &(usize, usize)| Edge { from: from.to_string(), to: to.to_string() };
    let edges: Vec<Edge> = chains.edges.iter().map(edge).collect();
    let lines = chains.edges.iter().map(|(from, to)| told(&chains.nodes[*from], &chains.nodes[*to]));
    Chart { mermaid: flowchart(&nodes, &edges), lines: lines.collect() }
}

fn drawn(at: usize, node: &Node) -> mermaid::Node {
    mermaid::Node {
        id: at.to_string(),
        lines: vec![
            name(node),
            cut(&node.brief.title, LONGEST).into_owned(),
            format!("{}, {}", node.brief.to_word(), node.brief.status),
        ],
        class: node.brief.status.clone(),
    }
}

fn told(from: &Node, to: &Node) -> Line {
    vec![
        code(name(from)),
        own(format!(" ({}) led to ", from.brief.status)),
        code(name(to)),
        own(format!(" ({})", to.brief.status)),
    ]
}

fn name(node: &Node) -> String {
    format!("{} {}", node.brief.kind_name(), node.short)
}
