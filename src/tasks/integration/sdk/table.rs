//! What is known of AWS's services: the table that `tools/aws-sdk-table.py` makes of AWS's public API models.
//!
//! Owns: reading the table. Must not know: requests, values.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::names;
use crate::tasks::outside;

const TABLE: &str = include_str!("table.txt");

/// How a service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// `1.0` or `1.1`.
    Json(&'static str),
    Query,
    RestJson,
    RestXml,
}

/// One service.
#[derive(Debug)]
pub(in crate::tasks) struct Service {
    /// As errors name it: `DynamoDb`.
    pub(super) class: String,
    pub(super) protocol: Protocol,
    /// For the signature, and where it is.
    pub(super) place: outside::Service,
    pub(super) version: &'static str,
    pub(super) target_prefix: &'static str,
    /// The shapes of errors by code.
    errors: BTreeMap<&'static str, &'static str>,
    actions: BTreeMap<&'static str, Action>,
    structures: Vec<Structure>,
}

/// One operation.
#[derive(Debug)]
pub(super) struct Action {
    pub(super) name: &'static str,
    pub(super) method: &'static str,
    pub(super) uri: &'static str,
    pub(super) input: Option<usize>,
    pub(super) output: Option<usize>,
}

#[derive(Debug)]
struct Structure {
    text: &'static str,
    members: OnceLock<Vec<Member>>,
}

/// A member of a structure.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    /// On the wire: a key, an element, a header.
    pub(super) wire: &'static str,
    pub(super) place: Place,
    pub(super) kind: Kind,
    /// Whether the model has it always.
    pub(super) required: bool,
}

/// Where a member travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Among the others in the body.
    Body,
    /// It is the body.
    WholeBody,
    Attribute,
    Header,
    /// Headers whose names begin so.
    Headers,
    Path,
    Query,
    Status,
}

/// The type of a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Boolean,
    Number,
    Bytes,
    Time(TimeFormat),
    Structure(usize),
    /// `flat`: without an element around the items, whose name is `item`.
    List {
        flat: bool,
        item: &'static str,
        of: Box<Kind>,
    },
    Map {
        flat: bool,
        key: &'static str,
        value: &'static str,
        of: Box<Kind>,
    },
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeFormat {
    /// As is usual at its place.
    Usual,
    Iso,
    Rfc822,
    Seconds,
}

/// A service by Step Functions' name of it: `dynamodb`, `sfn`.
pub(in crate::tasks) fn service(name: &str) -> Option<&'static Service> {
    services().get(name)
}

/// The names of all services.
pub(in crate::tasks) fn names() -> impl Iterator<Item = &'static str> {
    services().keys().copied()
}

impl Service {
    /// An action as resources name it: `putItem`. `createDbInstance` and `createDBInstance` are one.
    pub(super) fn action(&self, name: &str) -> Option<&Action> {
        let exact = self.actions.get(names::capitalised(name).as_str());
        exact.or_else(|| self.actions.values().find(|action| names::means(&names::capitalised(name), action.name)))
    }

    /// The members of a structure, by its number.
    pub(super) fn members(&self, structure: usize) -> &[Member] {
        let Some(structure) = self.structures.get(structure) else { return &[] };
        structure.members.get_or_init(|| structure.text.split(' ').filter_map(Member::read).collect())
    }

    /// The shape of a modelled error, by its code or by its own name.
    pub(super) fn error(&self, code: &str) -> Option<&'static str> {
        let by_name = || self.errors.values().find(|shape| **shape == code);
        self.errors.get(code).or_else(by_name).copied()
    }
}

fn services() -> &'static BTreeMap<&'static str, Service> {
    static SERVICES: OnceLock<BTreeMap<&'static str, Service>> = OnceLock::new();
    SERVICES.get_or_init(|| {
        let blocks = TABLE.split("\nservice ").skip(1);
        blocks.filter_map(read_service).collect()
    })
}

fn read_service(block: &'static str) -> Option<(&'static str, Service)> {
    let mut lines = block.lines();
    let mut fields = lines.next()?.split(' ');
    let mut next = || fields.next();
    let (name, id, protocol) = (next()?, next()?, next()?);
    let place = outside::Service { signing_name: next()?, variable: next()? };
    let mut service = Service {
        class: names::pascal(&id.replace('_', " ")),
        protocol: match protocol {
            "json1.0" => Protocol::Json("1.0"),
            "json1.1" => Protocol::Json("1.1"),
            "query" => Protocol::Query,
            "rest-json" => Protocol::RestJson,
            _ => Protocol::RestXml,
        },
        place,
        version: next()?,
        target_prefix: next()?,
        errors: BTreeMap::new(),
        actions: BTreeMap::new(),
        structures: Vec::new(),
    };
    for error in lines.next()?.split(' ').skip(1) {
        let (shape, code) = error.split_once('=').unwrap_or((error, error));
        service.errors.insert(code, shape);
    }
    for line in lines {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        if first.starts_with(|c: char| c.is_ascii_digit()) {
            service.structures.push(Structure { text: rest, members: OnceLock::new() });
        } else if let [method, uri, input, output] = rest.split(' ').collect::<Vec<_>>()[..] {
            let (input, output) = (input.parse().ok(), output.parse().ok());
            service.actions.insert(first, Action { name: first, method, uri, input, output });
        }
    }
    Some((name, service))
}

