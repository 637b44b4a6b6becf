//! Timestamps as AWS reads them: ISO 8601, extended, with an offset.
//!
//! Owns: text → milliseconds since 1970. Must not know: what time it is.

/// Milliseconds since 1970-01-01T00:00:00Z of `2016-03-14T01:59:00Z`; `None` for anything that AWS refuses.
///
/// The date and the time are parted by `T`, the seconds may have up to nine digits of a fraction (below milliseconds
/// they are cut off), and the offset (`Z`, `+01:00`) is required, as recorded on AWS.
pub(in crate::asl) fn parse(text: &str) -> Option<i64> {
    let mut rest = text;
    let year = digits(&mut rest, 4)?;
    let month = after(&mut rest, '-')?;
    let day = after(&mut rest, '-')?;
    rest = rest.strip_prefix(['T', 't'])?;
    let hour = digits(&mut rest, 2)?;
    let minute = after(&mut rest, ':')?;
    let second = if rest.starts_with(':') { after(&mut rest, ':')? } else { 0 };
    let millisecond = fraction(&mut rest)?;
    let offset = offset(rest)?;
    let valid = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
    if !valid || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some(seconds * 1000 + millisecond)
}

fn digits(rest: &mut &str, count: usize) -> Option<i64> {
    let (number, after) = rest.split_at_checked(count)?;
    *rest = after;
    number.bytes().all(|digit| digit.is_ascii_digit()).then_some(number)?.parse().ok()
}

fn after(rest: &mut &str, mark: char) -> Option<i64> {
    *rest = rest.strip_prefix(mark)?;
    digits(rest, 2)
}

fn fraction(rest: &mut &str) -> Option<i64> {
    let Some(after) = rest.strip_prefix('.') else { return Some(0) };
    let count = after.bytes().take_while(u8::is_ascii_digit).count();
    *rest = &after[count..];
    (1..=9).contains(&count).then(|| format!("{:0<3}", &after[..count])[..3].parse().ok())?
}

/// Seconds east of Greenwich.
fn offset(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let mut rest = text.strip_prefix(['+', '-'])?;
    let hour = digits(&mut rest, 2)?;
    let minute = after(&mut rest, ':')?;
    (rest.is_empty() && hour <= 18 && minute <= 59).then_some(sign * (hour * 3600 + minute * 60))
}

fn days_of(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Of the Gregorian calendar, counted in eras of 400 years that start in March, so that a leap day is the last of its
/// year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_what_aws_reads() {
        for (text, milliseconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2016-03-14T01:59:00Z", 1_457_920_740_000),
            ("2016-03-05T21:29:29.243167252Z", 1_457_213_369_243),
            ("2026-11-22T19:47:34.00Z", 1_795_376_854_000),
            ("2000-02-29T12:00:00+01:30", 951_820_200_000),
            ("2000-02-29T12:00-01:00", 951_829_200_000),
        ] {
            assert_eq!(parse(text), Some(milliseconds), "{text}");
        }
    }

    #[test]
    fn refuses_what_aws_refuses() {
        for text in [
            "",
            "05-12-2016T21:29:29Z",
            "2016-12-05 21:29:29Z",
            "2016-12-05T21:29:29",
            "2016-12-05T25:29:29Z",
            "2016-02-30T00:00:00Z",
            "2016-13-01T00:00:00Z",
            "2016-12-05T21:29:29.Z",
            "2016-12-05T21:29:29.1234567890Z",
            "2016-12-05T21:29:29Z ",
            "2016-12-05T21:29:29+0100",
            "２016-12-05T21:29:29Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
