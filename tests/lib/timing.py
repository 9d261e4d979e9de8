"""Can known and unknown users be told apart by how long a failed login takes?  Logins over TLS, each from an address of its
own so that no pause comes in between, one of either kind after the other; and the two usual statistics of their times."""
import http.client
import math
import random
import ssl
import time

from server import ask


def source(number):
    """One of the many addresses of this machine."""
    return f"127.{1 + number // 60000 % 200}.{number // 250 % 240}.{1 + number % 250}"


def connection_from(server, address):
    place = [url for url in server.told["urls"] if url.startswith("https://")][0]
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    host, port = place[len("https://"):].rsplit(":", 1)
    connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=60, source_address=(address, 0))
    connection.connect()
    return connection


class Measured:
    def __init__(self, server, users, seed=1):
        self.server, self.users, self.random = server, users, random.Random(seed)
        self.number = 0
        self.times = {True: [], False: []}

    def once(self, user, known):
        self.number += 1
        connection = connection_from(self.server, source(self.number))
        begin = time.perf_counter()
        answer = self.server.login(user, connection, passphrase="none of these, surely")
        took = time.perf_counter() - begin
        connection.close()
        if answer.status != 401:
            raise SystemExit(f"Bail out! {user}: {answer}")
        self.times[known].append(took)

    def forgive(self, user):
        """Three failures in a row are free; then the right passphrase, and out again."""
        self.number += 1
        connection = connection_from(self.server, source(self.number))
        answer = self.server.login(user, connection)
        if answer.status != 201:
            raise SystemExit(f"Bail out! {user}: {answer}")
        ask(connection, "DELETE", "/v1/sessions/current", token=answer.json["token"])
        connection.close()

    def run(self, logins):
        pair = 0
        while pair * 2 < logins:
            user = self.users[pair // 3 % len(self.users)]
            kinds = [(user, True), (f"{user}{self.random.randrange(10 ** 6)}", False)]
            self.random.shuffle(kinds)
            for name, known in kinds:
                self.once(name, known)
            pair += 1
            if pair % 3 == 0:
                self.forgive(user)
        return self


def ranks(values):
    """Of values as sorted with their kinds: mean ranks where they are equal."""
    found, at = [0.0] * len(values), 0
    while at < len(values):
        end = at
        while end < len(values) and values[end][0] == values[at][0]:
            end += 1
        found[at:end] = [(at + end + 1) / 2] * (end - at)
        at = end
    return found


def mann_whitney(a, b):
    """Two-sided p, by the normal approximation."""
    both = sorted([(value, True) for value in a] + [(value, False) for value in b])
    total = sum(rank for rank, (_, first) in zip(ranks(both), both) if first)
    mean = len(a) * (len(a) + len(b) + 1) / 2
    deviation = math.sqrt(len(a) * len(b) * (len(a) + len(b) + 1) / 12)
    z = (total - mean) / deviation
    return z, math.erfc(abs(z) / math.sqrt(2))


def kolmogorov_smirnov(a, b):
    """The largest distance of the two distributions, and its asymptotic p."""
    a, b = sorted(a), sorted(b)
    i = j = 0
    distance = 0.0
    while i < len(a) and j < len(b):
        value = min(a[i], b[j])
        while i < len(a) and a[i] <= value:
            i += 1
        while j < len(b) and b[j] <= value:
            j += 1
        distance = max(distance, abs(i / len(a) - j / len(b)))
    n = math.sqrt(len(a) * len(b) / (len(a) + len(b)))
    x = (n + 0.12 + 0.11 / n) * distance
    p = 2 * sum((-1) ** (k - 1) * math.exp(-2 * k * k * x * x) for k in range(1, 101))
    return distance, min(max(p, 0.0), 1.0)


def median(values):
    return sorted(values)[len(values) // 2]


def told(measured):
    known, unknown = measured.times[True], measured.times[False]
    z, p = mann_whitney(known, unknown)
    distance, q = kolmogorov_smirnov(known, unknown)
    return (f"{len(known)} known, {len(unknown)} unknown: medians {median(known) * 1e6:.0f} and {median(unknown) * 1e6:.0f} µs; "
            f"Mann-Whitney z {z:+.2f}, p {p:.3g}; Kolmogorov-Smirnov D {distance:.4f}, p {q:.3g}")
