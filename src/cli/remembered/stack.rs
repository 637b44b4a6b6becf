//! What the project's stack made: where its API is, and which machine each logical name became.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cli::remembered::Remembered;

const STACK: &str = "stack";
/// A longer address or ARN is none.
const TEXT_BYTES_MAX: usize = 2_048;
/// So many machines are remembered of a stack, which may have 500 resources.
const MACHINES_MAX: usize = 500;

/// `cache/stack-SCOPE.json`
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StackFile {
    /// The API's address, its stage included.
    gateway: Option<String>,
    /// By logical name, its ARN.
    state_machines: BTreeMap<String, String>,
    /// By logical name, the ARN of the machine that was taken for it by its name alone, and that was told. Files of before
    /// have none.
    #[serde(default)]
    told_of_name: BTreeMap<String, String>,
}

impl Remembered {
    /// Where the project's API was found.
    pub(crate) fn gateway(&self) -> Option<String> {
        self.cache_file(STACK).read::<StackFile>()?.gateway
    }

    /// Remembers where the project's API is. An address holds no secret: none with a user or a password is taken for one.
    pub(crate) fn note_gateway(&self, url: &str) {
        let url = Some(url.to_owned()).filter(|url| url.len() <= TEXT_BYTES_MAX);
        self.cache_file(STACK).change(|file: &mut StackFile| file.gateway = url);
    }

    /// Forgets it: it was not there.
    pub(crate) fn forget_gateway(&self) {
        self.cache_file(STACK).change(|file: &mut StackFile| file.gateway = None);
    }

    /// The ARN of the machine that a logical name became.
    pub(crate) fn deployed_machine(&self, logical_id: &str) -> Option<String> {
        self.cache_file(STACK).read::<StackFile>()?.state_machines.remove(logical_id)
    }

    /// Remembers which machine a logical name became.
    pub(crate) fn note_deployed_machine(&self, logical_id: &str, arn: &str) {
        self.cache_file(STACK).change(|file: &mut StackFile| insert(&mut file.state_machines, logical_id, arn));
    }

    /// Whether it was told that a machine was taken for a logical name's by its name alone.
    pub(crate) fn is_told_of_name(&self, logical_id: &str, arn: &str) -> bool {
        let told =
            self.cache_file(STACK).read::<StackFile>().and_then(|file| file.told_of_name.get(logical_id).cloned());
        told.as_deref() == Some(arn)
    }

    /// Remembers that it was told.
    pub(crate) fn note_told_of_name(&self, logical_id: &str, arn: &str) {
        self.cache_file(STACK).change(|file: &mut StackFile| insert(&mut file.told_of_name, logical_id, arn));
    }
}

/// Adds what is no longer than it can be; a table that is full begins anew.
fn insert(machines: &mut BTreeMap<String, String>, logical_id: &str, arn: &str) {
    if logical_id.len() > TEXT_BYTES_MAX || arn.len() > TEXT_BYTES_MAX {
        return;
    }
    if machines.len() >= MACHINES_MAX {
        machines.clear();
    }
    machines.insert(logical_id.to_owned(), arn.to_owned());
}
