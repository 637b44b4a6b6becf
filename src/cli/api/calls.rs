//! Calls through a gateway: by which route, how often again, and from where else when it has moved.

use std::time::Duration;

use crate::aws::api_gateway::Route;
use crate::cli::api::discovery;
use crate::cli::api::route::{self, GivenRoute};
use crate::cli::api::wanted::Wanted;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::gateway::{Address, Answer, ApiKey, Call, Gateway, GatewayError, RefusalKind};

/// How long a throttled call waits before it is made again, at most; half of it at least.
const PAUSES: [Duration; 3] = [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];
/// How often a lost owner is looked for again before a command gives up.
const RECONNECTS_MAX: usize = 20;

/// A gateway that is ready to be called.
#[derive(Debug)]
pub(crate) struct Api {
    gateway: Gateway,
    key: Option<ApiKey>,
    wanted: Wanted,
    /// Whether the gateway's address is from an earlier command.
    is_remembered: bool,
    /// Its routes, once somebody asked for them.
    routes: Option<Vec<Route>>,
}

impl Api {
    pub(super) fn new(gateway: Gateway, key: Option<ApiKey>, wanted: Wanted, is_remembered: bool) -> Self {
        Self { gateway, key, wanted, is_remembered, routes: None }
    }

    /// Where the gateway is.
    pub(crate) fn address(&self) -> &Address {
        self.gateway.address()
    }

    /// The call of a route, with the key.
    pub(crate) fn call(&self, route: &GivenRoute, body: Option<String>) -> Call {
        let mut call = Call::new(&route.method, self.gateway.address().join(&route.path, &[]));
        call.body = body;
        call.key.clone_from(&self.key);
        call
    }

    /// A call to a path with a query.
    pub(crate) fn call_with_query(&self, route: &GivenRoute, query: &[(String, String)], body: Option<String>) -> Call {
        let mut call = self.call(route, body);
        call.url = self.gateway.address().join(&route.path, query);
        call
    }

    /// Sends a call, again where nothing was done: after a while where it is throttled, and once more where the gateway is
    /// not any more where it was remembered, for it was removed and made again, which is another address. The answer may be a
    /// refusal.
    pub(crate) async fn send(&mut self, context: &mut Context, call: &Call) -> Result<Answer, GatewayOrFailure> {
        self.send_or_find(context, call, &PAUSES).await
    }

    /// As [`Api::send`], but what is throttled is not sent again.
    pub(crate) async fn send_once(&mut self, context: &mut Context, call: &Call) -> Result<Answer, GatewayOrFailure> {
        self.send_or_find(context, call, &[]).await
    }

    async fn send_or_find(
        &mut self,
        context: &mut Context,
        call: &Call,
        pauses: &[Duration],
    ) -> Result<Answer, GatewayOrFailure> {
        let result = self.send_here(context, call, pauses).await;
        if !self.is_remembered || !is_of_nobody(&result) {
            return result;
        }
        self.is_remembered = false;
        let before = self.gateway.address().clone();
        if let Some(remembered) = context.remembered() {
            remembered.forget_gateway();
        }
        // Where it cannot be found out, what the old address said is all there is.
        let Ok(located) = discovery::look(context).await else { return result };
        let Some(path) = before.below(call.url.as_str()).filter(|_| located.address != before) else { return result };
        self.gateway = self.wanted.client(context, located.address, located.trust)?;
        let call = Call { url: self.gateway.address().join(&path, &[]), ..call.clone() };
        self.send_here(context, &call, pauses).await
    }

    /// Sends a call, again after each pause where it is throttled, and again where the process that serves the store has
    /// left before it was received.
    async fn send_here(
        &mut self,
        context: &mut Context,
        call: &Call,
        pauses: &[Duration],
    ) -> Result<Answer, GatewayOrFailure> {
        let mut call = call.clone();
        for _ in 0..RECONNECTS_MAX {
            match self.gateway.send_patiently(&call, pauses.iter().copied().map(jittered)).await {
                Err(error @ GatewayError::Unreachable { unsent: true, .. }) if self.wanted.is_found() => {
                    if !context.is_served_elsewhere() {
                        return Err(error.into());
                    }
                    context.reconnect().await?;
                    (self.gateway, _) = self.wanted.gateway(context).await?;
                    let at = self.gateway.address().join("", &[]);
                    // Another owner listens on another port; the path is the same.
                    let _ = call.url.set_port(at.port());
                }
                result => return result.map_err(GatewayOrFailure::from),
            }
        }
        self.gateway.send(&call).await.map_err(GatewayOrFailure::from)
    }

    /// Whether a key is sent.
    pub(crate) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// The route that an action goes by: the one that was given, else the API's own; where AWS cannot be asked for those, the
    /// project's file has them.
    pub(crate) async fn route(
        &mut self,
        context: &mut Context,
        given: Option<&GivenRoute>,
        action: &str,
        machine: Option<&str>,
    ) -> Result<GivenRoute, Failure> {
        if let Some(given) = given {
            return Ok(given.clone());
        }
        let routes = match self.routes.take() {
            Some(routes) => routes,
            None => match route::of_api(context, self.gateway.address()).await {
                Ok(routes) => routes,
                Err(failure) => route::of_project(context, machine, failure)?,
            },
        };
        let chosen = route::choose(&routes, action, machine);
        let chosen = chosen.ok_or_else(|| route::none(context, &routes, action, machine));
        self.routes = Some(routes);
        chosen
    }

    /// The route of a machine's start where AWS cannot be asked what the word for it means: by the project's file alone.
    pub(crate) fn route_of_project(
        &mut self,
        context: &Context,
        machine: &str,
        failure: Failure,
    ) -> Result<GivenRoute, Failure> {
        let routes = route::of_project(context, Some(machine), failure)?;
        let chosen = route::choose(&routes, "StartExecution", Some(machine));
        let chosen = chosen.ok_or_else(|| route::none(context, &routes, "StartExecution", Some(machine)));
        self.routes = Some(routes);
        chosen
    }
}

/// Whether the answer, or that there is none, is what an API gives that was removed.
fn is_of_nobody(result: &Result<Answer, GatewayOrFailure>) -> bool {
    match result {
        Ok(answer) => answer.refusal().is_some_and(|refusal| {
            matches!(refusal.kind, RefusalKind::WrongRoute | RefusalKind::KeyRefused | RefusalKind::Edge)
        }),
        Err(GatewayOrFailure::Gateway(error)) => error.is_unsent(),
        Err(GatewayOrFailure::Failure(_)) => false,
    }
}

/// Between a half of a pause and all of it, so that those who were throttled together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let half = pause / 2;
    let [chance, ..] = uuid::Uuid::new_v4().into_bytes();
    half + half.mul_f64(f64::from(chance) / f64::from(u8::MAX))
}

/// Why no answer came: the gateway's side, which may have done what was asked, or ours.
#[derive(Debug)]
pub(crate) enum GatewayOrFailure {
    Gateway(GatewayError),
    Failure(Failure),
}

impl From<GatewayError> for GatewayOrFailure {
    fn from(error: GatewayError) -> Self {
        Self::Gateway(error)
    }
}

impl From<Failure> for GatewayOrFailure {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<GatewayOrFailure> for Failure {
    fn from(error: GatewayOrFailure) -> Self {
        match error {
            GatewayOrFailure::Gateway(error) => error.into(),
            GatewayOrFailure::Failure(failure) => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_half_of_itself_at_least() {
        for _ in 0..100 {
            let pause = jittered(PAUSES[0]);
            assert!(pause >= PAUSES[0] / 2 && pause <= PAUSES[0], "{pause:?}");
        }
    }
}
