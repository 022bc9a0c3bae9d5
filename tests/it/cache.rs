//! What the cache of the work tree answers is what a look at every file answers.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::environment::{Repo, World, run};

/// What is written into the folder of a flag: its head, and a `completed` event for a closed one.
fn put_flag(repo: &Repo, day: &str, id: &str, closed: bool) {
    let folder = format!(".perfteam/flags/{day}/pool-{id}");
    repo.write(&format!("{folder}/flag.md"), &head(id, "high"));
    if closed {
        repo.write(&format!("{folder}/{}", event_file(id)), &event(id));
    }
}

fn head(id: &str, impact: &str) -> String {
    format!(
        "---\nid: \"{id}\"\ntype: change\ntitle: Pool\nfrom: \"@backend.api\"\nto: \"@database.postgres\"\n\
         impact: {impact}\nat: \"2026-11-20T15:00:00.000Z\"\n---\n\n## Change\n\nSmaller.\n\n## Action\n\nMeasure.\n"
    )
}

fn event_file(id: &str) -> String {
    format!("20261120T150100.000Z-completed-{}.md", &id[..6])
}

fn event(id: &str) -> String {
    format!(
        "---\nrecord: \"{id}\"\nevent: completed\nby: \"@database.postgres\"\nat: \"2026-11-20T15:01:00.000Z\"\nseq: 1\n---\n"
    )
}

/// What `inbox` and `flag list` say at a fixed time: a line for each flag, and the warnings.
fn answers(world: &World, repo: &Repo) -> String {
    let ask = |args: &[&str]| {
        let mut command = world.perfteam_command(repo, "@database.postgres", args);
        command.args(["--format", "json"]).env("PERFTEAM_NOW", "2026-11-20T20:00:00Z");
        let seen = run(command).exits(0);
        let answer = seen.json();
        let line =
            |flag: &serde_json::Value| format!("{} {} {}\n", flag["path"], flag["status"], flag["impact"]);
        answer["flags"].as_array().expect("a list").iter().map(line).collect::<String>() + &seen.stderr
    };
    let alone = ["--scope", "branch"];
    ask(&[&["inbox"][..], &alone].concat())
        + &ask(&[&["flag", "list", "--status", "all"][..], &alone].concat())
}

/// The same of a copy of the repository that has no cache.
fn answers_without_cache(world: &World, repo: &Repo) -> String {
    let copy = Repo { path: world.path().join("copy") };
    let _ = fs::remove_dir_all(&copy.path);
    let copied = Command::new("cp").arg("-a").arg(&repo.path).arg(&copy.path).status();
    assert!(copied.expect("cp runs").success());
    let _ = fs::remove_dir_all(copy.path.join(".git/perfteam"));
    answers(world, &copy)
}

/// Writes over a file in place and sets its time back, so that only the file system's own record of
/// changes tells.
fn write_secretly(path: &Path, text: &str) {
    let modified = fs::metadata(path).and_then(|about| about.modified()).expect("a time");
    fs::write(path, text).expect("a file");
    let file = fs::File::options().write(true).open(path).expect("a file");
    file.set_modified(modified).expect("a time");
}

fn id(at: usize) -> String {
    format!("{at:03}hhhhhhh")
}

