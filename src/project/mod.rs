//! A serverless.yml, or a plain definition in JSON or YAML, as a typed model.
//!
//! Owns: finding and reading the file, variables, CloudFormation's forms, the model. Must not know: AWS, the engine,
//! servers, terminals. Start reading at [`load`]; `build` makes the model, `variables` resolves `${…}`,
//! `cloudformation` resolves `!GetAtt` and its like.

mod build;
mod cloudformation;
mod load;
mod model;
mod names;
mod read;
mod report;
mod variables;

#[cfg(test)]
mod tests;

pub use load::{LoadOptions, Loaded, ProjectError, check, find_upwards, load, load_text};
pub use model::{
    Activity, ApiKey, Cors, Definition, Function, FunctionProgram, Identity, LogGroup, Logging, Machine, Notification,
    NotificationTarget, Period, Quota, RequestTemplate, Route, RouteAction, Service, Throttle, UsagePlan,
};
pub use read::FILE_BYTES_MAX;
