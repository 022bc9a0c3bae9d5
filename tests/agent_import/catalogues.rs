//! Real files: some that are kept here, and whole catalogues where they are at hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use perfteam::markdown::agent_import::{Imported, Outcome, Report, read_batch};

/// All Markdown files below a folder, in order, with paths relative to it.
fn files_below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries =
        walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(|entry| entry.expect("an entry"));
    let is_text = |path: &Path| path.extension().is_some_and(|end| end == "md" || end == "txt");
    entries
        .filter(|entry| entry.file_type().is_file() && is_text(entry.path()))
        .map(|entry| {
            let shown =
                entry.path().strip_prefix(folder).expect("below").to_string_lossy().replace('\\', "/");
            (shown, fs::read(entry.path()).expect("a file"))
        })
        .collect()
}

fn read(files: &[(String, Vec<u8>)]) -> Vec<Report> {
    read_batch(files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())))
}

fn imported(reports: &[Report]) -> Vec<(&str, &Imported)> {
    let pick = |report: &'_ Report| matches!(report.outcome, Outcome::Imported(_));
    reports
        .iter()
        .filter(|report| pick(report))
        .map(|report| match &report.outcome {
            Outcome::Imported(imported) => (report.path.as_str(), imported),
            other => unreachable!("{other:?}"),
        })
        .collect()
}

/// The folder with the catalogues; a test that needs it says that it was skipped.
fn shared(what: &str) -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let candidates = [std::env::var_os("PERFTEAM_SHARED").map(PathBuf::from)];
    let beside = ["../shared", "../../shared"].map(|path| Some(here.join(path)));
    let found = candidates.into_iter().chain(beside).flatten().map(|folder| folder.join(what));
    let found = found.into_iter().find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: no {what} in PERFTEAM_SHARED, ../shared or ../../shared");
    }
    found
}

#[test]
fn malformed_files_of_a_real_catalogue() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/agents/voltagent");
    let reports = read(&files_below(&folder));
    let lines: Vec<String> = reports
        .iter()
        .map(|report| match &report.outcome {
            Outcome::Imported(imported) => {
                let repairs: Vec<String> = imported.repairs.iter().map(ToString::to_string).collect();
                format!("{}: {} [{}]", report.path, imported.agents[0].handle, repairs.join(", "))
            }
            Outcome::Skipped { why } | Outcome::Failed { why } => format!("{}: {why}", report.path),
        })
        .collect();
    assert_snapshot!(lines.join("\n"), @r"
    README.md: it defines no agent: it has no front matter, and its text describes no role and names no team; it links to 2 other files
    ab-test-analysis.md: @ab-test-analysis [line 3: `description` has a colon that is not quoted; its text was taken as it stands]
    backlog-grooming.md: @backlog-grooming [line 3: `description` has a colon that is not quoted; its text was taken as it stands]
    gdpr-ccpa-compliance.md: @gdpr-ccpa-compliance [line 3: `description` has a colon that is not quoted; its text was taken as it stands]
    growth-loops.md: @growth-loops [line 3: `description` has a colon that is not quoted; its text was taken as it stands]
    hipaa-compliance.md: @hipaa-compliance [line 3: `description` has a colon that is not quoted; its text was taken as it stands]
    performance-engineer.md: @performance-engineer []
    ");
    for (path, imported) in imported(&reports) {
        let [agent] = imported.agents.as_slice() else { panic!("{path}") };
        assert!(agent.description.len() > 100 && agent.role.starts_with("You are "), "{path}");
        assert!(agent.extra.contains_key("tools"), "{path}");
    }
}

#[test]
fn a_strict_catalogue_needs_no_repair() {
    let Some(folder) = shared("data/agents/wshobson") else { return };
    let reports = read(&files_below(&folder));
    let imported = imported(&reports);
    assert_eq!((reports.len(), imported.len()), (199, 199));
    for (path, imported) in imported {
        assert_eq!(imported.repairs, [], "{path}");
        assert_eq!(imported.agents.len(), 1, "{path}");
        assert!(!imported.agents[0].description.is_empty() && !imported.agents[0].role.is_empty(), "{path}");
    }
}

