//! From a service's HTTP answer to the members of its result, or to what it refused.
//!
//! Owns: where a member stands in an answer, how each protocol tells an error. Must not know: tasks.

use hyper::header::HeaderMap;
use serde_json::{Map, Number, Value};

use super::table::{Action, Kind, Member, Place, Protocol, Service};
use super::values::{Naming, blob, from_json};
use super::xml::{self, Element};
use super::{Refusal, time};
use crate::tasks::answer::beginning;
use crate::tasks::outside::Response;

/// Characters of an answer that is no error of the service's, in a cause.
const SAID_CHARACTERS_MAX: usize = 300;

/// The result's members.
pub(super) fn members(service: &Service, action: &Action, response: &Response, naming: Naming) -> Map<String, Value> {
    let Some(output) = action.output else { return Map::new() };
    let known = service.members(output);
    let mut members = Map::new();
    for member in known {
        let value = match member.place {
            Place::Header => header(&response.headers, member.wire).map(|text| scalar(&member.kind, text, naming)),
            Place::Headers => Some(with_prefix(&response.headers, member.wire)),
            Place::Status => Some(response.status.into()),
            Place::WholeBody => whole(service, member, &response.body, naming),
            _ => None,
        };
        members.extend(value.map(|value| (naming.of(member), value)));
    }
    if known.iter().any(|member| member.place == Place::WholeBody) {
        return members;
    }
    let body = match service.protocol {
        Protocol::Json(_) | Protocol::RestJson => {
            let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            from_json(service, &Kind::Structure(output), &body, naming)
        }
        Protocol::Query => {
            let document = xml::parse(&String::from_utf8_lossy(&response.body)).unwrap_or_default();
            let wrapper = document.children.iter().find(|child| child.name.ends_with("Result"));
            wrapper.map_or(Value::Null, |result| from_xml(service, &Kind::Structure(output), result, naming))
        }
        Protocol::RestXml => {
            let document = xml::parse(&String::from_utf8_lossy(&response.body));
            document.map_or(Value::Null, |root| from_xml(service, &Kind::Structure(output), &root, naming))
        }
    };
    if let Value::Object(body) = body {
        members.extend(body);
    }
    members
}

fn whole(service: &Service, member: &Member, body: &[u8], naming: Naming) -> Option<Value> {
    let text = String::from_utf8_lossy(body);
    match (&member.kind, service.protocol) {
        (kind @ Kind::Structure(_), Protocol::RestXml) => Some(from_xml(service, kind, &xml::parse(&text)?, naming)),
        (kind @ Kind::Structure(_), _) => Some(from_json(service, kind, &serde_json::from_str(&text).ok()?, naming)),
        _ => Some(text.into_owned().into()),
    }
}

fn with_prefix(headers: &HeaderMap, prefix: &str) -> Value {
    let prefix = prefix.to_ascii_lowercase();
    let named = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
        Some((name.as_str().strip_prefix(&prefix)?.to_owned(), value.to_str().ok()?.into()))
    };
    Value::Object(headers.iter().filter_map(named).collect())
}

/// A text of a header or an element as the value that it stands for.
fn scalar(kind: &Kind, text: &str, naming: Naming) -> Value {
    match kind {
        Kind::Number => number(text).map_or_else(|| text.into(), Value::Number),
        Kind::Boolean => text.parse::<bool>().map_or_else(|_| text.into(), Value::Bool),
        Kind::Time(_) => time::parse(text).map_or_else(|| text.into(), |time| naming.time(time)),
        Kind::Bytes => blob(text),
        _ => text.into(),
    }
}

fn number(text: &str) -> Option<Number> {
    text.parse::<i64>().map(Number::from).ok().or_else(|| Number::from_f64(text.parse().ok()?))
}

