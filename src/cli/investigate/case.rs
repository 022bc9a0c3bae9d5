//! An investigation with all that belongs to it: its record, documents, tasks and findings.

use std::collections::BTreeMap;

use super::workspace::{rendered, subject};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::steps::{open_record, unreadable};
use crate::cli::task::{Draft, Made, take_up};
use crate::domain::diagnostic::Spot;
use crate::domain::finding::Findings;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::investigation::needs::Pages;
use crate::domain::investigation::{Investigation, Investigations, Part};
use crate::domain::kind::{Brief, Kind};
use crate::domain::place::Origin;
use crate::domain::record::{Record, RecordDir};
use crate::domain::snapshot::ShortIds;
use crate::domain::text::{nearest, shown_line};
use crate::domain::time::Span;
use crate::markdown::fill::{Filling, Unfilled, fill};
use crate::scaffold::investigation::document as template;
use crate::store::assemble::plain_bytes;
use crate::store::elsewhere::places_with;
use crate::store::living;
use crate::store::source::Source;
use crate::store::work_tree::Scan;
use crate::store::write::replace;

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
    /// Where the documents are that are not here, and how they get here.
    absent: BTreeMap<Part, (String, String)>,
    short: ShortIds,
}

impl Case {
    /// The investigation that `prefix` names.
    pub fn open(context: &Context, prefix: &str) -> Result<Case, Failure> {
        let (scan, dir, record) = open_record(context, &Investigations, prefix)?;
        let state = Investigation::fold(&record).map_err(|_| unreadable(&dir))?.state;
        let pages = living::pages(&context.repo()?.work_tree(), &dir)?;
        let short = scan.snapshot.short_ids();
        let absent = absent(context, &scan, &dir, &pages)?;
        Ok(Case { scan, dir, record, state, pages, absent, short })
    }

    /// The shortest prefix that names it.
    pub fn short(&self) -> String {
        self.short_of(&self.dir.id())
    }

    /// Shortens ids.
    pub fn short_ids(&self) -> &ShortIds {
        &self.short
    }

    /// The shortest prefix that names the record.
    pub fn short_of(&self, id: &RecordId) -> String {
        self.short.short(id).to_owned()
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

    /// The task that `draft` describes: one that an earlier run made and could not name, else a new one.
    pub fn take_up(&self, context: &Context, actor: &Handle, draft: Draft) -> Result<Made, Failure> {
        let state = &self.state;
        let named: Vec<RecordId> =
            state.tasks.values().chain(&state.fixes).chain(&state.later).cloned().collect();
        take_up(context, &self.scan.snapshot, &named, actor, draft)
    }

    /// The findings that were reported for it, open and closed, the oldest first.
    pub fn findings(&self, context: &Context) -> Result<Vec<Brief>, Failure> {
        let is_finding = |dir: &RecordDir| dir.kind().name() == Findings.name();
        // Whatever was reported for it came after it, give or take what clocks differ.
        let opened = self.state.head.at.minus(Span::hours(24)).day();
        let may_be = |dir: &&RecordDir| is_finding(dir) && dir.day().rsplit('/').next() >= Some(&opened);
        let closed: Vec<RecordDir> = self.scan.snapshot.closed.iter().filter(may_be).cloned().collect();
        let mut findings = context.briefs(&closed)?;
        findings.extend(self.scan.snapshot.open.iter().filter(|brief| is_finding(&brief.dir)).cloned());
        findings.retain(|brief| brief.parent.as_ref() == Some(&self.dir.id()));
        findings.sort_by_key(|brief| (brief.at, brief.id.clone()));
        Ok(findings)
    }
}

impl Case {
    /// The document of a part as it was rendered: the lines in it that are still the template's.
    pub fn template(&self, context: &Context, part: Part) -> Result<String, Failure> {
        match template(part) {
            Some(template) => rendered(context, template, &subject(&self.state.head, &self.state.impact)),
            None => Ok(String::new()),
        }
    }

    /// Where a document is that is not here, and how it gets here; `None` where it is nowhere.
    pub fn whereabouts(&self, part: Part) -> Option<(String, String)> {
        self.absent.get(&part).cloned()
    }

    /// Where the task of a part went on, where that is not here, and how it gets here.
    pub fn went_on(&self, part: Part) -> Option<(String, String)> {
        let id = self.state.tasks.get(&part)?;
        let elsewhere = &self.scan.snapshot.elsewhere;
        let (_, origin) = elsewhere.iter().find(|(dir, _)| dir.id_text() == id.as_str())?;
        Some(told(origin))
    }

