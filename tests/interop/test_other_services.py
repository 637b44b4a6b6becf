"""What clients of other services read when AWS_ENDPOINT_URL sends them here."""

import unittest

from botocore.exceptions import ClientError

from world import ACCOUNT, client


class OtherServices(unittest.TestCase):
    def test_the_caller_is_the_account(self):
        identity = client("sts").get_caller_identity()
        self.assertEqual((identity["Account"], identity["UserId"]), (ACCOUNT, ACCOUNT))
        self.assertEqual(identity["Arn"], f"arn:aws:iam::{ACCOUNT}:root")

    def test_each_protocol_says_what_is_served(self):
        for service, operation, members, code, asked in [
            ("sqs", "list_queues", {}, "UnknownOperationException", "sqs:ListQueues"),
            ("dynamodb", "list_tables", {}, "UnknownOperationException", "dynamodb:ListTables"),
            ("events", "list_rules", {}, "UnknownOperationException", "events:ListRules"),
            ("sns", "list_topics", {}, "InvalidAction", "sns:ListTopics"),
            ("iam", "list_roles", {}, "InvalidAction", "iam:ListRoles"),
            ("sts", "get_session_token", {}, "InvalidAction", "sts:GetSessionToken"),
            ("ec2", "describe_vpcs", {}, "InvalidAction", "ec2:DescribeVpcs"),
            ("s3", "list_buckets", {}, "NotImplemented", "s3"),
            ("s3", "put_object", {"Bucket": "b", "Key": "k", "Body": b"x" * 100_000}, "NotImplemented", "s3"),
            ("route53", "list_hosted_zones", {}, "NotImplemented", "route53"),
            ("scheduler", "list_schedules", {}, "UnknownOperationException", "scheduler"),
        ]:
            with self.subTest(service=service, operation=operation):
                with self.assertRaises(ClientError) as caught:
                    getattr(client(service), operation)(**members)
                error = caught.exception.response["Error"]
                self.assertEqual(error["Code"], code)
                self.assertTrue(error["Message"].startswith(f"{asked} is not served here: "), error["Message"])
                self.assertIn("AWS_ENDPOINT_URL_SFN", error["Message"])
                self.assertTrue(caught.exception.response["ResponseMetadata"]["RequestId"])

    def test_a_bucket_is_not_said_to_be_missing(self):
        with self.assertRaises(ClientError) as caught:
            client("s3").head_bucket(Bucket="b")
        self.assertEqual(caught.exception.response["Error"]["Code"], "501")

    def test_an_operation_of_api_gateway_that_is_not_served_says_which_are(self):
        with self.assertRaises(ClientError) as caught:
            client("apigateway").get_domain_names()
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], "NotFoundException")
        self.assertIn("only account, apikeys, usageplans and restapis", error["Message"])
