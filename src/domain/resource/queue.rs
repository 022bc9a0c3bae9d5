//! Who has a resource, who is next, and when it is expected.

use std::cmp::Reverse;

use super::{Mode, Reservation};
use crate::domain::claim::GRACE;
use crate::domain::id::RecordId;
use crate::domain::time::{Span, Timestamp};

/// How long the first in the queue has the first right to a free resource.
pub const TURN: Span = Span::minutes(15);

/// The open reservations of one resource at one point in time.
#[derive(Debug, Clone)]
pub struct Queue<'a> {
    /// Those that have it.
    pub holders: Vec<&'a Reservation>,
    /// Those that were granted it while somebody else already had it, where that could not be
    /// seen: the earlier grant counts.
    pub contested: Vec<&'a Reservation>,
    /// Those that wait, first to last.
    pub waiting: Vec<&'a Reservation>,
    /// When the lease of the last one ended that did not say that it let go.
    lapsed: Option<Timestamp>,
    now: Timestamp,
}

/// Why a reservation may have the resource, or must wait.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict<'a> {
    /// It may; the words for why.
    Granted(String),
    /// Others have it.
    Held(Vec<&'a Reservation>),
    /// It is free, and this one has the first right to it until then.
    Behind(&'a Reservation, Timestamp),
}

impl<'a> Queue<'a> {
    /// Sorts the open reservations of one resource.
    pub fn new(reservations: &'a [Reservation], now: Timestamp) -> Self {
        let mut queue =
            Queue { holders: Vec::new(), contested: Vec::new(), waiting: Vec::new(), lapsed: None, now };
        let mut granted: Vec<&Reservation> = Vec::new();
        for reservation in reservations.iter().filter(|reservation| !reservation.status.is_closed()) {
            match reservation.lock() {
                Some(lock) if lock.until.plus(GRACE) <= now => {
                    queue.lapsed = queue.lapsed.max(Some(lock.until.plus(GRACE)));
                }
                Some(_) => granted.push(reservation),
                None => queue.waiting.push(reservation),
            }
        }
        granted.sort_by_key(|reservation| (reservation.granted_at, reservation.head.id.clone()));
        for reservation in granted {
            if queue.holders.iter().any(|holder| conflict(holder.head.mode, reservation.head.mode)) {
                queue.contested.push(reservation);
            } else {
                queue.holders.push(reservation);
            }
        }
        queue.waiting.sort_by_key(|reservation| urgency(reservation));
        queue
    }

    /// Whether the waiting reservation `id` may have the resource now.
    pub fn verdict(&self, id: &RecordId) -> Option<Verdict<'a>> {
        let at = self.waiting.iter().position(|waiting| waiting.head.id == *id)?;
        let own = self.waiting[at];
        let in_the_way = |other: &&&Reservation| conflict(other.head.mode, own.head.mode);
        let holders: Vec<&Reservation> = self.holders.iter().filter(in_the_way).copied().collect();
        if !holders.is_empty() {
            return Some(Verdict::Held(holders));
        }
        let ahead: Vec<&Reservation> = self.waiting[..at].iter().filter(in_the_way).copied().collect();
        let first = ahead.iter().find_map(|ahead| Some((*ahead, self.goes_first_until(ahead)?)));
        Some(match first {
            Some((ahead, until)) => Verdict::Behind(ahead, until),
            None => Verdict::Granted(self.reason(own, &ahead, self.waiting.len() - at - 1)),
        })
    }

    /// Until when one that waits ahead goes first; `None` when its turn has passed unused.
    fn goes_first_until(&self, ahead: &Reservation) -> Option<Timestamp> {
        let can_go = self.holders.iter().all(|holder| !conflict(holder.head.mode, ahead.head.mode));
        let until = if can_go { self.first_right(ahead) } else { self.expected(&ahead.head.id)?.plus(TURN) };
        (until > self.now).then_some(until)
    }

    /// Until when nobody behind `reservation` may take what is free.
    fn first_right(&self, reservation: &Reservation) -> Timestamp {
        let turn = reservation.head.at.max(self.lapsed.unwrap_or(reservation.head.at)).plus(TURN);
        turn.max(reservation.offered_until.unwrap_or(turn))
    }

    fn reason(&self, own: &Reservation, passed: &[&Reservation], behind: usize) -> String {
        let names = |list: &[&Reservation]| {
            list.iter().map(|other| other.head.from.to_string()).collect::<Vec<_>>().join(", ")
        };
        if !self.holders.is_empty() {
            return format!("shared with {}", names(&self.holders));
        }
        match (passed, behind) {
            ([], 0) => "it was free".to_owned(),
            ([], behind) => format!("first of {} by {}", behind + 1, why(own)),
            (passed, _) => format!("it was free, and the turn of {} had passed", names(passed)),
        }
    }

    /// When the waiting reservation `id` can expect the resource, when nobody lets go early and
    /// everybody ahead takes it.
    pub fn expected(&self, id: &RecordId) -> Option<Timestamp> {
        let end = |reservation: &&Reservation| reservation.lock().map(|lock| lock.until);
        let mut free = self.holders.iter().filter_map(end).max().unwrap_or(self.now).max(self.now);
        let mut shared_from: Option<Timestamp> =
            self.holders.iter().all(|holder| holder.head.mode == Mode::Shared).then_some(self.now);
        for waiting in &self.waiting {
            let start = match (waiting.head.mode, shared_from) {
                (Mode::Shared, Some(from)) => from,
                _ => free,
            };
            if waiting.head.id == *id {
                return Some(start);
            }
            free = free.max(start.plus(waiting.head.length));
            shared_from = (waiting.head.mode == Mode::Shared).then_some(start);
        }
        None
    }

    /// Those who wait and could have the resource now, first to last: one who needs it alone, or
    /// all who share it.
    pub fn next(&self) -> Vec<&'a Reservation> {
        let mut next: Vec<&Reservation> = Vec::new();
        for waiting in &self.waiting {
            let taken = self.holders.iter().chain(&next);
            if taken.clone().any(|other| conflict(other.head.mode, waiting.head.mode)) {
                break;
            }
            next.push(waiting);
        }
        next
    }

    /// The place in the queue, from 1.
    pub fn place(&self, id: &RecordId) -> Option<usize> {
        self.waiting.iter().position(|waiting| waiting.head.id == *id).map(|at| at + 1)
    }
}

