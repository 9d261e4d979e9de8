#!/usr/bin/env python3
"""What a session opened for a change that was rolled back is of nothing that comes later under the same number: new clients
that were only tried, or whose import was refused, then brought in for good, by the same session."""
import csv
import io
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import ADMIN, AMY, INA  # noqa: E402
from server import Server, ask  # noqa: E402

tap = attack.Tap()
vault = attack.people(attack.Quick(os.path.join(attack.workplace("server-undone"), "home")))
server = Server(vault).start()
line = server.connect()
adam, amy = server.token(ADMIN), server.token(AMY)


def sample(name):
    with open(os.path.join(attack.AGENCY, name), encoding="utf-8-sig", newline="") as file:
        return [[cell.replace("K0", "U0") for cell in row] for row in csv.reader(file)]


def text_of(rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return ("\ufeff" + out.getvalue()).encode()


clients, vouchers = sample("clients.csv"), sample("vouchers.csv")
backwards = clients[:1] + clients[:0:-1]  # so that other clients come to the same rows


def bring(*files, **more):
    uploads = [ask(line, "POST", f"/v1/files?name={name}", text, amy).json["upload"] for name, text in files]
    return server.run(line, amy, "record.import", files=[name for name, _ in files], uploads=uploads, **more)


def opens(token, client):
    """How many of the client's records are listed, and all of them read."""
    listed = server.run(line, token, "record.list", client=client)
    read = [server.run(line, token, "record.read", client=client, record=one["id"], purpose="task:1") for one in listed.json or []] \
        if listed.status == 200 else [listed]
    return listed.status == 200 and len(read) > 0 and all(one.status == 200 for one in read), [one for one in read if one.status != 200]


# --- Tried, twice, in another order ---
for order in (clients, backwards):
    answer = bring(("clients.csv", text_of(order)), ("vouchers.csv", text_of(vouchers)), dry_run=True)
    tap.ok(answer.status == 200 and answer.json.get("dry_run"), "a dry run of new clients and their vouchers", answer)

# --- Refused: the last line of a file has no end ---
answer = bring(("clients.csv", text_of(backwards)), ("vouchers.csv", text_of(vouchers) + b'"U0001,2025'))
tap.ok(answer.status != 200, "an import that is refused", answer)
tap.ok(server.run(line, amy, "client.show", client="U0001").status == 404, "of which nothing is there")

# --- And for good ---
answer = bring(("clients.csv", text_of(clients)), ("vouchers.csv", text_of(vouchers)))
tap.ok(answer.status == 200 and not answer.json.get("dry_run"), "then the import for good, by the same session", answer)
there = [one["client_no"] for one in server.run(line, amy, "client.list").json]
tap.ok(len(there) == len(clients) - 1, "its clients are there", there)
with_records = sorted({one[0] for one in vouchers[1:]})
for who, token in (("the same session", amy), ("a new one", server.token(AMY))):
    for client in with_records:
        good, why = opens(token, client)
        tap.ok(good, f"{client} opens for {who}", why)

# --- A portfolio whose making was refused ---
answer = server.run(line, adam, "portfolio.add", portfolio="east", role="nobody")
tap.ok(answer.status != 200, "a portfolio for a role that is none", answer)
answer = server.run(line, adam, "portfolio.add", portfolio="east")
tap.ok(answer.status == 200, "then one", answer)

tap.ok(server.stop().code == 0, "the server is stopped")
for client in with_records:
    listed = vault.run(AMY, "list", client, "--json")
    tap.ok(listed.code == 0 and len(listed.lines) > 0, f"{client} opens for a program of its own", listed)
ran = vault.run(INA, "log", "verify", "--json")
tap.ok(ran.code == 0, "the log verifies", ran)
tap.finish()
