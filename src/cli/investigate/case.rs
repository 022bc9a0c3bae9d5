//! An investigation with all that belongs to it: its record, documents, tasks and findings.

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::steps::{open_record, unreadable};
use crate::domain::finding::Findings;
use crate::domain::id::RecordId;
use crate::domain::investigation::needs::Pages;
use crate::domain::investigation::{Investigation, Investigations, Part};
use crate::domain::kind::{Brief, Kind};
use crate::domain::record::{Record, RecordDir};
use crate::store::living;
use crate::store::work_tree::Scan;

/// An investigation, read under the lock that the caller holds.
pub struct Case {
    /// The records as they were read with it.
    pub scan: Scan,
    /// Where it lies.
    pub dir: RecordDir,
    /// Its record.
    pub record: Record,
    /// How it stands.
    pub state: Investigation,
    /// Its documents.
    pub pages: Pages,
}

impl Case {
    /// The investigation that `prefix` names.
    pub fn open(context: &Context, prefix: &str) -> Result<Case, Failure> {
        let (scan, dir, record) = open_record(context, &Investigations, prefix)?;
        let state = Investigation::fold(&record).map_err(|_| unreadable(&dir))?.state;
        let pages = living::pages(&context.repo()?.work_tree(), &dir)?;
        Ok(Case { scan, dir, record, state, pages })
    }

    /// The shortest prefix that names it.
    pub fn short(&self) -> String {
        self.short_of(&self.dir.id())
    }

    /// The shortest prefix that names the record.
    pub fn short_of(&self, id: &RecordId) -> String {
        self.scan.snapshot.short_ids().short(id).to_owned()
    }

    /// The path of the document of a part; of the head, where it has none.
    pub fn path(&self, part: Part) -> String {
        living::path(&self.dir, part).unwrap_or_else(|| self.dir.head_path())
    }

    /// The records of these ids, open or closed, in the order of the ids; those that are not here are
    /// left out.
    pub fn briefs<'a>(
        &self,
        context: &Context,
        ids: impl IntoIterator<Item = &'a RecordId>,
    ) -> Result<Vec<Brief>, Failure> {
        let mut briefs = Vec::new();
        for id in ids {
            match self.scan.snapshot.open.iter().find(|brief| brief.id == *id) {
                Some(open) => briefs.push(open.clone()),
                None => {
                    let is_it = |dir: &&RecordDir| dir.id_text() == id.as_str();
                    let dirs: Vec<RecordDir> =
                        self.scan.snapshot.closed.iter().filter(is_it).cloned().collect();
                    briefs.extend(context.briefs(&dirs)?);
                }
            }
        }
        Ok(briefs)
    }

    /// The findings that were reported for it, open and closed, the oldest first.
    pub fn findings(&self, context: &Context) -> Result<Vec<Brief>, Failure> {
        let is_finding = |dir: &RecordDir| dir.kind().name() == Findings.name();
        let closed: Vec<RecordDir> =
            self.scan.snapshot.closed.iter().filter(|dir| is_finding(dir)).cloned().collect();
        let mut findings = context.briefs(&closed)?;
        findings.extend(self.scan.snapshot.open.iter().filter(|brief| is_finding(&brief.dir)).cloned());
        findings.retain(|brief| brief.parent.as_ref() == Some(&self.dir.id()));
        findings.sort_by_key(|brief| (brief.at, brief.id.clone()));
        Ok(findings)
    }
}
