#!/usr/bin/env python3
"""Makes the OpenAPI 3.1 document of the server's API of the tables that the program reads (tables.c) and of api.txt,
which says what comes back.  An operation or a route that is in one of them only is an error.  Runs during the build.

usage: openapi.py TABLES API.TXT VERSION OUT.json OUT.c
"""
import json
import re
import sys

TYPES = {
    "text": {"type": "string"},
    "int": {"type": "integer"},
    "number": {"type": "number"},
    "bool": {"type": "boolean"},
    "null": {"type": "null"},
    "object": {"type": "object"},
    "any": {},
    "ulid": {"type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"},
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "time": {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"},
    "date": {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"},
}
LETTERS = {"t": TYPES["text"], "n": TYPES["int"], "b": TYPES["bool"], "o": TYPES["object"],
           "l": {"type": "array", "items": TYPES["text"]}}
# What any operation may come to besides success; each status is a response of its own.
OPERATION_ERRORS = (400, 401, 403, 404, 405, 406, 409, 411, 413, 415, 422, 423, 500, 503, 507)
# The same by a path of its own, read or changed.
READ_ERRORS = (400, 401, 403, 404, 406, 413, 422, 423, 500, 503, 507)
# Records have tags: who changes one may say which version he saw, who reads one which he has.
TAG = {"ETag": {"required": True, "schema": {"type": "string", "pattern": r'^"[0-7][0-9A-HJKMNP-TV-Z]{25}\.[1-9][0-9]*"$'},
                "description": "The record's id and version."}}
MATCH = {"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"},
         "description": "Tags of the version that may be changed; 412 where it is another by now."}
NONE_MATCH = {"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"},
              "description": "Tags that one has; 304 where the version is still that.  It is decided and logged as a reading."}
KEY = {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 202},
       "description": "16 to 200 visible characters in quotes, new for each request (a UUID).  A change is made once for a "
       "key: the same request with it gets the first answer again, for a day, also after a crash; another request gets 422, "
       "the same while the first is at work 409.  Passed over by operations that change nothing, and where they fail."}
# Of HTTP alone, before anybody of the vault was asked: the error's name.
HTTP_ERRORS = {400: "usage", 401: "passphrase", 404: "not_found", 405: "usage", 406: "usage", 411: "usage",
               413: "limit", 415: "usage", 500: "internal", 503: "busy"}
REASONS = {400: "An argument is missing, unknown or of the wrong form; or the request contradicts itself.",
           401: "Not logged in, or the session has ended.", 403: "Denied by the policy (an event), or no key opens it.",
           404: "There is no such thing, or no such path.", 405: "Not by this method; `Allow` names those that are.",
           406: "The answer comes in no form that `Accept` takes, or is too long for one piece: accept lines.",
           409: "It exists already; or a request with this key is at work.", 411: "The length of the body must be told.",
           412: "It was changed meanwhile: it is at another version.",
           413: "The body, or what is asked for, is beyond a limit.", 415: "The body's `Content-Type` is another.",
           422: "The input cannot be understood.",
           423: "An incident froze what this is about, or the person: nothing of it is shown or changed.", 429: "A pause after failures; see `Retry-After`.",
           500: "Damage, forgery, or a system that refuses.", 503: "Busy; see `Retry-After`.",
           507: "The log cannot be written, so nothing was done."}


def fail(text):
    sys.exit(f"openapi.py: {text}")


