//! Markdown files: what they say, in the words of the domain. No I/O.

pub mod agent_import;
