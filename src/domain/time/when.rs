//! Points in time as people name them: `+2h`, `tomorrow 18:00`, `friday`, `2026-11-20 18:00`. UTC.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc, Weekday};

use super::{Span, Timestamp};

/// The point in time that `text` names at `now`. A day alone ends at 23:59; a time of day alone is
/// the next one; a weekday is the next one, never today.
pub fn parse(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let words = text.trim().to_lowercase();
    if let Some(after) = words.strip_prefix('+').or_else(|| words.strip_prefix("in ")) {
        return after.parse::<Span>().map(|span| now.plus(span));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let fail = || {
        format!(
            "`{}` is no point in time: expected one such as +2h, \"tomorrow 18:00\" or 2026-11-20T18:00:00Z",
            text.trim()
        )
    };
    let here = DateTime::<Utc>::from_timestamp_millis(now.millis()).ok_or_else(fail)?;
    if let Ok(time) = time_of_day(&words) {
        let today = at(here.date_naive(), time);
        return Ok(if today > now { today } else { today.plus(Span::hours(24)) });
    }
    let (day, time) = words
        .split_once([' ', 't'])
        .filter(|(day, _)| is_date(day))
        .unwrap_or_else(|| words.split_once(' ').unwrap_or((words.as_str(), "23:59")));
    let day = day_named(day, here.date_naive()).ok_or_else(fail)?;
    let time =
        time_of_day(time.trim().trim_end_matches(" utc").trim_end_matches('z')).map_err(|()| fail())?;
    Ok(at(day, time))
}

fn is_date(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

fn time_of_day(text: &str) -> Result<NaiveTime, ()> {
    let forms = ["%H:%M", "%H:%M:%S"];
    forms.iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok()).ok_or(())
}

fn day_named(word: &str, today: NaiveDate) -> Option<NaiveDate> {
    match word {
        "today" => Some(today),
        "tomorrow" => today.checked_add_days(Days::new(1)),
        word => match word.parse::<Weekday>() {
            Ok(weekday) => {
                let ahead = weekday.num_days_from_monday() + 7 - today.weekday().num_days_from_monday();
                today.checked_add_days(Days::new(u64::from((ahead - 1) % 7 + 1)))
            }
            Err(_) => NaiveDate::parse_from_str(word, "%Y-%m-%d").ok(),
        },
    }
}

fn at(day: NaiveDate, time: NaiveTime) -> Timestamp {
    Timestamp::from_millis(day.and_time(time).and_utc().timestamp_millis())
}

/// How long until `deadline`, or how late it is, in words.
pub fn left(deadline: Timestamp, now: Timestamp) -> String {
    if deadline < now {
        format!("{} late", now.since(deadline))
    } else {
        format!("{} left", deadline.since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_name_times_in_many_ways() {
        // A Friday.
        let now: Timestamp = "2026-11-20T15:00:00Z".parse().expect("a time");
        for (text, expected) in [
            ("+2h", "2026-11-20T17:00:00.000Z"),
            ("in 30m", "2026-11-20T15:30:00.000Z"),
            ("tomorrow 18:00", "2026-11-21T18:00:00.000Z"),
            ("Tomorrow", "2026-11-21T23:59:00.000Z"),
            ("today 18:00", "2026-11-20T18:00:00.000Z"),
            ("18:00", "2026-11-20T18:00:00.000Z"),
            ("09:30", "2026-11-21T09:30:00.000Z"),
            ("friday", "2026-11-27T23:59:00.000Z"),
            ("mon 09:00", "2026-11-23T09:00:00.000Z"),
            ("2026-12-01", "2026-12-01T23:59:00.000Z"),
            ("2026-12-01 18:00", "2026-12-01T18:00:00.000Z"),
            ("2025-01-05T18:00:00Z", "2025-01-05T18:00:00.000Z"),
            ("2026-12-01T18:00", "2026-12-01T18:00:00.000Z"),
        ] {
            assert_eq!(parse(text, now).map(|time| time.to_string()), Ok(expected.to_owned()), "{text}");
        }
        for text in ["", "soon", "+2", "tomorrow 25:00", "2026-13-01", "18", "+-2h"] {
            assert!(parse(text, now).is_err(), "{text:?} was taken");
        }
        assert_eq!(left(now.plus(Span::hours(2)), now), "2h left");
        assert_eq!(left(now, now.plus(Span::hours(3))), "3h late");
    }
}
