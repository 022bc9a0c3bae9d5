//! Front matter that is no YAML, or not quite what it should be.

use insta::assert_snapshot;

use crate::{one, refusal};

fn told(front: &str) -> String {
    let (agent, repairs) = one("team/some-file.md", format!("{front}You are the reviewer of all queries.\n"));
    assert_eq!(agent.role, "You are the reviewer of all queries.");
    format!("{} | {} | {}\n{}", agent.handle, agent.title, agent.description, repairs.join("\n"))
}

#[test]
fn what_is_valid_needs_no_repair() {
    let valid = "---\nname: reviewer\ndescription: |\n  Two\n  lines: yes\ntools: [Read, Grep]\n---\n";
    assert_snapshot!(told(valid), @r"
    @reviewer |  | Two
    lines: yes
    ");
    let crlf = format!("\u{feff}{}", valid.replace('\n', "\r\n"));
    assert_eq!(told(&crlf), told(valid), "a BOM and CRLF are usual");
}

#[test]
fn unquoted_colons() {
    assert_snapshot!(told("---\nname: reviewer\ndescription: Use for SQL. Triggers on: 'slow query'\n---\n"), @"
    @reviewer |  | Use for SQL. Triggers on: 'slow query'
    line 3: `description` has a colon that is not quoted; its text was taken as it stands
    ");
}

#[test]
fn line_breaks_that_were_typed() {
    let front = "---\nname: reviewer\ndescription: Use it for SQL. Examples:\\n\\n<example>\\nuser: \"a \\\"slow\\\" query\"\\n</example>\n---\n";
    assert_snapshot!(told(front), @r#"
    @reviewer |  | Use it for SQL. Examples:

    <example>
    user: "a "slow" query"
    </example>
    line 3: `description` has a colon that is not quoted; its text was taken as it stands
    line 3: `description` has line breaks typed as `\n`; they were read as such
    "#);
    let path = "---\nname: reviewer\ndescription: Reads C:\\new and \\network\n---\n";
    assert_snapshot!(told(path), @r"@reviewer |  | Reads C:\new and \network");
}

#[test]
fn text_in_the_first_column() {
    let front = "---\nname: reviewer\ndescription: Use it when a query is slow: always.\n\nExamples:\n- <example>\nContext: a report\nuser: \"it hangs\"\n</example>\nmodel: opus\n---\n";
    assert_snapshot!(told(front), @r#"
    @reviewer |  | Use it when a query is slow: always.

    Examples:
    - <example>
    Context: a report
    user: "it hangs"
    </example>
    line 3: `description` goes on in the first column of line 5; its text was taken as it stands
    "#);
}

#[test]
fn marks_that_are_missing_or_of_another_length() {
    assert_snapshot!(told("---\nname: reviewer\ndescription: d\n-----\n"), @r"
    @reviewer |  | d
    line 4: the front matter ends with `-----` instead of `---`
    ");
    assert_snapshot!(told("----\nname: reviewer\ndescription: d\n----\n"), @r"
    @reviewer |  | d
    line 1: the front matter opens with `----` instead of `---`
    line 4: the front matter ends with `----` instead of `---`
    ");
    assert_snapshot!(told("---\nname: reviewer\ndescription: d\n\n"), @r"
    @reviewer |  | d
    line 5: the front matter has no end mark; it is taken to end above this line
    ");
    assert_snapshot!(told("name: reviewer\ndescription: d\n---\n"), @r"
    @reviewer |  | d
    line 1: the opening `---` is missing; the front matter begins here
    ");
}

#[test]
fn tabs() {
    assert_snapshot!(told("---\nname:\treviewer\ndescription: d\nkeywords:\n\t- sql\n---\n"), @"
    @reviewer |  | d
    line 4: `keywords` is indented with tabs, which YAML forbids; they were read as spaces
    ");
}

#[test]
fn names_that_are_no_handles() {
    for (name, expected) in [
        ("Query Reviewer", "@query-reviewer | Query Reviewer"),
        ("QUERY_REVIEWER", "@query-reviewer | QUERY_REVIEWER"),
        ("data/query reviewer", "@data-query-reviewer | data/query reviewer"),
        ("../../etc/cron.d/x", "@etc-cron.d-x | ../../etc/cron.d/x"),
        ("Prüfer", "@prufer | Prüfer"),
        ("審査", "@some-file | 審査"),
        ("\"@data.Query\"", "@data.query | @data.Query"),
    ] {
        let told = told(&format!("---\nname: {name}\ndescription: d\n---\n"));
        assert!(told.starts_with(expected), "{told}");
        assert!(told.contains("is no handle;"), "{told}");
    }
    assert!(told("---\nname: ops.data.query\ndescription: d\n---\n").starts_with("@ops.data.query |  | d\n"));
    assert!(told("---\nname: \"@ops.data\"\ndescription: d\n---\n").starts_with("@ops.data |  | d\n"));
}

#[test]
fn names_and_descriptions_elsewhere() {
    assert_snapshot!(told("---\ndescription: d\n---\n"), @r"
    @some-file |  | d
    line 1: it has no `name`; @some-file is taken from the name of the file
    ");
    assert_snapshot!(told("---\nname: reviewer\n---\n"), @r"
    @reviewer |  | You are the reviewer of all queries
    line 1: it has no `description`; the first sentences of its text were taken
    ");
    assert_snapshot!(told("---\nagent:\n  name: reviewer\nmetadata:\n  author: me\n  description: d\n---\n"), @r"
    @reviewer |  | d
    line 3: `name` was found under `agent`
    line 6: `description` was found under `metadata`
    ");
    assert_snapshot!(told("---\nName: reviewer\nDescription: d\n---\n"), @r"
    @reviewer |  | d
    line 2: the key `Name` was read as `name`
    line 3: the key `Description` was read as `description`
    ");
}

#[test]
fn lists_and_comma_strings_are_the_same() {
    for keywords in ["[slow query, index]", "slow query, index", "\n  - slow query\n  - index"] {
        let (agent, repairs) =
            one("a.md", format!("---\nname: a\ndescription: d\nkeywords: {keywords}\n---\n"));
        assert_eq!((agent.keywords, repairs), (vec!["slow query".to_owned(), "index".to_owned()], vec![]));
    }
    let (agent, repairs) =
        one("a.md", "---\nname: a\ndescription: d\ntriggers:\n  keywords:\n    - slow query\n---\n");
    assert_eq!(agent.keywords, ["slow query"]);
    assert_eq!(repairs, ["line 5: `keywords` was found under `triggers`"]);
    assert!(agent.extra.contains_key("triggers"), "what is read is not taken away");
}

#[test]
fn values_of_the_wrong_kind_are_kept_aside() {
    let (agent, repairs) = one(
        "a.md",
        "---\nname: a\ndescription: d\nwrites: everything\nmodel: {id: x}\nretired: maybe\n---\n",
    );
    assert_eq!(
        serde_json::Value::from(agent.extra),
        serde_json::json!({
            "original-model": {"id": "x"}, "original-writes": "everything", "original-retired": "maybe"
        })
    );
    assert_eq!(repairs.len(), 3, "{repairs:?}");
}

#[test]
fn unknown_keys_keep_what_they_say() {
    let (agent, repairs) = one(
        "a.md",
        "---\nname: a\ndescription: d\ntools: Read, Grep\ncolor: \"#9C27B0\"\nversion: 1.10\nbuilt: 2025-01-05\nanswer: no\nnested:\n  x: [1, {y: z}]\nreadonly: true\n---\n",
    );
    assert_eq!(repairs, [""; 0]);
    assert_eq!(
        serde_json::Value::from(agent.extra),
        serde_json::json!({
            "tools": "Read, Grep", "color": "#9C27B0", "version": "1.10", "built": "2025-01-05", "answer": "no",
            "nested": {"x": [1, {"y": "z"}]}, "readonly": true
        })
    );
}

#[test]
fn damaged_bytes() {
    let (agent, repairs) = one("a.md", b"---\nname: a\ndescription: caf\xe9 queries\n---\n");
    assert_eq!(agent.description, "caf\u{fffd} queries");
    assert_eq!(
        repairs,
        ["line 3: the file is not UTF-8; from here on, bytes that are none became `\u{fffd}`"]
    );

    let utf16: Vec<u8> = "\u{feff}---\r\nname: a\r\ndescription: d\r\n---\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(one("a.md", utf16).1, ["line 1: the file is UTF-16; it was converted to UTF-8"]);
}

#[test]
fn files_without_an_agent_say_why() {
    assert_snapshot!(refusal("a.md", ""), @"failed: it is empty");
    assert_snapshot!(refusal("a.md", "\n \n"), @"failed: it is empty");
    assert_snapshot!(refusal("a.md", b"\x89PNG\0\0"), @"failed: it is a binary file, not a text");
    assert_snapshot!(refusal("a.md", "# Notes\n\nJust text.\n"), @"skipped: it defines no agent: it has no front matter, and its text describes no role and names no team");
    assert_snapshot!(refusal("a.md", "---\nlayout: post\ndate: 2025-01-05\nversion: 1\n---\n# Notes\n"), @"skipped: it defines no agent: its front matter has no `name`, and its text describes no role");
    assert_snapshot!(refusal("rule.mdc", "---\ndescription: style\nglobs: '*.rs'\nalwaysApply: false\n---\nx\n"), @"skipped: it defines no agent: its front matter has no `name`, and its text describes no role");
}