class Notation:
    """Types as api.txt writes them.

    TYPE    ONE | ONE …                   one of several
    ONE     [TYPE]                        a list
            {name: TYPE, other?: TYPE}    an object with these members and no others; ? marks optional ones; without a
                                          type a text; *: TYPE stands for members of any name; &NAME for those of NAME;
                                          … for any others
            'word'                        this text
            NAME                          a shape of api.txt (capitals), or of TYPES
    """
    TOKENS = re.compile(r"\s*('[^']*'|[A-Za-z_][\w.-]*|[\[\]{}:,|?*&…])")

    def __init__(self):
        self.shapes = {}

    def parse(self, text, where):
        tokens, at = [], 0
        text = text.rstrip()
        while at < len(text):
            found = self.TOKENS.match(text, at)
            if not found:
                fail(f"{where}: cannot be understood from here: {text[at:at + 40]}")
            tokens.append(found.group(1))
            at = found.end()
        self.tokens, self.where = tokens, where
        schema = self.type()
        if self.tokens:
            fail(f"{where}: more than one type: {' '.join(self.tokens)}")
        return schema

    def take(self, *wanted):
        if not self.tokens or (wanted and self.tokens[0] not in wanted):
            fail(f"{self.where}: {' or '.join(wanted) or 'more'} is missing before {' '.join(self.tokens[:5])}")
        return self.tokens.pop(0)

    def type(self):
        those = [self.one()]
        while self.tokens and self.tokens[0] == "|":
            self.take()
            those.append(self.one())
        words = [each["const"] for each in those if set(each) == {"const"}]
        if len(words) == len(those) and len(words) > 1:
            return {"enum": words}
        return those[0] if len(those) == 1 else {"anyOf": those}

    def one(self):
        token = self.take()
        if token == "[":
            inner = self.type()
            self.take("]")
            return {"type": "array", "items": inner}
        if token == "{":
            return self.members()
        if token.startswith("'"):
            return {"const": token[1:-1]}
        if token in TYPES:
            return TYPES[token]
        if token not in self.shapes:
            fail(f"{self.where}: there is no shape '{token}' above")
        return {"$ref": f"#/components/schemas/{token}"}

    def members(self):
        properties, required, others = {}, [], False
        while self.tokens and self.tokens[0] != "}":
            name = self.take()
            if name == "&":
                shape = self.shapes[self.take()]
                properties.update(shape["properties"])
                required += shape.get("required", [])
            elif name == "…":
                others = True
            else:
                optional = self.tokens[0] == "?" and bool(self.take())
                schema = self.type() if self.tokens[0] == ":" and self.take() else TYPES["text"]
                if name == "*":
                    others = schema
                else:
                    properties[name] = schema
                    required += [] if optional else [name]
            if self.tokens and self.tokens[0] != "}":
                self.take(",")
        self.take("}")
        return {"type": "object", "properties": properties, **({"required": required} if required else {}),
                "additionalProperties": others}


class Api:
    """What api.txt says, line by line: a head at the margin, and what belongs to it indented below."""

    def __init__(self, path):
        self.notation = Notation()
        self.arguments, self.operations, self.paths = {}, {}, {}
        with open(path, encoding="utf-8") as file:
            lines = [line.rstrip("\n") for line in file]
        number = 0
        while number < len(lines):
            head, where, body = lines[number], f"api.txt:{number + 1}", []
            number += 1
            while number < len(lines) and lines[number].startswith(" "):
                body.append(lines[number].strip())
                number += 1
            if head and not head.startswith("#"):
                self.entry(head, body, where)

    def entry(self, head, body, where):
        first, _, rest = head.partition(" ")
        rest = rest.strip()
        if first == "argument":
            name, _, text = rest.partition(" ")
            self.arguments[name] = text.strip()
        elif rest.startswith("= "):
            self.notation.shapes[first] = self.notation.parse(" ".join([rest[2:], *body]), where)
        elif first in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            path, _, text = rest.partition(" ")
            self.paths[first, path] = self.path(text.strip(), body, where)
        else:
            self.operations[first] = {"summary": rest, **self.reply(" ".join(body), where)}

    def reply(self, text, where):
        """What an operation replies: rows TYPE, value TYPE or text; several with ; between."""
        replies = {}
        for part in text.split(";"):
            form, _, shape = part.strip().partition(" ")
            if form not in ("rows", "value", "text") or (form == "text") != (shape == ""):
                fail(f"{where}: 'rows TYPE', 'value TYPE' or 'text' is expected, not: {part}")
            replies[form] = {"type": "string"} if form == "text" else self.notation.parse(shape, where)
        return {"replies": replies}

    def path(self, summary, body, where):
        path = {"summary": summary, "query": {}, "answers": {}, "errors": [], "body": None}
        for line in body:
            word, _, rest = line.partition(" ")
            if word == "body":
                path["body"] = rest if rest == "bytes" else self.notation.parse(rest, where)
            elif word == "query":
                name, _, text = rest.partition(" ")
                path["query"][name] = text.strip()
            elif word == "errors":
                path["errors"] = [int(one) for one in rest.split()]
            elif word.isdigit():
                path["answers"][word] = rest if rest in ("", "bytes", "text") else self.notation.parse(rest, where)
            else:
                fail(f"{where}: what is '{word}'?")
        return path


