"""When one of our answers is the one that AWS recorded.

Ours goes through the same replacements as the recording did: datetimes are a word, the patterns of the case are applied to the
JSON text, JSON texts that are objects are parsed. A placeholder in the recording stands for any text, the same one all through
the case.
"""

import datetime
import json
import re

MOMENT = "\u0001moment\u0001"
# What stands in a recording where each run has another value.
ANY = {"RandomNumberGenerated", "generated-uuid", "timestamp", "datetime", "date", "creation-date"}
NAMED = re.compile(r"<+[A-Za-z][\w .-]*>?(?::\d+)?>")
REDRIVE = re.compile(r".*/[Rr]edrive(?:Count|Status|StatusReason)")
NUMBERED = re.compile(r"<<?[\w-]+>?:\d+>|<request-id>|<LogResult>")


class Text(dict):
    """An object that was a text: with nothing left out, the order of its members counts."""


def plain(value):
    """What JSON makes of an answer."""
    if isinstance(value, (datetime.datetime, datetime.date)):
        return MOMENT
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value.read().decode() if hasattr(value, "read") else str(value)


def show_objects(value):
    """Parses the texts that are JSON objects: not those within them, nor those in lists."""
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [item if isinstance(item, str) else show_objects(item) for item in value]
    return value


def shown(value):
    if isinstance(value, str) and value.startswith("{"):
        try:
            return json.loads(value, object_pairs_hook=Text)
        except ValueError:
            return value
    return show_objects(value)


