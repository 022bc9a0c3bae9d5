//! Open folders: what lies in one is found by its name alone, so the path to it is walked only once.

#[cfg(unix)]
pub(super) use self::unix::Place;

#[cfg(not(unix))]
pub(super) use self::other::Place;
use super::stat::Stat;

/// A folder in a place: opened where that is worth it.
pub(super) enum Inner<'p> {
    Open(Place),
    Path(&'p Place, &'p str),
}

/// To open and close a folder costs as much as so many looks by a path that is one folder longer.
const WORTH_OPENING: usize = 8;

impl<'p> Inner<'p> {
    /// The folder at `path` in `place`, of which `looks` things are looked at.
    pub(super) fn of(place: &'p Place, path: &'p str, looks: usize) -> Inner<'p> {
        if looks < WORTH_OPENING { Inner::Path(place, path) } else { Inner::Open(place.within(path)) }
    }

    /// What is said of `path` in this folder.
    pub(super) fn stat(&self, path: &str) -> Option<Stat> {
        match self {
            Inner::Open(place) => place.stat(path),
            Inner::Path(place, above) => place.stat(&[above, "/", path].concat()),
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::{AtFlags, Mode, OFlags, open, openat, statat};

    use crate::store::work_tree::stat::Stat;

    #[cfg(target_os = "linux")]
    const ACCESS: OFlags = OFlags::PATH;
    #[cfg(not(target_os = "linux"))]
    const ACCESS: OFlags = OFlags::RDONLY;
    const FOLDER: OFlags = ACCESS.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

    /// A folder; in one that could not be opened, nothing is found.
    pub(in crate::store::work_tree) struct Place(Option<OwnedFd>);

    impl Place {
        /// The folder at `path`.
        pub(in crate::store::work_tree) fn open(path: &Path) -> Place {
            Place(open(path, FOLDER, Mode::empty()).ok())
        }

        /// The folder at `path` in this one.
        pub(in crate::store::work_tree) fn within(&self, path: &str) -> Place {
            Place(self.0.as_ref().and_then(|folder| openat(folder, path, FOLDER, Mode::empty()).ok()))
        }

        /// What is said of `path` in this folder; of the folder itself for `.`.
        pub(in crate::store::work_tree) fn stat(&self, path: &str) -> Option<Stat> {
            let about = statat(self.0.as_ref()?, path, AtFlags::SYMLINK_NOFOLLOW).ok()?;
            Some(Stat {
                modified: nanos(about.st_mtime.into(), about.st_mtime_nsec.into()),
                changed: nanos(about.st_ctime.into(), about.st_ctime_nsec.into()),
                inode: about.st_ino,
                size: u64::try_from(about.st_size).unwrap_or(0),
            })
        }
    }

    /// Times before 1970 are all the same: they prove as little as they are likely.
    fn nanos(seconds: i128, nanos: i128) -> u64 {
        u64::try_from(seconds * 1_000_000_000 + nanos).unwrap_or(0)
    }
}

#[cfg(not(unix))]
mod other {
    use std::path::{Path, PathBuf};
    use std::time::SystemTime;

    use crate::store::work_tree::stat::{Stat, nanos};

    /// A folder.
    pub(in crate::store::work_tree) struct Place(PathBuf);

    impl Place {
        /// The folder at `path`.
        pub(in crate::store::work_tree) fn open(path: &Path) -> Place {
            Place(path.to_owned())
        }

        /// The folder at `path` in this one.
        pub(in crate::store::work_tree) fn within(&self, path: &str) -> Place {
            Place(self.0.join(path))
        }

        /// What is said of `path` in this folder; of the folder itself for `.`.
        pub(in crate::store::work_tree) fn stat(&self, path: &str) -> Option<Stat> {
            let about = std::fs::symlink_metadata(self.0.join(path)).ok()?;
            let time = |time: std::io::Result<SystemTime>| time.map(nanos).unwrap_or(0);
            let (modified, changed) = (time(about.modified()), time(about.created()));
            Some(Stat { modified, changed, inode: 0, size: about.len() })
        }
    }
}
