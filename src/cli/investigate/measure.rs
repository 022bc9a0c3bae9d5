//! The table of a window in `validation.md`: what was measured, judged, and written back.

use super::case::Case;
use super::gate::MissingV1;
use super::validate::refuse_open;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::domain::diagnostic::Spot;
use crate::domain::investigation::Part;
use crate::domain::investigation::page::Page;
use crate::domain::investigation::windows::{Check, Verdict, baselines, checks, forgotten, row_of, title};
use crate::domain::quantity::Quantity;
use crate::domain::text::{nearest, shell_word, shown_line};
use crate::markdown::fill::with_cells;
use crate::markdown::page::{self, has_placeholder};

/// What was said on the command line.
pub struct Given<'a> {
    /// Measured values.
    pub metrics: &'a [(String, Quantity)],
    /// What holds, of what has no limit.
    pub met: &'a [String],
    /// What does not hold.
    pub missed: &'a [String],
}

/// What came of a row.
pub struct Outcome {
    /// The row.
    pub check: Check,
    /// What was measured; nothing where somebody judged.
    pub measured: Option<Quantity>,
    /// What comes of it.
    pub verdict: Verdict,
    /// Whether it was said on the command line.
    pub given: bool,
}

/// A window of the validation, as its document has it.
pub struct Window {
    /// The document.
    pub text: String,
    page: Page,
    window: u8,
}

impl Window {
    /// Reads the document.
    pub fn read(context: &Context, case: &Case, window: u8) -> Result<Window, Failure> {
        let text = case.document(context, Part::Validation)?;
        let unreadable = |line: usize, what: &str| {
            let path = case.path(Part::Validation);
            Failure::new(Exit::Unreadable, format!("{path}:{line}: {what}"))
                .why("the limits of the window stand there")
                .hint("mend the file first")
        };
        let page = page::read(text.as_bytes()).map_err(|fault| match fault.spot {
            Spot::At(line, _) => unreadable(line, &fault.message),
            _ => unreadable(1, &fault.message),
        })?;
        match page.faults.first() {
            Some((line, what)) => Err(unreadable(*line, what)),
            None => Ok(Window { text, page, window }),
        }
    }

    /// What comes of each row, by what was said now or stands in the document.
    pub fn judge(&self, case: &Case, given: &Given<'_>) -> Result<Vec<Outcome>, Failure> {
        let checks = self.checks(case)?;
        self.refuse_unknown(case, &checks, given)?;
        let known = baselines(&case.pages);
        let (mut outcomes, mut open) = (Vec::new(), Vec::new());
        for check in checks {
            let baseline = known.get(&check.name.to_lowercase());
            let line = check.line;
            match outcome(check, given, baseline) {
                Ok(outcome) => outcomes.push(outcome),
                Err((what, write)) => open.push(self.missing(case, line, what, write)),
            }
        }
        refuse_open(case, self.window, &open)?;
        self.refuse_stale(case, &outcomes)?;
        Ok(outcomes)
    }

    fn missing(&self, case: &Case, line: usize, what: String, write: String) -> MissingV1 {
        MissingV1 { path: case.path(Part::Validation), line, what, write, command: None }
    }

    /// The rows; refused while one can't be read, or something that was promised has none.
    fn checks(&self, case: &Case) -> Result<Vec<Check>, Failure> {
        let heading = self.page.passage(title(self.window)).map_or(1, |passage| passage.line);
        let limit = || "a limit such as `< 300ms` or `<= baseline + 10%`".to_owned();
        let (checks, mut open) = match checks(&self.page, self.window) {
            Ok(checks) => (checks, Vec::new()),
            Err(wrong) => {
                let told = wrong.into_iter().map(|(line, what)| self.missing(case, line, what, limit()));
                (Vec::new(), told.collect())
            }
        };
        let checks: Vec<Check> = checks.into_iter().filter(|check| !has_placeholder(&check.name)).collect();
        if open.is_empty() {
            let forgotten = forgotten(&case.state, &checks).into_iter();
            open.extend(forgotten.map(|criterion| {
                let what = format!("`## {}` has no row for {}", title(self.window), criterion.name());
                self.missing(case, heading, what, row_of(&criterion))
            }));
        }
        if open.is_empty() && checks.is_empty() {
            let what = format!("`## {}` has no row", title(self.window));
            let write = "| p95_latency | < 300ms | < 250ms | | |".to_owned();
            open.push(self.missing(case, heading, what, write));
        }
        refuse_open(case, self.window, &open)?;
        Ok(checks)
    }

    /// A name that stands in no row is a slip, or something that nobody agreed on.
    fn refuse_unknown(&self, case: &Case, checks: &[Check], given: &Given<'_>) -> Result<(), Failure> {
        let names = given.metrics.iter().map(|(name, _)| name).chain(given.met).chain(given.missed);
        let unknown = names.into_iter().find(|name| !checks.iter().any(|check| check.is_called(name)));
        let Some(name) = unknown else { return Ok(()) };
        let rows = checks.iter().map(|check| check.name.as_str());
        let failure = Failure::usage(format!(
            "{} has no row `{}` in `{}`",
            case.path(Part::Validation),
            shown_line(name),
            title(self.window)
        ))
        .why("what is measured is compared with what was agreed on");
        let failure = match nearest(name, rows.clone()) {
            Some(near) => failure.hint(format!("did you mean {near}?")),
            None => failure.hint(format!("its rows: {}", rows.collect::<Vec<_>>().join(", "))),
        };
        Err(failure.hint(format!("or write one: | {} | < LIMIT | < TARGET | | |", shown_line(name))))
    }

