//! Files with anything done to them: whatever they have become, reading them ends without a panic,
//! and what is said of them points into the file and can be shown in every format.

use std::collections::BTreeMap;

use perfteam::domain::diagnostic::{Diagnostic, Fault, Severity};
use perfteam::domain::finding::Findings;
use perfteam::domain::flag::Flags;
use perfteam::domain::id::RecordId;
use perfteam::domain::investigation::Investigations;
use perfteam::domain::kind::Kind;
use perfteam::domain::record::RecordDir;
use perfteam::domain::task::Tasks;
use perfteam::domain::text::with_plain_lines;
use perfteam::domain::verdict::Verdict;
use perfteam::markdown::document;
use perfteam::markdown::fill::{Filling, fill};
use perfteam::markdown::locate::locate;
use perfteam::markdown::page;
use perfteam::render;
use perfteam::rules;
use perfteam::store::assemble::{File, assemble};
use perfteam::store::source::Contents;
use perfteam::store::team::parse_agent;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const HEAD: &str = "---\nid: \"7000000000\"\ntype: change\ntitle: Pool\nfrom: \"@backend.api\"\nto: \"@database.postgres\"\nimpact: high\nat: \"2026-11-20T15:00:00.000Z\"\nfiles:\n  - src/pool.rs\n  - \"é x\"\ncontext:\n  a: {b: [1, 2.5, ~, true]}\n  c:\n    - d: e\n---\n\nNote.\n\n## Change\n\nThe pool is smaller.\n\n```\n## no section\n```\n\n## Action\n\nMeasure.\n";
const TASK: &str = "---\nid: \"7000000000\"\ntype: research\ntitle: Pool\nfrom: \"@backend.api\"\nto: \"@database.postgres\"\npriority: high\nat: \"2026-11-20T15:00:00.000Z\"\nparameters:\n  users: [100, 500]\ndeadline: \"2026-11-21T15:00:00.000Z\"\ndepends:\n  - \"7000000001\"\nreport_every: \"30m\"\nescalate_when:\n  - \"error_rate > 5%\"\n---\n\n## Objective\n\nMeasure.\n";
const FINDING: &str = "---\nid: \"7000000000\"\ncategory: bottleneck\ntitle: Pool\ncomponent: pool\nfrom: \"@backend.api\"\nseverity: high\nat: \"2026-11-20T15:00:00.000Z\"\nlocation: \"src/pool.rs:1\"\nanchor:\n  text: \"x\"\nmetrics:\n  p95: {before: 250ms, after: 0.8 s}\n---\n\n## Evidence\n\nMeasured.\n";
const INVESTIGATION: &str = "---\nid: \"7000000000\"\ntitle: Slow\nfrom: \"@backend.api\"\npriority: high\nat: \"2026-11-20T15:00:00.000Z\"\nsystems: [checkout]\nsuccess:\n  - \"p95 < 300ms, target < 250ms\"\ndue:\n  data: \"2026-11-20T17:00:00.000Z\"\n---\n\n## Impact\n\nMeasured.\n";
const PAGE: &str = "# Data\n\n<!-- [GUIDE] -->\n\n## Figures\n\n| Quantity | Before | After |\n|---|---|---|\n| p95 | 250ms | [AFTER] |\n\n## Correlation\n\nAt 14:10.\n\n```\ncode\n```\n";
const EVENT: &str = "---\nrecord: \"7000000000\"\nevent: locked\nby: \"@database.postgres\"\nat: \"2026-11-20T15:01:00.000Z\"\nseq: 1\nafter:\n  - 20261120T150000.000Z-amended-4f7a1c\nlease_until: \"2026-11-20T19:01:00.000Z\"\n---\n\nOn it.\n";
const AGENT: &str = "---\nhandle: \"@ops.performance\"\ntitle: Operations\nkeywords: [a, b]\nwrites:\n  exclusive:\n    - load-tests/\n  deny: [\"area:x\"]\nemails:\n  - \"ops@example.com\"\nretired: false\n---\n\nRole.\n\n## More\n\nText.\n";
const POLICY: &str = "version: 1\nleads:\n  - \"@lead\"\nlease: 4h\ngate:\n  min_impact: low\nareas:\n  db:\n    - db/\nrules:\n  syntax: block\n";

/// What is put into a file: marks of YAML, Markdown and git, and characters that few expect.
const PIECES: &[&str] = &[
    "---",
    "\n---\n",
    "...",
    "## ",
    "\n## Change\n",
    "<<<<<<< ",
    "\n>>>>>>> x\n",
    ":",
    ": ",
    "- ",
    "\n- ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\"",
    "'",
    "|",
    ">",
    "&a ",
    "*a",
    "!x ",
    "%",
    "@",
    "`",
    "#",
    " # ",
    "?",
    "? ",
    "~",
    "\\",
    "\t",
    "\n\t",
    "\r",
    "\r\n",
    "\n\n",
    " ",
    "  ",
    "\0",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{85}",
    "\u{9b}",
    "\u{2028}",
    "\u{feff}",
    "\u{202e}",
    "é",
    "接続",
    "👩‍👩‍👧‍👦",
    "title: x\n",
    "\ntitle: y",
    "seq: -1\n",
    "at: 2026\n",
    "<<: *a\n",
    "a: &a [*a]\n",
    "99999999999999999999",
    "1e999",
    ".nan",
    "0x",
    "2026-11-20",
    "@x.y",
    "\nid: ../../x\n",
];

