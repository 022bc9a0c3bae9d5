//! Mermaid flow charts, which forges render in Markdown.

use crate::domain::text::is_invisible;

/// A box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What edges call it: letters and digits.
    pub id: String,
    /// Its lines.
    pub lines: Vec<String>,
    /// How it is coloured: the word of a state.
    pub class: String,
}

/// An arrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Whence.
    pub from: String,
    /// Whither.
    pub to: String,
}

/// The colours of states; others are left to the forge.
const COLOURS: [(&str, &str); 8] = [
    ("in_progress", "fill:#ddf4ff,stroke:#0969da"),
    ("locked", "fill:#ddf4ff,stroke:#0969da"),
    ("blocked", "fill:#fff8c5,stroke:#9a6700"),
    ("completed", "fill:#dafbe1,stroke:#1a7f37"),
    ("cancelled", "fill:#eaeef2,stroke:#6e7781"),
    ("declined", "fill:#eaeef2,stroke:#6e7781"),
    ("withdrawn", "fill:#eaeef2,stroke:#6e7781"),
    ("missing", "fill:#ffebe9,stroke:#cf222e"),
];

/// A flow chart from left to right.
pub fn flowchart(nodes: &[Node], edges: &[Edge]) -> String {
    let mut out = String::from("flowchart LR\n");
    for node in nodes {
        let lines: Vec<String> = node.lines.iter().map(|line| escaped(line)).collect();
        out.push_str(&format!("  r{}[\"{}\"]\n", node.id, lines.join("<br/>")));
    }
    for edge in edges {
        out.push_str(&format!("  r{} --> r{}\n", edge.from, edge.to));
    }
    for (class, colour) in COLOURS {
        let of_class: Vec<String> =
            nodes.iter().filter(|node| node.class == class).map(|node| format!("r{}", node.id)).collect();
        if !of_class.is_empty() {
            out.push_str(&format!("  classDef {class} {colour}\n  class {} {class}\n", of_class.join(",")));
        }
    }
    out
}

/// A text between quotes, in which nothing is markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '<' | '>' | '&' | '#' | ';' | '`' | '\\' | '[' | ']' | '{' | '}' | '|' => {
                out.push_str(&format!("#{};", u32::from(c)));
            }
            c if is_invisible(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn texts_are_never_markup() {
        let node = |id: &str, line: &str, class: &str| Node {
            id: id.into(),
            lines: vec![line.into(), "@b, pending".into()],
            class: class.into(),
        };
        let nodes = [node("1", "a \"quoted\" <b>x</b>]; end", "completed"), node("2", "b", "pending")];
        let chart = flowchart(&nodes, &[Edge { from: "1".into(), to: "2".into() }]);
        assert_snapshot!(chart, @r#"
        flowchart LR
          r1["a #34;quoted#34; #60;b#62;x#60;/b#62;#93;#59; end<br/>@b, pending"]
          r2["b<br/>@b, pending"]
          r1 --> r2
          classDef completed fill:#dafbe1,stroke:#1a7f37
          class r1 completed
        "#);
    }
}