fn from_xml(service: &Service, kind: &Kind, element: &Element, naming: Naming) -> Value {
    match kind {
        Kind::Structure(structure) => {
            let known = service.members(*structure).iter();
            let read = |member: &Member| Some((naming.of(member), in_element(service, member, element, naming)?));
            Value::Object(known.filter_map(read).collect())
        }
        Kind::List { item, of, .. } => element.all(item).map(|item| from_xml(service, of, item, naming)).collect(),
        Kind::Map { key, value, of, .. } => {
            let read = |entry: &Element| {
                Some((entry.child(key)?.text.clone(), from_xml(service, of, entry.child(value)?, naming)))
            };
            Value::Object(element.all("entry").filter_map(read).collect())
        }
        kind => scalar(kind, element.text.trim(), naming),
    }
}

fn in_element(service: &Service, member: &Member, element: &Element, naming: Naming) -> Option<Value> {
    match (&member.kind, member.place) {
        (_, Place::Attribute) => {
            let attribute = element.attributes.iter().find(|(name, _)| name == member.wire);
            attribute.map(|(_, value)| value.as_str().into())
        }
        (Kind::List { flat: true, of, .. }, Place::Body) => {
            let items: Vec<Value> = element.all(member.wire).map(|item| from_xml(service, of, item, naming)).collect();
            (!items.is_empty()).then(|| items.into())
        }
        (kind, Place::Body) => element.child(member.wire).map(|child| from_xml(service, kind, child, naming)),
        _ => None,
    }
}

/// What the service says of a request that it refused.
pub(super) fn refusal(service: &Service, action: &Action, response: &Response, request_id: &str) -> Refusal {
    let said = String::from_utf8_lossy(&response.body);
    let (code, message) = match service.protocol {
        Protocol::Json(_) | Protocol::RestJson => in_json(&response.headers, &response.body),
        Protocol::Query | Protocol::RestXml => in_xml(&said),
    };
    let code = code.or_else(|| without_body(action, response.status).map(str::to_owned)).unwrap_or_default();
    let in_body = |name: &str| xml::parse(&said)?.find(name).map(|element| element.text.clone());
    Refusal {
        exception: service.error(&code).map(super::names::exception),
        message: message.unwrap_or_else(|| beginning(&said, SAID_CHARACTERS_MAX).to_owned()),
        status: response.status,
        request_id: request_id.to_owned(),
        extended_request_id: (service.place.signing_name == "s3").then(|| {
            let header = header(&response.headers, "x-amz-id-2").map(str::to_owned);
            header.or_else(|| in_body("HostId")).unwrap_or_else(|| "null".to_owned())
        }),
        code,
    }
}

/// `ResourceNotFoundException:http://…` in a header, `com.amazonaws.sqs#QueueDoesNotExist` in a body.
fn in_json(headers: &HeaderMap, body: &[u8]) -> (Option<String>, Option<String>) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: [&str; 2]| names.into_iter().find_map(|name| body[name].as_str());
    let code = header(headers, "x-amzn-errortype").or_else(|| text(["__type", "code"]));
    let code = code.and_then(|code| code.split(':').next()?.rsplit('#').next()).filter(|code| !code.is_empty());
    (code.map(str::to_owned), text(["message", "Message"]).map(str::to_owned))
}

fn in_xml(said: &str) -> (Option<String>, Option<String>) {
    let document = xml::parse(said);
    let error = document.as_ref().map(|root| root.find("Error").unwrap_or(root));
    let text = |name: &str| Some(error?.child(name)?.text.trim().to_owned());
    (text("Code"), text("Message"))
}

/// A HEAD has no body to tell why.
fn without_body(action: &Action, status: u16) -> Option<&'static str> {
    match (status, action.name) {
        (404, "HeadBucket") => Some("NoSuchBucket"),
        (404, "HeadObject") => Some("NoSuchKey"),
        _ => None,
    }
}

