//! Documents, heads, events, rosters and policies that are malformed.

use std::fmt::Write as _;

use insta::assert_snapshot;

use super::{check_all, event, findings, head, id, put, put_heads, run};
use crate::environment::World;

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
