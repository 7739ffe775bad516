"""System calls of the daemon that fail, by strace."""

import contextlib
import os
import signal
import subprocess

from daemon import Fault, eventually

# Every fault here lasts until it is taken away, so nothing at all may be acknowledged meanwhile.
LASTING = {
    "no space on every write": ["pwrite64:error=ENOSPC"],
    "I/O error on every write": ["pwrite64:error=EIO"],
    "every write writes nothing": ["pwrite64:retval=0"],
    "I/O error on every sync": ["fdatasync:error=EIO"],
}
# These come and go: what is acknowledged between them must hold.
PASSING = {
    "no space on every 7th write": ["pwrite64:error=ENOSPC:when=7+7"],
    "I/O error on every 5th write": ["pwrite64:error=EIO:when=5+5"],
    "every 6th write writes nothing": ["pwrite64:retval=0:when=6+6"],
    "I/O error on every 3rd sync": ["fdatasync:error=EIO:when=3+3"],
    "I/O error on every 9th read": ["pread64:error=EIO:when=9+9"],
    "no space to grow files": ["fallocate:error=ENOSPC", "ftruncate:error=ENOSPC"],
}


def strace(faults, log):
    """The command that runs or traces a program whose system calls fail as said; injections are listed in `log`."""
    calls = ",".join(fault.split(":")[0] for fault in faults)
    injections = [part for fault in faults for part in ("-e", f"inject={fault}")]
    return ["strace", "-f", "-o", log, "-e", f"trace={calls}", *injections]


def injected(log):
    with open(log, encoding="utf-8", errors="replace") as lines:
        return sum("(INJECTED)" in line for line in lines)


@contextlib.contextmanager
def failing(daemon, faults):
    """The daemon's system calls fail within this block. Ends with how many did, at least one."""
    log = os.path.join(daemon.folder, "strace")
    with open(log + ".out", "wb") as output:
        tracer = subprocess.Popen([*strace(faults, log), "-p", str(daemon.process.pid)], stdout=output, stderr=output)
    try:
        eventually("strace traces the daemon", lambda: "attached" in read(log + ".out") or None)
        yield
        if injected(log) == 0:
            raise Fault(f"no system call was made to fail: {faults}")
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
