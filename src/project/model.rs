//! What a project is, once every variable is resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use crate::asl::diagnostic::Diagnostic;
use crate::asl::syntax::Node;
use crate::project::cloudformation;

/// A service: what one file describes.
#[derive(Debug, Clone)]
pub struct Service {
    /// `service`; of a plain definition the file's stem.
    pub name: String,
    /// The stage: `--stage`, `IW102_STAGE`, `provider.stage`, `dev`.
    pub stage: String,
    /// Whether that is `dev` because nobody names one.
    pub stage_is_default: bool,
    /// `provider.region`, if any.
    pub region: Option<String>,
    /// `provider.profile`, if any.
    pub profile: Option<String>,
    /// `provider.stackName`, if any.
    pub stack_name: Option<String>,
    /// The file.
    pub file: PathBuf,
    /// Its folder.
    pub folder: PathBuf,
    /// In the order of the file.
    pub machines: Vec<Machine>,
    /// In the order of the file.
    pub functions: Vec<Function>,
    /// `stepFunctions.activities`, in the order of the file.
    pub activities: Vec<Activity>,
    /// Those of `resources`, in the order of the file.
    pub log_groups: Vec<LogGroup>,
    /// `provider.apiKeys` or `provider.apiGateway.apiKeys`, in the order of the file.
    pub api_keys: Vec<ApiKey>,
    /// `provider.usagePlan` or `provider.apiGateway.usagePlan`.
    pub usage_plan: Option<UsagePlan>,
}

/// A key that `private: true` routes ask for.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its name, `dev-myFirstKey`; unique in the account.
    pub name: String,
    /// `value`; one is made where none is given. A secret.
    pub value: Option<String>,
    /// `enabled`, true where absent.
    pub enabled: bool,
}

impl fmt::Debug for ApiKey {
    /// Without the value, which is a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.as_ref().map(|_| "…");
        f.debug_struct("ApiKey")
            .field("name", &self.name)
            .field("value", &value)
            .field("enabled", &self.enabled)
            .finish()
    }
}

/// What all keys of a service may do together with its API's stage.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UsagePlan {
    /// `quota`
    pub quota: Option<Quota>,
    /// `throttle`
    pub throttle: Option<Throttle>,
}

/// How many requests a key may make in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests.
    pub limit: u64,
    /// Subtracted from the limit in the first period.
    pub offset: u64,
    /// How long they are counted.
    pub period: Period,
}

/// How long requests are counted; calendar periods in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// `DAY`
    Day,
    /// `WEEK`
    Week,
    /// `MONTH`
    Month,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    /// Tokens that come back a second; the account's 10,000 where absent.
    pub rate_limit: f64,
    /// Tokens that it holds; the account's 5,000 where absent.
    pub burst_limit: u64,
}

/// An `http` event of a machine.
/// <https://github.com/serverless-operations/serverless-step-functions#events>
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Without a slash in front: `action/start`, `orders/{id}`.
    pub path: String,
    /// In capitals: `GET`, `POST`, `ANY`.
    pub method: String,
    /// `action`: what is called.
    pub action: RouteAction,
    /// `private`: whether a key is asked for.
    pub private: bool,
    /// `cors`
    pub cors: Option<Cors>,
    /// `request.template`
    pub request: RequestTemplate,
    /// `response.headers`: a header and its value as API Gateway writes it, a text in single quotes or
    /// `integration.response.…`.
    pub response_headers: BTreeMap<String, String>,
    /// `response.template` for `application/json`: the mapping template of a good answer.
    pub response_template: Option<String>,
    /// `timeoutInMillis`, the event's or `provider.apiGateway`'s: how long what is called may take.
    pub timeout_milliseconds: Option<u64>,
}

/// What a route calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteAction {
    /// The default.
    StartExecution,
    /// Starts an EXPRESS machine and waits for its end.
    StartSyncExecution,
    /// `{"executionArn": …}`
    DescribeExecution,
    /// `{"executionArn": …}`, also `error` and `cause`.
    StopExecution,
}

