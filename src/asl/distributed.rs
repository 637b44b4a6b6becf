//! What a `Map` has that runs its items as executions of their own (`DISTRIBUTED`).
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>

use std::sync::Arc;

use crate::asl::jsonata;
use crate::asl::path::Path;
use crate::asl::program::Count;
use crate::asl::{Filling, Payload};

/// A distributed `Map`'s own fields.
#[derive(Debug)]
pub struct Distributed {
    /// `ExecutionType: EXPRESS`: its executions go on five minutes at most.
    pub express: bool,
    /// `Label`: a part of the names of what runs.
    pub label: Option<Arc<str>>,
    /// `ItemReader`
    pub reader: Option<ItemReader>,
    /// `ItemBatcher`
    pub batcher: Option<ItemBatcher>,
    /// `ResultWriter`
    pub writer: Option<ResultWriter>,
}

/// `ItemReader`: where the items are.
#[derive(Debug)]
pub struct ItemReader {
    /// `getObject` or `listObjectsV2`, of S3.
    pub action: Arc<str>,
    /// `Parameters`, or `Arguments` in JSONata.
    pub parameters: Option<Filling>,
    /// `ReaderConfig` as written, without its `MaxItems`; an object.
    pub config: Payload,
    /// `MaxItems` or `MaxItemsPath`; 0 is no bound of the user's.
    pub max_items: Option<Count>,
}

/// `ItemBatcher`: several items for one execution.
#[derive(Debug)]
pub struct ItemBatcher {
    /// `MaxItemsPerBatch` or `MaxItemsPerBatchPath`
    pub max_items: Option<Count>,
    /// `MaxInputBytesPerBatch` or `MaxInputBytesPerBatchPath`
    pub max_bytes: Option<Count>,
    /// `BatchInput`
    pub input: Option<Filling>,
}

/// `ResultWriter`: where the results go.
#[derive(Debug)]
pub struct ResultWriter {
    /// `Parameters`, or `Arguments` in JSONata; absent, the results are formatted and not written.
    pub parameters: Option<Filling>,
    /// `WriterConfig` as written; an object.
    pub config: Payload,
}

/// `ToleratedFailurePercentage` or `ToleratedFailurePercentagePath`
#[derive(Debug)]
pub enum Percentage {
    /// As written.
    Fixed(f64),
    /// `…Path`
    Path(Path),
    /// `{% … %}`
    Jsonata(jsonata::Template),
}
