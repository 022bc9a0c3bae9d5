//! Bids at a remote, so that claims hold over clones.

use super::Lessor;
use super::bid::Bid;
use super::refusals::{given_back, held, refused_by_remote};
use crate::cli::failure::Failure;
use crate::domain::claim::{Claim, Decision};
use crate::domain::text::{shell_word, shown_line};
use crate::store::claims::remote::{Pushed, Remote};
use crate::store::claims::{Move, Seen};
use crate::store::{ObjectId, StoreError};

impl Lessor<'_> {
    /// Writes the claims that were won here to the remote. Whoever loses there gives the claim
    /// here back; where the remote can't be reached, the claims hold here alone.
    pub(super) fn write_remote(
        &self,
        remote: &Remote,
        bids: &mut [Result<Bid<'_>, Failure>],
    ) -> Result<(), Failure> {
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
            match self.refused_by(remote, bid, &seen) {
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
    fn refused_by(&self, remote: &Remote, bid: &mut Bid<'_>, seen: &Option<Seen>) -> Option<Failure> {
        let claim = seen.as_ref()?.claim.as_ref()?;
        if claim.nonce == bid.claim.nonce {
            return None;
        }
        match self.decide(Some(claim), bid.wanted.record) {
            Decision::Refuse => {
                let failure = held(&bid.wanted.name, claim, &self.claimant);
                if !self.is_left_over(bid.wanted, claim) {
                    return Some(failure);
                }
                let name = format!("{}{}", remote.space, claim.subject.ref_name());
                Some(given_back(failure, &format!("git push {} :{name}", shell_word(&remote.name))))
            }
            Decision::Take { from, after } => {
                bid.lease.from = bid.lease.from.take().or(from);
                bid.lease.after = after.map(|ended| (ended.seq, ended.event)).or(bid.lease.after.take());
                None
            }
        }
    }
}
