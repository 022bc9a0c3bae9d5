//! Tests that run the real binary on real git repositories, as users do.

mod agents;
mod cache;
mod check;
mod crash;
mod doctor;
mod environment;
mod flags;
mod gate;
mod hooks;
mod hostile;
mod init;
mod merge;
mod messages;
mod news;
mod operations;
mod protocol;
mod push;
mod race;
mod readme;
mod restore;
mod rules;
mod schema;
mod scope;
mod survive;
mod usage;
mod whoami;
