//! Versions and aliases: published, deleted, chosen for a start.

use std::sync::Arc;

use uuid::Uuid;

use crate::engine::api::{EngineError, NewStateMachine, StateMachine};
use crate::engine::driver::message::{Answer, Message};
use crate::engine::driver::reads::Reader;
use crate::engine::driver::thread::Driver;
use crate::engine::driver::{Engine, read};
use crate::engine::published::{Made, Publish, Qualified, Route, StateMachineAlias, StateMachineVersion, unqualified};
use crate::engine::store::{StoredMachine, Write};

/// AWS's bounds: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const VERSIONS_MAX: usize = 1_000;
const ALIASES_MAX: usize = 100;

/// The revision id by which callers name a machine that was never updated.
const INITIAL: &str = "INITIAL";

/// What the driver does with versions and aliases; it answers by itself.
pub(super) type Change = Box<dyn FnOnce(&mut Driver) + Send>;

/// What a start runs.
pub(super) struct Target {
    pub(super) machine: StoredMachine,
    pub(super) qualified: Qualified,
}

impl Engine {
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Driver) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let message = |answer: Answer<T>| {
            Message::Change(Box::new(move |driver: &mut Driver| {
                driver.settle_machines();
                let result = change(driver);
                driver.batch.hold(answer, result);
            }))
        };
        self.command(message).await
    }

    /// As [`Engine::create_state_machine`], and publishes it where that is wished. The wish is a part of what makes two
    /// machines the same.
    ///
    /// # Errors
    /// As [`Engine::create_state_machine`].
    pub async fn create_and_publish(
        &self,
        machine: NewStateMachine,
        publish: Option<Publish>,
    ) -> Result<Made, EngineError> {
        let definition = read(&machine).await?;
        self.command(|answer| Message::CreateMachine { machine, publish, definition, answer }).await
    }

    /// As [`Engine::update_state_machine`], and publishes what the machine is then where that is wished.
    ///
    /// # Errors
    /// As [`Engine::update_state_machine`], `QuotaExceeded`.
    pub async fn update_and_publish(
        &self,
        machine: NewStateMachine,
        publish: Option<Publish>,
    ) -> Result<Made, EngineError> {
        let definition = read(&machine).await?;
        self.command(|answer| Message::UpdateMachine { machine, publish, definition, answer }).await
    }

    /// Publishes the current revision of a machine; one that is published already is answered as it is.
    ///
    /// # Errors
    /// `StateMachineDoesNotExist`, `Conflict` when the current revision is not `revision_id`, `QuotaExceeded`, `Store`.
    pub async fn publish_version(
        &self,
        arn: &str,
        revision_id: Option<String>,
        publish: Publish,
    ) -> Result<StateMachineVersion, EngineError> {
        let arn: Arc<str> = Arc::from(arn);
        self.change(move |driver| driver.publish_current(&arn, revision_id.as_deref(), publish)).await
    }

    /// Deletes a version. One that does not exist is no error, as on AWS.
    ///
    /// # Errors
    /// `Conflict` for one to which an alias routes, `Store`.
    pub async fn delete_version(&self, arn: &str) -> Result<(), EngineError> {
        let arn: Arc<str> = Arc::from(arn);
        self.change(move |driver| driver.delete_version(arn)).await
    }

    /// Makes an alias of the machine to which `routes` lead. The same one twice is answered as the first time.
    ///
    /// # Errors
    /// `ResourceNotFound` for a version that does not exist, `Conflict` for another alias of this name, `QuotaExceeded`,
    /// `Store`.
    pub async fn create_alias(
        &self,
        arn: &str,
        description: Option<Arc<str>>,
        routes: Vec<Route>,
    ) -> Result<StateMachineAlias, EngineError> {
        let arn: Arc<str> = Arc::from(arn);
        self.change(move |driver| driver.create_alias(arn, description, routes)).await
    }

    /// Changes what is given of an alias.
    ///
    /// # Errors
    /// `ResourceNotFound` for an alias or a version that does not exist, `Store`.
    pub async fn update_alias(
        &self,
        arn: &str,
        description: Option<Arc<str>>,
        routes: Option<Vec<Route>>,
    ) -> Result<StateMachineAlias, EngineError> {
        let arn: Arc<str> = Arc::from(arn);
        self.change(move |driver| driver.update_alias(&arn, description, routes)).await
    }

    /// Deletes an alias. One that does not exist is no error, as on AWS.
    ///
    /// # Errors
    /// `Store`.
    pub async fn delete_alias(&self, arn: &str) -> Result<(), EngineError> {
        let arn: Arc<str> = Arc::from(arn);
        self.change(move |driver| {
            driver.write_published(Write::DeleteAlias { arn });
            Ok(())
        })
        .await
    }

    /// A version by its ARN, and the machine as it was published.
    ///
    /// # Errors
    /// `StateMachineDoesNotExist`.
    pub async fn describe_version(&self, arn: &str) -> Result<(StateMachineVersion, StateMachine), EngineError> {
        let arn: Arc<str> = Arc::from(arn);
        self.shared.reads.ask(move |reader| reader.version(&arn)).await
    }

    /// The versions of a machine, newest first; none of one that does not exist.
    ///
    /// # Errors
    /// `Store`.
    pub async fn list_versions(&self, state_machine_arn: &str) -> Result<Vec<StateMachineVersion>, EngineError> {
        let arn: Arc<str> = Arc::from(state_machine_arn);
        self.shared.reads.ask(move |reader| Ok(reader.store.versions(&arn)?)).await
    }

    /// An alias by its ARN.
    ///
    /// # Errors
    /// `ResourceNotFound`.
    pub async fn describe_alias(&self, arn: &str) -> Result<StateMachineAlias, EngineError> {
        let arn: Arc<str> = Arc::from(arn);
        let alias = self.shared.reads.ask({
            let arn = Arc::clone(&arn);
            move |reader| Ok(reader.store.alias(&arn)?)
        });
        alias.await?.ok_or_else(|| EngineError::ResourceNotFound(arn.to_string()))
    }

    /// The aliases of a machine, oldest first.
    ///
    /// # Errors
    /// `Store`.
    pub async fn list_aliases(&self, state_machine_arn: &str) -> Result<Vec<StateMachineAlias>, EngineError> {
        let arn: Arc<str> = Arc::from(state_machine_arn);
        self.shared.reads.ask(move |reader| Ok(reader.store.aliases(&arn)?)).await
    }
}

