//! post-merge and post-checkout: what is new for the agents who act here.

use std::collections::BTreeMap;
use std::fmt;

use crate::domain::handle::Handle;
use crate::domain::kind::Brief;
use crate::domain::snapshot::Waiting;
use crate::domain::text::counted;
use crate::domain::time::Timestamp;
use crate::store::committed::Committed;
use crate::store::source::Source;
use crate::store::{Repo, StoreError};

/// What waits now and did not wait before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// How many new records wait, by kind.
    pub new: BTreeMap<&'static str, usize>,
    /// How many records that were locked until an answer came have it now.
    pub answered: usize,
}

impl News {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.answered == 0
    }
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let new = self.new.iter().map(|(kind, count)| counted(*count, &format!("new {kind}")));
        let answers = (self.answered > 0).then(|| counted(self.answered, "answer"));
        let parts: Vec<String> = new.chain(answers).collect();
        f.write_str(&parts.join(", "))
    }
}

/// What waits for `agents` at the commit `new` and did not at `old`.
pub fn between(
    repo: &Repo,
    old: &str,
    new: &str,
    agents: &[Handle],
    now: Timestamp,
) -> Result<News, StoreError> {
    let (old, new) = (repo.resolve(old)?, repo.resolve(new)?);
    let mut news = News::default();
    if old == new {
        return Ok(news);
    }
    let (old_tree, new_tree) = (repo.commit_tree(old)?, repo.commit_tree(new)?);
    let mut reader = Committed::new(repo);
    let before = reader.snapshot(&old_tree)?;
    let after = reader.snapshot(&new_tree)?;
    for brief in after.open.iter().filter(|brief| brief.is_for_any(agents)) {
        let standing = after.standing(brief, now);
        let known: Option<&Brief> = before.open.iter().find(|old| old.id == brief.id && old.to == brief.to);
        let was_closed =
            || !before.open.iter().any(|old| old.id == brief.id) && old_tree.exists(&brief.dir.path());
        match known {
            _ if !standing.is_unprocessed() => {}
            Some(old) if standing == Waiting::Released && before.standing(old, now) == Waiting::Held => {
                news.answered += 1;
            }
            Some(_) => {}
            None if was_closed() => {}
            None => *news.new.entry(brief.dir.kind().name()).or_default() += 1,
        }
    }
    Ok(news)
}
