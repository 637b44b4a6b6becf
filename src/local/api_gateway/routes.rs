//! Which route a request is for.
//!
//! A path is a resource's before it is looked at for the method, as on AWS: a resource without the method hides a
//! `{proxy+}` that has it. Of several resources the one wins that is more exact in the first segment where they differ:
//! a name before `{parameter}` before `{proxy+}`.

use std::collections::BTreeMap;

use crate::local::api_gateway::cors::Preflight;
use crate::local::api_gateway::model::Route;

/// The resources of an API.
#[derive(Debug)]
pub(super) struct Routes {
    resources: Vec<Resource>,
}

/// A path with its methods.
#[derive(Debug)]
struct Resource {
    segments: Vec<Segment>,
    /// The method, and where its route is in the API's list.
    methods: Vec<(String, usize)>,
    preflight: Option<Preflight>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Exact(String),
    Parameter(String),
    /// `{proxy+}`: all that follows.
    Greedy(String),
}

/// What a request is for.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// A route, by its place in the API's list, with the values of the path's parameters.
    Route(usize, BTreeMap<String, String>),
    /// The question of a browser whether it may ask.
    Preflight(&'a Preflight),
}

impl Routes {
    pub(super) fn of(routes: &[Route]) -> Self {
        let mut resources: Vec<(&str, Resource)> = Vec::new();
        for (at, route) in routes.iter().enumerate() {
            let position = resources.iter().position(|(path, _)| *path == route.path).unwrap_or_else(|| {
                let segments = segments(&route.path).map(Segment::of).collect();
                let preflight = Preflight::of(routes.iter().filter(|other| other.path == route.path));
                resources.push((&route.path, Resource { segments, methods: Vec::new(), preflight }));
                resources.len() - 1
            });
            resources[position].1.methods.push((route.method.clone(), at));
        }
        Self { resources: resources.into_iter().map(|(_, resource)| resource).collect() }
    }

    /// Finds the route of a method and a path, which is as it was sent, without the stage: `/action/start`.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<Found<'_>> {
        // A slash at the end is none of the path.
        let given: Vec<String> = segments(path.trim_start_matches('/')).map(|part| decode(part, false)).collect();
        let matching = self.resources.iter().filter(|resource| resource.matches(&given));
        let resource = matching.min_by(|one, other| one.ranks().cmp(other.ranks()))?;
        if method == "OPTIONS"
            && let Some(preflight) = &resource.preflight
        {
            return Some(Found::Preflight(preflight));
        }
        let exact = resource.methods.iter().find(|(known, _)| known == method);
        let any = || resource.methods.iter().find(|(known, _)| known == "ANY" && ANY.contains(&method));
        let (_, at) = exact.or_else(any)?;
        Some(Found::Route(*at, resource.parameters(&given)))
    }
}

/// What `ANY` stands for.
const ANY: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

impl Segment {
    fn of(text: &str) -> Self {
        match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            None => Self::Exact(text.to_owned()),
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Self::Greedy(name.to_owned()),
                None => Self::Parameter(name.to_owned()),
            },
        }
    }

    /// Lower is more exact.
    fn rank(&self) -> u8 {
        match self {
            Self::Exact(_) => 0,
            Self::Parameter(_) => 1,
            Self::Greedy(_) => 2,
        }
    }
}

impl Resource {
    fn matches(&self, given: &[String]) -> bool {
        let fits = |(segment, part): (&Segment, &String)| match segment {
            Segment::Exact(text) => text == part,
            Segment::Parameter(_) | Segment::Greedy(_) => !part.is_empty(),
        };
        let long_enough = match self.segments.last() {
            Some(Segment::Greedy(_)) => given.len() >= self.segments.len(),
            _ => given.len() == self.segments.len(),
        };
        long_enough && self.segments.iter().zip(given).all(fits)
    }

    fn ranks(&self) -> impl Iterator<Item = u8> {
        self.segments.iter().map(Segment::rank)
    }

    fn parameters(&self, given: &[String]) -> BTreeMap<String, String> {
        let values = self.segments.iter().enumerate().filter_map(|(at, segment)| match segment {
            Segment::Exact(_) => None,
            Segment::Parameter(name) => Some((name.clone(), given.get(at)?.clone())),
            Segment::Greedy(name) => Some((name.clone(), given.get(at..)?.join("/"))),
        });
        values.collect()
    }
}

