"""Lambda by boto3."""

import base64
import json
import unittest

from botocore.exceptions import ClientError

from world import ACCOUNT, REGION, client

ECHO = "interop-dev-echo"


class Lambda(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = client("lambda")
        cls.exceptions = cls.client.exceptions

    def test_a_function_is_invoked(self):
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{ECHO}"
        for name in [ECHO, arn, f"{arn}:$LATEST", f"{ACCOUNT}:function:{ECHO}"]:
            answer = self.client.invoke(FunctionName=name, Payload=b'{"a": 1}')
            self.assertEqual((answer["StatusCode"], answer["ExecutedVersion"]), (200, "$LATEST"))
            self.assertNotIn("FunctionError", answer)
            self.assertEqual(answer["Payload"].read(), b'{"a": 1}')
        self.assertEqual(self.client.invoke(FunctionName=ECHO)["Payload"].read(), b"{}")
        self.assertEqual(self.client.invoke(FunctionName=ECHO, Qualifier="live")["StatusCode"], 200)

    def test_a_function_error_comes_with_its_log(self):
        answer = self.client.invoke(FunctionName="interop-dev-breaks", LogType="Tail")
        self.assertEqual((answer["StatusCode"], answer["FunctionError"]), (200, "Unhandled"))
        self.assertEqual(json.load(answer["Payload"])["errorType"], "Runtime.ExitError")
        self.assertIn("before the end", base64.b64decode(answer["LogResult"]).decode())

    def test_other_types_of_invocation_do_not_wait(self):
        for kind, status in [("Event", 202), ("DryRun", 204)]:
            answer = self.client.invoke(FunctionName=ECHO, InvocationType=kind)
            self.assertEqual((answer["StatusCode"], answer["Payload"].read()), (status, b""))

    def test_what_cannot_be_invoked_is_refused(self):
        with self.assertRaises(self.exceptions.ResourceNotFoundException) as missing:
            self.client.invoke(FunctionName="nope")
        self.assertIn("Function not found", str(missing.exception))
        with self.assertRaises(self.exceptions.InvalidRequestContentException):
            self.client.invoke(FunctionName=ECHO, Payload=b"{")
        with self.assertRaises(self.exceptions.RequestTooLargeException):
            self.client.invoke(FunctionName=ECHO, Payload=b'"' + b"x" * (6 << 20) + b'"')
        with self.assertRaises(self.exceptions.InvalidParameterValueException):
            self.client.invoke(FunctionName=ECHO, InvocationType="Later")
        with self.assertRaises(ClientError) as unknown:
            self.client.delete_function(FunctionName=ECHO)
        self.assertEqual(unknown.exception.response["Error"]["Code"], "UnknownOperationException")

    def test_functions_are_listed_and_described(self):
        pages = self.client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
        names = [function["FunctionName"] for page in pages for function in page["Functions"]]
        self.assertEqual(names, ["interop-dev-breaks", ECHO, "interop-dev-says"])
        described = self.client.get_function(FunctionName=ECHO)["Configuration"]
        self.assertEqual((described["Timeout"], described["State"], described["Version"]), (6, "Active", "$LATEST"))
        self.assertEqual(self.client.get_function_configuration(FunctionName=ECHO)["FunctionName"], ECHO)
        self.client.get_waiter("function_active_v2").wait(FunctionName=ECHO)
        with self.assertRaises(self.exceptions.ResourceNotFoundException):
            self.client.get_function(FunctionName="nope")