/// Something that happens to the files of a day: each to records of its own.
type Event = (&'static str, fn(&Path));

const EVENTS: &[Event] = &[
    ("a head is edited in place, its size and time kept", |day| {
        write_secretly(&day.join("pool-000hhhhhhh/flag.md"), &head(&id(0), "low "));
    }),
    ("a head is replaced", |day| {
        fs::write(day.join("new"), head(&id(1), "medium")).expect("a file");
        fs::rename(day.join("new"), day.join("pool-001hhhhhhh/flag.md")).expect("a file");
    }),
    ("an open flag is completed", |day| {
        fs::write(day.join("pool-002hhhhhhh").join(event_file(&id(2))), event(&id(2))).expect("a file");
    }),
    ("a head is deleted", |day| fs::remove_file(day.join("pool-003hhhhhhh/flag.md")).expect("a file less")),
    ("a head is emptied", |day| write_secretly(&day.join("pool-004hhhhhhh/flag.md"), "")),
    ("a flag is deleted", |day| fs::remove_dir_all(day.join("pool-005hhhhhhh")).expect("a folder less")),
    ("a flag moves to another day", |day| {
        let other = day.with_file_name("2026-11-01");
        fs::create_dir(&other).expect("a folder");
        fs::rename(day.join("pool-006hhhhhhh"), other.join("pool-006hhhhhhh")).expect("a folder");
    }),
    ("two flags change their places", |day| {
        fs::rename(day.join("pool-007hhhhhhh"), day.join("x")).expect("a folder");
        fs::rename(day.join("pool-008hhhhhhh"), day.join("pool-007hhhhhhh")).expect("a folder");
        fs::rename(day.join("x"), day.join("pool-008hhhhhhh")).expect("a folder");
    }),
    ("a completed flag is opened again", |day| {
        fs::remove_file(day.join("pool-100hhhhhhh").join(event_file(&id(100)))).expect("a file less");
    }),
    ("a file that is no event comes to a completed flag", |day| {
        fs::write(day.join("pool-101hhhhhhh/notes.txt"), "hello").expect("a file");
    }),
    ("the head of a completed flag becomes a folder", |day| {
        fs::remove_file(day.join("pool-102hhhhhhh/flag.md")).expect("a file less");
        fs::create_dir(day.join("pool-102hhhhhhh/flag.md")).expect("a folder");
    }),
    ("the event of a completed flag is replaced by one of another flag", |day| {
        let place = day.join("pool-103hhhhhhh").join(event_file(&id(103)));
        fs::write(day.join("new"), event(&id(9))).expect("a file");
        fs::rename(day.join("new"), place).expect("a file");
    }),
    ("a new flag comes", |day| {
        fs::create_dir(day.join("pool-200hhhhhhh")).expect("a folder");
        fs::write(day.join("pool-200hhhhhhh/flag.md"), head(&id(200), "critical")).expect("a file");
    }),
    ("the day is replaced by a copy with other contents", |day| {
        let away = day.with_file_name("away");
        fs::rename(day, &away).expect("a folder");
        let copied = Command::new("cp").arg("-a").arg(&away).arg(day).status();
        assert!(copied.expect("cp runs").success());
        fs::remove_dir_all(away).expect("a folder less");
        write_secretly(&day.join("pool-009hhhhhhh/flag.md"), &head(&id(9), "low "));
    }),
    ("the day is gone", |day| fs::remove_dir_all(day).expect("a folder less")),
];

#[test]
fn whatever_happens_to_the_files_the_cache_tells_no_lie() {
    let (world, repo) = World::with_team();
    for at in 0..12 {
        put_flag(&repo, "2026-11-20", &id(at), false);
        put_flag(&repo, "2026-11-20", &id(100 + at), true);
        put_flag(&repo, "2026-11-19", &id(300 + at), at % 2 == 0);
    }
    world.git(&repo, &["add", "-A"]).exits(0);
    world.git(&repo, &["commit", "-qnm", "Flags"]).exits(0);
    let other = Repo { path: world.path().join("other") };
    world.git(&repo, &["worktree", "add", "-q", "../other", "-b", "other"]).exits(0);
    put_flag(&other, "2026-11-18", &id(400), false);
    // Times of the last two seconds prove nothing, so that without this wait nothing is cached.
    std::thread::sleep(Duration::from_millis(2_100));
    let (here, there) = (answers(&world, &repo), answers(&world, &other));
    assert_ne!(here, there, "each work tree has flags of its own");
    assert_eq!((answers(&world, &repo), answers(&world, &other)), (here.clone(), there.clone()));
    let day = repo.path.join(".perfteam/flags/2026-11-20");
    let mut before = here;
    for (what, happens) in EVENTS {
        happens(&day);
        let now = answers(&world, &repo);
        assert_ne!(now, before, "{what}: nothing is seen of it");
        assert_eq!(now, answers_without_cache(&world, &repo), "{what}");
        before = now;
    }
    assert_eq!(answers(&world, &other), there, "the other work tree is as it was");
}