/// The parts of a path without slashes around it; the empty path has none.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').filter(move |_| !path.is_empty())
}

/// Reads `%2F`; and `+` as a space where `plus`, as in a query. What is no such code stays as it is.
pub(super) fn decode(text: &str, plus: bool) -> String {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let code = (*byte == b'%').then(|| Some(hex(bytes.get(at + 1))? * 16 + hex(bytes.get(at + 2))?)).flatten();
        if let Some(code) = code.and_then(|code| u8::try_from(code).ok()) {
            decoded.push(code);
            at += 3;
        } else {
            decoded.push(if plus && *byte == b'+' { b' ' } else { *byte });
            at += 1;
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The pairs of a query or a form; the last one of a name wins, as in API Gateway's single-value parameters.
pub(super) fn pairs(query: &str) -> BTreeMap<String, String> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name, true), decode(value, true))
    };
    pairs.map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::{Found, Routes, decode, pairs};
    use crate::local::api_gateway::fixtures::route;

    #[test]
    fn the_most_exact_resource_wins_and_then_the_method_counts() {
        let paths = [
            "GET hello",
            "POST orders",
            "GET orders/{id}",
            "GET orders/last",
            "GET orders/{id}/items",
            "ANY files/{proxy+}",
            "PUT {name}/last",
            "GET ",
            "DELETE orders/last/{rest+}",
        ];
        let routes: Vec<_> = paths.iter().map(|text| route(text)).collect();
        let routes = Routes::of(&routes);
        let found = |method: &str, path: &str| match routes.find(method, path) {
            None => "none".to_owned(),
            Some(Found::Preflight(_)) => "preflight".to_owned(),
            Some(Found::Route(at, parameters)) => {
                let parameters: Vec<_> = parameters.iter().map(|(name, value)| format!(" {name}={value}")).collect();
                format!("{}{}", paths[at], parameters.concat())
            }
        };
        for (method, path, expected) in [
            ("GET", "/hello", "GET hello"),
            ("GET", "/hello/", "GET hello"),
            ("GET", "/Hello", "none"),
            ("POST", "/hello", "none"),
            ("GET", "/", "GET "),
            ("GET", "", "GET "),
            ("GET", "/orders", "none"),
            ("GET", "/orders/7", "GET orders/{id} id=7"),
            ("GET", "/orders/a%2Fb%20c", "GET orders/{id} id=a/b c"),
            ("GET", "/orders/%67%C3%BC", "GET orders/{id} id=gü"),
            ("GET", "/orders/last", "GET orders/last"),
            ("GET", "/orders/la%73t", "GET orders/last"),
            // The resource is more exact than `{name}/last`, which has the method.
            ("PUT", "/orders/last", "none"),
            ("PUT", "/other/last", "PUT {name}/last name=other"),
            ("GET", "/orders/last/items", "none"),
            ("DELETE", "/orders/last/a/b", "DELETE orders/last/{rest+} rest=a/b"),
            ("GET", "/orders/8/items", "GET orders/{id}/items id=8"),
            ("GET", "/orders//items", "none"),
            ("PATCH", "/files/a/b%20c/", "ANY files/{proxy+} proxy=a/b c"),
            ("HEAD", "/files/a", "ANY files/{proxy+} proxy=a"),
            ("OPTIONS", "/files/a", "ANY files/{proxy+} proxy=a"),
            ("TRACE", "/files/a", "none"),
            ("GET", "/files", "none"),
            ("GET", "/files/", "none"),
            ("ANY", "/hello", "none"),
        ] {
            assert_eq!(found(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn codes_are_read_and_what_is_none_stays() {
        for (text, expected) in [
            ("a%20b", "a b"),
            ("a+b", "a+b"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz", "%zz"),
            ("%+1", "%+1"),
            ("%ff", "\u{FFFD}"),
        ] {
            assert_eq!(decode(text, false), expected);
        }
        let found = pairs("a=1&b=x+y&a=2&c&&d=%26%3D");
        let found: Vec<_> = found.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(found, ["a=2", "b=x y", "c=", "d=&="]);
    }
}