    /// The document of a part as it is; as it is rendered, where it is not here.
    pub fn document(&self, context: &Context, part: Part) -> Result<String, Failure> {
        let path = self.path(part);
        let Some(contents) = context.repo()?.work_tree().read(&path)? else {
            return match self.whereabouts(part) {
                // One written here would meet the one that is there when the two are merged.
                Some((place, get)) => Err(Failure::refused(format!("{path} is not here, but {place}"))
                    .why("two versions of one document that begin apart are a conflict when they meet")
                    .hint(get)),
                None => self.template(context, part),
            };
        };
        let text = plain_bytes(Some(contents)).map(|bytes| String::from_utf8(bytes).ok());
        text.ok().flatten().ok_or_else(|| {
            Failure::new(Exit::Unreadable, format!("{path} can't be read as a text"))
                .why("what stands in it would be lost")
                .hint("see what is wrong, by line: perfteam check --worktree")
        })
    }

    /// Puts `fillings`, each into its section, into the document of a part, and stages it; whether
    /// that changed anything. What people had written stays, and is said.
    pub fn fill(
        &self,
        context: &Context,
        part: Part,
        fillings: &[(String, Filling)],
    ) -> Result<bool, Failure> {
        let path = self.path(part);
        let (old, template) = (self.document(context, part)?, self.template(context, part)?);
        let mut text = old.clone();
        for (section, filling) in fillings {
            let filled = fill(&text, &template, section, filling)
                .map_err(|unfilled| not_filled(&path, section, &unfilled))?;
            for (own, new) in filled.kept {
                let (own, new) = (shown_line(&own).into_owned(), shown_line(&new).into_owned());
                say!("note: `{own}` stays as it stood there, not `{new}`; an editor can change it");
            }
            text = filled.text;
        }
        self.put(context, part, &old, &text)
    }

    /// Makes `text` the document of a part, which is `old`, and stages it; whether that changed
    /// anything.
    pub fn put(&self, context: &Context, part: Part, old: &str, text: &str) -> Result<bool, Failure> {
        let (repo, path) = (context.repo()?, self.path(part));
        if text == old && repo.work_tree().exists(&path) {
            return Ok(false);
        }
        replace(repo, &repo.top().join(&path), text)?;
        context.stage(&[path])?;
        Ok(true)
    }
}

/// Where the documents are that are not here.
fn absent(
    context: &Context,
    scan: &Scan,
    dir: &RecordDir,
    pages: &Pages,
) -> Result<BTreeMap<Part, (String, String)>, Failure> {
    let mut absent = BTreeMap::new();
    for part in Part::ALL.into_iter().filter(|part| !pages.contains_key(part)) {
        let Some(path) = living::path(dir, part) else { continue };
        // A step brings the record here, not its documents.
        let origin = match scan.snapshot.elsewhere.get(dir) {
            Some(origin) => Some(origin.clone()),
            None => {
                let places = places_with(context.repo()?, &path)?;
                (!places.is_empty()).then_some(Origin { whole: true, places })
            }
        };
        absent.extend(origin.map(|origin| (part, told(&origin))));
    }
    Ok(absent)
}

/// Where something is, and how it gets here.
fn told(origin: &Origin) -> (String, String) {
    let get = origin.get().unwrap_or_else(|| "have it committed there, then: git merge BRANCH".to_owned());
    let place = origin.places.first().map_or_else(|| origin.to_string(), ToString::to_string);
    (place, get)
}

fn not_filled(path: &str, section: &str, unfilled: &Unfilled) -> Failure {
    match unfilled {
        Unfilled::NoSection(there) => {
            Failure::usage(format!("{path} has no section `{}`", shown_line(section)))
                .why("what is written must be found again by those who read the document")
                .hint(sections(section, there))
        }
        Unfilled::NoTable => {
            Failure::usage(format!("the section `{}` of {path} has no table", shown_line(section)))
                .why("a row needs its columns")
                .hint("write items or texts: --item \"NAME: TEXT\", --text TEXT")
        }
        Unfilled::TooWide(columns) => Failure::usage(format!(
            "a row for `{}` of {path} has more cells than the table",
            shown_line(section)
        ))
        .why("what has no column is not shown")
        .hint(format!("its columns: {}", columns.join(" | "))),
        Unfilled::Unreadable(fault) => {
            let line = match fault.spot {
                Spot::At(line, _) => line,
                _ => 1,
            };
            Failure::new(Exit::Unreadable, format!("{path}:{line}: {}", fault.message))
                .why("what stands in it would be lost")
                .hint("mend the file first")
        }
    }
}

/// Which sections there are, and which was meant.
fn sections(given: &str, there: &[String]) -> String {
    let all = format!("its sections: {}", there.join(", "));
    let given = given.trim().to_lowercase();
    let begins: Vec<&String> =
        there.iter().filter(|title| title.to_lowercase().starts_with(&given)).collect();
    let meant = match begins.as_slice() {
        [one] if !given.is_empty() => Some(one.as_str()),
        _ => nearest(&given, there.iter().map(String::as_str)),
    };
    meant.map_or_else(|| all.clone(), |meant| format!("did you mean `{meant}`? {all}"))
}
