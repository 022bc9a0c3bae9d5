//! `perfteam task graph`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::{open_task, with_dependencies};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::view::{SightArgs, brief_line};
use crate::domain::agenda::{Agenda, depends};
use crate::domain::id::RecordId;
use crate::domain::kind::{Brief, Kind};
use crate::domain::snapshot::{ShortIds, Snapshot};
use crate::domain::task::Tasks;
use crate::domain::text::{cut, shown_line};
use crate::domain::time::Timestamp;
use crate::render::mermaid::{Edge, Node, flowchart};

/// Deeper than this nothing is drawn as text; the list of dependencies has no end in a ring.
const DEEPEST: usize = 50;

/// Draw what waits for what: as text, or as Mermaid, which forges render
#[derive(Debug, Args)]
pub struct Graph {
    /// Only what hangs together with this task
    id: Option<String>,
    /// Draw it as a Mermaid flow chart
    #[arg(long)]
    mermaid: bool,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GraphV1 {
    nodes: Vec<NodeV1>,
    edges: Vec<EdgeV1>,
    mermaid: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct NodeV1 {
    id: String,
    kind: &'static str,
    title: String,
    status: String,
    to: Option<String>,
    ready: bool,
}

/// `to` can be started once `from` is done.
#[derive(Debug, Serialize, JsonSchema)]
struct EdgeV1 {
    from: String,
    to: String,
}

impl Graph {
    /// Prints the graph.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let opened = self.id.as_deref().map(|prefix| open_task(context, prefix)).transpose()?;
        let (scan, only) = match opened {
            Some((scan, dir, record)) => (scan, Some((dir.id(), Tasks.brief(&record)))),
            None => (context.scan()?, None),
        };
        let mut briefs = with_dependencies(context, &scan)?;
        let root = only.as_ref().map(|(id, _)| id.clone());
        if let Some(closed) = only.and_then(|(_, brief)| brief).filter(|brief| brief.closed)
            && !briefs.iter().any(|brief| brief.id == closed.id)
        {
            briefs.push(closed);
        }
        let agenda = Agenda::new(&briefs);
        let drawn = match &root {
            Some(id) => agenda.connected([id]),
            None => {
                let tasks = briefs.iter().filter(|brief| brief.kind_name() == Tasks.name() && !brief.closed);
                agenda.connected(tasks.map(|brief| &brief.id))
            }
        };
        let short = scan.snapshot.short_ids();
        if context.is_json() {
            context.answer(&json(&drawn, &agenda, &short))?;
        } else if self.mermaid {
            print_line(mermaid(&drawn, &short).trim_end());
        } else if drawn.is_empty() {
            print_line("no tasks");
        } else {
            Tree::new(&scan.snapshot, &short, context.now, &drawn).print();
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The dependencies among what is drawn: what must be done first, then what waits for it.
fn edges<'a>(drawn: &[&'a Brief]) -> Vec<(&'a RecordId, &'a RecordId)> {
    drawn.iter().flat_map(|brief| depends(brief).map(|first| (first, &brief.id))).collect()
}

fn json(drawn: &[&Brief], agenda: &Agenda<'_>, short: &ShortIds) -> GraphV1 {
    let node = |brief: &&Brief| NodeV1 {
        id: brief.id.to_string(),
        kind: brief.kind_name(),
        title: brief.title.clone(),
        status: brief.status.clone(),
        to: brief.to.as_ref().map(ToString::to_string),
        ready: agenda.get(&brief.id).is_some_and(|brief| agenda.is_ready(brief)),
    };
    let edge = |(from, to): &(&RecordId, &RecordId)| EdgeV1 { from: from.to_string(), to: to.to_string() };
    GraphV1 {
        nodes: drawn.iter().map(node).collect(),
        edges: edges(drawn).iter().map(edge).collect(),
        mermaid: mermaid(drawn, short),
    }
}

fn mermaid(drawn: &[&Brief], short: &ShortIds) -> String {
    let node = |brief: &&Brief| Node {
        id: brief.id.to_string(),
        lines: vec![
            format!("{} {}", short.short(&brief.id), cut(&shown_line(&brief.title), 60)),
            format!("{}, {}", brief.to_word(), brief.status),
        ],
        class: brief.status.clone(),
    };
    let here: BTreeSet<&RecordId> = drawn.iter().map(|brief| &brief.id).collect();
    let all = edges(drawn);
    let gone: BTreeSet<&RecordId> =
        all.iter().map(|(first, _)| *first).filter(|id| !here.contains(id)).collect();
    let gone = gone.into_iter().map(|id| Node {
        id: id.to_string(),
        lines: vec![format!("{id} is not here")],
        class: "missing".to_owned(),
    });
    let nodes: Vec<Node> = drawn.iter().map(node).chain(gone).collect();
    let edge = |(from, to): (&RecordId, &RecordId)| Edge { from: from.to_string(), to: to.to_string() };
    let edges: Vec<Edge> = all.into_iter().map(edge).collect();
    flowchart(&nodes, &edges)
}

/// The graph as text: below each record what can be started once it is done. What hangs below a record is
/// drawn where it stands first.
struct Tree<'a> {
    snapshot: &'a Snapshot,
    short: &'a ShortIds,
    now: Timestamp,
    drawn: &'a [&'a Brief],
    /// What waits for each record, in the order in which it is drawn.
    waiting: BTreeMap<&'a RecordId, Vec<&'a Brief>>,
}

impl<'a> Tree<'a> {
    fn new(snapshot: &'a Snapshot, short: &'a ShortIds, now: Timestamp, drawn: &'a [&'a Brief]) -> Self {
        let mut waiting: BTreeMap<&RecordId, Vec<&Brief>> = BTreeMap::new();
        for brief in drawn {
            for first in depends(brief) {
                waiting.entry(first).or_default().push(brief);
            }
        }
        Tree { snapshot, short, now, drawn, waiting }
    }

    fn print(&self) {
        let here: BTreeSet<&RecordId> = self.drawn.iter().map(|brief| &brief.id).collect();
        let is_root = |brief: &&&Brief| !depends(brief).any(|id| here.contains(id));
        let mut seen = BTreeSet::new();
        for root in self.drawn.iter().filter(is_root) {
            self.print_below(root, "", "", 0, &mut seen);
        }
        // A ring has no beginning; each of its members is drawn once.
        for brief in self.drawn {
            if !seen.contains(&brief.id) {
                self.print_below(brief, "", "", 0, &mut seen);
            }
        }
    }

    fn print_below(
        &self,
        brief: &'a Brief,
        indent: &str,
        branch: &str,
        depth: usize,
        seen: &mut BTreeSet<&'a RecordId>,
    ) {
        let line = brief_line(brief, self.snapshot, self.short, self.now);
        let waiting = self.waiting.get(&brief.id).map(Vec::as_slice).unwrap_or_default();
        let is_first = seen.insert(&brief.id);
        if !is_first || depth >= DEEPEST {
            let more = if waiting.is_empty() { "" } else { " (again)" };
            print_line(&format!("{indent}{branch}{line}{more}"));
            return;
        }
        print_line(&format!("{indent}{branch}{line}"));
        let indent = match branch {
            "" => indent.to_owned(),
            "└─ " => format!("{indent}   "),
            _ => format!("{indent}│  "),
        };
        for (at, other) in waiting.iter().enumerate() {
            let branch = if at + 1 == waiting.len() { "└─ " } else { "├─ " };
            self.print_below(other, &indent, branch, depth + 1, seen);
        }
    }
}
