//! The fold of a record, as mathematics: several writers act on one record, each seeing what it has
//! merged so far, by a clock of its own; whatever reaches a reader in whatever order, the state is
//! the same, and honest steps stay honest.

use std::collections::BTreeSet;

use perfteam::domain::diagnostic::Fault;
use perfteam::domain::document::{Document, Meta, Section};
use perfteam::domain::draft::{Step, front_matter};
use perfteam::domain::event::{Event, EventFront};
use perfteam::domain::finding::{
    self, DecidedDetails, Finding, FindingHead, Findings, MitigatedDetails, Success, Verdict,
};
use perfteam::domain::flag::{self, Flag, FlagHead, Flags, HandedOnDetails, INFORMATION_REQUEST};
use perfteam::domain::handle::Handle;
use perfteam::domain::id::{EventName, RecordId};
use perfteam::domain::investigation::{
    self, Investigation, InvestigationHead, Investigations, Part, Phase, ValidatedDetails, WaivedDetails,
};
use perfteam::domain::kind::{Brief, Kind};
use perfteam::domain::lease::{LockedDetails, RenewedDetails};
use perfteam::domain::level::Level;
use perfteam::domain::record::{Legality, Record, RecordDir, Standing};
use perfteam::domain::resource::{
    self, GrantedDetails, OfferedDetails, Reservation, ReservationHead, Resources,
};
use perfteam::domain::task::{self, ProgressedDetails, ReassignedDetails, Task, TaskHead, Tasks};
use perfteam::domain::time::{Span, Timestamp};
use perfteam::markdown::document;
use perfteam::store::assemble::{File, assemble};
use perfteam::store::source::Contents;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const PEOPLE: [&str; 5] = ["@sender", "@a", "@b", "@c", "@lead"];
const WRITERS: usize = 4;
const BEGIN: i64 = 1_795_186_800_000;

struct Team;

impl Standing for Team {
    fn is_lead(&self, handle: &Handle) -> bool {
        handle.bare() == "lead"
    }

    fn heir(&self, handle: &Handle) -> Handle {
        handle.clone()
    }
}

/// One turn of one writer: it merges what another has, then tries a step.
#[derive(Debug, Clone)]
struct Turn {
    writer: usize,
    merges: usize,
    step: usize,
    by: usize,
    to: usize,
    minutes: i64,
}

/// What happened, and what each writer had before its eyes after each turn.
struct History {
    subject: Subject,
    head: Document,
    events: Vec<Event>,
    /// For each event the indexes of the events that its writer saw.
    pasts: Vec<BTreeSet<usize>>,
    views: Vec<BTreeSet<usize>>,
}

fn person(index: usize) -> Handle {
    PEOPLE[index].parse().expect("a handle")
}

fn id() -> RecordId {
    RecordId::from_bits(7)
}

/// What happens to: a kind of record, with one of its heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Flag,
    Request,
    Task,
    FreeTask,
    Finding,
    Investigation,
    Reservation,
}

/// The subjects, those of one kind together.
const SUBJECTS: [&[Subject]; 5] = [
    &[Subject::Flag, Subject::Request],
    &[Subject::Task, Subject::FreeTask],
    &[Subject::Finding],
    &[Subject::Investigation],
    &[Subject::Reservation],
];

