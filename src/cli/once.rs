//! `--once`: a retry of a command returns what its first run made.

use super::context::Context;
use super::failure::Failure;
use crate::domain::handle::Handle;
use crate::domain::kind::{Brief, Kind};
use crate::domain::record::RecordDir;
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
    Ok(closed(context, scan, kind)?.iter().find(is_it).cloned())
}

/// All that `from` made of this kind under `key`: one command may have made several.
pub fn all_made_before(
    context: &Context,
    scan: &Scan,
    kind: &dyn Kind,
    from: &Handle,
    key: &str,
) -> Result<Vec<Brief>, Failure> {
    let closed = closed(context, scan, kind)?;
    let all = scan.snapshot.open.iter().chain(&closed);
    Ok(all.filter(|brief| is_made(brief, kind, from, key)).cloned().collect())
}

fn is_made(brief: &Brief, kind: &dyn Kind, from: &Handle, key: &str) -> bool {
    brief.kind_name() == kind.name() && brief.once.as_deref() == Some(key) && brief.from == *from
}

fn closed(context: &Context, scan: &Scan, kind: &dyn Kind) -> Result<Vec<Brief>, Failure> {
    let own = scan.snapshot.closed.iter().filter(|dir| dir.kind().name() == kind.name());
    context.briefs(&own.cloned().collect::<Vec<RecordDir>>())
}