/// What becomes of a request's body, by `Content-Type`. Where there are templates, they are the plugin's own for
/// `application/json` and `application/x-www-form-urlencoded` unless it is said otherwise, and any other content type is
/// refused with 415.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestTemplate {
    /// The plugin's own templates: the body is the input.
    Default,
    /// An `action` is given and no template: the body goes to the service as it is, `StartExecution`'s too.
    PassThrough,
    /// `lambda_proxy`: the input is the request, as a Lambda function behind a proxy route gets it.
    LambdaProxy,
    /// Mapping templates by content type; they replace or add to the plugin's own.
    Templates(BTreeMap<String, String>),
}

/// Who may call a route from a web page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    /// `origin` or `origins`; `*` where absent.
    pub origins: Vec<String>,
    /// `headers`
    pub headers: Vec<String>,
    /// `methods`; `OPTIONS` and those of the path's routes come with them, and are all where absent.
    pub methods: Option<Vec<String>>,
    /// `allowCredentials`
    pub allow_credentials: bool,
    /// `maxAge`, in seconds.
    pub max_age: Option<u64>,
    /// `cacheControl`
    pub cache_control: Option<String>,
}

/// Who is told when an execution of a machine gets a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// `ABORTED`, `FAILED`, `RUNNING`, `SUCCEEDED` or `TIMED_OUT`.
    pub status: &'static str,
    /// Who is told.
    pub target: NotificationTarget,
}

/// A target of a notification; references in ARNs are resolved for the load's region and account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotificationTarget {
    /// `lambda`
    Lambda {
        /// The function's ARN.
        arn: String,
    },
    /// `stepFunctions`
    StepFunctions {
        /// The machine's ARN.
        arn: String,
    },
    /// `sns`
    Sns {
        /// The topic's ARN.
        arn: String,
    },
    /// `sqs`
    Sqs {
        /// The queue's ARN.
        arn: String,
        /// `messageGroupId`, of a FIFO queue.
        message_group_id: Option<String>,
    },
    /// `kinesis`
    Kinesis {
        /// The stream's ARN.
        arn: String,
        /// `partitionKeyPath`: where in the event the partition key is, `$.detail.name`.
        partition_key_path: Option<String>,
    },
    /// `firehose`
    Firehose {
        /// The stream's ARN.
        arn: String,
    },
}

/// An activity of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Its name, on AWS as in the file.
    pub name: String,
}

/// A state machine of a service.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The logical id, `iw102StarterMachine`.
    pub logical_id: String,
    /// The physical name: `name`, else `Iw102StarterMachineStepFunctionsStateMachine-` and 12 characters of a hash of
    /// service, stage and logical id.
    pub name: String,
    /// Whether the file gives the name.
    pub is_named: bool,
    /// CloudFormation's logical id, `Iw102StarterMachineStepFunctionsStateMachine`.
    pub resource_id: String,
    /// `type: EXPRESS`.
    pub express: bool,
    /// Its definition.
    pub definition: Definition,
    /// `tags`.
    pub tags: BTreeMap<String, String>,
    /// Its `http` events, in the order of the file.
    pub routes: Vec<Route>,
    /// `notifications`, in the order of the file.
    pub notifications: Vec<Notification>,
    /// `loggingConfig`; nothing where nothing is logged.
    pub logging: Option<Logging>,
}

/// A log group of the file's `resources`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroup {
    /// CloudFormation's logical id.
    pub logical_id: String,
    /// `LogGroupName`, else service, stage and logical id: CloudFormation makes a name of its own.
    pub name: String,
}

/// What of a machine's executions is logged, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    /// `ALL`, `ERROR`, `FATAL` or `OFF`.
    pub level: &'static str,
    /// `includeExecutionData`, false where absent.
    pub include_execution_data: bool,
    /// Its one destination.
    pub log_group_arn: String,
}