impl Subject {
    fn kind(self) -> &'static dyn Kind {
        match self {
            Subject::Flag | Subject::Request => &Flags,
            Subject::Task | Subject::FreeTask => &Tasks,
            Subject::Finding => &Findings,
            Subject::Investigation => &Investigations,
            Subject::Reservation => &Resources,
        }
    }

    fn dir(self) -> RecordDir {
        RecordDir::new(self.kind(), "2026-11-20", "pool", &id())
    }

    fn steps(self) -> &'static [&'static str] {
        match self {
            Subject::Flag | Subject::Request => &flag::STEPS,
            Subject::Task | Subject::FreeTask => &task::STEPS,
            Subject::Finding => &finding::STEPS,
            Subject::Investigation => &investigation::STEPS,
            Subject::Reservation => &resource::STEPS,
        }
    }

    /// The section that an amendment replaces.
    fn text(self) -> &'static str {
        match self {
            Subject::Flag | Subject::Request => "Change",
            Subject::Task | Subject::FreeTask => "Objective",
            Subject::Finding => "Evidence",
            Subject::Investigation => "Impact",
            Subject::Reservation => "Note",
        }
    }

    fn states(self) -> &'static [&'static str] {
        match self {
            Subject::Flag | Subject::Request => &flag::Status::WORDS,
            Subject::Task | Subject::FreeTask => &task::Status::WORDS,
            Subject::Finding => &finding::Status::WORDS,
            Subject::Investigation => &Phase::WORDS,
            Subject::Reservation => &resource::Status::WORDS,
        }
    }

    fn head(self) -> Document {
        match self {
            Subject::Flag => flag_head("change"),
            Subject::Request => flag_head(INFORMATION_REQUEST),
            Subject::Task => task_head(Some(person(1))),
            Subject::FreeTask => task_head(None),
            Subject::Finding => finding_head(),
            Subject::Investigation => investigation_head(),
            Subject::Reservation => reservation_head(),
        }
    }
}

fn finding_head() -> Document {
    let keys = serde_json::json!({
        "id": id(), "category": "bottleneck", "title": "Pool", "component": "pool", "from": person(0),
        "severity": "high", "at": Timestamp::from_millis(BEGIN),
    });
    let head: FindingHead = serde_json::from_value(keys).expect("a head");
    let section = Section { title: "Evidence".into(), text: "as it was".into() };
    Document { meta: front_matter(&head), sections: vec![section], ..Document::default() }
}

fn investigation_head() -> Document {
    let keys = serde_json::json!({
        "id": id(), "title": "Pool", "from": person(0), "priority": "high", "systems": ["checkout"],
        "at": Timestamp::from_millis(BEGIN),
    });
    let head: InvestigationHead = serde_json::from_value(keys).expect("a head");
    let section = Section { title: "Impact".into(), text: "as it was".into() };
    Document { meta: front_matter(&head), sections: vec![section], ..Document::default() }
}

fn reservation_head() -> Document {
    let keys = serde_json::json!({
        "id": id(), "title": "Load test", "resource": "load test", "from": person(0), "mode": "exclusive",
        "impact": "high", "for": "2h", "at": Timestamp::from_millis(BEGIN),
    });
    let head: ReservationHead = serde_json::from_value(keys).expect("a head");
    Document { meta: front_matter(&head), ..Document::default() }
}

/// The step that moves an investigation on: by chance alone, few would ever get to their end.
fn moves_on(record: &Record) -> &'static str {
    let state = Investigation::fold(record).expect("the head can be read").state;
    match state.phase {
        Phase::Evidence => "synthesized",
        Phase::Synthesis => "planned",
        Phase::Implementation | Phase::Validation => "validated",
        Phase::Learning if !state.reviewed => "reviewed",
        Phase::Learning | Phase::Closed | Phase::Withdrawn => "closed",
    }
}

fn task_head(to: Option<Handle>) -> Document {
    let keys = serde_json::json!({
        "id": id(), "type": "research", "title": "Pool", "from": person(0), "priority": "high",
        "at": Timestamp::from_millis(BEGIN), "report_every": "30m",
    });
    let mut head: TaskHead = serde_json::from_value(keys).expect("a head");
    head.to = to;
    Document { meta: front_matter(&head), ..Document::default() }
}

fn flag_head(class: &str) -> Document {
    let head = FlagHead {
        id: id(),
        class: class.to_owned(),
        title: "Pool".into(),
        from: person(0),
        to: person(1),
        impact: Level::High,
        at: Timestamp::from_millis(BEGIN),
        files: Vec::new(),
        location: None,
        chain: None,
        parent: None,
        once: None,
        context: Meta::new(),
        extra: Meta::new(),
    };
    let section = |title: &str| Section { title: title.into(), text: "as it was".into() };
    Document {
        meta: front_matter(&head),
        text: String::new(),
        sections: vec![section("Change"), section("Action")],
    }
}

