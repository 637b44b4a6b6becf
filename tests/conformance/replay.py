"""Replays recorded cases through the HTTP API of `iw102 dev` and compares the answers: `replay.py BINARY MOTO LOCALSTACK`.

IW102_CONFORMANCE_DIR names the cases, IW102_CONFORMANCE_ONLY a part of the ids of those to run. A line of JSON for each case
goes to stdout: {"id", "kind", "passed", "whole", "key", "difference", "seconds"}; `whole` is with nothing left out.

The recordings leave out the calls that only looked while something was waited for. So an answer is looked for where the kind of
the answer says that it comes from:
- histories are those of the last executions, one each, in the order of their starts, read once the execution has ended;
- what else only looks (lists, descriptions of executions, messages, log events) is looked at between two calls;
- all other answers are those of the calls in their order.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apis
import boto3
import lambdas
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from compare import Comparison

ACCOUNT, REGION = "000000000000", "us-east-1"
AT_ONCE = 24
# Programs sleep for 60 s.
PATIENCE_SECONDS = 75
LOOKS_SECONDS = 6
# Express executions are seen by their logs only, and retries make some last 7.5 s.
EXPRESS_SECONDS = 15
ERRORS = ("Error", "exception_typename")
# LocalStack's DynamoDB is a program in Java that it fetches.
OF_MOTO = ("dynamodb",)
# Where the recordings' APIs were.
RECORDED_GATEWAY = "http://127.0.0.1:4611"
CLEANING = ("Stop", "Delete", "Remove")
SENDS = ("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat")
# What a client that sends once says more than one that sent no second time.
RETRIED = re.compile(r" \(reached max retries: \d+\)")
# What the definitions of cases of this kind sleep for is known by their programs.
SLEEPER = "wait_60_seconds.py"


def client(service, endpoint, key="test"):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key="test",
        config=Config(
            retries={"total_max_attempts": 1},
            connect_timeout=5,
            read_timeout=PATIENCE_SECONDS,
            inject_host_prefix=False,
            s3={"addressing_style": "path"},
            max_pool_connections=AT_ONCE,
        ),
    )


class World:
    """What all cases share: functions and somebody else's AWS."""

    def __init__(self, binary, moto, localstack):
        self.binary, self.moto, self.localstack = binary, moto, localstack
        self.functions, self.lambdas = lambdas.serve()
        self.apis, self.gateway = apis.serve(self.functions)
        self.lock, self.clients = threading.Lock(), {}

    def client(self, service):
        with self.lock:
            if service not in self.clients:
                self.clients[service] = client(service, self.moto if service in OF_MOTO else self.localstack)
            return self.clients[service]


class Server:
    """`iw102 dev` for one case."""

    def __init__(self, world):
        self.folder = tempfile.TemporaryDirectory()
        ready = Path(self.folder.name, "ready.json")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": self.folder.name,
            "IW102_HOME": self.folder.name,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ACCOUNT_ID": ACCOUNT,
            "AWS_ENDPOINT_URL": world.localstack,
            "AWS_ENDPOINT_URL_LAMBDA": world.lambdas,
            "AWS_ENDPOINT_URL_DYNAMODB": world.moto,
        }
        self.process = subprocess.Popen(
            [world.binary, "dev", "--memory", "--port", "0", "--api-port", "off", "--ready-file", str(ready)],
            cwd=self.folder.name, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(Path(self.folder.name, "stderr"), "w"),
        )
        deadline = time.monotonic() + 30
        while not (ready.exists() and ready.read_text().strip()):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(Path(self.folder.name, "stderr").read_text())
            time.sleep(0.01)
        said = ready.read_text()
        self.endpoint = "http://" + said.split("http://", 1)[1].split('"')[0].rstrip("/")

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.folder.cleanup()


class Mismatch(Exception):
    """A recorded answer that nothing agreed with."""


