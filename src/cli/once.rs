//! `--once`: a retry of a command returns what its first run made.

use super::context::Context;
use super::failure::Failure;
use crate::domain::handle::Handle;
use crate::domain::kind::{Brief, Kind};
use crate::domain::record::RecordDir;
use crate::store::source::{Contents, Source};
use crate::store::work_tree::Scan;

/// What `from` made of this kind under `key`, if there is one. Closed records are read only where no open
/// one is it.
pub fn made_before(
    context: &Context,
    scan: &Scan,
    kind: &dyn Kind,
    from: &Handle,
    key: Option<&str>,
) -> Result<Option<Brief>, Failure> {
    let Some(key) = key else { return Ok(None) };
    let is_it = |brief: &&Brief| is_made(brief, kind, from, key);
    if let Some(open) = scan.snapshot.open.iter().find(is_it) {
        return Ok(Some(open.clone()));
    }
    Ok(closed(context, scan, kind, key)?.iter().find(is_it).cloned())
}

/// All that `from` made of this kind under `key`: one command may have made several.
pub fn all_made_before(
    context: &Context,
    scan: &Scan,
    kind: &dyn Kind,
    from: &Handle,
    key: &str,
) -> Result<Vec<Brief>, Failure> {
    let closed = closed(context, scan, kind, key)?;
    let all = scan.snapshot.open.iter().chain(&closed);
    Ok(all.filter(|brief| is_made(brief, kind, from, key)).cloned().collect())
}

/// What anybody made of this kind under `key`, where the key is nobody's own.
pub fn made_under(context: &Context, scan: &Scan, kind: &dyn Kind, key: &str) -> Result<Vec<Brief>, Failure> {
    let closed = closed(context, scan, kind, key)?;
    let is_it = |brief: &&Brief| brief.kind_name() == kind.name() && brief.once.as_deref() == Some(key);
    Ok(scan.snapshot.open.iter().chain(&closed).filter(is_it).cloned().collect())
}

fn is_made(brief: &Brief, kind: &dyn Kind, from: &Handle, key: &str) -> bool {
    brief.kind_name() == kind.name() && brief.once.as_deref() == Some(key) && brief.from == *from
}

/// The closed ones that may be it.
fn closed(context: &Context, scan: &Scan, kind: &dyn Kind, key: &str) -> Result<Vec<Brief>, Failure> {
    let tree = context.repo()?.work_tree();
    let mut dirs: Vec<RecordDir> = Vec::new();
    for dir in scan.snapshot.closed.iter().filter(|dir| dir.kind().name() == kind.name()) {
        if may_say(&tree, dir, key)? {
            dirs.push(dir.clone());
        }
    }
    context.briefs(&dirs)
}

/// Whether the head of a record may say the key. Looking for the key itself spares reading a record that
/// does not; where it is written in another way, or the head is not here by itself, nothing is spared.
fn may_say(tree: &dyn Source, dir: &RecordDir, key: &str) -> Result<bool, Failure> {
    let is_plain = key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if !is_plain || key.is_empty() {
        return Ok(true);
    }
    Ok(match tree.read(&dir.head_path())? {
        Some(Contents::Bytes(bytes)) => bytes.windows(key.len()).any(|part| part == key.as_bytes()),
        _ => true,
    })
}
