//! Times: as parameters and answers write them, and as services want them.

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::table::TimeFormat;

/// Reads any of the forms in which a time is written: ISO 8601, RFC 822, seconds since 1970.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let seconds = || text.parse().ok().and_then(from_seconds);
    text.parse().ok().or_else(|| rfc2822::parse(text).ok().map(|zoned| zoned.timestamp())).or_else(seconds)
}

/// Seconds since 1970, to the millisecond.
pub(super) fn from_seconds(seconds: f64) -> Option<Timestamp> {
    let milliseconds = (seconds * 1_000.0).round();
    let bound = 1e15;
    if !(-bound..=bound).contains(&milliseconds) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and within the bound")]
    Timestamp::from_millisecond(milliseconds as i64).ok()
}

/// `2021-11-08T18:54:58.123Z`
pub(super) fn iso(time: Timestamp) -> String {
    time.to_string()
}

/// Seconds since 1970: whole where they are.
pub(super) fn seconds(time: Timestamp) -> serde_json::Value {
    let milliseconds = time.as_millisecond();
    if milliseconds % 1_000 == 0 {
        return (milliseconds / 1_000).into();
    }
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of any year are exact")]
    let seconds = milliseconds as f64 / 1_000.0;
    seconds.into()
}

/// In a header, a query or an element; `usual` is what the place has where the model says nothing.
pub(super) fn text(time: Timestamp, format: TimeFormat, usual: TimeFormat) -> String {
    let format = if format == TimeFormat::Usual { usual } else { format };
    match format {
        TimeFormat::Rfc822 => time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        TimeFormat::Seconds => seconds(time).to_string(),
        TimeFormat::Iso | TimeFormat::Usual => iso(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written() {
        let time = parse("2015-08-30T12:36:00Z").unwrap();
        assert_eq!(parse("Sun, 30 Aug 2015 12:36:00 GMT"), Some(time));
        assert_eq!(parse("1440938160"), Some(time));
        assert_eq!(text(time, TimeFormat::Usual, TimeFormat::Rfc822), "Sun, 30 Aug 2015 12:36:00 GMT");
        assert_eq!(text(time, TimeFormat::Iso, TimeFormat::Rfc822), "2015-08-30T12:36:00Z");
        assert_eq!(text(time, TimeFormat::Usual, TimeFormat::Seconds), "1440938160");
        let time = from_seconds(1_440_938_160.25).unwrap();
        assert_eq!(
            (iso(time).as_str(), seconds(time).to_string().as_str()),
            ("2015-08-30T12:36:00.25Z", "1440938160.25")
        );
        assert_eq!((parse("yesterday"), from_seconds(f64::NAN)), (None, None));
    }
}
