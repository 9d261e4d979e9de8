#!/usr/bin/env python3
"""The API as a document says it is: every status is provoked, every reply held against its schema, methods, types and
forms that are not are refused as they should be."""
import concurrent.futures
import fcntl
import os
import resource
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
import server as asking  # noqa: E402
from attack import ADMIN, AMY, BOB, INA  # noqa: E402
from contract import Contract  # noqa: E402
from server import Server, ask  # noqa: E402
from totp import code_of, settle  # noqa: E402

tap = attack.Tap()
work = attack.workplace("server-api")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
record = vault.must(AMY, "list", "K0001", "--kind", "voucher", "--json").lines[0]["id"]
server = Server(vault, "--listen", "127.0.0.1:0").start()
line = server.connect()
LINES = "application/x-ndjson"


def operation(name, arguments, token, **headers):
    return ask(line, "POST", "/v1/operations/" + name, arguments, token, **headers)


# --- The document ---
answer = ask(line, "GET", "/v1/openapi.json")
document = answer.json
contract = Contract(document)
asking.watcher = contract
contract.watch("GET", "/v1/openapi.json", answer)
tap.ok(answer.status == 200 and document["openapi"].startswith("3.1."), "the server tells its API, to anybody", answer)
tap.ok(not contract.faults(), "and the document is sound", "\n".join(contract.faults()))
with open(os.path.join(os.path.dirname(attack.PROGRAM), "..", "vault", "server", "openapi.json"), "rb") as file:
    tap.ok(attack.Ran(0, file.read(), b"").json == document, "it is the one that is installed")

tap.ok(ask(line, "GET", "/healthz").json["sealed"], "it is sealed")
tap.ok(ask(line, "GET", "/readyz").status == 503, "and could not work")

# --- Nothing is lost at the command line either, here and there ---
for place in (["--vault", vault.path], ["--server", "unix:" + server.socket]):
    done = vault.run(AMY, "correct", "K0001", record, "lines.0.summary=z", "--purpose", "task:1", "--if-version", "7", "--json", front=place)
    told = attack.Ran(0, done.err.splitlines()[-1], b"").json
    tap.ok(done.code == 1 and told["error"] == "changed", f"correct --if-version at {place[0]}: refused", done)

# --- Everything that can go wrong with a session ---
amy, bob, other, ina, adam = (server.token(user) for user in (AMY, BOB, BOB, INA, ADMIN))
for status, why, given in ((400, "a member that is none", ("POST", "/v1/sessions", {"user": AMY, "passphrase": "x", "more": 1})),
                                                      (401, "a wrong passphrase", ("POST", "/v1/sessions", {"user": "nobody", "passphrase": "x"})),
                           (413, "too long", ("POST", "/v1/sessions", {"user": AMY, "passphrase": "x" * 9000})),
                           (401, "no token", ("GET", "/v1/sessions")), (401, "no token", ("DELETE", "/v1/sessions/current")),
                           (401, "no token", ("DELETE", "/v1/sessions/01AB")), (401, "no token", ("POST", "/v1/files?name=x", b"x")),
                           (401, "no token", ("GET", "/v1/files/01AB"))):
    answer = ask(line, *given)
    tap.ok(answer.status == status, f"{' '.join(given[:2])}: {why}: {status}", answer)
tap.ok(ask(line, "POST", "/v1/sessions", b"{", Content_Type="application/json").status == 400, "a login that is no JSON: 400")
tap.ok(ask(line, "POST", "/v1/sessions", b"x", Content_Type="text/plain").status == 415, "a login that is not JSON: 415")
for _ in range(3):
    ask(line, "POST", "/v1/sessions", {"user": "nobody", "passphrase": "x"})
