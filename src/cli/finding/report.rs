//! `perfteam finding report`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::given::{Given, Said};
use super::location::spot;
use crate::cli::addressee::check_addressee;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::flag::{Texts, head_file};
use crate::cli::once::made_before;
use crate::cli::steps::{require_least, require_title, require_word};
use crate::domain::document::{Document, Meta, Section};
use crate::domain::draft::front_matter;
use crate::domain::finding::{EVIDENCE, EVIDENCE_LEAST, FindingHead, Findings};
use crate::domain::flag::FlagHead;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::Kind;
use crate::domain::record::RecordDir;
use crate::domain::text::{headline, slug};
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
#[command(override_usage = "perfteam finding report --title <TITLE> --category <WORD> --component <NAME> \
    --severity <LEVEL> --evidence <TEXT> [OPTIONS]\n       perfteam finding report --edit | --input <FILE> [OPTIONS]")]
#[command(after_help = "Example:
  perfteam finding report --category bottleneck --component database-connection-pool --severity high \\
    --title \"Connection pool is exhausted under load\" --type resource_exhaustion \\
    --evidence \"95 % utilisation at 14:15, 60 % the day before\" --location src/db/connection.js:45 \\
    --metric p95=250ms..890ms --distribute @performance.monitor,@performance.benchmarker")]
pub struct Report {
    #[command(flatten)]
    given: Given,
    /// Make a retry of this command return the finding that the first run reported
    #[arg(long, value_name = "KEY")]
    once: Option<String>,
    /// Write the finding in $EDITOR, from a template
    #[arg(long, conflicts_with = "input")]
    edit: bool,
    /// Read the finding from a file of the form that docs/format.md shows; - is standard input
    #[arg(long, value_name = "FILE")]
    input: Option<String>,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReportedV1 {
    id: String,
    path: String,
    existing: bool,
    staged: bool,
    flags: Vec<FlagV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertV1")]
struct FlagV1 {
    id: String,
    path: String,
    to: String,
}

impl Report {
    /// Writes the finding and the flags.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let from = context.actor()?;
        let (given, said) = self.given(context)?;
        let _lock = context.lock()?;
        let scan = context.scan()?;
        if let Some(existing) = made_before(context, &scan, &Findings, &from, self.once.as_deref())? {
            return say(context, &existing.id, &existing.dir, true, &Staging::Off, Vec::new(), &scan);
        }
        let head = self.head(context, &scan, &from, (&given, &said))?;
        let (dir, file) = file(&head, &said.evidence);
        let flags = flags(context, &head, &given.distribute, &said.evidence);
        let files: Vec<NewFile> =
            [file].into_iter().chain(flags.iter().map(|(_, file)| file.clone())).collect();
        let staging = context.write(&files)?;
        let flags = flags.into_iter().map(|(flag, _)| flag).collect();
        say(context, &head.id, &dir, false, &staging, flags, &scan)
    }

    fn given(&self, context: &Context) -> Result<(Given, Said), Failure> {
        if self.edit {
            return self.given.composed(context, |given| {
                let said = checked(context, &given)?;
                // Judged while what was written can still be kept.
                given.location.as_deref().map(|location| spot(context, location)).transpose()?;
                Ok((given, said))
            });
        }
        let given = match &self.input {
            Some(file) => self.given.clone().or_from(file)?,
            None => self.given.clone(),
        };
        let said = checked(context, &given)?;
        Ok((given, said))
    }

    fn head(
        &self,
        context: &Context,
        scan: &Scan,
        from: &Handle,
        (given, said): (&Given, &Said),
    ) -> Result<FindingHead, Failure> {
        let spotted = given.location.as_deref().map(|location| spot(context, location)).transpose()?;
        let parent = given.investigation.as_deref().map(|prefix| context.find(scan, prefix)).transpose()?;
        let chain = match &parent {
            Some(dir) => dir.kind().brief(&context.record(dir)?).map(|brief| brief.origin),
            None => None,
        };
        Ok(FindingHead {
            id: RecordId::from_bits(context.bits()),
            category: said.category.clone(),
            class: given.class.clone(),
            title: said.title.clone(),
            component: said.component.clone(),
            from: from.clone(),
            severity: said.severity,
            at: context.now,
            impact: given.impact.clone(),
            location: spotted.as_ref().map(|spotted| spotted.location.clone()),
            anchor: spotted.and_then(|spotted| spotted.anchor),
            frequency: given.frequency.clone(),
            first_detected: given.first_detected,
            trend: given.trend.clone(),
            metrics: given.metrics(),
            parent: parent.map(|dir| dir.id()),
            chain,
            once: self.once.clone(),
            extra: given.extra.clone(),
        })
    }
}

/// What every finding says, when it says enough, and those whom it is told are there.
fn checked(context: &Context, given: &Given) -> Result<Said, Failure> {
    let said = given.said()?;
    require_title(&said.title, &Findings)?;
    require_word("--category", &said.category, "bottleneck")?;
    require_word("--component", &said.component, "database-connection-pool")?;
    require_least("--evidence", &said.evidence, EVIDENCE_LEAST, &Findings)?;
    for to in &given.distribute {
        check_addressee(context, to, "--distribute")?;
    }
    Ok(said)
}

fn file(head: &FindingHead, evidence: &str) -> (RecordDir, NewFile) {
    let dir = RecordDir::new(&Findings, &head.at.day(), &slug(&headline(&head.title, 40)), &head.id);
    let document = Document {
        meta: front_matter(head),
        text: String::new(),
        sections: vec![Section { title: EVIDENCE.to_owned(), text: evidence.to_owned() }],
    };
    let path = format!("{}/{}", dir.path(), Findings.head_file());
    (dir, NewFile { path, text: document::write(&document) })
}

/// A flag to each agent who is to know.
fn flags(
    context: &Context,
    finding: &FindingHead,
    distribute: &[Handle],
    evidence: &str,
) -> Vec<(FlagV1, NewFile)> {
    let mut told: Vec<&Handle> = Vec::new();
    let mut flags = Vec::new();
    for to in distribute.iter().filter(|to| **to != finding.from) {
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
        let (dir, file) = head_file(&head, &texts(finding, evidence));
        flags.push((FlagV1 { id: head.id.to_string(), path: dir.path(), to: to.to_string() }, file));
    }
    flags
}

fn texts(finding: &FindingHead, evidence: &str) -> Texts {
    let impact = finding.impact.as_deref().map(|impact| format!(" Impact: {impact}.")).unwrap_or_default();
    Texts {
        change: Some(format!(
            "A {} of severity {} was found in {}: {}.{impact}\n\n{evidence}",
            finding.category, finding.severity, finding.component, finding.title,
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
        context.answer(&ReportedV1 {
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
