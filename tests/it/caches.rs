//! Whatever lies in the place of a cache, of this tool's other files or of other versions' ones:
//! the answers are the same, and nothing is said.

use std::fs;
use std::path::PathBuf;

use crate::environment::{Repo, World, run};

const DB: &str = "@database.postgres";

/// What commands that read say, at a fixed time.
fn answers(world: &World, repo: &Repo, id: &str) -> String {
    let asked = [
        &["inbox"][..],
        &["inbox", "--scope", "remote"],
        &["flag", "list", "--status", "all"],
        &["flag", "show", id],
        &["check", "--staged"],
        &["check", "--worktree"],
        &["check", "--base", "HEAD~1"],
    ];
    let answer = |args: &&[&str]| {
        let mut command = world.perfteam_command(repo, DB, args);
        command.env("PERFTEAM_NOW", "2026-11-20T17:00:00Z");
        run(command).story()
    };
    asked.iter().map(answer).collect::<Vec<_>>().join("\n")
}

/// The files of this tool under git's folder that are caches.
fn caches(repo: &Repo) -> Vec<PathBuf> {
    let all =
        walkdir::WalkDir::new(repo.path.join(".git/perfteam")).sort_by_file_name().into_iter().flatten();
    let files = all.filter(|entry| entry.file_type().is_file()).map(|entry| entry.into_path());
    // What makes this clone itself, and the lock that the kernel knows, are none.
    files.filter(|path| !path.ends_with("clone") && !path.ends_with("lock")).collect()
}

type Damage = (&'static str, fn(Vec<u8>) -> Vec<u8>);

const DAMAGES: [Damage; 8] = [
    ("emptied", |_| Vec::new()),
    ("cut in half", |bytes| bytes[..bytes.len() / 2].to_vec()),
    ("cut by a byte", |mut bytes| {
        bytes.pop();
        bytes
    }),
    ("of another version", |mut bytes| {
        bytes.iter_mut().take(8).for_each(|byte| *byte = byte.wrapping_add(1));
        bytes
    }),
    ("altered in the middle", |mut bytes| {
        let middle = bytes.len() / 2;
        bytes.iter_mut().skip(middle).take(1).for_each(|byte| *byte ^= 0x55);
        bytes
    }),
    ("altered at the end", |mut bytes| {
        bytes.iter_mut().rev().take(1).for_each(|byte| *byte ^= 0x55);
        bytes
    }),
    ("twice as long", |bytes| [bytes.clone(), bytes].concat()),
    ("something else", |_| b"{\"version\": 99}\n".repeat(1000)),
];

#[test]
fn every_cache_may_be_anything_and_nobody_notices() {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, "@backend.api", DB, &[]);
    world.git(&repo, &["commit", "-qanm", "A flag"]).exits(0);
    world.git(&repo, &["checkout", "-q", "-b", "other"]).exits(0);
    world.flag(&repo, "@backend.api", DB, &["--impact", "critical"]);
    world.git(&repo, &["commit", "-qanm", "Another flag"]).exits(0);
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(0);
    world.git(&repo, &["commit", "-qanm", "Locked"]).exits(0);
    let expected = answers(&world, &repo, &id);
    assert!(!expected.contains("exit 3"), "{expected}");
    assert_eq!(answers(&world, &repo, &id), expected, "from the caches");
    let all = caches(&repo);
    assert!(all.len() > 2, "{all:?}");
    for (what, damage) in DAMAGES {
        for path in &all {
            let Ok(bytes) = fs::read(path) else { continue };
            fs::write(path, damage(bytes)).expect("a file");
            assert_eq!(answers(&world, &repo, &id), expected, "{} {what}", path.display());
        }
    }
    for path in caches(&repo) {
        fs::remove_file(&path).expect("a file less");
        assert_eq!(answers(&world, &repo, &id), expected, "{} deleted", path.display());
    }
    fs::remove_dir_all(repo.path.join(".git/perfteam")).expect("a folder less");
    assert_eq!(answers(&world, &repo, &id), expected);
}