def parsed(text):
    """What a text that is JSON says: some recordings show lists parsed."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def is_older_than_redrive(case):
    """Whether AWS answered before executions could be redriven, in November 2023."""
    recorded = re.match(r"\d+-(\d+)-(\d+)", case.get("recorded_on") or "")
    return recorded is None or (int(recorded[2]), int(recorded[1])) < (2023, 11)


def path_pattern(path):
    """`$..a.b` is every `b` of an `a`, `$..events..c` every `c` anywhere in `events`."""
    pattern = ""
    for index, segment in enumerate(path.removeprefix("$").split("..")):
        parts = [part for part in re.split(r"[.\[\]]", segment) if part]
        pattern += ("(?:/[^/]*)*" if index else "") + "".join("/" + re.escape(part) for part in parts)
    return re.compile(pattern)


class Comparison:
    def __init__(self, case):
        self.case = case
        self.left_out = [path_pattern(path) for path in case["not_compared"]]
        if is_older_than_redrive(case):
            self.left_out.append(REDRIVE)
        # Texts of this run, and what the recording has in their place; with the recorded value that they replace.
        self.ours = {}
        self.bound = {}

    def stands_for(self, placeholder, value):
        """From now on the recording's placeholder is this text of ours."""
        self.ours[placeholder] = value

    def patterns(self):
        numbered = [(re.escape(value), placeholder) for value, placeholder in self.case["placeholders"].items()]
        own = [(re.escape(value), placeholder) for placeholder, value in self.ours.items()]
        recorded = [
            (pattern, text) for pattern, text in self.case["regexes"].items() if text not in self.ours
        ]
        return numbered + own + recorded

    def shown(self, answer):
        """One of our answers as the recording would have it."""
        text = json.dumps(answer, default=plain)
        for pattern, replacement in self.patterns():
            text = re.sub(pattern, lambda _, to=replacement: to, text)
        try:
            answer = json.loads(text)
        except ValueError:
            answer = json.loads(json.dumps(answer, default=plain))
        return shown(answer)

    def differences(self, answer, recorded, strict=False):
        """The paths that differ, with both values; placeholders stay bound only where nothing differs."""
        bound, found = dict(self.bound), []
        self.compare("", self.shown(answer), recorded, strict, bound, found)
        if not found:
            self.bound = bound
        return found

    def compare(self, path, ours, recorded, strict, bound, found):
        if not strict and any(pattern.fullmatch(path) for pattern in self.left_out):
            return
        key = path.rsplit("/", 1)[-1]
        if isinstance(ours, str) and isinstance(recorded, list):
            ours = parsed(ours)
        elif isinstance(ours, str) and isinstance(recorded, str) and holds_placeholders(recorded):
            ours, recorded = parsed(ours), parsed(recorded)
        if isinstance(recorded, str) and self.is_any(key, ours, recorded):
            return
        if isinstance(ours, dict) and isinstance(recorded, dict):
            self.compare_members(path, ours, recorded, strict, bound, found)
        elif isinstance(ours, list) and isinstance(recorded, list):
            if is_raced(recorded):
                return self.compare_races(path, ours, recorded, strict, bound, found)
            for index in range(max(len(ours), len(recorded))):
                pair = [items[index] if index < len(items) else None for items in (ours, recorded)]
                self.compare(f"{path}/{index}", *pair, strict, bound, found)
        elif isinstance(ours, str) and isinstance(recorded, str):
            if not matches(ours, recorded, bound):
                found.append((path, ours, recorded))
        elif ours != recorded or isinstance(ours, bool) != isinstance(recorded, bool) or (
            strict and type(ours) is not type(recorded)
        ):
            found.append((path, ours, recorded))

    def compare_members(self, path, ours, recorded, strict, bound, found):
        if path.endswith("HTTPHeaders") and not recorded:
            return
        missing = object()
        for key in [*recorded, *(key for key in ours if key not in recorded)]:
            left, right = ours.get(key, missing), recorded.get(key, missing)
            at = f"{path}/{key}"
            if left is not missing and right is not missing:
                self.compare(at, left, right, strict, bound, found)
            elif strict or not any(pattern.fullmatch(at) for pattern in self.left_out):
                found.append((at, *(("(nothing)" if side is missing else side) for side in (left, right))))
        if strict and isinstance(ours, Text) and set(ours) == set(recorded) and [*ours] != [*recorded]:
            found.append((path + " (order)", [*ours], [*recorded]))

    def compare_races(self, path, ours, recorded, strict, bound, found):
        """Branches race on AWS: such a recording hides the ids of their events."""
        rest = [without_ids(event) for event in ours]
        for index, event in enumerate(recorded):
            at, tries = f"{path}/{index}", []
            if not isinstance(event.get("id"), list):
                same = next((left for left in ours if left.get("id") == event.get("id")), {})
                self.compare(at, same, event, strict, bound, found)
                continue
            for place, left in enumerate(rest):
                tried, differs = dict(bound), []
                self.compare(at, left, without_ids(event), strict, tried, differs)
                if not differs:
                    bound.update(tried)
                    rest.pop(place)
                    break
                tries.append(differs)
            else:
                found.extend(min(tries, key=len, default=[(at, None, event)]))

    @staticmethod
    def is_any(key, ours, recorded):
        kebab = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", key).lower()
        if recorded in ANY or recorded == key or (recorded in (kebab, kebab.replace("-", "_")) and key):
            return ours not in (None, "(nothing)")
        return NAMED.fullmatch(recorded) is not None and isinstance(ours, (str, int, dict, list)) and not NUMBERED.fullmatch(recorded)


def holds_placeholders(text):
    """Whether a text is a list of objects in which values were replaced: what replaced them wrote it anew, with its own white space."""
    return text.startswith("[{") and re.search(r'"<[A-Za-z][^">]*>"', text) is not None


def is_raced(events):
    return any(isinstance(event, dict) and isinstance(event.get("id"), list) for event in events)


def without_ids(event):
    return {key: value for key, value in event.items() if key not in ("id", "previousEventId")}


def matches(ours, recorded, bound):
    """Whether a text is the recorded one, with a text of ours for each numbered placeholder in it."""
    if ours == recorded:
        return True
    names, pattern, at = [], "", 0
    for found in NUMBERED.finditer(recorded):
        pattern += re.escape(recorded[at : found.start()]) + "(.+?)"
        names.append(found[0])
        at = found.end()
    if not names:
        return False
    match = re.fullmatch(pattern + re.escape(recorded[at:]), ours, re.DOTALL)
    if not match:
        return False
    for name, text in zip(names, match.groups()):
        # Requests have ids of their own.
        if ":" in name and bound.setdefault(name, text) != text:
            return False
    return True
