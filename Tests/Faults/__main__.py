"""Fault tests of the real program: kills, failing system calls, torn files, a full disk. See scripts/faults --help."""

import argparse
import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from clients import Follower, Ledger, load
from daemon import Daemon, Fault, eventually
from files import commit_ends, cut_log, stored, write_until_full
from injection import LASTING, PASSING, failing, injected, strace

READS = ["/healthz", "/v1/events?limit=5", "/v1/costs?group_by=deployment", "/v1/deployments", "/metrics"]


class Faults:
    """Runs the cases, each on a daemon and a data folder of its own, and keeps the table."""

    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.rows, self.failures = [], []

    @contextlib.contextmanager
    def case(self, name, disk=None):
        """A daemon that runs, and its ledger, for the time of the block; then the ledger is settled."""
        begin = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="steward-faults-", dir=self.options.work) as work:
            daemon, ledger, row = Daemon(self.options.binary, work, disk), Ledger(), {}
            try:
                daemon.start()
                yield daemon, ledger
                row = ledger.settle(daemon)
            except (Fault, OSError, subprocess.SubprocessError) as error:
                ledger.fault(f"{type(error).__name__}: {error}")
                if "Fatal error" in daemon.output():
                    ledger.fault(daemon.output()[-2000:])
            finally:
                daemon.kill()
        self.report(name, row, ledger, time.monotonic() - begin)

    def report(self, name, row, ledger, seconds):
        columns = [row.get(key) for key in ("acknowledged", "stored", "counted", "priced", "lost", "double")]
        if columns[3] is not None:
            columns[3] = f"${columns[3] // 10**9}.{columns[3] % 10**9:09d}"
        verdict = "FAILED" if ledger.faults else "ok"
        self.rows.append([name, *columns, ledger.refused_requests, verdict])
        print(f"   {verdict:>6}  {name} ({seconds:.0f} s): {ledger.retried_requests} requests retried, "
              f"{ledger.repeated_requests} repeated, {ledger.refused_requests} refused", flush=True)
        for fault in ledger.faults:
            self.failures.append(name)
            print("           " + fault.replace("\n", "\n           "), flush=True)

    def table(self):
        head = ["", "acknowledged", "stored", "counted", "priced", "lost", "double", "refused", ""]
        print(f"\n   {head[0]:34} {head[1]:>12} {head[2]:>8} {head[3]:>8} {head[4]:>17} {head[5]:>5} {head[6]:>6} "
              f"{head[7]:>7}")
        for row in self.rows:
            cells = ["-" if cell is None else str(cell) for cell in row]
            print(f"   {cells[0]:34} {cells[1]:>12} {cells[2]:>8} {cells[3]:>8} {cells[4]:>17} {cells[5]:>5} "
                  f"{cells[6]:>6} {cells[7]:>7}  {cells[8]}")

    # Kills

    def kills(self):
        with self.case(f"{self.options.kills} x kill -9 under load") as (daemon, ledger):
            senders = load(daemon, ledger, self.options.seed)
            follower = Follower(daemon)
            follower.start()
            moments = []
            for number in range(1, self.options.kills + 1):
                seconds = self.random.uniform(0.02, 1.2)
                time.sleep(seconds)
                daemon.require_running()
                daemon.kill()
                moments.append(f"{seconds:.3f}")
                if number % 5 == 0:
                    # Killed again while it starts on what the first kill left.
                    daemon.spawn()
                    moment = self.random.uniform(0, 0.15)
                    time.sleep(moment)
                    daemon.kill()
                    moments[-1] += f"+{moment:.3f}"
                if number % 10 == 0:
                    daemon.fsck()
                daemon.start()
                ledger.verify(daemon)
            print("           killed after seconds: " + " ".join(moments))
            for sender in senders:
                sender.finish()
            missed = follower.missed(ledger)
            if missed:
                ledger.fault(f"a reader that follows last_sequence did not see {len(missed)} stored events, "
                             f"such as {sorted(missed)[:3]}")

    # Failing system calls

    def lasting(self, name, faults):
        with self.case(name) as (daemon, ledger):
            senders = load(daemon, ledger, self.options.seed)
            for killed in (False, True):
                time.sleep(0.5)
                with failing(daemon, faults):
                    self.expect_refusal(daemon, ledger)
                    if killed:
                        daemon.kill()
                if killed:
                    daemon.start()
                before = len(ledger.acknowledged)
                eventually("events are taken again", lambda: len(ledger.acknowledged) > before + 200 or None)
            for sender in senders:
                sender.finish()
            status, _, body = post_deployment(daemon, "afterwards")
            if status != 201:
                raise Fault(f"a deployment after the fault: {status} {body!r}")

    @staticmethod
    def expect_refusal(daemon, ledger, everything=True):
        """Clients are refused, reads answer. On a full disk, unlike `everything`, something small may still fit."""
        refused = ledger.refused_requests
        eventually("requests are refused", lambda: ledger.refused_requests > refused + 12 or None)
        before = len(ledger.acknowledged)
        eventually("more are refused", lambda: ledger.refused_requests > refused + 24 or None)
        if everything and len(ledger.acknowledged) > before:
            raise Fault(f"{len(ledger.acknowledged) - before} events acknowledged while nothing could be written")
        expect_reads(daemon)
        status, headers, body = post_deployment(daemon, "meanwhile")
        if (everything and status != 503) or (status >= 500 and "Retry-After" not in headers):
            raise Fault(f"a deployment while nothing could be written: {status} {body!r}")
        daemon.require_running()

    def passing(self, name, faults):
        with self.case(name) as (daemon, ledger):
            senders = load(daemon, ledger, self.options.seed)
            time.sleep(0.3)
            with failing(daemon, faults):
                time.sleep(3)
                daemon.require_running()
            before = len(ledger.acknowledged)
            eventually("events are taken again", lambda: len(ledger.acknowledged) > before + 200 or None)
            for sender in senders:
                sender.finish()

    def at_start(self, name, faults):
        """On a new folder and on one in use: either it says why it cannot start, or it runs and refuses events."""
        with self.case(name + ", at start") as (daemon, ledger):
            for sender in load(daemon, ledger, self.options.seed, names="a"):
                time.sleep(0.5)
                sender.finish()
            daemon.kill()
            other = Daemon(daemon.binary, os.path.join(daemon.folder, "new"))
            os.mkdir(other.folder)
            try:
                for one in (other, daemon):
                    self.start_failing(one, faults)
                    one.start()
                other.stop()
            finally:
                other.kill()
            other.fsck()

    @staticmethod
    def start_failing(daemon, faults):
        log = os.path.join(daemon.folder, "strace")
        # The tracer on the side, so that the process is ours to wait for and to kill.
        daemon.spawn(*strace(faults, log), "-D")
        eventually("it ends or listens", lambda: daemon.process.poll() is not None or daemon.listens() or None)
        time.sleep(0.2)
        status = daemon.process.poll()
        if status is not None and (status != 1 or "\nsteward: " not in daemon.output()):
            raise Fault(f"exit status {status} at start:\n{daemon.output()}")
        if injected(log) == 0:
            raise Fault(f"no system call was made to fail: {faults}")
        daemon.kill()

    # A power cut

    def cut(self):
        with self.case(f"{self.options.cuts} x write-ahead log cut short") as (daemon, ledger):
            senders = load(daemon, ledger, self.options.seed)
            time.sleep(1.5)
            # While the process stands still, its files are what a cut of the power at this moment would leave.
            promised = set(ledger.acknowledged)
            daemon.process.send_signal(signal.SIGSTOP)
            copy = os.path.join(daemon.folder, "copy")
            shutil.copytree(daemon.data, copy)
            daemon.process.send_signal(signal.SIGCONT)
            for sender in senders:
                sender.finish()
            whole = stored(copy, daemon.folder)
            if promised - set(whole):
                raise Fault(f"{len(promised - set(whole))} acknowledged events are not in the files")
            commits = commit_ends(os.path.join(copy, "steward.db-wal"))
            size = os.path.getsize(os.path.join(copy, "steward.db-wal"))
            lengths = [self.random.randrange(size) for _ in range(self.options.cuts - 2)] + [0, commits[-1]]
            for number, length in enumerate(lengths):
                tail = [b"", b"\0" * 50_000, self.random.randbytes(50_000)][number % 3]
                commit = max(end for end in [0, *commits] if end <= length)
                self.expect_prefix(daemon, copy, whole, commit, length, tail)
            print(f"           {len(whole)} events, {len(commits)} commits in the log, cut at {sorted(lengths)}")

    @staticmethod
    def expect_prefix(daemon, copy, whole, commit, length, tail):
        """A log cut at `length` and continued by `tail` holds what it holds up to its last whole `commit`."""
        expected = stored(copy, daemon.folder, commit)
        if expected != whole[:len(expected)]:
            raise Fault(f"cut at byte {length}, what is left is not the beginning of what there was")
        torn = os.path.join(daemon.folder, "torn")
        shutil.copytree(copy, torn)
        cut_log(torn, length, tail)
        count = daemon.fsck(torn)
        left = stored(torn, daemon.folder)
        shutil.rmtree(torn)
        if left != expected or count != len(expected):
            raise Fault(f"cut at byte {length}: {len(left)} events, {count} by fsck, expected {len(expected)}")

    # A full disk

    def full_disk(self):
        if shutil.which("mount") is None or os.geteuid() != 0:
            print("     skip  a full disk: only root may mount a small file system")
            return
        disk = tempfile.mkdtemp(prefix="steward-disk-")
        mount = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", disk], stderr=subprocess.PIPE, check=False)
        try:
            if mount.returncode != 0:
                print(f"     skip  a full disk: {mount.stderr.decode().strip()}")
                return
            self.fill(disk)
        finally:
            if mount.returncode == 0:
                subprocess.run(["umount", disk], check=True)
            os.rmdir(disk)

    def fill(self, disk):
        with self.case("a full disk", disk) as (daemon, ledger):
            for killed in (False, True):
                ballast = write_until_full(os.path.join(disk, "ballast"), spare=0 if killed else 4 << 20)
                senders = load(daemon, ledger, self.options.seed + killed, padding=2000)
                self.expect_refusal(daemon, ledger, everything=False)
                if killed:
                    daemon.kill()
                    self.start_on_full_disk(daemon, ledger)
                os.remove(ballast)
                if daemon.process.poll() is not None:
                    daemon.start()
                before = len(ledger.acknowledged)
                eventually("events are taken again", lambda: len(ledger.acknowledged) > before + 200 or None)
                for sender in senders:
                    sender.finish()


    def start_on_full_disk(self, daemon, ledger):
        """Nothing can be recorded then, not even the start: it may say so and end, but it may not crash."""
        daemon.spawn()
        eventually("it ends or listens", lambda: daemon.process.poll() is not None or daemon.listens() or None)
        if daemon.process.poll() is None:
            daemon.wait_until_ready()
            self.expect_refusal(daemon, ledger, everything=False)
        elif daemon.process.returncode <= 0 or "the disk is full" not in daemon.output():
            raise Fault(f"exit status {daemon.process.returncode} on a full disk:\n{daemon.output()}")
        else:
            print("           started on a full disk, the daemon says so and ends")


