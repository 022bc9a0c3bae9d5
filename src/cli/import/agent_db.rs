//! `perfteam import agent-db`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::report::{AgentOutcome, AgentV1, FlagOutcome, FlagV1, ImportV1};
use crate::cli::agent::file_of;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::steps::plan_step_with;
use crate::domain::agent::Agent;
use crate::domain::agent_db::{self, Cells, Faults, Imported, Importer};
use crate::domain::draft::front_matter;
use crate::domain::flag::Flags;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::{Brief, Kind};
use crate::domain::record::{Record, RecordDir};
use crate::domain::text::{shell_word, shown_line};
use crate::domain::time::zone::Zone;
use crate::markdown::document;
use crate::store::agent_db::{Unread, read};
use crate::store::work_tree::Scan;
use crate::store::write::{NewFile, Staging};

/// Take the flags and the catalogue of the earlier SQLite flag tool
///
/// The file is read and never written. Run it as often as you like: what was imported is known by
/// its number, what is new there is added, what was closed there since is closed. What is over is
/// taken as it is; what is open and nobody could act on is left out and named, with exit code 1.
/// docs/agent-db.md says what becomes of each column.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam import agent-db ~/.claude/agents.db --dry-run")]
pub struct ImportAgentDb {
    /// The SQLite file
    #[arg(value_name = "FILE.db")]
    file: PathBuf,
    /// Where its times are from: local, utc, or an offset such as +02:00
    #[arg(long, value_name = "ZONE", default_value = "local")]
    time_zone: Zone,
    /// Say what would be imported, and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl ImportAgentDb {
    /// Imports, and names what became of every row.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        context.team()?;
        let database = read(&self.file).map_err(|error| self.unread(&error))?;
        let catalogue = agent_db::agents(&database.agents);
        let _lock = context.lock()?;
        let scan = context.scan()?;
        let import = Import {
            context,
            scan: &scan,
            known: known(context, &scan)?,
            importer: Importer {
                zone: self.time_zone,
                lease: context.team()?.policy.lease,
                now: context.now,
                is_active: &|handle| is_active(context, &catalogue.agents, handle),
            },
        };
        let (flags, mut files) = import.flags(&database.flags)?;
        let (agents, new_agents) = agents(context, catalogue, &flags)?;
        files.splice(0..0, new_agents);
        let staging = if self.dry_run || files.is_empty() { Staging::Off } else { context.write(&files)? };
        let report = ImportV1 {
            database: self.file.display().to_string(),
            time_zone: self.time_zone.to_string(),
            dry_run: self.dry_run,
            agents,
            flags: flags.into_iter().map(|flag| flag.report).collect(),
            staged: staging == Staging::Done,
        };
        if context.is_json() {
            context.answer(&report)?;
        } else {
            report.print();
        }
        Ok(if report.is_partial() { Exit::Refused.into() } else { ExitCode::SUCCESS })
    }

    fn unread(&self, error: &Unread) -> Failure {
        let shown = self.file.display().to_string();
        let failure = Failure::new(Exit::Unreadable, format!("{}: {error}", shown_line(&shown)));
        let word = shell_word(&shown);
        match error {
            Unread::Unfinished(_) => failure
                .why("what is read without it could be old, or half of a change")
                .hint(format!("have the earlier tool's SQLite put it in: sqlite3 {word} 'PRAGMA wal_checkpoint(TRUNCATE)'")),
            Unread::Changed => failure
                .why("what was read could be half of a change: nothing was imported")
                .hint("import again when the earlier tool is not at work"),
            Unread::Sqlite(_) | Unread::Damaged(_) => failure
                .why("half of a team's flags is worse than none: nothing was imported")
                .hint(format!("see what can be saved of it: sqlite3 {word} .recover")),
            _ => failure.hint("give the file with the tables flags and agents_catalog"),
        }
    }
}

