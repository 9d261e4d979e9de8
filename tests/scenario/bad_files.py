#!/usr/bin/env python3
"""Files that are broken, or made to break what reads them: refused or warned of in one line that says file, row and field;
memory stays under 200 MB; never a signal; and nothing of them is in the vault afterwards but what was said."""
import io
import json
import os
import random
import resource
import subprocess
import sys
import threading
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import attack  # noqa: E402
from attack import AMY, INA  # noqa: E402

LIMIT = 200 << 20
tap = attack.Tap()
work = attack.workplace("bad-files")
vault = attack.Quick(os.path.join(work, "home"))
attack.people(vault)
vault.must(AMY, "import", os.path.join(attack.AGENCY, "clients.csv"))
HEAD = "客户编号,户名,账户性质,开户银行,银行账号,币种,是否启用\n"
ROW = "K0001,青禾样本商贸有限公司,基本存款账户,样本银行,020000000000000{:04d},CNY,是\n"


def run(*words, feed=None, timeout=60):
    """Ran, and the most memory that it held (with Argon2id remembered: what reading costs, not what hashing does)."""
    usage = os.path.join(work, "usage")
    code = ("import json, os, resource, subprocess, sys\n"
            "done = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL)\n"
            "json.dump([done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024], "
            "open(sys.argv[1], 'w'))\n")
    process = subprocess.Popen([sys.executable, "-c", code, usage, *vault.command(AMY, "import", "--json", *words)],
                               env=vault.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if feed is not None:
        threading.Thread(target=feed, daemon=True).start()
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return attack.Ran(-999, b"", b"TIMEOUT"), 0
    with open(usage, encoding="ascii") as file:
        code, most = json.load(file)
    return attack.Ran(code, out, err), most


def check(name, path, says=None, codes=(0, 1), new=None, words=(), feed=None):
    """says: a text that must stand in what is refused, warned of or complained about."""
    before = count()
    ran, most = run(path, *words, feed=feed)
    good = ran.code in codes and (ran.code == 0 or ran.clean())
    tap.ok(good, f"{name}: ends with {ran.code}, no signal, {'one line' if ran.code else 'a report'}", ran)
    tap.ok(0 < most < LIMIT, f"{name}: {most >> 20} MB at most", most)
    said = ran.err.decode("utf-8", "replace")
    if ran.out.strip():
        for file in ran.json["files"]:
            for part in ("refused", "warned"):
                said += "".join(f"\n{entry['where']}: {entry['reason']}" for entry in file[part])
        tap.ok(all("\n" not in entry["reason"] for file in ran.json["files"]
                   for entry in file["refused"] + file["warned"]), f"{name}: each reason is one line", ran)
        tap.ok(all(len(file["refused"]) == file["refused_count"] or len(file["refused"]) >= 20
                   for file in ran.json["files"]), f"{name}: every refusal has its place", ran)
    if ran.code != 0:
        tap.ok(os.path.basename(path) in said, f"{name}: the message names the file", said)
    if says is not None:
        tap.ok(any(text in said for text in ([says] if isinstance(says, str) else says)), f"{name}: says {says}", said)
    if new is not None:
        tap.ok(count() - before == new, f"{name}: {new} records are new", count() - before)
    return ran


def count():
    return sum(len(vault.must(AMY, "list", client, "--json").out.splitlines()) for client in ("K0001", "K0002"))


def write(name, content):
    path = os.path.join(work, name)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


# --- Text ---
check("an empty file", write("empty.csv", b""), new=0)
check("a heading only", write("heading.csv", HEAD), new=0)
check("a row cut in the middle", write("cut.csv", HEAD + ROW.format(1) + ROW.format(2)[:25]), codes=(0, 1))
check("a quote that never ends", write("quote.csv", HEAD + ROW.format(3) + 'K0001,"' + "甲" * 1000), says="row 3")
check("NULs in cells", write("nul.csv", HEAD + ROW.format(4).replace("样本银行", "样本\0银行")), says=("NUL", "row 2"))
check("nothing but NULs", write("nuls.csv", bytes(100000)))
check("bytes of no encoding", write("noise.csv", random.Random(1).randbytes(50000)))
half = (HEAD + ROW.format(5)).encode("utf-8")
check("UTF-8 with a broken byte", write("broken.csv", half[:-20] + b"\xff" + half[-20:]), says=("encoding", "UTF-8"),
      codes=(1,), new=0)
check("GBK said to be UTF-8", write("gbk.csv", (HEAD + ROW.format(6)).encode("gbk")), codes=(1,),
      words=("--encoding", "UTF-8"), says=("UTF-8", "encoding"), new=0)
check("UTF-8 said to be GB18030", write("utf8.csv", HEAD + ROW.format(7)), words=("--encoding", "GB18030"), codes=(0, 1))
check("an encoding that does not exist", write("any.csv", HEAD + ROW.format(8)), words=("--encoding", "KLINGON-8"),
      codes=(1,), new=0)
check("UTF-16 without a mark", write("utf16.csv", (HEAD + ROW.format(9)).encode("utf-16-le")), codes=(0, 1))
check("a column too few and one too many", write("columns.csv", HEAD + "K0001,甲\n" + ROW.format(10)[:-1] + ",多,余\n"),
      says=("row 2", "row 3"))
check("a client that does not exist", write("nobody.csv", HEAD + ROW.format(11).replace("K0001", "K9999")),
      says="row 2")
nobodies = "".join(ROW.format(11).replace("K0001", "A" * n + "虚" * 60) for n in range(6))
check("names of nobody, quoted up to the middle of a character", write("nobodies.csv", HEAD + nobodies),
      says="row 7", new=0)
vouchers = open(os.path.join(attack.AGENCY, "vouchers.csv"), encoding="utf-8-sig").read().splitlines()
bad = vouchers[1].split(",")
at = vouchers[0].split(",").index("借方金额")


def amount(name, value, **more):
    cells = list(bad)
    cells[at] = value
    return check(name, write("amount.csv", vouchers[0] + "\n" + ",".join(cells) + "\n"), **more)


amount("a number that lost its precision", "1.23457E+12", says=("row 2",))
amount("an amount of 40 digits", "1" * 40, says=("row 2",))
amount("an amount that is none", "一百元", says=("row 2",))
amount("NaN", "NaN", says=("row 2",))
cells = ROW.format(12).split(",")
cells[4] = "6.22202E+18"
check("an account number that a spreadsheet rounded", write("rounded.csv", HEAD + ",".join(cells)),
      says=("precision", "digits", "row 2"))
formula = ROW.format(13).replace("样本银行", '"=HYPERLINK(""http://x"",""点"")"')
check("a formula in a cell", write("formula.csv", HEAD + formula), codes=(0,), new=1)
out = os.path.join(work, "formula-out.csv")
vault.must(AMY, "export", "K0001", "--kind", "bank_account", "--format", "csv", "--out", out, "--purpose", "tax:1")
with open(out, encoding="utf-8-sig") as file:
    cells = [cell for line in file for cell in line.replace('"', "").split(",")]
tap.ok(not any(cell.startswith(("=", "+", "@")) for cell in cells), "a formula does not leave as a formula",
       [cell for cell in cells if cell.startswith("=")])
check("a hundred thousand columns", write("wide.csv", ",".join(f"列{n}" for n in range(100000)) + "\n" + "1," * 99999 + "1\n"))

# --- A cell of a gigabyte, through a pipe where the program reads one, else as a file with a hole ---
fifo = os.path.join(work, "endless.csv")
size = 1 << 30
with open(fifo, "wb") as file:
    file.write(HEAD.encode() + b'K0001,"')
    file.truncate(size)
check("a cell of 1 GB, of NULs", fifo, new=0)
os.unlink(fifo)
room = os.statvfs(work)
if room.f_bavail * room.f_frsize > (3 << 29) if attack.FULL else False:
    with open(fifo, "wb") as file:
        file.write(HEAD.encode() + b'K0001,"')
        for _ in range(1024):
            file.write(b"a" * (1 << 20))
    check("a cell of 1 GB, of letters", fifo, says=("row 2",), new=0)
    os.unlink(fifo)
else:
    with open(fifo, "wb") as file:
        file.write(HEAD.encode() + b'K0001,"')
        for _ in range(128):
            file.write(b"a" * (1 << 20))
    check("a cell of 128 MB, of letters (1 GB in the full form)", fifo, new=0)
    os.unlink(fifo)
os.mkfifo(fifo)


def feed():
    try:
        with open(fifo, "wb") as file:
            file.write(HEAD.encode() + b'K0001,"')
            for _ in range(256):
                file.write(b"a" * (1 << 20))
    except OSError:
        pass


check("a pipe", fifo, feed=feed, new=0)
os.unlink(fifo)
check("a directory", work, codes=(1,), new=0)
check("a device", "/dev/zero", codes=(1,), new=0)
check("a file that is not there", os.path.join(work, "none.csv"), codes=(1,), new=0)

# --- XML ---
deep = 100000
check("XML 100,000 deep", write("deep.xml", "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'>" +
                                "<a>" * deep + "</a>" * deep + "</Invoice>"), says=("deep", "nest"), new=0)
check("XML with a DOCTYPE", write("doctype.xml", "<?xml version='1.0'?><!DOCTYPE Invoice [<!ENTITY x 'y'>]>"
                                  "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'>&x;</Invoice>"),
      says="DOCTYPE", new=0)
laughs = "".join(f"<!ENTITY l{n} '{('&l%d;' % (n - 1)) * 10}'>" for n in range(1, 12))
check("XML with a billion laughs", write("laughs.xml", f"<!DOCTYPE Invoice [<!ENTITY l0 'ha'>{laughs}]><Invoice "
                                         "xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'>&l11;</Invoice>"),
      says="DOCTYPE", new=0)
check("XML that asks for another file", write("outside.xml", "<!DOCTYPE Invoice [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
                                              "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'>"
                                              "<ID>&x;</ID></Invoice>"), says="DOCTYPE", new=0)
for kind in ("ubl", "cii", "camt", "saft", "ofx"):
    folder = os.path.join(attack.SAMPLES, kind)
    sample = sorted(name for name in os.listdir(folder) if "hostile" not in name)[0]
    content = open(os.path.join(folder, sample), "rb").read()
    for part in (0.3, 0.7, 0.97):
        check(f"{kind} cut at {part:.0%}", write(f"cut-{sample}", content[:int(len(content) * part)]),
              words=("--client", "K0001"))
check("XML with one attribute of 50 MB", write("attribute.xml", "<Invoice a='" + "x" * (50 << 20) + "'/>"), new=0)

# --- Workbooks ---


def workbook(parts):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            with archive.open(name, "w", force_zip64=True) as part:
                for piece in data:
                    part.write(piece)
    return content.getvalue()


TYPES = [b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>']
BOOK = [b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
        b'<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>']
RELATIONS = [b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
             b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
             b'Target="worksheets/sheet1.xml"/></Relationships>']
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def book_with(sheet, **more):
    return workbook({"[Content_Types].xml": TYPES, "xl/workbook.xml": BOOK, "xl/_rels/workbook.xml.rels": RELATIONS,
                     "xl/worksheets/sheet1.xml": sheet, **more})


blank = b" " * (1 << 20)
bomb = book_with([SHEET] + [blank] * (2048 if attack.FULL else 1024))
check(f"a workbook of {len(bomb) >> 10} KB that unpacks to a gigabyte", write("bomb.xlsx", bomb), new=0)
cell = b'<row r="1"><c r="A1" t="inlineStr"><is><t>'
bomb = book_with([SHEET, cell] + [b"a" * (1 << 20)] * 1024 + [b"</t></is></c></row></sheetData></worksheet>"])
check("a workbook with a cell of a gigabyte", write("cell.xlsx", bomb), new=0)
strings = {"xl/sharedStrings.xml": [b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'] +
           [b"<si><t>a</t></si>" * 60000] * 400}
bomb = book_with([SHEET, b"</sheetData></worksheet>"], **strings)
check("a workbook with 24 million shared strings", write("strings.xlsx", bomb), new=0)
many = io.BytesIO()
with zipfile.ZipFile(many, "w") as archive:
    for number in range(70000):
        archive.writestr(f"x{number}", b"")
check("an archive of 70,000 parts", write("parts.xlsx", many.getvalue()), new=0)
far = book_with([SHEET, b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'])
check("a workbook whose only cell is its last", write("far.xlsx", far), new=0)
sample = os.path.join(attack.SAMPLES, "workbook")
name = sorted(file for file in os.listdir(sample) if file.endswith(".xlsx"))[0]
content = open(os.path.join(sample, name), "rb").read()
for part in (0.1, 0.5, 0.95):
    check(f"a workbook cut at {part:.0%}", write("cut.xlsx", content[:int(len(content) * part)]),
          words=("--client", "K0001"))
dice = random.Random(3)
for number in range(40 if attack.FULL else 8):
    noisy = bytearray(content)
    for _ in range(20):
        noisy[dice.randrange(len(noisy))] ^= 1 << dice.randrange(8)
    check(f"a workbook with twenty bits changed, the {number + 1}.", write("noisy.xlsx", bytes(noisy)),
          words=("--client", "K0001"))

# --- JSON lines ---
check("JSON 100,000 deep", write("deep.jsonl", "[" * 100000 + "]" * 100000 + "\n"), new=0)
check("a JSON line of 64 MB", write("long.jsonl", '{"kind":"' + "x" * (64 << 20) + '"}\n'), new=0)

verify = vault.run(INA, "log", "verify", "--json")
tap.ok(verify.code == 0 and verify.json["ok"], "after all that the log verifies", verify)
tap.finish()
