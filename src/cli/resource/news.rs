//! What those who wait are told: flags, raised in the same step.

use std::collections::BTreeMap;

use super::name::word;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::flag::{Texts, head_file};
use crate::domain::document::Meta;
use crate::domain::flag::{FlagHead, INFORMATION_REQUEST};
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::level::Level;
use crate::domain::resource::queue::Queue;
use crate::domain::resource::{Mode, Reservation};
use crate::domain::text::headline;
use crate::domain::time::Timestamp;
use crate::store::write::NewFile;

/// The type of the flags that tell when a resource is expected.
const RESOURCE: &str = "resource";

/// When each reservation that waits can expect the resource.
pub fn expectations(queue: &Queue<'_>) -> BTreeMap<RecordId, Timestamp> {
    let waiting = queue.waiting.iter();
    waiting.filter_map(|waiting| Some((waiting.head.id.clone(), queue.expected(&waiting.head.id)?))).collect()
}

/// A flag to each who waits in `queue` and for whom something has changed since `before`.
pub fn tell_waiting(
    context: &Context,
    actor: &Handle,
    queue: &Queue<'_>,
    before: &BTreeMap<RecordId, Timestamp>,
) -> Vec<NewFile> {
    let free: Vec<&RecordId> = queue.next().iter().map(|next| &next.head.id).collect();
    queue
        .waiting
        .iter()
        .filter(|waiting| waiting.head.from != *actor)
        .filter_map(|waiting| {
            let expected = queue.expected(&waiting.head.id)?;
            let is_free = free.contains(&&waiting.head.id);
            let is_new = before.get(&waiting.head.id) != Some(&expected);
            is_new.then(|| expectation(context, actor, waiting, expected, is_free))
        })
        .collect()
}

fn expectation(
    context: &Context,
    actor: &Handle,
    waiting: &Reservation,
    expected: Timestamp,
    is_free: bool,
) -> NewFile {
    let title = &waiting.head.title;
    let name = word(title);
    let (headline, action) = if is_free {
        (
            format!("{title} is free for you"),
            format!(
                "It is your turn: take it with `perfteam resource reserve {name}`. Your first right passes \
                 to the next in the queue when you leave it unused for fifteen minutes. If you no longer need \
                 it, leave the queue with `perfteam resource release {name}`, so that nobody waits for you."
            ),
        )
    } else {
        (
            format!("{title} is expected at {}", expected.minute()),
            format!(
                "Plan your work with {title} for {} or later, or do first what needs no {title}. When the time \
                 has come, take it with `perfteam resource reserve {name}`; see who is ahead with `perfteam \
                 resource queue {name}`, and leave the queue with `perfteam resource release {name}`.",
                expected.minute()
            ),
        )
    };
    let change = format!(
        "{actor} has changed who uses {title} and who waits for it. Your reservation {} ({}, impact {}) can \
         now expect it at {expected}.",
        waiting.head.id,
        waiting.head.mode.word(),
        waiting.head.impact,
    );
    let head = flag(context, actor, &waiting.head.from, RESOURCE, &headline, Level::Low, &waiting.head.id);
    head_file(&head, &Texts { change: Some(change), action: Some(action), example: None }).1
}

/// A request to a lead, when `new` and somebody else both are critical and can't have the resource
/// together: more of it is needed, or somebody must decide.
pub fn tell_lead(
    context: &Context,
    actor: &Handle,
    queue: &Queue<'_>,
    new: &Reservation,
) -> Result<Option<NewFile>, Failure> {
    let is_rival = |other: &&&Reservation| {
        other.head.id != new.head.id
            && other.head.impact == Level::Critical
            && (other.head.mode == Mode::Exclusive || new.head.mode == Mode::Exclusive)
    };
    let Some(other) = queue.holders.iter().chain(&queue.waiting).find(is_rival) else { return Ok(None) };
    if new.head.impact != Level::Critical {
        return Ok(None);
    }
    let team = context.team()?;
    let is_lead = |lead: &&Handle| *lead != actor && team.roster.contains(lead);
    let Some(lead) = team.policy.leads.iter().find(is_lead) else { return Ok(None) };
    let title = &new.head.title;
    let name = word(title);
    let change = format!(
        "Two critical pieces of work need {title} at the same time: that of {} (reservation {}) and that of {} \
         (reservation {}). One of them has to wait.",
        other.head.from, other.head.id, new.head.from, new.head.id
    );
    let action = format!(
        "Can the team get more of {title}, so that both can work? If not, say which of the two goes first, and \
         why: your answer is the record of the decision. The one who must step back releases it with `perfteam \
         resource release {name}`."
    );
    let headline = format!("Two critical ones need {title}");
    let head = flag(context, actor, lead, INFORMATION_REQUEST, &headline, Level::Critical, &new.head.id);
    Ok(Some(head_file(&head, &Texts { change: Some(change), action: Some(action), example: None }).1))
}

fn flag(
    context: &Context,
    from: &Handle,
    to: &Handle,
    class: &str,
    title: &str,
    impact: Level,
    about: &RecordId,
) -> FlagHead {
    FlagHead {
        id: RecordId::from_bits(context.bits()),
        class: class.to_owned(),
        title: headline(title, 72),
        from: from.clone(),
        to: to.clone(),
        impact,
        at: context.now,
        files: Vec::new(),
        location: None,
        chain: Some(about.clone()),
        parent: Some(about.clone()),
        once: None,
        context: Meta::new(),
        extra: Meta::new(),
    }
}
