"""What a deployment leaves in an account, made by boto3, and the real binary at work on it.

The account is an emulator's (emulator.py): AWS_ENDPOINT_URL says where, IW102_EMULATOR which, IW102_BIN names the binary.
The names are those that the Serverless Framework gives to the service in shop.yml.
"""

import contextlib
import functools
import json
import os
import subprocess
import tempfile
import time
import types
import unittest
from pathlib import Path

from world import PATIENCE_SECONDS, REGION, client, eventually

SERVICE, STAGE = "shop", "dev"
EMULATOR = os.environ["IW102_EMULATOR"]
# What no stream and no file may hold.
KEY_VALUES = {f"{STAGE}-first": "never-shown-KEY-one-of-the-tests", f"{STAGE}-second": "never-shown-KEY-two-of-the-tests"}
SECRETS = [*KEY_VALUES.values(), os.environ["AWS_SECRET_ACCESS_KEY"], os.environ["AWS_SESSION_TOKEN"]]
LOG_GROUP = f"/aws/lambda/{SERVICE}-{STAGE}-hello"
LOG_LINES = ["START RequestId: 1", "hello Ada", "ERROR no more", "END RequestId: 1"]

CHAIN = {
    "StartAt": "Prepare",
    "States": {
        "Prepare": {"Type": "Pass", "Result": "prepared", "ResultPath": "$.is", "Next": "Choose"},
        "Choose": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.refuse", "IsPresent": True, "Next": "Refuse"},
                {"Variable": "$.hold", "IsPresent": True, "Next": "Hold"},
            ],
            "Default": "Pause",
        },
        "Refuse": {"Type": "Fail", "Error": "Refused", "Cause": "the order was refused"},
        "Hold": {"Type": "Wait", "Seconds": 3600, "End": True},
        "Pause": {"Type": "Wait", "Seconds": 1, "Next": "Each"},
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": True}}},
            "Next": "Both",
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Left", "States": {"Left": {"Type": "Pass", "End": True}}},
                {"StartAt": "Right", "States": {"Right": {"Type": "Pass", "Result": "right", "End": True}}},
            ],
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
    },
}
HOLD = {"StartAt": "Hold", "States": {"Hold": {"Type": "Wait", "Seconds": 3600, "End": True}}}
QUICK = {"StartAt": "Answer", "States": {"Answer": {"Type": "Pass", "Result": {"quick": True}, "End": True}}}


def approval(queue):
    """Asks somebody by a message, and waits for the answer."""
    return {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "HeartbeatSeconds": 600,
                "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token", "of.$": "$$.Execution.Id"}},
                "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Refused"}],
                "Next": "Approved",
            },
            "Approved": {"Type": "Succeed"},
            "Refused": {"Type": "Fail", "Error": "NotApproved", "Cause": "somebody said no"},
        },
    }


def make_machines(world):
    world.sfn = client("stepfunctions")
    world.sqs = client("sqs")
    world.queue = world.sqs.create_queue(QueueName=f"{SERVICE}-{STAGE}-asked")["QueueUrl"]
    world.machines = {}
    for name, definition, kind in [
        ("OrderStepFunctionsStateMachine-Kq3VtYw8ZbNd", CHAIN, "STANDARD"),
        ("Hold", HOLD, "STANDARD"),
        ("HoldTwin", HOLD, "STANDARD"),
        ("Approval", approval(world.queue), "STANDARD"),
        ("Quick", QUICK, "EXPRESS"),
    ]:
        members = {"name": name, "definition": json.dumps(definition), "roleArn": world.role, "type": kind}
        world.machines[name.split("StepFunctions")[0]] = world.sfn.create_state_machine(**members)["stateMachineArn"]


def make_stack(world):
    """What the plugin writes of each machine without a name; the handle is there because a stack must have something."""
    template = {
        "Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        "Outputs": {"OrderStepFunctionsStateMachineArn": {"Value": world.machines["Order"]}},
    }
    client("cloudformation").create_stack(StackName=f"{SERVICE}-{STAGE}", TemplateBody=json.dumps(template))


def make_api(world):
    """Four routes of the service, two keys, a plan; as the plugin's templates have them."""
    world.api = client("apigateway")
    world.rest = world.api.create_rest_api(name=f"{STAGE}-{SERVICE}")["id"]
    root = world.api.get_resources(restApiId=world.rest)["items"][0]["id"]
    action = world.api.create_resource(restApiId=world.rest, parentId=root, pathPart="action")["id"]
    template = {
        "input": "$util.escapeJavaScript($input.json('$'))",
        "name": "$context.requestId",
        "stateMachineArn": world.machines["Order"],
    }
    for part, methods, call, templates in [
        ("start", ["GET", "POST"], "StartExecution", {"application/json": json.dumps(template)}),
        ("status", ["POST"], "DescribeExecution", {}),
        ("stop", ["POST"], "StopExecution", {}),
    ]:
        resource = world.api.create_resource(restApiId=world.rest, parentId=action, pathPart=part)["id"]
        for method in methods:
            at = {"restApiId": world.rest, "resourceId": resource, "httpMethod": method}
            world.api.put_method(**at, authorizationType="NONE", apiKeyRequired=True)
            world.api.put_integration(
                **at, type="AWS", integrationHttpMethod="POST", credentials=world.role, requestTemplates=templates,
                uri=f"arn:aws:apigateway:{REGION}:states:action/{call}",
                passthroughBehavior="NEVER" if templates else "WHEN_NO_TEMPLATES",
            )
            world.api.put_method_response(**at, statusCode="200")
            world.api.put_integration_response(**at, statusCode="200", selectionPattern="")
    world.api.create_deployment(restApiId=world.rest, stageName=STAGE)
    plan = world.api.create_usage_plan(
        name=f"{SERVICE}-{STAGE}", apiStages=[{"apiId": world.rest, "stage": STAGE}],
        throttle={"rateLimit": 50, "burstLimit": 100}, quota={"limit": 5000, "period": "MONTH", "offset": 0},
    )
    world.keys = {}
    for name, value in KEY_VALUES.items():
        key = world.api.create_api_key(name=name, value=value, enabled=name.endswith("first"))["id"]
        world.api.create_usage_plan_key(usagePlanId=plan["id"], keyId=key, keyType="API_KEY")
        world.keys[name] = key


