//! `--once`: a retry of a command returns what its first run made.

use super::context::Context;
use super::failure::Failure;
use crate::domain::handle::Handle;
use crate::domain::kind::{Brief, Kind};
use crate::domain::record::RecordDir;
use crate::store::work_tree::Scan;

/// What `from` made of this kind under `key`.
pub fn made_before(
    context: &Context,
    scan: &Scan,
    kind: &dyn Kind,
    from: &Handle,
    key: &str,
) -> Result<Vec<Brief>, Failure> {
    let closed = scan.snapshot.closed.iter().filter(|dir| dir.kind().name() == kind.name());
    let closed = context.briefs(&closed.cloned().collect::<Vec<RecordDir>>())?;
    let is_it = |brief: &&Brief| {
        brief.kind_name() == kind.name() && brief.once.as_deref() == Some(key) && brief.from == *from
    };
    Ok(scan.snapshot.open.iter().chain(&closed).filter(is_it).cloned().collect())
}
