//! DUR: durations as people type them, `500ms`, `30s`, `5m`, `2h`, `1d`, also joined: `1h30m`.

use std::time::Duration;

/// The longest duration that is understood: a hundred years, so that sums of instants never overflow.
const DAYS_MAX: u64 = 36_525;

/// What can be typed, for error messages.
pub(crate) const FORMS: &str = "500ms, 30s, 5m, 2h, 1d, 1h30m";

/// Reads a duration; the error says what was expected.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(format!("a duration is empty; write {FORMS}"));
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let (part, after) = first_part(rest).ok_or_else(|| wrong(text))?;
        total = total.checked_add(part).ok_or_else(|| wrong(text))?;
        rest = after;
    }
    if total > Duration::from_hours(24 * DAYS_MAX) {
        return Err(format!("`{text}` is longer than {DAYS_MAX} days"));
    }
    Ok(total)
}

fn wrong(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(_) => format!("`{text}` has no unit; write {text}s for seconds (also {FORMS})"),
        Err(_) => format!("`{text}` is not a duration; write {FORMS}"),
    }
}

/// The first `NUMBERunit` of a text, and what follows it.
fn first_part(text: &str) -> Option<(Duration, &str)> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
    let (number, rest) = text.split_at(digits);
    let end = rest.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(end);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    let number: f64 = number.parse().ok()?;
    let part = Duration::try_from_secs_f64(number * seconds).ok()?;
    Some((part, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_and_joined_parts_are_read() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("5m", 300_000),
            ("2h", 7_200_000),
            ("1d", 86_400_000),
            ("1h30m", 5_400_000),
            ("1.5s", 1_500),
            (" 0s ", 0),
        ] {
            assert_eq!(parse(text).map(|duration| duration.as_millis()), Ok(milliseconds), "{text}");
        }
    }

    #[test]
    fn a_wrong_duration_says_what_to_write() {
        for (text, expected) in [
            ("", "is empty"),
            ("30", "write 30s for seconds"),
            ("30x", "is not a duration"),
            ("s", "is not a duration"),
            ("-5s", "is not a duration"),
            ("1.2.3s", "is not a duration"),
            ("5s5", "is not a duration"),
            ("99999999d", "longer than"),
            ("99999999999999999999999999d", "longer than"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected) || error.contains("is not a duration"), "{text}: {error}");
        }
    }
}
