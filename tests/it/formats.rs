//! Reports are valid by the schemas of their formats. The validators are other people's: where none is
//! here, that is said, and `.ci/run` names what was not validated.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use roxmltree::{Document, Node};
use serde_json::Value;

use crate::environment::{ACTION, CHANGE, Repo, World};

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/formats");

/// A branch that breaks rules in many ways, on paths and with texts that are hard to quote.
fn broken() -> (World, Repo) {
    let (world, repo) = World::with_team();
    let (_, path) = world.flag(&repo, DB, API, &["--title", "Waits <&\"'> ]]>"]);
    world.git(&repo, &["add", "-A"]).exits(0);
    world.git(&repo, &["commit", "-q", "--no-verify", "-m", "A flag"]).exits(0);
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    repo.write("src/pool.rs", "pub const SIZE: u32 = 20;\n");
    repo.write(".perfteam/flags/2026-11-20/a b%,:{}\u{1b}é接.md", "x");
    repo.write(".perfteam/agents/x.y.md", "---\nhandle: @x.y\n---\n");
    repo.write(&format!("{path}/20261120T150100.000Z-completed-4f7a1c.md"), "---\nrecord: \u{7}\n---\n");
    let flag = repo.read(&format!("{path}/flag.md")).replace(CHANGE, "Smaller.").replace(ACTION, "Do.");
    repo.write(&format!("{path}/flag.md"), &flag);
    world.git(&repo, &["add", "-A"]).exits(0);
    world.git_as(&repo, "api@example.com", &["commit", "-q", "--no-verify", "-m", "::error::x"]).exits(0);
    (world, repo)
}

/// What is printed in a format of a branch that breaks rules, and of one that breaks none.
fn reports(command: &str, format: &str) -> [String; 2] {
    let (world, repo) = broken();
    let report = |range: &str| {
        let args = match command {
            "check" => vec!["check", "--base", range, "--format", format],
            command => vec![command, range, "--format", format],
        };
        world.perfteam(&repo, API, &args).stdout
    };
    let reports = [report("main"), report("HEAD")];
    assert!(reports[0].len() > reports[1].len(), "{reports:?}");
    reports
}

/// Asks the format's own validator.
#[track_caller]
fn is_valid(schema: &Path, reports: &[String]) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new("python3");
    command.arg(format!("{FOLDER}/validate.py")).arg(schema);
    for (at, report) in reports.iter().enumerate() {
        let path = folder.path().join(at.to_string());
        std::fs::write(&path, report).expect("a file");
        command.arg(path);
    }
    match command.output() {
        Ok(output) if output.status.code() == Some(0) => {}
        Ok(output) if output.status.code() != Some(77) => {
            panic!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
        }
        _ => eprintln!("skipped: no validator for {} is here", schema.display()),
    }
}

fn schema(name: &str) -> std::path::PathBuf {
    Path::new(FOLDER).join(name)
}

#[test]
fn sarif_is_valid_and_says_what_code_scanning_needs() {
    let reports = reports("check", "sarif");
    is_valid(&schema("sarif-2.1.0.json"), &reports);
    let log: Value = serde_json::from_str(&reports[0]).expect("JSON");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let mut prints = BTreeSet::new();
    for result in run["results"].as_array().expect("results") {
        let rule = result["ruleIndex"].as_u64().and_then(|at| rules.get(usize::try_from(at).ok()?));
        assert_eq!(rule.map(|rule| &rule["id"]), Some(&result["ruleId"]));
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()));
        assert!(prints.insert(result["partialFingerprints"]["perfteam/v1"].as_str().expect("a fingerprint")));
        if let Some(region) = result["locations"][0]["physicalLocation"].get("region") {
            assert!(
                region["startLine"].as_u64() >= Some(1)
                    && region["endColumn"].as_u64() >= region["startColumn"].as_u64()
            );
        }
    }
    assert!(prints.len() >= 4, "{prints:?}");
}

#[test]
fn the_report_for_gitlab_has_all_that_is_required() {
    let reports = reports("check", "gitlab");
    is_valid(&schema("gitlab-code-quality.json"), &reports);
    let report: Value = serde_json::from_str(&reports[0]).expect("JSON");
    let violations = report.as_array().expect("a list");
    let prints: BTreeSet<&str> = violations.iter().filter_map(|one| one["fingerprint"].as_str()).collect();
    assert!(prints.len() == violations.len() && prints.len() >= 4, "{report}");
    assert_eq!(reports[1], "[]\n");
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let (world, repo) = broken();
    let prints = |repo: &Repo| {
        let report = world.perfteam(repo, API, &["check", "--format", "gitlab"]).json();
        let prints = report.as_array().expect("a list").iter().map(|one| {
            (
                one["fingerprint"].as_str().expect("a text").to_owned(),
                one["location"]["lines"]["begin"].to_string(),
            )
        });
        prints.collect::<BTreeSet<_>>()
    };
    repo.write(".perfteam/agents/x.z.md", "---\nhandle: @x.z\n---\n");
    let before = prints(&repo);
    repo.write(".perfteam/agents/x.z.md", "---\ntitle: Z\n# more\nhandle: @x.z\n---\n");
    let after = prints(&repo);
    let names = |prints: &BTreeSet<(String, String)>| {
        prints.iter().map(|(print, _)| print.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&before), names(&after));
    assert_ne!(before, after, "the line has moved");
}

