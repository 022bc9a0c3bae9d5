//! `check`, on real repositories.

use crate::environment::World;
use insta::assert_snapshot;

#[test]
fn a_waiting_flag_blocks_its_addressee_alone() {
    let (world, repo) = World::with_team();
    world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    world.perfteam(&repo, "@backend.api", &["check", "--staged"]).exits(0);
    assert_snapshot!(world.perfteam(&repo, "@database.postgres", &["check", "--staged"]).exits(1).stdout, @r#"
    blocked: flag ttgk from @backend.api waits for @database.postgres: The pool hands out at most twenty connections instead of one hundred… [unprocessed-flag]
     --> .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs/flag.md:6:1
      |
    6 | to: "@database.postgres"
      | ^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = why: a flag says that somebody changed what your work rests on; it comes before other work
      = try: perfteam flag show ttgk
      = try: perfteam flag complete ttgk --note "what you did"
      = try: perfteam flag lock ttgk
      = try: perfteam flag lock --mine

    1 blocking
    "#);
}
