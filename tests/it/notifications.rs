//! Targets of notifications are told of every status, also by the next owner of a store whose owner was killed; and servers
//! that others wrote understand what they are sent.
//!
//! The servers are moto's, in a Python that has it: that of `IW102_PYTHON`, or `python3`.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Iw102, eventually, python_with};

fn course() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/course/notification.yml");
    path.to_str().unwrap().to_owned()
}

/// `--function` of a monitor that keeps its events in the folder of the test.
fn keeping(folder: &Path) -> String {
    let told = folder.join("told");
    format!("monitor=cat >> {0}; echo >> {0}", told.display())
}

/// The events that the monitor got.
fn told(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("told")).unwrap_or_default();
    // A line without its end is still being written.
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    whole.map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn statuses(folder: &Path) -> Vec<String> {
    told(folder).iter().map(|event| event["detail"]["status"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_machine_of_the_course_tells_its_monitor_before_a_virtual_command_ends() {
    for (number, code, ended) in [("number:=95", 0, "SUCCEEDED"), ("number:=12", 3, "FAILED")] {
        let iw102 = Iw102::new();
        let (file, monitor) = (course(), keeping(&iw102.work()));
        let words = ["invoke", "--local", "-c", &file, "--time", "virtual", "--function", &monitor, number];
        let ran = iw102.run(words);
        assert_eq!(ran.code, Some(code), "{}", ran.snapshot());
        assert_eq!(statuses(&iw102.work()), ["RUNNING", ended], "{}", ran.snapshot());
        assert!(!ran.stderr.contains("warning"), "{}", ran.snapshot());
    }
}

#[test]
fn a_stop_is_told_by_the_next_command_that_does_tasks() {
    let iw102 = Iw102::new();
    let (file, monitor) = (course(), keeping(&iw102.work()));
    let start = iw102.run(["start", "--local", "-c", &file, "--function", &monitor, "number:=95"]);
    assert_eq!(start.code, Some(0), "{}", start.snapshot());
    assert_eq!(statuses(&iw102.work()), ["RUNNING"]);
    let stop = iw102.run(["stop", "last", "--local", "-c", &file, "--error", "Enough"]);
    assert_eq!(stop.code, Some(0), "{}", stop.snapshot());
    let left = "hint:  no command delivers notifications now; the next one that does tasks: iw102 wait ";
    assert!(stop.stderr.contains(left), "{}", stop.snapshot());
    assert_eq!(statuses(&iw102.work()), ["RUNNING"], "a command that only looks runs no function");
    let wait = iw102.run(["wait", "last", "--local", "-c", &file]);
    assert_eq!(wait.code, Some(5), "{}", wait.snapshot());
    assert_eq!(statuses(&iw102.work()), ["RUNNING", "ABORTED"], "{}", wait.snapshot());
    assert_eq!(told(&iw102.work())[1]["detail"]["error"], "Enough");
    let again = iw102.run(["stop", "last", "--local", "-c", &file]);
    assert!(!again.stderr.contains("hint:"), "{}", again.snapshot());
}

/// A machine that runs out of time, and one whose monitor waits until it may go on.
const OWN: &str = r#"
service: own
provider: { name: aws, runtime: provided.al2023 }
functions:
  monitor: { handler: monitor, timeout: 300 }
custom:
  iw102:
    functions:
      monitor:
        command: |-
          touch at; until test -e go; do test -e at || { touch gone; exit; }; sleep 0.01; done; cat >> told; echo >> told
stepFunctions:
  stateMachines:
    own:
      definition:
        TimeoutSeconds: 1
        StartAt: W
        States:
          W: { Type: Wait, SecondsPath: $.seconds, End: true }
      notifications:
        ABORTED: [lambda: !GetAtt MonitorLambdaFunction.Arn]
        FAILED: [lambda: !GetAtt MonitorLambdaFunction.Arn]
        RUNNING: [lambda: !GetAtt MonitorLambdaFunction.Arn]
        SUCCEEDED: [lambda: !GetAtt MonitorLambdaFunction.Arn]
        TIMED_OUT: [lambda: !GetAtt MonitorLambdaFunction.Arn]
"#;

#[test]
fn running_out_of_time_is_told() {
    let iw102 = Iw102::new();
    iw102.write("serverless.yml", OWN);
    iw102.write("go", "");
    let ran = iw102.run(["invoke", "--local", "--time", "virtual", "seconds:=60"]);
    assert_eq!(ran.code, Some(4), "{}", ran.snapshot());
    assert_eq!(statuses(&iw102.work()), ["RUNNING", "TIMED_OUT"], "{}", ran.snapshot());
}

#[test]
fn what_a_killed_command_was_telling_is_told_by_the_next_one() {
    let iw102 = Iw102::new();
    iw102.write("serverless.yml", OWN);
    let folder = iw102.work();
    let mut child = iw102.command(["invoke", "--local", "seconds:=0"]).spawn().unwrap();
    eventually("the monitor", || folder.join("at").exists().then_some(()));
    // The execution ends while its beginning is still being told.
    eventually("the end", || {
        let list = iw102.run(["list", "--local", "--status", "SUCCEEDED", "-o", "name"]);
        (!list.stdout.is_empty()).then_some(())
    });
    child.kill().unwrap();
    child.wait().unwrap();
    // The function of the killed command survives it; it must not be taken for the next one's.
    fs::remove_file(folder.join("at")).unwrap();
    eventually("its end", || folder.join("gone").exists().then_some(()));
    assert_eq!(told(&folder), Vec::<Value>::new());
    iw102.write("go", "");
    let wait = iw102.run(["wait", "last", "--local"]);
    assert_eq!(wait.code, Some(0), "{}", wait.snapshot());
    let mut statuses = statuses(&folder);
    statuses.dedup();
    assert_eq!(statuses, ["RUNNING", "SUCCEEDED"], "{}", wait.snapshot());
    // What was told to its end is not told again.
    let before = told(&folder).len();
    assert_eq!(iw102.run(["wait", "last", "--local"]).code, Some(0));
    assert_eq!(told(&folder).len(), before);
}

/// One target of each service, in moto's account.
const TARGETS: &str = r#"
service: targets
provider: { name: aws, region: eu-west-1, runtime: provided.al2023 }
stepFunctions:
  stateMachines:
    targets:
      definition: { StartAt: P, States: { P: { Type: Pass, End: true } } }
      notifications:
        SUCCEEDED:
          - sns: arn:aws:sns:eu-west-1:123456789012:topic
          - sqs: arn:aws:sqs:eu-west-1:123456789012:queue
          - sqs: { arn: 'arn:aws:sqs:eu-west-1:123456789012:queue.fifo', messageGroupId: group }
          - kinesis: { arn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/stream', partitionKeyPath: $.detail.name }
          - firehose: arn:aws:firehose:eu-west-1:123456789012:deliverystream/hose
"#;

/// Serves, makes the targets, says where, and when it reads a line, what arrived at each.
const MOTO: &str = r#"
import json, logging, sys
from moto.server import ThreadedMotoServer
import boto3
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
url = "http://%s:%s" % server.get_host_and_port()
def client(name):
    return boto3.client(name, endpoint_url=url, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
sqs, sns, kinesis, firehose, s3 = map(client, ["sqs", "sns", "kinesis", "firehose", "s3"])
fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
queues = [sqs.create_queue(QueueName="queue")["QueueUrl"], sqs.create_queue(QueueName="queue.fifo", Attributes=fifo)["QueueUrl"]]
heard = sqs.create_queue(QueueName="heard")["QueueUrl"]
topic = sns.create_topic(Name="topic")["TopicArn"]
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:123456789012:heard")
kinesis.create_stream(StreamName="stream", ShardCount=1)
s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
s3_there = {"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::bucket"}
firehose.create_delivery_stream(DeliveryStreamName="hose", S3DestinationConfiguration=s3_there)
print(url, flush=True)
sys.stdin.readline()
def received(queue):
    asked = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, AttributeNames=["All"])
    return [(m["Body"], m["Attributes"].get("MessageGroupId")) for m in asked.get("Messages", [])]
shard = kinesis.get_shard_iterator(StreamName="stream", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")
records = kinesis.get_records(ShardIterator=shard["ShardIterator"])["Records"]
keys = [o["Key"] for o in s3.list_objects_v2(Bucket="bucket").get("Contents", [])]
print(json.dumps({
    "sns": [json.loads(body)["Message"] for body, _ in received(heard)],
    "sqs": [body for body, _ in received(queues[0])],
    "fifo": received(queues[1]),
    "kinesis": [(r["Data"].decode(), r["PartitionKey"]) for r in records],
    "firehose": [s3.get_object(Bucket="bucket", Key=key)["Body"].read().decode() for key in keys],
}), flush=True)
"#;

#[test]
fn servers_of_others_understand_what_they_are_sent() {
    let Some(python) = python_with("boto3, moto.server") else { return };
    let mut moto = Command::new(python)
        .args(["-c", MOTO])
        .env("MOTO_ACCOUNT_ID", "123456789012")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(moto.stdout.take().unwrap()).lines();
    let url = lines.next().expect("moto begins").unwrap();

    let iw102 = Iw102::new().with("AWS_ENDPOINT_URL", &url);
    iw102.write("serverless.yml", TARGETS);
    let ran = iw102.run(["invoke", "--local", "--name", "one", "k=v"]);
    assert_eq!(ran.code, Some(0), "{}", ran.snapshot());
    assert!(!ran.stderr.contains("warning"), "{}", ran.snapshot());

    moto.stdin.take().unwrap().write_all(b"\n").unwrap();
    let arrived: Value = serde_json::from_str(&lines.next().expect("moto answers").unwrap()).unwrap();
    moto.kill().unwrap();
    moto.wait().unwrap();
    let event = arrived["sqs"][0].clone();
    let detail: Value = serde_json::from_str(event.as_str().unwrap()).unwrap();
    assert_eq!((&detail["detail"]["name"], &detail["detail"]["input"]), (&json!("one"), &json!(r#"{"k":"v"}"#)));
    let expected = json!({
        "sns": [event],
        "sqs": [event],
        "fifo": [[event, "group"]],
        "kinesis": [[event, "one"]],
        "firehose": [event],
    });
    assert_eq!(arrived, expected);
}
