//! Formats what it is given: text, JSON, SARIF, annotations.

pub mod github;
pub mod json;
pub mod sarif;
pub mod text;
