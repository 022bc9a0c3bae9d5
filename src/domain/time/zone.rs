//! Times without a zone, as other tools write them.

use std::fmt;
use std::str::FromStr;

use chrono::{FixedOffset, Local, NaiveDate, NaiveDateTime, Offset, TimeZone};

use super::Timestamp;

/// Where clocks show a time that does not say so itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zone {
    /// Where this machine is, summer time included.
    #[default]
    Machine,
    /// So far from UTC.
    Fixed(FixedOffset),
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "local" => Ok(Zone::Machine),
            "utc" | "z" => Ok(Zone::Fixed(chrono::Utc.fix())),
            offset => offset
                .parse()
                .map(Zone::Fixed)
                .map_err(|_| format!("`{text}` is no time zone: expected local, utc or +02:00")),
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Zone::Machine => f.pad("local"),
            Zone::Fixed(offset) if offset.local_minus_utc() == 0 => f.pad("utc"),
            Zone::Fixed(offset) => f.pad(&offset.to_string()),
        }
    }
}

impl Zone {
    /// Reads a time such as `2026-11-20 15:52`, in this zone unless it names its own.
    pub fn read(self, text: &str) -> Option<Timestamp> {
        let text = text.trim();
        if let Ok(time) = text.parse() {
            return Some(time);
        }
        let plain = text.replace('T', " ");
        let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S%.f"];
        let moment = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(&plain, form).ok());
        let day = || NaiveDate::parse_from_str(&plain, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
        let moment = moment.or_else(day)?;
        let millis = match self {
            // The hour that a change of clocks repeats is the first one, the one it skips the next.
            Zone::Machine => Local
                .from_local_datetime(&moment)
                .earliest()
                .map_or_else(|| moment.and_utc().timestamp_millis(), |time| time.timestamp_millis()),
            Zone::Fixed(offset) => offset.from_local_datetime(&moment).earliest()?.timestamp_millis(),
        };
        Some(Timestamp::from_millis(millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_without_a_zone_are_read_in_one() {
        let zone: Zone = "+02:00".parse().expect("a zone");
        let read = |text: &str| zone.read(text).map(|time| time.to_string());
        for text in ["2026-11-20 15:52", "2026-11-20T15:52", "2026-11-20 15:52:00", "2026-11-20 15:52:00.000"]
        {
            assert_eq!(read(text).as_deref(), Some("2026-11-20T13:52:00.000Z"), "{text}");
        }
        assert_eq!(read("2026-11-20T15:52:00Z").as_deref(), Some("2026-11-20T15:52:00.000Z"));
        assert_eq!(read("2026-11-20").as_deref(), Some("2026-11-19T22:00:00.000Z"));
        assert!(read("yesterday").is_none() && read("").is_none());
        for (text, shown) in [("UTC", "utc"), ("local", "local"), ("+02:00", "+02:00")] {
            assert_eq!(text.parse::<Zone>().map(|zone| zone.to_string()), Ok(shown.to_owned()));
        }
        assert!("Mars".parse::<Zone>().is_err());
    }
}
