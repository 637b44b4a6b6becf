//! Lambda's Invoke, and what Step Functions makes of it.
//!
//! Owns: the parameters of `lambda:invoke`, the result object that AWS records for it, the plain result of a function's own
//! ARN. Must not know: processes, other services.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::asl::{Fault, Payload};
use crate::tasks::answer::{Answer, Refused};

/// An Invoke request.
#[derive(Debug, Clone, PartialEq)]
pub struct InvokeRequest {
    /// A name, an ARN or a part of one, with or without a qualifier.
    pub function_name: String,
    /// A version or an alias. Every one runs the function as it is registered.
    pub qualifier: Option<String>,
    /// The event.
    pub payload: Payload,
    /// Who waits.
    pub invocation_type: InvocationType,
    /// `LogType: Tail`: whether the newest 4 KB of the log come back.
    pub log_tail: bool,
}

/// Lambda's `InvocationType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvocationType {
    /// The caller waits for the answer.
    RequestResponse,
    /// The function runs once, later; nobody hears of its result. It is not tried again, as Lambda would.
    Event,
    /// Nothing runs.
    DryRun,
}

/// Invoke's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct InvokeAnswer {
    /// The id of the invocation, as its log has it.
    pub request_id: Arc<str>,
    /// What the function answered; `None` when nobody waited.
    pub answer: Option<Answer>,
    /// The newest lines of the log, base64, when they were asked for.
    pub log_result: Option<String>,
    /// 200, 202 or 204.
    pub status: u16,
}

impl InvocationType {
    /// Reads Lambda's own word.
    ///
    /// # Errors
    /// When it is another.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        match text {
            "RequestResponse" => Ok(Self::RequestResponse),
            "Event" => Ok(Self::Event),
            "DryRun" => Ok(Self::DryRun),
            _ => Err(Refused::InvalidParameter(format!(
                "InvocationType must be RequestResponse, Event or DryRun, not {text:?}"
            ))),
        }
    }

    /// Lambda's own word.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::RequestResponse => "RequestResponse",
            Self::Event => "Event",
            Self::DryRun => "DryRun",
        }
    }
}

impl InvokeRequest {
    /// A request that waits for its answer.
    #[must_use]
    pub fn new(function_name: impl Into<String>, payload: Payload) -> Self {
        let invocation_type = InvocationType::RequestResponse;
        Self { function_name: function_name.into(), qualifier: None, payload, invocation_type, log_tail: false }
    }

    /// Reads the parameters of `lambda:invoke`. Those that change nothing here (`ClientContext`) are passed over.
    ///
    /// # Errors
    /// When `FunctionName` is missing or one of them is not what Invoke takes.
    pub(super) fn from_parameters(parameters: &Value) -> Result<Self, Refused> {
        let text = |name: &str| match parameters.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Refused::InvalidParameter(format!("The value for the field '{name}' must be a STRING"))),
        };
        let missing = || Refused::InvalidParameter("The field 'FunctionName' is required but was missing".to_owned());
        let invocation_type =
            text("InvocationType")?.as_deref().map_or(Ok(InvocationType::RequestResponse), InvocationType::parse)?;
        Ok(Self {
            function_name: text("FunctionName")?.ok_or_else(missing)?,
            qualifier: text("Qualifier")?,
            payload: event(parameters.get("Payload")),
            invocation_type,
            log_tail: text("LogType")?.is_some_and(|kind| kind == "Tail"),
        })
    }
}

impl InvokeAnswer {
    /// The result of `lambda:invoke`: what AWS's SDK made of Lambda's HTTP answer, as recorded.
    ///
    /// # Errors
    /// The fault of a function error.
    pub(super) fn into_result_object(self) -> Result<Payload, Fault> {
        let payload = self.answer.map(|answer| answer.without_blanks().into_result()).transpose()?;
        let length = payload.as_ref().map_or(0, |payload| payload.text().len()).to_string();
        let date = Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let trace =
            format!("Root=1-{:08x}-{};Sampled=0", Timestamp::now().as_second(), &simple(&self.request_id)[..24]);
        let headers = Headers {
            log_result: self.log_result.as_deref(),
            executed: payload.is_some(),
            length: &length,
            date: &date,
            trace: &trace,
            request_id: &self.request_id,
        };
        let mut result = serde_json::Map::new();
        if headers.executed {
            result.insert("ExecutedVersion".into(), json!("$LATEST"));
        }
        if let Some(log_result) = headers.log_result {
            result.insert("LogResult".into(), json!(log_result));
        }
        // The SDK has an empty payload where Lambda sends none; which text Step Functions makes of it is not recorded.
        result.insert("Payload".into(), payload.map_or_else(|| json!(""), |payload| payload.value().clone()));
        let (all, single) = (headers.all(), headers.single());
        result.insert(
            "SdkHttpMetadata".into(),
            json!({"AllHttpHeaders": all, "HttpHeaders": single, "HttpStatusCode": self.status}),
        );
        result.insert("SdkResponseMetadata".into(), json!({"RequestId": &*self.request_id}));
        result.insert("StatusCode".into(), json!(self.status));
        Ok(Payload::from(Value::Object(result)))
    }
}