impl Reader {
    fn version(&self, arn: &str) -> Result<(StateMachineVersion, StateMachine), EngineError> {
        let version = self.store.version(arn)?;
        let version = version.ok_or_else(|| EngineError::StateMachineDoesNotExist(arn.to_owned()))?;
        let machine = self.revision(version.revision)?;
        Ok((version, machine))
    }
}

impl Driver {
    /// What an ARN of a machine, of a version or of an alias leads to.
    pub(super) fn target(&mut self, arn: &Arc<str>) -> Result<Target, EngineError> {
        if let Some(machine) = self.machine(arn)? {
            return Ok(Target { machine, qualified: Qualified::default() });
        }
        let missing = || EngineError::StateMachineDoesNotExist(arn.to_string());
        if let Some(version) = self.store.version(arn)? {
            return self.target_of(&version, None);
        }
        let alias = self.store.alias(arn)?.ok_or_else(missing)?;
        let chance = u8::try_from(Uuid::new_v4().as_u128() % 100).unwrap_or_default();
        let chosen = alias.version_at(chance).ok_or_else(missing)?;
        let version = self.store.version(chosen)?.ok_or_else(missing)?;
        self.target_of(&version, Some(alias.arn))
    }

    fn target_of(&self, version: &StateMachineVersion, alias_arn: Option<Arc<str>>) -> Result<Target, EngineError> {
        let missing = || EngineError::Store(format!("revision {} is missing", version.revision));
        let machine = self.store.revision(version.revision)?.ok_or_else(missing)?;
        let machine = StoredMachine { machine, revision: version.revision };
        Ok(Target { machine, qualified: Qualified { version_arn: Some(Arc::clone(&version.arn)), alias_arn } })
    }

    fn publish_current(
        &mut self,
        arn: &Arc<str>,
        revision_id: Option<&str>,
        publish: Publish,
    ) -> Result<StateMachineVersion, EngineError> {
        let stored = self.machine(arn)?.ok_or_else(|| EngineError::StateMachineDoesNotExist(arn.to_string()))?;
        let current = stored.machine.revision_id.as_deref().unwrap_or(INITIAL);
        if let Some(wanted) = revision_id.filter(|wanted| *wanted != current) {
            let why = format!("Failed to publish the State Machine version for revision {wanted}. ");
            return Err(EngineError::Conflict(format!("{why}The current State Machine revision is {current}.")));
        }
        self.publish(arn, stored.revision, publish, false)
    }

