//! The strategy of a synthesis: the fixes that its tables list, in the order in which to make them.

use std::cmp::Reverse;

use super::needs::HORIZONS;
use super::page::{Page, Row, Table};
use crate::domain::handle::Handle;
use crate::domain::level::Level;
use crate::domain::text::cut;
use crate::domain::time::Span;

/// When a fix is to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Horizon {
    /// Within an hour.
    Immediate,
    /// Within a day.
    ShortTerm,
    /// Within a week.
    LongTerm,
}

impl Horizon {
    /// All horizons, the nearest first.
    pub const ALL: [Horizon; 3] = [Horizon::Immediate, Horizon::ShortTerm, Horizon::LongTerm];

    /// The heading under which its fixes stand.
    pub fn title(self) -> &'static str {
        HORIZONS[self as usize]
    }
}

/// A fix.
#[derive(Debug, Clone, PartialEq)]
pub struct Fix {
    /// The line of its row.
    pub line: usize,
    /// When it is to be there.
    pub horizon: Horizon,
    /// What is done.
    pub title: String,
    /// Who does it; whoever is right for it where nobody is named.
    pub by: Option<Handle>,
    /// How much it helps.
    pub impact: Level,
    /// How long it takes.
    pub effort: Span,
    /// How much can go wrong.
    pub risk: Level,
    /// How it is done.
    pub steps: Vec<String>,
    /// How it is undone.
    pub roll_back: String,
}

impl Fix {
    fn is_like(&self, other: &Fix) -> bool {
        self.title.to_lowercase() == other.title.to_lowercase()
    }
}

/// Reads how long something takes, as people write it: `30m`, `30 min`, `2 hours`.
fn effort(text: &str) -> Option<Span> {
    let text = text.trim().trim_start_matches(['~', '<']).trim_start();
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(at);
    let unit = match unit.trim().to_lowercase().as_str() {
        "min" | "mins" | "minute" | "minutes" => "m",
        "hr" | "hrs" | "hour" | "hours" => "h",
        "day" | "days" => "d",
        "week" | "weeks" => "w",
        _ => return text.parse().ok(),
    };
    format!("{number}{unit}").parse().ok()
}

/// The columns of a table of fixes.
pub const COLUMNS: [&str; 7] = ["Fix", "By", "Impact", "Effort", "Risk", "Steps", "Roll-back"];

/// The fixes of a synthesis, the one to be made first first: by horizon, impact, effort, and risk.
/// Rows that can't be read are told by line.
pub fn fixes(page: &Page) -> Result<Vec<Fix>, Vec<(usize, String)>> {
    let (mut fixes, mut wrong) = (Vec::new(), Vec::new());
    for horizon in Horizon::ALL {
        let tables = page.whole(horizon.title()).iter().flat_map(|passage| &passage.tables);
        for (table, row) in tables.flat_map(|table| table.rows.iter().map(move |row| (table, row))) {
            // Placeholders are told by themselves.
            if row.is_open {
                continue;
            }
            match read(horizon, table, row) {
                // Each becomes a task.
                Ok(fix) if fixes.iter().any(|other: &Fix| other.is_like(&fix)) => {
                    let title = cut(&fix.title, 60).into_owned();
                    wrong.push((row.line, format!("the fix `{title}` stands there twice: take one out")));
                }
                Ok(fix) => fixes.push(fix),
                Err(what) => wrong.push((row.line, what)),
            }
        }
    }
    fixes.sort_by_key(|fix| (fix.horizon, fix.impact, fix.effort.millis(), Reverse(fix.risk)));
    if wrong.is_empty() { Ok(fixes) } else { Err(wrong) }
}

fn read(horizon: Horizon, table: &Table, row: &Row) -> Result<Fix, String> {
    let cell = |name: &str| table.column(&[name]).map_or("", |at| row.cell(at)).trim();
    let title = cell("Fix").to_owned();
    let fail = |name: &str, what: &str| format!("the fix `{}` has no {name}: {what}", cut(&title, 60));
    if title.is_empty() {
        return Err("a row names no fix: the column Fix says what is done".to_owned());
    }
    let by = match cell("By") {
        "" | "-" => None,
        handle => Some(
            handle.parse().map_err(|_| fail("handle in By", "such as @backend.api, or leave it empty"))?,
        ),
    };
    let level = |name: &str| -> Result<Level, String> {
        let word = cell(name).to_lowercase();
        word.parse().map_err(|_| fail(&format!("level in {name}"), "critical, high, medium or low"))
    };
    let steps: Vec<String> =
        cell("Steps").split(';').map(|step| step.trim().to_owned()).filter(|step| !step.is_empty()).collect();
    if steps.is_empty() {
        return Err(fail("steps", "what is done one after the other, separated by semicolons"));
    }
    let roll_back = cell("Roll-back").to_owned();
    if roll_back.is_empty() {
        return Err(fail("roll-back", "how it is undone when it makes things worse"));
    }
    let effort = effort(cell("Effort")).ok_or_else(|| fail("duration in Effort", "such as 30m or 2h"))?;
    let (impact, risk) = (level("Impact")?, level("Risk")?);
    Ok(Fix { line: row.line, horizon, title, by, impact, effort, risk, steps, roll_back })
}
