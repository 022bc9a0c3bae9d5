//! Investigations: several roles look for one root cause at the same time, in living documents.
//!
//! ```text
//! evidence -> synthesis -> implementation -> validation -> learning -> closed
//!    ^  synthesized   planned        validated: all windows passed     reviewed, then closed
//!    '-------------- validated: a window failed ----'
//! amended, withdrawn: by who coordinates it, or a lead, at any time
//! ```
//!
//! What a phase needs of the documents is told by [`needs`], not by the fold: they are edited freely.

pub mod criterion;
mod kind;
pub mod learning;
pub mod limit;
pub mod needs;
pub mod page;
mod part;
mod steps;
pub mod story;
pub mod strategy;
pub mod synthesis;
pub mod windows;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::diagnostic::Fault;
use super::document::{Document, Meta};
use super::event::Event;
use super::handle::Handle;
use super::id::{EventName, RecordId};
use super::level::Level;
use super::record::{Effect, Folded, Machine, Record, Refusal, Standing, fold};
use super::time::Timestamp;

pub use part::Part;
pub use steps::{
    AmendedDetails, ClosedDetails, DelegatedDetails, PlannedDetails, STEPS, Step, ValidatedDetails, WINDOWS,
    WaivedDetails,
};

/// The section of the head that says what users feel.
pub const IMPACT: &str = "Impact";
/// Meaningful characters that the impact needs.
pub const IMPACT_LEAST: usize = 10;

/// The front matter of `investigation.md`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InvestigationHead {
    /// The id of the record; the folder's name ends in it.
    pub id: RecordId,
    /// One line for lists.
    pub title: String,
    /// Who opened it and coordinates it.
    pub from: Handle,
    /// How strongly it matters: high in production, medium in staging, low where nobody suffers yet.
    pub priority: Level,
    /// When it began.
    pub at: Timestamp,
    /// What set it off: an alert, complaints, a deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// What is affected.
    pub systems: Vec<String>,
    /// What must hold in the end: `p95_latency < 300ms, target < 250ms`, or in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub success: Vec<String>,
    /// When each part is due.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub due: BTreeMap<Part, Timestamp>,
    /// The record that it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RecordId>,
    /// The record with which its chain began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<RecordId>,
    /// The key under which a retry of the same command finds it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<String>,
    /// Keys that this version does not know; they are kept and shown.
    #[serde(flatten)]
    #[schemars(skip)]
    pub extra: Meta,
}

/// Where an investigation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The specialists gather evidence.
    Evidence,
    /// What it says together is written down.
    Synthesis,
    /// The fixes are made.
    Implementation,
    /// It is measured whether they hold.
    Validation,
    /// What is learnt is written down.
    Learning,
    /// It is done, and was learnt from.
    Closed,
    /// It was taken back.
    Withdrawn,
}

impl Phase {
    /// The words of all states.
    pub const WORDS: [&'static str; 7] =
        ["evidence", "synthesis", "implementation", "validation", "learning", "closed", "withdrawn"];

    /// The phases in which work is done, in their order.
    pub const WORK: [Phase; 5] =
        [Phase::Evidence, Phase::Synthesis, Phase::Implementation, Phase::Validation, Phase::Learning];

    /// The word for the state.
    pub fn word(self) -> &'static str {
        Phase::WORDS[self as usize]
    }

    /// Whether nothing more can happen.
    pub fn is_closed(self) -> bool {
        matches!(self, Phase::Closed | Phase::Withdrawn)
    }

    /// The parts that are done in it.
    pub fn parts(self) -> impl Iterator<Item = Part> {
        Part::ALL.into_iter().filter(move |part| part.phase() == self)
    }
}

/// Why a specialist's part is left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiver {
    /// Who said so.
    pub by: Handle,
    /// When.
    pub at: Timestamp,
    /// In words.
    pub reason: String,
}

/// A window of time that was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Who measured.
    pub by: Handle,
    /// When.
    pub at: Timestamp,
    /// What, and whether it passed.
    pub details: ValidatedDetails,
}

