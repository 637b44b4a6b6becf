//! A project's own mapping templates, parsed when their API is loaded.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::local::api_gateway::answer::Refusal;
use crate::local::api_gateway::integration::Invocation;
use crate::local::api_gateway::model::{Api, Mapping, Route};
use crate::local::api_gateway::proxy_event;
use crate::local::velocity::{Request, Template};

/// A template that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {kind} template of {route} cannot be read: {reason}")]
pub(in crate::local) struct TemplateError {
    /// `POST action/start`
    route: String,
    /// `request` or `response`, and the content type of a request's.
    kind: String,
    /// Line, column and what is wrong there.
    reason: String,
}

/// The templates of a route.
#[derive(Debug, Default)]
pub(super) struct Templates {
    /// By content type, in lower case.
    request: BTreeMap<String, Template>,
    response: Option<Template>,
}

impl Templates {
    /// Parses all templates of a route.
    ///
    /// # Errors
    /// For the first one that is none.
    pub(super) fn of(route: &Route) -> Result<Self, TemplateError> {
        let parse = |kind: String, text: &str| {
            let refusal = |error: crate::local::velocity::Error| TemplateError {
                route: format!("{} {}", route.method, route.path),
                kind,
                reason: error.to_string(),
            };
            Template::parse(text).map_err(refusal)
        };
        let mut templates = Self::default();
        if let Mapping::Templates(given) = &route.request {
            for (content_type, text) in given {
                let template = parse(format!("request ({content_type})"), text)?;
                templates.request.insert(content_type.to_ascii_lowercase(), template);
            }
        }
        templates.response =
            route.response_template.as_ref().map(|text| parse("response".to_owned(), text)).transpose()?;
        Ok(templates)
    }

    /// What the project's own template makes of a request; `None` where it has none for its content type.
    pub(super) fn request(&self, invocation: &Invocation<'_>, content_type: &str) -> Option<Result<String, Refusal>> {
        let kind = || format!("request ({content_type})");
        self.request.get(content_type).map(|template| render(template, invocation, &invocation.text(), kind))
    }

    /// What the response becomes; `None` where it stays as it is.
    pub(super) fn response(&self, invocation: &Invocation<'_>, body: &str) -> Option<Result<String, Refusal>> {
        self.response.as_ref().map(|template| render(template, invocation, body, || "response".to_owned()))
    }
}

/// Refuses an API with a template that cannot be read, as API Gateway refuses its deployment.
pub(in crate::local) fn check(api: &Api) -> Result<(), TemplateError> {
    api.routes.iter().try_for_each(|route| Templates::of(route).map(drop))
}

fn render(
    template: &Template,
    invocation: &Invocation<'_>,
    body: &str,
    kind: impl FnOnce() -> String,
) -> Result<String, Refusal> {
    let mut context = proxy_event::context(invocation);
    // A template that asks for the key gets it, as on AWS; what passes all of the context on does not come here.
    let key = invocation.key.map(|key| key.value.reveal()).unwrap_or_default();
    context["identity"]["apiKey"] = Value::from(key);
    let rendered = template.render(&Request {
        body,
        path: &invocation.parameters,
        querystring: &proxy_event::query(invocation),
        header: &proxy_event::headers(invocation),
        context: &context,
        stage_variables: &BTreeMap::new(),
    });
    rendered.map_err(|error| match serde_json::from_str::<serde::de::IgnoredAny>(body) {
        Err(_) if !body.trim().is_empty() => Refusal::no_json(&error.message),
        _ => {
            let Route { method, path, .. } = invocation.route;
            let (kind, line, column) = (kind(), error.line, error.column);
            Refusal::Template(format!("the {kind} template of {method} {path} failed at line {line}, column {column}"))
        }
    })
}
