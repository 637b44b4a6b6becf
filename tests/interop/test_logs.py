"""CloudWatch Logs by boto3: what functions printed."""

import unittest

from world import client

GROUP = "/aws/lambda/interop-dev-says"


class Logs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = client("logs")
        functions = client("lambda")
        for event in [b'"line 1 ERROR;line 2"', b'"line 3;line 4 ERROR disk full"']:
            functions.invoke(FunctionName="interop-dev-says", Payload=event)

    def filtered(self, **members):
        pages = self.client.get_paginator("filter_log_events").paginate(
            logGroupName=GROUP, PaginationConfig={"PageSize": 2}, **members
        )
        messages = [event["message"] for page in pages for event in page["events"]]
        return [message for message in messages if message.startswith("line ")]

    def streams(self, **members):
        pages = self.client.get_paginator("describe_log_streams").paginate(
            logGroupName=GROUP, PaginationConfig={"PageSize": 1}, **members
        )
        return [stream["logStreamName"] for page in pages for stream in page["logStreams"]]

    def test_events_are_filtered(self):
        everything = ["line 1 ERROR", "line 2", "line 3", "line 4 ERROR disk full"]
        # So `aws logs tail` asks.
        self.assertEqual(self.filtered(interleaved=True, startTime=0), everything)
        self.assertEqual(self.filtered(filterPattern="ERROR"), [everything[0], everything[3]])
        self.assertEqual(self.filtered(filterPattern='"disk full" -never'), [everything[3]])
        older = self.filtered(logStreamNames=[self.streams(orderBy="LastEventTime")[0]])
        self.assertIn(older, [everything[:2], everything[2:]])
        with self.assertRaises(self.client.exceptions.InvalidParameterException):
            self.filtered(filterPattern="{ $.level = 3 }")

    def test_one_stream_is_read_forwards_and_backwards(self):
        [stream, _] = self.streams()

        def read(token, **members):
            events = []
            while True:
                page = self.client.get_log_events(logGroupName=GROUP, logStreamName=stream, limit=1, **members)
                if page[token] == members.get("nextToken"):
                    return events
                events += page["events"]
                members = {"nextToken": page[token]}

        forwards = read("nextForwardToken", startFromHead=True)
        self.assertGreater(len(forwards), 2)
        self.assertEqual(read("nextBackwardToken"), forwards[::-1])

    def test_groups_and_streams_are_described(self):
        pages = self.client.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 1})
        groups = {group["logGroupName"]: group for page in pages for group in page["logGroups"]}
        self.assertLessEqual({GROUP, "/aws/lambda/interop-dev-echo"}, set(groups))
        self.assertGreater(groups[GROUP]["storedBytes"], 0)
        names = self.streams()
        self.assertEqual((len(names), names), (2, sorted(names)))
        self.assertEqual(self.streams(descending=True), names[::-1])
        with self.assertRaises(self.client.exceptions.ResourceNotFoundException):
            self.client.describe_log_streams(logGroupName="/aws/lambda/nope")
        with self.assertRaises(self.client.exceptions.ResourceNotFoundException):
            self.client.get_log_events(logGroupName=GROUP, logStreamName="nope")
