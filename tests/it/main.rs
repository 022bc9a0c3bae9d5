//! Tests that run the real binary on real git repositories, as users do.

mod agents;
mod check;
mod doctor;
mod environment;
mod flags;
mod init;
mod restore;
mod schema;
mod whoami;
