//! What each document must say before the next phase may begin.

use std::collections::BTreeMap;

use super::page::{Line, Page, Passage, Row, Table, quantity};
use super::strategy::{COLUMNS, fixes};
use super::{Investigation, Part, Phase, learning, windows};
use crate::domain::text::{cut, meaningful, some_of};

/// The documents of an investigation that are there.
pub type Pages = BTreeMap<Part, Page>;

/// Meaningful characters that a text, or the evidence of a finding, needs.
pub const LEAST: usize = 10;

/// What a section must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A text.
    Text,
    /// Rows of a table, items of a list, or a text that says why there are none.
    Rows,
    /// Quantities, each before and after.
    Figures,
    /// Findings, each with its evidence, or a text that says why there are none.
    Evidence,
    /// A row of evidence for each role.
    Matrix,
    /// Something for each of the three horizons.
    Horizons,
}

/// The horizons of a strategy.
pub const HORIZONS: [&str; 3] = ["Immediate", "Short-term", "Long-term"];

/// The sections that the document of a part must have.
pub fn sections(part: Part) -> &'static [(&'static str, Need)] {
    match part {
        Part::Data => &[
            ("Timeline", Need::Rows),
            ("Figures", Need::Figures),
            ("Who is affected", Need::Text),
            ("Correlation", Need::Text),
            ("Critical findings", Need::Evidence),
        ],
        Part::Code => &[
            ("Recent changes", Need::Rows),
            ("Critical findings", Need::Evidence),
            ("Dependencies", Need::Text),
            ("Recommended fixes", Need::Rows),
        ],
        Part::Infrastructure => &[
            ("Resources", Need::Figures),
            ("Configuration changes", Need::Rows),
            ("Scaling", Need::Text),
            ("Critical findings", Need::Evidence),
            ("Recommended actions", Need::Rows),
        ],
        Part::Synthesis => &[
            ("Root cause", Need::Text),
            ("Evidence", Need::Matrix),
            ("Contributing factors", Need::Rows),
            ("Impact", Need::Text),
            ("Strategy", Need::Horizons),
        ],
        Part::Implementation => &[],
        Part::Validation => &[
            ("Window 1: 0-30 min", Need::Rows),
            ("Window 2: 30 min-2 h", Need::Rows),
            ("Window 3: 2-24 h", Need::Rows),
        ],
        Part::Retrospective => &[
            (learning::WORKED, Need::Rows),
            (learning::BETTER, Need::Rows),
            (learning::LEARNINGS, Need::Rows),
            (learning::MEASURES, Need::Rows),
            (learning::STEPS, Need::Rows),
            (learning::PATTERNS, Need::Rows),
            (learning::WORKFLOW, Need::Text),
        ],
    }
}

/// Something that a document lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// The part whose document it is.
    pub part: Part,
    /// The line; 1 where there is no better one.
    pub line: usize,
    /// What is missing.
    pub what: String,
    /// What to write there.
    pub write: String,
}

/// What the documents lack that are needed before `phase` may end.
pub fn lacks(investigation: &Investigation, pages: &Pages, phase: Phase) -> Vec<Lack> {
    let parts = phase.parts().filter(|part| !investigation.waived.contains_key(part));
    parts.flat_map(|part| lacks_of(investigation, pages, part)).collect()
}

/// What the documents lack of the phases that are over.
pub fn owed(investigation: &Investigation, pages: &Pages) -> Vec<Lack> {
    let over = Phase::WORK.into_iter().filter(|phase| *phase < investigation.phase);
    match investigation.phase {
        Phase::Withdrawn => Vec::new(),
        _ => over.flat_map(|phase| lacks(investigation, pages, phase)).collect(),
    }
}

/// What the document of one part lacks.
pub fn lacks_of(investigation: &Investigation, pages: &Pages, part: Part) -> Vec<Lack> {
    let Some(file) = part.document() else { return Vec::new() };
    let reader = Reader { investigation, part };
    match pages.get(&part) {
        None => vec![reader.lack(
            1,
            format!("{file} is not here"),
            "merge the branch that has it, or write it with the sections that docs/investigations.md lists".to_owned(),
        )],
        Some(page) => {
            let mut lacks = reader.read(page);
            if part == Part::Validation {
                lacks.extend(windows::lacks(investigation, pages));
                lacks.sort_by_key(|lack| lack.line);
            }
            lacks
        }
    }
}

struct Reader<'a> {
    investigation: &'a Investigation,
    part: Part,
}

