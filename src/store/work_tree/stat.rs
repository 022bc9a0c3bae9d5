//! What the file system says of files and folders, and when that may be believed.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// What the file system says of a file or folder; it changes when the content or listing does.
/// Times are in nanoseconds since 1970.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Stat {
    pub(super) modified: u64,
    pub(super) changed: u64,
    pub(super) inode: u64,
    pub(super) size: u64,
}

/// Tells which times are too young to be believed.
pub(super) struct Clock {
    /// In nanoseconds since 1970.
    pub(super) racy_from: u64,
}

impl Clock {
    /// Times younger than `racy` may still hide a change within the clock's resolution.
    pub(super) fn now(racy: Duration) -> Clock {
        let racy_from = SystemTime::now().checked_sub(racy);
        Clock { racy_from: racy_from.map_or(0, nanos) }
    }

    /// What is said, unless a change could still hide.
    pub(super) fn believed(&self, said: Option<Stat>) -> Option<Stat> {
        said.filter(|stat| stat.modified < self.racy_from && stat.changed < self.racy_from)
    }
}

/// A time in nanoseconds since 1970.
pub(super) fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::work_tree::place::Place;

    const RACY: Duration = Duration::from_secs(2);

    #[test]
    fn a_file_that_may_still_change_unseen_is_not_trusted() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("flag.md");
        std::fs::write(&path, "x").expect("a file");
        let stat = |later: Duration| {
            let mut clock = Clock::now(RACY);
            clock.racy_from += nanos(SystemTime::UNIX_EPOCH + later);
            clock.believed(Place::open(folder.path()).stat("flag.md"))
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
