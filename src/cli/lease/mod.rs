//! Taking, extending and giving back what only one may hold: the claim first, then the event.
//!
//! Every caller holds the lock between processes and has seen in the records that nobody holds
//! what it asks for.

mod at_remote;
mod bid;
mod deferred;
mod refusals;

pub use self::deferred::{Deferred, settle_claims, write_claims};

use self::bid::is_written;
use self::refusals::held;
use super::context::Context;
use super::failure::Failure;
use super::reach::{ReachArgs, chosen_remote, known_remotes};
use crate::domain::claim::{Claim, Claimant, Ended, Nonce, Subject};
use crate::domain::handle::Handle;
use crate::domain::id::EventName;
use crate::domain::lease::Lock;
use crate::domain::record::Record;
use crate::domain::text::shown_line;
use crate::domain::time::{Span, Timestamp};
use crate::store::claims::remote::Remote;
use crate::store::claims::{self, Move, Seen};
use crate::store::{Repo, StoreError};

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
        if let Some(remote) = &self.remote {
            self.write_remote(remote, &mut bids)?;
        }
        for (bid, seen) in bids.iter().zip(seen) {
            if let (Ok(bid), Some(replaced)) = (bid, seen.and_then(|seen| seen.claim)) {
                self.finish_replaced(&replaced.nonce, &bid.lease)?;
            }
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

    /// The same of a claim that `lease` replaces, unless a remote may still have it: there it is adopted only
    /// as long as this clone knows it for its own.
    fn finish_replaced(&self, nonce: &Nonce, lease: &Lease) -> Result<(), Failure> {
        let is_pending = claims::is_pending(self.repo, nonce);
        if is_pending && (lease.remote.is_some() || known_remotes(self.context)?.is_empty()) {
            self.finish(nonce);
        }
        Ok(())
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

fn drop_local(repo: &Repo, subject: &Subject, nonce: &Nonce) -> Result<(), StoreError> {
    claims::finish(repo, nonce);
    let is_mine = |seen: &Seen| seen.claim.as_ref().is_some_and(|claim| claim.nonce == *nonce);
    match claims::read(repo, subject)?.filter(is_mine) {
        Some(seen) => claims::swap(repo, &[Move { subject, from: Some(seen.object), to: None }]),
        None => Ok(()),
    }
}
