//! Who asks for a verdict.

use crate::domain::handle::Handle;
use crate::domain::time::Timestamp;
use crate::domain::trailer::Trailers;
use crate::rules::Phase;

/// Who asks, and what is known beside the tree.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The agents who may be acting.
    pub actors: Vec<Handle>,
    /// The e-mail address of the commit's author.
    pub email: Option<String>,
    /// Now.
    pub now: Timestamp,
    /// The message of the commit, once it is written.
    pub trailers: Trailers,
    /// Which rules are run.
    pub phase: Phase,
    /// So many of what blocks are quoted with the text that they point to: who shows no more of hundreds
    /// need not read the others.
    pub quoted: usize,
}
