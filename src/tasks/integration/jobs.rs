//! Jobs of other services: ECS tasks, Batch and Glue jobs, CodeBuild builds, Athena queries.
//!
//! Owns: per service, what is started and how its end is asked for and judged. Must not know: pauses between questions.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync>

use serde_json::{Value, json};

use crate::asl::Fault;
use crate::tasks::answer::bounded_fault;
use crate::tasks::integration::optimised::{ATHENA, BATCH, CODEBUILD, ECS, GLUE, Service, job_failed};
use crate::tasks::integration::polling::until_over;
use crate::tasks::integration::sdk::Caller;

/// The service of a job's integration.
pub(super) fn service(name: &str) -> Option<Service> {
    [ATHENA, BATCH, CODEBUILD, ECS, GLUE].into_iter().find(|service| service.name == name)
}

/// Starts a job, or calls another action of its service.
///
/// # Errors
/// The fault that Step Functions records.
pub(super) async fn start(
    (service, caller): (Service, &Caller<'_>),
    action: &str,
    parameters: &Value,
    waits: bool,
) -> Result<Value, Fault> {
    let mut started = service.call(caller, action, &marked(parameters.clone(), (service.name, action), waits)).await?;
    match (service.name, action) {
        ("glue", "startJobRun") => started["JobName"] = parameters["JobName"].clone(),
        ("ecs", "runTask") => nothing_started(&started)?,
        _ => {}
    }
    Ok(started)
}

/// Tells the service who started it, as Step Functions does for jobs that it waits for.
fn marked(mut parameters: Value, what: (&str, &str), waits: bool) -> Value {
    let Some(fields) = parameters.as_object_mut().filter(|_| waits) else { return parameters };
    match what {
        ("ecs", "runTask") => {
            fields.insert("StartedBy".to_owned(), json!("AWS Step Functions"));
        }
        ("batch", "submitJob") => {
            let overrides = fields.entry("ContainerOverrides").or_insert_with(|| json!({}));
            if let Value::Object(overrides) = overrides
                && let Value::Array(environment) = overrides.entry("Environment").or_insert_with(|| json!([]))
            {
                environment.push(json!({ "Name": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS" }));
            }
        }
        _ => {}
    }
    parameters
}

/// RunTask answers 200 when no capacity is there.
fn nothing_started(started: &Value) -> Result<(), Fault> {
    let none = |list: &Value| list.as_array().is_none_or(Vec::is_empty);
    if none(&started["Tasks"]) && !none(&started["Failures"]) {
        let cause = json!({ "Failures": started["Failures"], "Tasks": [] });
        return Err(bounded_fault("AmazonECS.Unknown".to_owned(), cause.to_string()));
    }
    Ok(())
}

/// Waits for the end of what [`start`] started.
///
/// # Errors
/// `States.TaskFailed` with all that the service says of the job, of one that did not succeed.
pub(super) async fn ended(
    (service, caller): (Service, &Caller<'_>),
    action: &str,
    started: &Value,
) -> Result<Value, Fault> {
    let Some((question, asked)) = question(service.name, action, started) else { return Ok(started.clone()) };
    until_over((service, caller), (question, &asked), |answer| match service.name {
        "ecs" => ecs(&answer),
        "batch" => by_status(answer["Jobs"][0].clone(), "Status"),
        "glue" => glue(&answer, started),
        "codebuild" if action == "startBuild" => wrapped("Build", &answer["Builds"][0], "BuildStatus"),
        "codebuild" => wrapped("BuildBatch", &answer["BuildBatches"][0], "BuildBatchStatus"),
        _ => query(answer),
    })
    .await
}

/// What asks after a job; `None` for an action that starts none.
fn question(service: &str, action: &str, started: &Value) -> Option<(&'static str, Value)> {
    Some(match (service, action) {
        ("ecs", "runTask") => {
            let task = &started["Tasks"][0];
            ("describeTasks", json!({ "Cluster": task["ClusterArn"], "Tasks": [task["TaskArn"]] }))
        }
        ("batch", "submitJob") => ("describeJobs", json!({ "Jobs": [started["JobId"]] })),
        ("glue", "startJobRun") => {
            ("getJobRun", json!({ "JobName": started["JobName"], "RunId": started["JobRunId"] }))
        }
        ("codebuild", "startBuild") => ("batchGetBuilds", json!({ "Ids": [started["Build"]["Id"]] })),
        ("codebuild", "startBuildBatch") => ("batchGetBuildBatches", json!({ "Ids": [started["BuildBatch"]["Id"]] })),
        ("athena", "startQueryExecution") => {
            ("getQueryExecution", json!({ "QueryExecutionId": started["QueryExecutionId"] }))
        }
        _ => return None,
    })
}

type End = Option<Result<Value, Fault>>;

/// A task ran well when it started and every container of it that ended did so with 0.
fn ecs(answer: &Value) -> End {
    let task = &answer["Tasks"][0];
    if task["LastStatus"] != "STOPPED" {
        return None;
    }
    let containers = task["Containers"].as_array().into_iter().flatten();
    let well = containers.filter_map(|container| container["ExitCode"].as_i64()).all(|code| code == 0);
    Some(if well && task["StopCode"] != "TaskFailedToStart" { Ok(task.clone()) } else { Err(job_failed(task)) })
}

fn glue(answer: &Value, started: &Value) -> End {
    let mut run = answer["JobRun"].clone();
    run["JobName"] = started["JobName"].clone();
    by_status(run, "JobRunState")
}

fn wrapped(name: &str, build: &Value, status: &str) -> End {
    by_status(build.clone(), status).map(|end| end.map(|build| json!({ (name): build })))
}

fn query(answer: Value) -> End {
    by_status(answer["QueryExecution"]["Status"].clone(), "State").map(|end| match end {
        Ok(_) => Ok(answer),
        Err(_) => Err(job_failed(&answer)),
    })
}

/// A job whose status says how it is; one that the service does not show yet has none.
fn by_status(job: Value, name: &str) -> End {
    match job[name].as_str()? {
        "SUCCEEDED" => Some(Ok(job)),
        // A run of Glue that somebody stopped is no failure.
        "STOPPED" if name == "JobRunState" => Some(Ok(job)),
        "FAILED" | "FAULT" | "TIMED_OUT" | "TIMEOUT" | "ERROR" | "CANCELLED" | "STOPPED" | "EXPIRED" => {
            Some(Err(job_failed(&job)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_of_ecs_is_judged_by_its_containers() {
        let task = |last: &str, stop: &str, code: Value| json!({"Tasks": [{"LastStatus": last, "StopCode": stop, "Containers": [{"ExitCode": code}, {}]}]});
        assert!(ecs(&task("RUNNING", "", json!(null))).is_none());
        let well = task("STOPPED", "EssentialContainerExited", json!(0));
        assert_eq!(ecs(&well).unwrap().unwrap(), well["Tasks"][0]);
        for failed in
            [task("STOPPED", "EssentialContainerExited", json!(1)), task("STOPPED", "TaskFailedToStart", json!(null))]
        {
            let fault = ecs(&failed).unwrap().unwrap_err();
            assert_eq!((&*fault.error, fault.cause), ("States.TaskFailed", failed["Tasks"][0].to_string()));
        }
    }

    #[test]
    fn every_job_ends_as_its_service_says() {
        assert!(by_status(json!({"Status": "RUNNABLE"}), "Status").is_none());
        assert!(by_status(json!(null), "Status").is_none());
        assert!(by_status(json!({"Status": "SUCCEEDED"}), "Status").unwrap().is_ok());
        assert!(by_status(json!({"Status": "FAILED"}), "Status").unwrap().is_err());
        let started = json!({"JobName": "j"});
        let run = |state: &str| json!({"JobRun": {"JobRunState": state}});
        assert_eq!(
            glue(&run("STOPPED"), &started).unwrap().unwrap(),
            json!({"JobRunState": "STOPPED", "JobName": "j"})
        );
        assert!(glue(&run("TIMEOUT"), &started).unwrap().is_err());
        assert!(glue(&run("STOPPING"), &started).is_none());
        let build = json!({"BuildStatus": "SUCCEEDED"});
        assert_eq!(wrapped("Build", &build, "BuildStatus").unwrap().unwrap(), json!({"Build": build}));
        assert!(wrapped("Build", &json!({"BuildStatus": "STOPPED"}), "BuildStatus").unwrap().is_err());
        assert!(wrapped("Build", &json!({"BuildStatus": "IN_PROGRESS"}), "BuildStatus").is_none());
        let answer = |state: &str| json!({"QueryExecution": {"Status": {"State": state}}});
        assert_eq!(query(answer("SUCCEEDED")).unwrap().unwrap(), answer("SUCCEEDED"));
        assert_eq!(query(answer("CANCELLED")).unwrap().unwrap_err().cause, answer("CANCELLED").to_string());
        assert!(query(answer("QUEUED")).is_none());
    }

    #[test]
    fn services_are_told_who_waits() {
        let batch = marked(json!({"JobName": "j"}), ("batch", "submitJob"), true);
        let mark = json!([{"Name": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}]);
        assert_eq!(batch, json!({"JobName": "j", "ContainerOverrides": {"Environment": mark}}));
        assert_eq!(marked(json!({}), ("ecs", "runTask"), true), json!({"StartedBy": "AWS Step Functions"}));
        assert_eq!(marked(json!({}), ("ecs", "runTask"), false), json!({}));
        let failures = json!({"Tasks": [], "Failures": [{"Reason": "RESOURCE:MEMORY"}]});
        assert_eq!(nothing_started(&failures).unwrap_err().error, "AmazonECS.Unknown");
        assert!(nothing_started(&json!({"Tasks": [{}], "Failures": []})).is_ok());
    }

    #[test]
    fn only_what_starts_a_job_is_asked_after() {
        let started = json!({"Tasks": [{"ClusterArn": "c", "TaskArn": "t"}]});
        let asked = question("ecs", "runTask", &started).unwrap();
        assert_eq!(asked, ("describeTasks", json!({"Cluster": "c", "Tasks": ["t"]})));
        assert!(question("athena", "getQueryResults", &started).is_none());
        assert!(service("sqs").is_none() && service("glue").is_some());
    }
}
