//! Measured quantities: a number with a unit, parsed, normalised, comparable.
//!
//! `850ms`, `450 req/s`, `2.3%`, `1.5 GiB`, `12`. Two quantities compare when their units measure the
//! same thing; a unit that is not known here measures only itself.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A number with a unit, as it was written and as it compares.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    text: String,
    value: f64,
    measure: Measure,
}

/// What a unit measures. Values are kept in the unit that is named here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// Milliseconds.
    Time,
    /// Events of a kind in a second: `req`.
    Rate(String),
    /// Percent.
    Share,
    /// Bytes.
    Size,
    /// Bytes in a second.
    Transfer,
    /// A plain number.
    Count,
    /// A unit that is not known here.
    Other(String),
}

/// Longest unit that is taken for one.
const LONGEST_UNIT: usize = 24;

const TIMES: [(&[&str], f64); 7] = [
    (&["ns"], 1e-6),
    (&["us", "µs", "μs"], 1e-3),
    (&["ms"], 1.0),
    (&["s", "sec", "secs", "second", "seconds"], 1e3),
    (&["m", "min", "mins", "minute", "minutes"], 60e3),
    (&["h", "hour", "hours"], 3_600e3),
    (&["d", "day", "days"], 86_400e3),
];

const SIZES: [(&str, f64); 9] = [
    ("b", 1.0),
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("tb", 1e12),
    ("kib", 1024.0),
    ("mib", 1_048_576.0),
    ("gib", 1_073_741_824.0),
    ("tib", 1_099_511_627_776.0),
];

const COUNTS: [(&str, f64); 4] = [("", 1.0), ("k", 1e3), ("M", 1e6), ("G", 1e9)];

/// Words for what happens so often in a second, each with the one that stands for all.
const EVENTS: [(&[&str], &str); 4] = [
    (&["r", "req", "reqs", "request", "requests"], "req"),
    (&["q", "query", "queries"], "query"),
    (&["t", "tx", "txn", "transaction", "transactions"], "tx"),
    (&["op", "ops", "operation", "operations"], "op"),
];

impl Quantity {
    /// The number in the unit of its measure.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// What it measures.
    pub fn measure(&self) -> &Measure {
        &self.measure
    }

    /// How it compares with another; `None` where the two measure different things.
    pub fn compare(&self, other: &Quantity) -> Option<Ordering> {
        (self.measure == other.measure).then(|| self.value.total_cmp(&other.value))
    }
}

impl FromStr for Quantity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let fail = || {
            format!(
                "`{text}` is no quantity: expected a number with a unit, such as 850ms, 450 req/s or 2.3%"
            )
        };
        if text.is_empty() {
            return Err("no quantity is given: expected a number with a unit, such as 850ms".into());
        }
        let (number, unit) = text.split_at(end_of_number(text));
        let number: f64 = number.parse().map_err(|_| fail())?;
        let unit = unit.trim();
        let is_word = |c: char| c.is_alphanumeric() || "%‰°/_-.".contains(c);
        if !number.is_finite() || unit.chars().count() > LONGEST_UNIT || !unit.chars().all(is_word) {
            return Err(fail());
        }
        let (measure, size) = measure_of(unit);
        Ok(Quantity { text: text.to_owned(), value: number * size, measure })
    }
}

fn end_of_number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_exponent = |at: usize| {
        matches!(bytes[at], b'e' | b'E')
            && at > 0
            && bytes[at - 1].is_ascii_digit()
            && bytes.get(at + 1).is_some_and(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+'))
    };
    let is_sign =
        |at: usize| matches!(bytes[at], b'-' | b'+') && (at == 0 || matches!(bytes[at - 1], b'e' | b'E'));
    (0..bytes.len())
        .find(|at| !(bytes[*at].is_ascii_digit() || bytes[*at] == b'.' || is_exponent(*at) || is_sign(*at)))
        .unwrap_or(bytes.len())
}

/// What `unit` measures, and how much one of it is in the unit of the measure.
fn measure_of(unit: &str) -> (Measure, f64) {
    if let Some((_, size)) = COUNTS.iter().find(|(name, _)| *name == unit) {
        return (Measure::Count, *size);
    }
    let lower = unit.to_lowercase();
    match lower.as_str() {
        "%" | "percent" | "pct" => return (Measure::Share, 1.0),
        "‰" => return (Measure::Share, 0.1),
        "rps" => return (Measure::Rate("req".into()), 1.0),
        "qps" => return (Measure::Rate("query".into()), 1.0),
        "tps" => return (Measure::Rate("tx".into()), 1.0),
        _ => {}
    }
    if let Some(millis) = time_in(&lower) {
        return (Measure::Time, millis);
    }
    if let Some(bytes) = size_in(&lower) {
        return (Measure::Size, bytes);
    }
    if let Some((what, per)) = lower.rsplit_once('/')
        && let Some(millis) = time_in(per)
    {
        let per_second = 1e3 / millis;
        return match size_in(what) {
            Some(bytes) => (Measure::Transfer, bytes * per_second),
            None => (Measure::Rate(event(what)), per_second),
        };
    }
    (Measure::Other(lower), 1.0)
}

