"""Activities and tags by boto3."""

import json

from world import ACCOUNT, REGION, StepFunctionsCase, machine_arn

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


class Activities(StepFunctionsCase):
    def activity(self, name):
        arn = self.sfn.create_activity(name=name)["activityArn"]
        self.addCleanup(self.sfn.delete_activity, activityArn=arn)
        return arn

    def machine(self, name, activity):
        state = {"Type": "Task", "Resource": activity, "HeartbeatSeconds": 3600, "End": True}
        definition = json.dumps({"StartAt": "Work", "States": {"Work": state}})
        arn = self.sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE)["stateMachineArn"]
        self.addCleanup(self.sfn.delete_state_machine, stateMachineArn=arn)

    def test_an_activity_is_made_described_listed_and_deleted(self):
        arn = self.activity("review")
        self.assertEqual(arn, f"arn:aws:states:{REGION}:{ACCOUNT}:activity:review")
        self.assertEqual(self.sfn.create_activity(name="review")["activityArn"], arn)
        self.assertEqual(self.sfn.describe_activity(activityArn=arn)["name"], "review")
        self.activity("other")
        pages = self.sfn.get_paginator("list_activities").paginate(PaginationConfig={"PageSize": 1})
        names = [activity["name"] for page in pages for activity in page["activities"]]
        self.assertLessEqual({"review", "other"}, set(names))
        self.sfn.delete_activity(activityArn=arn)
        with self.assertRaises(self.exceptions.ActivityDoesNotExist):
            self.sfn.describe_activity(activityArn=arn)

    def test_a_worker_takes_a_task_and_answers(self):
        activity = self.activity("works")
        self.machine("by-a-worker", activity)
        first = self.start("by-a-worker", input='{"n": 1}')
        task = self.sfn.get_activity_task(activityArn=activity, workerName="me")
        self.assertEqual(json.loads(task["input"]), {"n": 1})
        self.sfn.send_task_heartbeat(taskToken=task["taskToken"])
        self.sfn.send_task_success(taskToken=task["taskToken"], output='"done"')
        self.assertEqual(self.ended(first)["output"], '"done"')
        with self.assertRaises(self.exceptions.TaskTimedOut):
            self.sfn.send_task_success(taskToken=task["taskToken"], output="{}")

        second = self.start("by-a-worker")
        task = self.sfn.get_activity_task(activityArn=activity)
        self.sfn.send_task_failure(taskToken=task["taskToken"], error="Broken")
        described = self.ended(second)
        self.assertEqual((described["status"], described["error"]), ("FAILED", "Broken"))
        types = [event["type"] for event in self.sfn.get_execution_history(executionArn=second)["events"]]
        self.assertLessEqual({"ActivityScheduled", "ActivityStarted", "ActivityFailed"}, set(types))

    def test_a_worker_for_no_activity_is_refused(self):
        missing = f"arn:aws:states:{REGION}:{ACCOUNT}:activity:nope"
        with self.assertRaises(self.exceptions.ActivityDoesNotExist):
            self.sfn.get_activity_task(activityArn=missing)
        with self.assertRaises(self.exceptions.InvalidArn):
            self.sfn.get_activity_task(activityArn="wrong")


class Tags(StepFunctionsCase):
    def test_tags_are_given_told_and_taken_away(self):
        arn = machine_arn("waits")
        self.sfn.tag_resource(resourceArn=arn, tags=[{"key": "team", "value": "a"}, {"key": "b", "value": ""}])
        self.sfn.tag_resource(resourceArn=arn, tags=[{"key": "team", "value": "c"}])
        tags = {tag["key"]: tag["value"] for tag in self.sfn.list_tags_for_resource(resourceArn=arn)["tags"]}
        self.assertEqual((tags.get("team"), tags.get("b")), ("c", ""))
        self.sfn.untag_resource(resourceArn=arn, tagKeys=["team", "b", "never-there"])
        keys = [tag["key"] for tag in self.sfn.list_tags_for_resource(resourceArn=arn)["tags"]]
        self.assertNotIn("team", keys)
        with self.assertRaises(self.exceptions.ResourceNotFound):
            self.sfn.list_tags_for_resource(resourceArn=machine_arn("nope"))
