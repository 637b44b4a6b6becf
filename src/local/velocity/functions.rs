//! `$input` and `$util`, as AWS's reference of mapping templates has them.
//!
//! A body that is no JSON is a text, as API Gateway passes forms on; one that begins as JSON and is none is an error. An
//! empty body reads as `{}`. `$input.json` of what is not there gives `""`, `$input.path` null.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::asl::Payload;
use crate::asl::flow::Data;
use crate::asl::path::Path;
use crate::local::velocity::Request;
use crate::local::velocity::value::{Heap, Value};

/// Bytes of the body that one evaluation of a path may look at for one step.
const BODY_BYTES_PER_STEP: usize = 256;

/// `$input`: the request, its body parsed once.
pub(super) struct Input<'r> {
    request: &'r Request<'r>,
    document: OnceCell<Result<Payload, String>>,
}

impl<'r> Input<'r> {
    pub(super) fn new(request: &'r Request<'r>) -> Self {
        Self { request, document: OnceCell::new() }
    }

    /// `$input.body`
    pub(super) fn body<'t>(&self, heap: &mut Heap<'t>) -> Result<Value<'t>, String> {
        heap.text(self.request.body)
    }

    pub(super) fn call<'t>(
        &self,
        heap: &mut Heap<'t>,
        method: &str,
        arguments: &[Value<'t>],
    ) -> Result<Option<Value<'t>>, String> {
        heap.spend(1)?;
        Ok(match (method, arguments) {
            ("body" | "getBody", []) => Some(self.body(heap)?),
            ("params", []) => Some(self.parameters(heap)?),
            ("params", [Value::Text(name)]) => Some(heap.text(self.parameter(name))?),
            ("json", [Value::Text(path)]) => {
                let found = self.select(heap, path)?;
                let text = found.map_or_else(|| "\"\"".to_owned(), |found| found.to_string());
                Some(heap.text(&text)?)
            }
            ("path", [Value::Text(path)]) => {
                let found = self.select(heap, path)?;
                Some(found.map_or(Ok(Value::Null), |found| heap.of_json(&found))?)
            }
            _ => None,
        })
    }

    fn document(&self) -> Result<&Payload, String> {
        let parsed = self.document.get_or_init(|| {
            let body = self.request.body.trim();
            if body.is_empty() {
                return Ok(serde_json::Value::Object(serde_json::Map::new()).into());
            }
            match Payload::parse(body) {
                Ok(document) => Ok(document),
                Err(error) if body.starts_with(['{', '[', '"']) => {
                    Err(format!("the request's body is not JSON: {error}"))
                }
                Err(_) => Ok(serde_json::Value::from(self.request.body).into()),
            }
        });
        parsed.as_ref().map_err(Clone::clone)
    }

    /// What a path leads to; nothing where it leads nowhere.
    fn select(&self, heap: &mut Heap<'_>, path: &str) -> Result<Option<serde_json::Value>, String> {
        heap.spend(1 + self.request.body.len() / BODY_BYTES_PER_STEP)?;
        let path = Path::parse(path).map_err(|error| format!("the path '{path}' is not understood: {error}"))?;
        let data = Data::new(self.document()?, self.request.context);
        Ok(path.evaluate(data).ok().map(std::borrow::Cow::into_owned))
    }

    fn parameter(&self, name: &str) -> &'r str {
        let Request { path, querystring, header, .. } = self.request;
        let exact = path.get(name).or_else(|| querystring.get(name)).or_else(|| header.get(name));
        let found = exact
            .or_else(|| header.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value));
        found.map_or("", String::as_str)
    }

    fn parameters<'t>(&self, heap: &mut Heap<'t>) -> Result<Value<'t>, String> {
        let path = strings(heap, self.request.path)?;
        let querystring = strings(heap, self.request.querystring)?;
        let header = strings(heap, self.request.header)?;
        heap.new_map([("path".into(), path), ("querystring".into(), querystring), ("header".into(), header)])
    }
}

/// A map of texts.
pub(super) fn strings<'t>(heap: &mut Heap<'t>, map: &BTreeMap<String, String>) -> Result<Value<'t>, String> {
    let mut entries: Vec<(Rc<str>, Value<'t>)> = Vec::new();
    for (name, value) in map {
        heap.spend_bytes(name.len())?;
        entries.push((name.as_str().into(), heap.text(value)?));
    }
    heap.new_map(entries)
}

/// `$util.method(argument)`; nothing where there is no such function.
pub(super) fn call<'t>(heap: &mut Heap<'t>, method: &str, argument: &Value<'t>) -> Result<Option<Value<'t>>, String> {
    heap.spend(1)?;
    if matches!(argument, Value::Null) {
        return Ok(Some(Value::Null));
    }
    let text = heap.print(argument)?;
    heap.spend(text.len() / 256)?;
    let result = match method {
        "escapeJavaScript" => escape_javascript(&text),
        "urlEncode" => url_encode(&text),
        "urlDecode" => url_decode(&text),
        "base64Encode" => STANDARD.encode(&*text),
        "base64Decode" => {
            let bytes = STANDARD.decode(text.trim()).map_err(|error| format!("the text is not Base64: {error}"))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        "parseJson" => {
            let parsed = Payload::parse(&*text).map_err(|error| format!("the text is not JSON: {error}"))?;
            return heap.of_json(parsed.value()).map(Some);
        }
        _ => return Ok(None),
    };
    heap.text(&result).map(Some)
}

/// As Apache Commons Lang 2 escapes: both quotes, the slash, control characters, everything beyond ASCII by UTF-16 unit.
fn escape_javascript(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for next in text.chars() {
        match next {
            '\'' | '"' | '\\' | '/' => {
                escaped.push('\\');
                escaped.push(next);
            }
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\u{8}' => escaped.push_str("\\b"),
            '\u{c}' => escaped.push_str("\\f"),
            ' '..='\u{7f}' => escaped.push(next),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    let _ = write!(escaped, "\\u{unit:04X}");
                }
            }
        }
    }
    escaped
}

/// The form of `application/x-www-form-urlencoded`, as Java's URLEncoder writes it.
fn url_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => encoded.push(char::from(byte)),
            other => {
                let _ = write!(encoded, "%{other:02X}");
            }
        }
    }
    encoded
}

/// The reverse; a `%` that is no escape stays as it is.
fn url_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        let byte = escaped.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        if let Some(byte) = byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
            at += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