answer = ask(line, "POST", "/v1/sessions", {"user": "nobody", "passphrase": "x"})
tap.ok(answer.status == 429 and int(answer.headers["Retry-After"]) > 0, "after failures there is a pause: 429", answer)
for method, path in (("DELETE", "/v1/sessions/01AB"), ("GET", "/v1/files/01AB")):
    answer = ask(line, method, path, token=amy)
    tap.ok(answer.status == 404, f"{method} {path}: 404", answer)
answer = ask(line, "POST", "/v1/files", b"x", amy)
tap.ok(answer.status == 400, "a file without a name: 400", answer)


def raw(*lines):
    """A request that no library would write; its status."""
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(30)
        one.connect(server.socket)
        one.sendall(("\r\n".join(("{} HTTP/1.1".format(lines[0]), "Host: x", *lines[1:])) + "\r\n\r\n").encode())
        told = one.makefile("rb")
        status = int(told.readline().split()[1])
        headers = {}
        for header in iter(told.readline, b"\r\n"):
            name, value = header.decode().split(":", 1)
            headers[name.title()] = value.strip()
        given = asking.Raw(status, headers, told.read(int(headers.get("Content-Length", 0))))
    method, path = lines[0].split()
    contract.watch(method, path, given)
    return given


for path, kind in (("/v1/sessions", "json"), ("/v1/operations/user.list", "json"), ("/v1/files?name=x", "octet-stream")):
    answer = raw("POST " + path, "Content-Type: application/" + kind, "Authorization: Bearer " + amy)
    tap.ok(answer.status == 411, f"POST {path} without a length: 411", answer)
for path, kind in (("/v1/operations/user.list", "json"), ("/v1/files?name=x", "octet-stream")):
    answer = raw("POST " + path, "Content-Type: application/" + kind, f"Content-Length: {5 << 30}", "Authorization: Bearer " + amy)
    tap.ok(answer.status == 413 and answer.json["error"] == "limit", f"POST {path}, too long: 413 before a byte of it", answer)

# --- Methods, types, forms ---
for path, methods in (("/v1/sessions", "GET, HEAD, POST, OPTIONS"), ("/v1/sessions/current", "DELETE, OPTIONS"),
                      ("/v1/operations/client.list", "POST, OPTIONS"), ("/v1/files/01AB", "GET, OPTIONS"),
                      ("/v1/files", "POST, OPTIONS"), ("/healthz", "GET, HEAD, OPTIONS"), ("/readyz", "GET, HEAD, OPTIONS"), ("/metrics", "GET, HEAD, OPTIONS"),
                      ("/v1/openapi.json", "GET, HEAD, OPTIONS")):
    wrong = ask(line, "PATCH", path, token=amy)
    options = ask(line, "OPTIONS", path)
    tap.ok(wrong.status == 405 and wrong.headers["Allow"] == methods and wrong.type == "application/problem+json",
           f"PATCH {path}: 405, and what is allowed", f"{wrong} {wrong.headers}")
    tap.ok(options.status == 204 and options.headers["Allow"] == methods and not options.body, f"OPTIONS {path}: the same",
           f"{options} {options.headers}")
for path in ("/healthz", "/readyz", "/v1/openapi.json", "/v1/sessions"):
    head, got = ask(line, "HEAD", path, token=amy), ask(line, "GET", path, token=amy)
    tap.ok(head.status == 200 and head.body == b"" and head.type == got.type and
           head.headers["Content-Length"] == str(len(got.body)), f"HEAD {path}: the headers of GET", f"{head} {head.headers}")
for path in ("/", "/v2/sessions", "/v1/operations/no.such", "/v1/operations/", "/v1/clients/../sessions"):
    tap.ok(ask(line, "POST", path, {}, amy).status == 404, f"POST {path}: 404")
    tap.ok(ask(line, "OPTIONS", path).status == 404, f"OPTIONS {path}: 404")
for accept, status in (("text/html", 406), ("image/*", 406), ("text/html, */*;q=0.1", 200), ("application/json", 200),
                       (LINES, 200), ("application/*", 200)):
    answer = operation("client.list", {}, amy, Accept=accept)
    tap.ok(answer.status == status and (answer.type == LINES) == (accept == LINES), f"Accept: {accept}: {status}", answer)
