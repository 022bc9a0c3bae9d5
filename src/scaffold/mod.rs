//! The shipped templates, embedded in the binary, and what is made of them.

pub mod investigation;
pub mod setup;
pub mod starter;
pub mod tour;
