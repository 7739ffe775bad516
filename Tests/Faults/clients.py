"""The clients that load the daemon, and their ledger of what was acknowledged."""

import collections
import contextlib
import http.client
import json
import random
import secrets
import threading
import time
import zlib
from datetime import datetime, timezone
from decimal import Decimal

from daemon import Fault


def cost_nanodollars(identifier):
    """The price of an event of the ledger: its tokens follow from its id."""
    tokens_in, tokens_out = tokens(identifier)
    return tokens_in * 150 + tokens_out * 600


def tokens(identifier):
    number = zlib.crc32(identifier.encode())
    return 1 + number % 5000, (number >> 16) % 700


def event(identifier, padding):
    tokens_in, tokens_out = tokens(identifier)
    version = f"v{tokens_in % 3}"
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({
        "id": identifier, "time": now, "deployment": "support-bot", "version": version,
        "provider": "openai", "model": "gpt-4o-mini", "status": "ok", "finish_reason": "stop",
        "latency_ms": 100 + tokens_out, "usage": {"input_tokens": tokens_in, "output_tokens": tokens_out},
        "output": secrets.token_hex(padding // 2)})


class Ledger:
    """What the clients were told, and what of it the daemon was found to have kept."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged, self.stored = set(), {}
        self.unverified = set()
        self.refused_requests = self.retried_requests = self.repeated_requests = 0
        self.lost, self.double, self.faults = set(), set(), []

    def acknowledge(self, identifiers):
        with self.lock:
            self.acknowledged.update(identifiers)
            self.unverified.update(identifiers)

    def fault(self, text):
        with self.lock:
            if len(self.faults) < 20:
                self.faults.append(text)

    def verify(self, daemon, whole=False):
        """Reads what the daemon stored since the last time, or all of it, and holds it against what it promised."""
        with self.lock:
            promised = set(self.acknowledged if whole else self.unverified)
            self.unverified -= promised
        if whole:
            self.stored = {}
        for one in daemon.events(after=max(self.stored.values(), default=0)):
            if one["id"] in self.stored:
                self.double.add(one["id"])
            self.stored[one["id"]] = one["sequence"]
            if one["cost_nanodollars"] != cost_nanodollars(one["id"]):
                self.fault(f"event {one['id']} costs {one['cost_nanodollars']}, not {cost_nanodollars(one['id'])}")
        self.lost |= promised - self.stored.keys()

    def settle(self, daemon):
        """The row of the table, once every client has its answer; `daemon` runs, and is stopped here."""
        self.verify(daemon, whole=True)
        costs = daemon.json("/v1/costs?group_by=deployment,version")["total"]
        metrics = daemon.get("/metrics")[2].decode()
        daemon.stop()
        expected = sum(map(cost_nanodollars, self.acknowledged))
        row = {
            "acknowledged": len(self.acknowledged), "stored": len(self.stored), "counted": costs["events"],
            "priced": costs["cost_nanodollars"], "lost": len(self.lost), "double": len(self.double)}
        self._require("fsck's events", daemon.fsck(), len(self.acknowledged))
        self._require("events stored", len(self.stored), len(self.acknowledged))
        self._require("events in /v1/costs", costs["events"], len(self.acknowledged))
        self._require("nanodollars in /v1/costs", costs["cost_nanodollars"], expected)
        self._require("steward_requests_total", total(metrics, "steward_requests_total"), len(self.acknowledged))
        self._require(
            "steward_cost_dollars_total", total(metrics, "steward_cost_dollars_total") * 10**9, expected)
        for word, names in (("lost", self.lost), ("stored twice", self.double)):
            if names:
                self.fault(f"{len(names)} events {word}, such as {sorted(names)[:3]}")
        return row

    def _require(self, what, value, expected):
        if value != expected:
            self.fault(f"{what}: {value}, expected {expected}")


def total(metrics, name):
    """The sum over all series of a metric, exactly."""
    return sum(Decimal(line.rsplit(" ", 1)[1]) for line in metrics.splitlines() if line.startswith(name + "{"))


class Request:
    """One body of events that a client sends until it is acknowledged."""

    def __init__(self, identifiers, padding):
        self.identifiers, self.attempts = identifiers, 0
        self.body = "\n".join(event(name, padding) for name in identifiers).encode()
        self.content = "application/json" if len(identifiers) == 1 else "application/x-ndjson"


class Sender(threading.Thread):
    """A client with one connection that retries what was not acknowledged and now and then repeats what was."""

    def __init__(self, name, daemon, ledger, seed, padding=300, batch=100):
        super().__init__(name=name, daemon=True)
        self.steward, self.ledger, self.padding, self.batch = daemon, ledger, padding, batch
        self.random = random.Random(f"{seed}-{name}")
        self.next_number = 0
        self.recent = collections.deque(maxlen=20)
        self.open, self.ended = threading.Event(), threading.Event()
        self.connection, self.generation = None, -1
        self.open.set()

    def run(self):
        try:
            while self.open.is_set():
                if self.recent and self.random.random() < 0.1:
                    self.deliver(self.random.choice(self.recent), repeated=True)
                else:
                    request = Request(self.names(self.batch if self.random.random() < 0.3 else 1), self.padding)
                    self.deliver(request)
                    self.recent.append(request)
        except Exception as error:  # pylint: disable=broad-except; a thread's error would be lost otherwise
            self.ledger.fault(f"client {self.name}: {error!r}")
        finally:
            self.ended.set()

    def names(self, count):
        first, self.next_number = self.next_number, self.next_number + count
        return [f"{self.name}-{number}" for number in range(first, first + count)]

    def finish(self):
        """Ends the client once it has the answer that it waits for."""
        self.open.clear()
        if not self.ended.wait(120):
            raise Fault(f"client {self.name} got no answer within 120 s")

    def deliver(self, request, repeated=False):
        end = time.monotonic() + 300
        while time.monotonic() < end:
            answer = self.attempt(request)
            if answer is None:
                time.sleep(0.01)
                continue
            status, headers, body = answer
            if status == 202:
                return self.acknowledged(request, json.loads(body), repeated)
            if status not in (429, 503) or not headers.get("Retry-After", "").isdigit():
                self.ledger.fault(f"answer {status}, Retry-After {headers.get('Retry-After')}: {body[:300]!r}")
            self.ledger.refused_requests += 1
            time.sleep(0.05)  # sooner than asked, so that a test does not take hours
        raise Fault("a request was not taken for 300 s")

    def attempt(self, request):
        """The answer, or None when the connection broke; then nobody knows whether the daemon has the events."""
        if self.generation != self.steward.generation or self.connection is None:
            self.generation = self.steward.generation
            self.connection = self.steward.connect()
        try:
            request.attempts += 1
            return self.steward.request(self.connection, "POST", "/v1/events", request.body, request.content)
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            return None

    def acknowledged(self, request, answer, repeated):
        count = len(request.identifiers)
        allowed = [0] if repeated else [0, count] if request.attempts > 1 else [count]
        if answer["accepted"] not in allowed or answer["accepted"] + answer["duplicates"] != count:
            self.ledger.fault(f"{count} events, attempt {request.attempts}, repeated {repeated}: {answer}")
        self.ledger.acknowledge(request.identifiers)
        with self.ledger.lock:
            self.ledger.retried_requests += request.attempts > 1 and not repeated
            self.ledger.repeated_requests += repeated


class Follower(threading.Thread):
    """Reads along as `steward tail` does, from the last sequence number that each page tells it."""

    def __init__(self, daemon):
        super().__init__(name="follower", daemon=True)
        self.steward, self.seen, self.last = daemon, set(), 0
        self.open = threading.Event()
        self.open.set()

    def run(self):
        while self.open.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException, Fault):
                self.step()
            time.sleep(0.02)

    def step(self):
        page = self.steward.json(f"/v1/events?after={self.last}&limit=1000")
        self.seen.update(one["id"] for one in page["events"])
        self.last = page["last_sequence"]
        return len(page["events"])

    def missed(self, ledger):
        """What it has not seen of all that is stored, once the clients have ended."""
        self.open.clear()
        self.join()
        while self.step() > 0:
            pass
        return ledger.acknowledged - self.seen


def load(daemon, ledger, seed, names="abcdef", **options):
    senders = [Sender(f"{name}{seed}", daemon, ledger, seed, **options) for name in names]
    for sender in senders:
        sender.start()
    return senders
