"""Service integrations of tasks, against somebody else's AWS: what a task sends arrives, what it records is what AWS records."""

import json
import os
import unittest

import boto3
from botocore.exceptions import ClientError

from world import ACCOUNT, REGION, StepFunctionsCase, machine_arn

ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"


def elsewhere(service):
    return boto3.client(
        service,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        region_name=REGION,
        aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "any"),
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "any"),
        aws_session_token=os.environ.get("AWS_SESSION_TOKEN"),
    )


def task(resource, parameters, **more):
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True, **more}


class Integrations(StepFunctionsCase):
    def machine(self, name, state):
        definition = {"StartAt": "Call", "States": {"Call": state}}
        self.sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
        return machine_arn(name)

    def run_task(self, resource, parameters, **more):
        """The description of an execution of one task, once it has ended."""
        arn = self.machine(self.id().rsplit(".", 1)[-1][:60], task(resource, parameters, **more))
        self.addCleanup(self.sfn.delete_state_machine, stateMachineArn=arn)
        return self.ended(self.sfn.start_execution(stateMachineArn=arn)["executionArn"])

    def succeeds(self, resource, parameters):
        described = self.run_task(resource, parameters)
        self.assertEqual(described["status"], "SUCCEEDED", (described.get("error"), described.get("cause")))
        output = json.loads(described["output"])
        metadata = output.pop("SdkHttpMetadata", None), output.pop("SdkResponseMetadata", None)
        return output, metadata

    def fails(self, resource, parameters, error, cause):
        described = self.run_task(resource, parameters)
        self.assertEqual((described["status"], described.get("error")), ("FAILED", error), described.get("cause"))
        self.assertRegex(described["cause"], cause)

    def test_sqs_gets_an_object_as_its_json(self):
        sqs = elsewhere("sqs")
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        attributes = {"colour": {"DataType": "String", "StringValue": "red"}}
        parameters = {"QueueUrl": url, "MessageBody": {"a": 1}, "MessageAttributes": attributes}
        output, (http, sdk) = self.succeeds("sqs:sendMessage", parameters)
        self.assertEqual(set(output), {"MD5OfMessageBody", "MD5OfMessageAttributes", "MessageId"})
        self.assertEqual((http["HttpStatusCode"], list(sdk)), (200, ["RequestId"]))
        message = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"][0]
        self.assertEqual(json.loads(message["Body"]), {"a": 1})
        self.assertEqual(message["MessageAttributes"]["colour"]["StringValue"], "red")
        sqs.send_message(QueueUrl=url, MessageBody="second")
        output, _ = self.succeeds_again("aws-sdk:sqs:receiveMessage", {"QueueUrl": url})
        self.assertEqual(output["Messages"][0]["Body"], "second")
        self.assertIn("Md5OfBody", output["Messages"][0])

    def succeeds_again(self, resource, parameters):
        self.doCleanups()
        return self.succeeds(resource, parameters)

    def test_a_queue_that_is_not_there(self):
        self.fails("sqs:sendMessage", {"QueueUrl": "http://no-such-queue", "MessageBody": "m"}, "SQS.SdkClientException", "no-such-queue")

    def test_sns_publishes(self):
        sns = elsewhere("sns")
        topic = sns.create_topic(Name="t")["TopicArn"]
        output, _ = self.succeeds("sns:publish", {"TopicArn": topic, "Message": {"a": 1}, "MessageAttributes": {"k": {"DataType": "String", "StringValue": "v"}}})
        self.assertEqual(list(output), ["MessageId"])
        self.doCleanups()
        cause = r"\(Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: [^;]+; Proxy: null\)$"
        self.fails("sns:publish", {"TopicArn": topic + "x", "Message": "m"}, "SNS.NotFoundException", cause)

    def test_dynamodb_puts_updates_and_gets(self):
        elsewhere("dynamodb").create_table(
            TableName="items",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        key = {"id": {"S": "1"}}
        output, _ = self.succeeds("dynamodb:putItem", {"TableName": "items", "Item": {**key, "on": {"BOOL": True}}})
        self.assertEqual(output, {})
        change = {
            "TableName": "items", "Key": key, "UpdateExpression": "set S=:r",
            "ExpressionAttributeValues": {":r": {"S": "new"}}, "ReturnValues": "UPDATED_NEW",
        }
        output, _ = self.succeeds_again("dynamodb:updateItem", change)
        self.assertEqual(output["Attributes"], {"S": {"S": "new"}})
        output, _ = self.succeeds_again("dynamodb:getItem", {"TableName": "items", "Key": key})
        # Nobody asked for the capacity, which moto tells all the same.
        self.assertEqual(output, {"Item": {**key, "on": {"BOOL": True}, "S": {"S": "new"}}})
        asking = {"TableName": "items", "Key": key, "ReturnConsumedCapacity": "TOTAL"}
        output, _ = self.succeeds_again("dynamodb:getItem", asking)
        self.assertEqual(output["ConsumedCapacity"]["TableName"], "items")
        output, metadata = self.succeeds_again("aws-sdk:dynamodb:getItem", {"TableName": "items", "Key": key})
        self.assertEqual(output, {"Item": {**key, "on": {"Bool": True}, "S": {"S": "new"}}})
        self.assertEqual(metadata, (None, None))

    def test_a_table_that_is_not_there(self):
        parameters = {"TableName": "none", "Item": {"id": {"S": "1"}}}
        words = r"Requested resource not found"
        old = words + r" \(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: [^;]+; Proxy: null\)$"
        self.fails("dynamodb:putItem", parameters, "DynamoDB.ResourceNotFoundException", old)
        self.doCleanups()
        new = words + r" \(Service: DynamoDb, Status Code: 400, Request ID: [^,]+\)$"
        self.fails("aws-sdk:dynamodb:putItem", parameters, "DynamoDb.ResourceNotFoundException", new)

    def test_events_are_put(self):
        entries = [{"Source": "s", "DetailType": "d", "Detail": {"a": 1}}]
        output, _ = self.succeeds("events:putEvents", {"Entries": entries})
        self.assertEqual((output["FailedEntryCount"], list(output["Entries"][0])), (0, ["EventId"]))
        self.doCleanups()
        wrong = [{"Source": "s", "DetailType": "d", "Detail": "no JSON"}]
        self.fails("events:putEvents", {"Entries": wrong}, "EventBridge.FailedEntry", '"ErrorCode":"MalformedDetail"')

    def test_s3_puts_gets_and_lists(self):
        s3 = elsewhere("s3")
        s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.succeeds("aws-sdk:s3:putObject", {"Bucket": "bucket", "Key": "a/b c.json", "Body": {"a": 1}})
        self.assertEqual(s3.get_object(Bucket="bucket", Key="a/b c.json")["Body"].read(), b'{"a":1}')
        s3.put_object(Bucket="bucket", Key="text", Body=b"text data", Metadata={"colour": "red"})
        output, _ = self.succeeds_again("aws-sdk:s3:getObject", {"Bucket": "bucket", "Key": "text"})
        self.assertEqual((output["Body"], output["ContentLength"], output["Metadata"]), ("text data", 9, {"colour": "red"}))
        self.assertRegex(output["LastModified"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        output, _ = self.succeeds_again("aws-sdk:s3:listObjectsV2", {"Bucket": "bucket"})
        self.assertEqual([item["Key"] for item in output["Contents"]], ["a/b c.json", "text"])
        delete = {"Objects": [{"Key": "text"}]}
        output, _ = self.succeeds_again("aws-sdk:s3:deleteObjects", {"Bucket": "bucket", "Delete": delete})
        self.assertEqual(output["Deleted"][0]["Key"], "text")

    def test_a_bucket_that_is_not_there(self):
        cause = r"The specified bucket does not exist \(Service: S3, Status Code: 404, Request ID: [a-zA-Z0-9-]+, Extended Request ID: [a-zA-Z0-9-/=+]+\)$"
        self.fails("aws-sdk:s3:listObjects", {"Bucket": "none"}, "S3.NoSuchBucketException", cause)

    def test_other_protocols_are_spoken(self):
        # Connections of other tests have secrets.
        named = {"Filters": [{"Key": "name", "Values": ["none-of-this-name"]}]}
        output, _ = self.succeeds("aws-sdk:secretsmanager:listSecrets", named)
        self.assertEqual(output, {"SecretList": []})
        output, _ = self.succeeds_again("aws-sdk:sts:getCallerIdentity", {})
        self.assertEqual(set(output), {"Account", "Arn", "UserId"})
        output, _ = self.succeeds_again("aws-sdk:ssm:putParameter", {"Name": "p", "Value": "v", "Type": "String"})
        self.assertEqual(output["Version"], 1)
        output, _ = self.succeeds_again("aws-sdk:apigateway:createRestApi", {"Name": "api"})
        self.assertEqual(output["Name"], "api")
        self.assertRegex(output["CreatedDate"], r"^\d{4}-")

    def test_an_execution_in_an_execution(self):
        inner = self.machine("inner", {"Type": "Pass", "Result": {"a": 1}, "End": True})
        output, (http, _) = self.succeeds("states:startExecution", {"StateMachineArn": inner, "Input": {"b": 2}})
        self.assertEqual((set(output), http["HttpStatusCode"]), ({"ExecutionArn", "StartDate"}, 200))
        self.assertEqual(self.ended(output["ExecutionArn"])["input"], '{"b":2}')
        output, _ = self.succeeds_again("states:startExecution.sync", {"StateMachineArn": inner})
        self.assertEqual((output["Input"], output["Output"], output["Status"]), ("{}", '{"a":1}', "SUCCEEDED"))
        output, _ = self.succeeds_again("states:startExecution.sync:2", {"StateMachineArn": inner})
        self.assertEqual((output["Input"], output["Output"]), ({}, {"a": 1}))
        self.doCleanups()
        fails = self.machine("fails", {"Type": "Fail", "Error": "E", "Cause": "c"})
        self.fails("states:startExecution.sync", {"StateMachineArn": fails}, "States.TaskFailed", '"Cause":"c"')
        self.doCleanups()
        cause = r"\(Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: .*; Proxy: null\)$"
        self.fails("states:startExecution", {"StateMachineArn": machine_arn("none")}, "StepFunctions.StateMachineDoesNotExistException", cause)

    def test_jobs_are_waited_for(self):
        query = {"QueryString": "SELECT 1", "ResultConfiguration": {"OutputLocation": "s3://bucket/"}}
        output, _ = self.succeeds("athena:startQueryExecution.sync", query)
        self.assertEqual(output["QueryExecution"]["Status"]["State"], "SUCCEEDED")
        elsewhere("glue").create_job(Name="job", Role=ROLE, Command={"Name": "glueetl", "ScriptLocation": "s3://bucket/s"})
        output, _ = self.succeeds_again("glue:startJobRun", {"JobName": "job"})
        self.assertEqual(set(output), {"JobName", "JobRunId"})
        output, _ = self.succeeds_again("glue:startJobRun.sync", {"JobName": "job"})
        self.assertEqual((output["JobName"], output["JobRunState"]), ("job", "SUCCEEDED"))
        self.doCleanups()
        self.fails("glue:startJobRun.sync", {"JobName": "none"}, "Glue.EntityNotFoundException", "none")

    def test_a_token_that_is_not_there(self):
        parameters = {"TaskToken": "NoSuchTaskToken", "Output": "{}"}
        cause = r"^Invalid Token: 'Invalid token' \(Service: Sfn, Status Code: 400, Request ID: "
        self.fails("aws-sdk:sfn:sendTaskSuccess", parameters, "Sfn.InvalidTokenException", cause)

    def test_what_is_not_known_is_told(self):
        self.fails("aws-sdk:robots:move", {}, "States.Runtime", "can call: apigateway, athena, ")
        self.doCleanups()
        self.fails("aws-sdk:sqs:sendMessages", {}, "States.Runtime", "no action")
        self.doCleanups()
        self.fails("aws-sdk:sqs:sendMessage", {"Queue": "q"}, "States.Runtime", '"Queue" is not supported by Step Functions')

    def connection(self, target):
        """A connection that names an operation of the server: states must not have such headers."""
        key = {"ApiKeyName": "X-Amz-Target", "ApiKeyValue": f"AWSStepFunctions.{target}"}
        parameters = {"ApiKeyAuthParameters": key}
        made = elsewhere("events").create_connection(Name=target, AuthorizationType="API_KEY", AuthParameters=parameters)
        return {"ConnectionArn": made["ConnectionArn"]}

    def test_an_api_over_http(self):
        """The server's own endpoint is an API as good as any."""
        endpoint = os.environ["AWS_ENDPOINT_URL_SFN"]
        parameters = {"ApiEndpoint": endpoint, "Method": "POST", "RequestBody": {},
                      "Headers": {"Content-Type": "application/x-amz-json-1.0"},
                      "Authentication": {"ConnectionArn": "arn:aws:events:eu-west-1:1:connection/none/id"}}
        self.fails("http:invoke", parameters, "Events.ConnectionResource.ResourceNotFound", "none")
        self.doCleanups()
        parameters["Authentication"] = self.connection("ListActivities")
        output, _ = self.succeeds("http:invoke", parameters)
        self.assertEqual((output["ResponseBody"], output["StatusCode"], output["StatusText"]), ({"activities": []}, 200, "OK"))
        self.assertEqual(output["Headers"]["content-type"], ["application/x-amz-json-1.0"])
        parameters["Authentication"] = self.connection("Nothing")
        self.doCleanups()
        self.fails("http:invoke", parameters, "States.Http.StatusCode.400", "UnknownOperationException")
        self.doCleanups()
        parameters["Headers"]["X-Amz-Target"] = "AWSStepFunctions.ListActivities"
        self.fails("http:invoke", parameters, "States.Runtime", "unsupported values: X-Amz-Target")
        self.doCleanups()
        del parameters["Headers"]
        parameters["ApiEndpoint"] = "http://127.0.0.1:1"
        self.fails("http:invoke", parameters, "States.Http.Socket", "refused")
        self.doCleanups()
        invoke = {"ApiEndpoint": endpoint, "Method": "GET", "Path": "nothing"}
        described = self.run_task("apigateway:invoke", invoke)
        self.assertRegex(described["error"], r"^ApiGateway\.4\d\d$")

    def test_mocked_responses(self):
        retry = [{"ErrorEquals": ["SQS.Busy"], "IntervalSeconds": 1, "MaxAttempts": 1}]
        arn = self.machine("mocked", task("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "m"}, Retry=retry))
        described = self.ended(self.sfn.start_execution(stateMachineArn=f"{arn}#Happy")["executionArn"])
        self.assertEqual((described["status"], described.get("output")), ("SUCCEEDED", '{"MessageId":"mocked"}'))
        self.assertEqual(described["stateMachineArn"], arn)
        with self.assertRaises(ClientError) as caught:
            self.sfn.start_execution(stateMachineArn=f"{arn}#Sad")
        self.assertEqual(caught.exception.response["Error"]["Code"], "InvalidName")
        self.assertIn('has no test case "Sad"', caught.exception.response["Error"]["Message"])


if __name__ == "__main__":
    unittest.main()