impl Turn {
    fn step(&self, subject: Subject, record: &Record, at: Timestamp, number: usize) -> Step {
        let lease_until = at.plus(Span::minutes(30));
        let what = match subject {
            Subject::Investigation if self.step >= investigation::STEPS.len() => moves_on(record),
            _ => subject.steps()[self.step % subject.steps().len()],
        };
        let step = Step::new(what, &person(self.by), at, "because");
        match what {
            "locked" | "started" => step.with(&LockedDetails::until(lease_until)),
            "granted" => {
                let lease = LockedDetails::until(lease_until);
                step.with(&GrantedDetails { lease, decision: "nobody else waits".into() })
            }
            "offered" => step.with(&OfferedDetails { until: lease_until }),
            "renewed" => step.with(&RenewedDetails { lease_until }),
            "progressed" => step.with(&ProgressedDetails { percent: number as u8, ..Default::default() }),
            "reassigned" => step.with(&ReassignedDetails { to: person(self.to) }),
            "mitigated" => {
                let result = if number.is_multiple_of(2) { Success::Partial } else { Success::None };
                step.with(&MitigatedDetails { result, metrics: Default::default() })
            }
            "decided" => {
                let verdict = if number.is_multiple_of(2) { Verdict::Confirmed } else { Verdict::Rejected };
                let outcome = "so it is".to_owned();
                step.with(&DecidedDetails { verdict, outcome, knowledge: None, task: None })
            }
            "delegated" | "planned" => {
                let task = RecordId::from_bits(number as u64);
                let tasks = if what == "planned" {
                    serde_json::json!({ "tasks": [task] })
                } else {
                    serde_json::json!({ "tasks": { Part::ALL[self.to].word(): task } })
                };
                step.with(&tasks)
            }
            "waived" => step.with(&WaivedDetails { part: Part::ROLES[self.to % 3] }),
            "validated" => {
                let state = Investigation::fold(record).expect("the head can be read").state;
                let window = state.next_window().unwrap_or(1);
                let passed = self.minutes % 7 != 0;
                step.with(&ValidatedDetails { window, passed, measured: Default::default() })
            }
            "handed_on" => step.with(&HandedOnDetails { to: person(self.to) }),
            "amended" => Step {
                sections: vec![Section {
                    title: subject.text().into(),
                    text: format!("version {number} of a text"),
                }],
                ..step
            },
            _ => step,
        }
    }
}

impl History {
    /// Lets the writers take their turns. An honest writer takes no step that is not legal by what
    /// it sees; another one takes any.
    fn play(subject: Subject, turns: &[Turn], skews: &[i64], honest: bool) -> History {
        let head = subject.head();
        let mut history = History { subject, head, events: vec![], pasts: vec![], views: vec![] };
        let mut views = vec![BTreeSet::new(); WRITERS];
        for (number, turn) in turns.iter().enumerate() {
            let other = views[turn.merges].clone();
            views[turn.writer].extend(other);
            let seen: &mut BTreeSet<usize> = &mut views[turn.writer];
            let minutes = turn.minutes + skews[turn.writer] + number as i64;
            let at = Timestamp::from_millis(BEGIN + minutes * 60_000);
            let record = history.record(seen.iter().copied());
            let (name, body) = turn.step(subject, &record, at, number).event(&record, number as u64);
            let event = Event::from_document(name, body).expect("an event as the command writes it");
            if !honest || history.subject.kind().judge(&record, &event, &Team) == Legality::Legal {
                history.pasts.push(seen.clone());
                seen.insert(history.events.len());
                history.events.push(event);
            }
            history.views.push(seen.clone());
        }
        history
    }

    /// The record as a reader has it whom these events reached, in this order.
    fn record(&self, events: impl IntoIterator<Item = usize>) -> Record {
        let events = events.into_iter().map(|at| self.events[at].clone());
        Record::new(self.subject.dir(), Some(self.head.clone()), events, Vec::new())
    }

    fn whole(&self) -> Record {
        self.record(0..self.events.len())
    }
}

/// All that the fold yields, as a text.
fn fold(record: &Record) -> String {
    match record.dir.kind().name() {
        "flag" => format!("{:?}", Flag::fold(record).expect("the head can be read")),
        "task" => format!("{:?}", Task::fold(record).expect("the head can be read")),
        "finding" => format!("{:?}", Finding::fold(record).expect("the head can be read")),
        "resource" => format!("{:?}", Reservation::fold(record).expect("the head can be read")),
        _ => format!("{:?}", Investigation::fold(record).expect("the head can be read")),
    }
}

