//! Putting the shims in place and taking them out again.

use std::path::{Path, PathBuf};

use super::shim::{self, Foreign, Standing};
use super::{Hook, HookError, Side, own_folder};
use crate::store::hooks::{self, HookFile, HookFolder};
use crate::store::{Repo, StoreError};

/// What became of one hook file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// There was no such hook; now there is.
    Created,
    /// The section was added to the hook that was there.
    Added,
    /// The section was there, and is now as this version writes it.
    Repaired,
    /// It was in place already.
    None,
    /// A line that somebody else wrote calls us; nothing was changed.
    ByHand,
    /// It can't take the section; nothing was changed.
    Refused(Foreign),
    /// The section was taken out; the rest of the hook stays.
    TakenOut,
    /// Nothing but the section was in the hook; it was removed.
    Removed,
}

/// What became of the hooks.
#[derive(Debug)]
pub struct Changes {
    /// Where they lie.
    pub folder: HookFolder,
    /// Each hook, its file, and what became of it.
    pub hooks: Vec<(Hook, PathBuf, Change)>,
}

impl Changes {
    /// Those that could not be changed, and why.
    pub fn refused(&self) -> impl Iterator<Item = (Hook, &Path, &Foreign)> {
        self.hooks.iter().filter_map(|(hook, path, change)| match change {
            Change::Refused(foreign) => Some((*hook, path.as_path(), foreign)),
            _ => None,
        })
    }
}

/// Puts the section of every hook in place. `program` is this program, for files that are of this
/// machine alone. A second time it repairs what is not as it should be and changes nothing else.
pub fn install(repo: &Repo, side: Side, program: Option<&Path>) -> Result<Changes, HookError> {
    let folder = own_folder(repo)?;
    let program = program.filter(|_| !folder.shared).and_then(Path::to_str).map(with_slashes);
    let each = |hook, path: &Path| install_one(hook, path, program.as_deref());
    Ok(Changes { hooks: for_each(&folder, side, each)?, folder })
}

/// Takes our section out of every hook.
pub fn uninstall(repo: &Repo, side: Side) -> Result<Changes, HookError> {
    let folder = own_folder(repo)?;
    Ok(Changes { hooks: for_each(&folder, side, |_, path| uninstall_one(path))?, folder })
}

fn for_each(
    folder: &HookFolder,
    side: Side,
    work: impl Fn(Hook, &Path) -> Result<Change, StoreError>,
) -> Result<Vec<(Hook, PathBuf, Change)>, StoreError> {
    let one = |hook: Hook| {
        let path = folder.path.join(hook.name());
        work(hook, &path).map(|change| (hook, path, change))
    };
    side.hooks().iter().copied().map(one).collect()
}

/// The shell of git on Windows takes paths with slashes.
fn with_slashes(path: &str) -> String {
    if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() }
}

fn install_one(hook: Hook, path: &Path, program: Option<&str>) -> Result<Change, StoreError> {
    let (bytes, executable) = match hooks::read(path)? {
        HookFile::Missing => {
            hooks::write(path, &shim::new_file(hook, program))?;
            return Ok(Change::Created);
        }
        HookFile::Link { bytes, .. } if shim::standing(&bytes, hook) == Ok(Standing::ByHand) => {
            return Ok(Change::ByHand);
        }
        HookFile::Link { target, .. } => return Ok(Change::Refused(Foreign::Link(target))),
        HookFile::File { bytes, executable } => (bytes, executable),
    };
    let standing = match shim::standing(&bytes, hook) {
        Ok(Standing::ByHand) => return Ok(Change::ByHand),
        Ok(standing) => standing,
        Err(foreign) => return Ok(Change::Refused(foreign)),
    };
    if standing == Standing::Absent && !executable {
        return Ok(Change::Refused(Foreign::NotExecutable));
    }
    let wanted = match shim::with_section(&bytes, hook, program) {
        Ok(wanted) => wanted,
        Err(foreign) => return Ok(Change::Refused(foreign)),
    };
    if wanted == bytes && executable {
        return Ok(Change::None);
    }
    hooks::write(path, &wanted)?;
    Ok(if standing == Standing::Absent { Change::Added } else { Change::Repaired })
}

fn uninstall_one(path: &Path) -> Result<Change, StoreError> {
    let HookFile::File { bytes, .. } = hooks::read(path)? else { return Ok(Change::None) };
    match shim::without_section(&bytes) {
        Err(foreign) => Ok(Change::Refused(foreign)),
        Ok(None) => Ok(Change::None),
        Ok(Some(rest)) if shim::is_bare(&rest) => hooks::remove(path).map(|()| Change::Removed),
        Ok(Some(rest)) => hooks::write(path, &rest).map(|()| Change::TakenOut),
    }
}
