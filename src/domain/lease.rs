//! Leases: who works on a record now, and until when.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::claim::{GRACE, Nonce};
use super::handle::Handle;
use super::id::RecordId;
use super::time::Timestamp;

/// Who holds a record and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The holder.
    pub by: Handle,
    /// When the lease ends.
    pub until: Timestamp,
    /// The record whose answer the holder awaits; the lease does not end while it is open.
    pub awaiting: Option<RecordId>,
    /// The claim under which it was taken.
    pub claim: Option<Nonce>,
}

impl Lock {
    /// The lock that an event by `by` with these details begins.
    pub fn taken(by: &Handle, details: LockedDetails) -> Self {
        Lock { by: by.clone(), until: details.lease_until, awaiting: details.awaiting, claim: details.claim }
    }

    /// Whether it goes on when somebody lets go of the lock that the claim `ends` allowed: one that was taken
    /// over meanwhile, unseen by who lets go.
    pub fn outlives(&self, ends: Option<&Nonce>) -> bool {
        ends.is_some_and(|ended| self.claim.as_ref() != Some(ended))
    }

    /// Whether it keeps `by` from taking the record at this time. A lock that awaits an answer does
    /// not end by time; its holder may take the record anew once the answer is there, which the
    /// command checks, since a fold sees no other record.
    pub fn keeps_out(&self, by: &Handle, at: Timestamp) -> bool {
        match self.awaiting {
            Some(_) => self.by != *by,
            None => self.until.plus(GRACE) > at,
        }
    }
}

/// What is wrong with an event whose writer saw a lock that is not the one that it ends.
pub const ENDS_ANOTHER: &str = "the lock that it ends is not the one that is held";

/// What an event says that takes a record: `locked` of a flag, `started` of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LockedDetails {
    /// When the lock ends by itself.
    pub lease_until: Timestamp,
    /// The information request whose answer is awaited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaiting: Option<RecordId>,
    /// Tells the claim that allowed it from any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Nonce>,
    /// Who held it before and let the lease end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_over: Option<Handle>,
}

impl LockedDetails {
    /// A lease until then.
    pub fn until(lease_until: Timestamp) -> Self {
        LockedDetails { lease_until, awaiting: None, claim: None, took_over: None }
    }
}

/// What a `renewed` event says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RenewedDetails {
    /// When the lock now ends by itself.
    pub lease_until: Timestamp,
}

/// What an `unlocked` event says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnlockedDetails {
    /// The claim of the lock that ends; one that was taken over meanwhile, unseen by who lets go, goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Nonce>,
}
