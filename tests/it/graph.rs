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
    let titles = (0..12).flat_map(|number| [format!("task a {number} ("), format!("task b {number} (")]);
    for title in titles {
        assert!(drawn.contains(&title), "{title} in {drawn}");
    }
    // Each is drawn once for each that it waits for, and not once for each way that leads to it.
    assert!(drawn.lines().count() <= 2 + 11 * 4, "{drawn}");
}
