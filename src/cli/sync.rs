//! `perfteam sync`: fetches and publishes claims. Never called by a hook.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::{Exit, Failure};
use super::reach::{remote_called, usual_remote};
use crate::domain::claim::{Claim, Ended};
use crate::domain::id::is_archive;
use crate::domain::kind::Kind;
use crate::domain::record::{Record, RecordDir};
use crate::domain::resource::Resources;
use crate::domain::snapshot::Named;
use crate::domain::text::{shell_word, shown_line};
use crate::store::claims::remote::{Pushed, Remote};
use crate::store::claims::{self, Move, Seen};
use crate::store::source::Source;
use crate::store::work_tree::Scan;
use crate::store::{Repo, StoreError};

/// Fetch the claims of other clones from a remote, and publish yours
///
/// What you hold is published; what you gave back while the remote could not be reached is given
/// back there; what ended is forgotten there once the branch that all merge into has the event.
/// Exit code 4 says that somebody else has what you hold.
#[derive(Debug, Args)]
pub struct Sync {
    /// The remote that decides between clones
    #[arg(value_name = "REMOTE")]
    remote: Option<String>,
}

/// What it prints with `--format json`.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct SyncV1 {
    remote: String,
    /// What was published, given back and forgotten.
    published: Vec<String>,
    given_back: Vec<String>,
    forgotten: Vec<String>,
    /// What you hold here and somebody else holds there.
    lost: Vec<LostV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LostV1 {
    subject: String,
    by: String,
    since: String,
    until: String,
}

/// What is to be told to the remote about one claim.
enum Order {
    Publish(Claim),
    End(Claim),
    Drop,
}

impl Sync {
    /// Synchronises.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let remote = match &self.remote {
            Some(name) => remote_called(context, name)?,
            None => usual_remote(context)?,
        };
        let _lock = context.lock()?;
        let repo = context.repo()?;
        remote.fetch(repo).map_err(unreachable)?;
        let told = Told::collect(context, &remote)?;
        let report = told.send(repo, &remote)?;
        if context.is_json() {
            context.answer(&report)?;
        } else {
            print(&report);
        }
        Ok(if report.lost.is_empty() { ExitCode::SUCCESS } else { Exit::Held.into() })
    }
}

/// What the remote is to be told.
struct Told {
    orders: Vec<(Seen, Order)>,
    /// What another clone holds instead.
    lost: Vec<Claim>,
    /// Claims here that mean nothing any more: over, or the events have moved on.
    settled: Vec<Seen>,
}

impl Told {
    fn collect(context: &Context, remote: &Remote) -> Result<Self, Failure> {
        let repo = context.repo()?;
        let clone = claims::clone_name(repo, context.bits())?;
        let scan = context.scan()?;
        let local = claims::list(repo)?;
        let there = remote.known_all(repo)?;
        let mut told = Told { orders: Vec::new(), lost: Vec::new(), settled: Vec::new() };
        for own in &local {
            let Some(claim) = &own.claim else { continue };
            if is_settled(record_of(context, &scan, claim)?.as_ref(), claim) {
                told.settled.push(own.clone());
                continue;
            }
            if claim.is_over(context.now) {
                continue;
            }
            match there.iter().find(|seen| seen.subject == own.subject) {
                Some(Seen { claim: Some(other), .. })
                    if other.nonce == claim.nonce && other.until >= claim.until => {}
                Some(Seen { claim: Some(other), .. })
                    if other.nonce == claim.nonce && other.ended.is_some() => {}
                Some(Seen { claim: Some(other), .. })
                    if other.nonce != claim.nonce
                        && !other.is_over(context.now)
                        && !is_free(other)
                        && !claims::is_pending(repo, &other.nonce) =>
                {
                    told.lost.push(other.clone());
                }
                seen => told.orders.push((at(own, seen), Order::Publish(claim.clone()))),
            }
        }
        for seen in &there {
            let Some(claim) = &seen.claim else { continue };
            // The claim of this clone takes its place.
            if told.orders.iter().any(|(own, _)| own.subject == seen.subject) {
                continue;
            }
            let is_held_here = local.iter().any(|own| {
                !told.settled.contains(own) && own.claim.as_ref().is_some_and(|own| own.nonce == claim.nonce)
            });
            if let Some(ended) = &claim.ended {
                if has_arrived(context, &scan, remote, claim, ended)? {
                    told.orders.push((seen.clone(), Order::Drop));
                }
            } else if claim.clone == clone && !is_held_here {
                let record = record_of(context, &scan, claim)?;
                let order = match &record {
                    // Killed before the event was written.
                    Some(record) if claim.nonce.event_in(record).is_none() => Order::Drop,
                    Some(record) => match ended(record, claim) {
                        Some(ended) => Order::End(Claim { ended: Some(ended), ..claim.clone() }),
                        None => continue,
                    },
                    None => continue,
                };
                told.orders.push((seen.clone(), order));
            }
        }
        Ok(told)
    }

