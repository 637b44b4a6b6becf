//! Timestamps as AWS reads them: RFC 3339 with an upper-case `T`, and `Z` or an offset.

use jiff::Timestamp;

/// AWS's words for a literal that is none, as recorded on AWS.
pub(crate) const NO_TIMESTAMP: &str = "String does not match RFC3339 timestamp";

/// What to write.
pub(crate) const FORM: &str = "write it as 2016-03-14T01:59:00Z, with an upper-case T, seconds, and Z or an offset";

/// The largest offset from UTC that the JVM takes, in hours.
const OFFSET_HOURS_MAX: u8 = 18;

/// The instant that `text` names; nothing for any other text.
///
/// As recorded on AWS: fractions of up to nine digits are taken; a space for `T`, a missing offset, month 13 and hour 25 are not.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    shaped(text).then(|| text.parse().ok()).flatten()
}

/// jiff takes more forms (a space, brackets, second 60) than AWS does.
fn shaped(text: &str) -> bool {
    let Some((head, rest)) = text.split_at_checked(19) else { return false };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = head.bytes().zip("0000-00-00T00:00:00".bytes()).all(|(byte, form)| match form {
        b'0' => byte.is_ascii_digit(),
        other => byte == other,
    });
    let Some(zone) = rest.find(['Z', '+', '-']) else { return false };
    let (fraction, zone) = rest.split_at(zone);
    let fraction_fits = fraction.is_empty()
        || fraction.strip_prefix('.').is_some_and(|fraction| (1..=9).contains(&fraction.len()) && digits(fraction));
    fits && &head[17..] < "60" && fraction_fits && (zone == "Z" || offset(&zone[1..]))
}

fn offset(text: &str) -> bool {
    let Some((hours, minutes)) = text.split_once(':') else { return false };
    let part = |text: &str, below: u8| {
        text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u8>().is_ok_and(|part| part < below)
    };
    part(hours, OFFSET_HOURS_MAX + 1) && part(minutes, 60)
}
