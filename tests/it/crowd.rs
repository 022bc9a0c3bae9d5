//! A crowd that writes at once, and readers among it.
//!
//! `PERFTEAM_TEST_WRITERS=32 PERFTEAM_TEST_RECORDS=50 cargo test --release --test it crowd` is the full
//! run.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::environment::{ACTION, CHANGE, World, run, size};

const RAISE: [&str; 8] =
    ["flag", "create", "--to", "@database.postgres", "--change", CHANGE, "--action", ACTION];

/// Each reader reads all the time; whatever it sees is whole.
fn read(mut command: Command, title: &str, is_over: &AtomicBool) -> usize {
    let mut reads = 0;
    while !is_over.load(Ordering::Relaxed) {
        let output = command.output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{said}");
        let seen: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        for flag in seen["flags"].as_array().expect("a list") {
            assert!(flag["title"] == title && flag["status"] == "pending", "{flag}");
        }
        reads += 1;
    }
    reads
}

#[test]
fn many_who_raise_flags_all_the_time_lose_none_and_readers_see_whole_ones() {
    let (writers, records) = (size("WRITERS", 8), size("RECORDS", 4));
    let (world, repo) = World::with_team();
    let list = ["flag", "list", "--status", "all", "--format", "json"];
    let readers = [&list[..], &["inbox", "--format", "json"]]
        .map(|args| world.perfteam_command(&repo, "@database.postgres", args));
    let raise =
        |_| world.perfteam_command(&repo, "@backend.api", &[&RAISE[..], &["--title", "Pool"]].concat());
    let work: Vec<Vec<Command>> = (0..writers).map(|_| (0..records).map(raise).collect()).collect();
    let is_over = AtomicBool::new(false);
    let reads: usize = std::thread::scope(|scope| {
        let readers: Vec<_> =
            readers.into_iter().map(|reader| scope.spawn(|| read(reader, "Pool", &is_over))).collect();
        let writers: Vec<_> = work
            .into_iter()
            .map(|commands| scope.spawn(|| commands.into_iter().map(run).collect::<Vec<_>>()))
            .collect();
        let written: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        is_over.store(true, Ordering::Relaxed);
        for run in written.into_iter().flat_map(|runs| runs.expect("it ends")) {
            let said = run.exits(0).stderr;
            assert!(said.lines().all(|line| line.starts_with("waiting for ")), "{said}");
        }
        readers.into_iter().map(|reader| reader.join().expect("it ends")).sum()
    });
    assert!(reads > 0);
    let all = world.perfteam(&repo, "@backend.api", &list).exits(0).json();
    assert_eq!(all["flags"].as_array().expect("a list").len(), writers * records);
    let verdict = world.perfteam(&repo, "", &["check", "--format", "json"]).exits(0).json();
    assert_eq!(verdict["blocked"], false, "{verdict:#}");
    let status = world.git(&repo, &["status", "--porcelain", "-uall"]).exits(0).stdout;
    assert!(status.lines().all(|line| line.starts_with("A ")), "{status}");
}
