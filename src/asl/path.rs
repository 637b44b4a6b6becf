//! JSONPath as AWS's engine (Jayway) reads it.

/// A path that reads: `$.a[0].b`, `$$.Execution.Id`, `$..x`.
#[derive(Debug, Clone)]
pub struct Path {}

/// A path that can also be written to: names and indexes only.
#[derive(Debug, Clone)]
pub struct ReferencePath {}
