//! `perfteam agent`.

use crate::domain::handle::Handle;
use crate::domain::roster::Roster;

/// A hit of the search.
pub struct Hit {
    /// Who.
    pub handle: Handle,
    /// Why.
    pub reasons: Vec<String>,
}

/// The agents who fit a request best.
pub fn best_for(_roster: &Roster, _query: &str, _limit: usize) -> Vec<Hit> {
    Vec::new()
}