for method, path in (("GET", "/v1/sessions"), ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"),
                     ("GET", "/v1/openapi.json"), ("POST", "/v1/files?name=x"),
                     ("POST", "/v1/sessions"), ("GET", "/v1/checkpoint/0")):
    answer = ask(line, method, path, {} if method == "POST" else None, amy, Accept="text/html")
    tap.ok(answer.status == 406, f"{method} {path}, as text/html: 406", answer)

# --- Everything that can go wrong with an operation ---
for status, error, given in (
        (400, "usage", ("client.show", {}, amy)), (400, "usage", ("client.show", {"client": "K0001", "more": 1}, amy)),
        (401, "passphrase", ("client.list", {}, "0" * 64)), (401, "passphrase", ("client.list", {}, None)),
        (403, "denied", ("user.list", {}, amy)), (404, "not_found", ("client.show", {"client": "K9999"}, amy)),
        (404, "not_found", ("no.such", {}, amy)), (409, "exists", ("portfolio.add", {"portfolio": "main"}, adam)),
        (422, "input", ("record.read", {"client": "K0001", "record": "x", "purpose": "task:1"}, amy)),
        (422, "input", ("client.list", b"{", amy))):
    kind = {"Content_Type": "application/json"}
    answer = operation(*given, **kind)
    tap.ok(answer.status == status and answer.json["error"] == error and
           answer.json["type"] == "urn:strongroom:problem:" + error and answer.json["status"] == status,
           f"{given[0]}: {status} {error}", answer)
    if status != 401 and given[1] != b"{":
        streamed = operation(*given, **kind, Accept=LINES)
        tap.ok(streamed.status == status and streamed.json == answer.json, "and the same where lines are asked for", streamed)
answer = operation("client.list", b"{}", amy, Content_Type="application/xml")
tap.ok(answer.status == 415 and answer.json["error"] == "usage", "another type: 415", answer)
done = vault.run(AMY, "client", "show", "K9999", "--json")
answer = operation("client.show", {"client": "K9999"}, amy).json
told = attack.Ran(0, done.err, b"").json
tap.ok({name: answer.get(name) for name in told} == told, "a problem has the members of the command line's", (answer, told))

# --- Frozen: 423, by operations and by paths, for whoever works on it ---
written = operation("record.export", {"clients": ["K0001"], "format": "csv", "out": "x.csv", "purpose": "task:1"}, amy)
vault.must("ina", "incident", "freeze", "--client", "K0001")
told = {"record": record, "purpose": "task:1"}
for status, answer in ((423, operation("record.read", {"client": "K0001", **told}, amy)),
                       (423, operation("client.show", {"client": "K0001"}, amy)),
                       (423, ask(line, "GET", f"/v1/clients/K0001/records/{record}?purpose=task:1", token=amy)),
                       (423, ask(line, "GET", "/v1/files/" + written.headers["Strongroom-File"], token=amy)),
                       (200, operation("client.list", {}, amy))):
    tap.ok(answer.status == status and (status == 200 or answer.json["error"] == "frozen" and answer.json["exit"] == 5),
           f"a client frozen by an incident: {status}", answer)
for user in ("ina", "adam"):
    vault.must(user, "incident", "unfreeze", "--client", "K0001")

tap.ok(ask(line, "GET", "/metrics").status == 200, "counters, at the local socket")
tap.ok(ask(server.https(), "GET", "/metrics").status == 404, "and not elsewhere: 404")

# --- Clients and records by paths of their own, and what has changed ---
def clients(method, path, body=None, token=None, **headers):
    return ask(line, method, "/v1/clients" + path, body, token or amy, **headers)


