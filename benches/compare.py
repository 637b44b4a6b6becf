#!/usr/bin/env python3
"""How fast the commands are that speak to AWS, beside curl and the AWS CLI: wall time, peak memory, requests.

    cargo build --release
    benches/compare.py [--iw102 FILE] [--rounds N] [--aws FILE | --without-aws]

One server on loopback, of this script, plays Step Functions over TLS with a certificate of its own: a machine whose
executions take one second. Every command calls it, in an environment of its own (an empty home, credentials in variables,
no configuration files). In each round every command runs once, in another order each time, and what is looked at is the
ratio to the curl of the same round: times are of the machine and of who else uses it. Processor time (user and system) is
less so.

The CA is given alone (--cacert, AWS_CA_BUNDLE), except in the rows that say `platform's roots`: there it stands behind all
the certificates that this machine trusts, where iw102 (SSL_CERT_FILE, SSL_CERT_DIR) and curl
(CURL_CA_BUNDLE) are told to look instead of where they find AWS's.

Peak memory is the maximum resident set of one more run, by GNU time (/usr/bin/time), whose own process is small: who starts
a command from a large process measures that process. It needs openssl, curl and Python 3.9, and nothing else.
"""

import argparse
import collections
import http.client
import http.server
import json
import os
import random
import shutil
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

REGION = "eu-west-1"
MACHINE = f"arn:aws:states:{REGION}:123456789012:stateMachine:OneSecond"
EXECUTION = MACHINE.replace(":stateMachine:", ":execution:")
MACHINE_SECONDS = 1.0
# How long a command may take before it is killed.
PATIENCE_SECONDS = 60
INPUT = '{"key":"value"}'
GNU_TIME = "/usr/bin/time"
ROOTS = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")

# What is to be reached with the release build: milliseconds, times curl, MB of memory.
TARGETS = {
    "iw102 --version": "at most 5 ms",
    "iw102 start ARN": "at most 1.3 x curl, 25 MB",
    "iw102 start ARN, platform's roots": "at most 1.3 x curl, 25 MB",
    "iw102 status ARN": "at most 25 MB",
    "iw102 invoke ARN": "at most 1150 ms, 25 MB",
}


class Service:
    """Step Functions with one machine: starts, descriptions and histories as its API documents them."""

    def __init__(self):
        self.lock = threading.Lock()
        self.started = {}
        self.calls = collections.Counter()

    def answer(self, operation, body):
        with self.lock:
            self.calls[operation] += 1
        play = getattr(self, operation, None)
        if play is None:
            return 400, {"__type": "NotPlayed", "message": f"{operation} is not played here"}
        return 200, play(body)

    def StartExecution(self, body):
        arn = f"{EXECUTION}:{body.get('name') or random.getrandbits(64)}"
        with self.lock:
            started = self.started.setdefault(arn, time.time())
        return {"executionArn": arn, "startDate": started}

    def DescribeStateMachine(self, _body):
        definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 1, "End": True}}}
        return {
            "stateMachineArn": MACHINE,
            "name": "OneSecond",
            "status": "ACTIVE",
            "type": "STANDARD",
            "roleArn": "arn:aws:iam::123456789012:role/r",
            "definition": json.dumps(definition),
            "creationDate": 1.7e9,
        }

    def DescribeExecution(self, body):
        arn = body["executionArn"]
        started = self.started.get(arn, 1.7e9)
        answer = {
            "executionArn": arn,
            "stateMachineArn": MACHINE,
            "name": arn.rsplit(":", 1)[1],
            "status": "RUNNING",
            "startDate": started,
            "input": INPUT,
        }
        if time.time() >= started + MACHINE_SECONDS:
            answer.update(status="SUCCEEDED", stopDate=started + MACHINE_SECONDS, output=INPUT)
        return answer

    def GetExecutionHistory(self, body):
        started = self.started.get(body["executionArn"], 1.7e9)
        ended = started + MACHINE_SECONDS
        role = {"input": INPUT, "roleArn": "arn:aws:iam::123456789012:role/r"}
        events = [
            (started, "ExecutionStarted", {"executionStartedEventDetails": role}),
            (started, "WaitStateEntered", {"stateEnteredEventDetails": {"name": "Wait", "input": INPUT}}),
            (ended, "WaitStateExited", {"stateExitedEventDetails": {"name": "Wait", "output": INPUT}}),
            (ended, "ExecutionSucceeded", {"executionSucceededEventDetails": {"output": INPUT}}),
        ]
        now = time.time()
        events = [
            {"id": id, "previousEventId": id - 1, "timestamp": at, "type": kind, **details}
            for id, (at, kind, details) in enumerate(events, start=1)
            if at <= now
        ]
        return {"events": events[::-1] if body.get("reverseOrder") else events}