def expect_reads(daemon):
    for path in READS:
        status, _, body = daemon.get(path)
        if status != 200:
            raise Fault(f"GET {path} answered {status} while nothing could be written: {body[:300]!r}")


def post_deployment(daemon, name):
    connection = daemon.connect()
    try:
        return daemon.request(connection, "POST", "/v1/deployments", f'{{"name":"{name}"}}')
    finally:
        connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", default="", help="a regular expression of case names")
    options = parser.parse_args()
    options.seed = random.randrange(1 << 32) if options.seed is None else options.seed
    print(f"   seed {options.seed}", flush=True)
    faults = Faults(options)
    cases = [("kill", faults.kills)]
    for name, injections in LASTING.items():
        cases.append((name, lambda name=name, injections=injections: faults.lasting(name, injections)))
    for name, injections in PASSING.items():
        cases.append((name, lambda name=name, injections=injections: faults.passing(name, injections)))
    for name, injections in LASTING.items():
        cases.append((name + ", at start", lambda name=name, injections=injections: faults.at_start(name, injections)))
    cases += [("log cut short", faults.cut), ("full disk", faults.full_disk)]
    for name, run in cases:
        if re.search(options.only, name):
            run()
    faults.table()
    sys.exit(1 if faults.failures else 0)


if __name__ == "__main__":
    main()
