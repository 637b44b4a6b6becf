"""APIs of API Gateway on loopback, where their functions are: LocalStack, which has the APIs, could not reach them.

What the calls of a case say of an API is what it does: a resource's method integrates a function, which gets the body (`{}`
where there is none) and gives the answer. The stage is the first part of the path below the API.
"""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler

from lambdas import Server

FUNCTION = re.compile(r"/functions/[^/]*:function:([^/:]+)")


class Apis:
    def __init__(self, functions):
        self.functions = functions
        # By API and id: the path of a resource; by API, method and path: the function.
        self.paths, self.integrated = {}, {}

    def learn(self, operation, parameters, answer):
        """Takes a call of the management, and what it was answered."""
        api = parameters.get("restApiId")
        if operation == "CreateRestApi":
            self.paths[answer["id"], answer["rootResourceId"]] = ""
        elif operation == "CreateResource":
            above = self.paths[api, parameters["parentId"]]
            self.paths[api, answer["id"]] = f"{above}/{parameters['pathPart']}"
        elif operation == "PutIntegration":
            path = self.paths[api, parameters["resourceId"]]
            function = FUNCTION.search(parameters["uri"])[1]
            self.integrated[api, parameters["httpMethod"], path] = function

    def answer(self, method, path, body):
        """The status and the body for a request below `/restapis/`."""
        _, api, _, *rest = path.strip("/").split("/") + [""] * 3
        function = self.integrated.get((api, method, "".join("/" + part for part in rest if part)))
        if function is None:
            return 403, json.dumps({"message": "Missing Authentication Token"}).encode()
        said, _ = self.functions.invoke(function, body)
        return 200, said


def handler_of(apis):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, said = apis.answer(self.command, self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            """Nothing: what the replay says is what is read."""

    return Handler


def serve(functions):
    """The APIs, and the endpoint where they are."""
    apis = Apis(functions)
    server = Server(("127.0.0.1", 0), handler_of(apis))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return apis, f"http://127.0.0.1:{server.server_port}"
