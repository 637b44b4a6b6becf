//! Parts of APIs for tests.

use std::collections::BTreeMap;

use crate::local::api_gateway::model::{Action, Mapping, Route, TIMEOUT_MILLISECONDS};

/// A route that passes its body on to an operation.
pub(super) fn passing(action: Action, text: &str) -> Route {
    Route { action, request: Mapping::PassThrough, ..route(text) }
}

/// `GET action/start`: a route that starts a machine and wants no key.
pub(super) fn route(text: &str) -> Route {
    let (method, path) = text.split_once(' ').unwrap();
    Route {
        path: path.to_owned(),
        method: method.to_owned(),
        action: Action::Start,
        private: false,
        cors: None,
        request: Mapping::Default,
        response_headers: BTreeMap::new(),
        response_template: None,
        state_machine_arn: "arn:aws:states:eu-west-1:123456789012:stateMachine:m".to_owned(),
        timeout_milliseconds: TIMEOUT_MILLISECONDS,
    }
}