fn time_in(unit: &str) -> Option<f64> {
    TIMES.iter().find(|(names, _)| names.contains(&unit)).map(|(_, millis)| *millis)
}

fn size_in(unit: &str) -> Option<f64> {
    SIZES.iter().find(|(name, _)| *name == unit).map(|(_, bytes)| *bytes)
}

fn event(word: &str) -> String {
    let known = EVENTS.iter().find(|(words, _)| words.contains(&word));
    known.map_or(word, |(_, one)| one).to_owned()
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    /// From a text, or from a plain number.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Quantity;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity such as \"850ms\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Quantity, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Quantity, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Quantity, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Quantity, E> {
                self.visit_str(&number.to_string())
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "number"],
            "description": "A number with a unit, such as 850ms, 450 req/s or 2.3%"
        })
    }
}

/// Quantities by name: `p95_latency: 850ms`.
pub type Quantities = BTreeMap<String, Quantity>;

/// A quantity against what it was before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// What it was: the baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Quantity>,
    /// What it is.
    pub after: Quantity,
}

/// Measured quantities by name.
pub type Metrics = BTreeMap<String, Measured>;

impl Measured {
    /// The change in percent of the baseline, where the two measure the same and it is not zero.
    pub fn change(&self) -> Option<f64> {
        let before = self.before.as_ref()?;
        (before.measure == self.after.measure && before.value != 0.0)
            .then(|| (self.after.value - before.value) / before.value.abs() * 100.0)
    }

    /// The same, unless the two measure different things: in what somebody types, that is a slip.
    pub fn comparable(self) -> Result<Self, String> {
        match &self.before {
            Some(before) if before.measure != self.after.measure => Err(format!(
                "`{before}` and `{}` measure different things: give both their unit, such as 250ms..890ms",
                self.after
            )),
            _ => Ok(self),
        }
    }

    /// The change in words: `+256 %`.
    pub fn change_words(&self) -> Option<String> {
        let change = self.change()?;
        let digits = if change.abs() < 10.0 { 1 } else { 0 };
        let text = format!("{change:+.digits$} %");
        Some(if text.trim_start_matches(['+', '-', '0', '.']) == " %" { "unchanged".into() } else { text })
    }
}

impl FromStr for Measured {
    type Err = String;

    /// `890ms`, or `250ms..890ms`: the baseline, then what it is now.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once("..") {
            Some((before, after)) if before.trim().is_empty() || after.trim().is_empty() => {
                Err(format!("`{text}` lacks a side: expected BEFORE..AFTER, such as 250ms..890ms"))
            }
            Some((before, after)) => Ok(Measured { before: Some(before.parse()?), after: after.parse()? }),
            None => Ok(Measured { before: None, after: text.parse()? }),
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.before, self.change_words()) {
            (Some(before), Some(change)) => write!(f, "{before} -> {} ({change})", self.after),
            (Some(before), None) => write!(f, "{before} -> {}", self.after),
            (None, _) => write!(f, "{}", self.after),
        }
    }
}

/// Reads `NAME=BEFORE..AFTER` as somebody types it.
pub fn typed(text: &str) -> Result<(String, Measured), String> {
    let (name, measured) = named::<Measured>(text)?;
    Ok((name, measured.comparable()?))
}

/// Reads `NAME=VALUE`.
pub fn named<T: FromStr<Err = String>>(text: &str) -> Result<(String, T), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| {
        format!("`{text}` names no quantity: expected NAME=VALUE, such as p95_latency=850ms")
    })?;
    Ok((name_of(name)?, value.parse()?))
}

/// Reads the name of a quantity.
pub fn name_of(text: &str) -> Result<String, String> {
    let name = text.trim();
    let is_name = name.starts_with(char::is_alphabetic)
        && name.chars().count() <= 80
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    is_name
        .then(|| name.to_owned())
        .ok_or_else(|| format!("`{name}` is no name of a quantity: expected one such as p95_latency"))
}

/// A limit on a named quantity: `error_rate > 5%`.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// The name of the quantity.
    pub name: String,
    /// How it must compare for the threshold to be met.
    pub comparison: Comparison,
    /// The limit.
    pub limit: Quantity,
}

/// How a quantity compares with a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

const COMPARISONS: [(&str, Comparison); 4] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    (">", Comparison::Above),
    ("<", Comparison::Below),
];

impl Comparison {
    /// Finds the first sign in `text`: what stands before it, how it compares, what comes after.
    pub fn split(text: &str) -> Option<(&str, Comparison, &str)> {
        let found = COMPARISONS.iter().filter_map(|(sign, comparison)| {
            text.find(sign).map(|at| (at, std::cmp::Reverse(sign.len()), sign, *comparison))
        });
        let (at, _, sign, comparison) = found.min_by_key(|(at, length, ..)| (*at, *length))?;
        Some((&text[..at], comparison, &text[at + sign.len()..]))
    }

    /// Whether a value that orders so against a limit is as it must be.
    pub fn holds(self, ordering: Ordering) -> bool {
        match self {
            Comparison::Above => ordering.is_gt(),
            Comparison::AtLeast => ordering.is_ge(),
            Comparison::Below => ordering.is_lt(),
            Comparison::AtMost => ordering.is_le(),
        }
    }
}

