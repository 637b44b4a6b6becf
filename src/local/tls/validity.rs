//! Until when a certificate is valid, read from its DER.
//!
//! The TLS library takes a CA for valid for ever (a trust anchor has no dates there), and OpenSSL does not: so the date is
//! read here. The shape is RFC 5280's, section 4.1: `SEQUENCE { SEQUENCE { [0] version, serial, algorithm, issuer,
//! SEQUENCE { notBefore, notAfter }, … } … }`.

use std::time::{Duration, SystemTime};

use jiff::civil;
use jiff::tz::TimeZone;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xA0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The end of a certificate's validity; `None` where the bytes are no certificate.
pub(super) fn not_after(certificate: &[u8]) -> Option<SystemTime> {
    let (outer, _) = element(certificate, SEQUENCE)?;
    let (mut fields, _) = element(outer, SEQUENCE)?;
    if let Some((_, rest)) = element(fields, VERSION) {
        fields = rest;
    }
    // Serial number, algorithm and issuer stand before the validity.
    for _ in 0..3 {
        fields = any(fields)?.2;
    }
    let (validity, _) = element(fields, SEQUENCE)?;
    let (_, _, end) = any(validity)?;
    let (tag, digits, _) = any(end)?;
    time(tag, digits)
}

/// The content of an element with this tag, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = any(bytes)?;
    (found == tag).then_some((content, rest))
}

/// Tag, content and rest.
fn any(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, length], rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = match length {
        0x81 => rest.split_first().map(|(length, rest)| (usize::from(*length), rest))?,
        0x82 => rest.split_first_chunk().map(|(length, rest)| (usize::from(u16::from_be_bytes(*length)), rest))?,
        0..=0x7F => (usize::from(length), rest),
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// `YYMMDDhhmmssZ`, or with four digits of the year.
fn time(tag: u8, text: &[u8]) -> Option<SystemTime> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (year, text) = match tag {
        UTC_TIME => (text.get(..2)?.parse::<i16>().ok()?, text.get(2..)?),
        GENERALIZED_TIME => (text.get(..4)?.parse::<i16>().ok()?, text.get(4..)?),
        _ => return None,
    };
    // Two digits mean 1950 to 2049.
    let year = if tag == UTC_TIME { year + if year < 50 { 2000 } else { 1900 } } else { year };
    let two = |at: usize| text.get(at..at + 2)?.parse::<i8>().ok();
    let date = civil::DateTime::new(year, two(0)?, two(2)?, two(4)?, two(6)?, two(8)?, 0).ok()?;
    let seconds = date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

#[cfg(test)]
mod tests {
    use super::{Duration, GENERALIZED_TIME, SystemTime, UTC_TIME, not_after, time};

    #[test]
    fn both_forms_of_a_time_are_read() {
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        for (tag, text, expected) in [
            (UTC_TIME, "260131120000Z", at(1_769_860_800)),
            (UTC_TIME, "491231235959Z", at(2_524_607_999)),
            (GENERALIZED_TIME, "20500101000000Z", at(2_524_608_000)),
            (UTC_TIME, "990101000000Z", at(915_148_800)),
            (UTC_TIME, "260131120000", None),
            (UTC_TIME, "261331120000Z", None),
            (UTC_TIME, "2601311200é0Z", None),
            (UTC_TIME, "Z", None),
            (0x04, "260131120000Z", None),
        ] {
            assert_eq!(time(tag, text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        for bytes in
            [&b""[..], b"\x30", b"\x30\x80", b"\x30\x82\xFF\xFF\x30", b"\x30\x02\x30\x00", b"nonsense", &[0x30; 64]]
        {
            assert_eq!(not_after(bytes), None, "{bytes:?}");
        }
    }
}