def make_logs(world):
    world.logs = client("logs")
    world.logs.create_log_group(logGroupName=LOG_GROUP)
    stream = {"logGroupName": LOG_GROUP, "logStreamName": "2026/11/23/[$LATEST]0123456789abcdef"}
    world.logs.create_log_stream(**stream)
    begun = int(time.time() * 1000) - 60_000
    events = [{"timestamp": begun + at, "message": message + "\n"} for at, message in enumerate(LOG_LINES)]
    world.logs.put_log_events(**stream, logEvents=events)


@functools.cache
def deployed():
    """The account with all that is in it. An emulator takes it all, so it is made once."""
    account = client("sts").get_caller_identity()["Account"]
    world = types.SimpleNamespace(account=account, role=f"arn:aws:iam::{account}:role/{SERVICE}-{STAGE}")
    make_machines(world)
    make_stack(world)
    make_api(world)
    make_logs(world)
    return world


class VerbCase(unittest.TestCase):
    """With the account, and with the binary in an empty folder or in the service's."""

    @classmethod
    def setUpClass(cls):
        cls.world = deployed()
        cls.sfn = cls.world.sfn
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.addClassCleanup(cls.check_files)
        for name in ["home", "empty", "shop"]:
            Path(cls.folder.name, name).mkdir()
        file = Path(__file__).with_name("shop.yml").read_text()
        Path(cls.folder.name, "shop/serverless.yml").write_text(file)

    @classmethod
    def check_files(cls):
        """What the commands remember holds no secret."""
        for path in Path(cls.folder.name).rglob("*"):
            if path.is_file():
                held = [secret for secret in SECRETS if secret.encode() in path.read_bytes()]
                assert not held, f"{path} holds a secret"

    def environment(self, **variables):
        names = ["PATH", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
        return {
            **{name: os.environ[name] for name in names},
            "HOME": str(Path(self.folder.name, "home")),
            "IW102_HOME": str(Path(self.folder.name, "home/iw102")),
            "AWS_EC2_METADATA_DISABLED": "true",
            **variables,
        }

    def iw102(self, *words, code=0, stdin="", folder="empty", reveals=(), **variables):
        """What a command prints; `reveals` are the secrets that it was asked for."""
        ran = subprocess.run(
            [os.environ["IW102_BIN"], *words], env=self.environment(**variables), cwd=Path(self.folder.name, folder),
            input=stdin, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
        )
        said = f"iw102 {' '.join(words)}\n{ran.stdout}--- stderr\n{ran.stderr}"
        self.assertEqual(ran.returncode, code, said)
        for secret in set(SECRETS) - set(reveals):
            self.assertNotIn(secret, ran.stdout + ran.stderr)
        return ran

    def json(self, *words, **members):
        """What a command prints with `-o json`."""
        return json.loads(self.iw102(*words, "-o", "json", **members).stdout)

    def error(self, *words, code, **members):
        """What a command says instead of printing anything."""
        ran = self.iw102(*words, code=code, **members)
        self.assertEqual(ran.stdout, "")
        return ran.stderr

    def start(self, machine, name, given="{}"):
        """An execution started by boto3, stopped at the end."""
        members = {"stateMachineArn": self.world.machines[machine], "name": name, "input": given}
        arn = self.sfn.start_execution(**members)["executionArn"]
        self.addCleanup(self.stop, arn)
        return arn

    def stop(self, arn):
        # What has ended cannot be stopped in every emulator.
        with contextlib.suppress(self.sfn.exceptions.ClientError):
            self.sfn.stop_execution(executionArn=arn)

    def described(self, arn):
        return self.sfn.describe_execution(executionArn=arn)

    def ended(self, arn):
        """The description of an execution once it has ended."""

        def look():
            described = self.described(arn)
            return described if described["status"] != "RUNNING" else None

        return eventually(f"{arn} ends", look)

    def entered(self, arn):
        """Waits until an execution is in its first state: before that the emulators cannot stop it."""

        def look():
            events = self.sfn.get_execution_history(executionArn=arn)["events"]
            return any(event["type"] in ("WaitStateEntered", "TaskSubmitted") for event in events)

        eventually(f"{arn} is in a state", look)
        return arn