#[derive(Debug, Clone)]
enum Change {
    Insert(Index, &'static str),
    InsertByte(Index, u8),
    Remove(Index, usize),
    DoubleLine(Index),
    SwapLines(Index, Index),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        6 => (at(), select(PIECES)).prop_map(|(at, piece)| Change::Insert(at, piece)),
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::InsertByte(at, byte)),
        3 => (at(), 1..20usize).prop_map(|(at, count)| Change::Remove(at, count)),
        2 => at().prop_map(Change::DoubleLine),
        2 => (at(), at()).prop_map(|(a, b)| Change::SwapLines(a, b)),
        1 => at().prop_map(Change::Cut),
    ]
}

fn apply(mut bytes: Vec<u8>, change: &Change) -> Vec<u8> {
    let length = bytes.len() + 1;
    match change {
        Change::Insert(at, piece) => {
            let at = at.index(length);
            bytes.splice(at..at, piece.bytes());
        }
        Change::InsertByte(at, byte) => bytes.insert(at.index(length), *byte),
        Change::Remove(at, count) => {
            let at = at.index(length);
            bytes.drain(at..(at + count).min(length - 1));
        }
        Change::DoubleLine(at) => {
            let mut lines = lines(&bytes);
            let at = at.index(lines.len());
            lines.insert(at, lines[at].clone());
            bytes = lines.concat();
        }
        Change::SwapLines(a, b) => {
            let mut lines = lines(&bytes);
            let (a, b) = (a.index(lines.len()), b.index(lines.len()));
            lines.swap(a, b);
            bytes = lines.concat();
        }
        Change::Cut(at) => bytes.truncate(at.index(length)),
    }
    bytes
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() { vec![Vec::new()] } else { lines }
}

fn mutated(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
    vec(change(), 1..5).prop_map(move |changes| changes.iter().fold(text.as_bytes().to_vec(), apply))
}

/// Shows the faults of a file in every format, and checks what is shown.
fn check_shown(bytes: &[u8], faults: Vec<Fault>) -> Result<(), TestCaseError> {
    let path = ".perfteam/flags/file.md";
    let source = with_plain_lines(&String::from_utf8_lossy(bytes)).into_owned();
    let lines = source.lines().count().max(1);
    for fault in &faults {
        let place = locate(&source, &fault.spot);
        prop_assert!((1..=lines + 1).contains(&place.line), "{:?} of {} lines", place, lines);
        let line = source.lines().nth(place.line - 1).unwrap_or_default();
        prop_assert!(
            (1..=line.chars().count() + 1).contains(&place.column),
            "{place:?} in {line:?}: {fault:?}"
        );
        prop_assert!(!fault.message.is_empty());
    }
    let diagnostic = |fault: Fault| Diagnostic {
        rule: "syntax",
        severity: Severity::Block,
        path: Some(path.to_owned()),
        spot: fault.spot,
        message: fault.message,
        why: "why".into(),
        mends: fault.mend.into_iter().collect(),
        commit: None,
    };
    let verdict = Verdict {
        diagnostics: faults.into_iter().map(diagnostic).collect(),
        sources: BTreeMap::from([(path.to_owned(), source)]),
        ..Verdict::default()
    };
    let text = anstream::adapter::strip_str(&render::text::diagnostics(&verdict)).to_string();
    for shown in [text, render::github::annotations(&verdict)] {
        let bad = shown.chars().find(|c| c.is_control() && *c != '\n' && *c != '\t');
        prop_assert_eq!(bad, None, "{}", shown);
    }
    let places = serde_json::to_value(render::json::check(&verdict)).expect("JSON");
    prop_assert_eq!(places["diagnostics"].as_array().map(Vec::len), Some(verdict.diagnostics.len()));
    let log = render::sarif::log(&verdict, &rules::infos());
    prop_assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(verdict.diagnostics.len()));
    Ok(())
}

/// What is read is written so that it reads the same.
fn check_round_trip(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(read) = document::parse(bytes) {
        let written = document::write(&read);
        prop_assert_eq!(document::parse(written.as_bytes()), Ok(read), "{}", written);
    }
    Ok(())
}

fn dir() -> RecordDir {
    dir_of(&Flags)
}

fn dir_of(kind: &dyn Kind) -> RecordDir {
    let id: RecordId = "7000000000".parse().expect("an id");
    RecordDir::new(kind, "2026-11-20", "pool", &id)
}

