//! What the file system says of files and folders, and when that may be believed.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// What the file system says of a file or folder; it changes when the content or listing does.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Stat {
    modified: u64,
    changed: u64,
    inode: u64,
    size: u64,
}

/// Tells which times are too young to be believed.
pub(super) struct Clock {
    pub(super) racy_from: SystemTime,
}

impl Clock {
    /// Times younger than `racy` may still hide a change within the clock's resolution.
    pub(super) fn now(racy: Duration) -> Clock {
        Clock { racy_from: SystemTime::now().checked_sub(racy).unwrap_or(SystemTime::UNIX_EPOCH) }
    }

    /// What is said of `path`; `None` when it isn't there, or a change could still hide.
    pub(super) fn stat(&self, path: &Path) -> Option<Stat> {
        let about = std::fs::symlink_metadata(path).ok()?;
        let modified = about.modified().ok()?;
        let (changed, inode) = change_time_and_inode(&about);
        let racy = modified >= self.racy_from
            || SystemTime::UNIX_EPOCH + Duration::from_nanos(changed) >= self.racy_from;
        (!racy).then(|| Stat { modified: nanos(modified), changed, inode, size: about.len() })
    }
}

#[cfg(unix)]
fn change_time_and_inode(about: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    let nanos = about.ctime().saturating_mul(1_000_000_000).saturating_add(about.ctime_nsec());
    (u64::try_from(nanos).unwrap_or(0), about.ino())
}

#[cfg(not(unix))]
fn change_time_and_inode(about: &std::fs::Metadata) -> (u64, u64) {
    (about.created().map(nanos).unwrap_or(0), 0)
}

fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RACY: Duration = Duration::from_secs(2);

    #[test]
    fn a_file_that_may_still_change_unseen_is_not_trusted() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("flag.md");
        std::fs::write(&path, "x").expect("a file");
        let stat = |later: Duration| {
            let mut clock = Clock::now(RACY);
            clock.racy_from += later;
            clock.stat(&path)
        };
        assert!(stat(Duration::ZERO).is_none(), "just written");
        assert!(stat(RACY * 2).is_some(), "written long ago");
        let file = std::fs::File::options().write(true).open(&path).expect("a file");
        file.set_modified(SystemTime::UNIX_EPOCH).expect("a time");
        assert!(stat(Duration::ZERO).is_none(), "a time that was set back proves nothing");
        file.set_modified(SystemTime::now() + Duration::from_secs(3_600)).expect("a time");
        assert!(stat(RACY * 2).is_none(), "nor does one in the future");
        assert!(stat(Duration::ZERO).is_none());
    }
}
