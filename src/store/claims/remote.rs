//! Claims over clones: the same compare-and-swap, made by the repository that all push to.

use std::collections::HashMap;
use std::time::Duration;

use gix::ObjectId;

use super::{Move, Seen, list_at, read_at, text, write_blob};
use crate::domain::claim::{Claim, Subject};
use crate::domain::namespace::Namespace;
use crate::store::error::StoreError;
use crate::store::git;
use crate::store::repo::Repo;

/// How long a remote may be silent. Whoever waits for one waits with a lock in the hand.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a push is tried again that neither won nor lost.
const TRIES: u32 = 5;
/// Refs below are branches, which point to commits alone.
const BRANCHES: &str = "refs/heads/";

/// The repository that decides between clones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Its name in git's configuration: `origin`.
    pub name: String,
    /// Where its claims lie: `refs/perfteam/claims/`.
    pub space: String,
}

/// How a push of a claim ended, as a later look at the remote shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The remote has it.
    Won,
    /// The remote has another one, or none where it was to be moved.
    Lost(Option<Box<Seen>>),
    /// The remote takes no such refs; what it said.
    Refused(String),
}

impl Remote {
    /// The remote called `name`, whose claims lie in `space`.
    pub fn new(name: &str, space: Option<&Namespace>) -> Self {
        let space = space.map_or(super::LOCAL, Namespace::as_str);
        Remote { name: name.to_owned(), space: space.to_owned() }
    }

    fn mirror(&self) -> String {
        format!("refs/perfteam/remotes/{}/claims/", self.name)
    }

    fn target(&self, subject: &Subject) -> String {
        format!("{}{}", self.space, subject.ref_name())
    }

    /// What the remote was last seen to hold of `subject`.
    pub fn known(&self, repo: &Repo, subject: &Subject) -> Result<Option<Seen>, StoreError> {
        read_at(repo, &self.mirror(), subject)
    }

    /// All that the remote was last seen to hold.
    pub fn known_all(&self, repo: &Repo) -> Result<Vec<Seen>, StoreError> {
        list_at(repo, &self.mirror())
    }

    /// Looks at what the remote holds now. What it no longer holds is forgotten here, too: of that
    /// nothing is known, which does not mean that it is free.
    pub fn fetch(&self, repo: &Repo) -> Result<(), StoreError> {
        let refs = format!("+{}*:{}*", self.space, self.mirror());
        self.fetch_refs(repo, &refs)
    }

    /// The same for one subject alone.
    pub fn fetch_one(&self, repo: &Repo, subject: &Subject) -> Result<Option<Seen>, StoreError> {
        let name = subject.ref_name();
        // The star makes git not mind that there is no such ref.
        self.fetch_refs(repo, &format!("+{}{name}*:{}{name}*", self.space, self.mirror()))?;
        self.known(repo, subject)
    }

    fn fetch_refs(&self, repo: &Repo, refs: &str) -> Result<(), StoreError> {
        let args = [
            "-c",
            "maintenance.auto=false",
            "-c",
            "gc.auto=0",
            "fetch",
            "--quiet",
            "--no-tags",
            "--prune",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--no-auto-maintenance",
            &self.name,
            refs,
        ];
        let output = self.run(repo, &args)?;
        if output.status.success() { Ok(()) } else { Err(self.unreachable(&output.stderr)) }
    }

    /// Moves claims at the remote by compare-and-swap, without the user's pre-push hook, and looks
    /// at what the remote then has. The results are in the order of the moves.
    pub fn push(&self, repo: &Repo, moves: &[Move<'_>]) -> Result<Vec<Pushed>, StoreError> {
        let mut results: Vec<Option<Pushed>> = vec![None; moves.len()];
        for _ in 0..TRIES {
            let open: Vec<usize> = (0..moves.len()).filter(|at| results[*at].is_none()).collect();
            if open.is_empty() {
                break;
            }
            let said = self.push_once(repo, open.iter().map(|at| &moves[*at]))?;
            match open.as_slice() {
                [one] => self.fetch_one(repo, moves[*one].subject).map(drop)?,
                _ => self.fetch(repo)?,
            }
            for at in open {
                results[at] = self.outcome(repo, &moves[at], &said)?;
            }
        }
        let busy = || Pushed::Refused(format!("{} could not lock its refs", self.name));
        Ok(results.into_iter().map(|result| result.unwrap_or_else(busy)).collect())
    }

    /// One push; what the remote said of each ref that it did not move.
    fn push_once<'a>(
        &self,
        repo: &Repo,
        moves: impl Iterator<Item = &'a Move<'a>>,
    ) -> Result<HashMap<String, String>, StoreError> {
        let mut args: Vec<String> = ["-c", "push.followTags=false", "-c", "push.gpgSign=false"]
            .into_iter()
            .chain(["push", "--no-verify", "--porcelain", "--no-recurse-submodules"])
            .map(str::to_owned)
            .collect();
        let mut refs = Vec::new();
        for step in moves {
            let target = self.target(step.subject);
            let from = step.from.map(|id| id.to_string()).unwrap_or_default();
            args.push(format!("--force-with-lease={target}:{from}"));
            let object = step.to.map(|claim| self.object(repo, claim)).transpose()?;
            refs.push(format!("{}:{target}", object.map(|id| id.to_string()).unwrap_or_default()));
        }
        args.push(self.name.clone());
        args.extend(refs);
        let output = self.run(repo, &args)?;
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        // Without its report git did not get as far as the refs.
        if !output.status.success() && !stdout.lines().any(|line| line.starts_with('!')) {
            return Err(self.unreachable(&output.stderr));
        }
        Ok(stdout.lines().filter_map(rejection).collect())
    }

