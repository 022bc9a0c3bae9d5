//! Claims that a batch writes and ends only once all of its commands are known to succeed.

use super::refusals::lost;
use super::{Lessor, drop_local};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::reach::ReachArgs;
use crate::domain::claim::{Claim, Ended, Nonce, Subject};
use crate::domain::handle::Handle;
use crate::store::claims::{self, Move};

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
