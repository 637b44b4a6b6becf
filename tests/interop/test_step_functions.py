"""Step Functions by boto3: what it reads of answers, and the classes of its exceptions."""

import json

from world import ACCOUNT, REGION, StepFunctionsCase, machine_arn

PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


class Machines(StepFunctionsCase):
    def create(self, name, **members):
        arn = self.sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE, **members)["stateMachineArn"]
        self.addCleanup(self.sfn.delete_state_machine, stateMachineArn=arn)
        return arn

    def test_a_machine_is_made_described_changed_and_deleted(self):
        arn = self.create("made")
        self.assertEqual(arn, machine_arn("made"))
        described = self.sfn.describe_state_machine(stateMachineArn=arn)
        self.assertEqual((described["definition"], described["roleArn"], described["type"]), (PASS, ROLE, "STANDARD"))
        changed = PASS.replace('"A"', '"B"')
        updated = self.sfn.update_state_machine(stateMachineArn=arn, definition=changed)
        self.assertGreaterEqual(updated["updateDate"], described["creationDate"])
        self.assertEqual(self.sfn.describe_state_machine(stateMachineArn=arn)["definition"], changed)
        self.sfn.delete_state_machine(stateMachineArn=arn)
        with self.assertRaises(self.exceptions.StateMachineDoesNotExist):
            self.sfn.describe_state_machine(stateMachineArn=arn)

    def test_machines_are_listed_in_pages(self):
        for number in range(3):
            self.create(f"paged-{number}")
        first = self.sfn.list_state_machines(maxResults=2)
        self.assertEqual(len(first["stateMachines"]), 2)
        pages = self.sfn.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 2})
        names = [machine["name"] for page in pages for machine in page["stateMachines"]]
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual({"callback", "hello", "paged-0", "paged-1", "paged-2", "waits"}, set(names))
        with self.assertRaises(self.exceptions.InvalidToken):
            self.sfn.list_state_machines(nextToken="made-up")

    def test_what_no_machine_can_be_is_refused(self):
        self.create("taken")
        with self.assertRaises(self.exceptions.StateMachineAlreadyExists):
            self.sfn.create_state_machine(name="taken", definition=PASS.replace("A", "B"), roleArn=ROLE)
        with self.assertRaises(self.exceptions.InvalidName):
            self.sfn.create_state_machine(name="a b", definition=PASS, roleArn=ROLE)
        for definition in ["{", "{}", PASS.replace("Pass", "Past")]:
            with self.assertRaises(self.exceptions.InvalidDefinition):
                self.sfn.create_state_machine(name="wrong", definition=definition, roleArn=ROLE)
        with self.assertRaises(self.exceptions.InvalidArn):
            self.sfn.describe_state_machine(stateMachineArn="wrong")


