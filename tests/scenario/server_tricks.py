#!/usr/bin/env python3
"""Tricks with requests, one by one: what is smuggled behind another, paths and tokens that are not what they seem, older
TLS, half-closed connections, many questions at once on one; each has the answer that it should have, and the log says
nothing that nobody asked."""
import os
import socket
import ssl
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import AMY, BOB, INA  # noqa: E402
from server import Server, ask  # noqa: E402

tap = attack.Tap()
work = attack.workplace("tricks")
vault = attack.Quick(os.path.join(work, "home"))
attack.furnished(vault)
server = Server(vault, "--listen", "127.0.0.1:0").start()
port = int(server.told["urls"][1].rsplit(":", 1)[1])
amy = server.token(AMY)


def raw(data, close=True):
    """All that is answered."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(5)
        peer.connect(server.socket)
        answer = b""
        try:
            peer.sendall(data)
            if close:
                peer.shutdown(socket.SHUT_WR)
            while piece := peer.recv(65536):
                answer += piece
        except OSError:
            pass
        return answer


def first(answer):
    return answer.split(b"\r\n", 1)[0]


# --- Smuggling: a list of clients hides in what frames another request; it must not be answered, nor logged ---
TOKEN = b"Authorization: Bearer " + amy.encode() + b"\r\n"
HIDDEN = b"POST /v1/operations/client.list HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + TOKEN + \
    b"Content-Length: 2\r\n\r\n{}"
HEAD = b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def lists():
    return len(vault.must(INA, "log", "replay", "--event", "client.list", "--json").lines)


before = lists()
SIZE = str(len(HIDDEN)).encode()
for name, data in (
        ("a length and chunks", HEAD + b"Content-Length: " + SIZE + b"\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN),
        ("chunks and a length", HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + HIDDEN),
        ("two lengths, the smaller first", HEAD + b"Content-Length: 2\r\nContent-Length: " + SIZE + b"\r\n\r\n{}" + HIDDEN),
        ("two lengths, the larger first", HEAD + b"Content-Length: " + SIZE + b"\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        ("lengths in one line", HEAD + b"Content-Length: 0, " + SIZE + b"\r\n\r\n" + HIDDEN),
        ("a length with a sign", HEAD + b"Content-Length: +0\r\n\r\n" + HIDDEN),
        ("a length in hexadecimal", HEAD + b"Content-Length: 0x0\r\n\r\n" + HIDDEN),
        ("a blank before the colon", HEAD + b"Transfer-Encoding : chunked\r\nContent-Length: " + SIZE + b"\r\n\r\n0\r\n\r\n" + HIDDEN),
        ("a tab before chunked", HEAD + b"Transfer-Encoding:\x0bchunked\r\nContent-Length: " + SIZE + b"\r\n\r\n0\r\n\r\n" + HIDDEN),
        ("chunked twice", HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + HIDDEN),
        ("an encoding around chunked", HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN),
        ("a folded header", HEAD + b"Content-Length:\r\n 0\r\nContent-Length: " + SIZE + b"\r\n\r\n" + HIDDEN),
        ("a chunk's size beyond numbers", HEAD + b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n0\r\n\r\n" + HIDDEN),
        ("a negative chunk", HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n0\r\n\r\n" + HIDDEN)):
    answer = raw(data)
    # Refused, and the connection is closed before what follows is read: then where a request ends cannot be disputed.
    tap.ok(b"HTTP/1.1 2" not in answer and b"K0001" not in answer,
           f"{name}: refused, and nothing behind it is read", answer[:300])
tap.ok(lists() == before, "no list of clients is in the log", lists() - before)
for name, data in (
        ("a bare line feed", b"GET /healthz HTTP/1.1\nHost: x\n\n" + HIDDEN),
        ("a chunk's extension", HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;x=\"\r\n{}\r\n0\r\n\r\n")):
    answer = raw(data)
    tap.ok(answer == b"" or answer.startswith(b"HTTP/1.1 "), f"{name}: answered as HTTP, or closed", answer[:200])

# --- Paths: one spelling each ---
for path in ("//v1/operations/client.list", "/v1//operations/client.list", "/v1/operations/./client.list", "/v1/operations/../sessions",
             "/V1/operations/client.list", "/v1/operations/client.list/", "/v1/operations/%2e%2e/sessions", "/v1/operations/client%00.list",
             "/v1/operations/client.list%00", "/v1/operations/client.list%00x", "/v1/operations/client.list%00?a=b",
             "/v1/operations/%2fetc%2fpasswd", "/v1/files/..%2f..%2ftoken", "/v1/operations/\xc0\xae\xc0\xae",
             "/v1/operations/%c0%ae%c0%ae%c0%af", "/%2e%2e/%2e%2e/etc/passwd", "/v1/operations/client.list;a=b",
             "/v1\\operations\\client.list", "/v1/operations/" + "a" * 65, "/v1/files/" + "0" * 300):
    for method in ("POST", "GET"):
        data = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {2 if method == 'POST' else 0}\r\n"
        answer = raw(data.encode("latin-1") + TOKEN + b"\r\n" + (b"{}" if method == "POST" else b""))
        tap.ok(any(first(answer).split(b" ")[1:2] == [code] for code in (b"404", b"400", b"405", b"414")),
               f"{method} {ascii(path)[:60]}: no other spelling", answer[:200])
answer = raw(b"POST http://elsewhere/v1/operations/client.list HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n" +
             TOKEN + b"\r\n{}")
tap.ok(b" 200 " not in first(answer), "an address of a proxy is none of ours", answer[:100])

# --- Tokens ---
line = server.connect()
left = server.token(AMY)
ask(line, "DELETE", "/v1/sessions/current", token=left)
for name, token in (("one that was logged out", left), ("one cut short", amy[:63]), ("one too long", amy + "0"), ("none", ""),
                    ("one with a zero", amy[:63] + "\0"), ("its neighbour", amy[:-1] + ("0" if amy[-1] != "0" else "1"))):
    try:
        status = server.run(line, token, "client.list").status
    except ValueError:  # this client's library refuses to send it
        status = int(raw(HIDDEN.replace(amy.encode(), token.encode())).split(b" ")[1])
    tap.ok(status in (400, 401), f"a token: {name}: {status}")
tap.ok(b" 401 " in raw(HIDDEN.replace(b"Bearer", b"Basic")), "a token of another scheme is none")
twice = raw(HIDDEN.replace(TOKEN, b"Authorization: Bearer " + b"0" * 64 + b"\r\n" + TOKEN))
tap.ok(b" 200 " not in first(twice), "two tokens: it is not the second that counts", twice[:100])
ran = attack.Quick(os.path.join(work, "other"))
attack.people(ran)
elsewhere = Server(ran).start()
foreign = elsewhere.token(AMY)
elsewhere.stop()
tap.ok(server.run(line, foreign, "client.list").status == 401, "one of another vault's server is none here")

# --- Who says from where he comes is not believed ---
answer = ask(server.connect(), "POST", "/v1/sessions", {"user": BOB, "passphrase": f"the passphrase of {BOB}"},
             X_Forwarded_For="203.0.113.9", Forwarded="for=203.0.113.9", X_Real_IP="203.0.113.9")
listed = ask(line, "GET", "/v1/sessions", token=answer.json["token"]).json
tap.ok(all(one["source"].startswith("uid:") for one in listed), "a proxy's headers change nothing of where a session is from", listed)
for name, value in (("X-HTTP-Method-Override", "DELETE"), ("X-Original-URL", "/v1/sessions")):
    answer = ask(line, "GET", "/healthz", **{name.replace("-", "_"): value})
    tap.ok(answer.status == 200, f"nor does {name} of what is asked", answer)

# --- Types ---
for kind in ("text/json", "application/jsonx", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
    answer = ask(line, "POST", "/v1/operations/client.list", b"{}", amy, Content_Type=kind)
    tap.ok(answer.status == 415, f"a body that says it is '{kind}': 415", answer)
answer = ask(line, "POST", "/v1/operations/client.list", b"\x1f\x8b\x08", amy, Content_Type="application/json", Content_Encoding="gzip")
tap.ok(answer.status in (415, 422), "a packed body is not unpacked", answer)

# --- Connections ---
tap.ok(b" 200 " in first(raw(HIDDEN)), "whoever has closed his half is answered")
many = raw(HIDDEN * 50)
tap.ok(many.count(b"HTTP/1.1 200") == 50 and many.count(b'"K0001"') == 50, "fifty questions in one breath have fifty answers",
       many.count(b"HTTP/1.1 200"))
answer = raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
tap.ok(b" 200 " not in first(answer), "the beginning of HTTP/2 is refused", answer[:100])
answer = raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n")
tap.ok(b" 101 " not in answer, "and no connection becomes one")

# --- TLS ---
def shakes(**options):
    """The version that was agreed on; else why none was."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        for name, value in options.items():
            if name == "alpn":
                context.set_alpn_protocols(value)
            elif name == "ciphers":
                context.set_ciphers(value)
            else:
                setattr(context, name, value)
        with socket.create_connection(("127.0.0.1", port), 5) as plain, context.wrap_socket(plain) as secure:
            return f"{secure.version()} {secure.selected_alpn_protocol()}"
    except (OSError, ValueError) as error:
        return type(error).__name__


import warnings  # noqa: E402
warnings.simplefilter("ignore", DeprecationWarning)  # of the old versions, which are the point
tap.ok(shakes().startswith("TLSv1.3"), "TLS 1.3 is agreed on", shakes())
for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1):
    said = shakes(minimum_version=ssl.TLSVersion.MINIMUM_SUPPORTED, maximum_version=version)
    tap.ok("TLSv" not in said, f"{version.name} is not", said)
tap.ok("h2" not in shakes(alpn=["h2", "http/1.1"]), "HTTP/2 is not", shakes(alpn=["h2", "http/1.1"]))
with socket.create_connection(("127.0.0.1", port), 5) as plain:
    plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    try:
        answer = plain.recv(1000)
    except OSError:
        answer = b""
tap.ok(b"HTTP/1.1 200" not in answer and b"sealed" not in answer, "the port of TLS does not speak without", answer[:100])
tap.ok(ask(server.https(), "GET", "/healthz").status == 200, "and serves whoever does")

ran = server.stop()
tap.ok(ran.code == 0, "it ends cleanly", ran)
verify = vault.run(INA, "log", "verify", "--json")
tap.ok(verify.code == 0 and verify.json["ok"], "the log verifies", verify)
tap.finish()
