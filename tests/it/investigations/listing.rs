//! Found by words, listed, withdrawn, archived.

use super::{API, CODE, LEAD, ask, open};
use crate::environment::World;
use insta::assert_snapshot;
use serde_json::json;

#[test]
fn it_is_found_by_words_listed_and_withdrawn() {
    let (world, repo) = World::with_team();
    let (id, path) = open(&world, &repo, &[]);
    repo.write(&format!("{path}/code.md"), CODE);
    let found =
        |words: &str| ask(&world, &repo, API, &["investigate", "search", words])["investigations"].clone();
    assert_eq!(found("connection pool size")[0]["id"], json!(id));
    assert_eq!(found("kubernetes ingress"), json!([]));
    let list = |more: &[&str]| {
        let listed = ask(&world, &repo, API, &[&["investigate", "list"], more].concat());
        listed["total"].as_u64().expect("a number")
    };
    assert_eq!((list(&[]), list(&["--system", "search"]), list(&["--priority", "critical"])), (1, 0, 0));
    let withdraw = ["investigate", "withdraw", &id, "--reason", "The alert was false."];
    world.perfteam(&repo, API, &withdraw).exits(1);
    world.perfteam(&repo, LEAD, &withdraw).exits(0);
    world.perfteam(&repo, LEAD, &withdraw).exits(4);
    assert_eq!((list(&[]), list(&["--status", "withdrawn"]), list(&["--status", "all"])), (0, 1, 1));
    assert_snapshot!(world.perfteam(&repo, API, &["investigation", "show", &id[..4]]).exits(0).stdout, @r#"
    Checkout is slow
    id        ttgkrhj1vs (in .perfteam/investigations/2026-11-20/checkout-is-slow-ttgkrhj1vs)
    priority  high
    by        @performance.lead
    opened    2026-11-20T15:05:00.000Z
    phase     withdrawn
    systems   checkout

    Impact
    15 % of the traffic waits 890 ms instead of 250 ms.

    Documents
    .perfteam/investigations/2026-11-20/checkout-is-slow-ttgkrhj1vs/data.md
    .perfteam/investigations/2026-11-20/checkout-is-slow-ttgkrhj1vs/code.md
    .perfteam/investigations/2026-11-20/checkout-is-slow-ttgkrhj1vs/infrastructure.md
    .perfteam/investigations/2026-11-20/checkout-is-slow-ttgkrhj1vs/synthesis.md
    .perfteam/investigations/2026-11-20/checkout-is-slow-ttgkrhj1vs/validation.md
    .perfteam/investigations/2026-11-20/checkout-is-slow-ttgkrhj1vs/retrospective.md

    Events
    2026-11-20T15:12:00.000Z  withdrawn by @performance.lead
        The alert was false.

    how it stands: perfteam investigate status ttgk
    "#);
}

#[test]
fn closed_ones_are_archived_without_their_documents() {
    let (world, repo) = World::with_team();
    let (id, path) = open(&world, &repo, &[]);
    world
        .perfteam(&repo, LEAD, &["investigate", "withdraw", &id, "--reason", "The alert was false."])
        .exits(0);
    world.git(&repo, &["commit", "-qm", "Open and withdraw"]).exits(0);
    world.perfteam(&repo, LEAD, &["archive", "--older-than", "0s"]).exits(0);
    let names: Vec<String> = std::fs::read_dir(repo.path.join(&path))
        .expect("the folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(
        names.contains(&"data.md".to_owned()) && !names.contains(&"investigation.md".to_owned()),
        "{names:?}"
    );
    let shown = ask(&world, &repo, LEAD, &["investigate", "show", &id]);
    assert_eq!(shown["status"], "withdrawn");
    assert!(repo.read(&format!("{path}/data.md")).contains("## Figures"));
    world.perfteam(&repo, LEAD, &["check", "--worktree"]).exits(0);
}