/// An investigation as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct Investigation {
    /// What its head says.
    pub head: InvestigationHead,
    /// What users feel.
    pub impact: String,
    /// Where it stands.
    pub phase: Phase,
    /// The tasks of its parts.
    pub tasks: BTreeMap<Part, RecordId>,
    /// The specialists' parts that are left out.
    pub waived: BTreeMap<Part, Waiver>,
    /// The tasks of the fixes that must be done before it is validated, in their order.
    pub fixes: Vec<RecordId>,
    /// The tasks of the fixes that keep it from coming back, which may take longer.
    pub later: Vec<RecordId>,
    /// All windows that were measured, also those that failed, in their order.
    pub measured: Vec<Window>,
    /// The windows that passed since the fixes were last planned.
    pub passed: Vec<u8>,
    /// Whether the retrospective was begun.
    pub reviewed: bool,
    /// What it left when it was closed.
    pub left: ClosedDetails,
    /// The event that closed it.
    pub closed_by: Option<EventName>,
}

impl Investigation {
    /// Folds the investigation out of its record.
    pub fn fold(record: &Record) -> Result<Folded<Investigation>, Vec<Fault>> {
        fold::<Investigations>(record)
    }

    /// The first window that has not passed; `None` when all have.
    pub fn next_window(&self) -> Option<u8> {
        (1..=WINDOWS).find(|window| !self.passed.contains(window))
    }

    /// Whether `by` coordinates it, or may in place of who does.
    pub fn is_coordinated_by(&self, by: &Handle, standing: &dyn Standing) -> bool {
        *by == self.head.from || standing.heir(&self.head.from) == *by || standing.is_lead(by)
    }

    fn go(&mut self, phase: Phase) -> Effect {
        self.phase = phase;
        Effect::Applied
    }

    fn close(&mut self, event: &Event, phase: Phase) -> Effect {
        self.closed_by = Some(event.name.clone());
        self.go(phase)
    }

    fn amend(&mut self, event: &Event, details: AmendedDetails) -> Effect {
        let head = &mut self.head;
        head.priority = details.priority.unwrap_or(head.priority);
        head.trigger = details.trigger.or(head.trigger.take());
        head.systems = details.systems.unwrap_or(std::mem::take(&mut head.systems));
        head.success = details.success.unwrap_or(std::mem::take(&mut head.success));
        head.due.extend(details.due);
        if let Some(impact) = event.body.section(IMPACT) {
            self.impact = impact.to_owned();
        }
        Effect::Applied
    }

    fn delegate(&mut self, details: DelegatedDetails) -> Effect {
        let before = self.tasks.len();
        for (part, task) in details.tasks {
            self.tasks.entry(part).or_insert(task);
        }
        if self.tasks.len() > before { Effect::Applied } else { Effect::Superseded }
    }

    fn waive(&mut self, event: &Event, part: Part) -> Effect {
        let waiver =
            Waiver { by: event.front.by.clone(), at: event.front.at, reason: event.note().to_owned() };
        if self.waived.contains_key(&part) {
            return Effect::Superseded;
        }
        self.waived.insert(part, waiver);
        Effect::Applied
    }

    fn plan(&mut self, details: PlannedDetails) -> Effect {
        if self.phase == Phase::Evidence {
            return Effect::Superseded;
        }
        for (known, new) in [(&mut self.fixes, details.tasks), (&mut self.later, details.later)] {
            for task in new {
                if !known.contains(&task) {
                    known.push(task);
                }
            }
        }
        // A fix more must be measured anew.
        self.passed.clear();
        self.reviewed = false;
        self.go(Phase::Implementation)
    }

    fn validate(&mut self, event: &Event, details: ValidatedDetails) -> Effect {
        if self.phase < Phase::Implementation {
            return Effect::Superseded;
        }
        let (window, passed) = (details.window, details.passed);
        self.measured.push(Window { by: event.front.by.clone(), at: event.front.at, details });
        if !passed {
            self.passed.clear();
            self.reviewed = false;
            return self.go(Phase::Evidence);
        }
        if !self.passed.contains(&window) {
            self.passed.push(window);
        }
        let phase = if self.next_window().is_none() { Phase::Learning } else { Phase::Validation };
        self.go(phase)
    }
}

/// The investigations, as a kind of record.
pub struct Investigations;

impl Machine for Investigations {
    type State = Investigation;

