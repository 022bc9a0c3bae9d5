//! How a measured value must compare: with a quantity, `< 300ms`, or with the baseline,
//! `<= baseline + 10%`.

use std::fmt;
use std::str::FromStr;

use crate::domain::quantity::{Comparison, Measure, Quantity};

/// A limit without the name of what it limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    text: String,
    comparison: Comparison,
    bound: Bound,
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq)]
enum Bound {
    /// A quantity.
    Absolute(Quantity),
    /// What it was before, and so many percent more.
    Baseline(f64),
}

/// Why a limit can't judge a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unjudged {
    /// Nobody wrote down what it was before.
    NoBaseline,
    /// The value measures something else than the limit, which is this.
    OtherMeasure(String),
}

/// The word that stands for what it was before.
const BASELINE: &str = "baseline";

impl Limit {
    /// Whether `measured` keeps to it; `baseline` is what it was before.
    pub fn is_met_by(&self, measured: &Quantity, baseline: Option<&Quantity>) -> Result<bool, Unjudged> {
        let (bound, percent) = match &self.bound {
            Bound::Absolute(quantity) => (quantity, 0.0),
            Bound::Baseline(percent) => (baseline.ok_or(Unjudged::NoBaseline)?, *percent),
        };
        if measured.measure() != bound.measure() {
            return Err(Unjudged::OtherMeasure(bound.to_string()));
        }
        let bound = bound.value() + bound.value().abs() * percent / 100.0;
        Ok(self.comparison.holds(measured.value().total_cmp(&bound)))
    }

    /// Whether it can be judged without a baseline.
    pub fn is_absolute(&self) -> bool {
        matches!(self.bound, Bound::Absolute(_))
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let fail =
            || format!("`{text}` is no limit: expected one such as `< 300ms` or `<= {BASELINE} + 10%`");
        let (before, comparison, rest) = Comparison::split(text).ok_or_else(fail)?;
        if !before.trim().is_empty() {
            return Err(fail());
        }
        let bound = match relative(&rest.trim().to_lowercase()) {
            Some(percent) => Bound::Baseline(percent.ok_or_else(fail)?),
            None => Bound::Absolute(rest.parse().map_err(|_| fail())?),
        };
        Ok(Limit { text: text.to_owned(), comparison, bound })
    }
}

/// Percent beyond the baseline: 10 for `baseline + 10%` and for `110% of baseline`. `None` where no
/// baseline is named, `Some(None)` where what else is said of it can't be read.
fn relative(text: &str) -> Option<Option<f64>> {
    if let Some(share) = text.strip_suffix(BASELINE) {
        let share = share.trim().trim_end_matches("of").trim();
        return Some(if share.is_empty() { Some(0.0) } else { percent(share).map(|share| share - 100.0) });
    }
    let more = text.strip_prefix(BASELINE)?.trim();
    Some(match more.split_at_checked(1) {
        Some(("+", more)) => percent(more),
        Some(("-", less)) => percent(less).map(|less| -less),
        _ => None,
    })
}

fn percent(text: &str) -> Option<f64> {
    let share: Quantity = text.trim().parse().ok()?;
    (*share.measure() == Measure::Share).then_some(share.value())
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn met(limit: &str, measured: &str, baseline: &str) -> Result<bool, Unjudged> {
        let limit: Limit = limit.parse().unwrap_or_else(|error| panic!("{error}"));
        let baseline = baseline.parse().ok();
        limit.is_met_by(&measured.parse().expect("a quantity"), baseline.as_ref())
    }

    #[test]
    fn values_are_compared_with_a_quantity_or_with_what_it_was() {
        assert_eq!(met("< 300ms", "0.28 s", ""), Ok(true));
        assert_eq!(met("< 300ms", "300ms", ""), Ok(false));
        assert_eq!(met(">= 450 req/s", "450rps", ""), Ok(true));
        assert_eq!(met("<= baseline", "250ms", "250 ms"), Ok(true));
        assert_eq!(met("<= baseline + 10%", "275ms", "250ms"), Ok(true));
        assert_eq!(met("<= Baseline+10%", "276ms", "250ms"), Ok(false));
        assert_eq!(met("<= 110% of baseline", "270ms", "250ms"), Ok(true));
        assert_eq!(met(">= baseline - 5%", "94", "100"), Ok(false));
        assert_eq!(met("< 300ms", "5%", ""), Err(Unjudged::OtherMeasure("300ms".into())));
        assert_eq!(met("< baseline", "5%", ""), Err(Unjudged::NoBaseline));
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for text in ["", "300ms", "p95 < 300ms", "< fast", "< baseline * 2", "< baseline + 10ms", "<"] {
            assert!(text.parse::<Limit>().is_err(), "{text:?} was taken");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_what_is_read_reads_back(text in "[<>= ]{0,3}.{0,16}(baseline)?.{0,8}") {
            if let Ok(read) = text.parse::<Limit>() {
                prop_assert_eq!(read.to_string().parse::<Limit>(), Ok(read));
            }
        }
    }
}
