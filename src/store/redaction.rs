//! Redactions byte by byte: what `perfteam redact` makes of a file is the only other text that a
//! published file of a record may have.

use gix::ObjectId;

use super::error::StoreError;
use crate::domain::diagnostic::Fault;
use crate::domain::document::Document;
use crate::domain::id::EventName;
use crate::domain::record::RecordDir;
use crate::domain::redaction::{KEY, Redaction, redacted_event, redacted_head};
use crate::markdown::document;

/// What lies in the place of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instead {
    /// It, redacted.
    Redacted(Redaction),
    /// Something that says to be that, and is not; why.
    Falsely(String),
    /// Something else.
    Other,
}

/// The object that git makes of `bytes`, by the hash of `like`.
pub fn object_of(bytes: &[u8], like: gix::hash::Kind) -> Result<ObjectId, StoreError> {
    gix::objs::compute_hash(like, gix::objs::Kind::Blob, bytes)
        .map_err(|error| StoreError::git("can't hash a file")(error.into()))
}

/// The redaction that a file of a record tells of.
pub fn told_by(bytes: &[u8]) -> Option<Redaction> {
    Redaction::read(&document::parse(bytes).ok()?.meta)
}

/// The file `name` of the record at `dir` as the redaction leaves it; a fault where nothing tells its
/// words from the rest.
pub fn redacted(dir: &RecordDir, name: &str, bytes: &[u8], redaction: &Redaction) -> Result<String, Fault> {
    let file = document::parse(bytes)?;
    Ok(document::write(&left_of(dir, name, &file, redaction)))
}

fn left_of(dir: &RecordDir, name: &str, file: &Document, redaction: &Redaction) -> Document {
    let kind = dir.kind();
    match EventName::from_file(name) {
        Some(_) => redacted_event(kind, file, redaction),
        None => redacted_head(kind, file, redaction),
    }
}

/// What `new` is in the place of `old`, which was the file `name` of the record at `dir`.
pub fn instead(dir: &RecordDir, name: &str, old: &[u8], new: &[u8]) -> Instead {
    let Ok(was) = document::parse(old) else { return Instead::Other };
    let Some(told) = document::parse(new).ok().filter(|now| now.meta.contains_key(KEY)) else {
        return Instead::Other;
    };
    if was.meta.contains_key(KEY) {
        return Instead::Falsely("it was redacted before, and stays as it was left then".to_owned());
    }
    let Some(redaction) = Redaction::read(&told.meta) else {
        return Instead::Falsely(format!("`{KEY}` needs `object`, `by`, `at` and `reason`"));
    };
    let said = ObjectId::from_hex(redaction.object.as_bytes());
    let like = said.as_ref().map_or(gix::hash::Kind::Sha1, |said| said.kind());
    match object_of(old, like) {
        Ok(object) if said.as_ref().is_ok_and(|said| *said == object) => {}
        Ok(object) => {
            return Instead::Falsely(format!("`object` is not what stood there, which is {object}"));
        }
        Err(_) => return Instead::Other,
    }
    let expected = document::write(&left_of(dir, name, &was, &redaction));
    match first_difference(&expected, new) {
        None => Instead::Redacted(redaction),
        Some(line) => {
            Instead::Falsely(format!("line {line} is not what `perfteam redact` leaves of the file"))
        }
    }
}

fn first_difference(expected: &str, new: &[u8]) -> Option<usize> {
    if expected.as_bytes() == new {
        return None;
    }
    let lines = expected.as_bytes().split(|byte| *byte == b'\n').zip(new.split(|byte| *byte == b'\n'));
    Some(lines.take_while(|(expected, new)| expected == new).count() + 1)
}

/// Whether of two texts of one file, on two sides of a merge, the first counts; `None` where neither
/// comes of the other: a redaction counts before what it redacts, and of two the earlier one.
pub fn counts_before(dir: &RecordDir, name: &str, one: &[u8], other: &[u8]) -> Option<bool> {
    if matches!(instead(dir, name, other, one), Instead::Redacted(_)) {
        return Some(true);
    }
    if matches!(instead(dir, name, one, other), Instead::Redacted(_)) {
        return Some(false);
    }
    let (first, rest) = taken_apart(one)?;
    let (second, other_rest) = taken_apart(other)?;
    let are_alike = first.object == second.object && rest == other_rest;
    are_alike.then(|| (first.at, one) < (second.at, other))
}

/// A redaction, and the file without it.
fn taken_apart(bytes: &[u8]) -> Option<(Redaction, Document)> {
    let mut file = document::parse(bytes).ok()?;
    let redaction = Redaction::read(&file.meta)?;
    file.meta.remove(KEY);
    Some((redaction, file))
}
