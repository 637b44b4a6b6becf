"""Who may call what in somebody else's AWS: keys, endpoints, the gateway, logs."""

import os
import unittest

from aws_world import EMULATOR, KEY_VALUES, LOG_GROUP, LOG_LINES, VerbCase


class Keys(VerbCase):
    def test_keys_are_listed_without_their_values(self):
        rows = {row["name"]: row for row in self.json("keys", "list", folder="shop")["keys"]}
        self.assertEqual(set(rows), set(KEY_VALUES))
        self.assertEqual({name: row["id"] for name, row in rows.items()}, self.world.keys)
        self.assertEqual([row["enabled"] for _, row in sorted(rows.items())], [True, False])
        self.assertIn("dev-first", self.iw102("keys", "list", folder="shop").stdout)

    def test_a_key_is_shown_to_who_asks_for_it(self):
        value = KEY_VALUES["dev-first"]
        self.iw102("keys", "show", "dev-first", folder="shop")
        revealed = self.iw102("keys", "show", "dev-first", "--reveal", folder="shop", reveals=[value])
        self.assertEqual(revealed.stdout.strip(), value)

    def test_usage_is_in_neither_emulator(self):
        """GetUsage: moto answers 404 in HTML, LocalStack that it has no such route."""
        said = self.error("keys", "usage", code=1, folder="shop")
        self.assertIn(os.environ["AWS_ENDPOINT_URL"] if EMULATOR == "moto" else "/usageplans/", said)

    def test_a_key_that_is_not_there(self):
        self.assertIn("dev-first", self.error("keys", "show", "dev-frist", code=10, folder="shop"))


class Endpoints(VerbCase):
    def test_routes_are_found(self):
        rows = self.json("endpoints", folder="shop")["endpoints"]
        found = {(row["method"], row["url"]) for row in rows}
        base = f"{os.environ['AWS_ENDPOINT_URL']}/_aws/execute-api/{self.world.rest}/dev/action"
        routes = [("GET", "start"), ("POST", "start"), ("POST", "status"), ("POST", "stop")]
        self.assertEqual(found, {(method, f"{base}/{part}") for method, part in routes})
        self.assertIn("/dev/action/start", self.iw102("endpoints", folder="shop").stdout)

    def test_a_request_is_printed_instead_of_sent(self):
        words = ["http", "POST", "/action/start", "a=1", "--api-key", "name:dev-first", "--offline"]
        printed = self.iw102(*words, folder="shop").stdout
        self.assertIn(f"POST /_aws/execute-api/{self.world.rest}/dev/action/start", printed)
        self.assertIn('{"a":"1"}', printed)


@unittest.skipIf(EMULATOR == "moto", "moto plays no routes to Step Functions")
class Gateway(VerbCase):
    """Through a route with a key, as boto3 made them; the gateway and its checks are LocalStack's."""

    def api(self):
        endpoint = os.environ["AWS_ENDPOINT_URL"]
        return ["--api", f"{endpoint}/_aws/execute-api/{self.world.rest}/dev"]

    def through(self, command, *words, key="env:KEY", **members):
        members = {"KEY": KEY_VALUES["dev-first"], "folder": "shop", **members}
        return self.iw102(command, *words, *self.api(), f"--api-key={key}", **members)

    def test_a_start_is_described_and_stopped(self):
        arn = self.through("start", "hold:=1").stdout.strip()
        self.addCleanup(self.stop, arn)
        described = self.described(arn)
        self.assertEqual((described["status"], described["input"]), ("RUNNING", '{"hold":1}'))
        self.assertRegex(self.through("status", arn).stdout, r"Status +RUNNING\n")
        self.entered(arn)
        self.through("stop", arn, "--error", "Cancelled")
        self.assertEqual(self.ended(arn)["status"], "ABORTED")

    def test_a_key_is_read_from_aws(self):
        for words in [["--api-key=name:dev-first"], ["--api-key"]]:
            arn = self.iw102("start", "order", "refuse:=1", *self.api(), *words, folder="shop").stdout.strip()
            self.assertEqual(self.ended(arn)["status"], "FAILED")

    def test_a_key_is_refused(self):
        for key in ["name:dev-second", "env:OTHER"]:
            said = self.through("start", "items:=[1]", key=key, OTHER="x" * 40, code=12).stderr
            self.assertIn("request ", said)
        self.iw102("start", "items:=[1]", *self.api(), folder="shop", code=12)

    def test_a_route_that_is_not_there(self):
        self.assertIn("no route", self.through("http", "GET", "/nope", code=10).stderr)


class Logs(VerbCase):
    def test_what_a_function_printed(self):
        for words, folder in [(["hello"], "shop"), ([LOG_GROUP.removeprefix("/aws/lambda/")], "empty")]:
            with self.subTest(words=words):
                shown = self.iw102("logs", *words, "--since", "1h", folder=folder).stdout
                self.assertEqual([line.split("  ", 1)[1] for line in shown.splitlines()], LOG_LINES)

    def test_what_is_older_is_left_out(self):
        self.assertEqual(self.iw102("logs", "hello", "--since", "1s", folder="shop").stdout, "")

    def test_a_function_that_is_not_there(self):
        self.assertIn("nobody", self.error("logs", "nobody", code=10, folder="shop"))
