"""The daemon under test."""

import http.client
import json
import os
import re
import signal
import subprocess
import time

ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("STEWARD_")}
# Here commits have to fail: a daemon that refuses before the disk is full would never come to that.
ENVIRONMENT["STEWARD_STORE_MINIMUM_FREE"] = "0"
ENVIRONMENT["SWIFT_BACKTRACE"] = "enable=no"  # the backtracer can hang in a process that is killed under load


class Fault(Exception):
    """The daemon did what it must not do."""


def eventually(what, attempt, seconds=30):
    """Asks again and again until there is an answer other than None."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = attempt()
        if answer is not None:
            return answer
        time.sleep(0.02)
    raise Fault(f"not within {seconds} s: {what}")


class Daemon:
    """The real program on a data folder of its own, listening on a port that the system chose."""

    def __init__(self, binary, folder, disk=None):
        self.binary, self.folder = binary, folder
        self.data = os.path.join(disk or folder, "data")
        self.log = os.path.join(folder, "log")
        self.process = self.port = self.token = None
        self.generation = 0

    def spawn(self, *wrapper):
        """Starts the process, through a wrapping command if one is given, and returns without waiting for it."""
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*wrapper, self.binary, "serve", "--data", self.data, "--listen", "127.0.0.1:0"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENVIRONMENT)

    def start(self, *wrapper):
        self.spawn(*wrapper)
        self.wait_until_ready()

    def wait_until_ready(self):
        found = eventually("the daemon listens", self._address)
        self.port = int(found[1])
        token = re.search(r"#token=(\S+)", self.output())
        self.token = token[1] if token else self.token
        eventually("the daemon is ready", lambda: self.get("/readyz")[0] == 200 or None)
        self.generation += 1

    def _address(self):
        if self.process.poll() is not None:
            raise Fault(f"the daemon did not start (exit status {self.process.returncode}):\n{self.output()}")
        output = self.output()
        # The token of a first start comes right after the address.
        ready = self.token or "#token=" in output
        return re.search(r"listening on http://127\.0\.0\.1:(\d+)\s", output) if ready else None

    def listens(self):
        return "listening on" in self.output()

    def output(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        if self.process:
            self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(60) != 0:
            raise Fault(f"exit status {self.process.returncode} after SIGTERM:\n{self.output()}")

    def require_running(self):
        if self.process.poll() is not None:
            raise Fault(f"the daemon ended by itself (exit status {self.process.returncode}):\n{self.output()}")

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def request(self, connection, method, path, body=None, content="application/json"):
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["Content-Type"] = content
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def get(self, path):
        connection = self.connect()
        try:
            return self.request(connection, "GET", path)
        finally:
            connection.close()

    def json(self, path):
        status, _, body = self.get(path)
        if status != 200:
            raise Fault(f"GET {path} answered {status}: {body[:500]!r}")
        return json.loads(body)

    def events(self, after=0):
        """Every stored event in the order of arrival, after a sequence number."""
        while True:
            page = self.json(f"/v1/events?after={after}&limit=1000")
            if not page["events"]:
                return
            yield from page["events"]
            after = page["events"][-1]["sequence"]

    def fsck(self, data=None):
        """How many events fsck counted; raises when it finds a difference."""
        result = subprocess.run(
            [self.binary, "fsck", "--data", data or self.data, "--output", "json"], env=ENVIRONMENT,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600, check=False)
        if result.returncode != 0:
            raise Fault(f"fsck: exit status {result.returncode}\n{result.stdout.decode(errors='replace')[-3000:]}")
        scopes = {check["name"]: check["scope"] for check in json.loads(result.stdout)["checks"]}
        return int(scopes["events"].split()[0])
