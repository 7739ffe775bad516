"""The other side of webhooks: checks every call with code of its own, answers as told, and says what it got.

Usage: webhooks.py KEY

Prints the port that the system chose. `PUT /answer PATH STATUS SECONDS [LOCATION]` (as a JSON list) sets what calls of a
path are answered, and after how long; `GET /calls` lists what came. Ends when standard input does.
"""

import base64
import hashlib
import hmac
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

key = sys.argv[1].encode()
lock = threading.Lock()
answers, calls, taken = {}, [], set()
longest_age_seconds = 300


def verdict(headers, body):
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signed = b".".join([name.encode(), stamp.encode(), body])
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    if not hmac.compare_digest(expected, headers.get("webhook-signature", "")):
        return "forged"
    if abs(time.time() - int(stamp)) > longest_age_seconds:
        return "stale"
    if name in taken:
        return "repeated"
    return "new"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        with lock:
            status, seconds, *location = answers.get(self.path, [200, 0])
            call = {
                "path": self.path,
                "id": self.headers.get("webhook-id"),
                "verdict": verdict(self.headers, body),
                "body": json.loads(body),
                "answered": False,
            }
            calls.append(call)
            if 200 <= status < 300:
                taken.add(call["id"])
        time.sleep(seconds)
        with lock:
            call["answered"] = True
        self.reply(status, b"{}", location)

    def do_PUT(self):
        path, *answer = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with lock:
            answers[path] = answer
        self.reply(200, b"{}")

    def do_GET(self):
        with lock:
            body = json.dumps({"calls": calls}).encode()
        self.reply(200, body)

    def reply(self, status, body, location=()):
        try:
            self.send_response(status)
            for address in location:
                self.send_header("location", address)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # whoever asked did not wait

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
