//! Files and git: the only layer that touches them. It yields snapshots, records and changes.

#[cfg(feature = "agent-db-import")]
pub mod agent_db;
pub mod archive;
pub mod assemble;
pub mod cache;
pub mod claims;
pub mod committed;
pub mod config;
mod cores;
pub mod diff;
pub mod edited;
pub mod elsewhere;
pub mod error;
pub mod facts;
pub mod foreign;
pub mod git;
pub mod history;
pub mod hooks;
mod index;
pub mod journal;
pub mod knowledge;
pub mod leftovers;
pub mod living;
pub mod lock;
pub mod lost;
mod merging;
pub mod message;
pub mod progress;
pub mod receiving;
mod refs;
pub mod repo;
pub mod signatures;
pub mod source;
pub mod sparse;
pub mod staged;
pub mod survey;
pub mod team;
pub mod told;
pub mod tool_files;
mod trees;
pub mod work_tree;
pub mod write;

pub use error::StoreError;
pub use gix::ObjectId;
pub use repo::Repo;
