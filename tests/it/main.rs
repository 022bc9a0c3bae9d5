//! Tests that run the real binary on real git repositories, as users do.

mod check;
mod crash;
mod environment;
mod flags;
mod gate;
mod hooks;
mod hostile;
mod messages;
mod news;
mod operations;
mod protocol;
mod push;
mod race;
mod rules;