#[test]
fn a_catalogue_with_faults_is_imported_or_named() {
    let Some(folder) = shared("data/agents/voltagent") else { return };
    let reports = read(&files_below(&folder));
    let imported = imported(&reports);
    assert_eq!((reports.len(), imported.len()), (168, 158));
    let mut repaired = Vec::new();
    for (path, imported) in imported {
        let [agent] = imported.agents.as_slice() else { panic!("{path}: {} agents", imported.agents.len()) };
        assert!(!agent.description.is_empty() && !agent.role.is_empty() && agent.title.is_empty(), "{path}");
        repaired.extend(imported.repairs.iter().map(|repair| format!("{path} {repair}")));
    }
    assert_snapshot!(repaired.join("\n"), @r"
    categories/04-quality-security/gdpr-ccpa-compliance.md line 3: `description` has a colon that is not quoted; its text was taken as it stands
    categories/07-specialized-domains/hipaa-compliance.md line 3: `description` has a colon that is not quoted; its text was taken as it stands
    categories/08-business-product/assumption-mapping.md line 3: `description` has a colon that is not quoted; its text was taken as it stands
    categories/08-business-product/backlog-grooming.md line 3: `description` has a colon that is not quoted; its text was taken as it stands
    categories/08-business-product/growth-loops.md line 3: `description` has a colon that is not quoted; its text was taken as it stands
    categories/10-research-analysis/ab-test-analysis.md line 3: `description` has a colon that is not quoted; its text was taken as it stands
    categories/10-research-analysis/cohort-analysis.md line 3: `description` has a colon that is not quoted; its text was taken as it stands
    categories/10-research-analysis/first-principles-thinking.md line 3: `description` has a colon that is not quoted; its text was taken as it stands
    ");
    for report in &reports {
        if let Outcome::Skipped { why } = &report.outcome {
            assert!(report.path.ends_with("/README.md"), "{}", report.path);
            assert!(why.starts_with("it defines no agent: it has no front matter"), "{why}");
        }
    }
}

#[test]
fn both_catalogues_together_leave_no_file_unnamed() {
    let Some(folder) = shared("data/agents") else { return };
    let reports = read(&files_below(&folder));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for report in &reports {
        let kind = match &report.outcome {
            Outcome::Imported(_) => "imported",
            Outcome::Skipped { why } if why.contains("is not imported") => "same name",
            Outcome::Skipped { .. } => "no agent",
            Outcome::Failed { .. } => "failed",
        };
        *counts.entry(kind).or_default() += 1;
    }
    assert_snapshot!(format!("{counts:?}"), @r#"{"imported": 333, "no agent": 10, "same name": 24}"#);
}

#[test]
fn the_founding_documents_yield_their_agents() {
    let Some(folder) = shared("seeds") else { return };
    let reports = read(&files_below(&folder));
    let line = |(path, imported): (&str, &Imported)| {
        let handles: Vec<String> = imported.agents.iter().map(|agent| agent.handle.to_string()).collect();
        format!("{}: {}", &path[..3], handles.join(" "))
    };
    assert_snapshot!(imported(&reports).into_iter().map(line).collect::<Vec<_>>().join("\n"), @r"
    000: @performance-team-coordination @performance-engineer-lead @performance-benchmarker @performance-monitor @performance-analyzer
    001: @performance-optimization-team @backend-development-team @devops-infrastructure-team @quality-assurance-team @architecture-team @product-team @security-team @frontend-team
    002: @performance
    003: @ops.performance
    004: @coordinator @data-expert @code-expert @infrastructure-expert
    ");
    let of = |number: &str| {
        let all = imported(&reports);
        all.into_iter()
            .find(|(path, _)| path.starts_with(number))
            .map(|(_, imported)| imported)
            .expect(number)
    };
    assert_eq!(of("003").repairs, [], "it has proper front matter");
    assert_eq!(of("002").kept_as_text.len(), 5, "its forbidden areas have no paths");
    assert!(of("004").repairs.iter().any(|repair| repair.what.contains("Windows-1252")));
    let agent = |handle: &str| {
        let all = imported(&reports).into_iter().flat_map(|(_, imported)| &imported.agents);
        all.into_iter().find(|agent| agent.handle.bare() == handle).expect(handle)
    };
    assert_eq!(agent("performance").writes.exclusive.len(), 14);
    assert_eq!(agent("performance").writes.deny, [""; 0]);
    assert_eq!(agent("data-expert").capabilities.len(), 5);
    assert!(agent("code-expert").role.contains("### Code Expert Role: Implementation Analysis"));
    assert!(agent("quality-assurance-team").role.contains("Quality Gates Coordination"));
    assert_eq!(agent("performance-monitor").capabilities, ["deploy monitoring", "analyze current metrics"]);
}