/// The flags that were imported earlier, by their keys.
fn known(context: &Context, scan: &Scan) -> Result<BTreeMap<String, Brief>, Failure> {
    let flags = scan.snapshot.closed.iter().filter(|dir| dir.kind().name() == Flags.name());
    let closed = context.briefs(&flags.cloned().collect::<Vec<_>>())?;
    let all = scan.snapshot.open.iter().cloned().chain(closed);
    Ok(all
        .filter(|brief| brief.kind_name() == Flags.name())
        .filter_map(|brief| Some((brief.once.clone()?, brief)))
        .collect())
}

fn is_active(context: &Context, catalogue: &BTreeMap<Handle, Agent>, handle: &Handle) -> bool {
    let of_roster = context.team_if_any().ok().and_then(|team| team.roster.get(handle));
    of_roster.or_else(|| catalogue.get(handle)).is_some_and(|agent| !agent.retired)
}

/// A flag as it is reported, and whom it names where it is new.
struct Outcome {
    report: FlagV1,
    names: Vec<Handle>,
}

struct Import<'a> {
    context: &'a Context,
    scan: &'a Scan,
    known: BTreeMap<String, Brief>,
    importer: Importer<'a>,
}

impl Import<'_> {
    /// What becomes of the rows, and the files that are to be written for it.
    fn flags(&self, rows: &[Cells]) -> Result<(Vec<Outcome>, Vec<NewFile>), Failure> {
        let mut read: Vec<Result<Imported, Faults>> =
            rows.iter().map(|row| self.importer.import(row)).collect();
        let mut ids: BTreeMap<i64, RecordId> = BTreeMap::new();
        let mut numbers = BTreeSet::new();
        for row in &mut read {
            let Ok(imported) = row else { continue };
            if !numbers.insert(imported.number) {
                *row = Err(Faults::new(Some(imported.number), "its number is there twice"));
                continue;
            }
            let known = self.known.get(&agent_db::key(imported.number));
            ids.insert(imported.number, known.map_or(&imported.head.id, |brief| &brief.id).clone());
        }
        let mut outcomes = Vec::new();
        let mut files = Vec::new();
        for row in read {
            outcomes.push(match row {
                Err(faults) => self.left_out(&faults),
                Ok(imported) => self.flag(in_chain(imported, &ids), &mut files)?,
            });
        }
        Ok((outcomes, files))
    }

    fn flag(&self, imported: Imported, files: &mut Vec<NewFile>) -> Result<Outcome, Failure> {
        match self.known.get(&agent_db::key(imported.number)) {
            Some(brief) => self.again(brief, &imported, files),
            None => self.new_flag(&imported, files),
        }
    }

    fn new_flag(&self, imported: &Imported, files: &mut Vec<NewFile>) -> Result<Outcome, Failure> {
        let head = NewFile { path: imported.dir.head_path(), text: document::write(&imported.document) };
        let readable = document::parse(head.text.as_bytes()).map_err(|fault| vec![fault]);
        let faults = readable.map_or_else(|faults| faults, |document| Flags.head_faults(&document));
        if !faults.is_empty() {
            let why = faults.into_iter().map(|fault| fault.message).collect();
            return Ok(self.left_out(&Faults { number: Some(imported.number), why, stranger: None }));
        }
        files.push(head);
        let mut record = Record::new(imported.dir.clone(), Some(imported.document.clone()), [], Vec::new());
        for step in &imported.steps {
            let planned = plan_step_with(self.context, self.scan, &record, step, imported.bits)?;
            record.events.push(planned.event().clone());
            files.push(planned.file().clone());
        }
        let names = vec![imported.head.from.clone(), imported.head.to.clone()];
        let report = reported(imported.number, FlagOutcome::Imported, &imported.head.id, &imported.dir);
        Ok(Outcome { report, names })
    }

    /// A flag that was imported earlier: it may have been closed in the earlier tool since.
    fn again(
        &self,
        brief: &Brief,
        imported: &Imported,
        files: &mut Vec<NewFile>,
    ) -> Result<Outcome, Failure> {
        if brief.id != imported.head.id {
            let message = format!(
                "flag {} is here from {} at {}, and there from {} at {}",
                imported.number, brief.from, brief.at, imported.head.from, imported.head.at
            );
            return Err(Failure::refused(message)
                .why("another database was imported here, where its number stands for another flag; nothing was imported")
                .hint("import this one in a repository of its own"));
        }
        let outcome = match imported.end() {
            Some(end) if !brief.closed => {
                let record = self.context.record(&brief.dir)?;
                let to = brief.to.as_ref().unwrap_or(&end.by);
                let step = crate::domain::draft::Step { by: to.clone(), ..end.clone() };
                files.push(
                    plan_step_with(self.context, self.scan, &record, &step, imported.bits)?.file().clone(),
                );
                FlagOutcome::Closed
            }
            _ => FlagOutcome::Unchanged,
        };
        Ok(Outcome { report: reported(imported.number, outcome, &brief.id, &brief.dir), names: Vec::new() })
    }

    fn left_out(&self, faults: &Faults) -> Outcome {
        let known = faults.number.and_then(|number| self.known.get(&agent_db::key(number)));
        if let (Some(number), Some(brief)) = (faults.number, known) {
            let report = reported(number, FlagOutcome::Unchanged, &brief.id, &brief.dir);
            return Outcome { report, names: Vec::new() };
        }
        let number = faults.number.map_or_else(|| "NUMBER".to_owned(), |number| number.to_string());
        let report = FlagV1 {
            number: faults.number,
            outcome: FlagOutcome::LeftOut,
            id: None,
            path: None,
            why: faults.why.clone(),
            hints: ways_out(&number, faults),
        };
        Outcome { report, names: Vec::new() }
    }
}

