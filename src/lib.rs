//! `perfteam`: git-native coordination for performance teams.
//!
//! Data flows one way: arguments -> store (snapshot) -> domain -> rules or command -> render.

pub mod check;
pub mod cli;
pub mod domain;
pub mod githooks;
pub mod markdown;
pub mod render;
pub mod rules;
pub mod scaffold;
pub mod store;
