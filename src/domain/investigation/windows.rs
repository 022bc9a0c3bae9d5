//! What the windows of a validation measure, as `validation.md` has it: limits, values, verdicts.

use std::collections::BTreeMap;
use std::fmt;

use super::criterion::Criterion;
use super::limit::{Limit, Unjudged};
use super::needs::{Lack, Pages, sections};
use super::page::{Line, Page, Passage, Row, quantity};
use super::{Investigation, Part, ValidatedDetails, WINDOWS};
use crate::domain::quantity::{Measured, Quantity};
use crate::domain::text::{cut, shell_word};

/// The columns of a window's table.
pub const COLUMNS: [&str; 5] = ["Quantity", "Required", "Target", "Measured", "Verdict"];

/// What came of a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It misses what is required.
    Missed,
    /// It is as required.
    Met,
    /// It reaches what is aimed at, too.
    OnTarget,
}

impl Verdict {
    /// The word that stands in the document.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Missed => "missed",
            Verdict::Met => "met",
            Verdict::OnTarget => "met, on target",
        }
    }

    /// Reads what somebody wrote; `None` where it is neither.
    pub fn read(text: &str) -> Option<Verdict> {
        let word = text.trim().to_lowercase();
        if word.starts_with("missed") {
            Some(Verdict::Missed)
        } else if !word.starts_with("met") {
            None
        } else if word.contains("target") {
            Some(Verdict::OnTarget)
        } else {
            Some(Verdict::Met)
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A row of a window's table: something that is measured, or judged by somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The line of its row.
    pub line: usize,
    /// What is measured or judged.
    pub name: String,
    /// What is required; without it, somebody judges.
    pub required: Option<Limit>,
    /// What is aimed at.
    pub target: Option<Limit>,
    /// What somebody wrote into the column Measured.
    pub measured: String,
    /// What somebody wrote into the column Verdict.
    pub verdict: String,
    /// The places of the columns Measured and Verdict.
    pub columns: (usize, usize),
}

impl Check {
    /// The value that stands in the document.
    pub fn value(&self) -> Option<Quantity> {
        quantity(&self.measured)
    }

    /// Whether this is what `name` means.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.to_lowercase() == name.trim().to_lowercase()
    }

    /// What comes of `measured`; what keeps it from being judged.
    pub fn judge(&self, measured: &Quantity, baseline: Option<&Quantity>) -> Result<Verdict, Unjudged> {
        let is_met = |limit: &Limit| limit.is_met_by(measured, baseline);
        match &self.required {
            Some(required) if !is_met(required)? => Ok(Verdict::Missed),
            _ => match &self.target {
                Some(target) if is_met(target)? => Ok(Verdict::OnTarget),
                _ => Ok(Verdict::Met),
            },
        }
    }

    /// Why `measured` can't be judged, and what to write.
    pub fn unjudged(&self, measured: &Quantity, why: &Unjudged) -> (String, String) {
        let name = &self.name;
        match why {
            Unjudged::NoBaseline => (
                format!("nobody wrote down what {name} was before"),
                format!("a row in data.md below Figures: | {name} | BEFORE | AFTER |"),
            ),
            Unjudged::OtherMeasure(limit) => (
                format!("{name} is {measured}, which can't be compared with {limit}"),
                format!("a value with the unit of {limit}"),
            ),
        }
    }

    /// What is required and aimed at, in words: `< 300ms, target < 250ms`.
    pub fn limits(&self) -> String {
        let target = self.target.as_ref().map(|target| format!("target {target}"));
        let required = self.required.as_ref().map(ToString::to_string);
        [required, target].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// The heading of a window.
pub fn title(window: u8) -> &'static str {
    let titles = sections(Part::Validation);
    titles[usize::from(window.clamp(1, WINDOWS)) - 1].0
}

/// What a window measures; rows that can't be read, by line.
pub fn checks(page: &Page, window: u8) -> Result<Vec<Check>, Vec<(usize, String)>> {
    let (mut checks, mut wrong) = (Vec::new(), Vec::new());
    for table in page.whole(title(window)).iter().flat_map(|passage| &passage.tables) {
        let columns = COLUMNS.map(|name| table.column(&[name]));
        if let Some(at) = columns.iter().position(Option::is_none) {
            wrong.push((table.line, format!("the table has no column {}", COLUMNS[at])));
            continue;
        }
        let columns = columns.map(Option::unwrap_or_default);
        for row in &table.rows {
            match read(columns, row) {
                Ok(check) => checks.push(check),
                Err(what) => wrong.push((row.line, what)),
            }
        }
    }
    if wrong.is_empty() { Ok(checks) } else { Err(wrong) }
}

fn read(columns: [usize; 5], row: &Row) -> Result<Check, String> {
    let [name, required, target, measured, verdict] = columns.map(|at| row.cell(at).trim());
    let limit = |text: &str| -> Result<Option<Limit>, String> {
        if text.is_empty() || text == "-" { Ok(None) } else { text.parse().map(Some) }
    };
    if name.is_empty() {
        return Err("a row without a quantity: the column Quantity says what is measured".to_owned());
    }
    let of_name = |what: String| format!("`{}`: {what}", cut(name, 60));
    Ok(Check {
        line: row.line,
        name: name.to_owned(),
        required: limit(required).map_err(of_name)?,
        target: limit(target).map_err(of_name)?,
        measured: measured.to_owned(),
        verdict: verdict.to_owned(),
        columns: (columns[3], columns[4]),
    })
}

/// What the quantities were before it began, by lower-case name: the figures of the specialists.
pub fn baselines(pages: &Pages) -> BTreeMap<String, Quantity> {
    figures(pages)
        .into_iter()
        .filter_map(|(name, figure)| Some((name.to_lowercase(), figure.before?)))
        .collect()
}

/// The figures of the specialists' documents, each with its name; the metrics come first.
pub fn figures(pages: &Pages) -> Vec<(String, Measured)> {
    let sections = [(Part::Data, "Figures"), (Part::Infrastructure, "Resources")];
    let passages = sections
        .iter()
        .flat_map(|(part, section)| pages.get(part).map(|page| page.whole(section)).unwrap_or_default());
    let mut figures: Vec<(String, Measured)> = Vec::new();
    for (name, figure) in passages.flat_map(figures_of) {
        if !figures.iter().any(|(known, _)| known.to_lowercase() == name.to_lowercase()) {
            figures.push((name, figure));
        }
    }
    figures
}

fn figures_of(passage: &Passage) -> Vec<(String, Measured)> {
    let mut figures = Vec::new();
    for table in &passage.tables {
        let (Some(before), Some(after)) = (table.column(&["Before"]), table.column(&["After"])) else {
            continue;
        };
        let figure = |row: &Row| {
            let measured = Measured { before: quantity(row.cell(before)), after: quantity(row.cell(after))? };
            Some((row.cell(0).trim().to_owned(), measured))
        };
        figures.extend(table.rows.iter().filter_map(figure));
    }
    figures.extend(passage.lines.iter().filter_map(Line::change).filter(|(name, _)| !name.is_empty()));
    figures
}

/// The criteria of the head for which a window has no row.
pub fn forgotten(investigation: &Investigation, checks: &[Check]) -> Vec<Criterion> {
    let criteria = investigation.head.success.iter().map(|text| Criterion::read(text));
    criteria.filter(|criterion| !checks.iter().any(|check| check.is_called(criterion.name()))).collect()
}

/// What speaks against a window that is said to have passed: of what was promised when the
/// investigation was opened, something was not measured, or misses what is required.
pub fn untrue(investigation: &Investigation, details: &ValidatedDetails) -> Option<String> {
    if !details.passed {
        return None;
    }
    let criteria = investigation.head.success.iter().map(|text| Criterion::read(text));
    criteria.into_iter().find_map(|criterion| {
        let Criterion::Measured { name, required, .. } = criterion else { return None };
        let is_it = |known: &&String| known.to_lowercase() == name.to_lowercase();
        let Some(measured) = details.measured.keys().find(is_it).map(|known| &details.measured[known]) else {
            return Some(format!("{name} was not measured"));
        };
        match required.is_met_by(measured, None) {
            Ok(false) => Some(format!("{name} is {measured}, which misses {required}")),
            Err(Unjudged::OtherMeasure(limit)) => {
                Some(format!("{name} is {measured}, which can't be compared with {limit}"))
            }
            Ok(true) | Err(Unjudged::NoBaseline) => None,
        }
    })
}

/// What the tables of the windows say that can't be true, and what they leave open.
pub fn lacks(investigation: &Investigation, pages: &Pages) -> Vec<Lack> {
    let Some(page) = pages.get(&Part::Validation).filter(|page| page.faults.is_empty()) else {
        return Vec::new();
    };
    let known = baselines(pages);
    let reader = Reader { investigation, page, known: &known };
    (1..=WINDOWS).flat_map(|window| reader.lacks(window)).collect()
}

struct Reader<'a> {
    investigation: &'a Investigation,
    page: &'a Page,
    known: &'a BTreeMap<String, Quantity>,
}

