"""Tasks that wait for somebody, in somebody else's AWS: token, heartbeat, succeed, fail."""

import json

from world import eventually

from aws_world import VerbCase


class Callbacks(VerbCase):
    def asked(self, name):
        """An execution that waits, and the token that it sent."""
        arn = self.entered(self.start("Approval", name))
        return arn, self.asked_of(arn)

    def asked_of(self, arn):
        """The token in the message of an execution; the messages of others, which nobody answers, go."""
        queue = self.world.queue

        def look():
            messages = self.world.sqs.receive_message(QueueUrl=queue).get("Messages", [])
            for message in messages:
                self.world.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            bodies = [json.loads(message["Body"]) for message in messages]
            return next((body["token"] for body in bodies if body["of"] == arn), None)

        return eventually(f"{arn} asks", look)

    def test_the_token_is_the_one_that_was_sent(self):
        arn, token = self.asked("token")
        for words in [[arn], [f"{arn}/Ask"], ["Approval:last"], [arn, "--state", "Ask", "--wait", "5s"]]:
            with self.subTest(words=words):
                self.assertEqual(self.iw102("token", *words).stdout, token + "\n")

    def test_somebody_is_waited_for(self):
        arn = self.start("Approval", "waited-for")
        for what in ["waiting", "waiting=Ask"]:
            self.assertIn("Ask", self.iw102("wait", arn, "--for", what).stderr)
        self.asked_of(arn)
        self.iw102("fail", arn)
        self.iw102("wait", arn, "--for", "waiting", code=6)

    def test_success_goes_on_with_the_output(self):
        arn, token = self.asked("succeeds")
        self.iw102("heartbeat", arn)
        self.assertEqual(self.described(arn)["status"], "RUNNING")
        self.iw102("succeed", "--token", "-", "by=Ada", "n:=1", stdin=token)
        ended = self.ended(arn)
        self.assertEqual((ended["status"], json.loads(ended["output"])), ("SUCCEEDED", {"by": "Ada", "n": 1}))

    def test_failure_is_caught(self):
        arn, _ = self.asked("fails")
        self.iw102("fail", arn, "--error", "No", "--cause", "not today")
        ended = self.ended(arn)
        self.assertEqual((ended["status"], ended["error"]), ("FAILED", "NotApproved"))
        self.assertRegex(self.iw102("status", arn).stdout, r"Caught +No in Ask, went on to Refused\n")

    def test_an_answer_by_the_execution_alone(self):
        arn, _ = self.asked("alone")
        self.iw102("succeed", f"{arn}/Ask")
        self.assertEqual(json.loads(self.ended(arn)["output"]), {})

    def test_a_second_answer_comes_too_late(self):
        arn, token = self.asked("twice")
        self.iw102("succeed", "--token", "-", stdin=token)
        self.ended(arn)
        # AWS says TaskTimedOut (14); both emulators forget the token and say InvalidToken.
        said = self.error("succeed", "--token", "-", code=15, stdin=token)
        self.assertNotIn(token, said)

    def test_nobody_waits(self):
        arn = self.start("Order", "nobody-waits", '{"refuse": 1}')
        self.ended(arn)
        self.assertIn("FAILED", self.error("token", arn, code=10))