fn brief(record: &Record) -> Brief {
    record.dir.kind().brief(record).expect("the head can be read")
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = (0..WRITERS, 0..WRITERS, 0..18usize, 0..PEOPLE.len(), 0..PEOPLE.len(), 0..90i64)
        .prop_map(|(writer, merges, step, by, to, minutes)| Turn { writer, merges, step, by, to, minutes });
    vec(turn, 0..24)
}

fn history(honest: bool) -> impl Strategy<Value = History> {
    history_of(SUBJECTS.concat(), honest)
}

fn history_of(subjects: Vec<Subject>, honest: bool) -> impl Strategy<Value = History> {
    let skews = vec(-120..120i64, WRITERS);
    (select(subjects), turns(), skews)
        .prop_map(move |(subject, turns, skews)| History::play(subject, &turns, &skews, honest))
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (event, past) in self.events.iter().zip(&self.pasts) {
            writeln!(f, "{} {} by {} saw {past:?}", event.front.at, event.name, event.front.by)?;
        }
        Ok(())
    }
}

/// Any event, also one that nobody could write by the command.
fn garbage() -> impl Strategy<Value = Vec<Event>> {
    let all: Vec<&str> =
        [&flag::STEPS[..], &task::STEPS[..], &finding::STEPS[..], &investigation::STEPS[..]].concat();
    let name = move || (0..12u64, 0..34usize);
    let word = move |step: usize| all.get(step).copied().unwrap_or("exploded");
    let at = prop_oneof![Just(i64::MIN), Just(i64::MAX), BEGIN - 99..BEGIN + 99];
    let seq = prop_oneof![0..6u32, Just(u32::MAX), Just(u32::MAX - 1)];
    let details = prop_oneof![
        Just(Meta::new()),
        Just(front_matter(&RenewedDetails { lease_until: Timestamp::from_millis(i64::MAX) })),
        Just(front_matter(&HandedOnDetails { to: person(2) })),
        Just([("lease_until".to_owned(), serde_json::json!([{}]))].into_iter().collect::<Meta>()),
    ];
    let event = (name(), at, seq, vec(name(), 0..4), 0..PEOPLE.len(), details, any::<bool>()).prop_map(
        move |((bits, step), at, seq, after, by, details, own)| Event {
            name: EventName::new(Timestamp::from_millis(BEGIN), word(step), bits),
            front: EventFront {
                record: if own { id() } else { RecordId::from_bits(8) },
                event: word(step).to_owned(),
                by: person(by),
                at: Timestamp::from_millis(at),
                seq,
                after: after
                    .into_iter()
                    .map(|(bits, step)| EventName::new(Timestamp::from_millis(BEGIN), word(step), bits))
                    .collect(),
            },
            details,
            body: Document::default(),
        },
    );
    vec(event, 0..14)
}

/// `items` in the order of the draws, some of them several times.
fn shuffled(count: usize, draws: &[Index]) -> Vec<usize> {
    let mut left: Vec<usize> = (0..count).collect();
    let mut out = Vec::new();
    for draw in draws.iter().cycle().take(count * 2) {
        if left.is_empty() {
            break;
        }
        let at = draw.index(left.len());
        out.push(left.remove(at));
        out.push(out[draw.index(out.len())]);
    }
    out.extend(left);
    out
}

fn subset(of: usize, draws: &[bool]) -> BTreeSet<usize> {
    (0..of).filter(|at| draws.get(at % draws.len().max(1)).copied().unwrap_or(true)).collect()
}

fn as_file(name: String, document: &Document) -> File {
    File { name, contents: Some(Contents::Bytes(document::write(document).into_bytes())) }
}

