//! What the writers of a record's events saw: the events that each one came after, and what those came
//! after. Found once for all events of a record, since anybody can write many that name all others.

use std::collections::HashMap;

use super::event::Event;
use super::id::EventName;

/// The pasts of all events of a record.
#[derive(Debug, Default)]
pub struct Pasts {
    numbers: HashMap<EventName, usize>,
    pasts: Vec<Past>,
}

/// What the writer of an event saw.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// A bit for each event of the record, in their order.
    seen: Vec<u64>,
    /// Whether all of it is here.
    pub complete: bool,
}

impl Pasts {
    /// Those of `events`, which are in their order: what an event came after stands before it, where
    /// nobody wrote something else. Of what does not, the past is not looked for.
    pub fn of(events: &[Event]) -> Pasts {
        let numbers = events.iter().enumerate().map(|(number, event)| (event.name.clone(), number)).collect();
        let mut pasts = Pasts { numbers, pasts: Vec::with_capacity(events.len()) };
        for event in events {
            let past = pasts.before(event);
            pasts.pasts.push(past);
        }
        pasts
    }

    /// What the writer of `event` saw, which need not be in the record itself.
    pub fn before(&self, event: &Event) -> Past {
        let mut past = Past { seen: vec![0; self.numbers.len().div_ceil(64)], complete: true };
        for name in &event.front.after {
            match self.numbers.get(name) {
                Some(number) => past.add(*number, self.pasts.get(*number)),
                None => past.complete = false,
            }
        }
        // Nobody saw what he was going to write.
        if self.numbers.get(&event.name).is_some_and(|own| past.remove(*own)) {
            past.complete = false;
        }
        past
    }
}

impl Past {
    fn add(&mut self, number: usize, before: Option<&Past>) {
        self.seen[number / 64] |= 1 << (number % 64);
        let Some(before) = before else { return };
        self.complete &= before.complete;
        for (seen, more) in self.seen.iter_mut().zip(&before.seen) {
            *seen |= more;
        }
    }

    /// Takes an event out; whether it was there.
    fn remove(&mut self, number: usize) -> bool {
        let was = self.has(number);
        self.seen[number / 64] &= !(1 << (number % 64));
        was
    }

    /// Whether the event with this number was seen.
    pub fn has(&self, number: usize) -> bool {
        self.seen[number / 64] & (1 << (number % 64)) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::{Document, Meta};
    use crate::domain::event::EventFront;

    fn name(number: u32) -> EventName {
        EventName::from_file(&format!("20261120T150000.{number:03}Z-unlocked-{number:06}.md"))
            .expect("a name")
    }

    fn event(number: u32, after: &[u32]) -> Event {
        let front = EventFront {
            record: "7k2m9qxa3d".parse().expect("an id"),
            event: "unlocked".into(),
            by: "@a".parse().expect("a handle"),
            at: "2026-11-20T15:00:00.000Z".parse().expect("a time"),
            seq: number,
            after: after.iter().copied().map(name).collect(),
        };
        Event { name: name(number), front, details: Meta::new(), body: Document::default() }
    }

    /// The numbers that the writer of the last event saw, and whether all is here.
    fn seen(events: &[Event]) -> (Vec<usize>, bool) {
        let past = Pasts::of(events).before(events.last().expect("an event"));
        (
            (0..events.len()).filter(|number| past.has(*number)).map(|number| number + 1).collect(),
            past.complete,
        )
    }

    #[test]
    fn what_was_seen_was_seen_with_its_past() {
        let chain = [event(1, &[]), event(2, &[1]), event(3, &[]), event(4, &[2])];
        assert_eq!(seen(&chain), (vec![1, 2], true));
        let joined = [event(1, &[]), event(2, &[1]), event(3, &[1]), event(4, &[2, 3])];
        assert_eq!(seen(&joined), (vec![1, 2, 3], true));
        let many: Vec<Event> = (1..=200).map(|number| event(number, &[number - 1])).collect();
        assert_eq!(seen(&many[1..]).0.len(), 198);
    }

    #[test]
    fn a_past_that_is_not_here_or_that_nobody_can_have_seen_is_not_whole() {
        assert_eq!(seen(&[event(2, &[1]), event(3, &[2])]), (vec![1], false));
        assert_eq!(seen(&[event(1, &[]), event(2, &[1, 2])]), (vec![1], false));
        // Two that came after each other.
        assert_eq!(seen(&[event(1, &[2]), event(2, &[1])]), (vec![1], false));
    }

    #[test]
    fn an_event_that_is_not_in_the_record_is_judged_by_it() {
        let pasts = Pasts::of(&[event(1, &[]), event(2, &[1])]);
        let past = pasts.before(&event(3, &[2]));
        assert!(past.has(0) && past.has(1) && past.complete);
    }
}
