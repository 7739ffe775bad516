"""Files as a power cut or a full disk leaves them."""

import contextlib
import os
import shutil
import sqlite3
import struct


def write_until_full(path, spare):
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\1" * 65536)
    os.truncate(path, max(0, os.path.getsize(path) - spare))
    return path


def cut_log(data, length, tail=b""):
    # The index of the log lives in memory and is gone after a power cut.
    with contextlib.suppress(FileNotFoundError):
        os.remove(os.path.join(data, "steward.db-shm"))
    with open(os.path.join(data, "steward.db-wal"), "r+b") as log:
        log.truncate(length)
        log.seek(length)
        log.write(tail)


def commit_ends(path):
    """The lengths at which a write-ahead log ends in a commit (sqlite.org/fileformat2.html, section 4)."""
    with open(path, "rb") as log:
        header = log.read(32)
        page_size, salts = struct.unpack(">I", header[8:12])[0], header[16:24]
        ends = []
        while len(frame := log.read(24 + page_size)) == 24 + page_size and frame[8:16] == salts:
            if frame[4:8] != b"\0\0\0\0":
                ends.append(log.tell())
    return ends


def stored(data, folder, length=None):
    """Event ids in the order of arrival, read by SQLite itself from a copy with the log cut to `length`."""
    copy = os.path.join(folder, "read")
    shutil.copytree(data, copy)
    if length is not None:
        cut_log(copy, length)
    with contextlib.closing(sqlite3.connect(os.path.join(copy, "steward.db"))) as database:
        tables = database.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'events'").fetchone()[0]
        names = [row[0] for row in database.execute("SELECT id FROM events ORDER BY seq")] if tables else []
    shutil.rmtree(copy)
    return names
