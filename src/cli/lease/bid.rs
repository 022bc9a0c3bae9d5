//! Bids: claims that are written here, of which each is won or lost by itself.

use super::refusals::{given_back, held, lost};
use super::{Deferred, Lease, Lessor, Wanted};
use crate::cli::failure::Failure;
use crate::domain::claim::{Claim, Decision, GRACE, Nonce, Subject, Trace, decide};
use crate::domain::place::Scope;
use crate::domain::record::Record;
use crate::store::claims::{self, LOCAL, Move, Seen};
use crate::store::{ObjectId, StoreError};

/// A claim that is tried.
pub(super) struct Bid<'a> {
    pub(super) wanted: &'a Wanted<'a>,
    pub(super) seen: Option<ObjectId>,
    pub(super) claim: Claim,
    pub(super) lease: Lease,
}

impl Bid<'_> {
    pub(super) fn local_move(&self) -> Move<'_> {
        Move { subject: &self.wanted.subject, from: self.seen, to: Some(&self.claim) }
    }

    pub(super) fn is(&self, seen: &Option<Seen>) -> bool {
        seen.as_ref().and_then(|seen| seen.claim.as_ref()) == Some(&self.claim)
    }
}

impl Lessor<'_> {
    pub(super) fn bid<'b>(&self, wanted: &'b Wanted<'b>, seen: &Option<Seen>) -> Result<Bid<'b>, Failure> {
        let claim = seen.as_ref().and_then(|seen| seen.claim.as_ref());
        match (self.decide(claim, wanted.record), claim) {
            (Decision::Refuse, Some(claim)) => Err(self.held_here(wanted, claim)),
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

    fn held_here(&self, wanted: &Wanted<'_>, claim: &Claim) -> Failure {
        let failure = held(&wanted.name, claim, &self.claimant);
        match self.is_left_over(wanted, claim) {
            true => given_back(failure, &format!("git update-ref -d {LOCAL}{}", wanted.subject.ref_name())),
            false => failure,
        }
    }

    /// Whether no step goes with a claim any more: with one's own, in this clone, and old enough that no other
    /// process of the same agent is about to write it.
    pub(super) fn is_left_over(&self, wanted: &Wanted<'_>, claim: &Claim) -> bool {
        let is_own = claim.by == self.claimant.by && claim.clone == self.claimant.clone;
        let is_old = claim.ended.is_none() && claim.since.plus(GRACE) < self.now;
        let is_all_in_sight = || self.context.scope().is_ok_and(|scope| scope != Scope::Branch);
        is_own && is_old && !is_written(wanted.record, claim) && is_all_in_sight()
    }

    pub(super) fn decide(&self, claim: Option<&Claim>, record: &Record) -> Decision {
        let trace = match claim.map(|claim| Trace::of(claim, record)) {
            Some(Trace::Unseen) if claim.is_some_and(|claim| claims::is_pending(self.repo, &claim.nonce)) => {
                Trace::Orphan
            }
            trace => trace.unwrap_or(Trace::Unseen),
        };
        decide(claim, trace, &self.claimant, self.now)
    }

    pub(super) fn bid_with<'b>(
        &self,
        wanted: &'b Wanted<'b>,
        seen: Option<ObjectId>,
        nonce: Nonce,
    ) -> Bid<'b> {
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
    pub(super) fn write_local(&self, bids: &mut [Result<Bid<'_>, Failure>]) -> Result<(), Failure> {
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

    pub(super) fn lost_to(&self, bid: &Bid<'_>, winner: Option<Seen>) -> Failure {
        match winner.and_then(|seen| seen.claim) {
            Some(claim) => held(&bid.wanted.name, &claim, &self.claimant),
            None => lost(&bid.wanted.name),
        }
    }

    pub(super) fn withdraw_bid(
        &self,
        bid: &mut Result<Bid<'_>, Failure>,
        failure: Failure,
    ) -> Result<(), StoreError> {
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
}

/// Whether the event that `claim` allows is known.
pub(super) fn is_written(record: &Record, claim: &Claim) -> bool {
    claim.nonce.event_in(record).is_some()
}