class Replay:
    def __init__(self, world, case, sfn):
        self.world, self.case, self.sfn, self.others = world, case, sfn, {}
        self.comparison = Comparison(case)
        self.calls = [call for call in case["calls"]]
        self.next = 0
        # The first difference in what the case leaves out, and the first call that was refused.
        self.more = self.refused = None
        self.substituted, self.machines, self.executions, self.sync = {}, [], [], []
        self.groups, self.messages, self.receivers = [], [], []
        self.substituted[RECORDED_GATEWAY] = world.gateway
        self.over, self.slept = threading.Event(), False
        self.recorded = case["recorded"]
        self.histories = [key for key, answer in self.recorded.items() if is_history(answer)]
        self.started = sum(call["operation"] == "StartExecution" for call in self.calls)
        # Of the answers that could have been it, that with the least differences.
        self.nearest = None

    # What comes of calls.

    def run(self):
        """Compares every recorded answer."""
        last = None
        for key, recorded in self.recorded.items():
            self.nearest = None
            if last is not None and self.agrees(last, recorded):
                last = None
                continue
            last = None
            while not self.sees(key, recorded):
                if self.next == len(self.calls) or (is_history(recorded) and self.is_history_read(key)):
                    raise Mismatch(key, self.nearest)
                answers = self.call()
                if self.agrees(answers, recorded):
                    break
                last = answers
        while self.next < len(self.calls):
            self.call()

    def agrees(self, answers, recorded):
        for answer in answers:
            differs = self.comparison.differences(answer, recorded)
            if not differs:
                more = self.comparison.differences(answer, recorded, strict=True)
                self.more = self.more or (more[0] if more else None)
                return True
            alike = likeness(answer, recorded)
            if alike and (self.nearest is None or (alike, -len(differs)) > (self.nearest[0], -self.nearest[1])):
                self.nearest = (alike, len(differs), differs[0])
        return False

    def call(self):
        """Sends the next call, with this run's names; gives the forms in which recordings have its answer."""
        call = self.calls[self.next]
        self.next += 1
        service, operation = call["service"], call["operation"]
        parameters = self.substitute(call["params"])
        if service == "lambda":
            return self.call_lambda(operation, parameters)
        if service != "stepfunctions":
            return self.call_other(service, operation, parameters)
        if operation in SENDS:
            parameters["taskToken"] = self.token()
        answers = send(self.caller(parameters), operation, parameters)
        answer = answers[0]
        if "Error" in answer or "failed" in answer:
            self.refused = self.refused or f"{operation}: {answer.get('failed') or answer['Error']}"
        self.learn(operation, answer)
        return answers

    def caller(self, parameters):
        """The recordings do not name who calls: whoever gives a machine a role is of the role's account."""
        account = parameters.get("roleArn", "").split(":")[4:5]
        if account in ([], [ACCOUNT]):
            return self.sfn
        key = account[0]
        if key not in self.others:
            self.others[key] = client("stepfunctions", self.sfn.meta.endpoint_url, key)
        return self.others[key]

    def call_lambda(self, operation, parameters):
        if operation == "CreateFunction":
            self.world.functions.create(parameters["FunctionName"], parameters["__handler_source__"])
        elif operation == "DeleteFunction":
            self.world.functions.delete(parameters["FunctionName"])
        return []

    def call_other(self, service, operation, parameters):
        if operation == "ReceiveMessage":
            self.receive(parameters)
            return []
        if operation == "DeleteMessage":
            return []
        answers = send(self.world.client(service), operation, parameters)
        answer = answers[0]
        if operation == "CreateQueue" and "QueueUrl" in answer:
            recorded = f"http://127.0.0.1:4610/queue/{REGION}/{ACCOUNT}/{parameters['QueueName']}"
            self.substituted[recorded] = answer["QueueUrl"]
            placeholder = self.case["regexes"].get(recorded)
            if placeholder:
                self.comparison.stands_for(placeholder, answer["QueueUrl"])
        elif operation == "CreateLogGroup":
            self.groups.append(parameters["logGroupName"])
        elif operation in ("CreateRestApi", "CreateResource") and "id" in answer:
            self.learn_ids(operation, answer)
        if service == "apigateway":
            self.world.apis.learn(operation, parameters, answer)
        return []

    def learn_ids(self, operation, answer):
        """Ids of the recorded run are in the calls that follow."""
        following = self.calls[self.next]["params"]
        if operation == "CreateRestApi":
            self.substituted[following["restApiId"]] = answer["id"]
            self.substituted[following["parentId"]] = answer["rootResourceId"]
        else:
            self.substituted[following["resourceId"]] = answer["id"]

    def learn(self, operation, answer):
        """Names that this run gave, and what stands for them in the recording."""
        if operation == "CreateStateMachine" and "stateMachineArn" in answer:
            self.machines.append(answer["stateMachineArn"])
        arn = answer.get("executionArn")
        if arn is None:
            return
        parts = arn.split(":")
        if ":express:" in arn:
            kind, index = ("Sync" if operation == "StartSyncExecution" else "Express"), len(self.sync)
            self.sync.append(arn)
            for part, value in enumerate(parts[-2:], 1):
                self.comparison.stands_for(f"<{kind}ExecArn_Part{part}_{index}idx>", value)
            if operation == "StartSyncExecution":
                return
        recorded = self.recorded_execution(parts[6], len([1 for it in self.executions if it.split(":")[6] == parts[6]]))
        self.executions.append(arn)
        if recorded:
            self.substituted[recorded] = arn
            placeholder = self.case["regexes"].get(recorded.rsplit(":", 1)[1])
            if placeholder and ":express:" not in arn:
                self.comparison.stands_for(placeholder, parts[-1])
                return
        if ":express:" not in arn:
            self.comparison.stands_for(f"<ExecArnPart_{len(self.executions) - 1}idx>", parts[-1])

    def recorded_execution(self, machine, index):
        """The ARN that an execution of a machine had in the recorded run: at the end, the last one started is stopped first."""
        stops = [call["params"].get("executionArn", "") for call in self.calls if call["operation"] == "StopExecution"]
        own = list(dict.fromkeys(arn for arn in reversed(stops) if f":{machine}:" in arn))
        return own[index] if index < len(own) else None

    def substitute(self, value):
        text = json.dumps(value)
        for recorded, ours in self.substituted.items():
            text = text.replace(json.dumps(recorded)[1:-1], json.dumps(ours)[1:-1])
        return json.loads(text)

    # What is looked at.

    def sees(self, key, recorded):
        """Whether what can be looked at now is as recorded."""
        if is_history(recorded):
            return self.sees_history(key, recorded)
        looks = self.looks(recorded)
        if looks is None:
            return False
        if self.executions and not self.comes_token() and not isinstance(recorded, str):
            self.wait([arn for arn in self.executions if ":express:" not in arn])
        patient = bool(self.is_slow(recorded) and not self.slept and self.executions)
        seconds = EXPRESS_SECONDS if any(":express:" in arn for arn in self.executions) else LOOKS_SECONDS
        deadline = time.monotonic() + (seconds if patient else 0)
        self.slept = self.slept or patient
        while True:
            if any(self.agrees(look(), recorded) for look in looks()):
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.2)

    def is_history_read(self, key):
        return self.execution_of(key) is not None and not self.comes_token()

    def execution_of(self, key):
        index = self.started - min(len(self.histories), self.started) + self.histories.index(key)
        index = min(index, self.started - 1)
        return self.executions[index] if index < len(self.executions) else None

    def sees_history(self, key, recorded):
        arn = self.execution_of(key)
        if arn is None or self.comes_token():
            return False
        if len(recorded["events"]) > 1:
            self.wait([arn])
        else:
            time.sleep(0.3)
        events = recorded["events"]
        ids = [event["id"] for event in events if isinstance(event["id"], int)]
        parameters = {"executionArn": arn, "maxResults": 1000, "reverseOrder": ids[0] > ids[-1]}
        answers = send(self.sfn, "GetExecutionHistory", parameters)
        # A page of 1000 events is cut where the answer would be larger than it may be.
        while isinstance(answers[0], dict) and (token := answers[0].pop("nextToken", None)):
            more = send(self.sfn, "GetExecutionHistory", {**parameters, "nextToken": token})[0]
            answers[0]["events"].extend(more["events"])
            answers[0]["nextToken"] = more.get("nextToken")
            if answers[0]["nextToken"] is None:
                del answers[0]["nextToken"]
        details = [event.get("mapRunStartedEventDetails") for event in answers[0].get("events", [])]
        self.learn_map_runs([started["mapRunArn"] for started in details if started])
        return self.agrees(answers, recorded)

    def wait(self, arns):
        deadline, pause = time.monotonic() + PATIENCE_SECONDS, 0.05
        for arn in arns:
            while send(self.sfn, "DescribeExecution", {"executionArn": arn})[0].get("status") == "RUNNING":
                if time.monotonic() > deadline:
                    return
                time.sleep(pause)
                pause = min(pause * 1.3, 0.5)

    def comes_token(self):
        """Whether the case itself answers a task that waits."""
        return any(call["operation"] in SENDS for call in self.calls[self.next :])

    @staticmethod
    def is_slow(recorded):
        return isinstance(recorded, list) and recorded and isinstance(recorded[0], dict) and (
            "execution_arn" in recorded[0] or "Signature" in recorded[0] or "detail-type" in recorded[0]
        ) or isinstance(recorded, dict) and "execution_arn" in recorded

    def looks(self, recorded):
        """What gives an answer of this kind, as functions; nothing where only calls give it."""
        looks = []

        def add(operation, **parameters):
            looks.append(lambda: send(self.sfn, operation, parameters))

        members = recorded if isinstance(recorded, dict) else {}
        refused = isinstance(recorded, str) or any(name in members for name in ERRORS)
        machines = self.machines
        if isinstance(recorded, list):
            return lambda: [self.cases, self.own_machines, self.page_one, self.page_two, self.received, self.logged]
        if "execution_arn" in members:
            return lambda: [lambda: self.logged()[0][-1:]]
        if refused:
            if self.calls and self.next == 0 and self.calls[0]["operation"] != "CreateStateMachine":
                return None
            text = json.dumps(recorded)
            add("DescribeExecution", executionArn="invalid_execution_arn")
            for arn in self.executions:
                for operation in ("DescribeExecution", "StopExecution", "GetExecutionHistory"):
                    add(operation, executionArn=arn)
            if any(word in text for word in ("maxResults", "nextToken", "statusFilter", "ListExecutions")) or self.sync:
                for bounds in self.refused_bounds():
                    add("ListStateMachines", **bounds)
                    for arn in machines:
                        add("ListExecutions", stateMachineArn=arn, **bounds)
                        add("ListStateMachineAliases", stateMachineArn=arn, **bounds)
            for arn in machines:
                add("ListExecutions", stateMachineArn=arn, statusFilter="succeeded")
                add("ListExecutions", stateMachineArn=arn)
        elif "executions" in members:
            for arn in machines:
                for bounds in ({}, {"statusFilter": "SUCCEEDED"}, {"statusFilter": "RUNNING"}):
                    add("ListExecutions", stateMachineArn=arn, **bounds)
                looks.extend(self.pages("ListExecutions", arn, 10))
        elif "stateMachineAliases" in members:
            for arn in machines:
                add("ListStateMachineAliases", stateMachineArn=arn)
                add("ListStateMachineAliases", stateMachineArn=arn, maxResults=0)
                looks.extend(self.pages("ListStateMachineAliases", arn, 1))
        elif "stateMachineVersions" in members:
            for arn in machines:
                add("ListStateMachineVersions", stateMachineArn=arn)
        elif "activities" in members:
            add("ListActivities")
        elif "mapRuns" in members or "mapRunArn" in members:
            for arn in self.executions:
                looks.append(lambda arn=arn: self.map_runs(arn, "mapRuns" in members))
        elif "startDate" in members and "stateMachineArn" in members and "billingDetails" not in members:
            for arn in self.executions:
                add("DescribeExecution", executionArn=arn)
        else:
            return None
        return lambda: looks

    def refused_bounds(self):
        """Bounds of pages that the service refuses; a token that is too long is one that the recording replaced."""
        tokens = [text for text in self.case["regexes"] if len(text) > 1024 and len(set(text)) == 1]
        yield from ({"nextToken": token} for token in tokens or ["x" * 1025])
        yield from ({"maxResults": 1001}, {"maxResults": -1}, {"nextToken": ""})

    def pages(self, operation, arn, size):
        """The first page and what follows it."""
        parameters = {"stateMachineArn": arn, "maxResults": size}

        def second():
            token = send(self.sfn, operation, parameters)[0].get("nextToken")
            return send(self.sfn, operation, {"stateMachineArn": arn, "nextToken": token}) if token else []

        return [lambda: send(self.sfn, operation, parameters), second]

    def map_runs(self, arn, is_list):
        answers = send(self.sfn, "ListMapRuns", {"executionArn": arn})
        runs = answers[0].get("mapRuns", [])
        self.learn_map_runs([run["mapRunArn"] for run in runs])
        if is_list or not runs:
            return answers
        return send(self.sfn, "DescribeMapRun", {"mapRunArn": runs[0]["mapRunArn"]})

    def learn_map_runs(self, arns):
        """What stands for the parts of map runs' ARNs, and for them in the calls that follow."""
        recorded = {placeholder: value for value, placeholder in self.case["regexes"].items()}
        for index, arn in enumerate(arns):
            for part, value in enumerate(arn.rsplit("/", 1)[-1].split(":")):
                placeholder = f"<MapRunArnPart{part}_{index}idx>"
                if placeholder in recorded:
                    self.comparison.stands_for(placeholder, value)
                    self.substituted[recorded[placeholder]] = value

    def cases(self):
        """Input and output of each execution, where a recording has no more of them."""
        if not self.executions or len(self.executions) < self.started:
            return []
        described = (send(self.sfn, "DescribeExecution", {"executionArn": arn})[0] for arn in self.executions)
        return [[{"input": one.get("input"), "output": one.get("output")} for one in described]]

    def own_machines(self, **parameters):
        listed = send(self.sfn, "ListStateMachines", parameters)[0].get("stateMachines", [])
        return [[one for one in listed if one["stateMachineArn"] in self.machines]]

    def page_one(self):
        return [send(self.sfn, "ListStateMachines", {"maxResults": 10})[0].get("stateMachines", [])]

    def page_two(self):
        token = send(self.sfn, "ListStateMachines", {"maxResults": 10})[0].get("nextToken")
        if not token:
            return []
        return [send(self.sfn, "ListStateMachines", {"maxResults": 10, "nextToken": token})[0].get("stateMachines", [])]

    def receive(self, parameters):
        """Keeps receiving what comes to a queue, and what was waited for in vain may come now."""
        self.slept = False
        queue = {key: value for key, value in parameters.items() if key not in ("VisibilityTimeout", "WaitTimeSeconds")}
        sqs = self.world.client("sqs")

        def receive():
            while not self.over.wait(0.2):
                answer = send(sqs, "ReceiveMessage", {**queue, "MaxNumberOfMessages": 10})[0]
                for message in answer.get("Messages", []):
                    self.messages.append(message["Body"])

        threading.Thread(target=receive, daemon=True).start()

    def received(self):
        bodies = []
        for body in list(self.messages):
            try:
                bodies.append(json.loads(body))
            except ValueError:
                bodies.append(body)
        return [bodies]

    def token(self):
        """The task token in what was received."""
        deadline = time.monotonic() + LOOKS_SECONDS
        while time.monotonic() < deadline:
            for body in list(self.messages):
                _, found, rest = body.replace("\\", "").partition('"TaskToken":')
                if found:
                    return rest.split('"')[1]
            time.sleep(0.1)
        return "(no token was received)"

    def logged(self):
        """The events of the log groups, in the order of executions."""
        logs, events = self.world.client("logs"), []
        for group in self.groups:
            streams = send(logs, "DescribeLogStreams", {"logGroupName": group})[0].get("logStreams", [])
            for stream in streams:
                parameters = {"logGroupName": group, "logStreamName": stream["logStreamName"], "startFromHead": True}
                got = send(logs, "GetLogEvents", parameters)[0].get("events", [])
                events.extend(json.loads(event["message"]) for event in got if event["message"].startswith("{"))
        order = {arn: index for index, arn in enumerate(self.executions)}
        events.sort(key=lambda event: (order.get(event.get("execution_arn"), 0), int(event.get("id", 0))))
        return [events]