def serve(certificate, key):
    """Serves until stdin ends; the first line of stdout is the port."""
    service = Service()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            operation = self.headers.get("x-amz-target", "").rsplit(".", 1)[-1]
            self.send(*service.answer(operation, json.loads(body or b"{}")))

        def do_GET(self):
            """The number of calls so far, by operation."""
            self.send(200, service.calls)

        def send(self, status, value):
            body = json.dumps(value).encode()
            head = (
                f"HTTP/1.1 {status} -\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {len(body)}\r\n"
                "x-amzn-RequestId: 7d3c9b6a-1f0e-4a52-8c7b-0123456789ab\r\n\r\n"
            )
            # In one piece: a second one would wait for the first one's acknowledgement.
            self.wfile.write(head.encode() + body)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        def finish_request(self, request, client_address):
            # The handshake is the connection's own thread's matter.
            with context.wrap_socket(request, server_side=True) as stream:
                super().finish_request(stream, client_address)

        def handle_error(self, *_):
            """Who leaves without a word is no error."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["http/1.1"])
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


def make_certificates(folder):
    """A CA and a server's certificate by it, for a day."""
    names = folder / "names"
    names.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    issuer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1", "-extfile", "names"]
    for words in (
        ["req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "1", "-subj", "/CN=compare CA"],
        ["req", *curve, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost"],
        ["x509", "-req", "-in", "server.csr", "-out", "server.pem", *issuer],
    ):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


class World:
    """The server, and the environment of the commands that call it."""

    def __init__(self, folder):
        self.folder = folder
        make_certificates(folder)
        words = [sys.executable, __file__, "--serve", folder / "server.pem", folder / "server.key"]
        self.server = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = f"https://127.0.0.1:{int(self.server.stdout.readline())}/"
        self.ca = folder / "ca.pem"
        self.roots = self.all_roots()
        for name in ("home", "work"):
            (folder / name).mkdir()

    def all_roots(self):
        """The platform's roots with ours behind them; nothing where the platform keeps them otherwise."""
        platform = next((Path(file) for file in ROOTS if Path(file).exists()), None)
        if platform is None:
            return None
        roots = self.folder / "roots.pem"
        roots.write_bytes(platform.read_bytes() + b"\n" + self.ca.read_bytes())
        return roots

    def environment(self, roots):
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            **(self.trust_as_platform() if roots else {"AWS_CA_BUNDLE": str(self.ca)}),
        }

    def trust_as_platform(self):
        """The platform's file and its folder, which iw102 reads both where no variable says otherwise; curl the file."""
        folder = Path("/etc/ssl/certs")
        found = {"SSL_CERT_FILE": str(self.roots), "CURL_CA_BUNDLE": str(self.roots)}
        return {**found, "SSL_CERT_DIR": str(folder)} if folder.is_dir() else found

    def calls(self):
        context = ssl.create_default_context(cafile=self.ca)
        connection = http.client.HTTPSConnection(self.url.split("/")[2], context=context)
        connection.request("GET", "/")
        calls = json.loads(connection.getresponse().read())
        connection.close()
        return sum(calls.values())

    def close(self):
        self.server.stdin.close()
        self.server.wait()


class Row:
    """A command, and what was measured of it."""

    def __init__(self, world, name, words, peer=None, roots=False):
        self.name, self.words, self.peer = name, [str(word) for word in words], peer
        self.world, self.environment = world, world.environment(roots)
        self.seconds, self.cpu_seconds, self.requests, self.kilobytes = [], [], 0, None

    def run(self, prefix=()):
        """Runs it once; gives its wall time and its processor time, in seconds."""
        with tempfile.TemporaryFile() as stderr:
            begin = time.perf_counter()
            child = subprocess.Popen(
                [*prefix, *self.words],
                env=self.environment,
                cwd=self.world.folder / "work",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
            patience = threading.Timer(PATIENCE_SECONDS, child.kill)
            patience.start()
            _, status, usage = os.wait4(child.pid, 0)
            took = time.perf_counter() - begin
            patience.cancel()
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0:
                stderr.seek(0)
                raise SystemExit(f"{self.name} ended with {child.returncode}:\n{stderr.read().decode()}")
        return took, usage.ru_utime + usage.ru_stime

    def prepare(self):
        """A run that is not timed: caches are warm after it, its requests and its memory are counted."""
        before = self.world.calls()
        self.run()
        self.requests = self.world.calls() - before
        if Path(GNU_TIME).exists():
            file = self.world.folder / "memory"
            self.run([GNU_TIME, "-f", "%M", "-o", str(file)])
            self.kilobytes = int(file.read_text().split()[-1])

    def measure(self):
        seconds, cpu_seconds = self.run()
        self.seconds.append(seconds)
        self.cpu_seconds.append(cpu_seconds)

    def ratio(self):
        """The median of the ratios to its peer's run in the same round."""
        pairs = zip(self.seconds, self.peer.seconds)
        return statistics.median(own / other for own, other in pairs)

    def line(self):
        cells = [
            f"{statistics.median(self.seconds) * 1000:.1f} ms",
            f"{min(self.seconds) * 1000:.1f} ms",
            f"{statistics.median(self.cpu_seconds) * 1000:.1f} ms",
            f"{self.ratio():.2f}" if self.peer else "",
            f"{self.kilobytes / 1000:.1f} MB" if self.kilobytes else "",
            str(self.requests),
            TARGETS.get(self.name, ""),
        ]
        return f"| {self.name} | " + " | ".join(cells) + " |"


def rows(world, iw102, aws):
    """All commands that are compared."""
    header = ["-H", "content-type: application/x-amz-json-1.0", "-H", "x-amz-target: AWSStepFunctions.StartExecution"]
    body = json.dumps({"stateMachineArn": MACHINE, "input": INPUT})
    post = ["curl", "--silent", "--show-error", "--fail", *header, "--data", body]
    ended = f"{EXECUTION}:ended"
    curl = Row(world, "curl, StartExecution", [*post, "--cacert", world.ca, world.url])
    found = [
        Row(world, "true", ["true"]),
        Row(world, "iw102 --version", [iw102, "--version"], curl),
        curl,
        Row(world, "iw102 start ARN", [iw102, "start", MACHINE, "-d", INPUT], curl),
        Row(world, "iw102 status ARN", [iw102, "status", ended], curl),
        Row(world, "iw102 invoke ARN", [iw102, "invoke", MACHINE, "-d", INPUT]),
    ]
    if world.roots:
        curl_roots = Row(world, "curl, platform's roots", [*post, world.url], roots=True)
        words = [iw102, "start", MACHINE, "-d", INPUT]
        found += [curl_roots, Row(world, "iw102 start ARN, platform's roots", words, curl_roots, roots=True)]
    if aws:
        sfn = [aws, "stepfunctions"]
        words = [*sfn, "start-execution", "--state-machine-arn", MACHINE, "--input", INPUT]
        found.append(Row(world, "aws stepfunctions start-execution", words, curl))
        words = [*sfn, "describe-execution", "--execution-arn", ended]
        found.append(Row(world, "aws stepfunctions describe-execution", words, curl))
    return found


def compare(arguments):
    iw102 = Path(arguments.iw102).resolve()
    aws = None if arguments.without_aws else shutil.which(arguments.aws)
    aws = aws and Path(aws).absolute()
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            table = rows(world, iw102, aws)
            for row in table:
                row.prepare()
            order = random.Random(102)
            for _ in range(arguments.rounds):
                for row in order.sample(table, len(table)):
                    row.measure()
        finally:
            world.close()
    print(f"{arguments.rounds} rounds; binary of {iw102.stat().st_size / 1e6:.1f} MB; load {os.getloadavg()[0]:.1f}\n")
    print("| command | median | least | CPU | x curl | peak memory | requests | to reach |")
    print("|---|--:|--:|--:|--:|--:|--:|---|")
    for row in table:
        print(row.line())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--iw102", default=Path(__file__).parents[1] / "target/release/iw102", metavar="FILE")
    parser.add_argument("--rounds", type=int, default=21, metavar="N")
    parser.add_argument("--aws", default="aws", metavar="FILE", help="the AWS CLI")
    parser.add_argument("--without-aws", action="store_true", help="leave the AWS CLI out")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if arguments.serve:
        serve(*arguments.serve)
    else:
        compare(arguments)


if __name__ == "__main__":
    main()
