//! Cache files under the git common folder. Failing to read or write one is no error.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::repo::Repo;

/// Ends each cache file; changes whenever what caches hold changes its form or its meaning.
const FORMAT: &str = concat!("perfteam cache 8 ", env!("CARGO_PKG_VERSION"), "\n");

/// The cache file called `name`.
pub fn file(repo: &Repo, name: &str) -> PathBuf {
    repo.private_dir().join("cache").join(name)
}

/// A short name for a path.
pub fn key(path: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// What a cache file holds, when it is there, of this version, and as it was written: a file
/// that a full disk or a dying machine left damaged is as good as none.
pub fn load(file: &Path) -> Option<Vec<u8>> {
    let mut bytes = std::fs::read(file).ok()?;
    let (marked, sum) = bytes.split_last_chunk()?;
    let held = marked.strip_suffix(FORMAT.as_bytes())?.len();
    let intact = *sum == checksum(marked);
    bytes.truncate(held);
    intact.then_some(bytes)
}

/// The last bytes of a cache file tell whether it is whole.
fn checksum(bytes: &[u8]) -> [u8; size_of::<u32>()] {
    crc32fast::hash(bytes).to_le_bytes()
}

/// The value that the bytes of a cache file stand for.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}

/// Writes a value to a cache file, for [`load`] and [`decode`].
pub fn store<T: Serialize>(file: &Path, value: &T) {
    if let Ok(bytes) = postcard::to_stdvec(value) {
        store_bytes(file, bytes);
    }
}

/// Writes a cache file, whole or not at all; not flushed, since it can be made again.
pub fn store_bytes(file: &Path, mut bytes: Vec<u8>) {
    let Some(folder) = file.parent() else { return };
    bytes.extend(FORMAT.as_bytes());
    bytes.extend(checksum(&bytes));
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| tempfile::NamedTempFile::new_in(folder))
        .and_then(|mut temporary| temporary.write_all(&bytes).map(|()| temporary));
    if let Ok(temporary) = written {
        let _ = temporary.persist(file);
    }
}

/// The cache files whose names begin with `prefix`, newest first.
pub fn newest_first(repo: &Repo, prefix: &str) -> Vec<PathBuf> {
    let Ok(folder) = std::fs::read_dir(repo.private_dir().join("cache")) else { return Vec::new() };
    let mut files: Vec<_> = folder
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort();
    files.into_iter().rev().map(|(_, path)| path).collect()
}

/// Removes all but the newest `keep` cache files whose names begin with `prefix`.
pub fn forget_old(repo: &Repo, prefix: &str, keep: usize) {
    for file in newest_first(repo, prefix).into_iter().skip(keep) {
        let _ = std::fs::remove_file(file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_cache_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("deep/cache");
        store(&file, &vec!["closed", "open"]);
        let whole = std::fs::read(&file).expect("it was written");
        let bytes = load(&file).expect("it is whole");
        assert_eq!(decode::<Vec<&str>>(&bytes), Some(vec!["closed", "open"]));
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&file, damaged).expect("a file");
            assert_eq!(load(&file), None, "byte {at} is another");
            std::fs::write(&file, &whole[..at]).expect("a file");
            assert_eq!(load(&file), None, "it ends after {at} bytes");
        }
    }
}
