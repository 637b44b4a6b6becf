//! From an action's parameters to its HTTP request, in the service's protocol.
//!
//! Owns: where a parameter travels. Must not know: endpoints, signatures, answers.
//! <https://smithy.io/2.0/aws/protocols/index.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::Value;

use super::table::{Action, Kind, Member, Place, Protocol, Service, TimeFormat};
use super::{time, values, xml};
use crate::tasks::signature::encode;

/// A request, but for whom it is sent to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) path: String,
    /// Encoded, in order.
    pub(super) query: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// Makes the request of an action.
///
/// # Errors
/// A sentence about a parameter.
pub(super) fn request(service: &Service, action: &Action, parameters: &Value) -> Result<Request, String> {
    let given = match action.input {
        Some(input) => values::members(service, input, parameters, "Parameters")?,
        None => Vec::new(),
    };
    match service.protocol {
        Protocol::Json(version) => json(service, action, version, &given),
        Protocol::Query => query(service, action, &given),
        Protocol::RestJson | Protocol::RestXml => rest(service, action, &given),
    }
}

type Given<'a> = [(&'a Member, &'a Value)];

fn json(service: &Service, action: &Action, version: &str, given: &Given<'_>) -> Result<Request, String> {
    let headers = vec![
        ("content-type".to_owned(), format!("application/x-amz-json-{version}")),
        ("x-amz-target".to_owned(), format!("{}.{}", service.target_prefix, action.name)),
    ];
    let body = object(service, given.iter().copied())?.to_string().into_bytes();
    Ok(Request { path: "/".to_owned(), query: String::new(), headers, body })
}

fn object<'a>(service: &Service, given: impl Iterator<Item = (&'a Member, &'a Value)>) -> Result<Value, String> {
    let entry = |(member, value): (&Member, &Value)| {
        Ok((member.wire.to_owned(), values::to_json(service, &member.kind, value, member.name)?))
    };
    given.map(entry).collect::<Result<_, String>>().map(Value::Object)
}

fn query(service: &Service, action: &Action, given: &Given<'_>) -> Result<Request, String> {
    let mut form =
        vec![("Action".to_owned(), action.name.to_owned()), ("Version".to_owned(), service.version.to_owned())];
    for (member, value) in given {
        flatten(service, &member.kind, value, member.wire.to_owned(), &mut form)?;
    }
    let body = form.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>();
    let headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned())];
    Ok(Request { path: "/".to_owned(), query: String::new(), headers, body: body.join("&").into_bytes() })
}

/// `Tags.member.1.Key=…`: structures and lists of the query protocol.
fn flatten(
    service: &Service,
    kind: &Kind,
    value: &Value,
    name: String,
    form: &mut Vec<(String, String)>,
) -> Result<(), String> {
    match kind {
        Kind::Structure(structure) => {
            for (member, value) in values::members(service, *structure, value, &name)? {
                flatten(service, &member.kind, value, format!("{name}.{}", member.wire), form)?;
            }
        }
        Kind::List { flat, item, of } => {
            let items = value.as_array().ok_or_else(|| format!("The value for the field '{name}' must be a LIST"))?;
            let around = if *flat { name.clone() } else { format!("{name}.{item}") };
            if items.is_empty() {
                form.push((name, String::new()));
            }
            for (at, value) in items.iter().enumerate() {
                flatten(service, of, value, format!("{around}.{}", at + 1), form)?;
            }
        }
        Kind::Map { flat, key: key_name, value: value_name, of } => {
            let entries = value.as_object().ok_or_else(|| format!("The value for the field '{name}' must be a MAP"))?;
            let around = if *flat { name } else { format!("{name}.entry") };
            for (at, (key, value)) in entries.iter().enumerate() {
                let entry = format!("{around}.{}", at + 1);
                form.push((format!("{entry}.{key_name}"), key.clone()));
                flatten(service, of, value, format!("{entry}.{value_name}"), form)?;
            }
        }
        scalar => form.push((name, plain(scalar, value, TimeFormat::Iso))),
    }
    Ok(())
}

/// A scalar as text; `usual` is how times are written at its place.
fn plain(kind: &Kind, value: &Value, usual: TimeFormat) -> String {
    match (kind, value) {
        (Kind::Bytes, value) => STANDARD.encode(values::bytes(value)),
        (Kind::Time(format), value) => {
            let moment = values::moment(value);
            moment.map_or_else(|| values::text(value), |moment| time::text(moment, *format, usual))
        }
        (_, value) => values::text(value),
    }
}

