//! Points in time and durations, as they stand in records: UTC, milliseconds.

pub mod when;
pub mod zone;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A length of time in milliseconds; written `90s`, `30m`, `4h`, `2d`, `1w`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Timestamp {
    /// From milliseconds since the epoch, clamped to the years that RFC 3339 can write.
    pub fn from_millis(millis: i64) -> Self {
        Timestamp(millis.clamp(-62_167_219_200_000, 253_402_300_799_999))
    }

    /// Milliseconds since the epoch.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The point so long before this one.
    pub fn minus(self, span: Span) -> Self {
        Timestamp::from_millis(self.0.saturating_sub(span.0))
    }

    /// The time `span` later.
    pub fn plus(self, span: Span) -> Self {
        Timestamp::from_millis(self.0.saturating_add(span.0))
    }

    /// How long after `earlier` this is; zero when it is not.
    pub fn since(self, earlier: Timestamp) -> Span {
        Span((self.0 - earlier.0).max(0))
    }

    /// The day as folders name it: `2026-11-20`.
    pub fn day(self) -> String {
        self.utc().format("%Y-%m-%d").to_string()
    }

    /// The form in which event files sort by name: `20261120T155200.123Z`.
    pub fn compact(self) -> String {
        self.utc().format("%Y%m%dT%H%M%S%.3fZ").to_string()
    }

    /// For people: `2026-11-20 15:52`.
    pub fn minute(self) -> String {
        self.utc().format("%Y-%m-%d %H:%M").to_string()
    }

    fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.utc().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Timestamp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        DateTime::parse_from_rfc3339(text.trim())
            .map(|time| Timestamp::from_millis(time.timestamp_millis()))
            .map_err(|_| format!("`{text}` is no time: expected UTC such as \"2026-11-20T15:52:00.123Z\""))
    }
}

// Caches, which nobody reads, hold the number.

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_i64(self.0);
        }
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Timestamp::from_millis);
        }
        Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "UTC with milliseconds, quoted: \"2026-11-20T15:52:00.123Z\""
        })
    }
}

impl Span {
    /// No time at all.
    pub const NONE: Span = Span(0);

    /// A span of so many minutes.
    pub const fn minutes(minutes: i64) -> Self {
        Span(minutes * 60_000)
    }

    /// A span of so many hours.
    pub const fn hours(hours: i64) -> Self {
        Span::minutes(hours * 60)
    }

    /// Milliseconds.
    pub fn millis(self) -> i64 {
        self.0
    }
}

const UNITS: [(char, i64); 5] =
    [('w', 7 * 86_400_000), ('d', 86_400_000), ('h', 3_600_000), ('m', 60_000), ('s', 1_000)];

impl fmt::Display for Span {
    /// The largest unit that leaves no remainder worth a reader's time: `4h`, `90m`, `3d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, size) = UNITS
            .into_iter()
            .find(|(_, size)| self.0 >= 2 * size || (self.0 > 0 && self.0 % size == 0))
            .unwrap_or(('s', 1_000));
        f.pad(&format!("{}{unit}", self.0 / size))
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fail = || format!("`{text}` is no duration: expected a number and a unit, such as 30m, 4h or 2d");
        let word = text.trim();
        let (unit, size) = UNITS.into_iter().find(|(unit, _)| word.ends_with(*unit)).ok_or_else(fail)?;
        let number: i64 = word.trim_end_matches(unit).trim_end().parse().map_err(|_| fail())?;
        if number < 0 {
            return Err(fail());
        }
        number.checked_mul(size).map(Span).ok_or_else(fail)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl schemars::JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9]+[smhdw]$",
            "description": "A duration such as 30m, 4h or 2d"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_a_round_trip_and_sort_as_names() {
        let at: Timestamp = "2026-11-20T17:52:00.123+02:00".parse().expect("a time");
        assert_eq!(at.to_string(), "2026-11-20T15:52:00.123Z");
        assert_eq!(at.compact(), "20261120T155200.123Z");
        assert_eq!(at.day(), "2026-11-20");
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn spans_read_and_write_one_unit() {
        for (text, shown) in [("4h", "4h"), ("240m", "4h"), ("90m", "90m"), ("7d", "1w"), ("0s", "0s")] {
            assert_eq!(text.parse::<Span>().map(|s| s.to_string()), Ok(shown.into()));
        }
        for text in ["", "4", "h", "-1h", "4 hours", "99999999999999999w"] {
            assert!(text.parse::<Span>().is_err(), "{text:?} was taken");
        }
    }
}
