//! The members of a request, checked against the constraints of the API's model.
//!
//! AWS checks all members before it looks at any of them, and answers with every violation in one message; so reading
//! collects violations and [`Members::finish`] gives them. A value of the wrong JSON type is worse: the request could not be
//! read at all, and only that is said.

use serde_json::{Map, Value};

use crate::local::api_error::ApiError;

/// The members of one request.
#[derive(Debug)]
pub(super) struct Members {
    /// What stands before the names in messages: `loggingConfiguration.`.
    path: String,
    given: Map<String, Value>,
    violations: Vec<String>,
    unreadable: Option<String>,
}

/// What a text may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextRule {
    min: usize,
    max: usize,
    /// Its value is not repeated in messages, which may be logged.
    sensitive: bool,
}

impl TextRule {
    /// From one to `max` characters.
    pub(super) const fn filled(max: usize) -> Self {
        Self { min: 1, max, sensitive: false }
    }

    /// At most `max` characters, and what it holds is the caller's own data.
    pub(super) const fn sensitive(max: usize) -> Self {
        Self { min: 0, max, sensitive: true }
    }
}

/// Any ARN of the API.
pub(super) const ARN: TextRule = TextRule::filled(256);
/// Names of machines and executions.
pub(super) const NAME: TextRule = TextRule::filled(80);
/// A task's token.
pub(super) const TASK_TOKEN: TextRule = TextRule::filled(2_048);
/// `error` of StopExecution and SendTaskFailure.
pub(super) const ERROR: TextRule = TextRule::sensitive(256);
/// `cause` of StopExecution and SendTaskFailure.
pub(super) const CAUSE: TextRule = TextRule::sensitive(32_768);
/// Input and output.
pub(super) const DATA: TextRule = TextRule::sensitive(262_144);
/// A definition.
pub(super) const DEFINITION: TextRule = TextRule { min: 1, max: 1_048_576, sensitive: true };