class Executions(StepFunctionsCase):
    def test_an_execution_runs_to_its_end(self):
        arn = self.start("hello", input='{"a": 1}')
        described = self.ended(arn)
        self.assertEqual(described["status"], "SUCCEEDED")
        self.assertEqual(json.loads(described["output"]), {"a": 1, "greeting": "Hello"})
        self.assertEqual(described["stateMachineArn"], machine_arn("hello"))
        self.assertGreaterEqual(described["stopDate"], described["startDate"])
        machine = self.sfn.describe_state_machine_for_execution(executionArn=arn)
        self.assertEqual(machine["name"], "hello")

    def test_the_history_is_read_forwards_and_backwards_in_pages(self):
        arn = self.start("hello")
        self.ended(arn)
        paginator = self.sfn.get_paginator("get_execution_history")

        def events(**members):
            pages = paginator.paginate(executionArn=arn, PaginationConfig={"PageSize": 3}, **members)
            return [event for page in pages for event in page["events"]]

        forwards = events()
        self.assertEqual([event["id"] for event in forwards], list(range(1, len(forwards) + 1)))
        self.assertEqual(events(reverseOrder=True), forwards[::-1])
        types = [event["type"] for event in forwards]
        self.assertEqual((types[0], types[-1]), ("ExecutionStarted", "ExecutionSucceeded"))
        self.assertIn("LambdaFunctionSucceeded", types)
        self.assertEqual(forwards[0]["executionStartedEventDetails"]["input"], "{}")
        without = self.sfn.get_execution_history(executionArn=arn, includeExecutionData=False)["events"]
        self.assertNotIn("input", without[0]["executionStartedEventDetails"])
        with self.assertRaises(self.exceptions.InvalidToken):
            self.sfn.get_execution_history(executionArn=arn, nextToken="made-up")

    def test_a_name_is_one_execution(self):
        first = self.start("waits", name="once", input="{}")
        again = self.sfn.start_execution(stateMachineArn=machine_arn("waits"), name="once", input="{}")
        self.assertEqual(again["executionArn"], first)
        with self.assertRaises(self.exceptions.ExecutionAlreadyExists):
            self.sfn.start_execution(stateMachineArn=machine_arn("waits"), name="once", input='{"other": 1}')

    def test_a_stopped_execution_is_aborted_and_listed_so(self):
        arns = [self.start("waits") for _ in range(3)]
        for arn in arns:
            stopped = self.sfn.stop_execution(executionArn=arn, error="Enough", cause="said so")
            described = self.sfn.describe_execution(executionArn=arn)
            self.assertEqual((described["status"], described["stopDate"]), ("ABORTED", stopped["stopDate"]))
            self.assertEqual((described["error"], described["cause"]), ("Enough", "said so"))
        paginator = self.sfn.get_paginator("list_executions")
        pages = paginator.paginate(
            stateMachineArn=machine_arn("waits"), statusFilter="ABORTED", PaginationConfig={"PageSize": 1}
        )
        listed = [execution["executionArn"] for page in pages for execution in page["executions"]]
        # The newest is first.
        self.assertEqual([arn for arn in listed if arn in arns], arns[::-1])

    def test_what_cannot_be_asked_of_executions_is_refused(self):
        missing = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:waits:nope"
        for call in [self.sfn.describe_execution, self.sfn.stop_execution, self.sfn.get_execution_history]:
            with self.assertRaises(self.exceptions.ExecutionDoesNotExist):
                call(executionArn=missing)
            with self.assertRaises(self.exceptions.InvalidArn):
                call(executionArn=machine_arn("waits"))
        with self.assertRaises(self.exceptions.StateMachineDoesNotExist):
            self.sfn.start_execution(stateMachineArn=machine_arn("nope"))
        with self.assertRaises(self.exceptions.StateMachineDoesNotExist):
            self.sfn.list_executions(stateMachineArn=machine_arn("nope"))
        with self.assertRaises(self.exceptions.InvalidExecutionInput):
            self.sfn.start_execution(stateMachineArn=machine_arn("waits"), input="{")
        with self.assertRaises(self.exceptions.InvalidName):
            self.sfn.start_execution(stateMachineArn=machine_arn("waits"), name="a b")


class Express(StepFunctionsCase):
    def test_an_execution_is_waited_for_by_a_client_without_settings(self):
        made = self.sfn.create_state_machine(name="express", definition=PASS, roleArn=ROLE, type="EXPRESS")
        self.addCleanup(self.sfn.delete_state_machine, stateMachineArn=made["stateMachineArn"])
        ended = self.sfn.start_sync_execution(stateMachineArn=made["stateMachineArn"], input='{"a": 1}')
        self.assertEqual((ended["status"], json.loads(ended["output"])), ("SUCCEEDED", {"a": 1}))
        self.assertGreaterEqual(ended["billingDetails"]["billedDurationInMilliseconds"], 100)


class Callbacks(StepFunctionsCase):
    def test_a_token_is_answered_once(self):
        arn, token = self.waiting()
        self.sfn.send_task_heartbeat(taskToken=token)
        self.sfn.send_task_success(taskToken=token, output='{"status": "success"}')
        described = self.ended(arn)
        self.assertEqual(json.loads(described["output"]), {"status": "success"})
        for call in [
            lambda: self.sfn.send_task_heartbeat(taskToken=token),
            lambda: self.sfn.send_task_success(taskToken=token, output="{}"),
            lambda: self.sfn.send_task_failure(taskToken=token),
        ]:
            with self.assertRaises(self.exceptions.TaskTimedOut):
                call()

    def test_a_failure_is_the_executions(self):
        arn, token = self.waiting()
        self.sfn.send_task_failure(taskToken=token, error="Broken", cause="it broke")
        described = self.ended(arn)
        self.assertEqual((described["status"], described["error"]), ("FAILED", "Refused"))
        events = self.sfn.get_execution_history(executionArn=arn)["events"]
        failed = next(event["taskFailedEventDetails"] for event in events if event["type"] == "TaskFailed")
        self.assertEqual((failed["error"], failed["cause"]), ("Broken", "it broke"))

    def test_what_answers_nothing_is_refused(self):
        with self.assertRaises(self.exceptions.InvalidToken):
            self.sfn.send_task_success(taskToken="made-up", output="{}")
        with self.assertRaises(self.exceptions.InvalidToken):
            self.sfn.send_task_heartbeat(taskToken="made-up")
        _, token = self.waiting()
        with self.assertRaises(self.exceptions.InvalidOutput):
            self.sfn.send_task_success(taskToken=token, output="{")
        self.sfn.send_task_heartbeat(taskToken=token)
