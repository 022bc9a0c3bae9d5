//! Judging steps, writing files, staging them.

use super::Context;
use crate::cli::failure::Failure;
use crate::domain::draft::Step;
use crate::domain::event::Event;
use crate::domain::id::EventName;
use crate::domain::record::{Legality, Record, RecordDir, Refusal};
use crate::domain::text::{counted, shown_line, stage_command};
use crate::markdown::document;
use crate::store::committed::record_of;
use crate::store::elsewhere::Missing;
use crate::store::write::{self, NewFile, Staging};

impl Context {
    /// Plans the event and the file for `step`, after judging that it is legal.
    pub fn plan_step(&self, record: &Record, step: &Step) -> Result<LegalStep, Unplanned> {
        self.plan_step_with(record, step, self.bits())
    }

    /// The same with bits that need not be random.
    pub fn plan_step_with(&self, record: &Record, step: &Step, bits: u64) -> Result<LegalStep, Unplanned> {
        let (name, body) = step.event(record, bits);
        let event = Event::from_document(name.clone(), body.clone())
            .map_err(|fault| Failure::refused(fault.message))?;
        match record.dir.kind().judge(record, &event, self.team()?) {
            Legality::Illegal(refusal) => Err(Unplanned::Refused(refusal)),
            Legality::Legal | Legality::Unknown => {
                let file = event_file(&record.dir, &name, &document::write(&body));
                Ok(LegalStep { event, file })
            }
        }
    }

    /// Writes new files and stages them, as policy says; what could not be staged is said. Of the
    /// records to which they belong, what is only seen elsewhere is brought along first.
    pub fn write(&self, files: &[NewFile]) -> Result<Staging, Failure> {
        let repo = self.repo()?;
        let brought = self.bring_along(files)?;
        if let Some(overlay) = &self.overlay {
            write::refuse_hidden(repo, files.iter().map(|file| file.path.as_str()))?;
            overlay.add(files);
            return Ok(if self.team_if_any()?.policy.stage { Staging::Done } else { Staging::Off });
        }
        write::create_all(repo, files)?;
        let paths: Vec<String> =
            brought.into_iter().chain(files.iter().map(|file| file.path.clone())).collect();
        self.stage(&paths)
    }

    /// Brings the files of the records of `files` here that are only elsewhere, byte for byte; their
    /// paths.
    fn bring_along(&self, files: &[NewFile]) -> Result<Vec<String>, Failure> {
        let repo = self.repo()?;
        let mut dirs: Vec<RecordDir> = files.iter().filter_map(|file| record_of(&file.path)).collect();
        dirs.dedup();
        let mut paths = Vec::new();
        for dir in dirs {
            let mut missing = self.elsewhere.borrow().missing(repo, &dir)?;
            missing.retain(|file| !self.overlay.as_ref().is_some_and(|overlay| overlay.has(&file.path)));
            let Some(first) = missing.first() else { continue };
            say_brought(&dir, first, missing.len());
            let files: Vec<NewFile> =
                missing.into_iter().map(|file| NewFile { path: file.path, text: file.text }).collect();
            match &self.overlay {
                Some(overlay) => overlay.add(&files),
                None => write::create_all(repo, &files)?,
            }
            paths.extend(files.into_iter().map(|file| file.path));
        }
        Ok(paths)
    }

    /// Stages paths, as policy says; what could not be staged is said.
    pub fn stage(&self, paths: &[String]) -> Result<Staging, Failure> {
        if !self.team_if_any()?.policy.stage {
            return Ok(Staging::Off);
        }
        let staging = write::stage(self.repo()?, paths);
        if let Staging::Failed(reason) = &staging {
            say!("warning: written, but not staged: {}", shown_line(reason));
            say!("  git commit would leave it out; stage it with: {}", stage_command(paths));
        }
        Ok(staging)
    }
}

/// An event that is legal and not yet written.
#[derive(Debug, Clone)]
pub struct LegalStep {
    /// The event.
    pub event: Event,
    /// Its file.
    pub file: NewFile,
}

/// Why a step is not planned.
#[derive(Debug)]
pub enum Unplanned {
    /// It is not legal.
    Refused(Refusal),
    /// Something could not be read.
    Failed(Failure),
}

impl From<Failure> for Unplanned {
    fn from(failure: Failure) -> Self {
        Unplanned::Failed(failure)
    }
}

impl From<Unplanned> for Failure {
    fn from(unplanned: Unplanned) -> Self {
        match unplanned {
            Unplanned::Refused(refusal) => refusal.into(),
            Unplanned::Failed(failure) => failure,
        }
    }
}

fn say_brought(dir: &RecordDir, first: &Missing, count: usize) {
    say!(
        "brought here: {} of {} {}, seen {}",
        counted(count, "file"),
        dir.kind().name(),
        dir.id(),
        first.place
    );
}

fn event_file(dir: &RecordDir, name: &EventName, text: &str) -> NewFile {
    NewFile { path: dir.event_path(name), text: text.to_owned() }
}