impl Member {
    fn read(text: &'static str) -> Option<Self> {
        // A wire name may hold a colon (`xsi:type`), a type does not.
        let (named, kind) = text.rsplit_once(':')?;
        let (named, place) = named.split_once('@').map_or((named, ""), |(named, place)| (named, place));
        let (marked, wire) = named.split_once('=').map_or((named, None), |(marked, wire)| (marked, Some(wire)));
        let (name, required) = marked.strip_suffix('*').map_or((marked, false), |name| (name, true));
        let wire = wire.unwrap_or(name);
        let place = match place {
            "b" => Place::WholeBody,
            "a" => Place::Attribute,
            "h" => Place::Header,
            "p" => Place::Headers,
            "u" => Place::Path,
            "q" => Place::Query,
            "s" => Place::Status,
            _ => Place::Body,
        };
        Some(Self { name, wire, place, kind: Kind::read(kind), required })
    }
}

impl Kind {
    fn read(text: &'static str) -> Self {
        let time = |format| Self::Time(format);
        match text {
            "s" => Self::Text,
            "b" => Self::Boolean,
            "x" => Self::Bytes,
            "t" => time(TimeFormat::Usual),
            "ti" => time(TimeFormat::Iso),
            "tr" => time(TimeFormat::Rfc822),
            "tu" => time(TimeFormat::Seconds),
            _ => Self::read_nested(text),
        }
    }

    fn read_nested(text: &'static str) -> Self {
        if let Some(number) = text.strip_prefix('{') {
            return number.parse().map_or(Self::Text, Self::Structure);
        }
        let (first, rest) = (text.chars().next(), text.get(1..).unwrap_or_default());
        let (flat, rest) = rest.strip_prefix('!').map_or((false, rest), |rest| (true, rest));
        // Names of items have no bracket; a type inside may have names of its own.
        let end = rest.find(['[', '<', '{']).unwrap_or(rest.len());
        let named = rest.get(..end).and_then(|head| head.split_once('/'));
        let (name, of) = named.map_or(("", rest), |(name, _)| (name, rest.get(name.len() + 1..).unwrap_or_default()));
        match first {
            Some('[') => {
                Self::List { flat, item: if name.is_empty() { "member" } else { name }, of: Box::new(Self::read(of)) }
            }
            Some('<') => {
                let (key, value) = name.split_once(',').unwrap_or(("key", "value"));
                Self::Map { flat, key, value, of: Box::new(Self::read(of)) }
            }
            _ => Self::Number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_that_tasks_name_most_are_there() {
        for (name, class, variable) in [
            ("apigateway", "ApiGateway", "AWS_ENDPOINT_URL_API_GATEWAY"),
            ("cloudwatchlogs", "CloudWatchLogs", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"),
            ("dynamodb", "DynamoDb", "AWS_ENDPOINT_URL_DYNAMODB"),
            ("eventbridge", "EventBridge", "AWS_ENDPOINT_URL_EVENTBRIDGE"),
            ("s3", "S3", "AWS_ENDPOINT_URL_S3"),
            ("secretsmanager", "SecretsManager", "AWS_ENDPOINT_URL_SECRETS_MANAGER"),
            ("sfn", "Sfn", "AWS_ENDPOINT_URL_SFN"),
        ] {
            let service = service(name).expect(name);
            assert_eq!((service.class.as_str(), service.place.variable), (class, variable));
        }
        assert!(service("nosuch").is_none());
        assert!(names().count() >= 19);
    }

    #[test]
    fn every_structure_that_is_named_is_there() {
        fn check(service: &Service, kind: &Kind) {
            match kind {
                Kind::Structure(number) => assert!(*number < service.structures.len(), "{}: {number}", service.class),
                Kind::List { of, .. } | Kind::Map { of, .. } => check(service, of),
                _ => {}
            }
        }
        for service in services().values() {
            assert!(!service.actions.is_empty() && !service.errors.is_empty(), "{}", service.class);
            for number in 0..service.structures.len() {
                let written = service.structures[number].text.split(' ').filter(|member| !member.is_empty()).count();
                assert_eq!(service.members(number).len(), written, "{}: {number}", service.class);
                service.members(number).iter().for_each(|member| check(service, &member.kind));
            }
        }
    }

    #[test]
    fn types_are_read() {
        let list = |item, of| Kind::List { flat: false, item, of: Box::new(of) };
        for (text, expected) in [
            ("n", Kind::Number),
            ("[s", list("member", Kind::Text)),
            ("[Tag/{7", list("Tag", Kind::Structure(7))),
            ("[[a/s", list("member", list("a", Kind::Text))),
            ("<!Name,Value/s", Kind::Map { flat: true, key: "Name", value: "Value", of: Box::new(Kind::Text) }),
            ("ti", Kind::Time(TimeFormat::Iso)),
        ] {
            assert_eq!(Kind::read(text), expected, "{text}");
        }
        let member = Member::read("Type=xsi:type@a:s").unwrap();
        assert_eq!((member.name, member.wire, member.place), ("Type", "xsi:type", Place::Attribute));
        let marks = ["a*:s", "a*=b:s", "a:s"].map(|text| Member::read(text).unwrap());
        assert_eq!(
            marks.map(|member| (member.name, member.wire, member.required)),
            [("a", "a", true), ("a", "b", true), ("a", "a", false)]
        );
    }

    #[test]
    fn actions_are_found_as_resources_name_them() {
        let dynamodb = service("dynamodb").unwrap();
        assert_eq!(dynamodb.action("putItem").unwrap().name, "PutItem");
        assert!(dynamodb.action("put").is_none());
        assert_eq!(dynamodb.error("ResourceNotFoundException"), Some("ResourceNotFoundException"));
        assert_eq!(service("sns").unwrap().error("NotFound"), Some("NotFoundException"));
    }
}
