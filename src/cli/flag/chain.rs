//! `perfteam flag chain`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::open_record;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::view::{BriefV1, SightArgs, brief_line};
use crate::domain::id::RecordId;
use crate::domain::kind::Brief;
use crate::domain::snapshot::{ShortIds, Snapshot};
use crate::domain::time::Timestamp;
use crate::store::work_tree::Scan;

/// Deeper than this no chain is drawn; parents in a ring have no end at all.
const DEEPEST: usize = 100;

/// Show the chain that a flag belongs to, as a tree
#[derive(Debug, Args)]
pub struct Chain {
    /// The id of any flag of the chain, or its beginning
    id: String,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChainV1 {
    origin: String,
    flags: Vec<BriefV1>,
}

impl Chain {
    /// Prints the chain.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let (scan, dir, record) = open_record(context, &self.id)?;
        let origin = dir.kind().brief(&record).map_or_else(|| dir.id(), |brief| brief.origin);
        let mut briefs = context.briefs(&scan.snapshot.closed)?;
        briefs.extend(scan.snapshot.open.iter().cloned());
        briefs.retain(|brief| brief.origin == origin);
        briefs.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        if context.is_json() {
            let short = scan.snapshot.short_ids();
            let flags = briefs.iter().map(|brief| BriefV1::new(brief, &scan.snapshot, &short, context.now));
            context.answer(&ChainV1 { origin: origin.to_string(), flags: flags.collect() })?;
        } else {
            Tree::new(&scan, &briefs, &origin, context.now).print();
        }
        Ok(ExitCode::SUCCESS)
    }
}

struct Tree<'a> {
    snapshot: &'a Snapshot,
    short: ShortIds,
    now: Timestamp,
    origin: &'a RecordId,
    by_id: BTreeMap<&'a RecordId, &'a Brief>,
    /// What hangs below each flag, in the order in which it was raised.
    below: BTreeMap<&'a RecordId, Vec<&'a Brief>>,
}

impl<'a> Tree<'a> {
    fn new(scan: &'a Scan, briefs: &'a [Brief], origin: &'a RecordId, now: Timestamp) -> Self {
        let by_id: BTreeMap<_, _> = briefs.iter().map(|brief| (&brief.id, brief)).collect();
        let mut below: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for brief in briefs.iter().filter(|brief| brief.id != *origin) {
            below.entry(place(brief, &by_id, origin)).or_default().push(brief);
        }
        let snapshot = &scan.snapshot;
        Tree { snapshot, short: snapshot.short_ids(), now, origin, by_id, below }
    }

    fn print(&self) {
        match self.by_id.get(self.origin) {
            Some(root) => self.print_line("", "", root),
            None => print_line(&format!("{} (the origin is not here)", self.origin)),
        }
        self.print_below(self.origin, "");
    }

    fn print_below(&self, parent: &RecordId, indent: &str) {
        let children = self.below.get(parent).map(Vec::as_slice).unwrap_or_default();
        for (at, child) in children.iter().enumerate() {
            let last = at + 1 == children.len();
            self.print_line(indent, if last { "└─ " } else { "├─ " }, child);
            let deeper = format!("{indent}{}", if last { "   " } else { "│  " });
            self.print_below(&child.id, &deeper);
        }
    }

    fn print_line(&self, indent: &str, branch: &str, brief: &Brief) {
        print_line(&format!("{indent}{branch}{}", brief_line(brief, self.snapshot, &self.short, self.now)));
    }
}

/// The flag below which `brief` is shown: its parent, unless that is not here, or hand-edited
/// parents form a ring; then the origin.
fn place<'a>(
    brief: &'a Brief,
    by_id: &BTreeMap<&'a RecordId, &'a Brief>,
    origin: &'a RecordId,
) -> &'a RecordId {
    let parent_of = |brief: &Brief| brief.parent.as_ref().and_then(|id| by_id.get(id).copied());
    let Some(parent) = parent_of(brief) else { return origin };
    let mut above = parent;
    for _ in 0..DEEPEST {
        if above.id == *origin {
            return &parent.id;
        }
        match parent_of(above) {
            Some(next) => above = next,
            None => return &parent.id,
        }
    }
    origin
}
