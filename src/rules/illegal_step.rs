//! `illegal-step`: every new event is a step that its writer could take.

use super::{Finding, RecordChange, Review, Rule};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::event::Event;
use crate::domain::id::EventName;
use crate::domain::kind::Brief;
use crate::domain::lease::Lock;
use crate::domain::past::Pasts;
use crate::domain::record::{Legality, Record, Refusal, Standing};
use crate::domain::time::Span;

/// See the module.
pub struct IllegalStep;

/// How far two honest clocks may be apart.
const CLOCKS: Span = Span::hours(1);

impl Rule for IllegalStep {
    fn name(&self) -> &'static str {
        "illegal-step"
    }

    fn default_level(&self) -> Severity {
        Severity::Block
    }

    fn summary(&self) -> &'static str {
        "every new event is a step that its writer could take, by what its writer saw"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for change in review.records {
            // Without the head nothing can be said; that it is missing is said by `syntax`.
            let Some(record) = change.after.as_ref().filter(|record| record.head.is_some()) else { continue };
            let mut illegal = false;
            let told =
                Told { record, pasts: record.pasts(), superseded: record.dir.kind().superseded(record) };
            for event in change.new_events() {
                let finding = judge(review, change, &told, event);
                illegal |= finding.is_some();
                findings.extend(finding);
            }
            if !illegal {
                findings.extend(endless_lock(review, change, record));
            }
        }
        findings
    }
}

/// A record, and what all of its events together tell.
struct Told<'a> {
    record: &'a Record,
    pasts: Pasts,
    superseded: Vec<EventName>,
}

fn judge(review: &Review<'_>, change: &RecordChange, told: &Told<'_>, event: &Event) -> Option<Finding> {
    let Told { record, pasts, superseded } = told;
    let kind = record.dir.kind();
    let id = record.id();
    let id = review.short_id(&id);
    let story = format!("see the story: {}", kind.look(id));
    let path = record.dir.event_path(&event.name);
    let say = |message: String| {
        Finding::in_file(&path, Spot::Key("event".into()), message).commit(review.last_commit(&path))
    };
    let step = format!("{} by {}", event.front.event.replace('_', " "), event.front.by);
    match kind.judge_by(record, pasts, event, review.authority) {
        Legality::Illegal(Refusal { message, .. }) => Some(
            say(format!("`{step}` on {} {id} is no step that could be taken: {message}", kind.name()))
                .why("a record's story is only worth something when every step in it was possible")
                .mend(story)
                .mend(review.undo(&[&path])),
        ),
        Legality::Unknown => Some(
            say(format!("`{step}` on {} {id} can't be judged: what its writer saw is not all here", kind.name()))
                .why("it rests on events of another branch; once that is merged, nothing is left to say")
                .mend("merge the branch that has the earlier events")
                .at_most(Severity::Note),
        ),
        Legality::Legal if superseded.contains(&event.name) => Some(
            say(format!("`{step}` on {} {id} has no effect: a concurrent step had already decided", kind.name()))
                .why("two acted at once, and both were honest; one of them counts, and the other stays visible")
                .mend(story)
                .at_most(Severity::Note),
        ),
        Legality::Legal => overlooked(change, told, event, review.authority).map(|message| {
            say(format!("`{step}` on {} {id} was written without having seen all that is here: {message}", kind.name()))
                .why("that is how it looks when two worked at once, or a branch was rebased; a look tells whether the step still fits")
                .mend(story)
                .at_most(Severity::Note)
        }),
    }
}

/// Why the step would not have been legal, had its writer seen all that was there before the change.
fn overlooked(
    change: &RecordChange,
    told: &Told<'_>,
    event: &Event,
    standing: &dyn Standing,
) -> Option<String> {
    let before = change.before.as_ref().filter(|before| !before.events.is_empty())?;
    let mut informed = event.clone();
    informed.front.after.extend(before.newest());
    informed.front.seq = event.front.seq.max(before.next_seq());
    match told.record.dir.kind().judge_by(told.record, &told.pasts, &informed, standing) {
        Legality::Illegal(refusal) => Some(refusal.message),
        Legality::Legal | Legality::Unknown => None,
    }
}

/// A lock that this change brings and that would not end when it should.
fn endless_lock(review: &Review<'_>, change: &RecordChange, record: &Record) -> Option<Finding> {
    let brief = record.dir.kind().brief(record)?;
    let lock = brief.lock.as_ref()?;
    let event = change.new_events().filter(|event| event.front.by == lock.by).last()?;
    // For how long somebody needs what is shared, the reservation itself says.
    let is_shared = change.dir.kind().subject(record).has_rivals();
    let too_long = || if is_shared { None } else { too_long(review, lock) };
    let message = awaits_nothing(review, &brief, lock).or_else(too_long)?;
    let path = record.dir.event_path(&event.name);
    let (kind, id) = (brief.kind_name(), review.short_id(&brief.id));
    let take = brief.dir.kind().verbs().take.unwrap_or("show");
    Some(
        Finding::in_file(&path, Spot::Key("lease_until".into()), message)
            .why(format!(
                "a lock is a lease: one that never ends would keep the {kind} from ever being processed"
            ))
            .mend(format!("{take} it by the command, which writes the lease: perfteam {kind} {take} {id}"))
            .mend(review.undo(&[&path]))
            .commit(review.last_commit(&path)),
    )
}

/// A lock lasts while the answer that it awaits is asked for.
fn awaits_nothing(review: &Review<'_>, brief: &Brief, lock: &Lock) -> Option<String> {
    let request = review.after.open.iter().find(|open| lock.awaiting.as_ref() == Some(&open.id))?;
    let asks_for_it = request.from == lock.by && request.parent.as_ref() == Some(&brief.id);
    (!asks_for_it).then(|| {
        format!(
            "the lock awaits {}, which is not a question that {} asked for this {}",
            request.id,
            lock.by,
            brief.kind_name()
        )
    })
}

fn too_long(review: &Review<'_>, lock: &Lock) -> Option<String> {
    let lease = review.authority.policy.lease;
    let latest = review.now.plus(lease).plus(CLOCKS);
    (lock.until > latest).then(|| {
        format!("the lock lasts until {}, longer than the {lease} that policy gives a lease", lock.until)
    })
}
