//! Links, pipes and sockets where files should be.

use super::{Seen, check_all, findings, head, id, run};
use crate::environment::{ACTION, CHANGE, Repo, World, agent};
use insta::assert_snapshot;
use std::fmt::Write as _;
use std::path::Path;

/// A world whose records are closed and committed, but for one critical flag; a folder outside of
/// the repository that holds a secret.
fn besieged() -> (World, Repo, String) {
    let (world, repo) = World::with_team();
    let (good, _) = world.flag(&repo, "@backend.api", "@database.postgres", &["--impact", "critical"]);
    world.git(&repo, &["commit", "-qnm", "A flag"]).exits(0);
    let outside = world.path().join("outside");
    let record = outside.join(format!("flags/2026-11-20/secret-{}", id(0)));
    std::fs::create_dir_all(&record).expect("folders");
    std::fs::write(record.join("flag.md"), head(&id(0), "title", "title: SECRET")).expect("a file");
    std::fs::create_dir(outside.join("agents")).expect("a folder");
    std::fs::write(outside.join("agents/secret.md"), agent("@secret", "s@example.com", "")).expect("a file");
    std::fs::write(outside.join("perfteam.yaml"), "leads: [\"@secret\"]\n").expect("a file");
    (world, repo, good)
}

/// The names and contents of all files outside of the repository.
fn outside(world: &World) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(world.path().join("outside")).sort_by_file_name() {
        let path = entry.expect("an entry").into_path();
        let bytes = if path.is_file() { std::fs::read(&path).expect("a file") } else { Vec::new() };
        found.push((path, bytes));
    }
    found
}

#[cfg(unix)]
mod special {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    fn fifo(path: &Path) {
        let made = std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo runs");
        assert!(made.success());
    }

    fn socket(path: &Path) {
        // The path of a socket may have a hundred characters: it is made nearby and moved.
        let short = tempfile::tempdir().expect("a folder");
        drop(UnixListener::bind(short.path().join("s")).expect("a socket"));
        std::fs::rename(short.path().join("s"), path)
            .or_else(|_| std::fs::copy("/dev/null", path).map(drop))
            .expect("a socket in its place");
    }

    /// What may lie where a file or a folder should.
    fn instead(world: &World, path: &Path, what: &str, target: &str) {
        if path.is_dir() {
            std::fs::remove_dir_all(path).expect("a folder less");
        } else if path.symlink_metadata().is_ok() {
            std::fs::remove_file(path).expect("a file less");
        }
        match what {
            "link" => symlink(world.path().join("outside").join(target), path).expect("a link"),
            "nowhere" => symlink(world.path().join("outside/new"), path).expect("a link"),
            "loop" => symlink(path, path).expect("a link"),
            "fifo" => fifo(path),
            "socket" => socket(path),
            "folder" => std::fs::create_dir(path).expect("a folder"),
            _ => std::fs::write(path, "hello\n").expect("a file"),
        }
    }

