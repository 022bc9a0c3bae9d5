//! The claim protocol, explored in full: two clones with clocks a minute apart, a remote between
//! them, commands that are killed after any step, answers that are lost, merges at any moment. What
//! is decided is decided by the program's own functions; what is said to be held over all clones
//! has one holder at any time.
//!
//! `PERFTEAM_TEST_MODEL_COMMANDS=4 PERFTEAM_TEST_MODEL_FAULTY_COMMANDS=3 cargo test --release --test
//! claim_model` is the full run.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use perfteam::domain::claim::{Claim, Claimant, Decision, Ended, GRACE, Nonce, Subject, Trace, decide};
use perfteam::domain::document::{Document, Meta};
use perfteam::domain::draft::{Step as Draft, front_matter};
use perfteam::domain::event::Event;
use perfteam::domain::flag::{FlagHead, Flags};
use perfteam::domain::handle::Handle;
use perfteam::domain::id::{EventName, RecordId};
use perfteam::domain::lease::{LockedDetails, RenewedDetails, UnlockedDetails};
use perfteam::domain::level::Level;
use perfteam::domain::record::{Record, RecordDir};
use perfteam::domain::time::Timestamp;

const BEGIN: i64 = 1_795_186_800_000;
/// Minutes that a lease lasts, and how much longer a holder gets who acts when it is all but over.
const LEASE: i8 = 5;
const LAST_MINUTES: i8 = 5;
/// Minutes that are looked at.
const END: i8 = 9;
/// More claims than are ever made.
const NONCES: u8 = 8;

/// A claim, in the few numbers in which this model's claims differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Mark {
    nonce: u8,
    clone: usize,
    until: i8,
    /// The `seq` of the event that ended it.
    ended: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum What {
    Locked,
    Renewed,
    Unlocked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Happened {
    what: What,
    nonce: u8,
    until: i8,
    at: i8,
    seq: u32,
}

/// What somebody was told who locked: it works as long as it thinks that it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Holder {
    nonce: u8,
    until: i8,
    /// Whether it was told that the claim reaches over all clones.
    everywhere: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Verb {
    Lock,
    Renew,
    Unlock,
    Sync,
}

/// What a command is about to ask of the remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Stage {
    /// To replace what it saw there by its claim.
    Push { expected: Option<Mark> },
    /// To take note of how its claim ended.
    GiveBack { ended: u32 },
}