/// The id of the service's answer, wherever it says it.
pub(super) fn request_id(response: &Response) -> Option<String> {
    let names = ["x-amzn-requestid", "x-amz-request-id", "x-amz-requestid"];
    let in_header = names.into_iter().find_map(|name| header(&response.headers, name)).map(str::to_owned);
    in_header.or_else(|| {
        let document = xml::parse(std::str::from_utf8(&response.body).ok()?)?;
        ["RequestId", "RequestID"].into_iter().find_map(|name| Some(document.find(name)?.text.trim().to_owned()))
    })
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};
    use serde_json::json;

    use super::*;
    use crate::tasks::integration::sdk::table;

    fn response(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Response {
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Response { status, headers: headers.collect(), body: body.into() }
    }

    fn read(service: &str, action: &str, response: &Response) -> Value {
        let service = table::service(service).unwrap();
        members(service, service.action(action).unwrap(), response, Naming::Sdk).into()
    }

    fn refused(service: &str, action: &str, response: &Response) -> Refusal {
        let service = table::service(service).unwrap();
        refusal(service, service.action(action).unwrap(), response, "r")
    }

    #[test]
    fn an_object_of_s3_is_its_headers_and_its_body() {
        let headers = [("etag", "\"e\""), ("content-length", "9"), ("last-modified", "Sun, 30 Aug 2015 12:36:00 GMT")];
        let answer = response(200, &headers, "text data");
        let expected = json!({
            "ETag": "\"e\"", "ContentLength": 9, "LastModified": "2015-08-30T12:36:00Z", "Metadata": {}, "Body": "text data"
        });
        assert_eq!(read("s3", "getObject", &answer), expected);
        let answer = response(200, &[("x-amz-meta-colour", "red")], "");
        assert_eq!(read("s3", "getObject", &answer)["Metadata"], json!({"colour": "red"}));
    }

    #[test]
    fn documents_are_read() {
        let body = "<ListBucketResult xmlns=\"x\"><Name>b</Name><Contents><Key>k</Key><Size>3</Size></Contents>\
                    <Contents><Key>l</Key></Contents><IsTruncated>false</IsTruncated></ListBucketResult>";
        assert_eq!(
            read("s3", "listObjectsV2", &response(200, &[], body)),
            json!({"IsTruncated": false, "Contents": [{"Key": "k", "Size": 3}, {"Key": "l"}], "Name": "b"})
        );
        let body = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult>\
                    <ResponseMetadata><RequestId>abc</RequestId></ResponseMetadata></GetCallerIdentityResponse>";
        let answer = response(200, &[], body);
        assert_eq!(read("sts", "getCallerIdentity", &answer), json!({"Account": "1"}));
        assert_eq!(request_id(&answer).as_deref(), Some("abc"));
        let body = "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes><entry><key>Owner</key>\
                    <value>1</value></entry></Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>";
        assert_eq!(read("sns", "getTopicAttributes", &response(200, &[], body)), json!({"Attributes": {"Owner": "1"}}));
    }

    #[test]
    fn refusals_are_read_in_every_protocol() {
        let xml = "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><HostId>h=</HostId></Error>";
        let s3 = refused("s3", "listObjects", &response(404, &[], xml));
        assert_eq!(
            (s3.exception.as_deref(), s3.extended_request_id.as_deref()),
            (Some("NoSuchBucketException"), Some("h="))
        );
        assert_eq!(s3.message, "The specified bucket does not exist");
        let xml = "<ErrorResponse><Error><Code>NotFound</Code><Message>no</Message></Error><RequestId>i</RequestId></ErrorResponse>";
        let sns = refused("sns", "publish", &response(404, &[], xml));
        assert_eq!((sns.code.as_str(), sns.exception.as_deref()), ("NotFound", Some("NotFoundException")));
        let json = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no"}"#;
        let dynamodb = refused("dynamodb", "getItem", &response(400, &[], json));
        assert_eq!(
            (dynamodb.exception.as_deref(), dynamodb.message.as_str()),
            (Some("ResourceNotFoundException"), "no")
        );
        let head = refused("s3", "headObject", &response(404, &[], ""));
        assert_eq!(head.exception.as_deref(), Some("NoSuchKeyException"));
        let odd = refused("dynamodb", "getItem", &response(502, &[], "<html>bad gateway"));
        assert_eq!((odd.exception, odd.message.as_str()), (None, "<html>bad gateway"));
    }
}
