//! Claims: what decides who may write a `locked` event now.
//!
//! The event is the truth; a claim only serialises its writers, over all work trees of a
//! repository and, once it is pushed, over clones. It can be lost at any time: state then follows
//! from the events. The store moves claims by compare-and-swap; everything that is decided about
//! them is decided here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::event::Event;
use super::handle::{Handle, is_device_name};
use super::id::{EventName, RecordId};
use super::kind::Kind;
use super::record::{Record, RecordDir};
use super::time::{Span, Timestamp};

/// How far past its lease a lock must be before somebody else takes over: clocks that are a minute
/// apart then never make two holders.
pub const GRACE: Span = Span::minutes(2);

/// How long a claim lasts whose lock awaits an answer and does not end by time: so long, clones that
/// see nothing of it leave it alone.
pub const AWAITING: Span = Span::hours(30 * 24);
const RESOURCE: &str = "resource";
const SHARE: &str = "share";

/// The name of a resource as all writings of it are compared: lower case, single spaces, letters
/// and their marks composed.
pub fn resource_name(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase().nfc().collect()
}

/// What is claimed: a record, or a resource that the team shares; `flag/7k2m9qxa3d`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Subject {
    family: String,
    name: String,
}

impl Subject {
    /// A record, whose step only one may take.
    pub fn record(dir: &RecordDir) -> Self {
        Subject::of(dir.kind(), &dir.id())
    }

    /// A record of this kind.
    pub fn of(kind: &dyn Kind, id: &RecordId) -> Self {
        Subject { family: kind.name().to_owned(), name: id.to_string() }
    }

    /// A resource that the team shares, by its name in any writing, for one alone.
    pub fn resource(name: &str) -> Self {
        Subject { family: RESOURCE.to_owned(), name: resource_name(name) }
    }

    /// A share of a resource that several use together: one for each reservation.
    pub fn share(name: &str, reservation: &RecordId) -> Self {
        Subject { family: SHARE.to_owned(), name: format!("{}/{reservation}", resource_name(name)) }
    }

    /// Whether there can be others that exclude it.
    pub fn has_rivals(&self) -> bool {
        matches!(self.family.as_str(), RESOURCE | SHARE)
    }

    /// The name of the resource of which it is the whole or a share.
    pub fn resource_of(&self) -> Option<&str> {
        match self.family.as_str() {
            RESOURCE => Some(&self.name),
            SHARE => self.name.rsplit_once('/').map(|(name, _)| name),
            _ => None,
        }
    }

    /// Whether only one of the two can be held: a resource for one alone, and a share of it.
    pub fn excludes(&self, other: &Subject) -> bool {
        let is_share = |whole: &Subject, share: &Subject| {
            whole.family == RESOURCE
                && share.family == SHARE
                && share.name.rsplit_once('/').is_some_and(|(name, _)| name == whole.name)
        };
        is_share(self, other) || is_share(other, self)
    }

    /// What kind of thing it is: `flag`, `resource`.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// The id or name without its family.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the name of its ref ends in. Any text makes a valid one: what is neither a lower-case
    /// letter of ASCII nor a digit nor a dash is written as its bytes in UTF-8, `_2e` for a dot.
    pub fn ref_name(&self) -> String {
        let mut encoded = String::with_capacity(self.name.len());
        for (at, byte) in self.name.bytes().enumerate() {
            let plain = byte.is_ascii_lowercase() || byte.is_ascii_digit() || (byte == b'-' && at > 0);
            if plain && !(at == 0 && is_device_name(&self.name)) {
                encoded.push(char::from(byte));
            } else {
                encoded.push_str(&format!("_{byte:02x}"));
            }
        }
        format!("{}/{encoded}", self.family)
    }

    /// Reads what [`Subject::ref_name`] wrote; `None` for anything else.
    pub fn from_ref_name(text: &str) -> Option<Self> {
        let (family, encoded) = text.split_once('/')?;
        let mut bytes = Vec::with_capacity(encoded.len());
        let mut rest = encoded.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'_' {
                let digits = [rest.next()?, rest.next()?];
                let digits = std::str::from_utf8(&digits).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
            } else {
                bytes.push(byte);
            }
        }
        let name = String::from_utf8(bytes).ok()?;
        let subject = Subject { family: family.to_owned(), name };
        (subject.ref_name() == text).then_some(subject)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.family, self.name))
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some((family, name)) if !family.is_empty() && !name.is_empty() => {
                Ok(Subject { family: family.to_owned(), name: name.to_owned() })
            }
            _ => Err(format!("`{text}` names nothing that can be claimed: expected flag/7k2m9qxa3d")),
        }
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> String {
        subject.to_string()
    }
}

