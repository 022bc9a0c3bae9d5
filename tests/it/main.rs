//! Tests that run the real binary on real git repositories, as users do.

mod check;
mod environment;
mod flags;
mod rules;