one = f"/K0001/records/{record}"
tap.ok(clients("GET", "").json == operation("client.list", {}, amy).json, "GET: the clients")
tap.ok(clients("GET", "/K0001").json["client_no"] == "K0001", "GET: one client")
answer = clients("GET", "/K0001/records?kind=voucher&period=2025-01")
tap.ok(answer.status == 200 and {row["kind"] for row in answer.json} == {"voucher"}, "GET: his records, by the query", answer)
answer = clients("GET", one + "/history")
tap.ok([row["version"] for row in answer.json] == [1], "GET: a record's history", answer)
read = clients("GET", one + "?purpose=task:1")
tag = read.headers["ETag"]
tap.ok(read.status == 200 and tag == f'"{record}.1"', "GET: a record, with its tag", f"{read} {read.headers}")
again = operation("record.read", {"client": "K0001", "record": record, "purpose": "task:1"}, amy)
tap.ok(again.headers["ETag"] == tag, "which it has as an operation too")
streamed = operation("record.read", {"client": "K0001", "record": record, "purpose": "task:1"}, amy, Accept=LINES)
tap.ok(streamed.headers["ETag"] == tag, "and as lines")
answer = clients("GET", one + "?purpose=task:1&reveal=gross,net")
tap.ok(answer.status == 400, "a list in the query is taken apart, and held against the record", answer)
for query, status in (("", 400), ("?purpose=task:1&more=1", 400), ("?purpose=task:1&purpose=task:2", 400), ("?purpose=task:1&version=x", 400),
                      ("?purpose=task:1&version=9", 404), ("?purpose=task:1&client=K0002", 400)):
    answer = clients("GET", one + query)
    tap.ok(answer.status == status, f"GET: a record{query}: {status}", answer)
events = [leaf["seq"] for leaf in vault.must(INA, "log", "replay", "--actor", AMY, "--event", "record.read", "--json").lines]
answer = clients("GET", one + "?purpose=task:1", If_None_Match=f'"x", {tag}')
leaves = vault.must(INA, "log", "replay", "--actor", AMY, "--event", "record.read", "--json").lines
tap.ok(answer.status == 304 and answer.body == b"" and answer.headers["ETag"] == tag, "what has not changed is not sent: 304", answer)
tap.ok(len(leaves) == len(events) + 1 and leaves[-1]["resources"][0]["id"] == record, "but decided and logged as a reading", leaves[-1])
for value, status in ((tag.replace(".1", ".2"), 200), ('"' + "0" * 26 + '.1"', 200), ("W/" + tag, 304), ("nonsense", 400)):
    tap.ok(clients("GET", one + "?purpose=task:1", If_None_Match=value).status == status, f"If-None-Match: {value}: {status}")
tap.ok(clients("GET", one + "?purpose=task:1", token=bob, If_None_Match=tag).status == 403, "who may not read is not told that either")
tap.ok(operation("record.read", {"client": "K0001", "record": record, "purpose": "task:1"}, amy, If_None_Match=tag).status == 400,
       "POST has no 304: 400")
answer = operation("record.read", {"client": "K0001", "record": record, "purpose": "task:1", "unless_version": 1}, amy)
tap.ok(answer.json["unchanged"] is True and answer.json["version"] == 1, "an operation says so in its words", answer)


def correct(text, path=one, query="?purpose=task:1", **headers):
    return clients("PATCH", path + query, {"lines.0.summary": text}, **headers)


answer = correct("first", If_Match=tag)
second = answer.headers["ETag"]
tap.ok(answer.status == 200 and answer.json["version"] == 2 and second == f'"{record}.2"', "PATCH: what was seen is corrected", answer)
answer = correct("lost", If_Match=tag)
tap.ok(answer.status == 412 and answer.json["error"] == "changed" and "version 2" in answer.json["message"] and answer.json["remedy"],
       "PATCH: what somebody else corrected meanwhile is not: 412", answer)
