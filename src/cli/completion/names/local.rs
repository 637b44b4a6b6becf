//! Names that a local server knows, if one runs and answers at once. None is started, and no store is opened.

use std::time::Instant;

use crate::aws::{Client, Connection, Error as AwsError, ExecutionQuery, ExecutionSummary, LocalServer};
use crate::cli::completion::Candidate;
use crate::cli::completion::names::{Sources, last_part};
use crate::cli::completion::offer::Kind;
use crate::local;

/// So many executions of each machine.
const EXECUTIONS_MAX: usize = 20;
/// The executions of so many machines.
const MACHINES_MAX: usize = 10;

impl Sources<'_> {
    /// Machines and executions of the store that `--local` means.
    pub(super) fn of_local_server(&self) -> Vec<Candidate> {
        let is_asked = match self.asked.kind {
            Kind::Machine | Kind::Execution => true,
            Kind::ExecutionState => !self.asked.word.contains('/'),
            _ => false,
        };
        let Some(client) = self.local_client().filter(|_| is_asked) else { return Vec::new() };
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return Vec::new() };
        let names = async {
            match self.asked.kind {
                Kind::Machine => machines(&client).await,
                _ => executions(&client, self.asked.word.starts_with("arn:")).await,
            }
        };
        let left = self.asked.deadline.saturating_duration_since(Instant::now());
        let names = runtime.block_on(async { tokio::time::timeout(left, names).await });
        names.unwrap_or(Ok(Vec::new())).unwrap_or_default()
    }

    fn local_client(&self) -> Option<Client> {
        let folder = self.settings.store_folder(self.service()).ok()?;
        let endpoint = local::endpoint_in(&folder)?;
        let (region, account) = (self.settings.region(self.service()), self.settings.account.clone());
        Some(Client::new(&Connection::local(&LocalServer { endpoint, region, account }), None))
    }
}

async fn machines(client: &Client) -> Result<Vec<Candidate>, AwsError> {
    let machines = client.list_state_machines().await?;
    Ok(machines.into_iter().map(|machine| Candidate::new(machine.name, "machine of the local store")).collect())
}

/// The newest first.
async fn executions(client: &Client, by_arn: bool) -> Result<Vec<Candidate>, AwsError> {
    let mut found: Vec<ExecutionSummary> = Vec::new();
    for machine in client.list_state_machines().await?.into_iter().take(MACHINES_MAX) {
        let query = ExecutionQuery { state_machine_arn: machine.arn, status: None, limit: EXECUTIONS_MAX };
        // An Express machine has none to list.
        found.extend(client.list_executions(&query).await.unwrap_or_default());
    }
    found.sort_by_key(|execution| std::cmp::Reverse(execution.started));
    Ok(found.into_iter().map(|execution| candidate(execution, by_arn)).collect())
}

fn candidate(execution: ExecutionSummary, by_arn: bool) -> Candidate {
    let machine = last_part(&execution.state_machine_arn);
    let about = format!("{}, {machine}, {}", execution.status, execution.started.to_rfc3339());
    Candidate::new(if by_arn { execution.arn } else { execution.name }, about)
}