fn rest(service: &Service, action: &Action, given: &Given<'_>) -> Result<Request, String> {
    let (path, fixed) = action.uri.split_once('?').unwrap_or((action.uri, ""));
    let mut path = path.to_owned();
    let mut query: Vec<String> = fixed.split('&').filter(|part| !part.is_empty()).map(with_equals).collect();
    let mut headers = Vec::new();
    for (member, value) in given {
        match member.place {
            Place::Path => path = filled(&path, member, value),
            Place::Query => query.extend(in_query(member, value)),
            Place::Header => headers.push((member.wire.to_ascii_lowercase(), in_header(&member.kind, value))),
            Place::Headers => {
                let entries = value.as_object().into_iter().flatten();
                let named = |name: &String| format!("{}{name}", member.wire).to_ascii_lowercase();
                headers.extend(entries.map(|(name, value)| (named(name), values::text(value))));
            }
            Place::Body | Place::WholeBody | Place::Attribute | Place::Status => {}
        }
    }
    if let Some(missing) = path.split('{').nth(1).and_then(|rest| rest.split(['}', '+']).next()) {
        return Err(format!("The field \"{missing}\" is required but was missing"));
    }
    query.sort_unstable();
    let body = body(service, action, given, &mut headers)?;
    Ok(Request { path, query: query.join("&"), headers, body })
}

/// `delete` → `delete=`: as a signature has it.
fn with_equals(part: &str) -> String {
    if part.contains('=') { part.to_owned() } else { format!("{part}=") }
}

/// The path with the member in its place: `{Key+}` keeps its slashes.
fn filled(path: &str, member: &Member, value: &Value) -> String {
    let text = plain(&member.kind, value, TimeFormat::Iso);
    let greedy = text.split('/').map(encode).collect::<Vec<_>>().join("/");
    path.replace(&format!("{{{}+}}", member.wire), &greedy).replace(&format!("{{{}}}", member.wire), &encode(&text))
}

fn in_query(member: &Member, value: &Value) -> Vec<String> {
    let part = |name: &str, kind: &Kind, value: &Value| {
        format!("{}={}", encode(name), encode(&plain(kind, value, TimeFormat::Iso)))
    };
    match (&member.kind, value) {
        (Kind::List { of, .. }, Value::Array(items)) => items.iter().map(|item| part(member.wire, of, item)).collect(),
        (Kind::Map { of, .. }, Value::Object(entries)) => {
            entries.iter().map(|(name, value)| part(name, of, value)).collect()
        }
        (kind, value) => vec![part(member.wire, kind, value)],
    }
}

fn in_header(kind: &Kind, value: &Value) -> String {
    match (kind, value) {
        (Kind::List { of, .. }, Value::Array(items)) => {
            items.iter().map(|item| in_header(of, item)).collect::<Vec<_>>().join(",")
        }
        (kind, value) => plain(kind, value, TimeFormat::Rfc822),
    }
}

fn body(
    service: &Service,
    action: &Action,
    given: &Given<'_>,
    headers: &mut Vec<(String, String)>,
) -> Result<Vec<u8>, String> {
    let mut content_type = |usual: &str| {
        if !headers.iter().any(|(name, _)| name == "content-type") {
            headers.push(("content-type".to_owned(), usual.to_owned()));
        }
    };
    let whole = given.iter().find(|(member, _)| member.place == Place::WholeBody);
    match (whole, service.protocol) {
        (Some((member, value)), Protocol::RestXml) if matches!(member.kind, Kind::Structure(_)) => {
            content_type("application/xml");
            let namespace = format!(" xmlns=\"http://s3.amazonaws.com/doc/{}/\"", service.version);
            let body = element(service, &member.kind, value, member.wire, &namespace)?.into_bytes();
            headers.push(("content-md5".to_owned(), STANDARD.encode(Md5::digest(&body))));
            Ok(body)
        }
        (Some((member, value)), _) if matches!(member.kind, Kind::Structure(_)) => {
            content_type("application/json");
            Ok(values::to_json(service, &member.kind, value, member.name)?.to_string().into_bytes())
        }
        (Some((member, value)), _) => {
            content_type("application/octet-stream");
            Ok(if member.kind == Kind::Bytes { values::bytes(value) } else { values::text(value).into_bytes() })
        }
        (None, Protocol::RestJson) => {
            let takes_one = action
                .input
                .is_some_and(|input| service.members(input).iter().any(|member| member.place == Place::Body));
            if !takes_one {
                return Ok(Vec::new());
            }
            content_type("application/json");
            let inside = given.iter().copied().filter(|(member, _)| member.place == Place::Body);
            Ok(object(service, inside)?.to_string().into_bytes())
        }
        (None, _) => Ok(Vec::new()),
    }
}

