//! `ItemBatcher`: which items of a distributed `Map` one of its executions is given.

use serde_json::{Map, Value};

use crate::asl::distributed::ItemBatcher;
use crate::asl::flow::{Data, count, fill};
use crate::asl::{Fault, Payload};

/// Items in a batch without a bound of its own.
const BATCH_MAX: u64 = 100_000_000;

/// The bounds of batches, and what all of them have.
#[derive(Debug)]
pub struct Batches {
    most: u64,
    bytes: usize,
    /// With `BatchInput`, if there is any.
    empty: Map<String, Value>,
}

impl Batches {
    /// Fills in the fields; `bytes_max` is the bound of any payload.
    ///
    /// # Errors
    /// The fault of a field.
    pub fn of(batcher: &ItemBatcher, data: Data<'_>, bytes_max: usize) -> Result<Self, Fault> {
        let most = batcher.max_items.as_ref().map(|most| count(most, data, "MaxItemsPerBatchPath")).transpose()?;
        let bytes =
            batcher.max_bytes.as_ref().map(|most| count(most, data, "MaxInputBytesPerBatchPath")).transpose()?;
        let given = batcher.input.as_ref().map(|input| fill(input, data, "BatchInput")).transpose()?;
        let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok()).filter(|bytes| *bytes > 0);
        let given = given.map(|given| ("BatchInput".to_owned(), given.value().clone()));
        Ok(Self {
            most: most.filter(|most| *most > 0).unwrap_or(BATCH_MAX),
            bytes: bytes.unwrap_or(bytes_max).min(bytes_max),
            empty: given.into_iter().collect(),
        })
    }

    /// As many of the next items as one batch takes, at least one: how many they are, and the batch.
    ///
    /// # Errors
    /// That of an item.
    pub fn next<E>(&self, items: impl Iterator<Item = Result<Payload, E>>) -> Result<(u32, Payload), E> {
        let (mut batch, mut taken) = (self.empty.clone(), Vec::new());
        let mut size = Value::Object(batch.clone()).to_string().len() + r#","Items":[]"#.len();
        for item in items {
            let item = item?;
            size += item.text().len() + 1;
            if size > self.bytes && !taken.is_empty() {
                break;
            }
            taken.push(item.value().clone());
            if taken.len() as u64 >= self.most {
                break;
            }
        }
        let length = u32::try_from(taken.len()).unwrap_or(u32::MAX);
        batch.insert("Items".to_owned(), Value::Array(taken));
        Ok((length, Payload::from(Value::Object(batch))))
    }
}
