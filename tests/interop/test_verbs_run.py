"""Running machines of somebody else's AWS by the real binary: invoke, start, status, stop, wait, list, history."""

import json
import unittest

from aws_world import CHAIN, EMULATOR, VerbCase

ITEMS = ["items:=[1, 2]"]
OUTPUT = [[1, 2], "right"]


class Invoke(VerbCase):
    def test_a_chain_is_followed_to_its_output(self):
        ran = self.iw102("invoke", "order", *ITEMS, "--name", "invoked")
        self.assertEqual(json.loads(ran.stdout), OUTPUT)
        self.assertEqual(ran.stdout.count("\n"), 1)
        for state in ["Prepare", "Pause", "Each", "Both", "Done"]:
            self.assertIn(state, ran.stderr)
        described = self.described(self.world.machines["Order"].replace("stateMachine", "execution") + ":invoked")
        self.assertEqual((described["status"], json.loads(described["input"])), ("SUCCEEDED", {"items": [1, 2]}))

    def test_the_projects_machine_needs_no_name(self):
        ran = self.iw102("invoke", "-d", '{"items": [3]}', "-q", "[0]", folder="shop")
        self.assertEqual(json.loads(ran.stdout), [3])

    def test_a_name_is_sent_although_none_was_given(self):
        self.iw102("invoke", "order", *ITEMS)
        names = self.json("list", "order", "-q", "executions[].name")
        self.assertTrue(names)
        self.assertNotIn("None", names)

    def test_a_failure_says_error_and_cause(self):
        said = self.error("invoke", "order", "refuse:=true", code=3)
        for part in ["Refused", "the order was refused", "FAILED"]:
            self.assertIn(part, said)

    def test_an_end_elsewhere_is_no_success(self):
        self.assertIn("Done", self.iw102("invoke", "order", *ITEMS, "--expect-state", "Pause", code=6).stderr)

    @unittest.skipIf(EMULATOR == "moto", "moto has no StartSyncExecution")
    def test_an_express_machine_answers_at_once(self):
        self.assertEqual(json.loads(self.iw102("invoke", "Quick").stdout), {"quick": True})


class Names(VerbCase):
    def test_a_machine_by_its_names(self):
        for name in ["OrderStepFunctionsStateMachine-Kq3VtYw8ZbNd", "order", "ORDERSTEP", self.world.machines["Order"]]:
            with self.subTest(name=name):
                arn = self.iw102("start", name, *ITEMS).stdout.strip()
                self.assertEqual(self.described(arn)["stateMachineArn"], self.world.machines["Order"])
                self.ended(arn)

    def test_an_exact_name_goes_before_a_prefix(self):
        arn = self.iw102("start", "Hold").stdout.strip()
        self.addCleanup(self.stop, arn)
        self.assertEqual(self.described(arn)["stateMachineArn"], self.world.machines["Hold"])

    def test_between_two_nobody_guesses(self):
        said = self.error("start", "hol", code=2)
        self.assertIn("HoldTwin", said)
        self.assertRegex(said, r"Hold\b")

    def test_no_machine_says_the_nearest(self):
        for folder in ["empty", "shop"]:
            said = self.error("start", "Holdd", code=10, folder=folder)
            for part in ["did you mean Hold", "eu-west-1", self.world.account]:
                self.assertIn(part, said)

    def test_no_execution_is_said(self):
        arn = self.world.machines["Hold"].replace("stateMachine", "execution") + ":nobody"
        for command in ["status", "stop", "wait", "history"]:
            with self.subTest(command=command):
                self.assertIn("nobody", self.error(command, arn, code=10))


class Start(VerbCase):
    def test_what_was_sent_is_what_is_there(self):
        ran = self.iw102("start", "Hold", "a=1", "b:=[true]", "--name", "sent")
        arn = ran.stdout.strip()
        self.addCleanup(self.stop, arn)
        described = self.described(arn)
        self.assertEqual((described["name"], described["status"]), ("sent", "RUNNING"))
        self.assertEqual(json.loads(described["input"]), {"a": "1", "b": [True]})

    def test_a_name_joins_or_is_taken(self):
        arns = [self.iw102("start", "Hold", "a=1", "--name", "joined").stdout.strip() for _ in range(2)]
        self.addCleanup(self.stop, arns[0])
        self.assertEqual(arns[0], arns[1])
        self.assertIn("joined", self.error("start", "Hold", "a=2", "--name", "joined", code=16))

    def test_an_input_that_is_no_json_is_not_sent(self):
        before = len(self.sfn.list_executions(stateMachineArn=self.world.machines["Hold"])["executions"])
        self.error("start", "Hold", "-d", "{'a': 1}", code=2)
        after = len(self.sfn.list_executions(stateMachineArn=self.world.machines["Hold"])["executions"])
        self.assertEqual(after, before)

    def test_nobody_at_the_endpoint_is_said(self):
        said = self.error("start", self.world.machines["Hold"], code=20, AWS_ENDPOINT_URL="http://127.0.0.1:9")
        self.assertIn("127.0.0.1:9", said)


