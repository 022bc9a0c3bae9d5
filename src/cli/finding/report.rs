//! `perfteam finding report`.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::location::spot;
use crate::cli::addressee::check_addressee;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::flag::{Texts, head_file};
use crate::cli::steps::{require_least, require_title, require_type};
use crate::domain::document::{Document, Meta, Section};
use crate::domain::draft::front_matter;
use crate::domain::finding::{EVIDENCE, EVIDENCE_LEAST, FindingHead, Findings};
use crate::domain::flag::FlagHead;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::{Brief, Kind};
use crate::domain::level::Level;
use crate::domain::quantity::{Measured, named};
use crate::domain::record::RecordDir;
use crate::domain::text::{headline, slug};
use crate::domain::time::Timestamp;
use crate::markdown::document;
use crate::store::work_tree::Scan;
use crate::store::write::{NewFile, Staging};

/// The type of the flags that tell of a finding.
const FINDING: &str = "finding";

/// Report something learnt: a bottleneck, a benchmark, a pattern, a regression
///
/// A location is checked, and bound to what stands there: when that line moves or changes, the finding
/// says so, and by which commit. --distribute raises a flag to each agent in the same step.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam finding report --category bottleneck --component database-connection-pool --severity high \\
    --title \"Connection pool is exhausted under load\" --type resource_exhaustion \\
    --evidence \"95 % utilisation at 14:15, 60 % the day before\" --location src/db/connection.js:45 \\
    --metric p95=250ms..890ms --distribute @performance.monitor,@performance.benchmarker")]
pub struct Report {
    /// One line for lists
    #[arg(long)]
    title: String,
    /// bottleneck, benchmark, pattern, regression, or a word of your own
    #[arg(long, value_name = "WORD")]
    category: String,
    /// What it is about
    #[arg(long, value_name = "NAME")]
    component: String,
    /// How strongly it matters: critical, high, medium or low
    #[arg(long, value_name = "LEVEL")]
    severity: Level,
    /// What shows it
    #[arg(long, value_name = "TEXT")]
    evidence: String,
    /// What kind of it: resource_exhaustion
    #[arg(long = "type", value_name = "WORD")]
    class: Option<String>,
    /// What follows from it
    #[arg(long, value_name = "TEXT")]
    impact: Option<String>,
    /// Where in the code
    #[arg(long, value_name = "PATH:LINE")]
    location: Option<String>,
    /// A figure, before and after; may be given several times
    #[arg(long = "metric", value_name = "NAME=BEFORE..AFTER", value_parser = named::<Measured>)]
    metrics: Vec<(String, Measured)>,
    /// How often it happens: daily
    #[arg(long, value_name = "TEXT")]
    frequency: Option<String>,
    /// When it was first seen: 2026-11-20T10:30:00Z
    #[arg(long, value_name = "TIME")]
    first_detected: Option<Timestamp>,
    /// Where it is going: trending_down
    #[arg(long, value_name = "WORD")]
    trend: Option<String>,
    /// Tell these agents, by a flag to each
    #[arg(long, value_name = "@HANDLE,...", value_delimiter = ',')]
    distribute: Vec<Handle>,
    /// The investigation to which it belongs
    #[arg(long, value_name = "ID")]
    investigation: Option<String>,
    /// Make a retry of this command return the finding that the first run reported
    #[arg(long, value_name = "KEY")]
    once: Option<String>,
}

#[derive(Debug, Serialize)]
struct ReportedV1 {
    version: u32,
    id: String,
    path: String,
    existing: bool,
    staged: bool,
    flags: Vec<FlagV1>,
}

#[derive(Debug, Serialize)]
struct FlagV1 {
    id: String,
    path: String,
    to: String,
}

