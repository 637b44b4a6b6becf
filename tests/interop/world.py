"""Where the suite works: clients of the running server, and bounded waits for what it does.

The server is told by AWS_ENDPOINT_URL_SFN, which `iw102 dev -- CMD` sets, and serves tests/interop/serverless.yml.
"""

import json
import os
import time
import unittest

import boto3
from botocore.config import Config

REGION = "eu-west-1"
ACCOUNT = "000000000000"
ENDPOINT = os.environ["AWS_ENDPOINT_URL_SFN"]
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.02


def client(service):
    """A stock client that asks once: what the server refuses is what the test sees."""
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name=REGION,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(
            retries={"total_max_attempts": 1},
            connect_timeout=5,
            read_timeout=PATIENCE_SECONDS,
        ),
    )


def eventually(what, look):
    """The first true thing that `look` gives, within bounds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"never: {what}")
        time.sleep(POLL_SECONDS)


def machine_arn(name):
    return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"


class StepFunctionsCase(unittest.TestCase):
    """With a client of Step Functions, and what people write around it."""

    @classmethod
    def setUpClass(cls):
        cls.sfn = client("stepfunctions")
        cls.exceptions = cls.sfn.exceptions

    def start(self, machine, **members):
        arn = self.sfn.start_execution(stateMachineArn=machine_arn(machine), **members)["executionArn"]
        self.addCleanup(self.sfn.stop_execution, executionArn=arn)
        return arn

    def ended(self, arn):
        """The description of an execution once it has ended: Step Functions has no waiters."""

        def look():
            described = self.sfn.describe_execution(executionArn=arn)
            return described if described["status"] != "RUNNING" else None

        return eventually(f"{arn} ends", look)

    def token(self, arn):
        """The token that an execution waits with, from its history."""

        def look():
            for event in self.sfn.get_execution_history(executionArn=arn, includeExecutionData=True)["events"]:
                if event["type"] == "TaskSubmitted":
                    return event["taskSubmittedEventDetails"]["output"]
            return None

        return json.loads(eventually(f"{arn} waits", look))["Payload"]["token"]

    def waiting(self):
        """An execution of `callback` that waits, and its token."""
        arn = self.start("callback")
        return arn, self.token(arn)
