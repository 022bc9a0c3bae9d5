//! Taking, extending and giving back what only one may hold: the claim first, then the event.
//!
//! Every caller holds the lock between processes and has seen in the records that nobody holds
//! what it asks for.

use super::context::Context;
use super::failure::{Exit, Failure};
use super::reach::{ReachArgs, chosen_remote, known_remotes};
use crate::domain::claim::{Claim, Claimant, Decision, Ended, Nonce, Subject, Trace, decide};
use crate::domain::handle::Handle;
use crate::domain::id::EventName;
use crate::domain::lease::Lock;
use crate::domain::record::Record;
use crate::domain::text::shown_line;
use crate::domain::time::{Span, Timestamp};
use crate::store::claims::remote::{Pushed, Remote};
use crate::store::claims::{self, Move, Seen};
use crate::store::{ObjectId, Repo, StoreError};

/// How much longer a holder gets who acts when the lease is all but over.
const LAST_MINUTES: Span = Span::minutes(5);

/// What was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What the event carries.
    pub nonce: Nonce,
    /// Who let the lease end without an event that says so.
    pub from: Option<Handle>,
    /// The event that ended the claim before, where it may not be here yet, with its `seq`.
    pub after: Option<(u32, EventName)>,
    /// The remote that has it, too.
    pub remote: Option<String>,
}

impl Lease {
    /// How far it reaches, as programs read it.
    pub fn reach(&self) -> &'static str {
        if self.remote.is_some() { "remote" } else { "local" }
    }
}

/// Something that is asked for.
#[derive(Clone)]
pub struct Wanted<'a> {
    /// What it is.
    pub subject: Subject,
    /// The record whose events speak of it.
    pub record: &'a Record,
    /// How messages call it: `flag 7k2m`.
    pub name: String,
    /// When the lease is to end.
    pub until: Timestamp,
}

/// A change of claims that a batch puts off.
#[derive(Debug, Clone)]
pub enum Deferred {
    /// The claim begins, or lasts longer.
    Write(Box<Claim>),
    /// The event that this claim allows is written, or the claim is replaced.
    Finish(Nonce),
    /// The claim is given back; how it ended, where an event did that.
    GiveBack {
        /// Who gives it back.
        by: Handle,
        /// What it is about.
        subject: Subject,
        /// Which claim.
        nonce: Nonce,
        /// How it ended.
        ended: Option<Box<Ended>>,
    },
}

/// Writes the claims of a batch, all or none. The caller holds the lock between processes.
pub fn write_claims(context: &Context, changes: &[Deferred]) -> Result<(), Failure> {
    let repo = context.repo()?;
    let mut written: Vec<&Claim> = Vec::new();
    for change in changes {
        let Deferred::Write(claim) = change else { continue };
        claims::begin(repo, &claim.nonce);
        let seen = claims::read(repo, &claim.subject)?.map(|seen| seen.object);
        claims::swap(repo, &[Move { subject: &claim.subject, from: seen, to: Some(claim) }])?;
        let now = claims::read(repo, &claim.subject)?.and_then(|seen| seen.claim);
        written.push(claim);
        if now.as_ref() != Some(claim) {
            for claim in written {
                drop_local(repo, &claim.subject, &claim.nonce)?;
            }
            return Err(lost(&claim.subject.to_string()));
        }
    }
    Ok(())
}

/// Ends what a batch put off, once its files are written.
pub fn settle_claims(context: &Context, changes: Vec<Deferred>) -> Result<(), Failure> {
    for change in changes {
        match change {
            Deferred::Write(claim) => claims::finish(context.repo()?, &claim.nonce),
            Deferred::Finish(nonce) => claims::finish(context.repo()?, &nonce),
            Deferred::GiveBack { by, subject, nonce, ended } => {
                let lessor = Lessor::new(context, &by, &ReachArgs::default())?;
                lessor.give_back(&subject, &nonce, ended.map(|ended| *ended))?;
            }
        }
    }
    Ok(())
}

fn drop_local(repo: &Repo, subject: &Subject, nonce: &Nonce) -> Result<(), StoreError> {
    claims::finish(repo, nonce);
    let is_mine = |seen: &Seen| seen.claim.as_ref().is_some_and(|claim| claim.nonce == *nonce);
    match claims::read(repo, subject)?.filter(is_mine) {
        Some(seen) => claims::swap(repo, &[Move { subject, from: Some(seen.object), to: None }]),
        None => Ok(()),
    }
}

