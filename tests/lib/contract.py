"""The API's own document held against what a server answers: every reply against its schema, and a list of what was seen,
so that a test can tell what never was."""
import json
import re
import urllib.parse
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from jsonschema import Draft202012Validator, RefResolver

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")


class Contract:
    def __init__(self, document):
        self.document = document
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self.resolver = RefResolver.from_schema(document)
        self.compiled = {}
        self.templates = []
        for path in document["paths"]:
            pattern = "".join("[^/]+" if part.startswith("{") else re.escape(part)
                              for part in re.split(r"({\w+})", path))
            self.templates.append((re.compile(pattern + "$"), path))
        self.templates.sort(key=lambda pair: "{" in pair[1])
        self.seen = set()
        self.problems = []

    # --- The document itself ---

    def faults(self):
        """What is wrong with the document, by OpenAPI 3.1's rules as far as a document like ours can break them."""
        wrong = []
        if not re.fullmatch(r"3\.1\.\d+", self.document.get("openapi", "")):
            wrong.append("openapi: not 3.1")
        wrong += [f"info: no {name}" for name in ("title", "version") if not self.document.get("info", {}).get(name)]
        names = []
        for path, item in self.document["paths"].items():
            wrong += self.faults_of_item(path, item, names)
        wrong += [f"operationId {name} twice" for name in {name for name in names if names.count(name) > 1}]
        for schema in self.schemas(self.document):
            try:
                Draft202012Validator.check_schema(schema)
            except Exception as error:  # pylint: disable=broad-except
                wrong.append(f"schema: {str(error)[:200]}")
        for reference in self.references(self.document):
            try:
                self.resolver.resolve(reference)
            except Exception:  # pylint: disable=broad-except
                wrong.append(f"{reference}: leads nowhere")
        return wrong

    def faults_of_item(self, path, item, names):
        wrong = [] if path.startswith("/") else [f"{path}: no path"]
        for method, operation in item.items():
            where = f"{method} {path}"
            if method not in METHODS:
                wrong.append(f"{where}: no method")
                continue
            names.append(operation.get("operationId"))
            wrong += [f"{where}: no {name}" for name in ("operationId", "summary", "responses") if not operation.get(name)]
            told = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path" and one["required"]}
            if told != set(re.findall(r"{(\w+)}", path)):
                wrong.append(f"{where}: parameters of the path are {told}")
            for status, response in operation["responses"].items():
                response = self.follow(response)
                if not re.fullmatch(r"[1-5]\d\d", status) or not response.get("description"):
                    wrong.append(f"{where} {status}: no status, or no description")
        return wrong

    def schemas(self, value):
        if isinstance(value, dict):
            if isinstance(value.get("schema"), dict):
                yield value["schema"]
            for name, inner in value.items():
                if name == "schemas":
                    yield from inner.values()
                else:
                    yield from self.schemas(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from self.schemas(inner)

    def references(self, value):
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for inner in value.values():
                yield from self.references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from self.references(inner)

    # --- What was seen ---

    def follow(self, value):
        return self.resolver.resolve(value["$ref"])[1] if "$ref" in value else value

    def find(self, method, target):
        """The template and the operation, or None."""
        path = urllib.parse.urlsplit(target).path
        for pattern, template in self.templates:
            if pattern.match(path):
                return template, self.document["paths"][template].get(method.lower())
        return None, None

    def faults_of_value(self, key, schema, value):
        if key not in self.compiled:
            self.compiled[key] = Draft202012Validator(schema, resolver=self.resolver)
        return [f"at {'/'.join(map(str, error.absolute_path)) or 'the top'}: {error.message[:300]}"
                for error in self.compiled[key].iter_errors(value)]

    def watch(self, method, target, answer, request=None, closed=True):
        """One exchange; what is wrong with it is kept in `problems`.  @p closed: the reply was read to its end."""
        template, operation = self.find(method, target)
        where = f"{method} {target} {answer.status}"
        if operation is None:
            # What the document does not have, the server must not do.
            allowed = (204, 405) if template is not None else (404,)
            if method == "HEAD" and template is not None and "get" in self.document["paths"][template]:
                allowed = None
            if allowed is not None and answer.status not in allowed:
                self.problems.append(f"{where}: the document has no such path")
            elif answer.status == 405:
                self.seen.add((None, template, 405))
            return
        self.seen.add((method, template, answer.status))
        response = operation["responses"].get(str(answer.status))
        if response is None:
            self.problems.append(f"{where}: not documented: {answer.body[:200]!r}")
            return
        response = self.follow(response)
        for name, header in response.get("headers", {}).items():
            told = answer.headers.get(name)
            if header.get("required") and told is None:
                self.problems.append(f"{where}: without {name}")
            elif told is not None and not re.search(header["schema"].get("pattern", ""), told):
                self.problems.append(f"{where}: {name} is {told}")
        self.watch_body(where, (method, template, answer.status), response.get("content"), answer, closed)
        if answer.status < 300 and request is not None:
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            schema = content and content.get("schema")
            wrong = self.faults_of_value((method, template, "request"), schema, request) if schema else []
            self.problems += [f"{where}: it took a request that the document does not: {one}" for one in wrong]

    def watch_body(self, where, key, content, answer, closed):
        kind = answer.type.split(";")[0]
        if not content:
            if answer.body:
                self.problems.append(f"{where}: a body of {kind}, where none is documented")
            return
        if kind not in content:
            self.problems.append(f"{where}: comes as {kind}, documented are {', '.join(content)}")
            return
        schema = content[kind].get("schema")
        if schema is None or kind == "text/plain":
            return
        values = [answer.body] if kind != "application/x-ndjson" else answer.body.splitlines()
        last = None
        for text in values:
            try:
                last = json.loads(text)
            except ValueError:
                self.problems.append(f"{where}: no JSON: {text[:200]!r}")
                return
            self.problems += [f"{where}: {one}" for one in self.faults_of_value((*key, kind), schema, last)]
        if kind == "application/x-ndjson" and closed and not (last and ("end" in last or "problem" in last)):
            self.problems.append(f"{where}: lines without an end")

    # --- What was not ---

    def unseen(self):
        """What was documented and never seen: a path that succeeded, a status that it gave.  Operations share how they
        fail, and 5xx are all paths'."""
        succeeded = {(method, path) for method, path, status in self.seen if method and status < 400}
        missing, groups = [], {}
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                name = f"{method.upper()} {path}"
                if (method.upper(), path) not in succeeded:
                    missing.append(f"{name} never succeeded")
                group = next((one for one in ("/v1/operations/", "/v1/clients") if path.startswith(one)), name)
                for status in map(int, operation["responses"]):
                    seen = (method.upper(), path, status) in self.seen or (status == 405 and (None, path, 405) in self.seen)
                    groups.setdefault(("anywhere" if status >= 500 else group, status), []).append(seen)
        return missing + [f"{group}: {status} was never provoked" for (group, status), seen in sorted(groups.items())
                          if not any(seen)]