/// A command under way, with the time that it took for now when it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Command {
    verb: Verb,
    now: i8,
    claim: Mark,
    /// The `seq` after which its event comes, as claims told.
    beyond: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Place {
    claim: Option<Mark>,
    mirror: Option<Mark>,
    /// The nonces of commands that have not written their event.
    pending: Vec<u8>,
    events: Vec<Happened>,
    command: Option<(Command, Stage)>,
    holders: Vec<Holder>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct World {
    minute: i8,
    remote: Option<Mark>,
    places: [Place; 2],
    commands: usize,
    nonces: u8,
}

/// What the events in sight say.
#[derive(Debug, Clone)]
struct Sight {
    /// The nonce of the lock, and when it ends.
    lock: Option<(Option<u8>, i8)>,
    traces: Vec<Trace>,
    next_seq: u32,
}

fn time(minute: i8) -> Timestamp {
    Timestamp::from_millis(BEGIN + i64::from(minute) * 60_000)
}

fn nonce(number: u8) -> Nonce {
    Nonce::from_bits(u64::from(number))
}

fn agent() -> Handle {
    "@a".parse().expect("a handle")
}

fn dir() -> RecordDir {
    RecordDir::new(&Flags, "2026-11-20", "pool", &RecordId::from_bits(7))
}

fn claim(mark: Mark) -> Claim {
    Claim {
        version: 1,
        subject: Subject::record(&dir()),
        by: agent(),
        nonce: nonce(mark.nonce),
        since: time(0),
        until: time(mark.until),
        clone: mark.clone.to_string(),
        ended: mark.ended.map(|seq| Ended {
            how: "unlocked".into(),
            at: time(0),
            closed: false,
            seq,
            event: EventName::new(time(0), "unlocked", u64::from(mark.nonce)),
        }),
    }
}

fn head() -> Document {
    let head = FlagHead {
        id: RecordId::from_bits(7),
        class: "change".into(),
        title: "Pool".into(),
        from: "@sender".parse().expect("a handle"),
        to: agent(),
        impact: Level::High,
        at: time(0),
        files: Vec::new(),
        location: None,
        chain: None,
        parent: None,
        once: None,
        context: Meta::new(),
        extra: Meta::new(),
    };
    Document { meta: front_matter(&head), ..Document::default() }
}

fn event(number: usize, happened: &Happened) -> Event {
    let (what, details) = match happened.what {
        What::Locked => {
            let details = LockedDetails {
                claim: Some(nonce(happened.nonce)),
                ..LockedDetails::until(time(happened.until))
            };
            ("locked", front_matter(&details))
        }
        What::Renewed => ("renewed", front_matter(&RenewedDetails { lease_until: time(happened.until) })),
        What::Unlocked => ("unlocked", front_matter(&UnlockedDetails { ends: Some(nonce(happened.nonce)) })),
    };
    let record = Record::new(dir(), Some(head()), [], Vec::new());
    let mut step = Draft::new(what, &agent(), time(happened.at), "").with(&details);
    step.beyond = Some((happened.seq - 1, EventName::new(time(0), "unlocked", 99)));
    let (name, body) = step.event(&record, number as u64 * 100 + u64::from(happened.nonce));
    Event::from_document(name, body).expect("an event")
}

/// Explores all worlds that follow from the empty one.
struct Model {
    /// How many minutes the second clock is ahead.
    skew: i8,
    most_commands: usize,
    /// Whether commands are killed and answers are lost.
    faults: bool,
    /// Whether a claim is no longer believed than the events in sight, as would be wrong.
    naive: bool,
    sights: HashMap<Vec<Happened>, Rc<Sight>>,
}

impl Model {
    fn new(skew: i8, most_commands: usize, faults: bool) -> Model {
        Model { skew, most_commands, faults, naive: false, sights: HashMap::new() }
    }

    fn clock(&self, world: &World, at: usize) -> i8 {
        world.minute + if at == 1 { self.skew } else { 0 }
    }

    fn sight(&mut self, events: &[Happened]) -> Rc<Sight> {
        if let Some(sight) = self.sights.get(events) {
            return Rc::clone(sight);
        }
        let all = events.iter().enumerate().map(|(number, happened)| event(number, happened));
        let record = Record::new(dir(), Some(head()), all, Vec::new());
        let lock = record.dir.kind().brief(&record).and_then(|brief| brief.lock);
        let number = |of: &Nonce| (0..NONCES).find(|number| nonce(*number) == *of);
        let minute = |of: Timestamp| ((of.millis() - BEGIN) / 60_000) as i8;
        let mark = |nonce| Mark { nonce, clone: 0, until: 0, ended: None };
        let sight = Rc::new(Sight {
            lock: lock.map(|lock| (lock.claim.as_ref().and_then(number), minute(lock.until))),
            traces: (0..NONCES).map(|nonce| Trace::of(&claim(mark(nonce)), &record)).collect(),
            next_seq: record.next_seq(),
        });
        self.sights.insert(events.to_vec(), Rc::clone(&sight));
        sight
    }

    /// Whether the place may take what `seen` holds; the event after which its own must come.
    fn may_take(&mut self, place: &Place, at: usize, now: i8, seen: Option<Mark>) -> Option<u32> {
        let trace = match seen.map(|mark| (mark, self.sight(&place.events).of(&mark))) {
            Some((mark, Trace::Unseen)) if place.pending.contains(&mark.nonce) => Trace::Orphan,
            Some((_, Trace::Standing | Trace::Superseded)) if self.naive => Trace::Settled,
            Some((_, trace)) => trace,
            None => Trace::Unseen,
        };
        let claimant = Claimant { by: agent(), clone: at.to_string() };
        match decide(seen.map(claim).as_ref(), trace, &claimant, time(now)) {
            Decision::Refuse => None,
            Decision::Take { after, .. } => Some(after.map_or(0, |ended| ended.seq)),
        }
    }

    /// All worlds that may come next.
    fn next(&mut self, world: &World) -> Vec<World> {
        let mut next = Vec::new();
        if world.minute < END {
            next.push(World { minute: world.minute + 1, ..world.clone() });
        }
        for at in 0..2 {
            match world.places[at].command {
                Some(command) => {
                    let mut idle = world.clone();
                    idle.places[at].command = None;
                    next.extend(self.go_on(&idle, at, command));
                    if self.faults {
                        next.push(idle);
                    }
                }
                None => next.extend(self.begin(world, at)),
            }
            next.extend(merge(world, at));
        }
        next.extend(forget_ended(world));
        next
    }

    fn begin(&mut self, world: &World, at: usize) -> Vec<World> {
        if world.commands >= self.most_commands {
            return Vec::new();
        }
        let mut world = World { commands: world.commands + 1, ..world.clone() };
        let now = self.clock(&world, at);
        let sight = self.sight(&world.places[at].events);
        // Each command tells which locks of its clone were lost.
        world.places[at]
            .holders
            .retain(|holder| sight.traces[usize::from(holder.nonce)] != Trace::Superseded);
        let mut next = self.begin_lock(&world, at, now);
        for holder in world.places[at].holders.clone() {
            if sight.lock.is_some_and(|(nonce, _)| nonce == Some(holder.nonce)) {
                next.extend(self.begin_renew(&world, at, now, holder));
                next.extend(self.begin_unlock(&world, at, now, holder));
            }
        }
        next.extend(self.sync(&world, at, now));
        next
    }

    fn begin_lock(&mut self, world: &World, at: usize, now: i8) -> Vec<World> {
        let place = &world.places[at];
        let here = place.claim;
        let lock = self.sight(&place.events).lock;
        if lock.is_some_and(|(_, until)| time(until).plus(GRACE) > time(now)) {
            return Vec::new();
        }
        let Some(beyond) = self.may_take(place, at, now, here) else { return Vec::new() };
        let mark = Mark { nonce: world.nonces, clone: at, until: now + LEASE, ended: None };
        let mut world = World { nonces: world.nonces + 1, ..world.clone() };
        let place = &mut world.places[at];
        place.pending.retain(|nonce| here.is_none_or(|here| here.nonce != *nonce));
        place.pending.push(mark.nonce);
        place.claim = Some(mark);
        self.ask(&world, at, Command { verb: Verb::Lock, now, claim: mark, beyond })
    }

    fn begin_renew(&mut self, world: &World, at: usize, now: i8, holder: Holder) -> Vec<World> {
        let Some(mark) = self.extended(&world.places[at], at, now, holder, now + LEASE) else {
            return Vec::new();
        };
        let mut world = world.clone();
        world.places[at].claim = Some(mark);
        self.ask_if_known(&world, at, Command { verb: Verb::Renew, now, claim: mark, beyond: 0 })
    }

    /// A holder makes sure of its claim first, and no longer thinks that it has it.
    fn begin_unlock(&mut self, world: &World, at: usize, now: i8, holder: Holder) -> Vec<World> {
        let mut world = world.clone();
        world.places[at].holders.retain(|other| *other != holder);
        let here = world.places[at].claim;
        let is_safe = |claim: Mark| time(now).plus(GRACE) < time(claim.until);
        if here.is_none_or(|here| here.nonce == holder.nonce && is_safe(here)) {
            let mark = Mark { nonce: holder.nonce, clone: at, until: holder.until, ended: None };
            return self.write(
                &world,
                at,
                Command { verb: Verb::Unlock, now, claim: mark, beyond: 0 },
                false,
            );
        }
        let Some(mark) = self.extended(&world.places[at], at, now, holder, now + LAST_MINUTES) else {
            return Vec::new();
        };
        world.places[at].claim = Some(mark);
        self.ask_if_known(&world, at, Command { verb: Verb::Unlock, now, claim: mark, beyond: 0 })
    }

    /// The claim of `holder`, extended; `None` when somebody took it over.
    fn extended(&mut self, place: &Place, at: usize, now: i8, holder: Holder, until: i8) -> Option<Mark> {
        let own = place.claim.filter(|claim| claim.nonce == holder.nonce);
        if let Some(other) = place.claim.filter(|claim| claim.nonce != holder.nonce) {
            let is_unseen = self.sight(&place.events).of(&other) == Trace::Unseen;
            if is_unseen && !claim(other).is_over(time(now)) {
                return None;
            }
        }
        let until = own.map_or(until, |claim| claim.until.max(until));
        Some(Mark { nonce: holder.nonce, clone: at, until, ended: None })
    }

    /// Asks the remote, where it is known to have such a claim.
    fn ask_if_known(&mut self, world: &World, at: usize, command: Command) -> Vec<World> {
        match world.places[at].mirror {
            Some(_) => self.ask(world, at, command),
            None => self.write(world, at, command, false),
        }
    }

    /// The claim is made here; the command is killed, or can't reach the remote, or looks there.
    fn ask(&mut self, world: &World, at: usize, command: Command) -> Vec<World> {
        let mut next = Vec::new();
        if self.faults {
            next.push(world.clone());
            next.extend(self.write(world, at, command, false));
        }
        let seen = world.remote;
        let mut world = world.clone();
        world.places[at].mirror = seen;
        let is_own = seen.is_some_and(|seen| seen.nonce == command.claim.nonce);
        let may = if is_own { Some(0) } else { self.may_take(&world.places[at], at, command.now, seen) };
        match may {
            Some(beyond) => {
                let command = Command { beyond: beyond.max(command.beyond), ..command };
                world.places[at].command = Some((command, Stage::Push { expected: seen }));
            }
            None => lose(&mut world.places[at], command),
        }
        next.push(world);
        next
    }

    /// Asks the remote for what is to be asked, and goes on to the end.
    fn go_on(&mut self, world: &World, at: usize, (command, stage): (Command, Stage)) -> Vec<World> {
        match stage {
            Stage::Push { expected } if world.remote == expected => {
                let mut moved = World { remote: Some(command.claim), ..world.clone() };
                let mut next = Vec::new();
                if self.faults {
                    // The remote is out of reach, before or after.
                    next.extend(self.write(world, at, command, false));
                    next.extend(self.write(&moved, at, command, false));
                    next.push(moved.clone());
                }
                moved.places[at].mirror = moved.remote;
                next.extend(self.write(&moved, at, command, true));
                next
            }
            Stage::Push { .. } => {
                let mut next = if self.faults { self.write(world, at, command, false) } else { Vec::new() };
                let mut lost = world.clone();
                lost.places[at].mirror = world.remote;
                lose(&mut lost.places[at], command);
                next.push(lost);
                next
            }
            Stage::GiveBack { ended } => {
                let known = world.places[at].mirror.filter(|seen| seen.nonce == command.claim.nonce);
                if known.is_none() || world.remote != known {
                    return Vec::new();
                }
                let remote = known.map(|mark| Mark { ended: Some(ended), ..mark });
                let unanswered = World { remote, ..world.clone() };
                let mut answered = unanswered.clone();
                answered.places[at].mirror = remote;
                vec![unanswered, answered]
            }
        }
    }

    /// The event is written, and whoever asked is told, unless the command is killed in between.
    fn write(&mut self, world: &World, at: usize, command: Command, everywhere: bool) -> Vec<World> {
        let mark = command.claim;
        let what = match command.verb {
            Verb::Lock => What::Locked,
            Verb::Renew => What::Renewed,
            Verb::Unlock => What::Unlocked,
            Verb::Sync => {
                let mut told = world.clone();
                let own = told.places[at].holders.iter_mut().filter(|holder| holder.nonce == mark.nonce);
                own.for_each(|holder| holder.everywhere |= everywhere);
                return vec![told];
            }
        };
        let seq = self.sight(&world.places[at].events).next_seq.max(command.beyond + 1);
        let mut killed = world.clone();
        let place = &mut killed.places[at];
        place.events.push(Happened { what, nonce: mark.nonce, until: mark.until, at: command.now, seq });
        sort(&mut place.events);
        let mut told = killed.clone();
        let place = &mut told.places[at];
        match what {
            What::Locked => {
                place.pending.retain(|pending| *pending != mark.nonce);
                place.holders.push(Holder { nonce: mark.nonce, until: mark.until, everywhere });
            }
            What::Renewed => {
                for own in place.holders.iter_mut().filter(|holder| holder.nonce == mark.nonce) {
                    *own = Holder { until: mark.until, everywhere, ..*own };
                }
            }
            What::Unlocked => {
                place.claim = place.claim.filter(|own| own.nonce != mark.nonce);
                place.command = Some((command, Stage::GiveBack { ended: seq }));
            }
        }
        if self.faults { vec![killed, told] } else { vec![told] }
    }

    /// `sync` tells the remote what is held here, or how what this clone held there ended.
    fn sync(&mut self, world: &World, at: usize, now: i8) -> Vec<World> {
        let sight = self.sight(&world.places[at].events);
        let seen = world.remote;
        let mut world = world.clone();
        let place = &mut world.places[at];
        place.mirror = seen;
        place.claim = place.claim.filter(|own| !is_settled(&sight, own));
        let own = place.claim.filter(|own| !claim(*own).is_over(time(now)));
        let give_back = |remote| vec![World { remote, ..world.clone() }];
        let publish = match (own, seen) {
            (Some(own), Some(other)) if own.nonce == other.nonce => {
                (other.until < own.until && other.ended.is_none()).then_some(own)
            }
            (Some(_), Some(other)) if other.ended.is_none() && !claim(other).is_over(time(now)) => None,
            (Some(own), _) => Some(own),
            (None, Some(left)) if left.clone == at && left.ended.is_none() => {
                return match sight.of(&left) {
                    Trace::Unseen => give_back(None),
                    _ if is_settled(&sight, &left) => {
                        give_back(Some(Mark { ended: Some(sight.next_seq - 1), ..left }))
                    }
                    _ => Vec::new(),
                };
            }
            _ => None,
        };
        let Some(claim) = publish else { return Vec::new() };
        let command = Command { verb: Verb::Sync, now, claim, beyond: 0 };
        world.places[at].command = Some((command, Stage::Push { expected: seen }));
        vec![world]
    }

    /// What must never be: two who think that they hold it.
    fn fault(&self, world: &World) -> Option<&'static str> {
        let believes = |at: usize| {
            let now = time(self.clock(world, at)).plus(GRACE);
            world.places[at].holders.iter().filter(move |holder| now < time(holder.until))
        };
        if (0..2).any(|at| believes(at).count() > 1) {
            return Some("two holders in one clone");
        }
        let everywhere = |at: usize| believes(at).any(|holder| holder.everywhere);
        (everywhere(0) && everywhere(1)).then_some("two holders over clones")
    }

    /// Looks at every world once; how many there are, or how a fault came about.
    fn explore(&mut self) -> Result<usize, String> {
        let begin = Rc::new(World::default());
        let mut came_from: HashMap<Rc<World>, Option<Rc<World>>> = HashMap::from([(Rc::clone(&begin), None)]);
        let mut open = VecDeque::from([begin]);
        while let Some(world) = open.pop_front() {
            if let Some(fault) = self.fault(&world) {
                return Err(format!("{fault}, skew {}:\n{}", self.skew, story(&world, &came_from)));
            }
            for next in self.next(&world).into_iter().map(Rc::new) {
                if !came_from.contains_key(&next) {
                    came_from.insert(Rc::clone(&next), Some(Rc::clone(&world)));
                    open.push_back(next);
                }
            }
        }
        Ok(came_from.len())
    }
}