fn conflict(a: Mode, b: Mode) -> bool {
    a == Mode::Exclusive || b == Mode::Exclusive
}

/// Smaller is sooner: impact on the business, then how soon a promise is broken, then how many
/// customers it is for, then who asked first.
fn urgency(reservation: &Reservation) -> impl Ord + use<> {
    let head = &reservation.head;
    let promise = head.sla.map_or(Timestamp::from_millis(i64::MAX), |sla| head.at.plus(sla));
    (head.impact, promise, Reverse(head.customers.unwrap_or(0)), head.at, head.id.clone())
}

fn why(reservation: &Reservation) -> String {
    let head = &reservation.head;
    let mut words = format!("impact {}", head.impact);
    if let Some(sla) = head.sla {
        words.push_str(&format!(", promise broken in {sla}"));
    }
    if let Some(customers) = head.customers {
        words.push_str(&format!(", {customers} customers"));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::{ReservationHead, Status};
    use super::*;
    use crate::domain::lease::{Lock, LockedDetails};
    use crate::domain::level::Level;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(1_795_186_800_000).plus(Span::minutes(minute))
    }

    fn waits(n: u64, impact: Level, mode: Mode, minute: i64) -> Reservation {
        let head = ReservationHead {
            id: RecordId::from_bits(n),
            title: "Load test".into(),
            resource: "load test".into(),
            from: format!("@a{n}").parse().expect("a handle"),
            at: at(minute),
            mode,
            impact,
            sla: None,
            customers: None,
            length: Span::hours(1),
            extra: Default::default(),
        };
        Reservation { head, status: Status::Waiting, granted_at: None, decision: None, offered_until: None }
    }

    fn holds(n: u64, mode: Mode, since: i64, until: i64) -> Reservation {
        let mut reservation = waits(n, Level::Medium, mode, since);
        let lock = Lock::taken(&reservation.head.from, LockedDetails::until(at(until)));
        reservation.status = Status::Held(lock);
        reservation.granted_at = Some(at(since));
        reservation
    }

    fn id(n: u64) -> RecordId {
        RecordId::from_bits(n)
    }

    #[test]
    fn what_matters_more_is_next_and_everybody_knows_when() {
        let all = [
            holds(1, Mode::Exclusive, 0, 60),
            waits(2, Level::Low, Mode::Exclusive, 1),
            waits(3, Level::Critical, Mode::Exclusive, 2),
        ];
        let queue = Queue::new(&all, at(10));
        assert_eq!(queue.place(&id(3)), Some(1));
        assert_eq!(queue.expected(&id(3)), Some(at(60)));
        assert_eq!(queue.expected(&id(2)), Some(at(120)));
        assert!(matches!(queue.verdict(&id(3)), Some(Verdict::Held(_))));
    }

    #[test]
    fn those_who_share_go_together_but_not_past_one_who_needs_it_alone() {
        let all = [
            holds(1, Mode::Shared, 0, 60),
            waits(2, Level::Medium, Mode::Shared, 1),
            waits(3, Level::High, Mode::Exclusive, 2),
        ];
        assert_eq!(
            Queue::new(&all[..2], at(10)).verdict(&id(2)),
            Some(Verdict::Granted("shared with @a1".into()))
        );
        assert!(
            matches!(Queue::new(&all, at(10)).verdict(&id(2)), Some(Verdict::Behind(ahead, _)) if ahead.head.id == id(3))
        );
    }

    #[test]
    fn a_turn_that_passes_unused_lets_the_next_one_in() {
        let mut all =
            [waits(1, Level::Critical, Mode::Exclusive, 0), waits(2, Level::Low, Mode::Exclusive, 0)];
        all[0].offered_until = Some(at(30));
        assert!(matches!(Queue::new(&all, at(29)).verdict(&id(2)), Some(Verdict::Behind(..))));
        assert_eq!(
            Queue::new(&all, at(30)).verdict(&id(2)),
            Some(Verdict::Granted("it was free, and the turn of @a1 had passed".into()))
        );
        assert_eq!(
            Queue::new(&all, at(1)).verdict(&id(1)),
            Some(Verdict::Granted("first of 2 by impact critical".into()))
        );
    }

    #[test]
    fn of_two_grants_that_could_not_see_each_other_the_earlier_counts() {
        let all = [holds(1, Mode::Exclusive, 5, 60), holds(2, Mode::Exclusive, 4, 60)];
        let queue = Queue::new(&all, at(10));
        assert_eq!(queue.holders[0].head.id, id(2));
        assert_eq!(queue.contested[0].head.id, id(1));
    }
}
