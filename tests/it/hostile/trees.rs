//! Trees that only an attacker makes.

use std::fmt::Write as _;

use insta::assert_snapshot;

use super::{findings, head, id, run};
use crate::environment::World;

/// Trees as git itself would not make them, put together by hand and never checked out.
#[test]
fn trees_that_no_checkout_would_make_are_judged() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["commit", "-qnm", "Begin", "--allow-empty"]).exits(0);
    let object = |kind: &str, bytes: &[u8]| -> String {
        let file = repo.path.join(".git/object");
        std::fs::write(&file, bytes).expect("a file");
        let args = ["hash-object", "-w", "--literally", "-t", kind, ".git/object"];
        world.git(&repo, &args).exits(0).stdout.trim().to_owned()
    };
    let tree = |entries: &[(&str, &str, &str)]| -> String {
        let mut bytes = Vec::new();
        for (mode, name, id) in entries {
            bytes.extend(format!("{mode} {name}\0").bytes());
            bytes.extend(
                (0..id.len()).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).expect("hex")),
            );
        }
        object("tree", &bytes)
    };
    let blob = object("blob", b"../../../../../etc/passwd");
    let text = object("blob", head(&id(1), "", "").as_bytes());
    let record = tree(&[("100644", "flag.md", &text)]);
    let submodule = "0123456789012345678901234567890123456789";
    let odd_record = tree(&[
        ("100644", "..", &text),
        ("100644", "../../escape.md", &text),
        ("160000", "20261120T150100.000Z-completed-4f7a1c.md", submodule),
        ("120000", "20261120T150100.000Z-locked-4f7a1c.md", &blob),
        ("100644", "flag.md", &text),
        ("40000", ".git", &record),
    ]);
    let day = tree(&[
        ("40000", "..", &record),
        ("160000", &format!("module-{}", id(2)), submodule),
        ("120000", &format!("link-{}", id(3)), &blob),
        ("100644", &format!("file-{}", id(4)), &text),
        ("40000", &format!("odd-{}", id(1)), &odd_record),
        ("40000", &format!("a/b-{}", id(5)), &record),
        ("40000", &format!("\u{1b}[2J-{}", id(6)), &record),
    ]);
    let day_of_links = tree(&[("120000", "2026-11-20", &blob)]);
    let mut said = String::new();
    for (name, folder) in [
        ("odd records", tree(&[("40000", "flags", &tree(&[("40000", "2026-11-20", &day)]))])),
        ("a day is a link", tree(&[("40000", "flags", &day_of_links)])),
        ("the kind is a link", tree(&[("120000", "flags", &blob)])),
        ("the kind is a module", tree(&[("160000", "flags", submodule)])),
        ("the roster is a link", tree(&[("120000", "agents", &blob)])),
        ("the policy is a link", tree(&[("120000", "perfteam.yaml", &blob)])),
    ] {
        let root = tree(&[("40000", ".perfteam", &folder)]);
        let commit = world.git(&repo, &["commit-tree", "-p", "main", "-m", name, &root]).exits(0).stdout;
        world.git(&repo, &["update-ref", "refs/heads/odd", commit.trim()]).exits(0);
        world.git(&repo, &["symbolic-ref", "HEAD", "refs/heads/odd"]).exits(0);
        let seen = run(&world, &repo, &["check", "--base", "main", "--format", "json"]);
        run(&world, &repo, &["check", "--base", "main"]);
        run(&world, &repo, &["check", "--staged"]);
        for format in ["markdown", "text", "json", "html"] {
            assert_eq!(run(&world, &repo, &["review", "main", "--format", format]).code, 0);
        }
        run(&world, &repo, &["flag", "list"]);
        let _ = writeln!(said, "{name}: {} {}\n{}", seen.code, seen.stderr, findings(&seen.stdout));
        world.git(&repo, &["symbolic-ref", "HEAD", "refs/heads/main"]).exits(0);
    }
    assert_snapshot!(said, @"
    odd records: 1 
    ?[2J-006hhhhhhh/flag.md:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
    ../flag.md:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
    a/b-005hhhhhhh/flag.md:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
    file-004hhhhhhh:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
    link-003hhhhhhh:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
    module-002hhhhhhh:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
    odd-001hhhhhhh/..:1:1: neither flag.md nor an event: expected a name such as 20261120T155200.123Z-completed-4f7a1c.md
    odd-001hhhhhhh/../../escape.md:1:1: neither flag.md nor an event: expected a name such as 20261120T155200.123Z-completed-4f7a1c.md
    odd-001hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: no plain file: links and folders are not followed
    odd-001hhhhhhh/20261120T150100.000Z-locked-4f7a1c.md:1:1: no plain file: links and folders are not followed

    a day is a link: 1 
    2026-11-20:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md

    the kind is a link: 1 
    flags:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md

    the kind is a module: 1 
    flags:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md

    the roster is a link: 1 
    agents:1:1: no folder, and links are not followed: what should lie in it is not read

    the policy is a link: 1 
    perfteam.yaml:1:1: no plain file: links and folders are not followed
    ");
}