    /// Publishes a revision, unless that was done. The store has everything that was asked before.
    pub(super) fn publish(
        &mut self,
        arn: &Arc<str>,
        revision: i64,
        publish: Publish,
        at_creation: bool,
    ) -> Result<StateMachineVersion, EngineError> {
        let versions = self.store.versions(arn)?;
        let count = versions.len();
        if let Some(version) = versions.into_iter().find(|version| version.revision == revision) {
            return Ok(version);
        }
        if count >= VERSIONS_MAX {
            return Err(EngineError::QuotaExceeded(format!("at most {VERSIONS_MAX} versions of one state machine")));
        }
        let number = self.store.publications(arn)?.unwrap_or_default().latest + 1;
        let version = StateMachineVersion {
            arn: Arc::from(format!("{arn}:{number}")),
            state_machine_arn: Arc::clone(arn),
            number,
            revision,
            description: publish.description,
            created: self.clock.now(),
        };
        self.write_published(Write::Publish { version: version.clone(), at_creation });
        Ok(version)
    }

    fn delete_version(&mut self, arn: Arc<str>) -> Result<(), EngineError> {
        let aliases = self.store.aliases(unqualified(&arn))?;
        let routing = aliases.iter().filter(|alias| alias.routes.iter().any(|route| route.version_arn == arn));
        let names: Vec<&str> = routing.map(|alias| &*alias.name).collect();
        if !names.is_empty() {
            let why =
                "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this";
            return Err(EngineError::Conflict(format!("{why} version: [{}]", names.join(", "))));
        }
        self.write_published(Write::DeleteVersion { arn });
        Ok(())
    }

    fn create_alias(
        &mut self,
        arn: Arc<str>,
        description: Option<Arc<str>>,
        routes: Vec<Route>,
    ) -> Result<StateMachineAlias, EngineError> {
        if let Some(alias) = self.store.alias(&arn)? {
            let same = alias.description == description && alias.routes == routes;
            let why = "Failed to create alias because an alias with the same name and a different routing configuration \
                       already exists.";
            return same.then_some(alias).ok_or_else(|| EngineError::Conflict(why.to_owned()));
        }
        self.check_routes(&routes)?;
        let state_machine_arn = unqualified(&arn);
        if self.store.aliases(state_machine_arn)?.len() >= ALIASES_MAX {
            return Err(EngineError::QuotaExceeded(format!("at most {ALIASES_MAX} aliases of one state machine")));
        }
        let now = self.clock.now();
        let alias = StateMachineAlias {
            name: Arc::from(arn.rsplit(':').next().unwrap_or_default()),
            state_machine_arn: Arc::from(state_machine_arn),
            arn,
            description,
            routes,
            created: now,
            updated: now,
        };
        self.write_published(Write::Alias(alias.clone()));
        Ok(alias)
    }

    fn update_alias(
        &mut self,
        arn: &str,
        description: Option<Arc<str>>,
        routes: Option<Vec<Route>>,
    ) -> Result<StateMachineAlias, EngineError> {
        let alias = self.store.alias(arn)?.ok_or_else(|| EngineError::ResourceNotFound(arn.to_owned()))?;
        let alias = StateMachineAlias {
            description: description.or(alias.description),
            routes: routes.unwrap_or(alias.routes),
            updated: self.clock.now(),
            ..alias
        };
        self.check_routes(&alias.routes)?;
        self.write_published(Write::Alias(alias.clone()));
        Ok(alias)
    }

    /// Refuses routes to what does not exist.
    fn check_routes(&self, routes: &[Route]) -> Result<(), EngineError> {
        for Route { version_arn, .. } in routes {
            if self.store.version(version_arn)?.is_none() {
                return Err(EngineError::ResourceNotFound(version_arn.to_string()));
            }
        }
        Ok(())
    }

    fn write_published(&mut self, write: Write) {
        self.batch.changes_machines = true;
        self.batch.writes.push(write);
    }
}
