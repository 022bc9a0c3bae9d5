//! What the evidence of all roles says together, before people bring it into their own words.

use super::page::{Line, Page, change};
use super::strategy::Horizon;
use crate::domain::finding::{Finding, Status, Verdict};
use crate::domain::record::RecordDir;
use crate::domain::text::headline;

/// Something that was found, with what shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What.
    pub title: String,
    /// What shows it.
    pub evidence: String,
}

/// The critical findings that a specialist's document tells.
pub fn critical(page: &Page) -> Vec<Found> {
    let mut found = Vec::new();
    for passage in page.whole("Critical findings") {
        for table in &passage.tables {
            let Some(column) = table.column(&["Evidence"]) else { continue };
            found.extend(
                table.rows.iter().filter(|row| !row.is_open).map(|row| Found {
                    title: row.cell(0).to_owned(),
                    evidence: row.cell(column).to_owned(),
                }),
            );
        }
        found.extend(passage.items().filter(|item| !item.is_open).filter_map(|item| {
            let (title, evidence) = item.named()?;
            Some(Found { title: title.to_owned(), evidence: evidence.to_owned() })
        }));
    }
    found
}

/// What a finding's record says now: what was decided of it counts before what was reported.
/// `None` where it was none.
pub fn of_record(finding: &Finding, dir: &RecordDir, short: &str) -> Option<Found> {
    if finding.status == Status::Rejected {
        return None;
    }
    let head = &finding.head;
    let mut sources = vec![dir.link(&format!("finding {short}"))];
    sources.extend(finding.confirmations.iter().map(|view| format!("confirmed by {}", view.by)));
    let decision = finding.decisions.last();
    sources.extend(decision.map(|one| format!("decided by {}: {}", one.by, headline(&one.reason, 160))));
    let corrected = decision.filter(|one| one.details.verdict == Verdict::Corrected);
    let (title, shown) = match corrected {
        // What was reported does not hold: what disputed it does.
        Some(decision) => {
            let shown = finding.disputes.iter().map(|view| headline(&view.evidence, 200)).collect();
            (decision.details.outcome.clone(), shown)
        }
        None => (head.title.clone(), shown(finding)),
    };
    let evidence = format!("{} ({})", shown.join("; "), sources.join(", "));
    Some(Found { title, evidence })
}

/// What shows a finding, as it was reported.
fn shown(finding: &Finding) -> Vec<String> {
    let mut shown = vec![headline(&finding.evidence, 200)];
    shown.extend(finding.head.metrics.iter().map(|(name, measured)| format!("{name} {measured}")));
    shown.extend(finding.head.location.clone());
    shown
}

/// The impact that the document of the metrics tells.
pub fn impact(data: &Page) -> Vec<String> {
    let mut figures: Vec<String> = Vec::new();
    for passage in data.whole("Figures") {
        for table in &passage.tables {
            let columns = (table.column(&["Before"]), table.column(&["After"]));
            let (Some(before), Some(after)) = columns else { continue };
            figures.extend(table.rows.iter().filter_map(|row| {
                let measured = change(&format!("{} -> {}", row.cell(before), row.cell(after)))?;
                Some(format!("{} {measured}", row.cell(0)))
            }));
        }
        figures.extend(passage.lines.iter().filter_map(|line| {
            let (name, measured) = line.change()?;
            Some(format!("{name} {measured}"))
        }));
    }
    let affected: Vec<String> = data
        .whole("Who is affected")
        .iter()
        .flat_map(|passage| &passage.lines)
        .filter(|line| !line.is_open)
        .map(|line| line.text.trim_end_matches('.').to_owned())
        .collect();
    let item = |name: &str, texts: Vec<String>, between: &str| {
        (!texts.is_empty()).then(|| format!("{name}: {}", texts.join(between)))
    };
    [item("Performance", figures, ", "), item("Users", affected, "; ")].into_iter().flatten().collect()
}

/// What a specialist recommends, each with the horizon that it names: `Immediate: pool back to 50`.
pub fn recommended(page: &Page) -> Vec<(Horizon, String)> {
    let sections = ["Recommended fixes", "Recommended actions"];
    let lines = sections.iter().flat_map(|title| page.whole(title)).flat_map(|passage| &passage.lines);
    lines.filter(|line| line.is_item && !line.is_open).map(horizon_of).collect()
}

fn horizon_of(line: &Line) -> (Horizon, String) {
    let named = line.named().and_then(|(name, rest)| {
        let horizon =
            Horizon::ALL.into_iter().find(|one| one.title().to_lowercase() == name.to_lowercase())?;
        Some((horizon, rest))
    });
    let (horizon, text) = named.unwrap_or((Horizon::ShortTerm, &line.text));
    (horizon, text.trim_end_matches('.').to_owned())
}
