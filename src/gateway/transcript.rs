//! What `-v` shows of a call: its bytes, with the key left out wherever it stands.

use std::fmt::Write as _;

use crate::gateway::answer::Answer;
use crate::gateway::call::{Call, KEY_HEADER};

/// What stands for a key.
const REDACTED: &str = "[redacted]";
/// Characters of a body that are told.
const BODY_CHARACTERS_MAX: usize = 10_000;

/// A request as HTTP/1.1 sends it, the key left out.
#[must_use]
pub fn told_request(call: &Call) -> String {
    let url = &call.url;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let mut text = format!("{} {}{query} HTTP/1.1\n", call.method, url.path());
    for (name, value) in call.all_headers() {
        let _ = writeln!(text, "{name}: {value}");
    }
    if call.key.is_some() {
        let _ = writeln!(text, "{KEY_HEADER}: {REDACTED}");
    }
    let _ = writeln!(text, "host: {host}{port}");
    if let Some(body) = &call.body {
        let _ = writeln!(text, "content-length: {}", body.len());
    }
    text.push('\n');
    push_body(&mut text, call.body.as_deref().unwrap_or_default(), call);
    without_key(&text, call)
}

/// An answer, the key of its call left out: a route may give back what it was sent.
pub(super) fn told_answer(call: &Call, answer: &Answer) -> String {
    let mut text = format!("{} {}\n", answer.version, answer.status);
    for (name, value) in &answer.headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    text.push('\n');
    push_body(&mut text, &String::from_utf8_lossy(&answer.body), call);
    without_key(&text, call)
}

/// Adds a body, cut where it is long: after the key is left out, for of a key across the cut a part would be told.
fn push_body(text: &mut String, body: &str, call: &Call) {
    let told = without_key(body, call);
    match told.char_indices().nth(BODY_CHARACTERS_MAX) {
        Some((end, _)) => {
            let _ = write!(text, "{}… ({} bytes)", &told[..end], body.len());
        }
        None => text.push_str(&told),
    }
}

fn without_key(text: &str, call: &Call) -> String {
    match &call.key {
        Some(key) => text.replace(key.reveal(), REDACTED),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{BODY_CHARACTERS_MAX, told_request};
    use crate::gateway::{Address, ApiKey, Call};

    #[test]
    fn of_a_key_across_the_cut_nothing_is_told() {
        let key = "0123456789abcdefghijABCDEFGHIJ";
        let mut call = Call::new("POST", Address::parse("https://127.0.0.1:1/dev").unwrap().join("/x", &[]));
        call.key = Some(ApiKey::new(key).unwrap());
        call.body = Some(format!("{}{key}{}", "x".repeat(BODY_CHARACTERS_MAX - 20), "y".repeat(100)));
        let told = told_request(&call);
        assert!(!told.contains(&key[..5]) && told.contains("x[redacted]y"), "{told}");
        assert!(told.ends_with(&format!("… ({} bytes)", BODY_CHARACTERS_MAX + 110)), "{told}");
    }
}