impl Report {
    /// Writes the finding and the flags.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let from = context.actor()?;
        require_title(&self.title, &Findings)?;
        require_type(&self.category)?;
        require_type(&self.component)?;
        require_least("--evidence", &self.evidence, EVIDENCE_LEAST, &Findings)?;
        for to in &self.distribute {
            check_addressee(context, to, "--distribute")?;
        }
        let _lock = context.lock()?;
        let scan = context.scan()?;
        if let Some(existing) = self.existing(context, &scan, &from)? {
            return say(context, &existing.id, &existing.dir, true, &Staging::Off, Vec::new(), &scan);
        }
        let head = self.head(context, &scan, &from)?;
        let (dir, file) = self.file(&head);
        let flags = self.flags(context, &head);
        let files: Vec<NewFile> =
            [file].into_iter().chain(flags.iter().map(|(_, file)| file.clone())).collect();
        let staging = context.write(&files)?;
        let flags = flags.into_iter().map(|(flag, _)| flag).collect();
        say(context, &head.id, &dir, false, &staging, flags, &scan)
    }

    fn head(&self, context: &Context, scan: &Scan, from: &Handle) -> Result<FindingHead, Failure> {
        let spotted = self.location.as_deref().map(|location| spot(context, location)).transpose()?;
        let parent = self.investigation.as_deref().map(|prefix| context.find(scan, prefix)).transpose()?;
        let chain = match &parent {
            Some(dir) => dir.kind().brief(&context.record(dir)?).map(|brief| brief.origin),
            None => None,
        };
        Ok(FindingHead {
            id: RecordId::from_bits(context.bits()),
            category: self.category.clone(),
            class: self.class.clone(),
            title: self.title.trim().to_owned(),
            component: self.component.clone(),
            from: from.clone(),
            severity: self.severity,
            at: context.now,
            impact: self.impact.clone(),
            location: spotted.as_ref().map(|spotted| spotted.location.clone()),
            anchor: spotted.and_then(|spotted| spotted.anchor),
            frequency: self.frequency.clone(),
            first_detected: self.first_detected,
            trend: self.trend.clone(),
            metrics: self.metrics.iter().cloned().collect(),
            parent: parent.map(|dir| dir.id()),
            chain,
            once: self.once.clone(),
            extra: Meta::new(),
        })
    }

    fn file(&self, head: &FindingHead) -> (RecordDir, NewFile) {
        let dir = RecordDir::new(&Findings, &head.at.day(), &slug(&headline(&head.title, 40)), &head.id);
        let text = self.evidence.trim().to_owned();
        let document = Document {
            meta: front_matter(head),
            text: String::new(),
            sections: vec![Section { title: EVIDENCE.to_owned(), text }],
        };
        let path = format!("{}/{}", dir.path(), Findings.head_file());
        (dir, NewFile { path, text: document::write(&document) })
    }

    /// A flag to each agent who is to know.
    fn flags(&self, context: &Context, finding: &FindingHead) -> Vec<(FlagV1, NewFile)> {
        let mut told: Vec<&Handle> = Vec::new();
        let mut flags = Vec::new();
        for to in self.distribute.iter().filter(|to| **to != finding.from) {
            if told.contains(&to) {
                continue;
            }
            told.push(to);
            let head = FlagHead {
                id: RecordId::from_bits(context.bits()),
                class: FINDING.to_owned(),
                title: headline(&finding.title, 72),
                from: finding.from.clone(),
                to: to.clone(),
                impact: finding.severity,
                at: context.now,
                files: Vec::new(),
                location: finding.location.clone(),
                chain: Some(finding.chain.clone().unwrap_or_else(|| finding.id.clone())),
                parent: Some(finding.id.clone()),
                once: None,
                context: Meta::new(),
                extra: Meta::new(),
            };
            let (dir, file) = head_file(&head, &self.texts(finding));
            flags.push((FlagV1 { id: head.id.to_string(), path: dir.path(), to: to.to_string() }, file));
        }
        flags
    }

    fn texts(&self, finding: &FindingHead) -> Texts {
        let impact =
            finding.impact.as_deref().map(|impact| format!(" Impact: {impact}.")).unwrap_or_default();
        Texts {
            change: Some(format!(
                "A {} of severity {} was found in {}: {}.{impact}\n\n{}",
                finding.category,
                finding.severity,
                finding.component,
                finding.title,
                self.evidence.trim()
            )),
            action: Some(format!(
                "Read the finding (perfteam finding show {id}) and say what you know of it: confirm it with your own \
                 evidence (perfteam finding confirm), or dispute it with a reason and counter-evidence (perfteam \
                 finding dispute); then complete this flag. Where it touches your work, plan what follows from it.",
                id = finding.id
            )),
            example: None,
        }
    }

    /// The finding that an earlier run with the same `--once` reported.
    fn existing(&self, context: &Context, scan: &Scan, from: &Handle) -> Result<Option<Brief>, Failure> {
        let Some(key) = &self.once else { return Ok(None) };
        let closed = context.briefs(&scan.snapshot.closed)?;
        let same = |brief: &&Brief| {
            brief.kind_name() == Findings.name() && brief.once.as_deref() == Some(key) && brief.from == *from
        };
        Ok(scan.snapshot.open.iter().chain(&closed).find(same).cloned())
    }
}

fn say(
    context: &Context,
    id: &RecordId,
    dir: &RecordDir,
    existing: bool,
    staging: &Staging,
    flags: Vec<FlagV1>,
    scan: &Scan,
) -> Result<ExitCode, Failure> {
    if context.is_json() {
        context.print_json(&ReportedV1 {
            version: 1,
            id: id.to_string(),
            path: dir.path(),
            existing,
            staged: *staging == Staging::Done,
            flags,
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let verb = if existing { "reported earlier" } else { "reported" };
    print_line(&format!("{verb} finding {}", scan.snapshot.short_ids().short(id)));
    print_line(&format!("  {}", dir.path()));
    for flag in flags {
        print_line(&format!("raised a flag to {}", flag.to));
        print_line(&format!("  {}", flag.path));
    }
    if !existing {
        print_line("commit it: git commit");
    }
    Ok(ExitCode::SUCCESS)
}
