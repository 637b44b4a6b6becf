"""The AWS CLI, with the course's own lines: the endpoint comes from the environment, so nothing in them is changed."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from world import ENDPOINT, PATIENCE_SECONDS, REGION, StepFunctionsCase, machine_arn

ECHO = "interop-dev-echo"
# The CLI's exit code for what a service refuses.
REFUSED = 255
CREDENTIALS = "[101profile]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n"


class AwsCli(StepFunctionsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        Path(cls.folder.name, "credentials").write_text(CREDENTIALS)

    def sh(self, line, code=0, **variables):
        """What a line of a shell prints; `aws` is the one beside this interpreter."""
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": self.folder.name,
            "AWS_SHARED_CREDENTIALS_FILE": str(Path(self.folder.name, "credentials")),
            "AWS_ENDPOINT_URL": ENDPOINT,
            "AWS_MAX_ATTEMPTS": "1",
            **variables,
        }
        ran = subprocess.run(
            ["sh", "-c", line], env=environment, cwd=self.folder.name, capture_output=True, text=True,
            timeout=PATIENCE_SECONDS, check=False,
        )
        self.assertEqual(ran.returncode, code, f"{line}\n{ran.stdout}{ran.stderr}")
        return ran.stdout if code == 0 else ran.stderr

    def aws(self, words, code=0):
        return self.sh(f"aws {words} --profile 101profile --region {REGION}", code)

    def test_the_courses_lines_for_a_success(self):
        arn, token = self.waiting()
        self.sh(
            "aws stepfunctions send-task-heartbeat --task-token $token --profile 101profile --region eu-west-1",
            token=token,
        )
        self.sh(
            "aws stepfunctions send-task-success --task-token $token --task-output '{\"status\": \"success\"}'"
            " --profile 101profile --region eu-west-1",
            token=token,
        )
        self.assertEqual(json.loads(self.ended(arn)["output"]), {"status": "success"})
        # The course sends a failure with the token that was just answered.
        said = self.sh(
            "aws stepfunctions send-task-failure --task-token $token --profile 101profile --region eu-west-1",
            code=REFUSED,
            token=token,
        )
        self.assertIn("(TaskTimedOut)", said)

    def test_the_courses_line_for_a_failure(self):
        arn, token = self.waiting()
        self.sh(
            "aws stepfunctions send-task-failure --task-token $token --profile 101profile --region eu-west-1",
            token=token,
        )
        self.assertEqual(self.ended(arn)["status"], "FAILED")

    def test_an_execution_by_command_line(self):
        started = json.loads(
            self.aws(f"stepfunctions start-execution --state-machine-arn {machine_arn('hello')} --input '{{\"a\": 1}}'")
        )
        self.ended(started["executionArn"])
        history = f"stepfunctions get-execution-history --execution-arn {started['executionArn']} --page-size 2"
        types = self.aws(f"{history} --reverse-order --query 'events[].type' --output text").split()
        self.assertEqual((types[0], types[-1]), ("ExecutionSucceeded", "ExecutionStarted"))

    def test_lambda_by_command_line(self):
        shown = self.aws(f"lambda invoke --function-name {ECHO} --payload '{{\"a\": 1}}' out.json")
        self.assertEqual(json.loads(shown), {"ExecutedVersion": "$LATEST", "StatusCode": 200})
        self.assertEqual(Path(self.folder.name, "out.json").read_text(), '{"a": 1}')
        self.assertIn("(ResourceNotFoundException)", self.aws("lambda invoke --function-name nope out.json", REFUSED))
        names = self.aws("lambda list-functions --query 'Functions[].FunctionName' --output text")
        self.assertIn(ECHO, names)

    def test_logs_by_command_line(self):
        group = f"--log-group-name /aws/lambda/{ECHO}"
        self.aws(f"lambda invoke --function-name {ECHO} out.json")
        events = f"logs filter-log-events {group} --filter-pattern END --query 'length(events)'"
        self.assertGreater(int(self.aws(events)), 0)
        stream = self.aws(f"logs describe-log-streams {group} --query 'logStreams[0].logStreamName' --output text")
        quoted = stream.strip().replace("$", "\\$")
        events = f'logs get-log-events {group} --log-stream-name "{quoted}" --query "length(events)"'
        self.assertGreater(int(self.aws(events)), 0)
