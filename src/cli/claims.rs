//! `perfteam claims`: who may write what, in this repository and, as last fetched, in others.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::Failure;
use super::reach::known_remotes;
use crate::domain::claim::{Claim, Subject};
use crate::domain::text::shown_line;
use crate::domain::time::Timestamp;
use crate::store::claims::{self, Seen};

/// List the claims: what only one may hold, who holds it and until when
///
/// A claim is what decides who may write a `locked` event now; the event is the truth. Claims of
/// other clones are shown as last fetched: perfteam sync.
#[derive(Debug, Args)]
pub struct Claims {}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClaimsV1 {
    claims: Vec<ClaimV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ClaimV1 {
    /// What is claimed: `flag/7k2m9qxa3d`.
    subject: String,
    /// Where the claim is: `local`, and the names of remotes.
    places: Vec<String>,
    /// `held`, `over` (the lease has ended, anybody may follow), or how it ended: `completed`.
    state: String,
    by: String,
    since: String,
    until: String,
    /// Whether it was taken in this clone.
    own: bool,
}

impl Claims {
    /// Prints the claims.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let repo = context.repo()?;
        let clone = claims::clone_name(repo, context.bits())?;
        let mut found: BTreeMap<Subject, Vec<(Claim, Vec<String>)>> = BTreeMap::new();
        add(&mut found, "local", claims::list(repo)?);
        for remote in known_remotes(context)? {
            add(&mut found, &remote.name, remote.known_all(repo)?);
        }
        let lines: Vec<ClaimV1> = found
            .into_iter()
            .flat_map(|(subject, claims)| {
                claims.into_iter().map(move |(claim, places)| (subject.clone(), claim, places))
            })
            .map(|(subject, claim, places)| ClaimV1 {
                subject: subject.to_string(),
                places,
                state: state(&claim, context.now),
                own: claim.clone == clone,
                by: claim.by.to_string(),
                since: claim.since.to_string(),
                until: claim.until.to_string(),
            })
            .collect();
        if context.is_json() {
            context.answer(&ClaimsV1 { claims: lines })?;
        } else if lines.is_empty() {
            print_line("nothing is claimed");
        } else {
            lines.iter().for_each(print_claim);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Adds what was seen at `place`; the same claim at several places is one.
fn add(found: &mut BTreeMap<Subject, Vec<(Claim, Vec<String>)>>, place: &str, seen: Vec<Seen>) {
    for Seen { subject, claim, .. } in seen {
        let Some(claim) = claim else { continue };
        let claims = found.entry(subject).or_default();
        match claims.iter_mut().find(|(known, _)| known.nonce == claim.nonce) {
            Some((known, places)) => {
                places.push(place.to_owned());
                if claim.ended.is_some() {
                    *known = claim;
                }
            }
            None => claims.push((claim, vec![place.to_owned()])),
        }
    }
}

fn state(claim: &Claim, now: Timestamp) -> String {
    match &claim.ended {
        Some(ended) => ended.how.clone(),
        None if claim.is_over(now) => "over".to_owned(),
        None => "held".to_owned(),
    }
}

fn print_claim(claim: &ClaimV1) {
    let place = if claim.own { "from here" } else { "from another clone" };
    let end = if claim.state == "held" { format!(" until {}", claim.until) } else { String::new() };
    print_line(&format!(
        "{}  {} by {}{end}  ({}; {place})",
        shown_line(&claim.subject),
        shown_line(&claim.state.replace('_', " ")),
        claim.by,
        claim.places.join(", ")
    ));
}