impl Machine {
    /// The name on AWS, or how it begins: CloudFormation puts a random end behind its own id where the file gives no name.
    #[must_use]
    pub fn beginning_on_aws(&self) -> &str {
        if self.is_named { &self.name } else { &self.resource_id }
    }

    /// Whether a machine on AWS, by its name, can be this one.
    #[must_use]
    pub fn is_on_aws_as(&self, name: &str) -> bool {
        match name.strip_prefix(self.beginning_on_aws()) {
            Some(rest) if self.is_named => rest.is_empty(),
            Some(rest) => rest.starts_with('-'),
            None => false,
        }
    }
}

/// A definition, CloudFormation's forms still in it.
#[derive(Debug, Clone)]
pub struct Definition {
    pub(super) node: Node,
    /// Whether `Ref` and `Fn::…` keys are CloudFormation's: not in a plain definition, where they are data.
    pub(super) template: bool,
}

impl Definition {
    /// The names of all states, those inside `Parallel` and `Map` too.
    #[must_use]
    pub fn state_names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        collect_states(&self.node, &mut names);
        names
    }
}

fn collect_states(machine: &Node, names: &mut BTreeSet<String>) {
    for (key, state) in machine.get("States").and_then(Node::entries).unwrap_or_default() {
        names.insert(key.name.clone());
        let branches = state.get("Branches").and_then(Node::items).unwrap_or_default();
        let processors = ["ItemProcessor", "Iterator"].iter().filter_map(|member| state.get(member));
        branches.iter().chain(processors).for_each(|inner| collect_states(inner, names));
    }
}

/// Where a definition's references point.
#[derive(Debug, Clone)]
pub struct Identity {
    /// `us-east-1`
    pub region: String,
    /// 12 digits.
    pub account: String,
}

/// A Lambda function of a service.
#[derive(Clone, PartialEq, Eq)]
pub struct Function {
    /// The key under `functions`.
    pub logical_id: String,
    /// The physical name, `SERVICE-STAGE-NAME` unless `name` says otherwise.
    pub name: String,
    /// What runs.
    pub program: FunctionProgram,
    /// `timeout`, 6 where absent.
    pub timeout_seconds: u64,
    /// `memorySize`, 1024 where absent.
    pub memory_mb: u64,
    /// `environment`, the provider's and its own.
    pub environment: BTreeMap<String, String>,
}

impl fmt::Debug for Function {
    /// Without the environment's values, where secrets are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { logical_id, name, program, timeout_seconds, memory_mb, environment } = self;
        let mut shown = f.debug_struct("Function");
        shown.field("logical_id", logical_id).field("name", name).field("program", program);
        shown.field("timeout_seconds", timeout_seconds).field("memory_mb", memory_mb);
        shown.field("environment", &environment.keys()).finish()
    }
}

/// How a function runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionProgram {
    /// `custom.iw102.functions.NAME.command`
    Command(String),
    /// `handler`, with the `runtime` that holds for it.
    Handler {
        /// `file.function`, or a binary's path.
        handler: String,
        /// `nodejs20.x`, `python3.12`, `go1.x`, `provided.al2023`; empty where none is given.
        runtime: String,
    },
}

impl Definition {
    /// The definition as JSON text, references (`Fn::GetAtt`, `Ref`, `Fn::Sub`, `Fn::Join`) resolved for an identity.
    ///
    /// A reference to nothing stays as `${Name}`; [`Definition::resolve`] says which.
    #[must_use]
    pub fn to_json(&self, service: &Service, identity: &Identity) -> String {
        self.resolve(service, identity).0.to_value().to_string()
    }

    /// The definition with its references resolved, every value still knowing its place in the file, and what refers
    /// to nothing.
    #[must_use]
    pub fn resolve(&self, service: &Service, identity: &Identity) -> (Node, Vec<Diagnostic>) {
        cloudformation::resolve(&self.node, service, identity, self.template)
    }
}
