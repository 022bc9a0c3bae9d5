//! `perfteam investigate open`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::search::similar;
use super::workspace::{rendered, subject, wrong};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::knowledge::{self, SimilarV1, print_known};
use crate::cli::once::made_before;
use crate::cli::steps::{require_least, require_title, require_words};
use crate::cli::view::{BriefV1, brief_line};
use crate::domain::document::{Document, Meta};
use crate::domain::draft::front_matter;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::investigation::criterion::Criterion;
use crate::domain::investigation::{IMPACT_LEAST, InvestigationHead, Investigations, Part};
use crate::domain::kind::Brief;
use crate::domain::level::Level;
use crate::domain::record::RecordDir;
use crate::domain::text::{headline, shown_line, slug};
use crate::domain::time::{Timestamp, when};
use crate::markdown::document;
use crate::scaffold::investigation::{HEAD, document as template};
use crate::store::work_tree::Scan;
use crate::store::write::{NewFile, Staging};

/// How many similar ones are shown.
const SIMILAR: usize = 3;

/// Open an investigation: a folder with a document for each role, rendered from templates
///
/// Each part is due a while after the start: data, code and infrastructure 2 h, synthesis 4 h,
/// implementation 8 h, validation 32 h, retrospective 48 h, unless --due says otherwise. Your own
/// versions of the templates lie in .perfteam/templates/investigation. Earlier investigations that
/// are like it are shown.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam investigate open --title \"Checkout is slow\" --priority high --system checkout --system user-profile \\
    --trigger \"p95 alert at 14:15\" --impact \"15 % of the traffic waits 890 ms instead of 250 ms, mostly checkout\" \\
    --success \"p95_latency < 300ms, target < 250ms\" --success \"error_rate < 0.1%, target < 0.05%\"

Then: perfteam investigate delegate ID --data @h --code @h --infrastructure @h")]
pub struct Open {
    /// One line for lists
    #[arg(long)]
    title: String,
    /// How strongly it matters: high in production, medium in staging, low where nobody suffers yet;
    /// critical where it can't wait
    #[arg(long, value_name = "LEVEL")]
    priority: Level,
    /// What is affected; may be given several times
    #[arg(long = "system", value_name = "NAME", required = true, value_delimiter = ',')]
    systems: Vec<String>,
    /// What users feel, since when, and how many of them
    #[arg(long, value_name = "TEXT")]
    impact: String,
    /// What set it off: an alert, complaints, a deployment
    #[arg(long, value_name = "TEXT")]
    trigger: Option<String>,
    /// What must hold in the end: 'p95_latency < 300ms, target < 250ms', or in words; may be given
    /// several times
    #[arg(long, value_name = "TEXT")]
    success: Vec<String>,
    /// When a part is due: data=+3h, synthesis='tomorrow 18:00'; may be given several times
    #[arg(long, value_name = "PART=WHEN")]
    due: Vec<String>,
    /// The record that it serves
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
    /// Make a retry of this command return the investigation that the first run opened
    #[arg(long, value_name = "KEY")]
    once: Option<String>,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OpenedV1 {
    id: String,
    path: String,
    existing: bool,
    staged: bool,
    /// The paths of its documents, by part.
    documents: BTreeMap<&'static str, String>,
    /// Earlier ones that are like it, most alike first.
    similar: Vec<BriefV1>,
    /// What was learnt before about the like.
    known: Vec<SimilarV1>,
}

/// What there was before that is like it.
#[derive(Default)]
struct Before {
    alike: Vec<Brief>,
    known: Vec<SimilarV1>,
}

impl Open {
    /// Writes the head and the documents.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let from = context.actor()?;
        require_title(&self.title, &Investigations)?;
        require_least("--impact", &self.impact, IMPACT_LEAST, &Investigations)?;
        for system in &self.systems {
            require_words("--system", system, &Investigations)?;
        }
        let usual = Part::ALL.into_iter().map(|part| (part, context.now.plus(part.due_after())));
        let due = usual.chain(due(&self.due, context.now)?).collect();
        let _lock = context.lock()?;
        let scan = context.scan()?;
        if let Some(existing) = made_before(context, &scan, &Investigations, &from, self.once.as_deref())? {
            return self.say(context, &scan, &existing.dir, true, &Staging::Off, Before::default());
        }
        let head = self.head(context, &scan, &from, due)?;
        let (dir, files) = self.files(context, &head)?;
        let about = format!("{} {}", self.title, self.systems.join(" "));
        let before = Before {
            alike: similar(context, &scan, &format!("{about} {}", self.impact), SIMILAR)?,
            known: knowledge::similar(context, &about)?,
        };
        let staging = context.write(&files)?;
        say_words(&self.success);
        self.say(context, &scan, &dir, false, &staging, before)
    }

