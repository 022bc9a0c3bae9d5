//! Signatures of commits, verified by git itself against a list of signers.

use std::collections::HashMap;
use std::path::Path;

use gix::ObjectId;

use super::cores::in_threads;
use super::error::StoreError;
use super::git;
use super::repo::Repo;
use super::source::{Contents, Source};
use crate::domain::signature::Signature;

/// The list of signers from the top of the work tree, in the form of ssh-keygen: address and key.
pub const SIGNERS: &str = ".perfteam/allowed_signers";

/// How a signature by an SSH key begins.
const SSH: &[u8] = b"-----BEGIN SSH SIGNATURE-----";
/// How many commits one process verifies; each of them costs ssh-keygen twice.
const AT_ONCE: usize = 32;

/// The signatures of commits, judged by the signers that `authority` lists.
pub fn verify(
    repo: &Repo,
    authority: &dyn Source,
    commits: &[ObjectId],
) -> Result<HashMap<ObjectId, Signature>, StoreError> {
    let mut found = HashMap::new();
    let mut by_ssh = Vec::new();
    for commit in commits {
        match unverified(repo, *commit)? {
            Some(signature) => drop(found.insert(*commit, signature)),
            None => by_ssh.push(*commit),
        }
    }
    let signers = match authority.read(SIGNERS)? {
        Some(Contents::Bytes(bytes)) => bytes,
        _ => Vec::new(),
    };
    // A name that is kept until the end: git hands it on to ssh-keygen.
    let folder = tempfile::tempdir().map_err(StoreError::io("write into", &std::env::temp_dir()))?;
    let file = folder.path().join("allowed_signers");
    std::fs::write(&file, signers).map_err(StoreError::io("write", &file))?;
    let chunks: Vec<&[ObjectId]> = by_ssh.chunks(AT_ONCE).collect();
    let top = repo.top();
    for verified in in_threads(&chunks, || (), |(), chunk| by_git(top, &file, chunk)) {
        found.extend(verified?);
    }
    // Of what git did not speak nothing is known, and so nothing is believed.
    for commit in by_ssh {
        found.entry(commit).or_insert(Signature::Bad);
    }
    Ok(found)
}

/// What can be said without verifying; `None` for a signature by an SSH key.
fn unverified(repo: &Repo, commit: ObjectId) -> Result<Option<Signature>, StoreError> {
    let fail = |error: Box<dyn std::error::Error + Send + Sync>| {
        StoreError::git(format!("can't read commit {}", commit.to_hex_with_len(10)))(error)
    };
    let commit = repo.git.find_commit(commit).map_err(|error| fail(error.into()))?;
    let commit = commit.decode().map_err(|error| fail(error.into()))?;
    let signature =
        commit.extra_headers().find("gpgsig").or_else(|| commit.extra_headers().find("gpgsig-sha256"));
    Ok(match signature {
        None => Some(Signature::None),
        Some(text) if text.starts_with(SSH) => None,
        Some(_) => Some(Signature::Foreign),
    })
}

/// What git says of commits. Nothing of the machine's own settings plays a part.
fn by_git(
    top: &Path,
    signers: &Path,
    commits: &[ObjectId],
) -> Result<Vec<(ObjectId, Signature)>, StoreError> {
    let signers = format!("gpg.ssh.allowedSignersFile={}", signers.display());
    let args = [
        "--no-replace-objects",
        "-c",
        &signers,
        "-c",
        "gpg.ssh.program=ssh-keygen",
        "-c",
        "gpg.ssh.revocationFile=",
        "-c",
        "gpg.minTrustLevel=undefined",
        "rev-list",
        "--no-walk",
        "--format=%H %G? %GK %GS",
        "--stdin",
    ];
    let input: String = commits.iter().map(|commit| format!("{commit}\n")).collect();
    let told = git::output_given(top, &args, input.as_bytes())?;
    let told = String::from_utf8_lossy(&told).into_owned();
    Ok(told.lines().filter(|line| !line.starts_with("commit ")).filter_map(signature).collect())
}

fn signature(line: &str) -> Option<(ObjectId, Signature)> {
    let mut words = line.splitn(4, ' ');
    let commit = ObjectId::from_hex(words.next()?.as_bytes()).ok()?;
    let (word, key, signer) = (words.next()?, words.next()?, words.next().unwrap_or_default());
    Some((
        commit,
        match word {
            "G" if !signer.is_empty() => Signature::Good(signer.to_owned()),
            "G" | "U" => Signature::Unlisted(key.to_owned()),
            _ => Signature::Bad,
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_git_are_read() {
        let of =
            |rest: &str| signature(&format!("{} {rest}", "1".repeat(40))).map(|(_, signature)| signature);
        assert_eq!(of("G SHA256:abc a@example.com"), Some(Signature::Good("a@example.com".into())));
        assert_eq!(of("U SHA256:abc "), Some(Signature::Unlisted("SHA256:abc".into())));
        for bad in ["B  ", "N  ", "E SHA256:abc ", "X a b"] {
            assert_eq!(of(bad), Some(Signature::Bad), "{bad}");
        }
    }
}
