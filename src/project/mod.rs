//! A serverless.yml, or a plain definition in JSON or YAML, as a typed model.
//!
//! Owns: finding and reading the file, variables, CloudFormation's forms, the model. Must not know: AWS, the engine,
//! servers, terminals. Start reading at [`load`].

mod load;
mod model;

pub use load::{LoadOptions, Loaded, ProjectError, check, find_upwards, load};
pub use model::{Definition, Function, FunctionProgram, Identity, Machine, Service};
