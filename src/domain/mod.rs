//! The pure heart: records, events, states, roster, policy.
//!
//! Nothing here touches files, git, a clock, the environment or a terminal; everything else may
//! import it. `docs/format.md` describes the same model as files.

pub mod agenda;
pub mod agent;
pub mod agent_db;
pub mod anchor;
pub mod approval;
pub mod authority;
pub mod change;
pub mod claim;
pub mod codeowners;
pub mod diagnostic;
pub mod discovery;
pub mod document;
pub mod draft;
pub mod event;
pub mod extent;
pub mod finding;
pub mod flag;
pub mod glob;
pub mod handle;
pub mod health;
pub mod id;
pub mod identity;
pub mod infer;
pub mod investigation;
pub mod kind;
pub mod knowledge;
pub mod lease;
pub mod level;
pub mod namespace;
pub mod past;
pub mod path;
pub mod place;
pub mod plan;
pub mod policy;
pub mod quantity;
mod reach;
pub mod record;
pub mod redaction;
pub mod resource;
pub mod review;
pub mod roster;
pub mod roster_lint;
pub mod search;
pub mod signature;
pub mod snapshot;
pub mod task;
pub mod text;
pub mod time;
pub mod trailer;
pub mod verdict;