// `PROPTEST_CASES=100000 cargo test --test fold` is the full run.
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_of_arrival_and_duplicates_change_nothing(
        history in history(false),
        draws in vec(any::<Index>(), 1..40),
    ) {
        let straight = history.whole();
        let other = history.record(shuffled(history.events.len(), &draws));
        prop_assert_eq!(&straight, &other);
        prop_assert_eq!(fold(&straight), fold(&other));
        prop_assert_eq!((straight.next_seq(), straight.newest()), (other.next_seq(), other.newest()));
    }

    #[test]
    fn any_parts_that_cover_the_events_give_the_whole(
        history in history(false),
        first in vec(any::<bool>(), 1..24),
        second in vec(any::<bool>(), 1..24),
    ) {
        let all = history.events.len();
        let first = subset(all, &first);
        let rest: BTreeSet<usize> = (0..all).filter(|at| !first.contains(at)).collect();
        let overlapping: BTreeSet<usize> = rest.union(&subset(all, &second)).copied().collect();
        let one = history.record(first.iter().chain(&overlapping).copied());
        let two = history.record(overlapping.iter().chain(&first).copied());
        prop_assert_eq!(fold(&one), fold(&two));
        prop_assert_eq!(fold(&one), fold(&history.whole()));
    }

    #[test]
    fn the_order_respects_what_each_writer_saw(history in history(false)) {
        let record = history.whole();
        let place = |at: usize| {
            record.events.iter().position(|event| event.name == history.events[at].name).expect("it is there")
        };
        for (at, past) in history.pasts.iter().enumerate() {
            for earlier in past {
                prop_assert!(place(*earlier) < place(at));
            }
        }
    }

    #[test]
    fn an_honest_step_is_legal_in_every_union(history in history(true), draws in vec(any::<bool>(), 1..24)) {
        let whole = history.whole();
        for (at, event) in history.events.iter().enumerate() {
            prop_assert_eq!(history.subject.kind().judge(&whole, event, &Team), Legality::Legal);
            let mut some = subset(history.events.len(), &draws);
            some.extend(&history.pasts[at]);
            some.insert(at);
            prop_assert_eq!(history.subject.kind().judge(&history.record(some), event, &Team), Legality::Legal);
        }
    }

    #[test]
    fn concurrent_events_change_no_verdict_on_a_step(history in history(false)) {
        let whole = history.whole();
        for (at, event) in history.events.iter().enumerate() {
            let seen = history.record(history.pasts[at].iter().copied().chain([at]));
            prop_assert_eq!(history.subject.kind().judge(&seen, event, &Team), history.subject.kind().judge(&whole, event, &Team));
        }
    }

    #[test]
    fn what_anybody_saw_closed_is_closed(history in history(true), draws in vec(any::<bool>(), 1..24)) {
        for view in &history.views {
            let own = brief(&history.record(view.iter().copied()));
            if !own.closed {
                continue;
            }
            let more = view.iter().copied().chain(subset(history.events.len(), &draws));
            for union in [history.record(more), history.whole()] {
                let state = brief(&union);
                prop_assert!(state.closed, "{} seen, {} in the union", own.status, state.status);
            }
        }
    }

    #[test]
    fn an_incomplete_past_of_an_honest_step_is_unknown(history in history(true), missing in any::<Index>()) {
        if history.events.is_empty() {
            return Ok(());
        }
        let missing = missing.index(history.events.len());
        let record = history.record((0..history.events.len()).filter(|at| *at != missing));
        for (at, event) in history.events.iter().enumerate().filter(|(at, _)| *at != missing) {
            let verdict = history.subject.kind().judge(&record, event, &Team);
            prop_assert_eq!(verdict == Legality::Unknown, history.pasts[at].contains(&missing));
        }
    }

    #[test]
    fn an_incomplete_past_makes_nothing_legal(history in history(false), missing in any::<Index>()) {
        if history.events.is_empty() {
            return Ok(());
        }
        let missing = missing.index(history.events.len());
        let record = history.record((0..history.events.len()).filter(|at| *at != missing));
        for (at, event) in history.events.iter().enumerate().filter(|(at, _)| *at != missing) {
            let verdict = history.subject.kind().judge(&record, event, &Team);
            prop_assert!(verdict != Legality::Legal || !history.pasts[at].contains(&missing));
        }
    }

    #[test]
    fn an_event_of_another_record_is_never_applied(history in history(true), stray in any::<Index>()) {
        if history.events.is_empty() {
            return Ok(());
        }
        let mut event = history.events[stray.index(history.events.len())].clone();
        event.front.record = RecordId::from_bits(8);
        event.name = EventName::new(event.front.at, &event.front.event, 999_999);
        let with = history.events.iter().cloned().chain([event.clone()]);
        let record = Record::new(history.subject.dir(), Some(history.head.clone()), with, Vec::new());
        prop_assert_eq!(fold(&record), fold(&history.whole()));
        let reported: Vec<&(String, Fault)> =
            record.faults.iter().filter(|(name, _)| *name == event.name.file()).collect();
        prop_assert_eq!(reported.len(), 1);
    }

    #[test]
    fn a_history_survives_its_files(history in history(false), draws in vec(any::<Index>(), 1..40)) {
        let mut record = history.whole();
        let mut files = vec![as_file(history.subject.kind().head_file().into(), &history.head)];
        for at in shuffled(history.events.len(), &draws).into_iter().collect::<BTreeSet<_>>() {
            let event = &history.events[at];
            let mut meta = front_matter(&event.front);
            meta.extend(event.details.clone());
            files.push(as_file(event.name.file(), &Document { meta, ..event.body.clone() }));
        }
        files.rotate_right(draws.len() % (history.events.len() + 1));
        let read = assemble(history.subject.dir(), files);
        // Only the order of keys in the head may differ, which JSON maps do not count.
        record.head.clone_from(&read.head);
        prop_assert_eq!(record, read);
    }

    #[test]
    fn garbage_folds_without_panic_and_in_any_order(
        events in garbage(),
        draws in vec(any::<Index>(), 1..40),
        subject in select(SUBJECTS.concat()),
    ) {
        let mut names = BTreeSet::new();
        let distinct: Vec<Event> =
            events.iter().filter(|event| names.insert(event.name.clone())).cloned().collect();
        let build = |events: Vec<Event>| Record::new(subject.dir(), Some(subject.head()), events, Vec::new());
        let straight = build(distinct.clone());
        let order = shuffled(distinct.len(), &draws);
        let other = build(order.into_iter().map(|at| distinct[at].clone()).collect());
        prop_assert_eq!(fold(&straight), fold(&other));
        for record in [straight, build(events), Record::new(subject.dir(), None, distinct, Vec::new())] {
            let kind = subject.kind();
            let _ = (record.next_seq(), record.newest(), kind.brief(&record), kind.superseded(&record));
            for event in &record.events {
                let _ = (kind.judge(&record, event, &Team), kind.event_faults(event), kind.event_texts(event));
            }
        }
    }
}

