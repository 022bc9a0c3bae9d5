//! The files of the agents' tools, as their documentation has them.

use insta::assert_snapshot;

use crate::{one, refusal, shown};

#[test]
fn claude_code_and_cursor() {
    let (agent, repairs) = one(
        ".claude/agents/query-reviewer.md",
        "---\nname: query-reviewer\ndescription: Reviews queries before they ship.\ntools: Read, Grep\nmodel: sonnet\ncolor: blue\n---\n\n# Query Reviewer\n\nYou review queries.\n",
    );
    assert_eq!(repairs, [""; 0]);
    assert_snapshot!(shown(&agent), @r##"
    {
      "handle": "@query-reviewer",
      "title": "Query Reviewer",
      "description": "Reviews queries before they ship.",
      "model": "sonnet",
      "tools": "Read, Grep",
      "color": "blue"
    }

    # Query Reviewer

    You review queries.
    "##);
    let (agent, repairs) = one(
        ".cursor/agents/verifier.md",
        "---\nname: verifier\ndescription: Checks what others claim.\nmodel: inherit\nreadonly: true\nis_background: false\n---\nYou check.\n",
    );
    assert_eq!(repairs, [""; 0]);
    assert_eq!(agent.extra["readonly"], true);
    assert_eq!(agent.extra["is_background"], false);
}

#[test]
fn codex() {
    let (agent, repairs) = one(
        ".codex/agents/reviewer.toml",
        "name = \"reviewer\"\ndescription = 'Reviews queries'\nmodel = \"gpt-5\"\nsandbox_mode = \"read-only\"\ndeveloper_instructions = \"\"\"\nReview queries.\nSay \\\"why\\\".\n\"\"\"\n",
    );
    assert_eq!(repairs, [""; 0]);
    assert_snapshot!(shown(&agent), @r#"
    {
      "handle": "@reviewer",
      "description": "Reviews queries",
      "model": "gpt-5",
      "sandbox_mode": "read-only"
    }

    Review queries.
    Say "why".
    "#);
    assert_snapshot!(refusal("config.toml", "model = \"gpt-5\"\n"), @"skipped: it defines no agent: none of `name`, `description` and `developer_instructions` is there");
}

#[test]
fn files_that_are_named_by_their_path() {
    let (agent, _) =
        one(".github/agents/query-reviewer.agent.md", "---\ndescription: d\ntools: ['read']\n---\nx\n");
    assert_eq!(agent.handle.to_string(), "@query-reviewer");
    let (agent, _) = one("agents/query-reviewer/AGENT.md", "---\ndescription: d\n---\nx\n");
    assert_eq!(agent.handle.to_string(), "@query-reviewer");
}

#[test]
fn agents_of_another_perfteam_keep_everything() {
    let (agent, repairs) = one(
        "agents/ops.db.md",
        "---\nhandle: \"@ops.db\"\ntitle: Keeper of the database\ndescription: d\nkeywords: [sql]\ncapabilities: [indexes]\nwrites:\n  exclusive: [db/]\n  deny: [src/, '!src/db.rs']\nwatches: [schema.sql]\nemails: [a@b.c]\nretired: true\nsuccessor: \"@ops\"\n---\nKeeps it.\n",
    );
    assert_eq!(repairs, [""; 0]);
    assert_snapshot!(shown(&agent), @r#"
    {
      "handle": "@ops.db",
      "title": "Keeper of the database",
      "description": "d",
      "keywords": [
        "sql"
      ],
      "capabilities": [
        "indexes"
      ],
      "writes": {
        "exclusive": [
          "db/"
        ],
        "deny": [
          "src/",
          "!src/db.rs"
        ]
      },
      "watches": [
        "schema.sql"
      ],
      "emails": [
        "a@b.c"
      ],
      "retired": true,
      "successor": "@ops"
    }

    Keeps it.
    "#);
}