impl Sight {
    fn of(&self, mark: &Mark) -> Trace {
        self.traces[usize::from(mark.nonce)]
    }
}

fn sort(events: &mut [Happened]) {
    events.sort_by_key(|event| (event.seq, event.at, event.nonce, event.what));
}

fn is_settled(sight: &Sight, mark: &Mark) -> bool {
    sight.of(mark) != Trace::Unseen && sight.lock.is_none_or(|(nonce, _)| nonce != Some(mark.nonce))
}

/// The command is told that somebody else has it, and gives back what it has here.
fn lose(place: &mut Place, command: Command) {
    if command.verb == Verb::Sync {
        return;
    }
    let nonce = command.claim.nonce;
    place.claim = place.claim.filter(|own| own.nonce != nonce);
    place.pending.retain(|pending| *pending != nonce);
    place.holders.retain(|holder| holder.nonce != nonce);
}

/// One place merges what the other has.
fn merge(world: &World, at: usize) -> Option<World> {
    let mut merged = world.clone();
    let events = &mut merged.places[at].events;
    let known: HashSet<Happened> = events.iter().copied().collect();
    events.extend(world.places[1 - at].events.iter().filter(|event| !known.contains(event)));
    sort(events);
    (merged.places[at].command.is_none() && merged != *world).then_some(merged)
}