class Look(VerbCase):
    def test_a_running_execution(self):
        arn = self.entered(self.start("Hold", "looked-at", '{"a": 1}'))
        shown = self.json("status", arn)
        self.assertEqual((shown["executionArn"], shown["status"], shown["input"]), (arn, "RUNNING", {"a": 1}))
        self.iw102("status", arn, "--exit-status", code=7)
        self.assertEqual(self.json("status", "Hold:last")["status"], "RUNNING")
        text = self.iw102("status", arn).stdout
        self.assertRegex(text, r"Name +looked-at\n")

    def test_the_last_one_is_what_was_started_here(self):
        arn = self.iw102("start", "order", *ITEMS).stdout.strip()
        self.assertEqual(json.loads(self.iw102("wait", "last").stdout), OUTPUT)
        self.assertEqual(self.json("status", "last")["executionArn"], arn)
        self.assertEqual(self.json("status")["output"], OUTPUT)

    def test_an_end_has_its_output_or_its_error(self):
        arn = self.start("Order", "refused", '{"refuse": 1}')
        self.ended(arn)
        shown = self.json("status", arn)
        self.assertEqual((shown["status"], shown["error"]), ("FAILED", "Refused"))
        self.iw102("status", arn, "--exit-status", code=3)

    def test_executions_are_listed_newest_first(self):
        for name in ["first", "second"]:
            self.ended(self.start("Order", name, '{"refuse": 1}'))
        rows = self.json("list", "order")["executions"]
        names = [row["name"] for row in rows]
        self.assertLess(names.index("second"), names.index("first"))
        failed = self.json("list", "order", "--status", "failed", "-q", "executions[].status")
        self.assertEqual(set(failed), {"FAILED"})
        self.assertEqual(len(self.json("list", "order", "--limit", "1")["executions"]), 1)
        self.assertIn("second", self.iw102("list", "order").stdout)

    def test_history_has_each_event_once(self):
        arn = self.start("Order", "history", '{"items": [1, 2]}')
        self.ended(arn)
        expected = [
            (event["id"], event["type"], event["previousEventId"])
            for event in self.sfn.get_execution_history(executionArn=arn)["events"]
        ]
        shown = self.json("history", arn)["events"]
        self.assertEqual([(event["id"], event["type"], event["previousEventId"]) for event in shown], expected)
        self.assertEqual(expected[-1][1], "ExecutionSucceeded")
        reverse = self.json("history", arn, "--reverse")["events"]
        self.assertEqual([event["id"] for event in reverse], [event["id"] for event in shown][::-1])
        table = self.iw102("history", arn).stdout
        for state in set(CHAIN["States"]) - {"Refuse", "Hold"}:
            self.assertIn(state, table)

    def test_a_part_of_a_history(self):
        arn = self.start("Order", "parts", '{"items": [1, 2]}')
        self.ended(arn)
        every = self.sfn.get_execution_history(executionArn=arn)["events"]
        within = {event["type"] for event in self.json("history", arn, "--state", "Each")["events"]}
        self.assertLessEqual({"MapStateEntered", "MapIterationStarted", "PassStateEntered", "MapStateExited"}, within)
        self.assertNotIn("ParallelStateStarted", within)
        found = self.iw102("history", arn, "--grep", "^Wait", "-o", "jsonl").stdout.splitlines()
        self.assertEqual([json.loads(line)["type"] for line in found], ["WaitStateEntered", "WaitStateExited"])
        raw = json.loads(self.iw102("history", arn, "-o", "raw").stdout)["events"]
        self.assertEqual([event["timestamp"] for event in raw], [event["timestamp"].timestamp() for event in every])
        self.assertIsInstance(raw[0]["executionStartedEventDetails"]["input"], str)

    def test_a_history_is_followed_to_its_end(self):
        arn = self.start("Order", "followed", '{"items": [1, 2]}')
        lines = self.iw102("history", arn, "--follow", "-o", "jsonl").stdout.splitlines()
        events = [json.loads(line) for line in lines]
        self.assertEqual([event["id"] for event in events], list(range(1, len(events) + 1)))
        self.assertEqual(events[-1]["type"], "ExecutionSucceeded")


class WaitAndStop(VerbCase):
    def test_the_end_is_waited_for(self):
        arn = self.start("Order", "waited", '{"items": [1, 2]}')
        self.assertEqual(json.loads(self.iw102("wait", arn).stdout), OUTPUT)

    def test_a_failure_is_no_success(self):
        arn = self.start("Order", "failed", '{"refuse": 1}')
        self.assertIn("Refused", self.iw102("wait", arn, code=3).stderr)
        self.iw102("wait", arn, "--for", "done")

    def test_a_state_is_waited_for(self):
        order, hold = self.start("Order", "in-pause", '{"items": [1]}'), self.start("Hold", "in-hold")
        self.iw102("wait", order, "--for", "state=Pause")
        self.iw102("wait", order, hold, "--any", "--for", "state=Hold")
        self.assertEqual(self.described(hold)["status"], "RUNNING")
        # The other one ends without having been there.
        self.iw102("wait", order, hold, "--all", "--for", "state=Hold", code=6)

    def test_patience_ends(self):
        arn = self.entered(self.start("Hold", "patience"))
        self.assertIn("iw102 wait", self.iw102("wait", arn, "--timeout", "1s", code=124).stderr)
        self.assertEqual(self.described(arn)["status"], "RUNNING")

    def test_what_is_stopped_says_why(self):
        arn = self.entered(self.start("Hold", "stopped"))
        self.iw102("stop", arn, "--error", "Cancelled", "--cause", "the customer left")
        described = self.ended(arn)
        self.assertEqual(described["status"], "ABORTED")
        self.assertEqual(self.json("status", arn)["status"], "ABORTED")
        self.iw102("wait", arn, code=5)

    def test_neither_emulator_can_redrive(self):
        arn = self.start("Order", "not-redriven", '{"refuse": 1}')
        self.ended(arn)
        self.error("redrive", arn, code=1)
        self.assertEqual(self.described(arn)["status"], "FAILED")


if __name__ == "__main__":
    unittest.main()
