//! What waits for what, drawn.

use crate::environment::World;

#[test]
fn what_hangs_below_several_is_drawn_once() {
    let (world, repo) = World::with_team();
    let make = |title: &str, depends: &[&str]| {
        let mut args = vec!["task", "create", "--title", title, "--to", "@backend.api", "--format", "json"];
        depends.iter().for_each(|id| args.extend(["--depends", id]));
        world.perfteam(&repo, "@backend.api", &args).exits(0).json()["id"].as_str().expect("an id").to_owned()
    };
    let mut layer = [make("task a 0", &[]), make("task b 0", &[])];
    for number in 1..12 {
        let [a, b] = &layer;
        layer = [make(&format!("task a {number}"), &[a, b]), make(&format!("task b {number}"), &[a, b])];
    }
    let drawn = world.perfteam(&repo, "@backend.api", &["task", "graph"]).exits(0).stdout;
    assert_eq!(drawn.lines().filter(|line| !line.ends_with("(again)")).count(), 24, "{drawn}");
    assert!(drawn.lines().count() < 60, "{drawn}");
}
