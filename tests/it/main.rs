//! Tests that run the real binary on real git repositories, as users do.

mod agents;
mod check;
mod crash;
mod doctor;
mod environment;
mod flags;
mod gate;
mod hooks;
mod hostile;
mod init;
mod messages;
mod news;
mod operations;
mod protocol;
mod push;
mod race;
mod rules;
mod restore;
mod schema;
mod whoami;