class Document:
    def __init__(self, tables, api, version):
        self.tables, self.api = tables, api
        self.statuses = set()
        self.paths = {}
        for operation in tables["operations"]:
            self.operation(operation)
        for route in tables["routes"]:
            self.route(route)
        for left in set(api.operations) - {operation["name"] for operation in tables["operations"]}:
            fail(f"api.txt describes '{left}', which is no operation")
        for left in api.paths:
            fail(f"api.txt describes {' '.join(left)}, which is no route")
        self.value = {
            "openapi": "3.1.0",
            "info": {"title": "Strongroom", "version": version,
                     "description": "One vault, many people: every path is an operation of the command line, with the same "
                     "arguments and the same JSON.  Versions: what /v1 names keeps its names and shapes; members may be "
                     "added within it, and what cannot be kept gets /v2 beside it.",
                     "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
            "servers": [{"url": "/"}],
            "security": [{"token": []}],
            "paths": self.paths,
            "components": {
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer",
                                              "description": "64 hexadecimal digits, from POST /v1/sessions."}},
                "schemas": {**api.notation.shapes, **self.problems()},
                "responses": {f"Problem{status}": self.response(status) for status in sorted(self.statuses)}}}

    # --- What goes wrong ---

    def errors_of(self, status):
        names = {error["name"] for error in self.tables["errors"] if error["status"] == status}
        names |= {HTTP_ERRORS[status]} if status in HTTP_ERRORS else set()
        names |= {"limit"} if status == 429 else set()
        return sorted(names)

    def problems(self):
        schemas = {"Problem": {
            "type": "object", "description": "RFC 9457, with the members of the command line's --json.",
            "properties": {
                "type": {"enum": ["urn:strongroom:problem:" + error["name"] for error in self.tables["errors"]]},
                "title": TYPES["text"], "status": {"type": "integer"}, "detail": TYPES["text"],
                "error": {"enum": [error["name"] for error in self.tables["errors"]]},
                "code": {"enum": [error["code"] for error in self.tables["errors"]]},
                "message": TYPES["text"], "exit": {"enum": [1, 2, 3, 4, 5]}, "remedy": TYPES["text"],
                "retry_after": {"type": "integer", "minimum": 1}, "needs": {"enum": ["totp"]}},
            "required": ["type", "title", "status", "detail", "error", "code", "message", "exit"],
            "additionalProperties": False}}
        for status in sorted(self.statuses):
            schemas[f"Problem{status}"] = {
                "$ref": "#/components/schemas/Problem",
                "properties": {"status": {"const": status}, "error": {"enum": self.errors_of(status)}}}
        return schemas

    def response(self, status):
        headers = {405: "Allow", 401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
        response = {"description": REASONS[status], "content": {
            "application/problem+json": {"schema": {"$ref": f"#/components/schemas/Problem{status}"}}}}
        if status in headers:
            response["headers"] = {headers[status]: {"required": True, "schema": TYPES["text"]}}
        return response

    def refusals(self, statuses):
        self.statuses |= set(statuses)
        return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}

    # --- Operations ---

    def request(self, operation):
        properties, required = {}, []
        for word in operation["arguments"].split():
            name = word[1:]
            properties[name] = dict(LETTERS[word[0].lower()])
            if name in self.api.arguments:
                properties[name]["description"] = self.api.arguments[name]
            required += [name] if word[0].isupper() else []
        schema = {"type": "object", "properties": properties, "additionalProperties": False}
        if operation["reads"]:
            properties["uploads"] = {"type": "array", "items": TYPES["text"],
                                     "description": f"What POST /v1/files gave for each of `{operation['reads']}`."}
            required += ["uploads"]
        if operation["secret"]:
            properties["secret"] = {"type": "string", "writeOnly": True}
            properties["secret_base64"] = {"type": "string", "writeOnly": True, "contentEncoding": "base64"}
            schema["oneOf"] = [{"required": ["secret"]}, {"required": ["secret_base64"]}]
        return schema | ({"required": required} if required else {})

    def lines(self, replies, operation):
        forms = {"progress": {"type": "array", "prefixItems": [TYPES["int"], TYPES["int"], TYPES["text"]], "items": False},
                 "problem": {"$ref": "#/components/schemas/Problem"}, "end": {"type": "object", "maxProperties": 0}}
        forms |= {"row": replies["rows"]} if "rows" in replies else {}
        forms |= {"value": replies["value"]} if "value" in replies else {}
        forms |= {"text": TYPES["text"], "bytes": {"type": "string", "contentEncoding": "base64"}} if "text" in replies else {}
        if operation["writes"]:
            file = {"type": "object", "properties": {"id": TYPES["text"], "path": TYPES["text"]},
                    "required": ["id", "path"], "additionalProperties": False}
            forms["files"] = {"type": "array", "items": file}
        return {"description": "One line; the last is `end` or `problem`, or the answer broke off.",
                "oneOf": [{"type": "object", "properties": {name: schema}, "required": [name],
                           "additionalProperties": False} for name, schema in sorted(forms.items())]}

    def success(self, operation, replies):
        content = {}
        whole = ([replies["value"]] if "value" in replies else []) + \
            ([{"type": "array", "items": replies["rows"]}] if "rows" in replies else [])
        if whole:
            content["application/json"] = {"schema": whole[0] if len(whole) == 1 else {"anyOf": whole}}
        if "text" in replies:
            content["text/plain"] = {"schema": TYPES["text"]}
        content["application/x-ndjson"] = {"schema": self.lines(replies, operation)}
        answer = {"description": "Done.", "content": content}
        if operation["writes"]:
            answer["headers"] = {"Strongroom-File": {
                "schema": TYPES["text"], "description": "Where one file was written: its id, for GET /v1/files/{id}."}}
        if operation["name"] in ("record.read", "record.correct"):
            answer["headers"] = TAG
        return answer

    def operation(self, operation):
        name = operation["name"]
        if name not in self.api.operations:
            fail(f"api.txt does not describe the operation '{name}': add it there, with what it replies")
        told = self.api.operations[name]
        conditional = name == "record.correct"
        self.paths["/v1/operations/" + name] = {"post": {
            "operationId": name, "summary": told["summary"], "tags": [name.split(".")[0]],
            "parameters": [KEY, *([MATCH] if conditional else [])],
            "requestBody": {"required": True, "content": {"application/json": {"schema": self.request(operation)}}},
            "responses": {"200": self.success(operation, told["replies"]),
                          **self.refusals(sorted((*OPERATION_ERRORS, *([412] if conditional else []))))}}}

    # --- The other paths ---

    def route(self, route):
        method, path = route["method"], route["path"]
        if path == "/v1/operations/":
            return
        if route["operation"]:
            self.resource(route)
            return
        path += "{id}" if path.endswith("/") else ""
        if (method, path) not in self.api.paths:
            fail(f"api.txt does not describe {method} {path}: add it there")
        told = self.api.paths.pop((method, path))
        place = {"operationId": f"{method} {path}", "summary": told["summary"],
                 "tags": [path.split("/")[-1] if path.count("/") < 2 else path.split("/")[2]]}
        parameters = [{"name": name, "in": "path", "required": True, "schema": TYPES["text"]}
                      for name in re.findall(r"{(\w+)}", path)]
        parameters += [{"name": name.rstrip("?"), "in": "query", "required": not name.endswith("?"), "description": text,
                        "schema": TYPES["text"]} for name, text in told["query"].items()]
        if parameters:
            place["parameters"] = parameters
        if not route["token"]:
            place["security"] = []
        if (told["body"] is not None) != (route["body_max"] > 0):
            fail(f"{method} {path}: has it a body or not?")
        if told["body"] is not None:
            raw = told["body"] == "bytes"
            place["requestBody"] = {"required": True, "content": {
                "application/octet-stream" if raw else "application/json": {} if raw else {"schema": told["body"]}}}
        answers = {}
        for status, schema in told["answers"].items():
            answers[status] = {"description": "Done."}
            if schema != "":
                forms = {"bytes": {"application/octet-stream": {}}, "text": {"text/plain": {"schema": TYPES["text"]}}}
                answers[status]["content"] = forms[schema] if isinstance(schema, str) else \
                    {"application/json": {"schema": schema}}
        place["responses"] = {**answers, **self.refusals(told["errors"])}
        self.paths.setdefault(path, {})[method.lower()] = place


    # --- Clients and records by paths of their own ---

    def resource(self, route):
        """An operation whose arguments come from the path and the query."""
        operation = next(one for one in self.tables["operations"] if one["name"] == route["operation"])
        told = self.api.operations[operation["name"]]
        properties = self.request(operation)["properties"]
        required = self.request(operation).get("required", [])
        path = route["path"].replace("*", "{client}", 1).replace("*", "{record}", 1)
        named = re.findall(r"{(\w+)}", path)
        parameters = []
        for name, schema in properties.items():
            if name == "fields":
                continue
            schema = dict(schema)
            parameters.append({"name": name, "in": "path" if name in named else "query",
                               "required": name in named or name in required, "description": schema.pop("description", ""),
                               "schema": schema, **({"style": "form", "explode": False} if "items" in schema else {})})
        responses = {"200": self.success(operation, told["replies"])}
        errors = READ_ERRORS
        if operation["name"] == "record.read":
            parameters.append(NONE_MATCH)
            responses["304"] = {"description": "It is still that version.", "headers": TAG}
        place = {"operationId": f"{route['method']} {path}", "summary": told["summary"],
                 "description": f"The same as POST /v1/operations/{operation['name']}.", "tags": [operation["name"].split(".")[0]]}
        if route["json"]:
            parameters += [MATCH, KEY]
            errors = sorted((*errors, 409, 411, 412, 415))
            place["requestBody"] = {"required": True, "description": properties["fields"].get("description", ""), "content": {
                "application/json": {"schema": {"type": "object", "additionalProperties": TYPES["text"]}}}}
        place["parameters"] = parameters
        place["responses"] = {**responses, **self.refusals(errors)}
        self.paths.setdefault(path, {})[route["method"].lower()] = place


def main():
    tables, text, version, out, source = sys.argv[1:]
    with open(tables, encoding="utf-8") as file:
        document = Document(json.load(file), Api(text), version).value
    whole = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    with open(out, "w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=1)
        file.write("\n")
    with open(source, "w", encoding="utf-8") as file:
        file.write('/* Made by openapi.py. */\n#include "vault/server/front_private.h"\n\nstatic const unsigned char text[] = {\n')
        for at in range(0, len(whole), 32):
            file.write(",".join(map(str, whole[at:at + 32])) + ",\n")
        file.write("};\n\nstruct bytes openapi_document(void)\n{\n    return bytes_of(text, sizeof text);\n}\n")


main()
