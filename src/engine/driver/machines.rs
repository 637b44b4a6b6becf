//! State machines: create, update, delete; and the tags that activities have as well.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::engine::api::{Activity, EngineError, NewActivity, NewStateMachine, StateMachine, TagChange};
use crate::engine::driver::programs::Definition;
use crate::engine::driver::thread::Driver;
use crate::engine::published::{Made, Publish};
use crate::engine::store::{StoredMachine, Write};

/// AWS's bound of tags of one resource.
const TAGS_MAX: usize = 50;

impl Driver {
    /// The same machine twice is one machine, published or not the same way. Role and tags are not compared, nor taken from the second, as on AWS:
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>
    pub(super) fn create_machine(
        &mut self,
        machine: NewStateMachine,
        publish: Option<Publish>,
        definition: Definition,
    ) -> Result<Made, EngineError> {
        if let Some(stored) = self.machine(&machine.arn)? {
            let spec = &stored.machine.spec;
            let at_creation = self.store.publications(&machine.arn)?.and_then(|known| known.at_creation);
            let same = at_creation == publish
                && spec.definition == machine.definition
                && spec.machine_type == machine.machine_type
                && spec.settings == machine.settings;
            let exists = || EngineError::StateMachineAlreadyExists(machine.arn.to_string());
            if !same {
                return Err(exists());
            }
            return self.made_again(stored, publish);
        }
        let now = self.clock.now();
        let machine = StateMachine { spec: Arc::new(machine), created: now, updated: now, revision_id: None };
        self.put_machine(machine, publish, true, definition)
    }

    /// An update that changes nothing makes no revision, so that a file may be loaded again and again. The type stays
    /// what it was made as, and tags have operations of their own, as on AWS.
    pub(super) fn update_machine(
        &mut self,
        machine: &NewStateMachine,
        publish: Option<Publish>,
        definition: Definition,
    ) -> Result<Made, EngineError> {
        let stored = self.machine(&machine.arn)?;
        let stored = stored.ok_or_else(|| EngineError::StateMachineDoesNotExist(machine.arn.to_string()))?;
        let spec = &stored.machine.spec;
        if spec.definition == machine.definition
            && spec.role_arn == machine.role_arn
            && spec.settings == machine.settings
        {
            return self.made_again(stored, publish);
        }
        let spec = NewStateMachine { machine_type: spec.machine_type, tags: spec.tags.clone(), ..machine.clone() };
        let revision_id = Some(Arc::from(Uuid::new_v4().to_string()));
        let updated = self.clock.now();
        let machine = StateMachine { spec: Arc::new(spec), created: stored.machine.created, updated, revision_id };
        self.put_machine(machine, publish, false, definition)
    }

    pub(super) fn delete_machine(&mut self, arn: Arc<str>) {
        self.batch.changes_machines = true;
        self.batch.writes.push(Write::DeleteMachine { arn });
    }

    /// TagResource and UntagResource. Tags make no revision.
    pub(super) fn change_tags(&mut self, arn: &Arc<str>, change: TagChange) -> Result<(), EngineError> {
        if let Some(activity) = self.activity(arn).cloned() {
            let tags = changed(activity.spec.tags, change, arn)?;
            self.put_activity(Activity { spec: NewActivity { tags, ..activity.spec }, ..activity });
            return Ok(());
        }
        let stored = self.machine(arn)?.ok_or_else(|| EngineError::ResourceNotFound(arn.to_string()))?;
        let tags = changed(stored.machine.spec.tags.clone(), change, arn)?;
        self.batch.changes_machines = true;
        self.batch.writes.push(Write::Tags { revision: stored.revision, tags });
        Ok(())
    }

    /// The machine as it is after everything that was asked before.
    pub(super) fn machine(&mut self, arn: &str) -> Result<Option<StoredMachine>, EngineError> {
        self.settle_machines();
        Ok(self.store.machine(arn)?)
    }

    /// Makes what was asked before visible in the store, as far as it is about machines.
    pub(super) fn settle_machines(&mut self) {
        if self.batch.changes_machines {
            self.flush();
        }
    }

    /// A machine that is as it was asked for already.
    fn made_again(&mut self, stored: StoredMachine, publish: Option<Publish>) -> Result<Made, EngineError> {
        let arn = Arc::clone(&stored.machine.spec.arn);
        let version = publish.map(|publish| self.publish(&arn, stored.revision, publish, false)).transpose()?;
        Ok(Made { machine: stored.machine, version })
    }

    fn put_machine(
        &mut self,
        machine: StateMachine,
        publish: Option<Publish>,
        at_creation: bool,
        definition: Definition,
    ) -> Result<Made, EngineError> {
        let program = definition.of_type(machine.spec.machine_type).map_err(EngineError::InvalidDefinition)?;
        let revision = self.keys.revision + 1;
        // The version first: where none can be made, the machine is not changed either.
        let publish = publish.map(|publish| self.publish(&machine.spec.arn, revision, publish, at_creation));
        let version = publish.transpose()?;
        self.keys.revision = revision;
        self.programs.put(revision, program);
        self.batch.changes_machines = true;
        self.batch.writes.push(Write::Machine { revision, machine: machine.clone() });
        Ok(Made { machine, version })
    }
}

fn changed(
    mut tags: BTreeMap<String, String>,
    change: TagChange,
    arn: &str,
) -> Result<BTreeMap<String, String>, EngineError> {
    match change {
        TagChange::Set(set) => tags.extend(set),
        TagChange::Remove(keys) => tags.retain(|key, _| !keys.contains(key)),
    }
    if tags.len() > TAGS_MAX { Err(EngineError::TooManyTags(arn.to_owned())) } else { Ok(tags) }
}