impl Reader<'_> {
    fn lack(&self, line: usize, what: impl Into<String>, write: impl Into<String>) -> Lack {
        Lack { part: self.part, line, what: what.into(), write: write.into() }
    }

    fn read(&self, page: &Page) -> Vec<Lack> {
        if !page.faults.is_empty() {
            let fault = |(line, what): &(usize, String)| {
                self.lack(*line, what.clone(), "mend this first: what follows can't be read")
            };
            return page.faults.iter().map(fault).collect();
        }
        let mut lacks = self.placeholders(page);
        lacks.extend(sections(self.part).iter().flat_map(|(title, need)| self.section(page, title, *need)));
        lacks.sort_by_key(|lack| lack.line);
        lacks
    }

    /// What waits to be filled in, line by line.
    fn placeholders(&self, page: &Page) -> Vec<Lack> {
        let mut by_line: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for hole in page.placeholders() {
            by_line.entry(hole.line).or_default().push(&hole.text);
        }
        let left = |(line, holes): (usize, Vec<&str>)| {
            let (noun, verb) = if holes.len() == 1 { ("placeholder", "is") } else { ("placeholders", "are") };
            let what = format!("the {noun} {} {verb} left", some_of(&holes, 7));
            self.lack(line, what, "write what it stands for, or take the line out")
        };
        by_line.into_iter().map(left).collect()
    }

    fn section(&self, page: &Page, title: &str, need: Need) -> Vec<Lack> {
        let whole = page.whole(title);
        let Some(first) = whole.first() else {
            return vec![self.lack(1, format!("the section `## {title}` is missing"), hint(need))];
        };
        let lack = |what: String| vec![self.lack(first.line, what, hint(need))];
        let mut lacks = self.in_tables(whole, need);
        let is_open = !lacks.is_empty() || whole.iter().any(|passage| !passage.placeholders.is_empty());
        let says: usize = whole.iter().map(Passage::says).sum();
        match need {
            _ if is_open => {}
            _ if says == 0 => lacks.extend(lack(format!("the section `## {title}` is empty"))),
            _ if says < LEAST => lacks.extend(lack(format!("the section `## {title}` says too little"))),
            Need::Figures if !whole.iter().any(has_figure) => {
                lacks.extend(lack(format!("`## {title}` has no quantity before -> after")));
            }
            Need::Matrix => lacks.extend(self.roles(whole, first.line)),
            Need::Horizons => lacks.extend(self.horizons(page, first.line)),
            _ => {}
        }
        if need == Need::Horizons {
            lacks.extend(self.fixes(page, whole));
        }
        lacks
    }

    fn in_tables(&self, whole: &[Passage], need: Need) -> Vec<Lack> {
        let tables = whole.iter().flat_map(|passage| &passage.tables);
        let empty = tables.clone().filter(|table| table.rows.is_empty()).map(|table| {
            self.lack(
                table.line,
                "the table has no rows",
                "write a row for each, or one sentence in its place that says why there is none",
            )
        });
        let mut lacks: Vec<Lack> = empty.collect();
        match need {
            Need::Figures => {
                lacks.extend(tables.flat_map(|table| self.figures(table)));
                lacks.extend(whole.iter().flat_map(|passage| self.listed_figures(passage)));
            }
            Need::Evidence | Need::Matrix => {
                lacks.extend(tables.flat_map(|table| self.evidence(table)));
                lacks.extend(whole.iter().flat_map(|passage| self.listed_evidence(passage)));
            }
            _ => {}
        }
        lacks
    }

    fn figures(&self, table: &Table) -> Vec<Lack> {
        let columns = (table.column(&["Before"]), table.column(&["After"]));
        let (Some(before), Some(after)) = columns else {
            return vec![self.lack(
                table.line,
                "the table has no columns Before and After",
                "| Quantity | Before | After |",
            )];
        };
        let is_bad = |row: &&Row| [before, after].iter().any(|at| quantity(row.cell(*at)).is_none());
        let rows = table.rows.iter().filter(|row| !row.is_open).filter(is_bad);
        rows.map(|row| {
            let what = format!("`{}` has no before -> after", cut(row.cell(0), 60));
            self.lack(row.line, what, "two quantities, such as 250ms and 890ms")
        })
        .collect()
    }

    fn listed_figures(&self, passage: &Passage) -> Vec<Lack> {
        let bare = passage.items().filter(|item| {
            !item.is_open
                && item.change().is_none()
                && item.named().is_some_and(|(_, rest)| first_quantity(rest))
        });
        bare.map(|item| {
            let what = format!("`{}` has no before -> after", cut(&item.text, 60));
            self.lack(item.line, what, "two quantities: `p95: 250ms -> 890ms`")
        })
        .collect()
    }

    fn evidence(&self, table: &Table) -> Vec<Lack> {
        let Some(column) = table.column(&["Evidence"]) else {
            return vec![self.lack(table.line, "the table has no column Evidence", "| Finding | Evidence |")];
        };
        let bare = table.rows.iter().filter(|row| !row.is_open && meaningful(row.cell(column)) < LEAST);
        bare.map(|row| self.unproven(row.line, row.cell(0), row.cell(column))).collect()
    }

    fn listed_evidence(&self, passage: &Passage) -> Vec<Lack> {
        let is_bare = |rest: Option<(&str, &str)>| rest.is_none_or(|(_, rest)| meaningful(rest) < LEAST);
        let bare = passage.items().filter(|item| !item.is_open && is_bare(item.named()));
        let of_item = |item: &Line| match item.named() {
            Some((finding, evidence)) => self.unproven(item.line, finding, evidence),
            None => self.unproven(item.line, &item.text, ""),
        };
        bare.map(of_item).collect()
    }

    fn unproven(&self, line: usize, finding: &str, evidence: &str) -> Lack {
        let finding = cut(finding, 60);
        let what = match meaningful(evidence) {
            0 => format!("`{finding}` has no evidence"),
            _ => format!("the evidence of `{finding}` says too little: `{}`", cut(evidence, 60)),
        };
        self.lack(line, what, "what shows it, with where and when: a log, a figure, a commit, a finding's id")
    }

    fn roles(&self, whole: &[Passage], line: usize) -> Vec<Lack> {
        let rows: Vec<&Row> =
            whole.iter().flat_map(|passage| &passage.tables).flat_map(|table| &table.rows).collect();
        let has = |role: &Part| rows.iter().any(|row| row.cell(0).trim().to_lowercase() == role.word());
        let wanted = Part::ROLES.iter().filter(|role| !self.investigation.waived.contains_key(role));
        wanted
            .filter(|role| !has(role))
            .map(|role| {
                let what = format!("the evidence has no row for {}", role.word());
                self.lack(line, what, format!("| {} | what was found | what shows it |", role.word()))
            })
            .collect()
    }

    /// Fixes of which something is not said, or that stand in a list, which says too little of them.
    fn fixes(&self, page: &Page, whole: &[Passage]) -> Vec<Lack> {
        let listed = whole.iter().skip(1).flat_map(Passage::items).filter(|item| !item.is_open).map(|item| {
            let what = format!("the fix `{}` stands in a list", cut(&item.text, 60));
            self.lack(item.line, what, format!("a row of the table | {} |", COLUMNS.join(" | ")))
        });
        let wrong = fixes(page).err().unwrap_or_default().into_iter();
        let wrong = wrong.map(|(line, what)| self.lack(line, what, "fill in the cell"));
        listed.chain(wrong).collect()
    }

    fn horizons(&self, page: &Page, line: usize) -> Vec<Lack> {
        let is_empty = |title: &&&str| page.whole(title).iter().map(Passage::says).sum::<usize>() < LEAST;
        HORIZONS
            .iter()
            .filter(is_empty)
            .map(|title| {
                let at = page.passage(title).map_or(line, |passage| passage.line);
                let write = format!("`### {title}` and a list of what is to be done, or why nothing is");
                self.lack(at, format!("the strategy says nothing for the horizon {title}"), write)
            })
            .collect()
    }
}

fn has_figure(passage: &Passage) -> bool {
    let row = |table: &Table| {
        let columns = (table.column(&["Before"]), table.column(&["After"]));
        let (Some(before), Some(after)) = columns else { return false };
        let is_figure =
            |row: &Row| quantity(row.cell(before)).is_some() && quantity(row.cell(after)).is_some();
        table.rows.iter().any(is_figure)
    };
    passage.tables.iter().any(row) || passage.lines.iter().any(|line| line.change().is_some())
}

/// Whether a text begins with a quantity.
fn first_quantity(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

fn hint(need: Need) -> &'static str {
    match need {
        Need::Text => "some sentences with names, times and numbers",
        Need::Rows => {
            "a row of the table or an item of a list for each, or one sentence that says why there is none"
        }
        Need::Figures => "a table | Quantity | Before | After |, or items such as `- p95: 250ms -> 890ms`",
        Need::Evidence => "a table | Finding | Evidence |, or one sentence that says that nothing was found",
        Need::Matrix => "a table | Role | Finding | Evidence | with a row for each role",
        Need::Horizons => "the headings ### Immediate, ### Short-term and ### Long-term, each with a list",
    }
}