def is_history(recorded):
    return isinstance(recorded, dict) and "events" in recorded


def likeness(answer, recorded):
    """How much two answers are alike at a glance."""
    if type(answer) is not type(recorded):
        return 0
    if not isinstance(recorded, dict):
        return 1
    shared = len(set(answer) & set(recorded) - {"ResponseMetadata"})
    return 2 * shared - len(set(answer) ^ set(recorded)) + 100


def send(client, operation, parameters):
    """Sends a call; gives the forms in which recordings have its answer, the answer itself first."""
    method = "".join(("_" if letter.isupper() else "") + letter.lower() for letter in operation).lstrip("_")
    try:
        answer = getattr(client, method)(**parameters)
    except ParamValidationError as error:
        return [{"exception_typename": "ParamValidationError", "exception_value": str(error)}, str(error)]
    except ClientError as error:
        said = dict(error.response)
        said["message"] = said.get("message", said["Error"].get("Message", ""))
        said["Error"] = {key: said["Error"].get(key, "") for key in ("Code", "Message")}
        typename = type(error).__name__
        forms = {"exception_typename": said["Error"]["Code"], "exception_value": RETRIED.sub("", str(error))}
        shown = [metadata(said), forms]
        return shown if typename == said["Error"]["Code"] else [*shown, {**forms, "exception_typename": typename}]
    except Exception as error:
        return [{"failed": f"{type(error).__name__}: {error}"}]
    return [metadata(answer)]


