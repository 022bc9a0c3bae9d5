//! What a session of an agent's tool was told already, so that it is told once. It is a cache: where it
//! is lost, the same is told again.

use std::collections::BTreeSet;
use std::path::Path;

use super::cache;
use super::repo::Repo;

/// How the names of the cache files begin.
const SESSIONS: &str = "session-";
/// How many sessions are remembered.
const REMEMBERED: usize = 32;

/// Whether the session was not told all of these things yet; from now on it was.
pub fn is_news(repo: &Repo, session: &str, things: &BTreeSet<String>) -> bool {
    let file = cache::file(repo, &format!("{SESSIONS}{}", cache::key(Path::new(session))));
    let told: BTreeSet<String> =
        cache::load(&file).and_then(|bytes| cache::decode(&bytes)).unwrap_or_default();
    let is_news = !things.is_subset(&told);
    if is_news {
        cache::store(&file, &told.union(things).collect::<BTreeSet<_>>());
        cache::forget_old(repo, SESSIONS, REMEMBERED);
    }
    is_news
}
