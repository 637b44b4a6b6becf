//! API Gateway's management API as a client reads it: keys, usage plans, usage, the routes of an API
//! and what is deployed of them.
//!
//! Owns: the SDK's client and its pages; what an integration calls, read from its URI and its template. Must not know:
//! how a route is called (that is HTTPS with a key). Start reading at [`ApiClient`].

mod client;
mod model;

pub use client::ApiClient;
pub use model::{
    ApiKey, ApiStage, DayOfUsage, DeployedRoute, Deployment, Quota, RestApi, Route, Stage, Throttle, UsagePlan,
    UsagePlanKey,
};
