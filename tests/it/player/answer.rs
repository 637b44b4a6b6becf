//! What a script says: a status, headers and a body, or less than that.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

/// The request id of every answer that does not say another.
pub(crate) const REQUEST_ID: &str = "7d3c9b6a-1f0e-4a52-8c7b-0123456789ab";

/// An answer, or a connection that drops instead of one.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    pub(super) delay: Duration,
    pub(super) ending: Ending,
}

/// How much of an answer arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// All of it.
    Whole,
    /// The head and half of the body; then the connection drops.
    Half,
    /// Nothing: the connection drops.
    Nothing,
}

impl Answer {
    fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        let answer = Self { status, headers, body: body.into(), delay: Duration::ZERO, ending: Ending::Whole };
        answer.header("x-amzn-RequestId", REQUEST_ID)
    }

    /// 200 with this JSON.
    pub(crate) fn json(body: &Value) -> Self {
        Self::new(200, "application/x-amz-json-1.0", body.to_string())
    }

    /// This text as it is, as any type: [`Answer::header`] says which.
    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self::new(status, "text/plain", body.to_owned())
    }

    /// XML, as CloudFormation and STS speak it.
    pub(crate) fn xml(status: u16, body: &str) -> Self {
        Self::new(status, "text/xml", body.to_owned())
    }

    /// What CloudFormation's DescribeStacks says of a stack with these outputs.
    pub(crate) fn stack(name: &str, outputs: &[(&str, &str)]) -> Self {
        let output = |(key, value): &(&str, &str)| {
            format!("<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>")
        };
        let outputs: String = outputs.iter().map(output).collect();
        Self::xml(
            200,
            &format!(
                "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult>\
                 <Stacks><member><StackName>{name}</StackName><Outputs>{outputs}</Outputs></member></Stacks>\
                 </DescribeStacksResult></DescribeStacksResponse>"
            ),
        )
    }

    /// What a service of AWS refuses with: `{"__type": …, "message": …}`, and `x-amzn-ErrorType` for those that have it there.
    pub(crate) fn aws_error(status: u16, code: &str, message: &str) -> Self {
        let mut answer = Self::json(&json!({ "__type": code, "message": message })).header("x-amzn-ErrorType", code);
        answer.status = status;
        answer
    }

    /// What API Gateway itself refuses with, before a service is asked: `{"message": …}` and `x-amzn-ErrorType`.
    pub(crate) fn gateway_error(status: u16, error_type: &str, message: &str) -> Self {
        let body = json!({ "message": message }).to_string();
        Self::new(status, "application/json", body).header("x-amzn-ErrorType", error_type)
    }

    /// No answer: the connection drops when the request has arrived.
    pub(crate) fn dropped() -> Self {
        Self { ending: Ending::Nothing, ..Self::text(200, "") }
    }

    /// The connection drops in the middle of the body.
    pub(crate) fn cut(mut self) -> Self {
        assert!(self.body.len() > 1, "a body of {} bytes has no middle", self.body.len());
        self.ending = Ending::Half;
        self
    }

    /// All of that happens after a while.
    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// With a header; one of the same name goes.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without a header.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }
}
