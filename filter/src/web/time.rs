//! Durations and times.

use std::time::Duration;

use crate::inputs::Timestamp;

/// Whole numbers with the units d, h, m and s, the larger unit first: `8h`, `1h30m`.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut seconds: u64 = 0;
    let mut last_unit = u64::MAX;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at_checked(digits)?;
        let unit = match after.bytes().next()? {
            b'd' => 86_400,
            b'h' => 3_600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        if unit >= last_unit {
            return None;
        }
        last_unit = unit;
        seconds = number.parse::<u64>().ok()?.checked_mul(unit)?.checked_add(seconds)?;
        rest = after.get(1..)?;
    }
    (!text.is_empty()).then_some(Duration::from_secs(seconds))
}

/// `date-time` of RFC 3339 §5.6 from 1970 on. A fraction of a second is dropped.
#[must_use]
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let (year, rest) = number(text, 4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 2)?;
    let (hour, rest) = number(rest.strip_prefix(['T', 't'])?, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = number(rest.strip_prefix(':')?, 2)?;
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            (rest.len() < fraction.len()).then_some(rest)?
        }
        None => rest,
    };
    // A leap second counts as the second after it, as in POSIX time.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days_since_epoch(year, month, day)?
        .checked_mul(86_400)?
        .checked_add(hour.checked_mul(3_600)?)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)?
        .checked_sub(offset(rest)?)?;
    u64::try_from(seconds).ok().map(Timestamp)
}

/// The first `digits` characters of `text`, all of them digits, and the rest.
fn number(text: &str, digits: usize) -> Option<(i64, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let number = number.bytes().all(|byte| byte.is_ascii_digit()).then_some(number)?;
    Some((number.parse().ok()?, rest))
}

/// The seconds by which a local time is ahead of UTC.
fn offset(text: &str) -> Option<i64> {
    let (sign, rest) = match text {
        "Z" | "z" => return Some(0),
        _ => match text.strip_prefix('+') {
            Some(rest) => (1_i64, rest),
            None => (-1, text.strip_prefix('-')?),
        },
    };
    let (hours, rest) = number(rest, 2)?;
    let (minutes, rest) = number(rest.strip_prefix(':')?, 2)?;
    if hours > 23 || minutes > 59 || !rest.is_empty() {
        return None;
    }
    hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(60)?.checked_mul(sign)
}

/// Days from 1970-01-01 to a day of the Gregorian calendar; `None` where there is no such day.
fn days_since_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year.checked_rem(4)? == 0 && (year.checked_rem(100)? != 0 || year.checked_rem(400)? == 0);
    let february = if is_leap { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let index = usize::try_from(month.checked_sub(1)?).ok()?;
    if day < 1 || day > *months.get(index)? || year < 1970 {
        return None;
    }
    // Leap days of the years before this one, less the 477 before 1970.
    let before = year.checked_sub(1)?;
    let leap_days = before
        .checked_div(4)?
        .checked_sub(before.checked_div(100)?)?
        .checked_add(before.checked_div(400)?)?
        .checked_sub(477)?;
    let whole_months: i64 = months.iter().take(index).sum();
    year.checked_sub(1970)?
        .checked_mul(365)?
        .checked_add(leap_days)?
        .checked_add(whole_months)?
        .checked_add(day)?
        .checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in
            [("30s", 30), ("15m", 900), ("8h", 28_800), ("7d", 604_800), ("1h30m", 5_400), ("0s", 0)]
        {
            assert_eq!(parse_duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "8",
            "h",
            "8 hours",
            "8H",
            " 8h",
            "8h ",
            "-8h",
            "+8h",
            "1.5h",
            "30m1h",
            "1h1h",
            "500ms",
            "８h",
            "99999999999999999999s",
            "999999999999999999d",
            "8h\n",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn times() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T01:00:00+01:00", 0),
            ("1969-12-31T23:00:00-01:00", u64::MAX),
            ("1970-01-01T00:00:00-00:30", 1_800),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("2026-11-24T08:00:00Z", 1_795_507_200),
            ("2026-11-24t08:00:00.999z", 1_795_507_200),
            ("2026-11-24T13:30:00+05:30", 1_795_507_200),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("2016-12-31T23:59:60Z", 1_483_228_800),
        ] {
            let expected = (seconds != u64::MAX).then_some(Timestamp(seconds));
            assert_eq!(parse_time(text), expected, "{text}");
        }
        for text in [
            "",
            "2026-11-24",
            "2026-11-24 08:00:00Z",
            "2026-11-24T08:00Z",
            "2026-11-24T08:00:00",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-04-00T00:00:00Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T08:60:00Z",
            "2026-11-24T08:00:61Z",
            "2026-11-24T08:00:00.Z",
            "2026-11-24T08:00:00+0100",
            "2026-11-24T08:00:00+24:00",
            "2026-11-24T08:00:00Z ",
            "+026-11-24T08:00:00Z",
            "2026-1１-24T08:00:00Z",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_follows_the_one_before_it() {
        let mut expected = 0;
        for year in 1970..2110 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(days) = days_since_epoch(year, month, day) {
                        assert_eq!(days, expected, "{year}-{month}-{day}");
                        expected += 1;
                    }
                }
            }
        }
        assert_eq!(expected, 51_134);
    }
}
