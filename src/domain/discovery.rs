//! Findings: what lists need to know of one beside what all records have.

use serde::{Deserialize, Serialize};

use super::anchor::Spotted;
use super::handle::Handle;
use super::time::Timestamp;

/// What it is about, who agrees, and where in the code it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Discovery {
    /// What it is about.
    pub component: String,
    /// What kind of it.
    pub class: Option<String>,
    /// Who found the same.
    pub confirmed_by: Vec<Handle>,
    /// Since when it is disputed.
    pub disputed_since: Option<Timestamp>,
    /// Where in the code, with what stood there.
    pub spotted: Option<Spotted>,
}