impl InvokeRequest {
    /// Reads the parameters of `aws-sdk:lambda:invoke`, where `Payload` is a blob: the event is its JSON, also of a text.
    ///
    /// # Errors
    /// When `FunctionName` is missing or one of them is not what Invoke takes.
    pub(super) fn from_sdk_parameters(parameters: &Value) -> Result<Self, Refused> {
        let payload = parameters.get("Payload").filter(|payload| !payload.is_null()).cloned();
        let payload = Payload::from(payload.unwrap_or_else(|| json!({})));
        Ok(Self { payload, ..Self::from_parameters(parameters)? })
    }
}

impl InvokeAnswer {
    /// The result of `aws-sdk:lambda:invoke`: the payload is a text, and a function's own error is no error of the task.
    pub(super) fn into_sdk_result(self) -> Value {
        let mut result = serde_json::Map::new();
        let payload = match self.answer {
            None => String::new(),
            Some(Answer::Returned(payload)) => payload.text().to_owned(),
            Some(Answer::Errored(text)) => {
                result.insert("FunctionError".into(), json!("Unhandled"));
                text
            }
        };
        if self.status == 200 {
            result.insert("ExecutedVersion".into(), json!("$LATEST"));
        }
        result.extend(self.log_result.map(|log| ("LogResult".to_owned(), json!(log))));
        result.insert("Payload".into(), json!(payload));
        result.insert("StatusCode".into(), json!(self.status));
        result.into()
    }
}

/// The event of a `Payload`, as recorded on AWS: none, and `null`, give a function `{}`; a text that is JSON is the event itself,
/// not a JSON string that holds it.
fn event(payload: Option<&Value>) -> Payload {
    match payload {
        None | Some(Value::Null) => Payload::from(json!({})),
        Some(Value::String(text)) => Payload::parse(text.trim_ascii()).unwrap_or_else(|_| Payload::from(json!(text))),
        Some(value) => Payload::from(value.clone()),
    }
}

/// The headers of Lambda's HTTP answer.
struct Headers<'a> {
    log_result: Option<&'a str>,
    executed: bool,
    length: &'a str,
    date: &'a str,
    trace: &'a str,
    request_id: &'a str,
}

impl Headers<'_> {
    /// In the order of `AllHttpHeaders`, each with a list.
    fn all(&self) -> Value {
        let logged = self.log_result.map(|log| ("X-Amz-Log-Result", log));
        let executed = self.executed.then_some(("X-Amz-Executed-Version", "$LATEST"));
        let rest = [
            ("x-amzn-Remapped-Content-Length", "0"),
            ("Connection", "keep-alive"),
            ("x-amzn-RequestId", self.request_id),
            ("Content-Length", self.length),
            ("Date", self.date),
            ("X-Amzn-Trace-Id", self.trace),
            ("Content-Type", "application/json"),
        ];
        let headers = logged.into_iter().chain(executed).chain(rest);
        Value::Object(headers.map(|(name, value)| (name.to_owned(), json!([value]))).collect())
    }

    /// In the order of `HttpHeaders`.
    fn single(&self) -> Value {
        let first = [
            ("Connection", "keep-alive"),
            ("Content-Length", self.length),
            ("Content-Type", "application/json"),
            ("Date", self.date),
        ];
        let executed = self.executed.then_some(("X-Amz-Executed-Version", "$LATEST"));
        let logged = self.log_result.map(|log| ("X-Amz-Log-Result", log));
        let last = [
            ("x-amzn-Remapped-Content-Length", "0"),
            ("x-amzn-RequestId", self.request_id),
            ("X-Amzn-Trace-Id", self.trace),
        ];
        let headers = first.into_iter().chain(executed).chain(logged).chain(last);
        Value::Object(headers.map(|(name, value)| (name.to_owned(), json!(value))).collect())
    }
}

/// A log's tail as Invoke gives it.
pub(super) fn encode_log(tail: &[u8]) -> String {
    STANDARD.encode(tail)
}

