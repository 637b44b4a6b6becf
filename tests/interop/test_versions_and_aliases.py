"""Versions and aliases by boto3."""

import json

from world import ACCOUNT, StepFunctionsCase, machine_arn

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


def definition(result):
    return json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": result, "End": True}}})


class VersionsAndAliases(StepFunctionsCase):
    def machine(self, name, **more):
        made = self.sfn.create_state_machine(name=name, definition=definition(1), roleArn=ROLE, **more)
        self.addCleanup(self.sfn.delete_state_machine, stateMachineArn=made["stateMachineArn"])
        return made

    def refusal(self, operation, **parameters):
        with self.assertRaises(self.sfn.exceptions.ClientError) as caught:
            operation(**parameters)
        error = caught.exception.response["Error"]
        return error["Code"], error["Message"]

    def run_to_its_end(self, arn, **more):
        return self.ended(self.sfn.start_execution(stateMachineArn=arn, **more)["executionArn"])

    def test_versions_keep_what_was_published(self):
        made = self.machine("versions", publish=True, versionDescription="first")
        arn, first = made["stateMachineArn"], made["stateMachineVersionArn"]
        self.assertEqual(first, f"{arn}:1")
        described = self.sfn.describe_state_machine(stateMachineArn=first)
        self.assertEqual((described["stateMachineArn"], described["description"]), (first, "first"))
        updated = self.sfn.update_state_machine(stateMachineArn=arn, definition=definition(2), publish=True)
        self.assertEqual(updated["stateMachineVersionArn"], f"{arn}:2")
        self.assertEqual(json.loads(self.sfn.describe_state_machine(stateMachineArn=first)["definition"]),
                         json.loads(definition(1)))
        self.assertEqual(self.run_to_its_end(first)["output"], "1")
        ran = self.run_to_its_end(f"{arn}:2")
        self.assertEqual((ran["output"], ran["stateMachineVersionArn"]), ("2", f"{arn}:2"))
        self.assertEqual(ran["stateMachineArn"], arn)
        of_second = self.sfn.list_executions(stateMachineArn=f"{arn}:2")["executions"]
        self.assertEqual([item["executionArn"] for item in of_second], [ran["executionArn"]])
        page = self.sfn.list_state_machine_versions(stateMachineArn=arn, maxResults=1)
        self.assertEqual([item["stateMachineVersionArn"] for item in page["stateMachineVersions"]], [f"{arn}:2"])
        page = self.sfn.list_state_machine_versions(stateMachineArn=arn, nextToken=page["nextToken"])
        self.assertEqual([item["stateMachineVersionArn"] for item in page["stateMachineVersions"]], [first])
        self.sfn.delete_state_machine_version(stateMachineVersionArn=first)
        code, message = self.refusal(self.sfn.start_execution, stateMachineArn=first)
        self.assertEqual((code, message), ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{first}'"))

    def test_what_cannot_be_published_is_refused(self):
        arn = self.machine("unpublished")["stateMachineArn"]
        publish = self.sfn.publish_state_machine_version
        code, message = self.refusal(publish, stateMachineArn=arn, revisionId="other")
        self.assertEqual(code, "ConflictException")
        self.assertIn("The current State Machine revision is INITIAL.", message)
        self.assertEqual(self.refusal(publish, stateMachineArn=machine_arn("nope"))[0], "StateMachineDoesNotExist")
        self.assertEqual(self.refusal(publish, stateMachineArn="wrong")[0], "InvalidArn")
        self.assertEqual(self.refusal(publish, stateMachineArn=f"{arn}:1")[0], "ValidationException")
        for operation, more in [
            (self.sfn.create_state_machine, {"name": "described", "roleArn": ROLE}),
            (self.sfn.update_state_machine, {"stateMachineArn": arn}),
        ]:
            refused = self.refusal(operation, definition=definition(1), versionDescription="d", **more)
            told = "Version description can only be set when publish is true"
            self.assertEqual(refused, ("ValidationException", told))

    def test_an_alias_routes_and_can_be_changed(self):
        arn = self.machine("aliased", publish=True)["stateMachineArn"]
        self.sfn.update_state_machine(stateMachineArn=arn, definition=definition(2), publish=True)
        first = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
        second = [{"stateMachineVersionArn": f"{arn}:2", "weight": 100}]
        alias = self.sfn.create_state_machine_alias(name="live", routingConfiguration=first)["stateMachineAliasArn"]
        self.assertEqual(alias, f"{arn}:live")
        ran = self.run_to_its_end(alias)
        self.assertEqual((ran["output"], ran["stateMachineAliasArn"]), ("1", alias))
        self.assertEqual(ran["stateMachineVersionArn"], f"{arn}:1")
        history = self.sfn.get_execution_history(executionArn=ran["executionArn"])["events"]
        self.assertEqual(history[0]["executionStartedEventDetails"]["stateMachineAliasArn"], alias)
        self.sfn.update_state_machine_alias(stateMachineAliasArn=alias, description="d", routingConfiguration=second)
        self.assertEqual(self.run_to_its_end(alias)["output"], "2")
        described = self.sfn.describe_state_machine_alias(stateMachineAliasArn=alias)
        self.assertEqual((described["name"], described["description"]), ("live", "d"))
        self.assertEqual(described["routingConfiguration"], second)
        held = self.refusal(self.sfn.delete_state_machine_version, stateMachineVersionArn=f"{arn}:2")
        self.assertEqual(held[0], "ConflictException")
        listed = self.sfn.list_state_machine_aliases(stateMachineArn=f"{arn}:1")["stateMachineAliases"]
        self.assertEqual(listed, [])
        listed = self.sfn.list_state_machine_aliases(stateMachineArn=f"{arn}:2")["stateMachineAliases"]
        self.assertEqual([item["stateMachineAliasArn"] for item in listed], [alias])
        self.sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
        describe = self.sfn.describe_state_machine_alias
        self.assertEqual(self.refusal(describe, stateMachineAliasArn=alias)[0], "ResourceNotFound")

    def test_aliases_that_cannot_be_are_refused(self):
        arn = self.machine("refusing", publish=True)["stateMachineArn"]
        first = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
        create = self.sfn.create_state_machine_alias
        for name in ["123", "a b", "ä", "x" * 81]:
            code, message = self.refusal(create, name=name, routingConfiguration=first)
            self.assertEqual(code, "ValidationException")
            self.assertIn(f"1 validation error detected: Value '{name}' at 'name' failed", message)
        create(name="taken", routingConfiguration=first)
        refused = self.refusal(create, name="taken", description="other", routingConfiguration=first)
        self.assertEqual(refused[0], "ConflictException")
        gone = [{"stateMachineVersionArn": f"{arn}:7", "weight": 100}]
        self.assertEqual(self.refusal(create, name="gone", routingConfiguration=gone)[0], "ResourceNotFound")
        update = self.sfn.update_state_machine_alias
        self.assertEqual(self.refusal(update, stateMachineAliasArn=f"{arn}:taken")[0], "ValidationException")
        other = self.machine("another", publish=True)["stateMachineVersionArn"]
        halves = [{"stateMachineVersionArn": version, "weight": 50} for version in (f"{arn}:1", other)]
        refused = self.refusal(create, name="both", routingConfiguration=halves)
        self.assertEqual(refused[0], "ValidationException")
        self.assertIn("versions of the same state machine", refused[1])

    def test_an_express_version_answers_at_once(self):
        made = self.machine("express-version", publish=True, type="EXPRESS")
        answer = self.sfn.start_sync_execution(stateMachineArn=made["stateMachineVersionArn"])
        self.assertEqual((answer["status"], answer["output"]), ("SUCCEEDED", "1"))
        code, _ = self.refusal(self.sfn.list_executions, stateMachineArn=made["stateMachineVersionArn"])
        self.assertEqual(code, "StateMachineTypeNotSupported")