    fn send(self, repo: &Repo, remote: &Remote) -> Result<SyncV1, Failure> {
        let mut report = SyncV1 { remote: remote.name.clone(), ..SyncV1::default() };
        report.lost.extend(self.lost.iter().map(lost));
        for Seen { subject, object, .. } in &self.settled {
            claims::swap(repo, &[Move { subject, from: Some(*object), to: None }])?;
        }
        let moves: Vec<Move<'_>> = self.orders.iter().map(|(seen, order)| as_move(seen, order)).collect();
        for ((seen, order), pushed) in self.orders.iter().zip(remote.push(repo, &moves).map_err(unreachable)?)
        {
            let subject = seen.subject.to_string();
            match (pushed, order) {
                (Pushed::Won, Order::Publish(_)) => report.published.push(subject),
                (Pushed::Won, Order::End(_)) => report.given_back.push(subject),
                (Pushed::Won, Order::Drop) => report.forgotten.push(subject),
                (Pushed::Lost(Some(seen)), Order::Publish(_)) => {
                    report.lost.extend(seen.claim.as_ref().map(lost));
                }
                (Pushed::Lost(_), _) => {}
                (Pushed::Refused(reason), _) => {
                    return Err(Failure::new(
                        Exit::Unreadable,
                        format!("{} takes no claims below {}: {}", remote.name, remote.space, shown_line(&reason)),
                    )
                    .hint("keep them as branches there; in .perfteam/perfteam.yaml: claims_namespace: refs/heads/perfteam/claims/"));
                }
            }
        }
        Ok(report)
    }
}

/// A claim of this clone as something to be moved from what the remote has.
fn at(own: &Seen, there: Option<&Seen>) -> Seen {
    let mut seen = own.clone();
    match there {
        Some(there) => seen.object = there.object,
        None => seen.claim = None,
    }
    seen
}

fn as_move<'a>(seen: &'a Seen, order: &'a Order) -> Move<'a> {
    let from = seen.claim.as_ref().map(|_| seen.object);
    match order {
        Order::Publish(claim) | Order::End(claim) => Move { subject: &seen.subject, from, to: Some(claim) },
        Order::Drop => Move { subject: &seen.subject, from, to: None },
    }
}

fn is_free(claim: &Claim) -> bool {
    claim.ended.as_ref().is_some_and(|ended| !ended.closed)
}

/// The record whose event was written under `claim`, or is to be.
fn record_of(context: &Context, scan: &Scan, claim: &Claim) -> Result<Option<Record>, Failure> {
    if claim.subject.has_rivals() {
        return reservation_under(context, scan, claim);
    }
    match scan.snapshot.find(&claim.subject.to_string()) {
        Named::One(dir) => Ok(Some(context.record(&dir)?)),
        _ => Ok(None),
    }
}