/// Takes and gives back claims for one agent.
pub struct Lessor<'a> {
    repo: &'a Repo,
    claimant: Claimant,
    now: Timestamp,
    remote: Option<Remote>,
    context: &'a Context,
}

impl<'a> Lessor<'a> {
    /// For `actor`; `reach` and policy say how far.
    pub fn new(context: &'a Context, actor: &Handle, reach: &ReachArgs) -> Result<Self, Failure> {
        let repo = context.repo()?;
        let clone = claims::clone_name(repo, context.bits())?;
        Ok(Lessor {
            repo,
            claimant: Claimant { by: actor.clone(), clone },
            now: context.now,
            remote: chosen_remote(context, reach)?,
            context,
        })
    }

    /// Claims what is wanted; for each in its order the lease, or who has it.
    pub fn take(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Result<Lease, Failure>>, Failure> {
        self.refuse_remote_in_batch()?;
        let subjects: Vec<&Subject> = wanted.iter().map(|wanted| &wanted.subject).collect();
        let seen = claims::read_all(self.repo, &subjects)?;
        let mut bids: Vec<_> =
            wanted.iter().zip(&seen).map(|(wanted, seen)| self.bid(wanted, seen)).collect();
        if self.context.overlay.is_none() {
            bids.iter().flatten().for_each(|bid| claims::begin(self.repo, &bid.lease.nonce));
        }
        self.write_local(&mut bids)?;
        for (bid, seen) in bids.iter().zip(seen) {
            if let (Ok(_), Some(replaced)) = (bid, seen.and_then(|seen| seen.claim)) {
                self.finish(&replaced.nonce);
            }
        }
        if let Some(remote) = &self.remote {
            self.write_remote(remote, &mut bids)?;
        }
        Ok(bids.into_iter().map(|bid| bid.map(|bid| bid.lease)).collect())
    }

    /// Extends the claim under which `lock` was taken. Fails when somebody took it over.
    pub fn extend(&self, wanted: &Wanted<'_>, lock: &Lock) -> Result<Lease, Failure> {
        self.refuse_remote_in_batch()?;
        let seen = claims::read(self.repo, &wanted.subject)?;
        let nonce = lock.claim.clone().unwrap_or_else(|| Nonce::from_bits(self.context.bits()));
        if let Some(claim) = seen.as_ref().and_then(|seen| seen.claim.as_ref())
            && claim.nonce != nonce
            && !is_written(wanted.record, claim)
            && !claim.is_over(self.now)
        {
            return Err(held(&wanted.name, claim, &self.claimant));
        }
        let own = seen.as_ref().and_then(|seen| seen.claim.as_ref()).filter(|claim| claim.nonce == nonce);
        let until = own.map_or(wanted.until, |claim| claim.until.max(wanted.until));
        let mut bid = self.bid_with(wanted, seen.map(|seen| seen.object), nonce);
        bid.claim.until = until;
        bid.claim.since = bid.claim.nonce.event_in(wanted.record).map_or(self.now, |event| event.front.at);
        let mut bids = [Ok(bid)];
        self.write_local(&mut bids)?;
        if let (Some(remote), Ok(_)) = (self.remote_of(&wanted.subject)?, &bids[0]) {
            self.write_remote(&remote, &mut bids)?;
        }
        let [bid] = bids;
        bid.map(|bid| bid.lease)
    }

    /// Makes sure that the holder of `lock` still has it: looks at the claim again and, where the
    /// lease is all but over, extends it first.
    pub fn make_sure(&self, wanted: &Wanted<'_>, lock: &Lock) -> Result<(), Failure> {
        let Some(nonce) = &lock.claim else { return Ok(()) };
        let Some(seen) = claims::read(self.repo, &wanted.subject)? else { return Ok(()) };
        let Some(claim) = seen.claim else { return Ok(()) };
        if claim.nonce == *nonce && claim.is_safe(self.now) {
            return Ok(());
        }
        self.extend(&Wanted { until: self.now.plus(LAST_MINUTES), ..wanted.clone() }, lock).map(drop)
    }

    /// Says that the event which `nonce` allows is written.
    pub fn finish(&self, nonce: &Nonce) {
        match &self.context.overlay {
            Some(overlay) => overlay.defer(Deferred::Finish(nonce.clone())),
            None => claims::finish(self.repo, nonce),
        }
    }

    /// A claim at a remote can't wait for the end of a batch: whoever asks must know at once.
    fn refuse_remote_in_batch(&self) -> Result<(), Failure> {
        match &self.remote {
            Some(remote) if self.context.overlay.is_some() => {
                Err(Failure::usage(format!("a batch claims nothing at {}", remote.name))
                    .why("who wins there is known when it is pushed, and a batch writes only at its end")
                    .hint("take it by a command of its own, before the batch"))
            }
            _ => Ok(()),
        }
    }

    /// Gives back a claim under which nothing happened.
    pub fn drop_claim(&self, subject: &Subject, nonce: &Nonce) -> Result<(), Failure> {
        self.give_back(subject, nonce, None)
    }

    /// Gives back a claim that an event ended. The remote keeps how it ended, for those who have
    /// not seen the event. What it could not be told ends with the lease, or with `perfteam sync`.
    pub fn end_claim(&self, subject: &Subject, nonce: &Nonce, ended: Ended) -> Result<(), Failure> {
        self.give_back(subject, nonce, Some(ended))
    }

    fn give_back(&self, subject: &Subject, nonce: &Nonce, ended: Option<Ended>) -> Result<(), Failure> {
        if let Some(overlay) = &self.context.overlay {
            overlay.defer(Deferred::GiveBack {
                by: self.claimant.by.clone(),
                subject: subject.clone(),
                nonce: nonce.clone(),
                ended: ended.map(Box::new),
            });
            return Ok(());
        }
        let is_mine = |seen: &Seen| seen.claim.as_ref().is_some_and(|claim| claim.nonce == *nonce);
        drop_local(self.repo, subject, nonce)?;
        let Some(remote) = self.remote_of(subject)? else { return Ok(()) };
        let Some(seen) = remote.known(self.repo, subject)?.filter(is_mine) else { return Ok(()) };
        let left = seen.claim.zip(ended).map(|(claim, ended)| Claim { ended: Some(ended), ..claim });
        let step = Move { subject, from: Some(seen.object), to: left.as_ref() };
        if let Err(error) = remote.push(self.repo, &[step]) {
            say!("warning: {} still has the claim: {}", remote.name, shown_line(&error.to_string()));
            say!("  tell it when it can be reached: perfteam sync {}", remote.name);
        }
        Ok(())
    }

    fn bid<'b>(&self, wanted: &'b Wanted<'b>, seen: &Option<Seen>) -> Result<Bid<'b>, Failure> {
        let claim = seen.as_ref().and_then(|seen| seen.claim.as_ref());
        match (self.decide(claim, wanted.record), claim) {
            (Decision::Refuse, Some(claim)) => Err(held(&wanted.name, claim, &self.claimant)),
            (Decision::Take { from, after }, _) => {
                let nonce = Nonce::from_bits(self.context.bits());
                let mut bid = self.bid_with(wanted, seen.as_ref().map(|seen| seen.object), nonce);
                bid.lease.from = from;
                bid.lease.after = after.map(|ended| (ended.seq, ended.event));
                Ok(bid)
            }
            (Decision::Refuse, None) => Err(lost(&wanted.name)),
        }
    }

    fn decide(&self, claim: Option<&Claim>, record: &Record) -> Decision {
        let trace = match claim.map(|claim| Trace::of(claim, record)) {
            Some(Trace::Unseen) if claim.is_some_and(|claim| claims::is_pending(self.repo, &claim.nonce)) => {
                Trace::Orphan
            }
            trace => trace.unwrap_or(Trace::Unseen),
        };
        decide(claim, trace, &self.claimant, self.now)
    }

    fn bid_with<'b>(&self, wanted: &'b Wanted<'b>, seen: Option<ObjectId>, nonce: Nonce) -> Bid<'b> {
        let claim = Claim {
            version: 1,
            subject: wanted.subject.clone(),
            by: self.claimant.by.clone(),
            nonce: nonce.clone(),
            since: self.now,
            until: wanted.until,
            clone: self.claimant.clone.clone(),
            ended: None,
        };
        Bid { wanted, seen, claim, lease: Lease { nonce, from: None, after: None, remote: None } }
    }

    /// Writes the claims here. That a claim was won is told by what is read afterwards alone.
    fn write_local(&self, bids: &mut [Result<Bid<'_>, Failure>]) -> Result<(), Failure> {
        if let Some(overlay) = &self.context.overlay {
            let claims = bids.iter().flatten().map(|bid| Box::new(bid.claim.clone()));
            claims.for_each(|claim| overlay.defer(Deferred::Write(claim)));
            return Ok(());
        }
        let moves: Vec<Move<'_>> = bids.iter().flatten().map(Bid::local_move).collect();
        claims::swap(self.repo, &moves)?;
        let subjects: Vec<&Subject> = moves.iter().map(|step| step.subject).collect();
        let seen = claims::read_all(self.repo, &subjects)?;
        for (bid, mut seen) in bids.iter_mut().filter(|bid| bid.is_ok()).zip(seen) {
            let Ok(open) = bid else { continue };
            if !open.is(&seen) {
                // One that was moved meanwhile kept the others from being written, too.
                claims::swap(self.repo, &[open.local_move()])?;
                seen = claims::read(self.repo, &open.wanted.subject)?;
            }
            if !open.is(&seen) {
                claims::finish(self.repo, &open.lease.nonce);
                *bid = Err(self.lost_to(open, seen));
            }
        }
        Ok(())
    }

    fn lost_to(&self, bid: &Bid<'_>, winner: Option<Seen>) -> Failure {
        match winner.and_then(|seen| seen.claim) {
            Some(claim) => held(&bid.wanted.name, &claim, &self.claimant),
            None => lost(&bid.wanted.name),
        }
    }

    /// Writes the claims that were won here to the remote. Whoever loses there gives the claim
    /// here back; where the remote can't be reached, the claims hold here alone.
    fn write_remote(&self, remote: &Remote, bids: &mut [Result<Bid<'_>, Failure>]) -> Result<(), Failure> {
        match self.try_remote(remote, bids) {
            Err(StoreError::Remote { name, detail }) => {
                say!("warning: the claim is local, it holds in this clone alone: can't reach {name}");
                say!("  {}", shown_line(&detail));
                say!("  publish it when {name} can be reached: perfteam sync {name}");
                Ok(())
            }
            result => Ok(result?),
        }
    }

    fn try_remote(&self, remote: &Remote, bids: &mut [Result<Bid<'_>, Failure>]) -> Result<(), StoreError> {
        remote.fetch(self.repo)?;
        let mut open: Vec<(usize, Option<ObjectId>)> = Vec::new();
        for (at, slot) in bids.iter_mut().enumerate() {
            let Ok(bid) = slot else { continue };
            let seen = remote.known(self.repo, &bid.wanted.subject)?;
            match self.refused_by(bid, &seen) {
                Some(failure) => self.withdraw_bid(slot, failure)?,
                None => open.push((at, seen.map(|seen| seen.object))),
            }
        }
        let moves: Vec<Move<'_>> = open
            .iter()
            .filter_map(|(at, from)| Some(Move { from: *from, ..bids[*at].as_ref().ok()?.local_move() }))
            .collect();
        let pushed = remote.push(self.repo, &moves)?;
        let rivals = self.rivals(remote, &pushed, bids)?;
        for ((at, _), pushed) in open.into_iter().zip(pushed) {
            let Ok(bid) = &mut bids[at] else { continue };
            match pushed {
                Pushed::Won => {
                    match rivals.iter().find(|rival| rival.subject.excludes(&bid.wanted.subject)) {
                        Some(rival) => {
                            let failure = held(&bid.wanted.name, rival, &self.claimant);
                            self.withdraw_remote(remote, bid)?;
                            self.withdraw_bid(&mut bids[at], failure)?;
                        }
                        None => bid.lease.remote = Some(remote.name.clone()),
                    }
                }
                Pushed::Lost(seen) => {
                    let failure = self.lost_to(bid, seen.map(|seen| *seen));
                    self.withdraw_bid(&mut bids[at], failure)?;
                }
                Pushed::Refused(reason) => {
                    self.withdraw_bid(&mut bids[at], refused_by_remote(remote, &reason))?;
                }
            }
        }
        Ok(())
    }

    /// Live claims at the remote that may exclude one that was won: looked for after the own claim
    /// is there, so that of two which exclude each other at least one sees the other.
    fn rivals(
        &self,
        remote: &Remote,
        pushed: &[Pushed],
        bids: &[Result<Bid<'_>, Failure>],
    ) -> Result<Vec<Claim>, StoreError> {
        let has_rivals = |bid: &Bid<'_>| bid.wanted.subject.has_rivals();
        if !pushed.contains(&Pushed::Won) || !bids.iter().flatten().any(has_rivals) {
            return Ok(Vec::new());
        }
        remote.fetch(self.repo)?;
        let there = remote.known_all(self.repo)?.into_iter().filter_map(|seen| seen.claim);
        Ok(there
            .filter(|claim| claim.ended.is_none() && !claim.is_over(self.now))
            .filter(|claim| claim.clone != self.claimant.clone)
            .collect())
    }

    fn withdraw_remote(&self, remote: &Remote, bid: &Bid<'_>) -> Result<(), StoreError> {
        let subject = &bid.wanted.subject;
        let Some(seen) = remote.known(self.repo, subject)? else { return Ok(()) };
        remote.push(self.repo, &[Move { subject, from: Some(seen.object), to: None }]).map(drop)
    }

    /// Why what the remote has keeps this bid from being made; else what it tells of the past.
    fn refused_by(&self, bid: &mut Bid<'_>, seen: &Option<Seen>) -> Option<Failure> {
        let claim = seen.as_ref()?.claim.as_ref()?;
        if claim.nonce == bid.claim.nonce {
            return None;
        }
        match self.decide(Some(claim), bid.wanted.record) {
            Decision::Refuse => Some(held(&bid.wanted.name, claim, &self.claimant)),
            Decision::Take { from, after } => {
                bid.lease.from = bid.lease.from.take().or(from);
                bid.lease.after = after.map(|ended| (ended.seq, ended.event)).or(bid.lease.after.take());
                None
            }
        }
    }

    fn withdraw_bid(&self, bid: &mut Result<Bid<'_>, Failure>, failure: Failure) -> Result<(), StoreError> {
        if let Ok(lost) = std::mem::replace(bid, Err(failure)) {
            claims::finish(self.repo, &lost.lease.nonce);
            let subject = &lost.wanted.subject;
            if let Some(seen) = claims::read(self.repo, subject)?.filter(|seen| lost.is(&Some(seen.clone())))
            {
                claims::swap(self.repo, &[Move { subject, from: Some(seen.object), to: None }])?;
            }
        }
        Ok(())
    }

    /// The remote that has a claim of `subject`, or the chosen one.
    fn remote_of(&self, subject: &Subject) -> Result<Option<Remote>, Failure> {
        if let Some(remote) = &self.remote {
            return Ok(Some(remote.clone()));
        }
        for remote in known_remotes(self.context)? {
            if remote.known(self.repo, subject)?.is_some() {
                return Ok(Some(remote));
            }
        }
        Ok(None)
    }
}

struct Bid<'a> {
    wanted: &'a Wanted<'a>,
    seen: Option<ObjectId>,
    claim: Claim,
    lease: Lease,
}

impl Bid<'_> {
    fn local_move(&self) -> Move<'_> {
        Move { subject: &self.wanted.subject, from: self.seen, to: Some(&self.claim) }
    }

    fn is(&self, seen: &Option<Seen>) -> bool {
        seen.as_ref().and_then(|seen| seen.claim.as_ref()) == Some(&self.claim)
    }
}

/// Whether the event that `claim` allows is known.
fn is_written(record: &Record, claim: &Claim) -> bool {
    claim.nonce.event_in(record).is_some()
}

fn held(name: &str, claim: &Claim, claimant: &Claimant) -> Failure {
    if let Some(ended) = &claim.ended {
        let how = ended.how.replace('_', " ");
        return Failure::new(
            Exit::Held,
            format!("{} {how} {name} in another clone at {}", claim.by, ended.at),
        )
        .why("what it did has not arrived here; the work would be done twice")
        .hint("git fetch, then merge the branch that has it")
        .hint("see all claims: perfteam claims");
    }
    let place = if claim.clone == claimant.clone { "in this repository" } else { "in another clone" };
    Failure::new(
        Exit::Held,
        format!("{} claimed {name} {place}, since {} until {}", claim.by, claim.since, claim.until),
    )
    .why("two who work on one thing undo each other, and several processes may share a handle")
    .hint("see all claims: perfteam claims")
}

fn lost(name: &str) -> Failure {
    Failure::new(Exit::Held, format!("somebody else claimed {name} at the same moment"))
        .why("of any number of racers one wins")
        .hint("see all claims: perfteam claims")
}

fn refused_by_remote(remote: &Remote, reason: &str) -> Failure {
    let failure = Failure::new(
        Exit::Unreadable,
        format!("{} takes no claims below {}: {}", remote.name, remote.space, shown_line(reason)),
    )
    .why("without them two clones could both hold it");
    if remote.space.starts_with("refs/heads/") {
        failure
    } else {
        failure.hint("keep them as branches there; in .perfteam/perfteam.yaml: claims_namespace: refs/heads/perfteam/claims/")
    }
}
