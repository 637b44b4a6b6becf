//! A refusal because of our clock: a signature is good for minutes around the time of AWS.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::aws::error::Detail;
use crate::aws::model::timestamp;
use crate::engine::clock::Timestamp;

/// Whether a refusal is about the time of a request.
pub(super) fn is_told_by(detail: &Detail) -> bool {
    let codes = ["RequestTimeTooSkewed", "RequestExpired"];
    let texts = ["Signature expired", "Signature not yet current"];
    codes.contains(&detail.code.as_str()) || texts.iter().any(|text| detail.message.starts_with(text))
}

/// The refusal with how far our clock (`now`) is from that of the answer, by its `Date`.
pub(super) fn told(detail: Detail, date: Option<&str>, now: Timestamp) -> Detail {
    let theirs = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok()).map(|date| timestamp(&date));
    let message = match theirs {
        Some(theirs) => {
            let (seconds, way) = ((now.0 - theirs.0) / 1_000, if now < theirs { "behind" } else { "ahead of" });
            format!("this machine's clock is {} {way} that of AWS: {}", span(seconds.unsigned_abs()), detail.message)
        }
        None => format!("this machine's clock is not that of AWS: {}", detail.message),
    };
    Detail { message, ..detail }
}

/// `45 s`, `7 min 12 s`, `2 h 5 min`
fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(code: &str, message: &str) -> Detail {
        Detail { code: code.into(), message: message.into(), request_id: None }
    }

    #[test]
    fn only_what_is_about_time_is_about_our_clock() {
        for (code, message, is_skew) in [
            ("InvalidSignatureException", "Signature expired: 20261123T170000Z is now earlier than …", true),
            ("InvalidSignatureException", "Signature not yet current: 20261123T170000Z is still later than …", true),
            ("RequestTimeTooSkewed", "The difference between the request time and …", true),
            ("InvalidSignatureException", "The request signature we calculated does not match …", false),
            ("ExpiredTokenException", "The security token included in the request is expired", false),
        ] {
            assert_eq!(is_told_by(&detail(code, message)), is_skew, "{message}");
        }
    }

    #[test]
    fn the_difference_is_that_to_the_answers_date() {
        let theirs = Some("Mon, 23 Nov 2026 18:00:00 GMT");
        let message = |now: i64, date| told(detail("RequestTimeTooSkewed", "why"), date, Timestamp(now)).message;
        let there = 1_795_456_800_000;
        assert_eq!(message(there - 432_000, theirs), "this machine's clock is 7 min 12 s behind that of AWS: why");
        assert_eq!(message(there + 7_500_000, theirs), "this machine's clock is 2 h 5 min ahead of that of AWS: why");
        assert_eq!(message(there, None), "this machine's clock is not that of AWS: why");
        assert_eq!(message(there, Some("yesterday")), "this machine's clock is not that of AWS: why");
    }
}
