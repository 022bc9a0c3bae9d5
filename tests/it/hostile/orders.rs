//! Fields that speak to the terminal, are endless, or form a ring.

use super::{READERS, check_all, event, head, id, put, run};
use crate::environment::World;

/// Everything that a terminal might obey.
const ORDERS: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{8}\u{7f}\u{90}x\u{9c}\u{202e}\u{2066}\r";

fn escaped() -> String {
    ORDERS.chars().map(|c| format!("\\U{:08X}", u32::from(c))).collect()
}

#[test]
fn no_field_speaks_to_the_terminal() {
    let (world, repo) = World::with_team();
    let (good, _) = world.flag(&repo, "@backend.api", "@database.postgres", &["--impact", "critical"]);
    let orders = format!("\"x{}\"", escaped());
    let more = format!(
        "files: [{orders}]\nlocation: {orders}\nonce: {orders}\ncontext:\n  {orders}: {orders}\n{orders}: [{orders}]"
    );
    let whole = head(&id(1), "title", &format!("title: {orders}\n{more}"))
        .replace("type: change", &format!("type: {orders}"));
    let texts = format!("{whole}\n## Example\n\n{ORDERS}\n").replace("smaller", ORDERS);
    put(&repo, &format!("flags/2026-11-20/whole-{}/flag.md", id(1)), texts.as_bytes());
    let (file, text) = event(
        &id(1),
        "locked",
        "more",
        &format!("lease_until: \"2026-11-30T00:00:00Z\"\n{orders}: {orders}"),
    );
    put(
        &repo,
        &format!("flags/2026-11-20/whole-{}/{file}", id(1)),
        format!("{text}\n{ORDERS}\n## {ORDERS}\n{ORDERS}\n").as_bytes(),
    );
    for (at, key) in ["id", "type", "from", "to", "impact", "at"].into_iter().enumerate() {
        let bytes = head(&id(at + 10), key, &format!("{key}: {orders}"));
        put(&repo, &format!("flags/2026-11-20/{key}-{}/flag.md", id(at + 10)), bytes.as_bytes());
    }
    for (at, key) in ["record", "event", "by", "at", "seq"].into_iter().enumerate() {
        let folder = format!("flags/2026-11-20/{key}-{}", id(at + 20));
        put(&repo, &format!("{folder}/flag.md"), head(&id(at + 20), "", "").as_bytes());
        let (file, text) = event(&id(at + 20), "completed", key, &format!("{key}: {orders}"));
        put(&repo, &format!("{folder}/{file}"), text.as_bytes());
    }
    for (name, text) in [
        ("handle", format!("handle: {orders}")),
        ("emails", format!("handle: \"@emails\"\nemails: {orders}")),
        ("writes", format!("handle: \"@writes\"\nwrites:\n  {orders}: []")),
        ("successor", format!("handle: \"@successor\"\nsuccessor: {orders}")),
    ] {
        put(&repo, &format!("agents/{name}.md"), format!("---\n{text}\n---\n").as_bytes());
    }
    put(&repo, &format!("agents/{ORDERS}.md"), b"---\nhandle: \"@x\"\n---\n");
    put(&repo, &format!("flags/{ORDERS}/x"), b"x");
    put(&repo, &format!("flags/2026-11-20/{ORDERS}/x"), b"x");
    put(&repo, &format!("flags/2026-11-20/whole-{}/{ORDERS}.md", id(1)), ORDERS.as_bytes());
    check_all(&world, &repo, &good);
    for id in [id(1), id(10), id(20)] {
        for verb in ["show", "chain", "lock", "complete", "unlock"] {
            for format in ["text", "json"] {
                run(&world, &repo, &["flag", verb, &id, "--format", format]);
            }
        }
    }
    world.git(&repo, &["add", "-A"]).exits(0);
    for format in ["text", "json", "sarif", "github"] {
        run(&world, &repo, &["check", "--staged", "--format", format]);
    }
    world.git(&repo, &["commit", "-qnm", ORDERS]).exits(0);
    for format in ["text", "json", "sarif", "github"] {
        run(&world, &repo, &["check", "--base", "HEAD~1", "--format", format]);
    }
    repo.write(".perfteam/perfteam.yaml", &format!("lease: {orders}\n"));
    for args in [&["check"][..], &["inbox"], &["check", "--format", "github"]] {
        run(&world, &repo, args);
    }
}

#[test]
fn long_texts_are_cut_and_wide_folders_are_read_quickly() {
    let (world, repo) = World::with_team();
    let (good, _) = world.flag(&repo, "@backend.api", "@database.postgres", &["--impact", "critical"]);
    let long = "word ".repeat(12_000);
    put(
        &repo,
        &format!("flags/2026-11-20/long-{}/flag.md", id(1)),
        head(&id(1), "title", &format!("title: \"{long}\"")).as_bytes(),
    );
    put(
        &repo,
        &format!("flags/2026-11-20/long-type-{}/flag.md", id(2)),
        head(&id(2), "impact", &format!("impact: \"{long}\"")).as_bytes(),
    );
    put(&repo, &format!("flags/2026-11-20/{}/flag.md", "x".repeat(255)), b"---\n---\n");
    put(&repo, &format!("flags/2026-11-20/long-event-{}/{}.md", id(3), "x".repeat(250)), b"---\n---\n");
    for at in 0..300 {
        put(
            &repo,
            &format!("flags/2026-11-20/long-event-{}/20261120T150100.000Z-completed-{at:06}.md", id(3)),
            b"",
        );
    }
    check_all(&world, &repo, &good);
    for args in READERS.iter().filter(|args| !args.contains(&"--format")) {
        let seen = run(&world, &repo, args);
        let longest = seen.stdout.lines().chain(seen.stderr.lines()).map(str::len).max().unwrap_or(0);
        assert!(longest < 1_000, "{args:?} prints a line of {longest} bytes");
    }
}

#[test]
fn parents_in_a_ring_hide_no_flag() {
    let (world, repo) = World::with_team();
    let parents =
        [(0, None), (1, Some(2)), (2, Some(1)), (3, Some(3)), (4, Some(2)), (5, Some(0)), (6, Some(99))];
    for (at, parent) in parents {
        let parent = parent.map_or_else(String::new, |parent| format!("parent: {}\n", id(parent)));
        let bytes = head(&id(at), "more", &format!("{parent}chain: {}", id(0)));
        put(&repo, &format!("flags/2026-11-20/ring-{}/flag.md", id(at)), bytes.as_bytes());
    }
    for (at, _) in parents {
        let chain = run(&world, &repo, &["flag", "chain", &id(at)]).stdout;
        assert_eq!(chain.lines().count(), parents.len(), "{chain}");
    }
}
