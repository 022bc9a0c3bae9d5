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

    /// Whether an `unlocked` event by `by` with these details ends it, and not one that came before.
    pub fn is_ended_by(&self, by: &Handle, details: &UnlockedDetails) -> bool {
        self.by == *by && details.ends.as_ref().is_none_or(|ended| self.claim.as_ref() == Some(ended))
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
    /// The claim of the lock that ends. A lock that was taken over meanwhile, unseen by who lets go, goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Nonce>,
}
