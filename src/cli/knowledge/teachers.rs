//! The records that taught entries.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::kind::Brief;
use crate::domain::knowledge::Entry;
use crate::domain::record::RecordDir;
use crate::domain::snapshot::ShortIds;
use crate::domain::text::{cut, shown_line};

/// The records that taught some entries, as far as they are here.
#[derive(Default)]
pub struct Teachers {
    briefs: Vec<Brief>,
    short: ShortIds,
}

/// A record that taught an entry, for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TeacherV1 {
    /// The full id.
    id: String,
    /// What it is; absent where it is not here.
    kind: Option<&'static str>,
    title: Option<String>,
    status: Option<String>,
    path: Option<String>,
}

impl Teachers {
    /// Reads those of these entries.
    pub fn read<'a>(
        context: &Context,
        entries: impl IntoIterator<Item = &'a Entry>,
    ) -> Result<Self, Failure> {
        let ids: BTreeSet<&RecordId> = entries.into_iter().flat_map(|entry| &entry.front.taught_by).collect();
        if ids.is_empty() {
            return Ok(Teachers::default());
        }
        let snapshot = context.scan()?.snapshot;
        let dirs: Vec<RecordDir> =
            snapshot.closed.iter().filter(|dir| ids.contains(&dir.id())).cloned().collect();
        let mut briefs = context.briefs(&dirs)?;
        let short = snapshot.short_ids();
        briefs.extend(snapshot.open.into_iter().filter(|brief| ids.contains(&brief.id)));
        Ok(Teachers { briefs, short })
    }

    fn get(&self, id: &RecordId) -> Option<&Brief> {
        self.briefs.iter().find(|brief| brief.id == *id)
    }

    /// The record in words: `finding 7k2m (confirmed): The pool is exhausted`.
    pub fn words(&self, id: &RecordId) -> String {
        match self.get(id) {
            Some(brief) => format!(
                "{} {} ({}): {}",
                brief.kind_name(),
                self.short.short(id),
                brief.status,
                cut(&shown_line(&brief.title), 80)
            ),
            None => format!("{id}, which is not here"),
        }
    }

    /// The record in a word or two: `finding 7k2m`.
    pub fn name(&self, id: &RecordId) -> String {
        self.get(id)
            .map_or_else(|| id.to_string(), |brief| format!("{} {}", brief.kind_name(), self.short.short(id)))
    }

    /// The record, as programs read it.
    pub fn json(&self, id: &RecordId) -> TeacherV1 {
        let brief = self.get(id);
        TeacherV1 {
            id: id.to_string(),
            kind: brief.map(Brief::kind_name),
            title: brief.map(|brief| brief.title.clone()),
            status: brief.map(|brief| brief.status.clone()),
            path: brief.map(|brief| brief.dir.path()),
        }
    }
}