fn file(name: &str, bytes: &[u8]) -> File {
    File { name: name.to_owned(), contents: Some(Contents::Bytes(bytes.to_vec())) }
}

// `PROPTEST_CASES=100000 cargo test --test mutations` is the full run.
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn heads(bytes in mutated(HEAD)) {
        let record = assemble(dir(), vec![file("flag.md", &bytes)]);
        let readable = record.dir.kind().brief(&record).is_some();
        prop_assert!(readable || !record.faults.is_empty(), "unreadable, and nothing is said");
        check_shown(&bytes, record.faults.into_iter().map(|(_, fault)| fault).collect())?;
        check_round_trip(&bytes)?;
    }

    #[test]
    fn heads_of_tasks(bytes in mutated(TASK)) {
        let record = assemble(dir_of(&Tasks), vec![file("task.md", &bytes)]);
        let readable = record.dir.kind().brief(&record).is_some();
        prop_assert!(readable || !record.faults.is_empty(), "unreadable, and nothing is said");
        check_shown(&bytes, record.faults.into_iter().map(|(_, fault)| fault).collect())?;
    }

    #[test]
    fn heads_of_findings(bytes in mutated(FINDING)) {
        let record = assemble(dir_of(&Findings), vec![file("finding.md", &bytes)]);
        let readable = record.dir.kind().brief(&record).is_some();
        prop_assert!(readable || !record.faults.is_empty(), "unreadable, and nothing is said");
        check_shown(&bytes, record.faults.into_iter().map(|(_, fault)| fault).collect())?;
    }

    #[test]
    fn heads_of_investigations(bytes in mutated(INVESTIGATION)) {
        let record = assemble(dir_of(&Investigations), vec![file("investigation.md", &bytes)]);
        let readable = record.dir.kind().brief(&record).is_some();
        prop_assert!(readable || !record.faults.is_empty(), "unreadable, and nothing is said");
        check_shown(&bytes, record.faults.into_iter().map(|(_, fault)| fault).collect())?;
    }

    #[test]
    fn documents_of_investigations(bytes in mutated(PAGE)) {
        let faults: Vec<Fault> = page::read(&bytes).err().into_iter().collect();
        check_shown(&bytes, faults)?;
        let row = Filling { rows: vec![vec!["p95".into(), "1s".into(), "2s".into()]], ..Filling::default() };
        if let (Ok(text), Ok(_)) = (std::str::from_utf8(&bytes), page::read(&bytes))
            && let Ok(once) = fill(text, PAGE, "Figures", &row)
        {
            // Where people had written something else, the row is another one the second time.
            if once.kept.is_empty() {
                let twice = fill(&once.text, PAGE, "Figures", &row);
                prop_assert_eq!(twice.map(|twice| twice.text), Ok(once.text));
            }
        }
    }

    #[test]
    fn events(bytes in mutated(EVENT)) {
        let name = "20261120T150100.000Z-locked-4f7a1c.md";
        let record = assemble(dir(), vec![file("flag.md", HEAD.as_bytes()), file(name, &bytes)]);
        prop_assert!(record.events.len() == 1 || !record.faults.is_empty(), "it is gone, and nothing is said");
        check_shown(&bytes, record.faults.into_iter().map(|(_, fault)| fault).collect())?;
        check_round_trip(&bytes)?;
    }

    #[test]
    fn agents(bytes in mutated(AGENT)) {
        check_shown(&bytes, parse_agent("ops.performance.md", &bytes).err().into_iter().collect())?;
        check_round_trip(&bytes)?;
    }

    #[test]
    fn policies(bytes in mutated(POLICY)) {
        check_shown(&bytes, document::parse_yaml_file(&bytes).err().into_iter().collect())?;
    }

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..300), name in "\\PC{0,40}") {
        for bytes in [bytes.clone(), [b"---\n", bytes.as_slice(), b"\n---\n"].concat()] {
            let record = assemble(dir(), vec![file("flag.md", &bytes), file(&name, &bytes)]);
            check_shown(&bytes, record.faults.into_iter().map(|(_, fault)| fault).collect())?;
            check_round_trip(&bytes)?;
        }
    }
}

#[test]
fn the_files_before_their_change_are_fine() {
    for (kind, name, head) in [
        (&Tasks as &dyn Kind, "task.md", TASK),
        (&Findings as &dyn Kind, "finding.md", FINDING),
        (&Investigations as &dyn Kind, "investigation.md", INVESTIGATION),
    ] {
        let record = assemble(dir_of(kind), vec![file(name, head.as_bytes())]);
        assert_eq!(record.faults, []);
    }
    let name = "20261120T150100.000Z-locked-4f7a1c.md";
    let record = assemble(dir(), vec![file("flag.md", HEAD.as_bytes()), file(name, EVENT.as_bytes())]);
    assert_eq!((record.faults.len(), record.events.len()), (0, 1));
    assert!(parse_agent("ops.performance.md", AGENT.as_bytes()).is_ok());
    assert!(document::parse_yaml_file(POLICY.as_bytes()).is_ok());
}
