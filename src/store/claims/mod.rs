//! Claims as git refs, moved by compare-and-swap: they hold over all work trees of a repository.
//!
//! git's own executable moves them, for it knows every form in which refs are stored.

pub mod remote;

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use gix::ObjectId;

use super::error::StoreError;
use super::git;
use super::repo::Repo;
use crate::domain::claim::{Claim, Nonce, Subject};

/// Where the claims of this repository lie.
pub const LOCAL: &str = "refs/perfteam/claims/";
/// So many claims are read one by one, more with all others.
const READ_ONE_BY_ONE: usize = 3;
/// How often a move is tried again when git could not lock the refs or an object went missing.
const TRIES: u32 = 8;

/// What a ref in the place of a claim holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What it is about.
    pub subject: Subject,
    /// The object that the ref points to: what the next move expects.
    pub object: ObjectId,
    /// What the object says; `None` when it is no claim, which then holds nothing.
    pub claim: Option<Claim>,
}

/// One claim that is to move from what was seen to something else.
#[derive(Debug, Clone)]
pub struct Move<'a> {
    /// What it is about.
    pub subject: &'a Subject,
    /// What was seen; `None` when there was no ref.
    pub from: Option<ObjectId>,
    /// What it is to be; `None` deletes it.
    pub to: Option<&'a Claim>,
}

/// The name of this clone: another one has another, also one that was made by copying files.
pub fn clone_name(repo: &Repo, bits: u64) -> Result<String, StoreError> {
    let file = repo.private_dir().join("clone");
    let own = match std::fs::read_to_string(&file) {
        Ok(own) if !own.trim().is_empty() => own,
        _ => {
            let own = format!("{bits:016x}\n");
            super::write::replace(repo, &file, &own)?;
            own
        }
    };
    Ok(clone_hash(repo, &own))
}