impl Threshold {
    /// Whether `measured` meets it; `None` where the two measure different things.
    pub fn is_met_by(&self, measured: &Quantity) -> Option<bool> {
        Some(self.comparison.holds(measured.compare(&self.limit)?))
    }
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fail = |why: String| {
            format!("`{}` is no threshold: {why}expected one such as `error_rate > 5%`", text.trim())
        };
        let (name, comparison, limit) = Comparison::split(text).ok_or_else(|| fail(String::new()))?;
        let explain = |error: String| fail(format!("{error}; "));
        Ok(Threshold {
            name: name_of(name).map_err(explain)?,
            comparison,
            limit: limit.parse().map_err(explain)?,
        })
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = COMPARISONS.iter().find(|(_, comparison)| *comparison == self.comparison);
        write!(f, "{} {} {}", self.name, sign.map_or("?", |(sign, _)| sign), self.limit)
    }
}

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Threshold {
    fn schema_name() -> Cow<'static, str> {
        "Threshold".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A limit on a named quantity, such as error_rate > 5%"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quantity(text: &str) -> Quantity {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn units_are_normalised() {
        for (text, value, measure) in [
            ("850ms", 850.0, Measure::Time),
            ("1.2 s", 1_200.0, Measure::Time),
            ("300µs", 0.3, Measure::Time),
            ("2m", 120_000.0, Measure::Time),
            ("450 req/s", 450.0, Measure::Rate("req".into())),
            ("600 requests/min", 10.0, Measure::Rate("req".into())),
            ("450rps", 450.0, Measure::Rate("req".into())),
            ("2.3%", 2.3, Measure::Share),
            ("1.5 GiB", 1_610_612_736.0, Measure::Size),
            ("10 MB/s", 1e7, Measure::Transfer),
            ("12", 12.0, Measure::Count),
            ("-3", -3.0, Measure::Count),
            ("1e3", 1_000.0, Measure::Count),
            ("10k", 10_000.0, Measure::Count),
            ("20 connections", 20.0, Measure::Other("connections".into())),
        ] {
            let read = quantity(text);
            assert!((read.value() - value).abs() < value.abs() * 1e-9, "{text}: {}", read.value());
            assert_eq!(*read.measure(), measure, "{text}");
            assert_eq!(read.to_string(), text);
        }
        for text in ["", "ms", "1.2.3 ms", "12 a b", "NaN", "inf", "--1", "5 <b>", "1,5 s"] {
            assert!(text.parse::<Quantity>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn only_what_measures_the_same_compares() {
        assert_eq!(quantity("1s").compare(&quantity("900ms")), Some(Ordering::Greater));
        assert_eq!(quantity("1000 ms").compare(&quantity("1s")), Some(Ordering::Equal));
        assert_eq!(quantity("1s").compare(&quantity("1%")), None);
        assert_eq!(quantity("1 req/s").compare(&quantity("1 query/s")), None);
    }

    #[test]
    fn a_change_is_told_in_percent_of_the_baseline() {
        for (text, expected) in [
            ("250ms..890ms", "250ms -> 890ms (+256 %)"),
            ("800ms..1.2s", "800ms -> 1.2s (+50 %)"),
            ("0.5%..1.8%", "0.5% -> 1.8% (+260 %)"),
            ("100..101.24", "100 -> 101.24 (+1.2 %)"),
            ("1s..1000ms", "1s -> 1000ms (unchanged)"),
            ("0..5", "0 -> 5"),
            ("1s..5%", "1s -> 5%"),
            ("12", "12"),
        ] {
            assert_eq!(text.parse::<Measured>().map(|measured| measured.to_string()), Ok(expected.into()));
        }
    }

    #[test]
    fn thresholds_are_met_or_not() {
        let met = |threshold: &str, measured: &str| {
            let threshold: Threshold = threshold.parse().unwrap_or_else(|error| panic!("{error}"));
            threshold.is_met_by(&quantity(measured))
        };
        assert_eq!(met("error_rate > 5%", "5%"), Some(false));
        assert_eq!(met("error_rate>=5%", "5%"), Some(true));
        assert_eq!(met("p95_latency > 300ms", "0.85 s"), Some(true));
        assert_eq!(met("throughput < 500 req/s", "450rps"), Some(true));
        assert_eq!(met("throughput <= 449 req/s", "450 req/s"), Some(false));
        assert_eq!(met("error_rate > 5%", "5ms"), None);
        for text in ["", "error_rate", "error_rate 5%", "> 5%", "a b > 5%", "error_rate > much"] {
            assert!(text.parse::<Threshold>().is_err(), "{text:?} was taken");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_what_is_read_reads_back(text in ".{0,16}") {
            if let Ok(read) = text.parse::<Quantity>() {
                prop_assert_eq!(read.to_string().parse::<Quantity>(), Ok(read));
            }
            if let Ok(read) = text.parse::<Threshold>() {
                prop_assert_eq!(read.to_string().parse::<Threshold>(), Ok(read));
            }
        }
    }
}
