//! Reads both sides of a change from the store, runs the rules on them, and keeps what is needed
//! to show the verdict.

mod asker;
mod base;
mod commits;
mod edit;
mod gather;
mod kept;
mod review;
mod sides;
mod snapshots;
mod staged;
mod teams;
mod times;
pub mod trial;
mod unshared;
mod verdict;
mod work_tree;

pub use asker::Asker;
pub use base::{base, pushed};
pub use edit::edit;
pub use kept::records_beyond;
pub use review::{integration, review};
pub use staged::staged;
pub use unshared::unshared;
pub use work_tree::work_tree;
