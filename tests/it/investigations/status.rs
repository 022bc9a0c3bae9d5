//! What is missing before an investigation goes on.

use super::{CODE, DATA, INFRASTRUCTURE, LEAD, ask, open, text, without_path};
use crate::environment::World;
use insta::assert_snapshot;
use serde_json::Value;

#[test]
fn what_is_missing_is_told_by_file_and_line() {
    let (world, repo) = World::with_team();
    let (id, path) = open(&world, &repo, &[]);
    let status = || {
        let status = world.perfteam(&repo, LEAD, &["investigate", "status", &id, "--limit", "99"]).exits(0);
        without_path(&status.stdout, &path)
    };
    assert_snapshot!(status(), @r#"
    Checkout is slow
    id        ttgkrhj1vs (in DIR)
    priority  high
    phase     evidence
    by        @performance.lead

    now   evidence        data            119m left
                          code            119m left
                          infrastructure  119m left
    later synthesis       synthesis       3h left
    later implementation  implementation  7h left
    later validation      validation      31h left
    later learning        retrospective   47h left

    Missing before it goes on (20)
    DIR/data.md:19: the placeholders [TIME], [WHAT_HAPPENED] and [LOG_OR_DASHBOARD] are left: write what it stands for, or take the line out
    DIR/data.md:27: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
    DIR/data.md:28: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
    DIR/data.md:29: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
    DIR/data.md:33: the placeholder [PERCENTAGE] is left: write what it stands for, or take the line out
    DIR/data.md:34: the placeholder [USER_SEGMENTS] is left: write what it stands for, or take the line out
    DIR/data.md:35: the placeholder [REGIONS] is left: write what it stands for, or take the line out
    DIR/data.md:41: the placeholder [WHAT_HAPPENED_AT_THE_SAME_TIME] is left: write what it stands for, or take the line out
    DIR/data.md:52: the placeholders [KEY_FINDING] and [EVIDENCE] are left: write what it stands for, or take the line out
    DIR/code.md:22: the placeholders [COMMIT], [CHANGE] and [EFFECT] are left: write what it stands for, or take the line out
    DIR/code.md:33: the placeholders [KEY_FINDING] and [EVIDENCE] are left: write what it stands for, or take the line out
    DIR/code.md:39: the placeholder [VERSION_CHANGES_AND_THEIR_EFFECT] is left: write what it stands for, or take the line out
    DIR/code.md:43: the placeholder [FIX] is left: write what it stands for, or take the line out
    DIR/infrastructure.md:19: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
    DIR/infrastructure.md:20: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
    DIR/infrastructure.md:21: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
    DIR/infrastructure.md:27: the placeholders [SETTING], [BEFORE], [AFTER] and [TIME_OR_COMMIT] are left: write what it stands for, or take the line out
    DIR/infrastructure.md:33: the placeholder [HOW_IT_SCALED] is left: write what it stands for, or take the line out
    DIR/infrastructure.md:44: the placeholders [KEY_FINDING] and [EVIDENCE] are left: write what it stands for, or take the line out
    DIR/infrastructure.md:48: the placeholder [ACTION] is left: write what it stands for, or take the line out

    next: perfteam investigate delegate ttgk --data @h --code @h --infrastructure @h
    "#);
    repo.write(&format!("{path}/data.md"), DATA);
    repo.write(&format!("{path}/code.md"), CODE);
    repo.write(&format!("{path}/infrastructure.md"), INFRASTRUCTURE);
    assert!(status().ends_with(&format!(
        "next: perfteam investigate delegate {} --data @h --code @h --infrastructure @h\n",
        &id[..4]
    )));
    let with = |file: &str, text: &str, old: &str, new: &str| {
        assert!(text.contains(old), "{old}");
        repo.write(&format!("{path}/{file}"), &text.replace(old, new));
        let missing = ask(&world, &repo, LEAD, &["investigate", "status", &id])["missing"].clone();
        repo.write(&format!("{path}/{file}"), text);
        let told = missing.as_array().expect("a list").iter().map(|one| {
            let path = text_of(one, "path").rsplit('/').next().expect("a name").to_owned();
            format!("{path}:{}: {}: {}\n", one["line"], text_of(one, "what"), text_of(one, "write"))
        });
        told.collect::<String>()
    };
    let told = [
        with("data.md", DATA, "| 250ms |", "|  |"),
        with("data.md", DATA, "| p95_latency | 250ms | 890ms |\n", ""),
        with("data.md", DATA, "Before | After", "Was | Is"),
        with("data.md", DATA, "| p95_latency | 250ms | 890ms |", "| p95_latency | 250 | soon |"),
        with("data.md", DATA, "Five minutes after the deployment at 14:10.", "TODO"),
        with(
            "data.md",
            DATA,
            "Five minutes after the deployment at 14:10.",
            "```\nFive minutes after the deployment\n```",
        ),
        with("data.md", DATA, ": db.log from 14:15, 30 ms to 90 ms.", "."),
        with("data.md", DATA, "## Correlation", "## Coincidence"),
        with("data.md", DATA, "Five minutes", "<!-- Five minutes"),
        with("data.md", DATA, "Five minutes", "<<<<<<< HEAD\nFive minutes"),
        with("code.md", CODE, "| commit abc123, config/db.yml line 4 |", "| see |"),
        with("code.md", CODE, "- Pool back to 50 connections.", "-"),
        with("infrastructure.md", INFRASTRUCTURE, "60% -> 95%", "95%"),
        with(
            "infrastructure.md",
            INFRASTRUCTURE,
            "- pool utilisation: 60% -> 95%",
            "It was busy all the time.",
        ),
    ];
    assert_snapshot!(told.join("\n"), @r#"
    data.md:14: `p95_latency` has no before -> after: two quantities, such as 250ms and 890ms

    data.md:12: the table has no rows: write a row for each, or one sentence in its place that says why there is none

    data.md:12: the table has no columns Before and After: | Quantity | Before | After |

    data.md:14: `p95_latency` has no before -> after: two quantities, such as 250ms and 890ms

    data.md:22: the placeholder TODO is left: write what it stands for, or take the line out

    data.md:20: the section `## Correlation` is empty: some sentences with names, times and numbers

    data.md:26: `Queries take three times as long.` has no evidence: what shows it, with where and when: a log, a figure, a commit, a finding's id

    data.md:1: the section `## Correlation` is missing: some sentences with names, times and numbers

    data.md:22: a comment that is never closed hides all that follows: mend this first: what follows can't be read

    data.md:22: a conflict marker that a merge left behind: take what is true of both sides: mend this first: what follows can't be read

    code.md:11: the evidence of `The pool is smaller` says too little: `see`: what shows it, with where and when: a log, a figure, a commit, a finding's id

    code.md:17: the section `## Recommended fixes` is empty: a row of the table or an item of a list for each, or one sentence that says why there is none

    infrastructure.md:5: `pool utilisation: 95%` has no before -> after: two quantities: `p95: 250ms -> 890ms`

    infrastructure.md:3: `## Resources` has no quantity before -> after: a table | Quantity | Before | After |, or items such as `- p95: 250ms -> 890ms`
    "#);
}

fn text_of(value: &Value, key: &str) -> String {
    text(value, key).to_owned()
}
