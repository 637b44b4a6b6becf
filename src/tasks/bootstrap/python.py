# The runtime client for Python handlers. Speaks the Lambda Runtime API with the standard library alone.
import http.client
import importlib
import json
import logging
import os
import sys
import threading
import time
import traceback
from decimal import Decimal

HOST = os.environ["AWS_LAMBDA_RUNTIME_API"]
BASE = "/2018-06-01/runtime/"


class Context:
    def __init__(self, headers):
        self.aws_request_id = headers.get("Lambda-Runtime-Aws-Request-Id")
        self.invoked_function_arn = headers.get("Lambda-Runtime-Invoked-Function-Arn")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = None
        self.client_context = None
        self._deadline_ms = int(headers.get("Lambda-Runtime-Deadline-Ms") or 0)

    def get_remaining_time_in_millis(self):
        return max(self._deadline_ms - int(time.time() * 1000), 0)


class RequestIdFilter(logging.Filter):
    request_id = ""

    def filter(self, record):
        record.aws_request_id = self.request_id
        return True


def end_with_the_host():
    # stdin stays open as long as the host lives.
    while os.read(0, 4096):
        pass
    os._exit(1)


def plain(value):
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def error_of(error, request_id, frames_skipped):
    frames = traceback.extract_tb(error.__traceback__)[frames_skipped:]
    payload = {"errorMessage": str(error), "errorType": type(error).__name__}
    if request_id is not None:
        payload["requestId"] = request_id
    payload["stackTrace"] = traceback.format_list(frames)
    return payload


def log_error(payload):
    print(f"[ERROR] {payload['errorType']}: {payload['errorMessage']}\nTraceback (most recent call last):")
    print("".join(payload["stackTrace"]), end="", flush=True)


def post(connection, path, body, error_type=None):
    headers = {"Content-Type": "application/json"}
    if error_type:
        headers["Lambda-Runtime-Function-Error-Type"] = error_type
    connection.request("POST", BASE + path, body, headers)
    connection.getresponse().read()


def load():
    module_name, _, function_name = os.environ["_HANDLER"].rpartition(".")
    root = os.environ.get("LAMBDA_TASK_ROOT", os.getcwd())
    # `-c` puts an empty entry first.
    sys.path[:] = [root] + [entry for entry in sys.path if entry]
    module = importlib.import_module(module_name.replace("/", "."))
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise HandlerNotFound(f"Handler '{function_name}' missing on module '{module_name}'") from None


class HandlerNotFound(Exception):
    pass


def init_failure(error):
    handler = os.environ["_HANDLER"]
    payload = error_of(error, "", 0)
    payload["stackTrace"] = [
        frame for frame in payload["stackTrace"] if "<string>" not in frame and "importlib" not in frame
    ]
    if isinstance(error, HandlerNotFound):
        payload.update(errorType="Runtime.HandlerNotFound", stackTrace=[])
    elif isinstance(error, ImportError):
        module = handler.rpartition(".")[0]
        payload.update(errorType="Runtime.ImportModuleError", errorMessage=f"Unable to import module '{module}': {error}")
    elif isinstance(error, SyntaxError):
        module = handler.rpartition(".")[0]
        payload.update(errorType="Runtime.UserCodeSyntaxError", errorMessage=f"Syntax error in module '{module}': {error}")
    return payload


def serialised(result):
    if isinstance(result, bytes):
        return result
    try:
        return json.dumps(result, default=plain).encode()
    except Exception as error:
        raise MarshalError(f"Unable to marshal response: {error}") from None


class MarshalError(Exception):
    pass


def serve(connection, handler, log_filter):
    connection.request("GET", BASE + "invocation/next")
    response = connection.getresponse()
    event = response.read()
    if response.status != 200:
        sys.exit(f"the Runtime API answered {response.status}")
    context = Context(response.headers)
    request_id = log_filter.request_id = context.aws_request_id
    os.environ["_X_AMZN_TRACE_ID"] = response.headers.get("Lambda-Runtime-Trace-Id", "")
    try:
        result = serialised(handler(json.loads(event), context))
        path, error_type = "response", None
    except Exception as error:
        payload = error_of(error, request_id, 1)
        if isinstance(error, MarshalError):
            payload.update(errorType="Runtime.MarshalError", stackTrace=[])
        log_error(payload)
        path, error_type, result = "error", payload["errorType"], json.dumps(payload).encode()
    sys.stdout.flush()
    sys.stderr.flush()
    post(connection, f"invocation/{request_id}/{path}", result, error_type)


def main():
    threading.Thread(target=end_with_the_host, daemon=True).start()
    log_filter = RequestIdFilter()
    printer = logging.StreamHandler(sys.stdout)
    printer.setFormatter(
        logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S")
    )
    printer.addFilter(log_filter)
    logging.getLogger().addHandler(printer)
    logging.Formatter.converter = time.gmtime
    connection = http.client.HTTPConnection(HOST)
    try:
        handler = load()
    except BaseException as error:
        payload = init_failure(error)
        log_error(payload)
        post(connection, "init/error", json.dumps(payload).encode(), payload["errorType"])
        sys.exit(1)
    while True:
        serve(connection, handler, log_filter)


main()
