//! `perfteam flag chain`.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::open_record;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::view::{BriefV1, brief_line};
use crate::domain::id::RecordId;
use crate::domain::kind::Brief;
use crate::store::work_tree::{Scan, read_briefs};

/// Show the chain that a flag belongs to, as a tree
#[derive(Debug, Args)]
pub struct Chain {
    /// The id of any flag of the chain, or its beginning
    id: String,
}

#[derive(Debug, Serialize)]
struct ChainV1 {
    version: u32,
    origin: String,
    flags: Vec<BriefV1>,
}

impl Chain {
    /// Prints the chain.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let (scan, dir, record) = open_record(context, &self.id)?;
        let origin = dir.kind().brief(&record).map_or_else(|| dir.id(), |brief| brief.origin);
        let mut briefs = read_briefs(context.repo()?, &scan.snapshot.closed)?;
        briefs.extend(scan.snapshot.open.iter().cloned());
        briefs.retain(|brief| brief.origin == origin);
        briefs.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        if context.is_json() {
            let short = scan.snapshot.short_ids();
            let flags = briefs.iter().map(|brief| BriefV1::new(brief, &scan.snapshot, &short, context.now));
            context.print_json(&ChainV1 {
                version: 1,
                origin: origin.to_string(),
                flags: flags.collect(),
            })?;
        } else {
            Tree { context, scan: &scan, briefs: &briefs, origin: &origin }.print();
        }
        Ok(ExitCode::SUCCESS)
    }
}

struct Tree<'a> {
    context: &'a Context,
    scan: &'a Scan,
    briefs: &'a [Brief],
    origin: &'a RecordId,
}

impl Tree<'_> {
    fn print(&self) {
        match self.briefs.iter().find(|brief| brief.id == *self.origin) {
            Some(root) => self.print_line("", "", root),
            None => print_line(&format!("{} (the origin is not here)", self.origin)),
        }
        self.print_below(self.origin, "", 0);
    }

    /// The flag under which `brief` hangs: its parent where that is here, else the origin.
    fn parent<'b>(&'b self, brief: &'b Brief) -> &'b RecordId {
        let here = |id: &&RecordId| **id != brief.id && self.briefs.iter().any(|other| other.id == **id);
        brief.parent.as_ref().filter(here).unwrap_or(self.origin)
    }

    fn print_below(&self, parent: &RecordId, indent: &str, depth: usize) {
        let children: Vec<&Brief> = self
            .briefs
            .iter()
            .filter(|brief| brief.id != *self.origin && self.parent(brief) == parent)
            .collect();
        for (at, child) in children.iter().enumerate() {
            let last = at + 1 == children.len();
            self.print_line(indent, if last { "└─ " } else { "├─ " }, child);
            // Parents that form a ring by hand-edited files must not hang the command.
            if depth < self.briefs.len() {
                let deeper = format!("{indent}{}", if last { "   " } else { "│  " });
                self.print_below(&child.id, &deeper, depth + 1);
            }
        }
    }

    fn print_line(&self, indent: &str, branch: &str, brief: &Brief) {
        let snapshot = &self.scan.snapshot;
        let line = brief_line(brief, snapshot, &snapshot.short_ids(), self.context.now);
        print_line(&format!("{indent}{branch}{line}"));
    }
}