    fn head(
        &self,
        context: &Context,
        scan: &Scan,
        from: &Handle,
        due: BTreeMap<Part, Timestamp>,
    ) -> Result<InvestigationHead, Failure> {
        let parent = self.parent.as_deref().map(|prefix| context.find(scan, prefix)).transpose()?;
        let chain = match &parent {
            Some(dir) => dir.kind().brief(&context.record(dir)?).map(|brief| brief.origin),
            None => None,
        };
        Ok(InvestigationHead {
            id: RecordId::from_bits(context.bits()),
            title: self.title.trim().to_owned(),
            from: from.clone(),
            priority: self.priority,
            at: context.now,
            trigger: self.trigger.as_ref().map(|text| text.trim().to_owned()),
            systems: self.systems.iter().map(|system| system.trim().to_owned()).collect(),
            success: self.success.iter().map(|text| text.trim().to_owned()).collect(),
            due,
            parent: parent.map(|dir| dir.id()),
            chain,
            once: self.once.clone(),
            extra: Meta::new(),
        })
    }

    /// The documents, and last the head, with which the investigation begins to be.
    fn files(
        &self,
        context: &Context,
        head: &InvestigationHead,
    ) -> Result<(RecordDir, Vec<NewFile>), Failure> {
        let dir =
            RecordDir::new(&Investigations, &head.at.day(), &slug(&headline(&head.title, 40)), &head.id);
        let subject = subject(head, &self.impact);
        let mut files = Vec::new();
        for part in Part::ALL {
            let (Some(template), Some(file)) = (template(part), part.document()) else { continue };
            let text = rendered(context, template, &subject)?;
            files.push(NewFile { path: format!("{}/{file}", dir.path()), text });
        }
        let body = rendered(context, HEAD, &subject)?;
        let read = document::parse(format!("---\nid: {}\n---\n{body}", head.id).as_bytes())
            .map_err(|fault| wrong(HEAD.path, 1, &fault.message))?;
        let text = document::write(&Document { meta: front_matter(head), ..read });
        files.push(NewFile { path: dir.head_path(), text });
        Ok((dir, files))
    }

    fn say(
        &self,
        context: &Context,
        scan: &Scan,
        dir: &RecordDir,
        existing: bool,
        staging: &Staging,
        before: Before,
    ) -> Result<ExitCode, Failure> {
        let short = scan.snapshot.short_ids();
        if context.is_json() {
            let documents = Part::ALL
                .into_iter()
                .filter_map(|part| Some((part.word(), format!("{}/{}", dir.path(), part.document()?))));
            context.answer(&OpenedV1 {
                id: dir.id().to_string(),
                path: dir.path(),
                existing,
                staged: *staging == Staging::Done,
                documents: documents.collect(),
                similar: before
                    .alike
                    .iter()
                    .map(|brief| BriefV1::new(brief, &scan.snapshot, &short, context.now))
                    .collect(),
                known: before.known,
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        let id = short.short(&dir.id()).to_owned();
        let verb = if existing { "opened earlier" } else { "opened" };
        print_line(&format!("{verb}: investigation {id}"));
        print_line(&format!("  {}", dir.path()));
        if !before.alike.is_empty() {
            print_line("earlier ones like it, most alike first:");
            for brief in &before.alike {
                print_line(&format!("  {}", brief_line(brief, &scan.snapshot, &short, context.now)));
            }
        }
        print_known(&before.known);
        if !existing {
            print_line("commit it: git commit");
        }
        print_line(&format!(
            "next: perfteam investigate delegate {id} --data @h --code @h --infrastructure @h"
        ));
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads `--due`: when some parts are due.
pub fn due(given: &[String], now: Timestamp) -> Result<BTreeMap<Part, Timestamp>, Failure> {
    let read = |given: &String| {
        let fail = |message: String| {
            Failure::usage(format!("--due {}: {message}", shown_line(given)))
                .why("others plan by it")
                .hint("--due data=+3h, --due synthesis='tomorrow 18:00'; times are UTC")
        };
        let (part, when) = given.split_once('=').ok_or_else(|| fail("expected PART=WHEN".to_owned()))?;
        let parts = Part::ALL.map(Part::word).join(", ");
        let part = Part::named(part.trim()).ok_or_else(|| fail(format!("expected one of {parts}")))?;
        Ok((part, when::parse(when, now).map_err(fail)?))
    };
    given.iter().map(read).collect()
}

/// Says on standard error which criteria look like limits and are none.
fn say_words(success: &[String]) {
    let looks_measured = |text: &&String| text.contains(|c: char| c.is_ascii_digit() || "<>=".contains(c));
    let is_words = |text: &&String| matches!(Criterion::read(text), Criterion::Words(_));
    for text in success.iter().filter(looks_measured).filter(is_words) {
        say!("note: `{}` is judged by people: no limit was read in it", shown_line(text));
        say!("  a limit is compared: --success 'p95_latency < 300ms, target < 250ms'");
    }
}
