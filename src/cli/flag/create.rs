//! `perfteam flag create`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::input::{Draft, Texts, require};
use crate::cli::addressee::check_addressee;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::once::all_made_before;
use crate::domain::document::{Document, Meta, Section};
use crate::domain::draft::front_matter;
use crate::domain::flag::{
    ACTION, ACTION_LEAST, CHANGE, CHANGE_LEAST, EXAMPLE, Flag, FlagHead, Flags, INFORMATION_REQUEST,
    QUESTION_LEAST, Status,
};
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::Kind;
use crate::domain::level::Level;
use crate::domain::record::RecordDir;
use crate::domain::text::{headline, shell_word, shown_line, slug};
use crate::markdown::document;
use crate::store::work_tree::Scan;
use crate::store::write::{NewFile, Staging};

/// Raise a flag: what changed, and what exactly the addressee must do
///
/// The change needs at least 50 meaningful characters, the action 100 (an information request: 40).
/// Without --to, the three agents who fit best are proposed. Several --to raise one flag each.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam flag create --type breaking_change --to @backend.api --impact high \\
    --file src/pool.rs --change \"The pool hands out at most 20 connections instead of 100, ...\" \\
    --action \"Set max_connections in config/api.toml to 20, then run the load test and ...\"")]
pub struct Create {
    /// breaking_change, new_feature, refactor, deprecation, enhancement, change,
    /// information_request, security, data_loss, or a type of your own
    #[arg(long = "type", value_name = "TYPE")]
    class: Option<String>,
    /// Who must act; may be given several times
    #[arg(long, value_name = "@HANDLE", num_args = 1..)]
    to: Vec<Handle>,
    /// How strongly it matters: critical, high, medium or low [default: medium]
    #[arg(long, value_name = "LEVEL")]
    impact: Option<Level>,
    /// One line for lists [default: the beginning of the change]
    #[arg(long)]
    title: Option<String>,
    /// What changed
    #[arg(long, value_name = "TEXT")]
    change: Option<String>,
    /// What exactly the addressee must do
    #[arg(long, value_name = "TEXT")]
    action: Option<String>,
    /// A file that it is about; may be given several times
    #[arg(long = "file", value_name = "PATH")]
    files: Vec<String>,
    /// Where in the code
    #[arg(long, value_name = "PATH:LINE")]
    location: Option<String>,
    /// How to use what changed
    #[arg(long, value_name = "TEXT")]
    example: Option<String>,
    /// More that the addressee should know, as YAML keys
    #[arg(long, value_name = "YAML")]
    context: Option<String>,
    /// The flag to which this one belongs
    #[arg(long, value_name = "ID")]
    chain: Option<String>,
    /// Make a retry of this command return the flag that the first run raised
    #[arg(long, value_name = "KEY")]
    once: Option<String>,
    /// Write the flag in $EDITOR, from a template
    #[arg(long, conflicts_with = "input")]
    edit: bool,
    /// Read the flag from a file of the form that docs/format.md shows; - is standard input
    #[arg(long, value_name = "FILE")]
    input: Option<String>,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CreatedV1 {
    id: String,
    path: String,
    existing: bool,
    staged: bool,
    flags: Vec<CreatedFlagV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CreatedFlagV1 {
    id: String,
    path: String,
    to: String,
}

/// A flag as it was raised, now or by an earlier run of the same command.
struct Created {
    id: RecordId,
    dir: RecordDir,
    to: Handle,
}

impl Create {
    /// Raises the flags.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let from = context.actor()?;
        let draft = self.draft(context)?;
        if draft.to.is_empty() {
            return self.propose(context, &draft);
        }
        for to in &draft.to {
            check_addressee(context, to, "--to")?;
        }
        let _lock = context.lock()?;
        let scan = context.scan()?;
        if let Some(existing) = self.existing(context, &scan, &from)? {
            say_unused(context, &scan, &existing, &draft.texts)?;
            return self.say(context, &existing, true, Staging::Off, &scan);
        }
        let (parent, origin) = self.place_in_chain(context, &scan)?;
        let plan = plan(context, &from, &draft, parent, origin, self.once.clone());
        let files: Vec<NewFile> = plan.iter().map(|(_, file)| file.clone()).collect();
        let staging = context.write(&files)?;
        let created: Vec<Created> = plan.into_iter().map(|(created, _)| created).collect();
        self.say(context, &created, false, staging, &scan)
    }

    /// What would be refused of a command that is shown as an example: the option, why, and what should
    /// stand there. `is_open` tells what is to be filled in.
    pub fn example_faults(
        &self,
        is_open: &dyn Fn(&str) -> bool,
    ) -> Vec<(&'static str, String, &'static str)> {
        if self.edit || self.input.is_some() {
            return Vec::new();
        }
        let mut faults = Vec::new();
        if self.to.is_empty() {
            faults.push((
                "--to",
                "no addressee (--to): a flag is for somebody who must act".to_owned(),
                "@HANDLE",
            ));
        }
        let is_request = self.class.as_deref() == Some(INFORMATION_REQUEST);
        let action_least = if is_request { QUESTION_LEAST } else { ACTION_LEAST };
        for (name, option, text, least, instead) in [
            ("change", "--change", &self.change, CHANGE_LEAST, "[what changed, with names and numbers]"),
            ("action", "--action", &self.action, action_least, "[the exact steps the addressee must take]"),
        ] {
            if text.as_deref().is_some_and(is_open) {
                continue;
            }
            if let Err(failure) = require(name, text.as_deref(), least, "") {
                let message = failure.message.trim_end_matches([':', ' ']).to_owned();
                faults.push((option, message, instead));
            }
        }
        faults
    }

    fn draft(&self, context: &Context) -> Result<Draft, Failure> {
        let given = Draft {
            class: self.class.clone(),
            to: self.to.clone(),
            impact: self.impact,
            title: self.title.clone(),
            files: self.files.clone(),
            location: self.location.clone(),
            context: super::input::context_keys(self.context.as_deref())?,
            texts: Texts {
                change: self.change.clone(),
                action: self.action.clone(),
                example: self.example.clone(),
            },
            extra: Meta::new(),
        };
        match (&self.input, self.edit) {
            (Some(file), _) => given.or(super::input::read(file)?).checked(context),
            (None, true) => super::input::compose(context, &given),
            (None, false) => given.checked(context),
        }
    }

    /// The flags that an earlier run with the same `--once` raised.
    fn existing(
        &self,
        context: &Context,
        scan: &Scan,
        from: &Handle,
    ) -> Result<Option<Vec<Created>>, Failure> {
        let Some(key) = &self.once else { return Ok(None) };
        let found: Vec<Created> = all_made_before(context, scan, &Flags, from, key)?
            .into_iter()
            .filter_map(|brief| Some(Created { id: brief.id, dir: brief.dir, to: brief.to? }))
            .collect();
        Ok((!found.is_empty()).then_some(found))
    }

    fn place_in_chain(
        &self,
        context: &Context,
        scan: &Scan,
    ) -> Result<(Option<RecordId>, Option<RecordId>), Failure> {
        let Some(prefix) = &self.chain else { return Ok((None, None)) };
        let dir = context.find(scan, prefix)?;
        let brief = dir.kind().brief(&context.record(&dir)?);
        let origin = brief.map_or_else(|| dir.id(), |brief| brief.origin);
        Ok((Some(dir.id()), Some(origin)))
    }

    fn say(
        &self,
        context: &Context,
        created: &[Created],
        existing: bool,
        staging: Staging,
        scan: &Scan,
    ) -> Result<ExitCode, Failure> {
        let Some(first) = created.first() else { return Ok(ExitCode::SUCCESS) };
        if context.is_json() {
            let flags = created.iter().map(|created| CreatedFlagV1 {
                id: created.id.to_string(),
                path: created.dir.path(),
                to: created.to.to_string(),
            });
            context.answer(&CreatedV1 {
                id: first.id.to_string(),
                path: first.dir.path(),
                existing,
                staged: staging == Staging::Done,
                flags: flags.collect(),
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        let short = scan.snapshot.short_ids();
        let verb = if existing { "raised earlier" } else { "raised" };
        for created in created {
            print_line(&format!("{verb} flag {} for {}", short.short(&created.id), created.to));
            print_line(&format!("  {}", created.dir.path()));
        }
        if !existing {
            print_line("commit it together with the change it is about: git commit");
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Without an addressee: who fits best, each with the command that is ready to run.
    fn propose(&self, context: &Context, draft: &Draft) -> Result<ExitCode, Failure> {
        let team = context.team()?;
        let query = draft.words();
        let best = crate::domain::search::search(&team.roster, &query, 3);
        if best.is_empty() {
            return Err(Failure::usage("no addressee (--to), and no agent of the roster fits these words")
                .why("a flag is for somebody who must act")
                .hint("see who is there: perfteam agent list")
                .hint("search in other words: perfteam agent search \"WORDS\""));
        }
        let words: Vec<String> = context.words.iter().map(|word| shell_word(word)).collect();
        let failure = Failure::usage("no addressee (--to); these agents fit best, the best first")
            .why("a flag is for somebody who must act");
        Err(best.iter().fold(failure, |failure, hit| {
            let reasons = shown_line(&hit.reasons.join("; ")).into_owned();
            failure.hint(format!(
                "{} ({reasons}): perfteam {} --to {}",
                hit.handle,
                words.join(" "),
                hit.handle
            ))
        }))
    }
}

/// Says on standard error that a retry came with other texts than the flags that it returns have.
fn say_unused(context: &Context, scan: &Scan, existing: &[Created], given: &Texts) -> Result<(), Failure> {
    for created in existing {
        let Ok(folded) = Flag::fold(&context.record(&created.dir)?) else { continue };
        let flag = folded.state;
        let other = |given: &Option<String>, own: &str| given.as_ref().is_some_and(|text| text.trim() != own);
        if !other(&given.change, &flag.change) && !other(&given.action, &flag.action) {
            continue;
        }
        let short = scan.snapshot.short_ids().short(&created.id).to_owned();
        say!("note: the texts given now are not used: flag {short} was raised earlier under this key");
        if flag.status == Status::Pending {
            say!("  change its texts: perfteam flag amend {short} --change TEXT --action TEXT");
        } else {
            say!("  it is {}, so it keeps its texts; raise another under another --once", flag.status.word());
        }
    }
    Ok(())
}

/// One flag for each addressee; all but the first belong to the chain of the first.
fn plan(
    context: &Context,
    from: &Handle,
    draft: &Draft,
    parent: Option<RecordId>,
    origin: Option<RecordId>,
    once: Option<String>,
) -> Vec<(Created, NewFile)> {
    let mut plans: Vec<(Created, NewFile)> = Vec::new();
    for to in &draft.to {
        let id = RecordId::from_bits(context.bits());
        let first = plans.first().map(|(created, _)| created.id.clone());
        let head = FlagHead {
            id: id.clone(),
            class: draft.class().to_owned(),
            title: draft.title(),
            from: from.clone(),
            to: to.clone(),
            impact: draft.impact(),
            at: context.now,
            files: draft.files.clone(),
            location: draft.location.clone(),
            chain: origin.clone().or(first),
            parent: parent.clone(),
            once: once.clone(),
            context: draft.context.clone(),
            extra: draft.extra.clone(),
        };
        let (dir, file) = head_file(&head, &draft.texts);
        plans.push((Created { id, dir, to: to.clone() }, file));
    }
    plans
}

/// The file of a new head.
pub fn head_file(head: &FlagHead, texts: &Texts) -> (RecordDir, NewFile) {
    let dir = RecordDir::new(&Flags, &head.at.day(), &slug(&headline(&head.title, 40)), &head.id);
    let section = |title: &str, text: &Option<String>| {
        text.as_ref().map(|text| Section { title: title.to_owned(), text: text.trim().to_owned() })
    };
    let sections =
        [section(CHANGE, &texts.change), section(ACTION, &texts.action), section(EXAMPLE, &texts.example)];
    let document = Document {
        meta: front_matter(head),
        text: String::new(),
        sections: sections.into_iter().flatten().collect(),
    };
    let path = format!("{}/{}", dir.path(), Flags.head_file());
    (dir, NewFile { path, text: document::write(&document) })
}
