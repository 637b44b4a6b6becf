//! AWS as a script: a server on loopback that plays the answers which AWS documents, and writes down what it was asked.
//!
//! For what nobody else's emulator does on request: throttling, expired credentials, pages, odd answers, a connection that
//! drops in the middle. A script is about an operation (`StartExecution`, by `X-Amz-Target` or a form's `Action`) or a
//! route (`GET /restapis`, the path without its query).
//!
//! ```text
//! let aws = Player::http();
//! aws.play("DescribeExecution", [Answer::aws_error(400, "ThrottlingException", "Rate exceeded"), Answer::json(&done)]);
//! let iw102 = Iw102::new().on_aws(&aws);
//! iw102.run(["status", ARN]).check(expect![[…]]);
//! assert_eq!(aws.asked("DescribeExecution").len(), 2);
//! ```
//!
//! A call that no script expects is refused, and fails the test when the player goes. Owns its port, its runtime and its
//! certificate; all of them end with it.

mod answer;
mod proxy;
mod request;
mod serve;
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

pub(crate) use answer::{Answer, REQUEST_ID};
pub(crate) use proxy::Proxy;
pub(crate) use request::Request;

/// So many requests are written down and answered. A client that goes beyond is in a loop.
const REQUESTS_MAX: usize = 10_000;

/// A server that plays scripts. Dropped, it stops, and fails the test for what it did not expect.
pub(crate) struct Player {
    /// Lives until the player is dropped.
    runtime: Option<Runtime>,
    stage: Arc<Stage>,
    /// `http://127.0.0.1:PORT` or `https://127.0.0.1:PORT`
    pub(crate) url: String,
    /// Keeps the CA's file.
    folder: tempfile::TempDir,
}

/// What the connections share.
#[derive(Default)]
struct Stage(Mutex<Play>);

#[derive(Default)]
struct Play {
    /// By operation or route.
    scripts: BTreeMap<String, Script>,
    requests: Vec<Request>,
    unexpected: Vec<String>,
}

type Compute = Arc<dyn Fn(&Request) -> Answer + Send + Sync>;

enum Script {
    /// One after the other.
    Answers {
        left: VecDeque<Answer>,
        repeats_last: bool,
    },
    Computed(Compute),
}

impl Player {
    /// Plays over HTTP/1.1 without TLS, as AWS's emulators do.
    pub(crate) fn http() -> Self {
        Self::begin(None)
    }

    /// Plays over TLS, HTTP/2 or HTTP/1.1 as the client likes, for `127.0.0.1`, `::1` and `localhost`. Whoever is to believe
    /// it is given [`Player::ca_file`].
    pub(crate) fn https() -> Self {
        Self::begin(Some(true))
    }

    /// As [`Player::https`], but over HTTP/1.1 alone.
    pub(crate) fn https_1() -> Self {
        Self::begin(Some(false))
    }

    /// With TLS where it is said whether that speaks HTTP/2 too.
    fn begin(tls: Option<bool>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tls = tls.map(|speaks_http_2| serve::tls(&folder.path().join(serve::CA_FILE), speaks_http_2));
        let stage = Arc::new(Stage::default());
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        runtime.spawn(serve::accept(listener, tls, Arc::clone(&stage)));
        Self { runtime: Some(runtime), stage, url, folder }
    }

    /// The certificate that signed the server's, PEM: for `--cacert` and `AWS_CA_BUNDLE`. `None` without TLS.
    pub(crate) fn ca_file(&self) -> Option<PathBuf> {
        Some(self.folder.path().join(serve::CA_FILE)).filter(|file| file.exists())
    }

    /// Answers the calls of an operation or a route with these, one after the other; the last one as often as it is asked
    /// for. A second script for the same takes the place of the first.
    pub(crate) fn play(&self, what: &str, answers: impl IntoIterator<Item = Answer>) {
        self.script(what, answers, true);
    }

    /// As [`Player::play`], but one call more than there are answers is unexpected.
    pub(crate) fn play_once(&self, what: &str, answers: impl IntoIterator<Item = Answer>) {
        self.script(what, answers, false);
    }

    /// Answers each call of an operation or a route with what `compute` makes of it.
    pub(crate) fn compute(&self, what: &str, compute: impl Fn(&Request) -> Answer + Send + Sync + 'static) {
        self.stage.play().scripts.insert(what.to_owned(), Script::Computed(Arc::new(compute)));
    }

    fn script(&self, what: &str, answers: impl IntoIterator<Item = Answer>, repeats_last: bool) {
        let left = answers.into_iter().collect();
        self.stage.play().scripts.insert(what.to_owned(), Script::Answers { left, repeats_last });
    }

    /// All requests so far, in the order of their arrival.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.stage.play().requests.clone()
    }

    /// The requests so far for an operation or a route.
    pub(crate) fn asked(&self, what: &str) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.is(what)).collect()
    }

    /// Takes what was asked that no script expects, for a test that is about that.
    pub(crate) fn take_unexpected(&self) -> Vec<String> {
        std::mem::take(&mut self.stage.play().unexpected)
    }
}

impl Stage {
    /// What was asked and is to be answered, also after a script's closure has failed.
    fn play(&self) -> MutexGuard<'_, Play> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Writes a request down and gives its answer.
    fn answer(&self, request: &Request) -> Answer {
        let mut play = self.play();
        if play.requests.len() >= REQUESTS_MAX {
            return play.refuse(request, "there were too many requests");
        }
        play.requests.push(request.clone());
        let Some(script) = request.names().into_iter().find(|name| play.scripts.contains_key(name)) else {
            let known: Vec<_> = play.scripts.keys().cloned().collect();
            return play.refuse(request, &format!("scripts are for [{}]", known.join(", ")));
        };
        let answer = match play.scripts.get_mut(&script) {
            Some(Script::Answers { left, repeats_last: true }) if left.len() == 1 => left.front().cloned(),
            Some(Script::Answers { left, .. }) => left.pop_front(),
            Some(Script::Computed(compute)) => {
                let compute = Arc::clone(compute);
                // It may look at the player itself.
                drop(play);
                return compute(request);
            }
            None => None,
        };
        answer.unwrap_or_else(|| play.refuse(request, "its script has no answer left"))
    }
}

impl Play {
    /// An answer that no client takes for an invitation to ask again.
    fn refuse(&mut self, request: &Request, why: &str) -> Answer {
        let text = format!("nobody expects `{request}`: {why}");
        self.unexpected.push(text.clone());
        Answer::aws_error(400, "NotInTheScript", &text)
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        let unexpected = self.take_unexpected().join("\n");
        if std::thread::panicking() {
            // The test has failed already, and this may be why.
            let _ = writeln!(std::io::stderr(), "{unexpected}");
        } else {
            assert!(unexpected.is_empty(), "{unexpected}");
        }
    }
}
