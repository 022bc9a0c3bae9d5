//! `perfteam`: git-native coordination for performance teams.
//!
//! Data flows one way: arguments -> store (snapshot) -> domain -> rules or command -> render.

pub mod cli;
pub mod domain;
pub mod markdown;