fn clone_hash(repo: &Repo, own: &str) -> String {
    let mut hasher = DefaultHasher::new();
    own.trim().hash(&mut hasher);
    std::fs::canonicalize(repo.common_dir()).unwrap_or_default().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Remembers that the event which the claim `nonce` allows is about to be written: what a killed
/// command leaves can be told by that from an event that is out of sight. Best effort; a claim of
/// which nothing is remembered ends with its lease.
pub fn begin(repo: &Repo, nonce: &Nonce) {
    let Some(file) = pending_file(repo, nonce) else { return };
    let _ = file.parent().map(std::fs::create_dir_all);
    let _ = std::fs::write(file, "");
}

/// Forgets it: the event is written, or never will be.
pub fn finish(repo: &Repo, nonce: &Nonce) {
    let _ = pending_file(repo, nonce).map(std::fs::remove_file);
}

/// Whether the command that made the claim `nonce` in this clone was killed before its event.
pub fn is_pending(repo: &Repo, nonce: &Nonce) -> bool {
    pending_file(repo, nonce).is_some_and(|file| file.exists())
}

/// A nonce of others can be any text; ours make names of files.
fn pending_file(repo: &Repo, nonce: &Nonce) -> Option<PathBuf> {
    let plain = nonce.as_str().bytes().all(|byte| byte.is_ascii_hexdigit());
    (plain && !nonce.as_str().is_empty()).then(|| repo.private_dir().join("pending").join(nonce.as_str()))
}

/// The claim of `subject` in this repository.
pub fn read(repo: &Repo, subject: &Subject) -> Result<Option<Seen>, StoreError> {
    read_at(repo, LOCAL, subject)
}

/// The claims of all `subjects`, in their order.
pub fn read_all(repo: &Repo, subjects: &[&Subject]) -> Result<Vec<Option<Seen>>, StoreError> {
    if subjects.len() <= READ_ONE_BY_ONE {
        return subjects.iter().map(|subject| read(repo, subject)).collect();
    }
    let mut seen: HashMap<Subject, Seen> =
        list(repo)?.into_iter().map(|seen| (seen.subject.clone(), seen)).collect();
    Ok(subjects.iter().map(|subject| seen.remove(subject)).collect())
}

/// All claims in this repository.
pub fn list(repo: &Repo) -> Result<Vec<Seen>, StoreError> {
    list_at(repo, LOCAL)
}

fn read_at(repo: &Repo, space: &str, subject: &Subject) -> Result<Option<Seen>, StoreError> {
    let name = format!("{space}{}", subject.ref_name());
    let Some(object) = git::answer(repo.top(), ["rev-parse", "--verify", "--quiet", &name])? else {
        return Ok(None);
    };
    let Ok(object) = object.parse::<ObjectId>() else { return Ok(None) };
    let claim = read_object(repo, object).filter(|claim| claim.subject == *subject);
    Ok(Some(Seen { subject: subject.clone(), object, claim }))
}

fn list_at(repo: &Repo, space: &str) -> Result<Vec<Seen>, StoreError> {
    let mut seen = Vec::new();
    for (name, object) in repo.references(space)?.named {
        let Some(subject) = name.strip_prefix(space).and_then(Subject::from_ref_name) else { continue };
        let claim = read_object(repo, object).filter(|claim| claim.subject == subject);
        seen.push(Seen { subject, object, claim });
    }
    Ok(seen)
}

/// What an object says: a blob, or a commit whose message it is, where refs must be branches.
fn read_object(repo: &Repo, id: ObjectId) -> Option<Claim> {
    let object = repo.git.find_object(id).ok()?;
    match object.kind {
        gix::object::Kind::Blob => serde_json::from_slice(&object.data).ok(),
        gix::object::Kind::Commit => {
            let commit = object.try_into_commit().ok()?;
            let message = commit.message_raw().ok()?;
            serde_json::from_slice(message).ok()
        }
        _ => None,
    }
}

/// The claims in this repository that were taken in this clone, as fast as can be: for commands
/// that only look.
pub fn own(repo: &Repo) -> Vec<Claim> {
    let Ok(clone) = std::fs::read_to_string(repo.private_dir().join("clone")) else { return Vec::new() };
    let clone = clone_hash(repo, &clone);
    let seen = list(repo).unwrap_or_default();
    seen.into_iter().filter_map(|seen| seen.claim).filter(|claim| claim.clone == clone).collect()
}

/// Makes the moves, all or none. Whether they won is told by [`read`] alone: it must show the
/// nonce of the claim that was written.
pub fn swap(repo: &Repo, moves: &[Move<'_>]) -> Result<(), StoreError> {
    if moves.is_empty() {
        return Ok(());
    }
    let mut pause = Duration::from_millis(2);
    for _ in 0..TRIES {
        match try_swap(repo, moves)? {
            Attempt::Over => return Ok(()),
            Attempt::Again => std::thread::sleep(pause),
        }
        pause = (pause * 2).min(Duration::from_millis(100));
    }
    Ok(())
}

enum Attempt {
    /// It is decided, one way or the other.
    Over,
    /// Something that passes stood in the way.
    Again,
}

fn try_swap(repo: &Repo, moves: &[Move<'_>]) -> Result<Attempt, StoreError> {
    let mut orders = String::new();
    for step in moves {
        let name = format!("{LOCAL}{}", step.subject.ref_name());
        let order = match (step.to, step.from) {
            (Some(claim), None) => format!("create {name} {}\n", write_blob(repo, claim)?),
            (Some(claim), Some(from)) => format!("update {name} {} {from}\n", write_blob(repo, claim)?),
            (None, Some(from)) => format!("delete {name} {from}\n"),
            (None, None) => continue,
        };
        orders.push_str(&order);
    }
    let run = |error: std::io::Error| StoreError::Git {
        what: "`git update-ref` could not be run".into(),
        detail: error.to_string(),
    };
    let mut child = git::command(repo.top(), ["update-ref", "--no-deref", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(run)?;
    if let Some(mut input) = child.stdin.take() {
        // When git ends early, what it says is worth more than the broken pipe.
        let _ = input.write_all(orders.as_bytes());
    }
    let output = child.wait_with_output().map_err(run)?;
    if output.status.success() {
        return Ok(Attempt::Over);
    }
    let detail = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if detail.contains("but expected") || detail.contains("already exists") {
        Ok(Attempt::Over)
    } else if detail.contains(".lock") || detail.contains("nonexistent object") || detail.contains("missing")
    {
        Ok(Attempt::Again)
    } else {
        let damaged = moves.iter().find_map(|step| damaged(repo, &step.subject.ref_name()));
        let failed = || StoreError::Git { what: "can't write a claim".into(), detail };
        Err(damaged.map_or_else(failed, StoreError::DamagedClaim))
    }
}

/// The file of a claim's reference, where no object stands in it. It is not taken away here: meanwhile another
/// process may have.
fn damaged(repo: &Repo, name: &str) -> Option<PathBuf> {
    let file = repo.common_dir().join(format!("{LOCAL}{name}"));
    let text = std::fs::read(&file).ok()?;
    ObjectId::from_hex(text.trim_ascii()).is_err().then_some(file)
}

fn write_blob(repo: &Repo, claim: &Claim) -> Result<ObjectId, StoreError> {
    let written = repo.git.write_blob(text(claim)?);
    let id = written.map_err(|error| StoreError::git("can't write a claim")(error.into()))?;
    Ok(id.detach())
}

fn text(claim: &Claim) -> Result<String, StoreError> {
    serde_json::to_string_pretty(claim)
        .map_err(|error| StoreError::Git { what: "can't write a claim".into(), detail: error.to_string() })
}