#[test]
fn junit_is_valid_by_the_schema_of_jenkins() {
    let reports = reports("check", "junit");
    is_valid(&schema("junit-10.xsd"), &reports);
    let xsd = std::fs::read_to_string(schema("junit-10.xsd")).expect("the schema");
    let xsd = Document::parse(&xsd).expect("XML");
    for report in &reports {
        let report = Document::parse(report).expect("XML");
        report.descendants().filter(Node::is_element).for_each(|node| is_declared(&xsd, node));
        let suite = report.descendants().find(|node| node.has_tag_name("testsuite")).expect("a suite");
        let count =
            |name: &str| report.descendants().filter(|node| node.has_tag_name(name)).count().to_string();
        assert_eq!(suite.attribute("tests"), Some(count("testcase").as_str()));
        assert_eq!(suite.attribute("failures"), Some(count("failure").as_str()));
    }
}

/// Whether an element has the attributes and the children that its declaration lets it have: as much of
/// XML Schema as JUnit's needs, so that something is known where no validator is.
#[track_caller]
fn is_declared(xsd: &Document<'_>, node: Node<'_, '_>) {
    let name = node.tag_name().name();
    let declarations = xsd.root_element().children().filter(|one| one.has_tag_name((XSD, "element")));
    let declaration = declarations.into_iter().find(|one| one.attribute("name") == Some(name));
    let declaration = declaration.unwrap_or_else(|| panic!("<{name}> is declared nowhere"));
    let attributes: Vec<Node<'_, '_>> =
        declaration.descendants().filter(|one| one.has_tag_name((XSD, "attribute"))).collect();
    for own in node.attributes() {
        assert!(
            attributes.iter().any(|one| one.attribute("name") == Some(own.name())),
            "<{name} {}>",
            own.name()
        );
    }
    for needed in attributes.iter().filter(|one| one.attribute("use") == Some("required")) {
        assert!(node.has_attribute(needed.attribute("name").expect("a name")), "<{name}> lacks {needed:?}");
    }
    for child in node.children().filter(Node::is_element) {
        let is_child = |one: &Node<'_, '_>| one.attribute("ref") == Some(child.tag_name().name());
        assert!(declaration.descendants().any(|one| is_child(&one)), "<{name}> has {child:?}");
    }
}

const XSD: &str = "http://www.w3.org/2001/XMLSchema";

#[test]
fn our_own_json_is_valid_by_the_schemas_that_we_print() {
    let (world, repo) = broken();
    for command in ["check", "review"] {
        let printed = world.perfteam(&repo, API, &["schema", command]).exits(0).stdout;
        let folder = tempfile::tempdir().expect("a folder");
        let schema = folder.path().join("schema.json");
        std::fs::write(&schema, printed).expect("a file");
        is_valid(&schema, &reports(command, "json"));
    }
}

#[test]
fn annotations_say_the_same_once_the_runner_has_read_them() {
    let (world, repo) = broken();
    let check = |format: &str| world.perfteam(&repo, API, &["check", "--base", "main", "--format", format]);
    let json = check("json").json();
    let found = json["diagnostics"].as_array().expect("a list");
    let annotations = check("github").stdout;
    assert_eq!(annotations.lines().count(), found.len());
    for (line, found) in annotations.lines().zip(found) {
        let (command, data) =
            line.strip_prefix("::").and_then(|rest| rest.split_once("::")).expect("a command");
        let (name, properties) = command.split_once(' ').expect("properties");
        let read = |text: &str| {
            let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":");
            text.replace("%2C", ",").replace("%25", "%")
        };
        let property = |wanted: &str| {
            let all = properties.split(',').filter_map(|one| one.split_once('='));
            all.into_iter().find(|(key, _)| *key == wanted).map(|(_, value)| read(value))
        };
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        let level = [("block", "error"), ("warn", "warning"), ("note", "notice")];
        assert!(level.contains(&(text("level").as_str(), name)), "{line}");
        assert_eq!(property("title"), Some(format!("perfteam {}", text("rule"))));
        assert_eq!(property("file").unwrap_or_default(), text("path").replace('\u{1b}', "␛"));
        assert_eq!(
            property("line").unwrap_or_default(),
            found["line"].as_u64().map_or(String::new(), |n| n.to_string())
        );
        let first = read(data).lines().next().unwrap_or_default().to_owned();
        assert_eq!(first, text("message").replace('\u{1b}', "␛"));
    }
}

#[test]
fn every_finding_is_in_every_format() {
    let (world, repo) = broken();
    let told = |args: &[&str]| world.perfteam(&repo, API, args).stdout;
    let json: Value =
        serde_json::from_str(&told(&["check", "--base", "main", "--format", "json"])).expect("JSON");
    let mut rules: Vec<&str> = json["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["rule"].as_str())
        .collect();
    rules.sort_unstable();
    for format in ["sarif", "gitlab", "github", "junit"] {
        let told = told(&["check", "--base", "main", "--format", format]);
        let mut found: Vec<&str> = match format {
            "sarif" => {
                told.split("\"ruleId\": \"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
            }
            "gitlab" => told.split("\"perfteam/").skip(1).filter_map(|rest| rest.split('"').next()).collect(),
            "github" => {
                told.split("title=perfteam ").skip(1).filter_map(|rest| rest.split("::").next()).collect()
            }
            _ => {
                let cases =
                    told.lines().filter(|line| line.starts_with("<testcase") && !line.ends_with("\"/>"));
                cases.filter_map(|line| line.split('"').nth(1)).collect()
            }
        };
        found.sort_unstable();
        assert_eq!(found, rules, "{format}");
    }
    let review = told(&["review", "main"]);
    let found = review
        .lines()
        .filter(|line| ["- block `", "- warn `", "- note `"].iter().any(|start| line.starts_with(start)));
    assert_eq!(found.count(), rules.len());
}
