//! The pure heart: records, events, states, roster, policy.
//!
//! Nothing here touches files, git, a clock, the environment or a terminal; everything else may
//! import it. `docs/format.md` describes the same model as files.

pub mod agent;
pub mod authority;
pub mod change;
pub mod diagnostic;
pub mod document;
pub mod event;
pub mod flag;
pub mod glob;
pub mod handle;
pub mod id;
pub mod kind;
pub mod level;
pub mod policy;
pub mod record;
pub mod roster;
pub mod search;
pub mod snapshot;
pub mod text;
pub mod time;
