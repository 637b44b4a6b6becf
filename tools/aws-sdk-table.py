"""Writes the table of AWS's services that `aws-sdk:SERVICE:ACTION` calls: src/tasks/integration/sdk/table.txt.

    python3 tools/aws-sdk-table.py >src/tasks/integration/sdk/table.txt

It reads AWS's public API models where botocore (in the version that .ci/run pins) keeps them. Only what is needed to send a
request and to read its answer is kept; the header of the table says how it is written. The test
`the_table_is_what_the_models_say` makes it anew and compares.
"""

import gzip
import json
import pathlib
import re
import sys

import botocore

# botocore's folders; a service of another protocol than those in PROTOCOLS cannot be added.
SERVICES = """
    apigateway athena batch cloudformation cloudwatch codebuild dynamodb ecr ecs events firehose glue iam kinesis kms lambda
    logs s3 scheduler secretsmanager sns sqs ssm stepfunctions sts
""".split()

PROTOCOLS = ("json", "rest-json", "rest-xml", "query")

HEADER = """\
# AWS's services, for aws-sdk:SERVICE:ACTION. Made by tools/aws-sdk-table.py of botocore {version}; do not edit.
# service NAME SERVICE_ID PROTOCOL SIGNING_NAME VARIABLE VERSION TARGET_PREFIX, `-` for none, `_` for a blank
# errors SHAPE[=CODE] ...
# ACTION METHOD URI INPUT OUTPUT, the last two the numbers of structures
# NUMBER MEMBER[*][=ON_THE_WIRE][@PLACE]:TYPE ..., `*` for one that must be there
#   PLACE: h header, p headers of a prefix, u path, q query, s status, b the whole body, a attribute
#   TYPE: s text, b boolean, n number, x bytes, t time (ti ISO 8601, tr RFC 822, tu seconds), {{N structure, [TYPE list,
#   <TYPE map; [!TYPE without an element around it, [NAME/TYPE items of that name, <KEY,VALUE/TYPE and <!KEY,VALUE/TYPE so too
"""

SCALARS = {"string": "s", "character": "s", "boolean": "b", "blob": "x"}
TIMES = {"iso8601": "ti", "rfc822": "tr", "unixTimestamp": "tu", None: "t"}
PLACES = {"header": "h", "headers": "p", "uri": "u", "querystring": "q", "statusCode": "s"}


class Table:
    """One service's structures, numbered as they are met."""

    def __init__(self, shapes):
        self.shapes = shapes
        self.numbers = {}
        self.waiting = []

    def structure(self, name):
        if name not in self.numbers:
            self.numbers[name] = len(self.numbers)
            self.waiting.append(name)
        return self.numbers[name]

    def type(self, reference):
        shape = self.shapes[reference["shape"]]
        kind = shape["type"]
        if kind == "structure":
            return f"{{{self.structure(reference['shape'])}"
        if kind == "timestamp":
            return TIMES[reference.get("timestampFormat", shape.get("timestampFormat"))]
        flat = "!" if shape.get("flattened") or reference.get("flattened") else ""
        if kind == "list":
            name = shape["member"].get("locationName", "member")
            return f"[{flat}{'' if name == 'member' else name + '/'}{self.type(shape['member'])}"
        if kind == "map":
            names = (shape["key"].get("locationName", "key"), shape["value"].get("locationName", "value"))
            named = "" if names == ("key", "value") else ",".join(names) + "/"
            return f"<{flat}{named}{self.type(shape['value'])}"
        return SCALARS.get(kind, "n")

    def member(self, shape, name, reference):
        place = PLACES.get(reference.get("location"), "")
        if shape.get("payload") == name:
            place = "b"
        if reference.get("xmlAttribute"):
            place = "a"
        wire = reference.get("locationName", name)
        if place == "b" and self.shapes[reference["shape"]]["type"] == "structure":
            wire = reference.get("locationName", reference["shape"])
        elif not reference.get("location"):
            # An element that repeats by itself has its items' name.
            target = self.shapes[reference["shape"]]
            if target["type"] == "list" and (target.get("flattened") or reference.get("flattened")):
                wire = reference.get("locationName", target["member"].get("locationName", name))
        mark = "*" if name in shape.get("required", ()) else ""
        return name + mark + (f"={wire}" if wire != name else "") + (f"@{place}" if place else "") + f":{self.type(reference)}"

    def lines(self):
        for name in self.waiting:
            shape = self.shapes[name]
            members = [self.member(shape, *member) for member in shape["members"].items()]
            yield " ".join([str(self.numbers[name]), *members])


def streams_events(shapes, reference):
    members = shapes[reference["shape"]].get("members", {}).values()
    return any(shapes[member["shape"]].get("eventstream") for member in members)


def package(service_id):
    return re.sub("[^a-z0-9]", "", service_id.lower())


def service(data, folder):
    newest = max(path for path in (data / folder).iterdir() if path.is_dir())
    model = json.loads(gzip.open(newest / "service-2.json.gz").read())
    about = model["metadata"]
    spoken = [protocol for protocol in about.get("protocols", [about["protocol"]]) if protocol in PROTOCOLS]
    protocol = about["protocol"] if about["protocol"] in PROTOCOLS else spoken[0]
    if protocol == "json":
        protocol += about.get("jsonVersion", "1.0")
    service_id = about["serviceId"]
    variable = "AWS_ENDPOINT_URL_" + re.sub("[ -]", "_", service_id).upper()
    fields = [
        package(service_id), service_id.replace(" ", "_"), protocol, about.get("signingName", about["endpointPrefix"]),
        variable, about["apiVersion"], about.get("targetPrefix", "-"),
    ]
    yield "service " + " ".join(fields)
    errors = []
    for name, shape in model["shapes"].items():
        if shape.get("exception"):
            code = shape.get("error", {}).get("code", name)
            errors.append(name if code == name else f"{name}={code}")
    yield " ".join(["errors", *sorted(errors)])
    table = Table(model["shapes"])
    for name, operation in sorted(model["operations"].items()):
        if any(streams_events(model["shapes"], operation[end]) for end in ("input", "output") if end in operation):
            continue
        ends = [str(table.structure(operation[end]["shape"])) if end in operation else "-" for end in ("input", "output")]
        yield " ".join([name, operation["http"]["method"], operation["http"]["requestUri"], *ends])
    yield from table.lines()


def main():
    data = pathlib.Path(botocore.__file__).parent / "data"
    sys.stdout.write(HEADER.format(version=botocore.__version__))
    for folder in SERVICES:
        for line in service(data, folder):
            print(line)


main()
