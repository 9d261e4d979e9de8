#!/usr/bin/env python3
"""The README's tours of an admin and of an accountant, each line typed as it stands: first what the admin does to begin with,
then the accountant's day, then what the admin does at its end."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402

tap = attack.Tap()
home = attack.workplace("readme-people")
vault = attack.Quick(home)
for user in ("wang", "li"):
    with open(vault.passphrase(user), "w", encoding="utf-8", opener=attack.private) as file:
        file.write(f"the passphrase of {user}\n")
for name, sample in (("clients.csv", "agency/utf8/clients.csv"), ("vouchers.csv", "agency/utf8/vouchers.csv"),
                     ("payroll.csv", "agency/utf8/payroll.csv"), ("payroll.xlsx", "workbook/vouchers.xlsx"),
                     ("statement.camt.xml", "camt/statement-v2.xml")):
    shutil.copy(os.path.join(attack.SAMPLES, sample), os.path.join(home, name))

# Whoever is named types his passphrase, and an admin that of a new person: here they are in files.
BEFORE = f"""
strongroom() {{
    local user= word before= more=()
    for word in "$@"; do [ "$before" != --as ] || user=$word; before=$word; done
    case " $* " in *" user add "*) more=(--new-passphrase-file "{home}/pass.$word") ;; *" init "*) more=(--kdf-memory 64) ;; esac
    "{attack.PROGRAM}" --passphrase-file "{home}/pass.$user" "$@" "${{more[@]}}"
}}
export STRONGROOM_VAULT={home}/vault HOME={home}
cd {home}
"""


def block(heading):
    with open(os.path.join(attack.SOURCE, "README.md"), encoding="utf-8") as file:
        part = file.read().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.search(r"^```\n(.*?)^```$", part, re.M | re.S)[1].splitlines()


def type_in(command):
    done = subprocess.run(["bash", "-c", BEFORE + command], env=vault.environment(TZ="UTC"), stdin=subprocess.DEVNULL,
                          capture_output=True, check=False, timeout=120)
    return attack.Ran(done.returncode, done.stdout, done.stderr)


def tour(lines, ids=None):
    said = {}
    for line in lines:
        # A record's id stands there shortened; what is revealed is of payroll.
        id_of = (ids or {}).get("payroll_entry" if "--reveal" in line else "voucher", "")
        ran = said[line] = type_in(line.replace("01M84…", id_of))
        tap.ok(ran.code == 0, line.split("#")[0].strip(), ran)
    return said


def out(said, part):
    return next(ran.out.decode() for line, ran in said.items() if part in line)


admin, accountant = block("Five minutes as an admin"), block("Five minutes as an accountant")
begins = next(i for i, line in enumerate(admin) if " revoke " in line)
tap.ok(len(admin) >= 8 and len(accountant) >= 9 and begins >= 6, "both tours are there")
said = tour(admin[:begins])
tap.ok("3" in out(said, "import clients.csv"), "the clients are read", out(said, "import clients.csv"))

for line in ("strongroom --as li import vouchers.csv", "strongroom --as li import payroll.csv"):
    if type_in(line).code != 0:
        raise SystemExit(f"Bail out! {line}")
ids = {}
for kind in ("voucher", "payroll_entry"):
    ids[kind] = type_in(f"strongroom --as li list K0001 --kind {kind} --json").lines[0]["id"]
said = tour(accountant, ids)
revealed = out(said, "--reveal")
masked = type_in(f"strongroom --as li show K0001 {ids['payroll_entry']} --purpose task:1").out.decode()
tap.ok("沈样一" in masked and "110105198002150010" not in masked, "what is personal is masked", masked)
tap.ok("110105198002150010" in revealed and "6212345678901234569" not in revealed, "and revealed where that is asked, and that alone", revealed)
tap.ok("办公费" in type_in(f"strongroom --as li show K0001 {ids['voucher']} --purpose task:1").out.decode(), "a correction is there")
tap.ok(out(said, " history ").count("li") >= 2, "and who made it", out(said, " history "))
tap.ok(os.path.getsize(os.path.join(home, "vouchers.xlsx")) > 1000, "an export is written")

said = tour(admin[begins:])
tap.ok(re.search(r"[1-9]\d* records of 1 client", out(said, " revoke ")), "how much li had seen is told", out(said, " revoke "))
ran = type_in(f"strongroom --as li show K0001 {ids['voucher']} --purpose task:1")
tap.ok(ran.code == 2, "and li reads nothing more", ran)
tap.ok(os.path.getsize(os.path.join(home, "vault-2025-01.backup")) > 1000, "a backup is there")
tap.finish()