impl Reader<'_> {
    fn lacks(&self, window: u8) -> Vec<Lack> {
        let Some(passage) = self.page.passage(title(window)) else { return Vec::new() };
        let checks = match checks(self.page, window) {
            Ok(checks) => checks,
            Err(wrong) => return wrong.into_iter().map(|(line, what)| lack(line, what, LIMIT)).collect(),
        };
        let rows = forgotten(self.investigation, &checks).into_iter().map(|criterion| {
            let what = format!("window {window} has no row for `{}`", cut(criterion.name(), 60));
            lack(passage.line, what, row_of(&criterion))
        });
        let open = |check: &&Check| !self.page.placeholders().any(|hole| hole.line == check.line);
        let told = checks.iter().filter(open).filter_map(|check| self.of_row(window, check));
        rows.chain(told).collect()
    }

    /// What a row leaves open, or says against its own figures.
    fn of_row(&self, window: u8, check: &Check) -> Option<Lack> {
        let name = cut(&check.name, 60);
        let verdict = Verdict::read(&check.verdict);
        let (what, write) = match (&check.required, check.value()) {
            (None, _) => match verdict {
                Some(Verdict::Missed) => (format!("`{name}` was missed"), self.measure(window, check)),
                Some(_) => return None,
                None => {
                    (format!("`{name}` has no verdict"), "met or missed in the column Verdict".to_owned())
                }
            },
            (Some(_), None) => (
                format!("`{name}` has no measured value"),
                "a quantity such as 240ms in the column Measured".to_owned(),
            ),
            (Some(required), Some(measured)) => {
                let limits = check.limits();
                let in_column = |judged: Verdict| format!("{judged} in the column Verdict");
                match (check.judge(&measured, self.known.get(&check.name.to_lowercase())), verdict) {
                    (Err(why), _) => check.unjudged(&measured, &why),
                    (Ok(Verdict::Missed), _) => (
                        format!("`{name}` is {measured}, which misses {required}"),
                        self.measure(window, check),
                    ),
                    (Ok(judged), None) => (format!("`{name}` has no verdict"), in_column(judged)),
                    (Ok(judged), Some(Verdict::Missed)) => (
                        format!("`{name}` is {measured}, which meets {limits}, and the verdict says missed"),
                        in_column(judged),
                    ),
                    (Ok(_), Some(_)) => return None,
                }
            }
        };
        Some(lack(check.line, what, write))
    }

    fn measure(&self, window: u8, check: &Check) -> String {
        let id = &self.investigation.head.id;
        let value = if check.required.is_some() {
            format!("--metric {}=VALUE", check.name)
        } else {
            format!("--met {}", shell_word(&check.name))
        };
        format!("when it holds: perfteam investigate validate {id} --window {window} {value}")
    }
}

fn lack(line: usize, what: impl Into<String>, write: impl Into<String>) -> Lack {
    Lack { part: Part::Validation, line, what: what.into(), write: write.into() }
}

/// The row that a criterion needs.
pub fn row_of(criterion: &Criterion) -> String {
    let (required, target) = criterion.limits();
    format!("| {} | {required} | {target} | the value | met or missed |", criterion.name())
}

/// What is written for a limit that can't be read.
const LIMIT: &str = "a limit such as `< 300ms` or `<= baseline + 10%`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_read_as_people_write_them() {
        for (text, expected) in [
            ("met", Some(Verdict::Met)),
            (" Met. ", Some(Verdict::Met)),
            ("met, on target", Some(Verdict::OnTarget)),
            ("Missed by 10 ms", Some(Verdict::Missed)),
            ("", None),
            ("fine", None),
        ] {
            assert_eq!(Verdict::read(text), expected, "{text:?}");
        }
    }
}