tap.ok(clients("GET", one + "?purpose=task:1").json["record"]["fields"]["lines"][0]["summary"] == "first", "and nothing was lost")
outcome = vault.must(INA, "log", "replay", "--event", "record.correct", "--json").lines[-1]
tap.ok(outcome["result"] == {"status": "undone", "reason": "changed"}, "which the log says", outcome)
given = {"client": "K0001", "record": record, "fields": {"lines.0.summary": "x"}, "purpose": "task:1"}
for headers, more, status in (({"If_Match": tag}, {}, 412), ({}, {"if_version": 1}, 412), ({"If_Match": '"x"'}, {}, 412), ({"If_Match": "W/" + second}, {}, 412),
                              ({"If_Match": "x"}, {}, 400), ({}, {"if_version": 0}, 400), ({"If_Match": tag}, {"if_version": 1}, 400),
                              ({"If_Match": "*"}, {}, 200), ({"If_Match": f'{tag},"y" , "{record}.3"'}, {}, 200), ({}, {"if_version": 4}, 200), ({}, {}, 200)):
    answer = operation("record.correct", {**given, **more, "fields": {"lines.0.summary": f"{headers} {more}"}}, amy, **headers)
    tap.ok(answer.status == status, f"record.correct {headers} {more}: {status}", answer)
tap.ok(operation("client.list", {}, amy, If_Match=tag).status == 400, "a condition on what has no tag is not passed over: 400")
for body, kind, status in ((b"[]", "application/json", 422), (b"{", "application/json", 422), (b"{}", "text/plain", 415)):
    answer = clients("PATCH", one + "?purpose=task:1", body, Content_Type=kind)
    tap.ok(answer.status == status, f"PATCH {body} as {kind}: {status}", answer)
answer = raw(f"PATCH /v1/clients{one}?purpose=task:1", "Content-Type: application/json", "Authorization: Bearer " + amy)
tap.ok(answer.status == 411, "PATCH without a length: 411", answer)
for status, given in ((401, ("GET", "", None, "0" * 64)), (403, ("GET", "/K0001", None, bob)), (404, ("GET", "/K9999")), (404, ("GET", "/K0001/nothing")),
                      (404, ("GET", "/a/records/b/history/c")), (413, ("GET", "/K0001", b"x" * 10))):
    answer = clients(*given)
    tap.ok(answer.status == status, f"{given[0]} /v1/clients{given[1]}: {status}", answer)
tap.ok(clients("GET", "/K0001/records/x?purpose=task:1").status == 422, "a record that is none: 422")
tap.ok(clients("GET", "", Accept="text/html").status == 406, "GET /v1/clients as text/html: 406")
head = clients("HEAD", "/K0001/records")
tap.ok(head.status == 200 and head.body == b"", "HEAD is GET without the body", head)
refused = ask(line, "DELETE", "/v1/clients" + one)
tap.ok(refused.status == 405 and refused.headers["Allow"] == "GET, HEAD, PATCH, OPTIONS", "records are not deleted: 405", refused)

# --- Files both ways, and lines of every form ---
upload = ask(line, "POST", "/v1/files?name=x.csv", b"a,b\n", amy).json["upload"]
answer = operation("record.import", {"files": ["x.csv"], "uploads": [upload], "dry_run": True}, amy)
tap.ok(answer.status in (200, 422), "an upload is read", answer)
answer = operation("record.export", {"clients": ["K0001"], "format": "csv", "out": "x.csv", "purpose": "task:1"}, amy, Accept=LINES)
kept = [one["files"] for one in answer.lines if "files" in one]
tap.ok(len(kept) == 1 and ask(line, "GET", "/v1/files/" + kept[0][0]["id"], token=amy).status == 200, "an export is fetched", answer)
answer = operation("log.checkpoint", {}, ina, Accept=LINES)
tap.ok(any("text" in one for one in answer.lines), "a text as lines", answer)
ended = [one["id"] for one in ask(line, "GET", "/v1/sessions", token=other).json if not one["current"]][0]
tap.ok(ask(line, "DELETE", "/v1/sessions/" + ended, token=amy).status == 403, "by nobody else: 403")
tap.ok(ask(line, "DELETE", "/v1/sessions/" + ended, token=other).status == 204, "a session is ended")
tap.ok(ask(line, "DELETE", "/v1/sessions/current", token=other).status == 204, "and one's own")