/// Of all reservations of a resource, the one that was granted under `claim`.
fn reservation_under(context: &Context, scan: &Scan, claim: &Claim) -> Result<Option<Record>, Failure> {
    let is_reservation = |dir: &&RecordDir| dir.kind().name() == Resources.name();
    for dir in scan.snapshot.dirs().filter(is_reservation) {
        let record = context.record(dir)?;
        if claim.nonce.event_in(&record).is_some() {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

/// Whether the events of `record` say that the lock which `claim` allowed is no more.
fn is_settled(record: Option<&Record>, claim: &Claim) -> bool {
    let Some(record) = record.filter(|record| claim.nonce.event_in(record).is_some()) else { return false };
    let lock = record.dir.kind().brief(record).and_then(|brief| brief.lock);
    lock.is_none_or(|lock| lock.claim.as_ref() != Some(&claim.nonce))
}

/// How the lock ended that `claim` allowed, by what came after its event; `None` where no event
/// carries the claim, or where the lock stands.
fn ended(record: &Record, claim: &Claim) -> Option<Ended> {
    if !is_settled(Some(record), claim) {
        return None;
    }
    let brief = record.dir.kind().brief(record)?;
    let last = record.events.last()?;
    Some(Ended {
        how: last.front.event.clone(),
        at: last.front.at,
        closed: brief.closed,
        seq: last.front.seq,
        event: last.name.clone(),
    })
}

/// Whether the branch that all merge into has, as last fetched, the event that ended a claim.
fn has_arrived(
    context: &Context,
    scan: &Scan,
    remote: &Remote,
    claim: &Claim,
    ended: &Ended,
) -> Result<bool, Failure> {
    let repo = context.repo()?;
    // What a resource was used for keeps nobody from using it next.
    if claim.subject.has_rivals() {
        return Ok(true);
    }
    let Named::One(dir) = scan.snapshot.find(&claim.subject.to_string()) else { return Ok(false) };
    let Some(branch) = integration(context, remote)? else { return Ok(false) };
    let tree = repo.commit_tree(branch)?;
    Ok(tree.exists(&dir.event_path(&ended.event)) || is_archived(&tree, &dir))
}

/// Whether all that happened to the record stands in one file there.
fn is_archived(tree: &dyn Source, dir: &RecordDir) -> bool {
    tree.list(&dir.path()).unwrap_or_default().iter().any(|file| is_archive(&file.name))
}

fn integration(context: &Context, remote: &Remote) -> Result<Option<crate::store::ObjectId>, Failure> {
    let repo = context.repo()?;
    let named = context.team_if_any()?.policy.integration.clone();
    let usual = ["HEAD", "main", "master"].map(|name| format!("refs/remotes/{}/{name}", remote.name));
    for name in named.into_iter().chain(usual) {
        match repo.resolve(&name) {
            Ok(commit) => return Ok(Some(commit)),
            Err(StoreError::UnknownRevision { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

fn lost(claim: &Claim) -> LostV1 {
    LostV1 {
        subject: claim.subject.to_string(),
        by: claim.by.to_string(),
        since: claim.since.to_string(),
        until: claim.until.to_string(),
    }
}

fn unreachable(error: StoreError) -> Failure {
    let look = match &error {
        StoreError::Remote { name, .. } => format!("git ls-remote {}", shell_word(name)),
        _ => "git ls-remote".to_owned(),
    };
    Failure::from(error)
        .why("claims are decided there; what is claimed here holds in this clone alone until then")
        .hint(format!("see whether git reaches it: {look}"))
}

fn print(report: &SyncV1) {
    let said = [
        ("published", &report.published),
        ("given back", &report.given_back),
        ("forgotten", &report.forgotten),
    ];
    for (word, subjects) in said {
        for subject in subjects {
            print_line(&format!("{word}: {}", shown_line(subject)));
        }
    }
    for lost in &report.lost {
        print_line(&format!(
            "lost: {} is held by {} in another clone, since {} until {}",
            shown_line(&lost.subject),
            lost.by,
            lost.since,
            lost.until
        ));
    }
    print_line(&format!("in step with {}", shown_line(&report.remote)));
}