impl Members {
    /// Reads a body; an empty one has no members.
    pub(super) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let value = match body {
            [] => Value::Object(Map::new()),
            body => serde_json::from_slice(body).map_err(|error| unreadable(&error.to_string()))?,
        };
        match value {
            Value::Object(given) => Ok(Self::at(String::new(), given)),
            _ => Err(unreadable("Start of structure or map found where not expected.")),
        }
    }

    /// Those of a structure, which are named after it in messages.
    pub(super) fn within(structure: &str, given: Map<String, Value>) -> Self {
        Self::at(format!("{structure}."), given)
    }

    fn at(path: String, given: Map<String, Value>) -> Self {
        Self { path, given, violations: Vec::new(), unreadable: None }
    }

    /// A text that must be there. What it gives stands only once [`Members::finish`] was asked.
    pub(super) fn required(&mut self, name: &str, rule: TextRule) -> String {
        let text = self.optional(name, rule);
        if text.is_none() {
            self.missing(name);
        }
        text.unwrap_or_default()
    }

    /// A text that may be there.
    pub(super) fn optional(&mut self, name: &str, rule: TextRule) -> Option<String> {
        let text = match self.given.remove(name)? {
            Value::Null => return None,
            Value::String(text) => text,
            other => return self.wrong_type(name, &other, "String"),
        };
        let length = text.chars().count();
        if length < rule.min {
            let bound = format!("Member must have length greater than or equal to {}", rule.min);
            self.violation(name, (!rule.sensitive).then_some(&text), &bound);
        }
        if length > rule.max {
            let bound = format!("Member must have length less than or equal to {}", rule.max);
            self.violation(name, (!rule.sensitive).then_some(&text), &bound);
        }
        Some(text)
    }

    /// A text that must be there and `holds` a pattern, which the message shows.
    pub(super) fn patterned(
        &mut self,
        name: &str,
        rule: TextRule,
        pattern: &str,
        holds: impl FnOnce(&str) -> bool,
    ) -> String {
        let text = self.optional_patterned(name, rule, pattern, holds);
        if text.is_none() {
            self.missing(name);
        }
        text.unwrap_or_default()
    }

    /// A text that may be there, and then `holds` a pattern, which the message shows.
    pub(super) fn optional_patterned(
        &mut self,
        name: &str,
        rule: TextRule,
        pattern: &str,
        holds: impl FnOnce(&str) -> bool,
    ) -> Option<String> {
        let text = self.optional(name, rule)?;
        if !holds(&text) {
            let bound = format!("Member must satisfy regular expression pattern: {pattern}");
            self.violation(name, Some(&text), &bound);
        }
        Some(text)
    }

    /// A text of a closed set. `shown` are the values in AWS's own order, which its message repeats.
    pub(super) fn one_of(&mut self, name: &str, shown: &[&'static str]) -> Option<&'static str> {
        let text = self.optional(name, TextRule { min: 0, max: usize::MAX, sensitive: false })?;
        let known = shown.iter().find(|known| **known == text).copied();
        if known.is_none() {
            let bound = format!("Member must satisfy enum value set: [{}]", shown.join(", "));
            self.violation(name, Some(&text), &bound);
        }
        known
    }

    /// A text of a closed set that must be there. What it gives stands only once [`Members::finish`] was asked.
    pub(super) fn required_one_of(&mut self, name: &str, shown: &[&'static str]) -> Option<&'static str> {
        if self.given.get(name).is_none_or(Value::is_null) {
            self.missing(name);
        }
        self.one_of(name, shown)
    }

    /// A whole number from `min` to `max`.
    pub(super) fn integer(&mut self, name: &str, min: i64, max: i64) -> Option<i64> {
        let value = match self.given.remove(name)? {
            Value::Null => return None,
            Value::Number(number) => number,
            other => return self.wrong_type(name, &other, "Integer"),
        };
        let Some(number) = value.as_i64() else { return self.wrong_type(name, &Value::Number(value), "Integer") };
        if number < min {
            let bound = format!("Member must have value greater than or equal to {min}");
            self.violation(name, Some(&number.to_string()), &bound);
        }
        if number > max {
            let bound = format!("Member must have value less than or equal to {max}");
            self.violation(name, Some(&number.to_string()), &bound);
        }
        Some(number)
    }

    /// A number from `min` to `max`.
    pub(super) fn number(&mut self, name: &str, min: f64, max: f64) -> Option<f64> {
        let value = match self.given.remove(name)? {
            Value::Null => return None,
            Value::Number(number) => number.as_f64().unwrap_or_default(),
            other => return self.wrong_type(name, &other, "Float"),
        };
        if value < min {
            let bound = format!("Member must have value greater than or equal to {min}");
            self.violation(name, Some(&value.to_string()), &bound);
        }
        if value > max {
            let bound = format!("Member must have value less than or equal to {max}");
            self.violation(name, Some(&value.to_string()), &bound);
        }
        Some(value)
    }

    /// A whole number that must be there. What it gives stands only once [`Members::finish`] was asked.
    pub(super) fn required_integer(&mut self, name: &str, min: i64, max: i64) -> i64 {
        if self.given.get(name).is_none_or(Value::is_null) {
            self.missing(name);
        }
        self.integer(name, min, max).unwrap_or_default()
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.given.remove(name)? {
            Value::Null => None,
            Value::Bool(value) => Some(value),
            other => self.wrong_type(name, &other, "Boolean"),
        }
    }

    /// A structure, whose members are the operation's business.
    pub(super) fn structure(&mut self, name: &str) -> Option<Map<String, Value>> {
        match self.given.remove(name)? {
            Value::Null => None,
            Value::Object(members) => Some(members),
            other => self.wrong_type(name, &other, "Structure"),
        }
    }

    /// A list, whose members are the operation's business.
    pub(super) fn list(&mut self, name: &str) -> Option<Vec<Value>> {
        match self.given.remove(name)? {
            Value::Null => None,
            Value::Array(items) => Some(items),
            other => self.wrong_type(name, &other, "List"),
        }
    }

    /// A list that must be there. What it gives stands only once [`Members::finish`] was asked.
    pub(super) fn required_list(&mut self, name: &str) -> Vec<Value> {
        let list = self.list(name);
        if list.is_none() {
            self.missing(name);
        }
        list.unwrap_or_default()
    }

    /// The members of a structure in a list; what is wrong with them is told after [`Members::absorb`].
    pub(super) fn member_of_list(&mut self, path: &str, item: &Value) -> Option<Self> {
        match item {
            Value::Object(given) => Some(Self::within(path, given.clone())),
            other => self.wrong_type(path, other, "Structure"),
        }
    }

    /// Takes over what is wrong with the members of a structure.
    pub(super) fn absorb(&mut self, structure: Self) {
        self.violations.extend(structure.violations);
        self.unreadable = self.unreadable.take().or(structure.unreadable);
    }

    /// Refuses a list that is empty or has more than `max` items; `shown` is how messages repeat it.
    pub(super) fn count(&mut self, name: &str, items: usize, max: usize, shown: &str) {
        let bound = match items {
            0 => "Member must have length greater than or equal to 1".to_owned(),
            items if items > max => format!("Member must have length less than or equal to {max}"),
            _ => return,
        };
        self.violation(name, Some(shown), &bound);
    }

    /// Whether what was read may be used. Members that nobody read are ignored, as AWS does.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        if let Some(why) = self.unreadable {
            return Err(unreadable(&why));
        }
        let count = self.violations.len();
        match count {
            0 => Ok(()),
            1 => Err(ApiError::validation(format!("1 validation error detected: {}", self.violations[0]))),
            _ => {
                let all = self.violations.join("; ");
                Err(ApiError::validation(format!("{count} validation errors detected: {all}")))
            }
        }
    }

    fn violation(&mut self, name: &str, value: Option<&str>, bound: &str) {
        let value = value.map_or_else(String::new, |value| format!(" '{value}'"));
        let path = &self.path;
        self.violations.push(format!("Value{value} at '{path}{name}' failed to satisfy constraint: {bound}"));
    }

    fn missing(&mut self, name: &str) {
        let path = &self.path;
        self.violations
            .push(format!("Value null at '{path}{name}' failed to satisfy constraint: Member must not be null"));
    }

    fn wrong_type<T>(&mut self, name: &str, found: &Value, expected: &str) -> Option<T> {
        let found = match found {
            Value::Null => "NULL_VALUE",
            Value::Bool(true) => "TRUE_VALUE",
            Value::Bool(false) => "FALSE_VALUE",
            Value::Number(number) if number.is_f64() => "DECIMAL_VALUE",
            Value::Number(_) => "NUMBER_VALUE",
            Value::String(_) => "STRING_VALUE",
            Value::Array(_) => "START_ARRAY",
            Value::Object(_) => "START_OBJECT",
        };
        let path = &self.path;
        self.unreadable
            .get_or_insert_with(|| format!("{found} can not be converted to a {expected} at '{path}{name}'"));
        None
    }
}

fn unreadable(why: &str) -> ApiError {
    ApiError::new("SerializationException", why)
}

#[cfg(test)]
mod tests {
    use super::{ARN, DATA, Members, TextRule};

    fn refusal(body: &str, read: impl FnOnce(&mut Members)) -> (&'static str, String) {
        let mut members = Members::parse(body.as_bytes()).unwrap();
        read(&mut members);
        let error = members.finish().unwrap_err();
        (error.name, error.message)
    }

    #[test]
    fn violations_are_told_in_the_words_of_aws() {
        let one = |bound: &str| ("ValidationException", format!("1 validation error detected: {bound}"));
        assert_eq!(
            refusal(r#"{"maxResults":1001}"#, |members| {
                members.integer("maxResults", 0, 1000);
            }),
            one(
                "Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000"
            )
        );
        assert_eq!(
            refusal("{}", |members| {
                members.required("stateMachineArn", ARN);
            }),
            one("Value null at 'stateMachineArn' failed to satisfy constraint: Member must not be null")
        );
        assert_eq!(
            refusal(r#"{"nextToken":""}"#, |members| {
                members.optional("nextToken", TextRule::filled(1024));
            }),
            one(
                "Value '' at 'nextToken' failed to satisfy constraint: Member must have length greater than or equal to 1"
            )
        );
        assert_eq!(
            refusal(r#"{"statusFilter":"succeeded"}"#, |members| {
                members.one_of("statusFilter", &["A", "B"]);
            }),
            one(
                "Value 'succeeded' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: [A, B]"
            )
        );
    }

    #[test]
    fn the_callers_data_is_never_repeated() {
        let body = format!(r#"{{"output":"{}"}}"#, "s".repeat(262_145));
        let (_, message) = refusal(&body, |members| {
            members.required("output", DATA);
        });
        assert!(message.starts_with("1 validation error detected: Value at 'output'"), "{message}");
    }

    #[test]
    fn all_violations_come_at_once_and_a_wrong_type_before_them() {
        let (name, message) = refusal("{}", |members| {
            members.required("a", ARN);
            members.required("b", ARN);
        });
        assert_eq!(name, "ValidationException");
        assert!(message.starts_with("2 validation errors detected: Value null at 'a'"), "{message}");
        let wrong = [("1", "NUMBER_VALUE"), ("[]", "START_ARRAY"), ("{}", "START_OBJECT"), ("true", "TRUE_VALUE")];
        for (value, found) in wrong {
            let (name, message) = refusal(&format!(r#"{{"b":{value}}}"#), |members| {
                members.required("a", ARN);
                members.required("b", ARN);
            });
            assert_eq!(name, "SerializationException");
            assert_eq!(message, format!("{found} can not be converted to a String at 'b'"));
        }
    }

    #[test]
    fn only_an_object_is_a_request() {
        for body in ["[]", "3", "null", "{", "{\"a\":1}x", "\u{0}"] {
            assert_eq!(Members::parse(body.as_bytes()).unwrap_err().name, "SerializationException", "{body}");
        }
        assert!(Members::parse(b"").unwrap().finish().is_ok());
    }
}
