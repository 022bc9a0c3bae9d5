//! The part of an investigation that a task is, for who works on it.

use super::gate::command_of;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::steps::unreadable;
use crate::domain::investigation::needs::{Lack, lacks_of};
use crate::domain::investigation::{Investigation, Investigations, Part};
use crate::domain::kind::{Brief, Kind};
use crate::domain::record::RecordDir;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::counted;
use crate::store::living;

/// How many of the things that a document lacks are named when its task is done.
const NAMED: usize = 3;

/// A task as the part of an open investigation.
pub struct PartTask {
    dir: RecordDir,
    state: Investigation,
    part: Part,
    /// The shortest prefix that names the investigation.
    short: String,
}

impl PartTask {
    /// The part that `task` is; `None` where it is none.
    pub fn of(context: &Context, snapshot: &Snapshot, task: &Brief) -> Result<Option<Self>, Failure> {
        let is_it = |open: &&Brief| {
            Some(&open.id) == task.parent.as_ref() && open.kind_name() == Investigations.name()
        };
        let Some(investigation) = snapshot.open.iter().find(is_it) else { return Ok(None) };
        let dir = investigation.dir.clone();
        let state = Investigation::fold(&context.record(&dir)?).map_err(|_| unreadable(&dir))?.state;
        let part = state.tasks.iter().find(|(_, id)| **id == task.id).map(|(part, _)| *part);
        let short = snapshot.short_ids().short(&investigation.id).to_owned();
        Ok(part.map(|part| PartTask { dir, state, part, short }))
    }

    /// The document that is written, where it is a specialist's.
    pub fn document(&self) -> Option<String> {
        living::path(&self.dir, self.part).filter(|_| self.part.is_role())
    }

    /// The command that says what the document still lacks.
    pub fn status(&self) -> String {
        format!("perfteam investigate status {}", self.short)
    }

    /// The command that moves the investigation on, where it is the coordinator's part.
    pub fn command(&self) -> Option<String> {
        command_of(&self.state, &self.short).filter(|_| !self.part.is_role())
    }

    /// Says on standard error what a specialist's document lacks although its task is done.
    pub fn say_lacks(&self, context: &Context) -> Result<(), Failure> {
        let Some(path) = self.document() else { return Ok(()) };
        let pages = living::pages(&context.repo()?.work_tree(), &self.dir)?;
        let lacks = lacks_of(&self.state, &pages, self.part);
        if lacks.is_empty() {
            return Ok(());
        }
        let things = counted(lacks.len(), "thing");
        say!("warning: {things} missing in its document, without which the synthesis can't begin");
        for Lack { line, what, write, .. } in lacks.iter().take(NAMED) {
            say!("  {path}:{line}: {what}: {write}");
        }
        if lacks.len() > NAMED {
            say!("  see all of them: {}", self.status());
        }
        Ok(())
    }
}
