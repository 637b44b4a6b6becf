"""Redrives by boto3: an execution that ended badly goes on where it was."""

import json

from world import ACCOUNT, StepFunctionsCase

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


class Redrives(StepFunctionsCase):
    def machine(self, states, start):
        definition = json.dumps({"StartAt": start, "States": states})
        created = self.sfn.create_state_machine(name=self.id().rsplit("_", 1)[1], definition=definition, roleArn=ROLE)
        arn = created["stateMachineArn"]
        self.addCleanup(self.sfn.delete_state_machine, stateMachineArn=arn)
        return arn

    def types(self, arn):
        return [event["type"] for event in self.sfn.get_execution_history(executionArn=arn)["events"]]

    def activity(self):
        arn = self.sfn.create_activity(name="redriven")["activityArn"]
        self.addCleanup(self.sfn.delete_activity, activityArn=arn)
        return arn

    def test_a_worker_is_given_the_task_again(self):
        activity = self.activity()
        work = {"Type": "Task", "Resource": activity, "Parameters": {"context.$": "$$.Execution"}, "End": True}
        machine = self.machine({"Before": {"Type": "Pass", "Next": "Work"}, "Work": work}, "Before")
        arn = self.sfn.start_execution(stateMachineArn=machine)["executionArn"]
        with self.assertRaises(self.exceptions.ExecutionNotRedrivable) as refused:
            self.sfn.redrive_execution(executionArn=arn)
        self.assertIn("Execution is RUNNING and cannot be redriven", str(refused.exception))
        first = self.sfn.get_activity_task(activityArn=activity)
        self.sfn.send_task_failure(taskToken=first["taskToken"], error="E", cause="because")
        self.assertEqual(self.ended(arn)["redriveStatus"], "REDRIVABLE")
        redriven = self.sfn.redrive_execution(executionArn=arn)["redriveDate"]
        second = self.sfn.get_activity_task(activityArn=activity)
        self.assertNotEqual(first["taskToken"], second["taskToken"])
        with self.assertRaises(self.exceptions.TaskTimedOut):
            self.sfn.send_task_success(taskToken=first["taskToken"], output="{}")
        self.assertEqual(json.loads(second["input"])["context"]["RedriveCount"], 1)
        running = self.sfn.describe_execution(executionArn=arn)
        self.assertEqual((running["status"], running["redriveCount"]), ("RUNNING", 1))
        self.assertNotIn("stopDate", running)
        self.sfn.send_task_success(taskToken=second["taskToken"], output='"done"')
        described = self.ended(arn)
        self.assertEqual((described["output"], described["redriveDate"]), ('"done"', redriven))
        types = self.types(arn)
        self.assertEqual(types.count("TaskStateEntered"), 1)
        self.assertEqual(types[types.index("ExecutionRedriven") + 1], "ActivityScheduled")

    def test_a_fail_state_fails_again(self):
        machine = self.machine({"No": {"Type": "Fail", "Error": "E"}}, "No")
        arn = self.sfn.start_execution(stateMachineArn=machine)["executionArn"]
        self.ended(arn)
        self.sfn.redrive_execution(executionArn=arn)
        self.ended(arn)
        self.assertEqual(self.types(arn)[-2:], ["ExecutionRedriven", "ExecutionFailed"])