impl TryFrom<String> for Subject {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// What a claim says: the object that its ref points to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The version of the form; 1.
    pub version: u32,
    /// What is claimed.
    pub subject: Subject,
    /// Who holds it.
    pub by: Handle,
    /// Tells this claim from any other; the event that it allows carries it.
    pub nonce: Nonce,
    /// Since when.
    pub since: Timestamp,
    /// When the lease ends.
    pub until: Timestamp,
    /// The clone in which it was taken.
    pub clone: String,
    /// How it ended; what clones that have not seen the events yet must know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

/// How a claim ended. It stays at the remote until the events have arrived there: without it a
/// clone that has not seen them would do the same work again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// What ended it: `completed`, `unlocked`.
    pub how: String,
    /// When.
    pub at: Timestamp,
    /// Whether nothing more can happen to what was claimed.
    pub closed: bool,
    /// The place of that event in the order of its record; the next event comes after it.
    pub seq: u32,
    /// The name of that event.
    pub event: EventName,
}

/// A random text that no other claim has: equal values would make git tell both racers that they
/// have won.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Nonce(String);

impl Nonce {
    /// The nonce that these random bits spell.
    pub fn from_bits(bits: u64) -> Self {
        Nonce(format!("{bits:016x}"))
    }

    /// As it stands in claims and events.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The event of `record` that was written under this claim.
    pub fn event_in<'r>(&self, record: &'r Record) -> Option<&'r Event> {
        let carries = |event: &&Event| {
            event.details.get("claim").is_some_and(|nonce| nonce.as_str() == Some(self.as_str()))
        };
        record.events.iter().find(carries)
    }
}

impl Claim {
    /// Whether somebody else may take it over at `now`.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until.plus(GRACE) <= now
    }

    /// Whether its holder may still act on it at `now` without making sure first.
    pub fn is_safe(&self, now: Timestamp) -> bool {
        now.plus(GRACE) < self.until
    }
}

/// What is known of the lock that a claim allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// Nothing: its event may be on its way.
    Unseen,
    /// Nothing, and nothing will come: the command was killed before it wrote the event.
    Orphan,
    /// It stands; only its time may be over, as far as the events in sight say.
    Standing,
    /// It has ended, by an event or with the answer that it awaited.
    Settled,
    /// It came too late in the order of events; its holder, elsewhere, may not know that yet.
    Superseded,
}

impl Trace {
    /// What the events of `record` say of `claim`, where they have said that nobody holds the
    /// record: a lock that awaits an answer has got it, then.
    pub fn of(claim: &Claim, record: &Record) -> Self {
        let Some(event) = claim.nonce.event_in(record) else { return Trace::Unseen };
        let kind = record.dir.kind();
        if kind.superseded(record).contains(&event.name) {
            return Trace::Superseded;
        }
        match kind.brief(record).and_then(|brief| brief.lock) {
            Some(lock) if lock.claim.as_ref() == Some(&claim.nonce) && lock.awaiting.is_none() => {
                Trace::Standing
            }
            _ => Trace::Settled,
        }
    }
}

/// Who asks for a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimant {
    /// The agent.
    pub by: Handle,
    /// The clone in which it works.
    pub clone: String,
}

/// What is to be done about a claim that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Replace what is there, or nothing, by one's own.
    Take {
        /// Whose lease had ended without an event that says so.
        from: Option<Handle>,
        /// The event, perhaps unknown here, that ended the claim before.
        after: Option<Ended>,
    },
    /// Somebody holds it.
    Refuse,
}

/// Decides whether `claimant` may take what `claim` holds, after the events in sight have said that
/// nobody holds the subject. A claim is believed longer than they are: its holder may have renewed
/// it, or may not have seen yet who was faster.
pub fn decide(claim: Option<&Claim>, trace: Trace, claimant: &Claimant, now: Timestamp) -> Decision {
    let take = |from, after| Decision::Take { from, after };
    let Some(claim) = claim else { return take(None, None) };
    if let Some(ended) = &claim.ended {
        return if ended.closed { Decision::Refuse } else { take(None, Some(ended.clone())) };
    }
    let is_own = claim.by == claimant.by && claim.clone == claimant.clone;
    match trace {
        Trace::Settled => take(None, None),
        // Commands of one clone exclude each other, and each says which of its locks were lost.
        Trace::Orphan | Trace::Superseded if is_own => take(None, None),
        _ if claim.is_over(now) => take(Some(claim.by.clone()), None),
        _ => Decision::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_name_makes_a_valid_ref_and_comes_back(name in "\\PC{1,60}|[a-z.~^:?*\\[@{ -]{1,20}") {
            let subject = Subject::resource(&name);
            let encoded = subject.ref_name();
            let (_, last) = encoded.split_once('/').expect("a family");
            prop_assert!(last.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_'));
            prop_assert!(!last.starts_with('-') && !is_device_name(last));
            if !subject.name().is_empty() {
                prop_assert_eq!(Subject::from_ref_name(&encoded), Some(subject));
            }
        }
    }

    #[test]
    fn writings_of_a_name_are_one_and_shares_exclude_the_whole() {
        let whole = Subject::resource(" Load  Test\tENV ");
        assert_eq!(whole.ref_name(), "resource/load_20test_20env");
        let share = Subject::share("load test env", &RecordId::from_bits(7));
        assert!(whole.excludes(&share) && share.excludes(&whole));
        assert!(!share.excludes(&Subject::share("load test env", &RecordId::from_bits(8))));
        assert!(!share.excludes(&Subject::resource("load test")));
    }
}
