"""A case played from its first alarm to its end, for scenarios: every command at a moment of the script's own, every step held
against its exit code, what it said and the event in the log, every page against a golden one.

The clock is set for each command (FAULT_CLOCK) and goes on by a minute with each, so documents are the same whenever and
wherever the scenario runs, and an event's time says which step it is of.
"""
import datetime
import difflib
import json
import os
import re
import time

import attack

WRITE_GOLDEN = os.environ.get("STRONGROOM_WRITE_GOLDEN", "") not in ("", "0")
ULID = re.compile(r"\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b")


class Play(attack.Quick):
    """A vault whose people act at moments of a script."""

    def __init__(self, home, start):
        super().__init__(home)
        self.tap = attack.Tap()
        self.at(start)
        self.awaited = []
        self.masks = {}
        self.case = self.golden = self.sender = ""
        self.steps = 0
        self.files = os.path.join(home, "files")
        os.makedirs(self.files)

    def at(self, moment):
        """From here on: an ISO moment with its zone."""
        self.clock = datetime.datetime.fromisoformat(moment)

    def run(self, user, *arguments, **more):
        self.clock += datetime.timedelta(minutes=1)
        return super().run(user, *arguments, FAULT_CLOCK=self.ahead(), **more)

    def ahead(self):
        """By how many seconds the script's clock is before the machine's."""
        return int(self.clock.timestamp()) - int(time.time())

    def add_users(self, *users):
        for user in users:
            with open(self.passphrase(user), "w", encoding="utf-8", opener=attack.private) as file:
                file.write(f"the passphrase of {user}\n")
            self.must(attack.ADMIN, "user", "add", user, "--new-passphrase-file", self.passphrase(user))

    def file(self, name, text):
        path = os.path.join(self.files, name)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text if isinstance(text, str) else json.dumps(text, ensure_ascii=False))
        return path

    def step(self, name, user, *command, code=0, says=None, true=None, event=None, effect="permit"):
        """One step: it ends with @p code, says what the pattern @p says is of (on standard error where it fails), @p true holds
        of its JSON lines, and the log has @p event of this person with @p effect at this minute, or no event where that is None."""
        wants_json = true is not None or (code == 0 and says is None)
        ran = self.run(user, *command, *(["--json"] if wants_json else []))
        self.steps += 1
        said = (ran.out if ran.code == 0 else ran.err).decode("utf-8", "replace")
        try:
            good = ran.code == code and (says is None or re.search(says, said) is not None) and (true is None or bool(true(ran.lines)))
            why = ran
        except (ValueError, LookupError, TypeError) as error:
            good, why = False, f"{type(error).__name__}: {error}\n{ran}"
        self.tap.ok(good, f"{self.clock:%m-%d %H:%M} {user}: {name}", f"{' '.join(command)}\n{why}")
        self.awaited.append((self.clock, name, user, event, effect))
        return ran.lines if good and wants_json else [{}]

    # --- Documents of the case

    def of(self, case, golden, sender):
        """The case it is about, where golden pages of its documents are, and who sends them."""
        self.case, self.golden, self.sender = case, golden, sender
        self.masks[case] = "CASE"

    def draft(self, kind, *more, fields=None, lang="zh", way=("document", "draft")):
        """A draft with its pages, complete where it is given @p fields; its number and its directory."""
        out = os.path.join(self.files, f"{kind}-{self.steps}")
        given = ("--fields", self.file("fields.json", {"sender": self.sender, **fields})) if fields else ()
        lines = self.step(f"{kind} is drafted ({lang})", attack.INA, "incident", *way, self.case, kind, "--lang", lang, *given, "--out",
                          out, *more, true=lambda l: (l[0]["missing"] == []) == (fields is not None), event="document.draft")
        return str(lines[0].get("document", 0)), out

    def finish(self, kind, number):
        self.step(f"{kind} is done", attack.INA, "incident", "document", "finish", self.case, number, event="document.finish")

    def pages(self, name, out, *numbers):
        for number in numbers:
            golden = f"{name}.html" if len(numbers) == 1 else f"{name}-{number}.html"
            self.page(os.path.join(out, f"{number:05}.html"), os.path.join(self.golden, golden))

    def whole(self, kind, fields, *more, recipients=None, lang="zh"):
        """Drafted, like its golden page, or pages of these recipients, and done; its number."""
        way = ("document", "draft") if recipients is None else ("notify",)
        number, out = self.draft(kind, *more, fields=fields, lang=lang, way=way)
        self.pages(kind, out, *(recipients or (1,)))
        self.finish(kind, number)
        return number

    # --- Against the log, and against the golden pages

    def check_events(self, reader):
        """Each step against the log, read once."""
        found = {}
        for line in self.must(reader, "log", "replay", "--json").lines:
            if "decision" in line:
                found.setdefault(line["time"][:16], []).append((line["event"], line["actor"]["id"], line["decision"]["effect"]))
        for moment, name, user, event, effect in self.awaited:
            key = moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M")
            of = found.get(key, [])
            good = (event, user, effect) in of if event else not of
            self.tap.ok(good, f"event of {moment:%m-%d %H:%M}: {event or 'none'} ({effect}), for: {name}", of)

    def mask(self, text):
        for value, word in self.masks.items():
            text = text.replace(value, word).replace(value[-10:], word)
        return ULID.sub("ID", text)

    def page(self, path, golden):
        """The page is the golden one, but for ids."""
        try:
            with open(path, encoding="utf-8") as file:
                page = self.mask(file.read().split("<body>\n", 1)[1])
        except (OSError, IndexError) as error:
            return self.tap.ok(False, f"page {os.path.basename(golden)}", error)
        if WRITE_GOLDEN:
            os.makedirs(os.path.dirname(golden), exist_ok=True)
            with open(golden, "w", encoding="utf-8") as file:
                file.write(page)
        old = ""
        if os.path.exists(golden):
            with open(golden, encoding="utf-8") as file:
                old = file.read()
        changes = "".join(difflib.unified_diff(old.splitlines(True), page.splitlines(True), "golden", "written"))
        return self.tap.ok(page == old, f"page {os.path.basename(golden)} is the golden one", changes)
