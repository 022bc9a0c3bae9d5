//! Records that an agent wrote here and that no commit has: nobody else sees them.

use std::collections::BTreeSet;

use super::kept::writer;
use crate::domain::handle::Handle;
use crate::domain::id::EventName;
use crate::domain::record::RecordDir;
use crate::store::assemble::read_record;
use crate::store::committed::record_of;
use crate::store::diff::uncommitted;
use crate::store::repo::FOLDER;
use crate::store::{Repo, StoreError};

/// The records of which a head or an event by one of `agents` lies in the work tree, and in no commit.
pub fn unshared(repo: &Repo, agents: &[Handle]) -> Result<BTreeSet<RecordDir>, StoreError> {
    let work_tree = repo.work_tree();
    let mut found = BTreeSet::new();
    for path in uncommitted(repo, FOLDER)? {
        let Some(dir) = record_of(&path).filter(|dir| !found.contains(dir)) else { continue };
        let event = path.rsplit('/').next().and_then(EventName::from_file);
        let by = writer(&read_record(&work_tree, &dir)?, event.as_ref());
        if by.is_some_and(|by| agents.contains(&by)) {
            found.insert(dir);
        }
    }
    Ok(found)
}