#[test]
fn of_concurrent_locks_one_holds_and_the_other_stays_visible() {
    for (subject, held) in
        [(Subject::Flag, "locked"), (Subject::Task, "in_progress"), (Subject::FreeTask, "in_progress")]
    {
        one_holds(subject, held);
    }
}

fn one_holds(subject: Subject, held: &str) {
    let turn = |writer, by| Turn { writer, merges: writer, step: 0, by, to: 0, minutes: 0 };
    let history = History::play(subject, &[turn(0, 1), turn(1, 1)], &[0; WRITERS], true);
    let record = history.whole();
    assert_eq!(brief(&record).status, held);
    assert_eq!(subject.kind().superseded(&record), [history.events[1].name.clone()]);
}

#[test]
fn the_histories_reach_every_state_and_step() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    for subjects in SUBJECTS {
        let (mut states, mut steps, mut concurrent) = (BTreeSet::new(), BTreeSet::new(), 0);
        for _ in 0..600 {
            let drawn = history_of(subjects.to_vec(), true).new_tree(&mut runner).expect("a history");
            let record = drawn.current().whole();
            states.insert(brief(&record).status);
            steps.extend(record.events.iter().map(|event| event.front.event.clone()));
            concurrent += usize::from(!record.dir.kind().superseded(&record).is_empty());
        }
        assert_eq!(states.len(), subjects[0].states().len(), "{states:?}");
        assert_eq!(steps.len(), subjects[0].steps().len(), "{steps:?}");
        assert!(concurrent > 50, "only {concurrent} histories contradict themselves");
    }
}
