//! Many files at once.

use insta::assert_snapshot;
use perfteam::markdown::agent_import::{Outcome, read_batch};

#[test]
fn of_two_files_with_one_name_the_first_wins_and_the_other_is_named() {
    let a = "---\nname: reviewer\ndescription: d\n---\nx";
    let b = "---\nname: Reviewer\ndescription: e\n---\ny";
    let reports =
        read_batch([("a.md", a.as_bytes()), ("b.md", b.as_bytes()), ("c.md", a.as_bytes()), ("bad.md", b"")]);
    assert!(
        matches!(&reports[0].outcome, Outcome::Imported(imported) if imported.agents[0].description == "d")
    );
    let why = |at: usize| match &reports[at].outcome {
        Outcome::Skipped { why } | Outcome::Failed { why } => why.clone(),
        other => panic!("{other:?}"),
    };
    assert_snapshot!(why(1), @"@reviewer of b.md is not imported: a.md has an agent of that name; to have both, give it another `name` and import it again; to have it instead, import b.md alone with --force");
    assert_snapshot!(why(2), @"@reviewer of c.md is not imported: a.md has the same agent; nothing is lost by leaving it out");
    assert_snapshot!(why(3), @"it is empty");
}

#[test]
fn an_agent_with_a_file_of_its_own_wins_over_one_that_is_only_named() {
    let lead = "---\nname: lead\ndescription: d\n---\nx";
    let team = "# T\n## Team members\n- **Lead** (plans)\n- **Watcher** (looks)\n";
    let reports = read_batch([("README.md", team.as_bytes()), ("lead.md", lead.as_bytes())]);
    let imported: Vec<_> = reports
        .iter()
        .map(|report| match &report.outcome {
            Outcome::Imported(imported) => imported,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(imported[0].agents.iter().map(|agent| agent.handle.bare()).collect::<Vec<_>>(), ["watcher"]);
    assert_eq!(imported[0].clashes[0].kept, "lead.md");
    assert_eq!(imported[1].agents[0].description, "d");
}