    /// The values of an earlier round say nothing of the fixes that came after it.
    fn refuse_stale(&self, case: &Case, outcomes: &[Outcome]) -> Result<(), Failure> {
        if outcomes.iter().any(|one| one.given) {
            return Ok(());
        }
        let same = |one: &Outcome, at: &crate::domain::investigation::Window| {
            one.measured.as_ref() == at.details.measured.get(&one.check.name)
        };
        let mut earlier = case.state.measured.iter().rev().filter(|at| at.details.window == self.window);
        let Some(before) = earlier.find(|at| outcomes.iter().all(|one| same(one, at))) else { return Ok(()) };
        Err(Failure::refused(format!("these values of window {} were judged at {}", self.window, before.at))
            .why("the values of an earlier round say nothing of the fixes that came after it")
            .hint(format!(
                "measure anew: perfteam investigate validate {} --window {} --metric NAME=VALUE",
                case.short(),
                self.window
            )))
    }

    /// The document with values and verdicts in their cells. What somebody wrote there, and no earlier
    /// round, is not overwritten.
    pub fn written(&self, case: &Case, outcomes: &[Outcome]) -> Result<String, Failure> {
        let mut text = self.text.clone();
        for one in outcomes {
            let mut cells = vec![(one.check.columns.1, one.verdict.word().to_owned())];
            if Verdict::read(&one.check.verdict) == Some(one.verdict) {
                cells.clear();
            }
            if let Some(measured) = one.measured.as_ref().filter(|_| one.given) {
                self.refuse_overwriting(case, one, measured)?;
                cells.push((one.check.columns.0, measured.to_string()));
            } else if one.measured.is_none() && makes_room(&one.check.measured) {
                cells.push((one.check.columns.0, "-".to_owned()));
            }
            text = with_cells(&text, one.check.line, &cells);
        }
        Ok(text)
    }

    fn refuse_overwriting(&self, case: &Case, one: &Outcome, measured: &Quantity) -> Result<(), Failure> {
        let (own, name) = (&one.check.measured, &one.check.name);
        let of_earlier = |at: &crate::domain::investigation::Window| {
            at.details.measured.get(name).is_some_and(|earlier| Some(earlier) == one.check.value().as_ref())
        };
        if makes_room(own)
            || one.check.value().as_ref() == Some(measured)
            || case.state.measured.iter().any(of_earlier)
        {
            return Ok(());
        }
        let place = format!("{}:{}", case.path(Part::Validation), one.check.line);
        Err(Failure::refused(format!("{place} says {}, --metric says {measured}", shown_line(own)))
            .why("what people wrote into the document is not overwritten")
            .hint(format!("if it is {measured}, write that there: {place}"))
            .hint(format!(
                "if the document is right, leave out --metric {}",
                shell_word(&format!("{name}={measured}"))
            )))
    }
}

fn makes_room(cell: &str) -> bool {
    cell.is_empty() || cell == "-" || has_placeholder(cell)
}

/// What comes of a row; what is missing, and what to write there.
fn outcome(
    check: Check,
    given: &Given<'_>,
    baseline: Option<&Quantity>,
) -> Result<Outcome, (String, String)> {
    let named = |names: &[String]| names.iter().any(|name| check.is_called(name));
    let value = given.metrics.iter().find(|(name, _)| check.is_called(name)).map(|(_, value)| value.clone());
    let name = check.name.clone();
    if check.required.is_none() {
        let said = match (named(given.missed), named(given.met)) {
            (true, _) => Some(Verdict::Missed),
            (_, true) => Some(Verdict::Met),
            _ => None,
        };
        let verdict = said.or_else(|| Verdict::read(&check.verdict)).ok_or_else(|| {
            let word = shell_word(&name);
            (
                format!("{name} has no verdict"),
                format!("--met {word} or --missed {word}, or met or missed in the column Verdict"),
            )
        })?;
        return Ok(Outcome { given: said.is_some() || value.is_some(), measured: value, verdict, check });
    }
    let given = value.is_some();
    let measured = value.or_else(|| check.value()).ok_or_else(|| {
        (
            format!("{name} has no measured value"),
            format!("--metric {name}=VALUE, or a quantity in the column Measured"),
        )
    })?;
    let verdict = check.judge(&measured, baseline).map_err(|why| check.unjudged(&measured, &why))?;
    if !given && verdict > Verdict::Missed && Verdict::read(&check.verdict) == Some(Verdict::Missed) {
        let what =
            format!("{name} is {measured}, which meets {}, and the verdict says missed", check.limits());
        return Err((
            what,
            "correct one of the two; what is wrong beside the figure gets a row of its own".to_owned(),
        ));
    }
    Ok(Outcome { given, measured: Some(measured), verdict, check })
}