/// What can be done about a flag that was left out.
fn ways_out(number: &str, faults: &Faults) -> Vec<String> {
    let stranger = faults.stranger.as_ref();
    let add = stranger
        .map(|who| format!("perfteam agent add {who} --title TITLE --description TEXT, then import again"));
    let anew = format!(
        "raise it with what its addressee needs: perfteam flag create; then close {number} in the earlier tool"
    );
    add.into_iter().chain([anew]).collect()
}

fn reported(number: i64, outcome: FlagOutcome, id: &RecordId, dir: &RecordDir) -> FlagV1 {
    FlagV1 {
        number: Some(number),
        outcome,
        id: Some(id.to_string()),
        path: Some(dir.path()),
        why: Vec::new(),
        hints: Vec::new(),
    }
}

/// The flag in the chain that its row names, where that began with a flag that is here.
fn in_chain(mut imported: Imported, ids: &BTreeMap<i64, RecordId>) -> Imported {
    imported.head.chain = imported.origin.and_then(|origin| ids.get(&origin)).cloned();
    imported.document.meta = front_matter(&imported.head);
    imported
}

/// What becomes of the agents: those of the catalogue, and those whom new flags name and nobody knows.
fn agents(
    context: &Context,
    catalogue: agent_db::Roster,
    flags: &[Outcome],
) -> Result<(Vec<AgentV1>, Vec<NewFile>), Failure> {
    let roster = &context.team()?.roster;
    let mut reports = Vec::new();
    let mut files = Vec::new();
    let mut take = |agent: &Agent, outcome: AgentOutcome| {
        let is_known = roster.contains(&agent.handle);
        if !is_known {
            files.push(file_of(agent));
        }
        let outcome = if is_known { AgentOutcome::Exists } else { outcome };
        reports.push(AgentV1 { handle: agent.handle.to_string(), outcome, why: None });
    };
    catalogue.agents.values().for_each(|agent| take(agent, AgentOutcome::Imported));
    let named: BTreeSet<&Handle> = flags.iter().flat_map(|flag| &flag.names).collect();
    let strangers =
        named.into_iter().filter(|name| !roster.contains(name) && !catalogue.agents.contains_key(*name));
    strangers.for_each(|name| take(&agent_db::stand_in(name), AgentOutcome::StandIn));
    let left_out = catalogue.left_out.into_iter().map(|why| AgentV1 {
        handle: String::new(),
        outcome: AgentOutcome::LeftOut,
        why: Some(why),
    });
    reports.extend(left_out);
    Ok((reports, files))
}