/// Once the event that ended a claim has arrived everywhere, the remote forgets it.
fn forget_ended(world: &World) -> Option<World> {
    let ended = world.remote?.ended?;
    let arrived = world.places.iter().all(|place| place.events.iter().any(|event| event.seq >= ended));
    arrived.then(|| World { remote: None, ..world.clone() })
}

fn story(last: &World, came_from: &HashMap<Rc<World>, Option<Rc<World>>>) -> String {
    let mut lines = Vec::new();
    let mut world = Some(last);
    while let Some(now) = world {
        let places = now.places.iter().map(|place| format!("{place:?}")).collect::<Vec<_>>().join("\n    ");
        lines.push(format!("{} remote {:?}\n    {places}", now.minute, now.remote));
        world = came_from.get(now).and_then(Option::as_deref);
    }
    lines.reverse();
    lines.join("\n")
}

fn explore(commands: usize, faults: bool) {
    for skew in [-1, 0, 1] {
        let begin = std::time::Instant::now();
        let worlds = Model::new(skew, commands, faults).explore().unwrap_or_else(|fault| panic!("{fault}"));
        println!("{commands} commands, skew {skew}: {worlds} worlds in {:?}", begin.elapsed());
        assert!(worlds > 1_000, "only {worlds} worlds were seen");
    }
}

/// How many commands are given in all: `default`, or what the variable says for a full run.
fn commands(variable: &str, default: usize) -> usize {
    let given = std::env::var(format!("PERFTEAM_TEST_{variable}"));
    given.map_or(default, |text| text.parse().expect("a number of commands"))
}

#[test]
fn two_never_hold_it_over_clones() {
    explore(commands("MODEL_COMMANDS", 2), false);
}

#[test]
fn whatever_is_killed_or_lost_two_never_hold_it_over_clones() {
    explore(commands("MODEL_FAULTY_COMMANDS", 1), true);
}

/// The search would find what it is for.
#[test]
fn a_claim_that_is_believed_no_longer_than_the_events_in_sight_makes_two_holders() {
    let mut model = Model { naive: true, ..Model::new(0, 3, false) };
    let fault = model.explore().expect_err("a lease that was extended out of sight");
    assert!(fault.starts_with("two holders over clones"), "{fault}");
}