# --- What only a machine in trouble answers ---
keeper = server.children()["strongroom-keep"]
resource.prlimit(keeper, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
answer = operation("client.list", {}, amy)
tap.ok(answer.status == 507 and answer.json["error"] == "log" and answer.json["exit"] == 4, "the log cannot grow: 507", answer)
resource.prlimit(keeper, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
tap.ok(operation("client.list", {}, amy).status == 200, "and it goes on when it can")
with open(os.path.join(vault.path, "change.lock"), "rb") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)

    def patch(_):
        return ask(server.connect(), "PATCH", "/v1/clients" + one + "?purpose=task:1", {"no": "7"}, amy,
                   Idempotency_Key='"0123456789abcdef"')

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        statuses = pool.map(patch, range(2))
        answer = operation("portfolio.add", {"portfolio": "busy"}, adam)
        statuses = sorted(told.status for told in statuses)
    tap.ok(statuses == [409, 503], "the same request at the same time: 409", statuses)
    tap.ok(answer.status == 503 and answer.json["error"] == "busy" and answer.headers["Retry-After"],
           "another change does not end: 503", answer)
vault.sql("UPDATE record SET body = zeroblob(length(body)) WHERE kind = (SELECT kind FROM record LIMIT 1)")
rows = operation("record.list", {"client": "K0001"}, amy).json
answers = [operation("record.read", {"client": "K0001", "record": row["id"], "purpose": "task:1"}, amy) for row in rows]
tap.ok(500 in [one.status for one in answers] and "forged" in [one.json.get("error") for one in answers],
       "a record that was changed: 500", "\n".join(map(str, answers)))

# --- A second factor, and the log's head ---
for size, status in (("0", 200), ("5", 200), ("x", 400)):
    answer = ask(line, "GET", "/v1/checkpoint/" + size, token=amy)
    tap.ok(answer.status == status, f"the log's head since {size}: {status}", answer)
tap.ok(len(ask(line, "GET", "/v1/checkpoint/5", token=amy).json["proof"]) > 0, "with a proof")
tap.ok(ask(line, "GET", "/v1/checkpoint/0").status == 401, "not for who is not logged in: 401")
bob = server.token(BOB)
secret = operation("totp.enroll", {}, bob).json["secret"]
settle()
codes = operation("totp.confirm", {"secret": code_of(secret)}, bob).json["recovery_codes"]
answer = server.login(BOB)
tap.ok(answer.status == 401 and answer.json["needs"] == "totp", "a code is needed: 401", answer)
answer = ask(line, "POST", "/v1/sessions", {"user": BOB, "passphrase": f"the passphrase of {BOB}", "code": codes[0]})
tap.ok(answer.status == 201, "and given: 201", answer)
answer = operation("setting.set", {"name": "login.totp", "value": "required:1"}, adam)
tap.ok(answer.status == 200 and "second_factor_due" in server.login(AMY).json, "of everybody: told until when", answer)
server.stop()
server = Server(vault, FAULT_CLOCK=2 * 24 * 3600).start()
answer = server.login(AMY)
tap.ok(answer.status == 403, "then who has none is refused: 403", answer)

# --- Is that all? ---
tap.ok(not contract.problems, "every answer is what the document says", "\n".join(sorted(set(contract.problems))[:40]))
missing = [what for what in contract.unseen() if not (what.startswith("POST /v1/operations/") and "succeeded" in what)]
tap.ok(not missing, "every documented status was provoked", "\n".join(missing))
ended = server.stop()
tap.ok(ended.code == 0, "the server ends cleanly", ended)
tap.finish()