fn simple(uuid: &str) -> String {
    let digits: String = uuid.chars().filter(char::is_ascii_hexdigit).collect();
    format!("{digits:0<24}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(answer: Option<Answer>, status: u16) -> InvokeAnswer {
        InvokeAnswer { request_id: "3f0b6c1e-0000-4000-8000-000000000000".into(), answer, log_result: None, status }
    }

    #[test]
    fn the_result_object_has_the_shape_that_aws_records() {
        let payload = Payload::parse(r#"{"answer": 42}"#).unwrap();
        let result = answered(Some(Answer::Returned(payload)), 200).into_result_object().unwrap();
        let object = result.value().as_object().unwrap();
        let keys: Vec<&String> = object.keys().collect();
        assert_eq!(keys, ["ExecutedVersion", "Payload", "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"]);
        assert_eq!(object["Payload"], json!({"answer": 42}));
        let metadata = &object["SdkHttpMetadata"];
        // The length of the function's own text, white space included.
        assert_eq!(metadata["AllHttpHeaders"]["Content-Length"], json!(["14"]));
        assert_eq!(metadata["HttpHeaders"]["X-Amz-Executed-Version"], json!("$LATEST"));
        assert_eq!(metadata["HttpStatusCode"], json!(200));
        let names: Vec<&String> = metadata["HttpHeaders"].as_object().unwrap().keys().collect();
        assert_eq!(names[0], "Connection");
        assert_eq!(names.len(), 8);
    }

    #[test]
    fn nobody_waits_for_an_event() {
        let result = answered(None, 202).into_result_object().unwrap();
        assert_eq!((&result.value()["Payload"], &result.value()["StatusCode"]), (&json!(""), &json!(202)));
        assert!(result.value().get("ExecutedVersion").is_none());
    }

    #[test]
    fn the_sdk_has_texts_for_payloads() {
        let returned = answered(Some(Answer::Returned(Payload::parse("[1]").unwrap())), 200).into_sdk_result();
        assert_eq!(returned, json!({"ExecutedVersion": "$LATEST", "Payload": "[1]", "StatusCode": 200}));
        let errored = answered(Some(Answer::Errored("no".to_owned())), 200).into_sdk_result();
        assert_eq!((&errored["FunctionError"], &errored["Payload"]), (&json!("Unhandled"), &json!("no")));
        assert_eq!(answered(None, 202).into_sdk_result(), json!({"Payload": "", "StatusCode": 202}));
        let sent = |payload| {
            let parameters = json!({"FunctionName": "f", "Payload": payload});
            InvokeRequest::from_sdk_parameters(&parameters).unwrap().payload.text().to_owned()
        };
        assert_eq!((sent(json!("1")).as_str(), sent(json!(null)).as_str()), ("\"1\"", "{}"));
    }

    #[test]
    fn a_function_error_is_written_anew() {
        // A function's own ARN keeps the text of the error; the integration reads and writes it.
        let text = r#"{"errorMessage": "no", "errorType": "Exception"}"#;
        let fault = answered(Some(Answer::Errored(text.to_owned())), 200).into_result_object().unwrap_err();
        assert_eq!(fault.cause, r#"{"errorMessage":"no","errorType":"Exception"}"#);
        let fault = answered(Some(Answer::Errored("no JSON".to_owned())), 200).into_result_object().unwrap_err();
        assert!(fault.cause.ends_with("Returned payload: no JSON"), "{}", fault.cause);
    }

    #[test]
    fn payloads_are_events_as_on_aws() {
        for (payload, expected) in [
            (json!(null), "{}"),
            (json!("0.0"), "0.0"),
            (json!(r#"{"a": 1}"#), r#"{"a": 1}"#),
            (json!("true"), "true"),
            (json!("hello"), r#""hello""#),
            (json!(""), r#""""#),
            (json!([1]), "[1]"),
        ] {
            let request = InvokeRequest::from_parameters(&json!({"FunctionName": "f", "Payload": payload})).unwrap();
            assert_eq!(request.payload.text(), expected);
        }
    }

    #[test]
    fn parameters_are_read_or_refused() {
        let request = InvokeRequest::from_parameters(&json!({"FunctionName": "f", "LogType": "Tail"})).unwrap();
        assert_eq!((request.payload.text(), request.log_tail), ("{}", true));
        for (parameters, said) in [
            (json!({}), "FunctionName"),
            (json!([]), "FunctionName"),
            (json!({"FunctionName": 3}), "FunctionName"),
            (json!({"FunctionName": "f", "InvocationType": "Later"}), "DryRun"),
        ] {
            let refused = InvokeRequest::from_parameters(&parameters).unwrap_err();
            assert!(refused.to_string().contains(said), "{refused}");
        }
    }
}