    /// How a move ended, by what the remote now has; `None` when it is to be tried again.
    fn outcome(
        &self,
        repo: &Repo,
        step: &Move<'_>,
        said: &HashMap<String, String>,
    ) -> Result<Option<Pushed>, StoreError> {
        let now = self.known(repo, step.subject)?;
        let nonce = |seen: &Seen| seen.claim.as_ref().map(|claim| claim.nonce.clone());
        let has = now.as_ref().map(|seen| (nonce(seen), seen.claim.as_ref().map(|claim| claim.until)));
        let wanted = step.to.map(|claim| (Some(claim.nonce.clone()), Some(claim.until)));
        if has == wanted {
            return Ok(Some(Pushed::Won));
        }
        if now.as_ref().map(|seen| seen.object) != step.from {
            return Ok(Some(Pushed::Lost(now.map(Box::new))));
        }
        let reason = said.get(&self.target(step.subject)).map(String::as_str).unwrap_or_default();
        let passes = reason.contains("lock") || reason.contains("stale info") || reason.is_empty();
        Ok((!passes).then(|| Pushed::Refused(reason.to_owned())))
    }

    fn object(&self, repo: &Repo, claim: &Claim) -> Result<ObjectId, StoreError> {
        if !self.space.starts_with(BRANCHES) {
            return write_blob(repo, claim);
        }
        let tree = repo.git.write_object(gix::objs::Tree::empty());
        let tree = tree.map_err(|error| StoreError::git("can't write a claim")(error.into()))?.to_string();
        let text = text(claim)?;
        let mut command = git::command(repo.top(), ["commit-tree", &tree, "-m", &text]);
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "perfteam")
                .env(format!("GIT_{who}_EMAIL"), "perfteam@localhost")
                .env(format!("GIT_{who}_DATE"), "@0 +0000");
        }
        let failed = |detail: String| StoreError::Git { what: "can't write a claim".into(), detail };
        let output = command.output().map_err(|error| failed(error.to_string()))?;
        let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        id.parse().map_err(|_| failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }

    fn run(
        &self,
        repo: &Repo,
        args: &[impl AsRef<std::ffi::OsStr>],
    ) -> Result<std::process::Output, StoreError> {
        // Whoever waits for an answer on a terminal would wait with a lock in the hand.
        let seconds = PATIENCE.as_secs();
        let slow = [format!("http.lowSpeedTime={seconds}"), "http.lowSpeedLimit=1".to_owned()];
        let slow = slow.iter().flat_map(|setting| ["-c".as_ref(), setting.as_ref()]);
        let mut command = git::command(repo.top(), slow.chain(args.iter().map(AsRef::as_ref)));
        command.env("GIT_TERMINAL_PROMPT", "0");
        match git::output_within(&mut command, PATIENCE) {
            Ok(Some(output)) => Ok(output),
            Ok(None) => Err(StoreError::Remote {
                name: self.name.clone(),
                detail: format!("no answer within {seconds} seconds"),
            }),
            Err(error) => {
                Err(StoreError::Git { what: "git could not be run".into(), detail: error.to_string() })
            }
        }
    }

    fn unreachable(&self, stderr: &[u8]) -> StoreError {
        let said = String::from_utf8_lossy(stderr);
        let line = said.lines().find(|line| line.starts_with("fatal: ") || line.starts_with("error: "));
        let line = line.or_else(|| said.lines().next()).unwrap_or("it said nothing");
        StoreError::Remote { name: self.name.clone(), detail: line.to_owned() }
    }
}

/// The ref and the reason, of a line such as `!\tID:REF\t[rejected] (stale info)`.
fn rejection(line: &str) -> Option<(String, String)> {
    let mut parts = line.strip_prefix("!\t")?.split('\t');
    let (_, target) = parts.next()?.split_once(':')?;
    let reason = parts.next()?;
    let reason = reason.rsplit_once(" (").map_or(reason, |(_, reason)| reason.trim_end_matches(')'));
    Some((target.to_owned(), reason.to_owned()))
}

/// The names of the remotes, as git's configuration has them.
pub fn names(repo: &Repo) -> Result<Vec<String>, StoreError> {
    let names = git::output(repo.top(), ["remote"])?;
    Ok(String::from_utf8_lossy(&names).lines().map(str::to_owned).collect())
}