    #[test]
    fn links_pipes_and_sockets_in_records_and_roster_are_named_and_never_followed() {
        let (world, repo, good) = besieged();
        let folder = repo.path.join(".perfteam");
        let day = folder.join("flags/2026-11-20");
        for (at, what) in ["link", "nowhere", "loop", "fifo", "socket", "folder"].into_iter().enumerate() {
            let record = day.join(format!("head-is-{what}-{}", id(at + 10)));
            std::fs::create_dir(&record).expect("a folder");
            instead(
                &world,
                &record.join("flag.md"),
                what,
                &format!("flags/2026-11-20/secret-{}/flag.md", id(0)),
            );
            let record = day.join(format!("event-is-{what}-{}", id(at + 20)));
            std::fs::create_dir(&record).expect("a folder");
            std::fs::write(record.join("flag.md"), head(&id(at + 20), "", "")).expect("a file");
            instead(
                &world,
                &record.join("20261120T150100.000Z-completed-4f7a1c.md"),
                what,
                "agents/secret.md",
            );
            instead(&world, &folder.join(format!("agents/agent-is-{what}.md")), what, "agents/secret.md");
            if what != "folder" {
                let record = day.join(format!("record-is-{what}-{}", id(at + 30)));
                instead(&world, &record, what, &format!("flags/2026-11-20/secret-{}", id(0)));
                instead(&world, &folder.join(format!("flags/2026-11-{}", at + 10)), what, "flags/2026-11-20");
            }
        }
        let before = outside(&world);
        let seen = check_all(&world, &repo, &good);
        assert!(!seen.contains("SECRET"));
        assert_snapshot!(findings(&seen), @"
        agents/agent-is-link.md:1:1: no plain file: links and folders are not followed
        agents/agent-is-loop.md:1:1: no plain file: links and folders are not followed
        agents/agent-is-nowhere.md:1:1: no plain file: links and folders are not followed
        2026-11-10:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
        2026-11-11:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
        2026-11-12:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
        event-is-link-020hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: no plain file: links and folders are not followed
        event-is-loop-022hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: no plain file: links and folders are not followed
        event-is-nowhere-021hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: no plain file: links and folders are not followed
        head-is-link-010hhhhhhh/flag.md:1:1: no plain file: links and folders are not followed
        head-is-loop-012hhhhhhh/flag.md:1:1: no plain file: links and folders are not followed
        head-is-nowhere-011hhhhhhh/flag.md:1:1: no plain file: links and folders are not followed
        record-is-link-030hhhhhhh:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
        record-is-loop-032hhhhhhh:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
        record-is-nowhere-031hhhhhhh:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
        agents/agent-is-fifo.md:1:1: no plain file: links and folders are not followed
        agents/agent-is-folder.md:1:1: no plain file: links and folders are not followed
        agents/agent-is-socket.md:1:1: no plain file: links and folders are not followed
        2026-11-13:1:1: does not belong here: expected a folder for one day, such as 2026-11-20
        2026-11-14:1:1: does not belong here: expected a folder for one day, such as 2026-11-20
        event-is-fifo-023hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: no plain file: links and folders are not followed
        event-is-folder-025hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: no plain file: links and folders are not followed
        event-is-socket-024hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: no plain file: links and folders are not followed
        head-is-fifo-013hhhhhhh/flag.md:1:1: no plain file: links and folders are not followed
        head-is-folder-015hhhhhhh/flag.md:1:1: no plain file: links and folders are not followed
        head-is-socket-014hhhhhhh/flag.md:1:1: no plain file: links and folders are not followed
        record-is-fifo-033hhhhhhh:1:1: does not belong here: expected the folder of a record, such as pool-exhausted-7k2m9qxa3d
        record-is-socket-034hhhhhhh:1:1: does not belong here: expected the folder of a record, such as pool-exhausted-7k2m9qxa3d
        ");
        // git keeps links; the others it does not see.
        world.git(&repo, &["add", "-A"]).exits(0);
        let staged = run(&world, &repo, &["check", "--staged", "--format", "json"]);
        world.git(&repo, &["commit", "-qnm", "Links"]).exits(0);
        let based = run(&world, &repo, &["check", "--base", "HEAD~1", "--format", "json"]);
        assert_eq!((staged.code, based.code), (1, 1), "{}\n{}", staged.stderr, based.stderr);
        assert_eq!(findings(&staged.stdout), findings(&based.stdout));
        assert_snapshot!(findings(&based.stdout), @"
        agents/agent-is-link.md:1:1: no plain file: links and folders are not followed
        agents/agent-is-loop.md:1:1: no plain file: links and folders are not followed
        agents/agent-is-nowhere.md:1:1: no plain file: links and folders are not followed
        2026-11-10:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
        2026-11-11:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
        2026-11-12:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
        event-is-link-020hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: no plain file: links and folders are not followed
        event-is-loop-022hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: no plain file: links and folders are not followed
        event-is-nowhere-021hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: no plain file: links and folders are not followed
        head-is-link-010hhhhhhh/flag.md:1:1: no plain file: links and folders are not followed
        head-is-loop-012hhhhhhh/flag.md:1:1: no plain file: links and folders are not followed
        head-is-nowhere-011hhhhhhh/flag.md:1:1: no plain file: links and folders are not followed
        record-is-link-030hhhhhhh:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
        record-is-loop-032hhhhhhh:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
        record-is-nowhere-031hhhhhhh:1:1: belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md
        ");
        assert_eq!(outside(&world), before);
    }

    /// One line for each command: how it ended and what it said first.
    fn story(world: &World, runs: &[(&str, Seen)]) -> String {
        let world = world.path().to_string_lossy();
        let line = |(name, seen): &(&str, Seen)| {
            let said = seen.stderr.lines().next().unwrap_or_default().replace(&*world, "[WORLD]");
            format!("  {name} {} {said}\n", seen.code)
        };
        runs.iter().map(line).collect()
    }

    #[test]
    fn what_stands_in_the_place_of_a_folder_is_named_and_leads_nowhere() {
        let places = ["", "agents", "flags", "flags/2026-11-20", "perfteam.yaml", ".tmp", ".tmp/.gitignore"];
        let mut said = String::new();
        for (place, what) in
            places.iter().flat_map(|place| ["link", "nowhere", "fifo"].map(|what| (*place, what)))
        {
            if (place, what) == (".tmp/.gitignore", "fifo") {
                continue; // git itself waits for such a pipe
            }
            let (world, repo, good) = besieged();
            let path = repo.path.join(format!(".perfteam/{place}").trim_end_matches('/'));
            instead(&world, &path, what, place.trim_start_matches(".tmp"));
            let before = outside(&world);
            let verdict = run(&world, &repo, &["check", "--format", "json"]);
            let raise = ["--to", "@database.postgres", "--change", CHANGE, "--action", ACTION];
            let runs = [
                ("list", run(&world, &repo, &["flag", "list"])),
                ("inbox", run(&world, &repo, &["inbox", "@database.postgres"])),
                ("lock", run(&world, &repo, &["flag", "lock", &good, "--as", "@database.postgres"])),
                ("create", run(&world, &repo, &[&["flag", "create"], raise.as_slice()].concat())),
                ("init", run(&world, &repo, &["init"])),
            ];
            assert!(runs.iter().all(|(_, seen)| !seen.stdout.contains("SECRET")), "{place} is a {what}");
            assert_eq!(outside(&world), before, "{place} is a {what}: something was written outside");
            let hidden = place.starts_with('.');
            assert_ne!(findings(&verdict.stdout).is_empty(), !hidden, "{place} is a {what}");
            if what == "link" {
                let _ = write!(said, ".perfteam/{place}\n{}", story(&world, &runs));
            }
        }
        assert_snapshot!(said, @"
        .perfteam/
          list 3 error: [WORLD]/repo/.perfteam is a symbolic link: records are plain files and folders
          inbox 3 error: [WORLD]/repo/.perfteam is a symbolic link: records are plain files and folders
          lock 3 error: [WORLD]/repo/.perfteam is a symbolic link: records are plain files and folders
          create 3 error: [WORLD]/repo/.perfteam is a symbolic link: records are plain files and folders
          init 3 error: [WORLD]/repo/.perfteam is a symbolic link: records are plain files and folders
        .perfteam/agents
          list 0 
          inbox 3 warning: .perfteam/agents can't be read: no folder, and links are not followed: what should lie in it is not read
          lock 3 warning: .perfteam/agents can't be read: no folder, and links are not followed: what should lie in it is not read
          create 3 warning: .perfteam/agents can't be read: no folder, and links are not followed: what should lie in it is not read
          init 3 error: [WORLD]/repo/.perfteam/agents is a symbolic link: records are plain files and folders
        .perfteam/flags
          list 0 warning: .perfteam/flags can't be read: no folder, and links are not followed: what should lie in it is not read
          inbox 0 warning: .perfteam/flags can't be read: no folder, and links are not followed: what should lie in it is not read
          lock 2 error: no record has an id that begins with `ttgkrhj1vs`
          create 3 error: [WORLD]/repo/.perfteam/flags is a symbolic link: records are plain files and folders
          init 3 error: [WORLD]/repo/.perfteam/flags is a symbolic link: records are plain files and folders
        .perfteam/flags/2026-11-20
          list 0 warning: .perfteam/flags/2026-11-20 can't be read: does not belong here: expected a folder for one day, such as 2026-11-20
          inbox 0 warning: .perfteam/flags/2026-11-20 can't be read: does not belong here: expected a folder for one day, such as 2026-11-20
          lock 2 error: no record has an id that begins with `ttgkrhj1vs`
          create 3 error: [WORLD]/repo/.perfteam/flags/2026-11-20 is a symbolic link: records are plain files and folders
          init 3 error: [WORLD]/repo/.perfteam/flags/2026-11-20 is a symbolic link: records are plain files and folders
        .perfteam/perfteam.yaml
          list 0 
          inbox 0 warning: .perfteam/perfteam.yaml can't be read: no plain file: links and folders are not followed
          lock 0 warning: .perfteam/perfteam.yaml can't be read: no plain file: links and folders are not followed
          create 0 warning: .perfteam/perfteam.yaml can't be read: no plain file: links and folders are not followed
          init 3 error: [WORLD]/repo/.perfteam/perfteam.yaml is a symbolic link: records are plain files and folders
        .perfteam/.tmp
          list 0 
          inbox 0 
          lock 3 error: [WORLD]/repo/.perfteam/.tmp is a symbolic link: records are plain files and folders
          create 3 error: [WORLD]/repo/.perfteam/.tmp is a symbolic link: records are plain files and folders
          init 0 
        .perfteam/.tmp/.gitignore
          list 0 
          inbox 0 
          lock 0 
          create 0 
          init 0
        ");
    }
}
