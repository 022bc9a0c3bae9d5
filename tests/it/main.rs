//! Tests that run the real binary on real git repositories, as users do.

mod cache;
mod check;
mod crash;
mod environment;
mod flags;
mod hostile;
mod merge;
mod race;
mod survive;
