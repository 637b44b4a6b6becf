"""Lambda's Invoke on loopback: the programs in `functions/`, run as Lambda's Python runtime runs them.

Invocations are told from each other by threads, so that programs that sleep do so side by side.
"""

import base64
import json
import linecache
import threading
import traceback
import types
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

PROGRAMS = Path(__file__).parent / "functions"
# Where Lambda unpacks a function: traces name it.
UNPACKED = "/var/task/handler.py"


def load(program):
    """The handler of a program, whose traces name the file that Lambda unpacked."""
    text = (PROGRAMS / program).read_text()
    # One name for all: a trace is made while the program's own lines are there.
    module = types.ModuleType("handler")
    exec(compile(text, UNPACKED, "exec"), module.__dict__)
    return module.handler, text.splitlines(keepends=True)


class Functions:
    """The functions that were created, and the programs behind them."""

    def __init__(self):
        self.programs = {}
        self.lines = threading.Lock()

    def create(self, name, program):
        self.programs[name] = program

    def delete(self, name):
        self.programs.pop(name, None)

    def invoke(self, name, payload):
        """The status, the payload and what failed, as Invoke answers them."""
        program = self.programs.get(name)
        if program is None:
            return None
        handler, lines = load(program)
        try:
            answer = handler(json.loads(payload or b"{}"), types.SimpleNamespace(aws_request_id=str(uuid.uuid4())))
        except Exception as error:
            return self.failed(error, lines), "Unhandled"
        body = answer if isinstance(answer, bytes) else json.dumps(answer, ensure_ascii=False).encode()
        return body, None

    def failed(self, error, lines):
        """What Lambda's Python runtime says of an exception."""
        with self.lines:
            linecache.cache[UNPACKED] = (sum(map(len, lines)), None, lines, UNPACKED)
            frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == UNPACKED]
            frames = [traceback.FrameSummary(f.filename, f.lineno, f.name) for f in frames]
            trace = traceback.format_list(frames)
        said = {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "requestId": str(uuid.uuid4()),
            "stackTrace": trace,
        }
        return json.dumps(said, ensure_ascii=False).encode()


def handler_of(functions):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, status, body, **headers):
            self.send_response(status)
            headers = {"Content-Type": "application/json", "x-amzn-RequestId": str(uuid.uuid4()), **headers}
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            payload = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            words = unquote(urlsplit(self.path).path).strip("/").split("/")
            if len(words) != 4 or words[1] != "functions" or words[3] != "invocations":
                return self.answer(404, b"{}")
            name = words[2].split(":")[6] if words[2].startswith("arn:") else words[2].split(":")[0]
            invoked = functions.invoke(name, payload)
            if invoked is None:
                arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}:$LATEST"
                said = {"Type": "User", "Message": f"Function not found: {arn}"}
                return self.answer(404, json.dumps(said).encode(), X_Amzn_ErrorType="ResourceNotFoundException")
            if self.headers.get("X-Amz-Invocation-Type") == "Event":
                return self.answer(202, b"")
            body, failed = invoked
            headers = {"X_Amz_Executed_Version": "$LATEST"}
            if failed:
                headers["X_Amz_Function_Error"] = failed
            if self.headers.get("X-Amz-Log-Type") == "Tail":
                headers["X_Amz_Log_Result"] = base64.b64encode(b"START RequestId\nEND RequestId\n").decode()
            return self.answer(200, body, **headers)

        def log_message(self, *_):
            """Nothing: what the replay says is what is read."""

    return Handler


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Nothing: who stops waiting for an answer hangs up."""


def serve():
    """The functions, and the endpoint where they are invoked."""
    functions = Functions()
    server = Server(("127.0.0.1", 0), handler_of(functions))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return functions, f"http://127.0.0.1:{server.server_port}"
