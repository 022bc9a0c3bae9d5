//! Markdown files with YAML front matter: read strictly, written so that every YAML reader agrees.

pub mod document;
pub mod edit;
pub mod locate;
pub mod yaml;
