//! StartSyncExecution: an Express machine's execution and its end, in one call.

use std::time::Duration;

use aws_sdk_sfn::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_sfn::config::timeout::TimeoutConfig;
use aws_sdk_sfn::config::{Builder, ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sfn::error::BoxError;
use aws_smithy_runtime_api::client::endpoint::EndpointPrefix;

use crate::aws::attempts::{Attempts, Sending};
use crate::aws::client::{Client, SERVICE_ID};
use crate::aws::error::Error;
use crate::aws::model::Execution;

/// Five minutes are the most that an Express execution goes on; the answer is on its way a little longer.
const END_TIMEOUT: Duration = Duration::from_secs(330);

impl Client {
    /// Starts an execution of an Express machine and gives it when it has ended. It has no history.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn run_execution(&self, arn: &str, input: &str, name: Option<&str>) -> Result<Execution, Error> {
        let call = self.sdk.start_sync_execution().state_machine_arn(arn).input(input).set_name(name.map(Into::into));
        let patience = TimeoutConfig::builder().read_timeout(END_TIMEOUT).build();
        // An Express execution whose answer was lost has run.
        let once = Attempts::default().watch(Sending::Once);
        let mut call = call.customize().config_override(Builder::new().timeout_config(patience).retry_classifier(once));
        if self.connection().is_beside_aws(SERVICE_ID) {
            call = call.interceptor(WithoutPrefix);
        }
        call.send().await.map(Execution::from).map_err(|error| self.error(&error))
    }
}

/// Leaves away the prefix `sync-` that AWS's model puts before the host: `sync-127.0.0.1` is nobody's name.
#[derive(Debug)]
struct WithoutPrefix;

impl Intercept for WithoutPrefix {
    fn name(&self) -> &'static str {
        "without-prefix"
    }

    fn read_after_serialization(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_or_unset(None::<EndpointPrefix>);
        Ok(())
    }
}
