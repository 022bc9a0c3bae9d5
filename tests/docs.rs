//! The documentation speaks of the tool as it is.
//!
//! `PERFTEAM_UPDATE_DOCS=1 cargo test --test docs` writes the generated pages instead.

use std::path::Path;

use perfteam::domain::agent::Agent;
use perfteam::domain::document::Document;
use perfteam::domain::event::Event;
use perfteam::domain::finding::{FindingHead, Findings};
use perfteam::domain::id::EventName;
use perfteam::domain::investigation::{InvestigationHead, Investigations};
use perfteam::domain::kind::{KINDS, Kind};
use perfteam::domain::knowledge::EntryName;
use perfteam::domain::policy::Policy;
use perfteam::domain::task::{TaskHead, Tasks};
use perfteam::markdown::document;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[track_caller]
fn is_current(path: &str, expected: &str) {
    if std::env::var_os("PERFTEAM_UPDATE_DOCS").is_some() {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(path), expected)
            .expect("the page is written");
    } else if read(path) != expected {
        panic!("{path} is not what the definitions say now: PERFTEAM_UPDATE_DOCS=1 cargo test --test docs");
    }
}

#[test]
fn the_reference_of_commands_is_current() {
    is_current("docs/commands.md", &perfteam::cli::reference::markdown());
}

#[test]
fn the_page_and_the_schema_of_answers_are_current() {
    is_current("docs/json.md", &perfteam::cli::answers::page());
    is_current("docs/schema/answers.json", &format!("{:#}\n", perfteam::cli::answers::schema()));
}

/// The fenced code blocks of a page in this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    page.split(&fence)
        .skip(1)
        .map(|rest| rest.split("\n```").next().unwrap_or_default().to_owned() + "\n")
        .collect()
}

#[test]
fn the_examples_of_the_format_are_valid() {
    let page = read("docs/format.md");
    let documents = blocks(&page, "markdown");
    let [head, event, task, finding, investigation, agent, entry] = documents.as_slice() else {
        panic!("a flag, an event, a task, a finding, an investigation, an agent and a knowledge entry")
    };
    let head = document::parse(head.as_bytes()).expect("the head");
    assert_eq!(KINDS[0].head_faults(&head), []);
    for text in KINDS[0].head_texts(&head) {
        assert!(perfteam::domain::text::meaningful(text.text) >= text.least, "{} is thin", text.name);
    }
    let name = EventName::from_file("20261120T155200.123Z-locked-4f7a1c.md").expect("a name");
    let event =
        Event::from_document(name, document::parse(event.as_bytes()).expect("the event")).expect("an event");
    assert_eq!(KINDS[0].event_faults(&event), []);
    let task = document::parse(task.as_bytes()).expect("the task");
    assert_eq!(Tasks.head_faults(&task), []);
    let task: TaskHead = task.front().expect("a task");
    assert!(task.extra.is_empty(), "unknown keys: {:?}", task.extra);
    let finding = document::parse(finding.as_bytes()).expect("the finding");
    assert_eq!(Findings.head_faults(&finding), []);
    let finding: FindingHead = finding.front().expect("a finding");
    assert!(finding.extra.is_empty(), "unknown keys: {:?}", finding.extra);
    let investigation = document::parse(investigation.as_bytes()).expect("the investigation");
    assert_eq!(Investigations.head_faults(&investigation), []);
    let investigation: InvestigationHead = investigation.front().expect("an investigation");
    assert!(investigation.extra.is_empty(), "unknown keys: {:?}", investigation.extra);
    let agent = document::parse(agent.as_bytes()).expect("the agent");
    let agent = Agent::from_document(&agent, "ops.performance").expect("an agent");
    assert!(agent.extra.is_empty(), "unknown keys: {:?}", agent.extra);
    let name = EntryName::new("pattern", "exhausted-pool-7k2m").expect("a name");
    let entry = perfteam::markdown::knowledge::read(name, entry.as_bytes()).expect("the entry");
    assert!(entry.front.extra.is_empty(), "unknown keys: {:?}", entry.front.extra);
    let policy = document::parse_yaml_file(blocks(&page, "yaml")[0].as_bytes()).expect("the policy");
    let policy: Policy = Document { meta: policy, ..Document::default() }.front().expect("a policy");
    assert!(policy.extra.is_empty(), "unknown keys: {:?}", policy.extra);
}

#[test]
fn links_between_pages_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md"), root.join("CONTRIBUTING.md"), root.join("CHANGELOG.md")];
    for folder in ["docs", "docs/rules"] {
        let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
        pages.extend(
            entries
                .map(|entry| entry.path())
                .filter(|path| path.extension().is_some_and(|kind| kind == "md")),
        );
    }
    for page in pages {
        let text =
            std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.contains(' ') {
                continue;
            }
            let path = page.parent().expect("a folder").join(target);
            assert!(path.exists(), "{} links to {target}, which is not there", page.display());
        }
    }
}

#[test]
fn the_changelog_knows_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        read("CHANGELOG.md").contains(&format!("## {version}")),
        "CHANGELOG.md has no section `## {version}`"
    );
}

#[test]
fn every_page_is_linked_from_the_readme_or_the_index() {
    let linked = read("README.md") + &read("docs/README.md");
    for entry in
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")).expect("docs").flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(name == "README.md" || linked.contains(&name), "docs/{name} is linked from nowhere");
    }
}
