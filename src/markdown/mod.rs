//! Markdown files with YAML front matter: our own, read strictly and written so that every YAML
//! reader agrees, and foreign agent files, read as a person would. No I/O.

pub mod agent_import;
pub mod archive;
pub mod document;
pub mod edit;
pub mod examples;
pub mod fill;
pub mod knowledge;
pub mod locate;
pub mod page;
pub mod shell;
pub mod yaml;