    fn begin(document: &Document) -> Result<Investigation, Vec<Fault>> {
        let head: InvestigationHead = document.front().map_err(|fault| vec![fault])?;
        Ok(Investigation {
            impact: document.section(IMPACT).unwrap_or_default().to_owned(),
            phase: Phase::Evidence,
            tasks: BTreeMap::new(),
            waived: BTreeMap::new(),
            fixes: Vec::new(),
            later: Vec::new(),
            measured: Vec::new(),
            passed: Vec::new(),
            reviewed: false,
            left: ClosedDetails::default(),
            closed_by: None,
            head,
        })
    }

    fn apply(investigation: &mut Investigation, event: &Event) -> Effect {
        let Ok(step) = Step::read(event) else { return Effect::Superseded };
        if investigation.phase.is_closed() {
            return Effect::Superseded;
        }
        match step {
            Step::Delegated(details) => investigation.delegate(details),
            Step::Waived(details) => investigation.waive(event, details.part),
            Step::Synthesized if investigation.phase == Phase::Evidence => investigation.go(Phase::Synthesis),
            Step::Planned(details) => investigation.plan(details),
            Step::Validated(details) => investigation.validate(event, details),
            // What fixes are measured against is not changed once they are planned.
            Step::Amended(details)
                if details.success.is_some() && investigation.phase >= Phase::Implementation =>
            {
                Effect::Superseded
            }
            Step::Amended(details) => investigation.amend(event, details),
            Step::Reviewed if investigation.phase == Phase::Learning && !investigation.reviewed => {
                investigation.reviewed = true;
                Effect::Applied
            }
            // Of concurrent steps the one that closes wins.
            Step::Closed(details) => {
                investigation.left = details;
                investigation.close(event, Phase::Closed)
            }
            Step::Withdrawn => investigation.close(event, Phase::Withdrawn),
            Step::Synthesized | Step::Reviewed => Effect::Superseded,
        }
    }

    fn refuse(investigation: &Investigation, event: &Event, standing: &dyn Standing) -> Option<Refusal> {
        if let Some(refusal) = Self::never(investigation, event, standing) {
            return Some(refusal);
        }
        let phase = investigation.phase;
        if phase.is_closed() {
            return Some(Refusal::held(format!("the investigation is already {}", phase.word())));
        }
        let early = |needed: &str| Some(Refusal::forbidden(format!("it is too early: {needed}")));
        match Step::read(event).ok()? {
            Step::Delegated(details) => {
                let known = details.tasks.keys().find(|part| investigation.tasks.contains_key(part));
                known.map(|part| Refusal::held(format!("{} has its task already", part.word())))
            }
            Step::Waived(details) if investigation.waived.contains_key(&details.part) => {
                Some(Refusal::held(format!("{} is left out already", details.part.word())))
            }
            Step::Synthesized if phase > Phase::Evidence => {
                Some(Refusal::held("the synthesis was begun already"))
            }
            Step::Planned(_) if phase < Phase::Synthesis => early("the evidence is not brought together yet"),
            Step::Validated(_) if phase < Phase::Implementation => early("no fixes are planned yet"),
            Step::Validated(details) => {
                let untrue = windows::untrue(investigation, &details);
                untrue.map(|what| Refusal::forbidden(format!("the window did not pass: {what}")))
            }
            Step::Amended(details) if details.success.is_some() && phase >= Phase::Implementation => {
                Some(Refusal::forbidden("what must hold in the end is agreed on before fixes are planned"))
            }
            Step::Reviewed if phase < Phase::Learning => early("not all windows have passed"),
            Step::Reviewed if investigation.reviewed => {
                Some(Refusal::held("the retrospective was begun already"))
            }
            Step::Closed(_) if !investigation.reviewed => early("the retrospective is not begun yet"),
            _ => None,
        }
    }

    fn never(begun: &Investigation, event: &Event, standing: &dyn Standing) -> Option<Refusal> {
        let by = &event.front.by;
        match Step::read(event) {
            Err(fault) => Some(Refusal::forbidden(fault.message)),
            Ok(Step::Validated(_)) => None,
            Ok(_) if begun.is_coordinated_by(by, standing) => None,
            Ok(_) => Some(Refusal::not_yours(format!(
                "the investigation is coordinated by {}, so neither it nor its phases are moved by {by}",
                begun.head.from
            ))),
        }
    }
}
