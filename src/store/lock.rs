//! The one lock between processes: a kernel file lock under the git common folder.
//!
//! Taken only by commands that must check and then write. The kernel frees it when its holder
//! dies; the file is never deleted, since a new one would lock independently of the old.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use fs2::FileExt;

use super::error::StoreError;
use super::repo::Repo;

/// How long a command waits for another one. Dozens may write at once, and a claim may be on its
/// way to a remote; who waits is told for whom.
const PATIENCE: Duration = Duration::from_secs(60);
/// After so long it says whom it waits for.
const TALK_AFTER: Duration = Duration::from_secs(1);

/// Held until it is dropped.
pub struct RepoLock {
    _file: File,
}

impl RepoLock {
    /// Takes the lock; `on_wait` is told who holds it, once, after a second.
    pub fn take(repo: &Repo, on_wait: &mut dyn FnMut(&str)) -> Result<RepoLock, StoreError> {
        let folder = repo.private_dir();
        std::fs::create_dir_all(&folder).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => StoreError::NoFolder(folder.clone()),
            _ => StoreError::io("create", &folder)(error),
        })?;
        let path = folder.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(StoreError::io("open", &path))?;
        wait_for(&file, &path, on_wait)?;
        sign(&mut file);
        Ok(RepoLock { _file: file })
    }
}

/// The kernel serves those who wait in turn; who asks again and again instead may never be served
/// while others write one record after the other.
fn wait_for(file: &File, path: &Path, on_wait: &mut dyn FnMut(&str)) -> Result<(), StoreError> {
    let fail = StoreError::io("lock", path);
    match FileExt::try_lock_exclusive(file) {
        Err(error) if error.raw_os_error() == fs2::lock_contended_error().raw_os_error() => {}
        result => return result.map_err(fail),
    }
    // The lock belongs to the open file, so that the thread takes it for this one, too. It ends with
    // the process where nobody waits for it any more.
    let own = file.try_clone().map_err(StoreError::io("lock", path))?;
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(FileExt::lock_exclusive(&own)));
    if let Ok(result) = told.recv_timeout(TALK_AFTER) {
        return result.map_err(fail);
    }
    on_wait(&holder(path));
    match told.recv_timeout(PATIENCE - TALK_AFTER) {
        Ok(result) => result.map_err(fail),
        Err(_) => {
            Err(StoreError::Busy { path: path.to_owned(), holder: holder(path), waited: PATIENCE.as_secs() })
        }
    }
}

/// Writes who holds the lock into it, for the message of those who wait; nothing relies on it.
fn sign(file: &mut File) {
    let text = format!("process {}\n", std::process::id());
    let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes()));
}

fn holder(path: &Path) -> String {
    let mut text = String::new();
    let read = File::open(path).and_then(|mut file| file.read_to_string(&mut text));
    match (read, text.trim()) {
        (Ok(_), text) if text.starts_with("process ") && text.len() < 40 => text.to_owned(),
        _ => "another process".to_owned(),
    }
}