/// An element of a document. `attributes` stand in its tag.
fn element(service: &Service, kind: &Kind, value: &Value, name: &str, attributes: &str) -> Result<String, String> {
    Ok(match kind {
        Kind::Structure(structure) => {
            let (mut inside, mut attributes) = (String::new(), attributes.to_owned());
            for (member, value) in values::members(service, *structure, value, name)? {
                if member.place == Place::Attribute {
                    let schema = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
                    let value = xml::escape(&values::text(value));
                    attributes = format!("{attributes}{schema} {}=\"{value}\"", member.wire);
                } else {
                    inside.push_str(&element(service, &member.kind, value, member.wire, "")?);
                }
            }
            format!("<{name}{attributes}>{inside}</{name}>")
        }
        Kind::List { flat, item, of } => {
            let items = value.as_array().ok_or_else(|| format!("The value for the field '{name}' must be a LIST"))?;
            let item_name = if *flat { name } else { item };
            let inside = items.iter().map(|value| element(service, of, value, item_name, ""));
            let inside = inside.collect::<Result<String, String>>()?;
            if *flat { inside } else { format!("<{name}>{inside}</{name}>") }
        }
        Kind::Map { key: key_name, value: value_name, of, .. } => {
            let entries = value.as_object().ok_or_else(|| format!("The value for the field '{name}' must be a MAP"))?;
            let entry = |(key, value): (&String, &Value)| {
                let value = element(service, of, value, value_name, "")?;
                Ok(format!("<entry><{key_name}>{}</{key_name}>{value}</entry>", xml::escape(key)))
            };
            format!("<{name}>{}</{name}>", entries.iter().map(entry).collect::<Result<String, String>>()?)
        }
        scalar => format!("<{name}{attributes}>{}</{name}>", xml::escape(&plain(scalar, value, TimeFormat::Iso))),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tasks::integration::sdk::table;

    fn made(service: &str, action: &str, parameters: &Value) -> Result<Request, String> {
        let service = table::service(service).unwrap();
        request(service, service.action(action).unwrap(), parameters)
    }

    fn body(request: &Request) -> &str {
        std::str::from_utf8(&request.body).unwrap()
    }

    #[test]
    fn a_json_service_gets_its_target() {
        let request = made("sqs", "sendMessage", &json!({"QueueUrl": "u", "MessageBody": {"a": 1}})).unwrap();
        let header = |name: &str| request.headers.iter().find(|header| header.0 == name).unwrap().1.as_str();
        assert_eq!(
            (header("x-amz-target"), header("content-type")),
            ("AmazonSQS.SendMessage", "application/x-amz-json-1.0")
        );
        assert_eq!(body(&request), r#"{"QueueUrl":"u","MessageBody":"{\"a\":1}"}"#);
    }

    #[test]
    fn a_query_service_gets_a_form() {
        let attributes = json!({"k": {"DataType": "String", "StringValue": "v w"}});
        let parameters = json!({"TopicArn": "t", "Message": "m", "MessageAttributes": attributes});
        assert_eq!(
            body(&made("sns", "publish", &parameters).unwrap()),
            "Action=Publish&Version=2010-03-31&TopicArn=t&Message=m&MessageAttributes.entry.1.Name=k&\
             MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=v%20w"
        );
        let tags = json!({"Name": "t", "Tags": [{"Key": "a", "Value": "b"}]});
        let tagged = made("sns", "createTopic", &tags).unwrap();
        assert!(body(&tagged).ends_with("Tags.member.1.Key=a&Tags.member.1.Value=b"), "{}", body(&tagged));
    }

    #[test]
    fn a_rest_service_gets_paths_queries_headers_and_bodies() {
        let object = json!({"Bucket": "b", "Key": "a/b c", "Body": "hi", "Metadata": {"Colour": "red"}, "ContentType": "text/plain"});
        let put = made("s3", "putObject", &object).unwrap();
        assert_eq!((put.path.as_str(), body(&put)), ("/b/a/b%20c", "\"hi\""));
        assert!(put.headers.contains(&("x-amz-meta-colour".to_owned(), "red".to_owned())), "{:?}", put.headers);
        assert!(put.headers.contains(&("content-type".to_owned(), "text/plain".to_owned())), "{:?}", put.headers);
        let list = made("s3", "listObjectsV2", &json!({"Bucket": "b", "Prefix": "p/", "MaxKeys": 2})).unwrap();
        assert_eq!((list.path.as_str(), list.query.as_str()), ("/b", "list-type=2&max-keys=2&prefix=p%2F"));
        let lambda = made("lambda", "invoke", &json!({"FunctionName": "f", "Payload": {"a": 1}})).unwrap();
        assert_eq!((lambda.path.as_str(), body(&lambda)), ("/2015-03-31/functions/f/invocations", r#"{"a":1}"#));
        let batch = made("batch", "submitJob", &json!({"JobName": "j", "JobQueue": "q"})).unwrap();
        assert_eq!((batch.path.as_str(), body(&batch)), ("/v1/submitjob", r#"{"jobName":"j","jobQueue":"q"}"#));
    }

    #[test]
    fn s3_gets_documents() {
        let delete = json!({"Bucket": "b", "Delete": {"Objects": [{"Key": "a&b"}], "Quiet": true}});
        let request = made("s3", "deleteObjects", &delete).unwrap();
        assert_eq!(
            body(&request),
            "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a&amp;b</Key></Object><Quiet>true</Quiet></Delete>"
        );
        assert_eq!(request.query, "delete=");
        assert!(request.headers.iter().any(|(name, _)| name == "content-md5"));
    }

    #[test]
    fn what_a_path_needs_must_be_given() {
        assert_eq!(
            made("s3", "getObject", &json!({"Bucket": "b"})).unwrap_err(),
            "The field \"Key\" is required but was missing"
        );
    }
}
