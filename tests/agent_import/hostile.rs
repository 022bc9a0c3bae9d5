//! Files that are made to break readers: no panic, no stall, and the name where it can be had.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use perfteam::domain::agent::Agent;
use perfteam::markdown::agent_import::{Outcome, read_file};
use proptest::prelude::*;

use crate::{one, refusal};

/// Generous for a debug build on a busy machine; what these files are made for takes hours.
const LIMIT: Duration = Duration::from_secs(20);

fn in_time<T>(what: &str, read: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let read = read();
    assert!(start.elapsed() < LIMIT, "{what} took {:?}", start.elapsed());
    read
}

#[test]
fn too_large_files_are_refused_at_once() {
    let huge = vec![b'a'; 100 * 1024 * 1024];
    let why = in_time("a huge file", || refusal("a.md", &huge));
    assert_eq!(why, "failed: it has 104857600 bytes; an agent file has at most 1048576");
    let front = format!("---\nname: a\ndescription: {}\n---\n", "b ".repeat(40_000));
    assert_eq!(refusal("a.md", front), "failed: its front matter is larger than 64 KiB");
}

#[test]
fn deep_nesting_is_not_followed_but_the_name_is_found() {
    let deep = 10_000;
    for nested in [
        "[".repeat(deep),
        "{a: ".repeat(deep),
        format!("\n  {}", "- ".repeat(deep)),
        format!("\n  {}", "? ".repeat(deep)),
        format!("{}{}", "[".repeat(deep), "]".repeat(deep)),
        (0..300).map(|level| format!("\n{}a:", " ".repeat(level + 1))).collect(),
    ] {
        let text = format!("---\nname: a\ndescription: d\nx: {nested}\n---\nrole\n");
        let (agent, repairs) = in_time(&nested[..4], || one("a.md", &text));
        assert_eq!(
            (agent.handle.bare(), agent.description.as_str(), agent.role.as_str()),
            ("a", "d", "role")
        );
        assert!(repairs[0].contains("`x` is nested deeper"), "{repairs:?}");
    }
    for markdown in ["> ", "- ", "* ", "[", "![", "*a _", "`", "#\n", "```\n", "<a", "1. ", "|a"] {
        let text = markdown.repeat(1_000_000 / markdown.len());
        in_time(markdown, || read_file("a.md", text.as_bytes()));
    }
}

#[test]
fn alias_bombs_do_not_go_off() {
    let level =
        |at: usize| format!("  a{}: &a{} [{}]\n", at + 1, at + 1, vec![format!("*a{at}"); 9].join(", "));
    for first in ["x".to_owned(), "x,".repeat(15_000)] {
        let bomb: String = (0..20).map(level).collect();
        let text = format!("---\nname: a\ndescription: d\nx:\n  a0: &a0 [{first}]\n{bomb}---\nrole\n");
        let (agent, repairs) = in_time("a bomb", || one("a.md", &text));
        assert_eq!((agent.handle.bare(), agent.description.as_str()), ("a", "d"));
        assert_eq!(
            repairs,
            ["line 4: `x` repeats parts of itself more than 8 times; its text was taken as it stands"]
        );
    }
}

#[test]
fn many_small_things_are_not_compared_with_each_other() {
    let many = |one: &dyn Fn(usize) -> String| (0..20_000).map(one).collect::<String>();
    for text in [
        format!("# a\n## Exclusive Write Permissions\n{}", many(&|at| format!("- `a{at}/`\n"))),
        format!("# a\n## Responsibilities\n{}", many(&|at| format!("- **a{at}**\n"))),
        format!("# a\n## Team members\n- **A**\n- **B**\n\n{}", many(&|at| format!("## A {at}\n### B\n"))),
        format!(
            "# a\n## Team members\n- **A**\n- **B**\n\n```\n{}",
            many(&|at| format!("agent: a\naction: x{at}\n"))
        ),
        many(&|at| format!("- **a{at}**\n- **b**\n\n* **c**\n* **d**\n\n")),
        format!(
            "---\nname: a\n{}x: y: z\n---\n",
            (0..8_000).map(|at| format!("k{at}: 1\n")).collect::<String>()
        ),
    ] {
        in_time(&text[..20], || read_file("a.md", text.as_bytes()));
    }
}

#[test]
fn names_never_lead_anywhere() {
    for name in [
        "../../../etc/passwd",
        "/etc/passwd",
        "C:\\Windows",
        "a/../b",
        "nul",
        "\"a\\u0000b\"",
        ".git",
        "..",
        "~root",
    ] {
        let Outcome::Imported(imported) =
            read_file("x.md", format!("---\nname: {name}\n---\nrole text\n").as_bytes())
        else {
            continue;
        };
        let file = imported.agents[0].handle.file();
        assert!(
            file.starts_with("agents/") && file.matches('/').count() == 1 && !file.contains(".."),
            "{file}"
        );
    }
}

/// What holds for whatever is imported.
fn sound(path: &str, bytes: &[u8]) {
    let Outcome::Imported(imported) = read_file(path, bytes) else { return };
    assert!(!imported.agents.is_empty());
    let handles: HashSet<&str> = imported.agents.iter().map(|agent| agent.handle.bare()).collect();
    assert_eq!(handles.len(), imported.agents.len(), "a handle twice in one file");
    let lines = 1 + String::from_utf8_lossy(bytes).replace("\r\n", "\n").matches(['\n', '\r']).count();
    for repair in &imported.repairs {
        assert!((1..=lines + 1).contains(&repair.line), "{repair} in a file of {lines} lines");
    }
    for agent in imported.agents {
        let json = serde_json::to_string(&agent).expect("an agent can be written");
        let again: Agent = serde_json::from_str(&json).expect("and read");
        assert_eq!(again, Agent { role: String::new(), ..agent });
    }
}

/// Pieces of which agent files are made, well and badly.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "---\n",
        "----\n",
        "+++\n",
        "name: ",
        "name",
        "handle: ",
        "description: ",
        "Description",
        "keywords:\n",
        "writes: ",
        "writes:\n  deny: [a, '!b']\n",
        "model: ",
        "metadata:\n",
        "title: ",
        "retired: ",
        "\n",
        "\n\n",
        "  ",
        "\t",
        "- ",
        ": ",
        ":",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        "|",
        ">",
        "&a ",
        "*a",
        "#",
        "# ",
        "## ",
        "### ",
        "@a.b",
        "a",
        "B c",
        "é",
        "接続",
        "\u{e2}\u{20ac}\u{201d}",
        "\\n",
        "**",
        "**A B**",
        "(x)",
        "`a/`",
        "`",
        "```\n",
        "```yaml\n",
        "agents:\n",
        "├── ",
        "LEAD (x)\n",
        "Agent",
        "Role",
        "You are ",
        "Responsibilities\n",
        "Exclusive Write Permissions\n",
        "...\n",
        "\r\n",
        "1.10",
        "1e3",
        "true",
        "null",
        "~",
        "= ",
        "\"\"\"",
        "'''",
        "The team members:\n",
        "[x](y.md)",
        "<!-- -->\n",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        sound("a/b.md", &bytes);
        sound("a/b.toml", &bytes);
    }

    #[test]
    fn arbitrary_pieces_are_read_soundly(text in pieces(), toml in any::<bool>()) {
        sound(if toml { "a/b.toml" } else { "a/b.md" }, text.as_bytes());
        sound("a/b.md", format!("---\nname: a\n{text}\n---\n{text}").as_bytes());
    }
}
