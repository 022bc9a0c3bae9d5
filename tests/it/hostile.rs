//! Files as nobody should write them: each is named with rule, line and column, none stops the
//! others, none reaches out of `.perfteam`, and none speaks to the terminal.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::environment::{ACTION, CHANGE, Repo, World, agent};

/// Slow machines included, nothing here takes longer.
const QUICKLY: Duration = Duration::from_secs(5);

/// Everything that reads records.
const READERS: [&[&str]; 10] = [
    &["inbox", "@database.postgres"],
    &["inbox", "@database.postgres", "--format", "json"],
    &["flag", "list", "--status", "all"],
    &["flag", "list", "--status", "all", "--format", "json"],
    &["check", "--worktree"],
    &["check", "--worktree", "--format", "json"],
    &["check", "--worktree", "--format", "sarif"],
    &["check", "--worktree", "--format", "github"],
    &["check", "--staged"],
    &["check", "--base", "main"],
];

struct Seen {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs a command that must end soon, without a panic and without control characters.
#[track_caller]
fn run(world: &World, repo: &Repo, args: &[&str]) -> Seen {
    let command = world.perfteam_command(repo, "@backend.api", args);
    let begin = Instant::now();
    let output = assert_cmd::Command::from_std(command).timeout(QUICKLY).output().expect("it runs");
    let took = begin.elapsed();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let code = output.status.code();
    assert!(took < QUICKLY && code.is_some(), "{args:?} took {took:?}\n{stderr}");
    assert!(matches!(code, Some(0..=4)), "{args:?} ended with {code:?}\n{stdout}\n{stderr}");
    assert!(!stderr.contains("panicked"), "{args:?}:\n{stderr}");
    for stream in [&stdout, &stderr] {
        if let Some(at) = stream.find(speaks_to_the_terminal) {
            let from = stream[..at].char_indices().rev().nth(80).map_or(0, |(at, _)| at);
            panic!("{args:?} prints {:?}", &stream[from..at + 1]);
        }
    }
    Seen { code: code.unwrap_or(-1), stdout, stderr }
}

fn speaks_to_the_terminal(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What `check` says, a line for each finding: path, line, column, message.
fn findings(stdout: &str) -> String {
    let verdict: serde_json::Value = serde_json::from_str(stdout).expect("JSON");
    let mut out = String::new();
    for found in verdict["diagnostics"].as_array().expect("a list") {
        if found["rule"] != "syntax" {
            continue;
        }
        let path =
            found["path"].as_str().expect("a path").replace(".perfteam/", "").replace("2026-11-20/", "");
        let path = path.replace("flags/", "").replace(char::is_control, "?");
        let _ = writeln!(
            out,
            "{path}:{}:{}: {}",
            found["line"],
            found["column"],
            found["message"].as_str().expect("a text")
        );
    }
    out
}

/// The front matter of a flag's head with the line of `key` replaced.
fn head(id: &str, key: &str, line: &str) -> String {
    let lines = [
        ("id", format!("id: \"{id}\"")),
        ("type", "type: change".into()),
        ("title", "title: Pool".into()),
        ("from", "from: \"@backend.api\"".into()),
        ("to", "to: \"@database.postgres\"".into()),
        ("impact", "impact: high".into()),
        ("at", "at: \"2026-11-20T15:00:00.000Z\"".into()),
    ];
    let mut out = "---\n".to_owned();
    for (name, text) in lines {
        let _ = match name == key {
            true if line.is_empty() => Ok(()),
            true => writeln!(out, "{line}"),
            false => writeln!(out, "{text}"),
        };
    }
    if key == "more" {
        let _ = writeln!(out, "{line}");
    }
    out + "---\n\n## Change\n\nThe pool is smaller.\n\n## Action\n\nMeasure.\n"
}

/// The name of an event's file, and its text with the line of `key` replaced.
fn event(id: &str, what: &str, key: &str, line: &str) -> (String, String) {
    let lines = [
        ("record", format!("record: \"{id}\"")),
        ("event", format!("event: {what}")),
        ("by", "by: \"@database.postgres\"".into()),
        ("at", "at: \"2026-11-20T15:01:00.000Z\"".into()),
        ("seq", "seq: 1".into()),
    ];
    let mut out = "---\n".to_owned();
    for (name, text) in lines {
        let _ = match name == key {
            true if line.is_empty() => Ok(()),
            true => writeln!(out, "{line}"),
            false => writeln!(out, "{text}"),
        };
    }
    if key == "more" {
        let _ = writeln!(out, "{line}");
    }
    (format!("20261120T150100.000Z-{what}-4f7a1c.md"), out + "---\n")
}

fn put(repo: &Repo, path: &str, bytes: &[u8]) {
    let path = repo.path.join(".perfteam").join(path);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    std::fs::write(path, bytes).expect("a file");
}

/// Puts bad heads, each into a record of its own.
fn put_heads(repo: &Repo, heads: &[(&str, Vec<u8>)]) {
    for (at, (name, bytes)) in heads.iter().enumerate() {
        put(repo, &format!("flags/2026-11-20/{name}-{}/flag.md", id(at)), bytes);
    }
}

fn id(at: usize) -> String {
    format!("{at:03}hhhhhhh")
}

#[test]
fn files_that_are_no_documents() {
    let (world, repo) = World::with_team();
    let (good, _) = world.flag(&repo, "@backend.api", "@database.postgres", &["--impact", "critical"]);
    let whole = |at: usize| head(&id(at), "", "");
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]";
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(whole(8).encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let stairs: String = (0..200).map(|at| format!("{}a:\n", " ".repeat(at))).collect();
    put_heads(
        &repo,
        &[
            ("empty", vec![]),
            ("white-space", b" \n\t\n".to_vec()),
            ("no-begin", b"# Pool\n\nText.\n".to_vec()),
            ("no-end", b"---\nid: x\n\n## Change\n".to_vec()),
            ("byte-order-mark", format!("\u{feff}{}", whole(4)).into_bytes()),
            ("crlf", whole(5).replace('\n', "\r\n").into_bytes()),
            ("cr", whole(6).replace('\n', "\r").replace("high", "hi").into_bytes()),
            ("crlf-and-bad", head(&id(7), "impact", "impact: huge").replace('\n', "\r\n").into_bytes()),
            ("utf16", utf16),
            ("nul-byte", head(&id(9), "title", "title: a\0b").into_bytes()),
            ("nul-in-text", (whole(10) + "\0\n").into_bytes()),
            (
                "latin1",
                whole(11).replace("Pool", "P\u{0}l").bytes().map(|b| if b == 0 { 0xf6 } else { b }).collect(),
            ),
            ("alias-bomb", head(&id(12), "more", bomb).into_bytes()),
            ("deep-flow", head(&id(13), "more", &format!("x: {}", "[".repeat(10_000))).into_bytes()),
            ("deep-map", head(&id(14), "more", &format!("x: {}", "{a: ".repeat(10_000))).into_bytes()),
            ("deep-list", head(&id(15), "more", &format!("x:\n  {}", "- ".repeat(10_000))).into_bytes()),
            ("deep-block", head(&id(16), "more", &stairs).into_bytes()),
            ("twice", head(&id(17), "more", "title: Another").into_bytes()),
            ("twice-inside", head(&id(18), "more", "context:\n  a: 1\n  a: 2").into_bytes()),
            ("bare-handle", head(&id(19), "to", "to: @database.postgres").into_bytes()),
            ("tabs", head(&id(20), "more", "context:\n\ta: 1").into_bytes()),
            (
                "conflict",
                head(&id(21), "to", "<<<<<<< HEAD\nto: \"@a\"\n=======\nto: \"@b\"\n>>>>>>> other")
                    .into_bytes(),
            ),
            ("conflict-in-text", (whole(22) + "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n").into_bytes()),
            ("a-list", b"---\n- a\n- b\n---\n".to_vec()),
            ("a-word", b"---\nword\n---\n".to_vec()),
            ("unclosed", head(&id(25), "title", "title: \"Pool").into_bytes()),
            ("colon", head(&id(26), "title", "title: Pool: exhausted").into_bytes()),
            ("key-is-list", head(&id(27), "more", "? [a]\n: b").into_bytes()),
            ("long-front", head(&id(28), "title", &format!("title: {}", "x".repeat(70_000))).into_bytes()),
            ("two-documents", head(&id(29), "title", "title: a\n...\n--- \ntitle: b").into_bytes()),
        ],
    );
    let huge = repo.path.join(".perfteam/flags/2026-11-20").join(format!("huge-{}", id(30)));
    std::fs::create_dir(&huge).expect("a folder");
    std::fs::File::create(huge.join("flag.md"))
        .and_then(|file| file.set_len(100 << 20))
        .expect("a sparse file");
    let seen = check_all(&world, &repo, &good);
    assert_snapshot!(findings(&seen), @r#"
    a-list-023hhhhhhh/flag.md:2:1: expected keys with values, such as `title: Pool exhausted`
    a-word-024hhhhhhh/flag.md:2:1: expected keys with values, such as `title: Pool exhausted`
    alias-bomb-012hhhhhhh/flag.md:10:1: the YAML repeats parts of itself more than 8 times
    bare-handle-019hhhhhhh/flag.md:6:5: a bare @ is not YAML: a handle is written in quotes
    colon-026hhhhhhh/flag.md:4:12: not YAML: mapping values are not allowed in this context
    conflict-021hhhhhhh/flag.md:6:1: a conflict marker that a merge left behind
    conflict-in-text-022hhhhhhh/flag.md:18:1: a conflict marker that a merge left behind
    cr-006hhhhhhh/flag.md:7:1: `hi` is not known here: expected one of `critical`, `high`, `medium`, `low`
    crlf-and-bad-007hhhhhhh/flag.md:7:1: `huge` is not known here: expected one of `critical`, `high`, `medium`, `low`
    deep-block-016hhhhhhh/flag.md:73:1: the YAML is nested deeper than 64 levels
    deep-flow-013hhhhhhh/flag.md:9:1: the YAML is nested deeper than 64 levels
    deep-list-015hhhhhhh/flag.md:10:1: the YAML is nested deeper than 64 levels
    deep-map-014hhhhhhh/flag.md:9:1: the YAML is nested deeper than 64 levels
    empty-000hhhhhhh/flag.md:1:1: the file is empty: expected front matter between two lines `---`
    huge-030hhhhhhh/flag.md:1:1: 104857600 bytes: expected at most 1048576, so it was not read
    key-is-list-027hhhhhhh/flag.md:1:1: a key is a list, a mapping or empty: expected a text
    latin1-011hhhhhhh/flag.md:4:9: not UTF-8: expected text in UTF-8
    long-front-028hhhhhhh/flag.md:2:1: the YAML is larger than 64 KiB
    no-begin-002hhhhhhh/flag.md:1:1: no front matter: expected `---` as the first line
    no-end-003hhhhhhh/flag.md:1:1: the front matter has no end: expected a second line `---`
    nul-byte-009hhhhhhh/flag.md:4:9: the control character U+0000: expected text, or in double quotes "\u0000"
    tabs-020hhhhhhh/flag.md:10:1: a tab: YAML is indented with spaces
    twice-017hhhhhhh/flag.md:9:1: the key `title` stands here a second time: expected once
    twice-inside-018hhhhhhh/flag.md:11:3: the key `a` stands here a second time: expected once
    two-documents-029hhhhhhh/flag.md:1:1: the key `from` is missing
    unclosed-025hhhhhhh/flag.md:5:8: not YAML: found character that cannot start any token
    utf16-008hhhhhhh/flag.md:1:1: not UTF-8: expected text in UTF-8
    white-space-001hhhhhhh/flag.md:1:1: the file is empty: expected front matter between two lines `---`
    "#);
}

#[test]
fn heads_with_wrong_keys() {
    let (world, repo) = World::with_team();
    let (good, _) = world.flag(&repo, "@backend.api", "@database.postgres", &["--impact", "critical"]);
    let cases: &[(&str, &str, &str)] = &[
        ("no-id", "id", ""),
        ("no-type", "type", ""),
        ("no-title", "title", ""),
        ("no-from", "from", ""),
        ("no-to", "to", ""),
        ("no-impact", "impact", ""),
        ("no-at", "at", ""),
        ("other-id", "id", "id: 7k2m9qxa3d"),
        ("id-is-number", "id", "id: 1234567890"),
        ("id-is-path", "id", "id: ../../../etc"),
        ("type-is-map", "type", "type: {a: b}"),
        ("title-is-list", "title", "title: [a, b]"),
        ("title-is-number", "title", "title: 2025"),
        ("title-is-null", "title", "title: ~"),
        ("title-is-tagged", "title", "title: !x y"),
        ("from-is-no-handle", "from", "from: \"@../../root\""),
        ("to-is-list", "to", "to: [\"@a\", \"@b\"]"),
        ("to-is-long", "to", &format!("to: \"{}\"", "a".repeat(5_000))),
        ("impact-is-word", "impact", "impact: huge"),
        ("impact-is-number", "impact", "impact: 1"),
        ("at-is-date", "at", "at: 2026-11-20"),
        ("at-is-number", "at", "at: 1795186800"),
        ("at-is-far", "at", "at: \"9999999-01-01T00:00:00Z\""),
        ("files-is-text", "more", "files: src/pool.rs"),
        ("files-has-number", "more", "files:\n  - a\n  - 2"),
        ("location-is-list", "more", "location: [a]"),
        ("chain-is-no-id", "more", "chain: x"),
        ("parent-is-number", "more", "parent: 5"),
        ("once-is-number", "more", "once: 5"),
        ("context-is-list", "more", "context: [a]"),
        ("unknown-keys", "more", "effort: 3\nnested: {a: [1, .inf, 99999999999999999999]}"),
    ];
    let heads: Vec<(&str, Vec<u8>)> = cases
        .iter()
        .enumerate()
        .map(|(at, (name, key, line))| (*name, head(&id(at), key, line).into_bytes()))
        .collect();
    put_heads(&repo, &heads);
    put(&repo, "flags/2026-11-20/no-sections-zzzzzzzzzz/flag.md", b"---\nid: zzzzzzzzzz\n---\n");
    let seen = check_all(&world, &repo, &good);
    assert_snapshot!(findings(&seen), @r#"
    at-is-date-020hhhhhhh/flag.md:8:1: `2026-11-20` is no time: expected UTC such as "2026-11-20T15:52:00.123Z"
    at-is-far-022hhhhhhh/flag.md:8:1: `9999999-01-01T00:00:00Z` is no time: expected UTC such as "2026-11-20T15:52:00.123Z"
    at-is-number-021hhhhhhh/flag.md:8:1: expected a text, found the number 1795186800; in quotes it is a text
    chain-is-no-id-026hhhhhhh/flag.md:9:1: `x` is no id: expected ten characters such as 7k2m9qxa3d
    context-is-list-029hhhhhhh/flag.md:9:1: expected keys with values, found a list
    files-has-number-024hhhhhhh/flag.md:11:3: expected a text, found the number 2; in quotes it is a text
    files-is-text-023hhhhhhh/flag.md:9:1: expected a list, found the text "src/pool.rs"
    from-is-no-handle-015hhhhhhh/flag.md:5:1: `@../../root` is not a handle: it has more than three parts
    id-is-number-008hhhhhhh/flag.md:2:1: expected a text, found the number 1234567890; in quotes it is a text
    id-is-path-009hhhhhhh/flag.md:2:1: `../../../etc` is no id: expected ten characters such as 7k2m9qxa3d
    id-is-path-009hhhhhhh/flag.md:2:1: the id is not the one that the folder's name ends in, 009hhhhhhh
    impact-is-number-019hhhhhhh/flag.md:7:1: expected a word, found the number 1
    impact-is-word-018hhhhhhh/flag.md:7:1: `huge` is not known here: expected one of `critical`, `high`, `medium`, `low`
    location-is-list-025hhhhhhh/flag.md:9:1: expected a text, found a list
    no-at-006hhhhhhh/flag.md:1:1: the key `at` is missing
    no-from-003hhhhhhh/flag.md:1:1: the key `from` is missing
    no-id-000hhhhhhh/flag.md:1:1: the key `id` is missing
    no-impact-005hhhhhhh/flag.md:1:1: the key `impact` is missing
    no-sections-zzzzzzzzzz/flag.md:1:1: the key `type` is missing
    no-sections-zzzzzzzzzz/flag.md:1:1: the section `## Change` is missing
    no-sections-zzzzzzzzzz/flag.md:1:1: the section `## Action` is missing
    no-title-002hhhhhhh/flag.md:1:1: the key `title` is missing
    no-to-004hhhhhhh/flag.md:1:1: the key `to` is missing
    no-type-001hhhhhhh/flag.md:1:1: the key `type` is missing
    once-is-number-028hhhhhhh/flag.md:9:1: expected a text, found the number 5; in quotes it is a text
    other-id-007hhhhhhh/flag.md:2:1: the id is not the one that the folder's name ends in, 007hhhhhhh
    parent-is-number-027hhhhhhh/flag.md:9:1: expected a text, found the number 5; in quotes it is a text
    title-is-list-011hhhhhhh/flag.md:4:1: expected a text, found a list
    title-is-null-013hhhhhhh/flag.md:4:1: expected a text, found nothing
    title-is-number-012hhhhhhh/flag.md:4:1: expected a text, found the number 2025; in quotes it is a text
    title-is-tagged-014hhhhhhh/flag.md:4:1: expected a text, found keys with values
    to-is-list-016hhhhhhh/flag.md:6:1: expected a text, found a list
    to-is-long-017hhhhhhh/flag.md:6:1: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is not a handle: it is longer than 80 characters
    type-is-map-010hhhhhhh/flag.md:3:1: expected a text, found keys with values
    unknown-keys-030hhhhhhh/flag.md:10:23: a number that is too large to be kept: in quotes it is a text
    "#);
}

#[test]
fn events_with_wrong_keys() {
    let (world, repo) = World::with_team();
    let (good, _) = world.flag(&repo, "@backend.api", "@database.postgres", &["--impact", "critical"]);
    let cases: &[(&str, &str, &str, &str)] = &[
        ("no-record", "completed", "record", ""),
        ("no-event", "completed", "event", ""),
        ("no-by", "completed", "by", ""),
        ("no-at", "completed", "at", ""),
        ("no-seq", "completed", "seq", ""),
        ("stray", "completed", "record", "record: 7k2m9qxa3d"),
        ("record-is-path", "completed", "record", "record: \"../../x\""),
        ("unknown-event", "exploded", "", ""),
        ("other-event", "completed", "event", "event: declined"),
        ("event-is-list", "completed", "event", "event: [completed]"),
        ("by-is-no-handle", "completed", "by", "by: \"a b\""),
        ("seq-is-zero", "completed", "seq", "seq: 0"),
        ("seq-is-negative", "completed", "seq", "seq: -1"),
        ("seq-is-huge", "completed", "seq", "seq: 4294967296"),
        ("seq-is-text", "completed", "seq", "seq: \"1\""),
        ("after-is-text", "completed", "more", "after: x"),
        ("after-is-path", "completed", "more", "after:\n  - ../../x"),
        ("after-is-number", "completed", "more", "after: [1]"),
        ("no-lease", "locked", "", ""),
        ("lease-is-span", "locked", "more", "lease_until: 4h"),
        ("awaiting-is-no-id", "locked", "more", "lease_until: \"2026-11-20T15:00:00Z\"\nawaiting: me"),
        ("no-heir", "handed_on", "", ""),
        ("heir-is-list", "handed_on", "more", "to: [\"@a\"]"),
        ("twice", "completed", "more", "seq: 2"),
        ("bare", "completed", "by", "by: @database.postgres"),
    ];
    for (at, (name, what, key, line)) in cases.iter().enumerate() {
        let folder = format!("flags/2026-11-20/{name}-{}", id(at));
        put(&repo, &format!("{folder}/flag.md"), head(&id(at), "", "").as_bytes());
        let (file, text) = event(&id(at), what, key, line);
        put(&repo, &format!("{folder}/{file}"), text.as_bytes());
    }
    let headless = format!("flags/2026-11-20/headless-{}", id(90));
    let (file, text) = event(&id(90), "completed", "", "");
    put(&repo, &format!("{headless}/{file}"), text.as_bytes());
    put(&repo, &format!("{headless}/20261120T150100.000Z-completed-4f7a1d.md"), b"");
    put(&repo, &format!("{headless}/notes.txt"), b"hello");
    put(&repo, &format!("{headless}/deeper/flag.md"), b"hello");
    let seen = check_all(&world, &repo, &good);
    assert_snapshot!(findings(&seen), @r#"
    after-is-number-017hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:7:1: expected a text, found the number 1; in quotes it is a text
    after-is-path-016hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:8:3: `../../x` is no name of an event: expected one such as 20261120T155200.123Z-completed-4f7a1c
    after-is-text-015hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:7:1: expected a list, found the text "x"
    awaiting-is-no-id-020hhhhhhh/20261120T150100.000Z-locked-4f7a1c.md:8:1: `me` is no id: expected ten characters such as 7k2m9qxa3d
    bare-024hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:4:5: a bare @ is not YAML: a handle is written in quotes
    by-is-no-handle-010hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:4:1: `a b` is not a handle: each part is lower-case letters, digits and dashes, and starts with a letter or digit, like `@ops.performance`
    event-is-list-009hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:3:1: expected a text, found a list
    headless-090hhhhhhh/20261120T150100.000Z-completed-4f7a1d.md:1:1: the file is empty: expected front matter between two lines `---`
    headless-090hhhhhhh/deeper:1:1: neither flag.md nor an event: expected a name such as 20261120T155200.123Z-completed-4f7a1c.md
    headless-090hhhhhhh/notes.txt:1:1: neither flag.md nor an event: expected a name such as 20261120T155200.123Z-completed-4f7a1c.md
    heir-is-list-022hhhhhhh/20261120T150100.000Z-handed_on-4f7a1c.md:7:1: expected a text, found a list
    lease-is-span-019hhhhhhh/20261120T150100.000Z-locked-4f7a1c.md:7:1: `4h` is no time: expected UTC such as "2026-11-20T15:52:00.123Z"
    no-at-003hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: the key `at` is missing
    no-by-002hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: the key `by` is missing
    no-event-001hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: the key `event` is missing
    no-heir-021hhhhhhh/20261120T150100.000Z-handed_on-4f7a1c.md:1:1: the key `to` is missing
    no-lease-018hhhhhhh/20261120T150100.000Z-locked-4f7a1c.md:1:1: the key `lease_until` is missing
    no-record-000hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: the key `record` is missing
    no-seq-004hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:1:1: the key `seq` is missing
    other-event-008hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:3:1: the event is `declined`, but the file's name says `completed`
    record-is-path-006hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:2:1: `../../x` is no id: expected ten characters such as 7k2m9qxa3d
    seq-is-huge-013hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:6:1: expected a whole number, found the number 4294967296
    seq-is-negative-012hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:6:1: expected a whole number, found the number -1
    seq-is-text-014hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:6:1: expected a whole number, found the text "1"
    seq-is-zero-011hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:6:1: `seq` is 0, which only the head has: expected 1 or more
    twice-023hhhhhhh/20261120T150100.000Z-completed-4f7a1c.md:7:1: the key `seq` stands here a second time: expected once
    unknown-event-007hhhhhhh/20261120T150100.000Z-exploded-4f7a1c.md:3:1: `exploded` is no event of a flag: expected one of locked, renewed, unlocked, completed, declined, handed_on, replied, withdrawn, amended
    headless-090hhhhhhh/flag.md:1:1: events without their head flag.md
    "#);
}

#[test]
fn a_roster_and_a_policy_that_are_malformed() {
    let (world, repo) = World::with_team();
    let (good, _) = world.flag(&repo, "@backend.api", "@database.postgres", &["--impact", "critical"]);
    let cases: &[(&str, &str)] = &[
        ("empty.md", ""),
        ("bare.md", "---\nhandle: @bare\n---\n"),
        ("no-handle.md", "---\ntitle: x\n---\n"),
        ("other.md", "---\nhandle: \"@another\"\n---\n"),
        ("keywords.md", "---\nhandle: \"@keywords\"\nkeywords: one, two\n---\n"),
        ("writes.md", "---\nhandle: \"@writes\"\nwrites:\n  deny: []\n  may: [x]\n---\n"),
        ("deny.md", "---\nhandle: \"@deny\"\nwrites:\n  deny: src/\n---\n"),
        ("retired.md", "---\nhandle: \"@retired\"\nretired: maybe\n---\n"),
        ("heir.md", "---\nhandle: \"@heir\"\nsuccessor: no body\n---\n"),
        ("Upper.md", "---\nhandle: \"@upper\"\n---\n"),
        ("two words.md", "---\nhandle: \"@two\"\n---\n"),
        ("con.md", "---\nhandle: \"@con\"\n---\n"),
        ("a.b.c.d.md", "---\nhandle: \"@a.b.c.d\"\n---\n"),
        ("notes.txt", "hello"),
        ("emails.md", "---\nhandle: \"@emails\"\nemails: {a: b}\n---\n"),
    ];
    for (name, text) in cases {
        put(&repo, &format!("agents/{name}"), text.as_bytes());
    }
    put(&repo, "agents/folder.md/x.md", b"hello");
    let mut said = findings(&run(&world, &repo, &["check", "--format", "json"]).stdout);
    for text in [
        "lease: tomorrow\n",
        "leads: \"@a\"\n",
        "rules:\n  syntax: loud\n",
        "version: 2\n",
        "gate:\n  min_impact: 3\n",
        "unknown_actor: shoot\n",
        "stage: perhaps\n",
        "- a\n",
        "a: [\n",
        "<<<<<<< HEAD\n",
        "version: 1\nversion: 1\n",
        "areas:\n  a: src/\n",
    ] {
        repo.write(".perfteam/perfteam.yaml", text);
        let stdout = run(&world, &repo, &["check", "--format", "json"]).stdout;
        let line =
            findings(&stdout).lines().find(|line| line.starts_with("perfteam.yaml")).map(str::to_owned);
        let _ = writeln!(said, "{:?}\n    {}", text, line.unwrap_or_default());
        let listed = run(&world, &repo, &["flag", "list"]);
        assert!(listed.stdout.contains(&good[..4]), "{text}:\n{}\n{}", listed.stdout, listed.stderr);
    }
    assert_snapshot!(said, @r#"
    agents/Upper.md:1:1: the names of agent files are lower-case
    agents/a.b.c.d.md:1:1: `a.b.c.d` is not a handle: it has more than three parts
    agents/bare.md:2:9: a bare @ is not YAML: a handle is written in quotes
    agents/con.md:1:1: `con` is not a handle: one part is a device name on Windows
    agents/deny.md:4:3: expected a list, found the text "src/"
    agents/emails.md:3:1: expected a list, found keys with values
    agents/empty.md:1:1: the file is empty: expected front matter between two lines `---`
    agents/folder.md:1:1: no plain file: links and folders are not followed
    agents/heir.md:3:1: `no body` is not a handle: each part is lower-case letters, digits and dashes, and starts with a letter or digit, like `@ops.performance`
    agents/keywords.md:3:1: expected a list, found the text "one, two"
    agents/no-handle.md:1:1: the key `handle` is missing
    agents/notes.txt:1:1: no agent: expected a name such as ops.performance.md in this folder
    agents/other.md:2:1: the handle is @another, but the file is called other.md
    agents/retired.md:3:1: expected true or false, found the text "maybe"
    agents/two words.md:1:1: `two words` is not a handle: each part is lower-case letters, digits and dashes, and starts with a letter or digit, like `@ops.performance`
    agents/writes.md:5:3: the key `may` is not known here: expected one of `exclusive`, `allow`, `deny`
    "lease: tomorrow\n"
        perfteam.yaml:1:1: `tomorrow` is no duration: expected a number and a unit, such as 30m, 4h or 2d
    "leads: \"@a\"\n"
        perfteam.yaml:1:1: expected a list, found the text "@a"
    "rules:\n  syntax: loud\n"
        perfteam.yaml:2:3: `loud` is not known here: expected one of `off`, `note`, `warn`, `block`
    "version: 2\n"
        perfteam.yaml:1:1: version 2 of the format: this perfteam reads version 1
    "gate:\n  min_impact: 3\n"
        perfteam.yaml:2:3: expected a word, found the number 3
    "unknown_actor: shoot\n"
        perfteam.yaml:1:1: `shoot` is not known here: expected one of `allow`, `note`, `block`
    "stage: perhaps\n"
        perfteam.yaml:1:1: expected true or false, found the text "perhaps"
    "- a\n"
        perfteam.yaml:1:1: expected keys with values, such as `title: Pool exhausted`
    "a: [\n"
        perfteam.yaml:2:1: not YAML: did not find expected node content
    "<<<<<<< HEAD\n"
        perfteam.yaml:1:1: a conflict marker that a merge left behind
    "version: 1\nversion: 1\n"
        perfteam.yaml:2:1: the key `version` stands here a second time: expected once
    "areas:\n  a: src/\n"
        perfteam.yaml:2:3: expected a list, found the text "src/"
    "#);
}

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

/// Every reader ends well, and the good flag is still shown; yields the verdict on the work tree.
#[track_caller]
fn check_all(world: &World, repo: &Repo, good: &str) -> String {
    let mut verdict = String::new();
    for args in READERS {
        let seen = run(world, repo, args);
        match args {
            ["inbox" | "flag", ..] => {
                assert_eq!(seen.code, 0, "{args:?}\n{}", seen.stderr);
                assert!(seen.stdout.contains(&good[..4]), "{args:?}:\n{}\n{}", seen.stdout, seen.stderr);
                assert!(seen.stderr.contains("can't be read"), "{args:?}:\n{}", seen.stderr);
            }
            ["check", "--worktree", "--format", "json"] => {
                assert_eq!(seen.code, 1, "{args:?}\n{}", seen.stderr);
                verdict = seen.stdout;
            }
            _ => {}
        }
    }
    run(world, repo, &["flag", "show", good]);
    run(world, repo, &["flag", "chain", good]);
    verdict
}

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