def metadata(answer):
    if isinstance(answer.get("ResponseMetadata"), dict):
        status = answer["ResponseMetadata"].get("HTTPStatusCode")
        answer["ResponseMetadata"] = {"HTTPHeaders": {}, "HTTPStatusCode": status}
    return answer


def check(world, path, slot, said):
    case, began = json.loads(path.read_text()), time.monotonic()
    told = {"id": case["id"], "kind": case["kind"], "passed": False, "whole": False, "key": None, "difference": None}
    server = None
    try:
        with slot:
            server = Server(world)
            replay = Replay(world, case, client("stepfunctions", server.endpoint))
        try:
            replay.run()
            told.update(passed=True, whole=replay.more is None, more=replay.more and [str(part) for part in replay.more])
        finally:
            replay.over.set()
    except Mismatch as mismatch:
        key, nearest = mismatch.args
        told.update(key=key, refused=replay.refused, difference=[str(part) for part in nearest[2]] if nearest else None)
    except Exception as error:
        told.update(key="(replay)", difference=["", f"{type(error).__name__}: {error}", ""])
    finally:
        if server:
            server.end()
    told["seconds"] = round(time.monotonic() - began, 1)
    with said:
        print(json.dumps(told), flush=True)


def is_long(path):
    return SLEEPER in path.read_text()


def main():
    folder = Path(os.environ["IW102_CONFORMANCE_DIR"])
    only = os.environ.get("IW102_CONFORMANCE_ONLY", "")
    index = json.loads((folder / "index.json").read_text())
    paths = [folder / case["file"] for case in index if only in case["id"]]
    # What sleeps begins first, and all else goes on beside it.
    paths.sort(key=lambda path: not is_long(path))
    world = World(*sys.argv[1:4])
    slot, said = threading.Semaphore(4), threading.Lock()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda path: check(world, path, slot, said), paths))


if __name__ == "__main__":
    main()
