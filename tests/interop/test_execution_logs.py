"""What executions leave in somebody else's CloudWatch Logs and on its event bus, as the levels of logging say."""

import json
import os
import unittest
import uuid

import boto3
from world import ACCOUNT, REGION, client, eventually

PASS = {"StartAt": "S", "States": {"S": {"Type": "Pass", "Result": {"a": 1}, "End": True}}}
FAIL = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "because"}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "SecondsPath": "$.no", "End": True}}}

PASSED = ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]


def outside(service, variable):
    return boto3.client(
        service,
        endpoint_url=os.environ[variable],
        region_name=REGION,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
    )


class ExecutionLogs(unittest.TestCase):
    def setUp(self):
        self.sfn = client("stepfunctions")
        self.logs = outside("logs", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS")
        self.group = f"/aws/vendedlogs/states/{uuid.uuid4()}"
        self.logs.create_log_group(logGroupName=self.group)

    def configuration(self, level, **more):
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{self.group}:*"
        destination = {"cloudWatchLogsLogGroup": {"logGroupArn": arn}}
        return {"level": level, "destinations": [destination], **more}

    def machine(self, definition, logging, kind="STANDARD"):
        return self.sfn.create_state_machine(
            name=str(uuid.uuid4()),
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::000000000000:role/r",
            type=kind,
            loggingConfiguration=logging,
        )["stateMachineArn"]

    def run_once(self, machine):
        arn = self.sfn.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
        eventually("its end", lambda: self.status(arn) != "RUNNING")
        return arn

    def status(self, arn):
        return self.sfn.describe_execution(executionArn=arn)["status"]

    def logged(self):
        """As the last stream of the group has it, which a validation's precedes."""
        stream = self.logs.describe_log_streams(logGroupName=self.group)["logStreams"][-1]["logStreamName"]
        events = self.logs.get_log_events(
            logGroupName=self.group, logStreamName=stream, startFromHead=True
        )["events"]
        return [json.loads(event["message"]) for event in events]

    def types(self, count):
        return [event["type"] for event in eventually("the lines", lambda: self.lines(count))]

    def lines(self, count):
        lines = self.logged()
        return lines if len(lines) >= count else None

    def test_all_of_an_execution(self):
        machine = self.machine(PASS, self.configuration("ALL", includeExecutionData=True))
        arn = self.run_once(machine)
        lines = eventually("four lines", lambda: self.lines(4))
        self.assertEqual([line["type"] for line in lines], PASSED)
        self.assertEqual([line["id"] for line in lines], ["1", "2", "3", "4"])
        self.assertEqual([line["previous_event_id"] for line in lines], ["0", "0", "2", "3"])
        history = self.sfn.get_execution_history(executionArn=arn)["events"]
        for line, event in zip(lines, history):
            self.assertEqual(line["execution_arn"], arn)
            self.assertEqual(line["redrive_count"], "0")
            self.assertEqual(int(line["event_timestamp"]), round(event["timestamp"].timestamp() * 1000))
            details = next(value for name, value in event.items() if name.endswith("EventDetails"))
            self.assertEqual(line["details"], details)

    def test_data_is_left_out_where_it_is_not_asked_for(self):
        machine = self.machine(PASS, self.configuration("ALL"))
        self.run_once(machine)
        details = [line["details"] for line in eventually("four lines", lambda: self.lines(4))]
        role = {"roleArn": "arn:aws:iam::000000000000:role/r"}
        self.assertEqual(details, [role, {"name": "S"}, {"name": "S"}, {}])

    def test_levels(self):
        for definition, level, expected in [
            (FAIL, "ERROR", ["FailStateEntered", "ExecutionFailed"]),
            (FAIL, "FATAL", ["ExecutionFailed"]),
            (WAIT, "ERROR", ["ExecutionFailed"]),
        ]:
            with self.subTest(level=level, expected=expected):
                self.setUp()
                self.run_once(self.machine(definition, self.configuration(level)))
                self.assertEqual(self.types(len(expected)), expected)

    def test_what_is_off_is_not_logged_and_an_update_turns_it_on(self):
        machine = self.machine(PASS, self.configuration("OFF"))
        self.run_once(machine)
        self.assertEqual(self.logs.describe_log_streams(logGroupName=self.group)["logStreams"], [])
        self.sfn.update_state_machine(
            stateMachineArn=machine, loggingConfiguration=self.configuration("ALL")
        )
        self.run_once(machine)
        self.assertEqual(self.types(4), PASSED)

    def test_executions_one_after_the_other_share_a_stream(self):
        machine = self.machine(PASS, self.configuration("ALL"))
        arns = [self.run_once(machine) for _ in range(3)]
        lines = eventually("all lines", lambda: self.lines(12))
        self.assertEqual([line["execution_arn"] for line in lines], [arn for arn in arns for _ in range(4)])
        self.assertEqual([line["type"] for line in lines], PASSED * 3)

    def test_express(self):
        machine = self.machine(PASS, self.configuration("ALL", includeExecutionData=True), "EXPRESS")
        arn = self.sfn.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
        lines = eventually("four lines", lambda: self.lines(4))
        self.assertEqual([line["type"] for line in lines], PASSED)
        self.assertEqual({line["execution_arn"] for line in lines}, {arn})

    def test_a_group_must_exist(self):
        self.logs.delete_log_group(logGroupName=self.group)
        with self.assertRaises(self.sfn.exceptions.InvalidLoggingConfiguration) as caught:
            self.machine(PASS, self.configuration("ALL"))
        message = "Invalid Logging Configuration: Log Destination not found."
        self.assertEqual(caught.exception.response["Error"]["Message"], message)
        machine = self.machine(PASS, {"level": "OFF"})
        with self.assertRaises(self.sfn.exceptions.InvalidLoggingConfiguration):
            self.sfn.update_state_machine(
                stateMachineArn=machine, loggingConfiguration=self.configuration("ALL")
            )


class EventBridge(unittest.TestCase):
    def test_statuses_match_a_rule(self):
        """A rule's target is a log group, where what came can be read."""
        events = outside("events", "AWS_ENDPOINT_URL_EVENTBRIDGE")
        logs = outside("logs", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS")
        sfn = client("stepfunctions")
        group = f"/aws/events/{uuid.uuid4()}"
        logs.create_log_group(logGroupName=group)
        described = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
        group_arn = described["arn"].removesuffix(":*")
        pattern = {"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"]}
        events.put_rule(Name="statuses", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="statuses", Targets=[{"Id": "1", "Arn": group_arn}])
        machine = sfn.create_state_machine(
            name="told", definition=json.dumps(FAIL), roleArn="arn:aws:iam::000000000000:role/r"
        )["stateMachineArn"]
        arn = sfn.start_execution(stateMachineArn=machine, input="{}")["executionArn"]

        def told():
            found = logs.filter_log_events(logGroupName=group)["events"]
            all_of_it = [json.loads(event["message"]) for event in found]
            mine = [event for event in all_of_it if event["resources"] == [arn]]
            return mine if len(mine) == 2 else None

        began, failed = eventually("two events", told)
        self.assertEqual([began["detail"]["status"], failed["detail"]["status"]], ["RUNNING", "FAILED"])
        self.assertEqual(failed["source"], "aws.states")
        self.assertEqual(failed["detail"]["error"], "E")
        self.assertEqual(failed["detail"]["executionArn"], arn)
