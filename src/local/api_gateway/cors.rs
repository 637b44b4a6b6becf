//! Calls from web pages: what the plugin's `OPTIONS` methods answer, and the header of all other answers.

use hyper::HeaderMap;
use hyper::header::HeaderValue;

use crate::local::api_gateway::model::{Cors, Route};

/// The headers that a page may send where the file names none.
const HEADERS: [&str; 6] =
    ["Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key", "X-Amz-Security-Token", "X-Amz-User-Agent"];
/// What `ANY` stands for.
const METHODS: &str = "DELETE,GET,HEAD,PATCH,POST,PUT";

/// The answer to a browser that asks whether it may call a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Preflight {
    headers: Vec<(&'static str, String)>,
}

impl Preflight {
    /// What the routes of one resource allow together; `None` where none of them has `cors`.
    pub(super) fn of<'a>(routes: impl Iterator<Item = &'a Route>) -> Option<Self> {
        let with_cors = routes.filter_map(|route| Some((route, route.cors.as_ref()?)));
        let (mut origins, mut headers, mut methods) = (Vec::new(), Vec::new(), Vec::new());
        let (mut credentials, mut max_age, mut any) = (false, None, false);
        for (route, cors) in with_cors {
            any = true;
            // The later route's come first, as the plugin unites them.
            unite(&mut origins, cors.origins.iter().map(String::as_str));
            match cors.headers.as_slice() {
                [] => unite(&mut headers, HEADERS.into_iter()),
                given => unite(&mut headers, given.iter().map(String::as_str)),
            }
            unite(&mut methods, all_methods(cors, &route.method).into_iter());
            credentials |= cors.allow_credentials;
            max_age = cors.max_age_seconds.or(max_age);
        }
        let mut all = vec![
            ("access-control-allow-origin", joined_origins(&origins)),
            ("access-control-allow-headers", headers.join(",")),
            ("access-control-allow-methods", methods.join(",").replace("ANY", METHODS)),
            ("access-control-allow-credentials", credentials.to_string()),
        ];
        all.extend(max_age.map(|seconds| ("access-control-max-age", seconds.to_string())));
        any.then_some(Self { headers: all })
    }

    /// Adds the headers of the answer.
    pub(super) fn add_to(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            // A value that cannot be a header's was written by hand; the browser then refuses by itself.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(*name, value);
            }
        }
    }
}

/// Whether a route may be called by a page of this origin, `None` where its browser does not say which.
pub(super) fn admits(cors: &Cors, origin: Option<&str>) -> bool {
    let any = cors.origins.is_empty() || cors.origins.iter().any(|allowed| allowed == "*");
    any || origin.is_some_and(|origin| cors.origins.iter().any(|allowed| allowed == origin))
}

/// The header that every answer of a route's integration has.
pub(super) fn allow_origin(cors: &Cors, headers: &mut HeaderMap) {
    let origins: Vec<&str> = cors.origins.iter().map(String::as_str).collect();
    if let Ok(origin) = HeaderValue::from_str(&joined_origins(&origins)) {
        headers.insert("access-control-allow-origin", origin);
    }
}

fn joined_origins(origins: &[&str]) -> String {
    if origins.is_empty() { "*".to_owned() } else { origins.join(",") }
}

fn all_methods<'a>(cors: &'a Cors, own: &'a str) -> Vec<&'a str> {
    let mut methods: Vec<&str> = cors.methods.iter().map(String::as_str).collect();
    for method in ["OPTIONS", own] {
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    methods
}

/// Puts `new` before what is there, each once.
fn unite<'a>(all: &mut Vec<&'a str>, new: impl Iterator<Item = &'a str>) {
    let mut united: Vec<&str> = Vec::new();
    for item in new.chain(all.iter().copied()) {
        if !united.contains(&item) {
            united.push(item);
        }
    }
    *all = united;
}

#[cfg(test)]
mod tests {
    use super::{Cors, Preflight};
    use crate::local::api_gateway::fixtures::route;
    use crate::local::api_gateway::model::Route;

    fn with_cors(text: &str, change: impl FnOnce(&mut Cors)) -> Route {
        let mut cors = Cors {
            origins: Vec::new(),
            headers: Vec::new(),
            methods: Vec::new(),
            allow_credentials: false,
            max_age_seconds: None,
        };
        change(&mut cors);
        Route { cors: Some(cors), ..route(text) }
    }

    fn shown(routes: &[Route]) -> Vec<String> {
        let preflight = Preflight::of(routes.iter()).unwrap();
        preflight
            .headers
            .iter()
            .map(|(name, value)| {
                format!("{}: {value}", name.trim_start_matches("access-control-").trim_start_matches("allow-"))
            })
            .collect()
    }

    #[test]
    fn without_members_it_is_what_the_plugin_writes_for_true() {
        assert_eq!(
            shown(&[with_cors("POST start", |_| {})]),
            [
                "origin: *",
                "headers: Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token,X-Amz-User-Agent",
                "methods: OPTIONS,POST",
                "credentials: false",
            ]
        );
        assert_eq!(Preflight::of([route("GET a")].iter()), None);
    }

    #[test]
    fn the_routes_of_a_resource_are_united() {
        let first = with_cors("POST a", |cors| {
            cors.origins = vec!["https://one.example".to_owned()];
            cors.headers = vec!["X-One".to_owned()];
            cors.methods = vec!["POST".to_owned(), "PUT".to_owned()];
            cors.max_age_seconds = Some(60);
        });
        let second = with_cors("ANY a", |cors| {
            cors.origins = vec!["https://two.example".to_owned(), "https://one.example".to_owned()];
            cors.headers = vec!["X-Two".to_owned(), "X-One".to_owned()];
            cors.allow_credentials = true;
        });
        assert_eq!(
            shown(&[first, second, route("GET a")]),
            [
                "origin: https://two.example,https://one.example",
                "headers: X-Two,X-One",
                "methods: OPTIONS,DELETE,GET,HEAD,PATCH,POST,PUT,POST,PUT",
                "credentials: true",
                "max-age: 60",
            ]
        );
    }
}
