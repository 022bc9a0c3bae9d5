//! The pure heart: records, events, states, roster, policy.
//!
//! Nothing here touches files, git, a clock, the environment or a terminal; everything else may
//! import it. `docs/format.md` describes the same model as files.

pub mod agent;
pub mod authority;
pub mod change;
pub mod diagnostic;
pub mod document;
pub mod draft;
pub mod event;
pub mod flag;
pub mod glob;
pub mod handle;
pub mod id;
pub mod identity;
pub mod kind;
pub mod level;
pub mod path;
pub mod policy;
pub mod record;
pub mod roster;
pub mod snapshot;
pub mod text;
pub mod time;
pub mod trailer;
pub mod verdict;
