"""A receiver of webhooks with the standard library alone: checks each message, does each once.

    WEBHOOK_SECRET=whsec_... PORT=9000 python3 examples/webhook_receiver.py
"""

import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_S = 300
MAX_BYTES = 64 * 1024


class Forged(Exception):
    """The message was not sent by a program that knows the secret, or not lately."""


def verify(body: bytes, headers, secret: str) -> dict:
    """Returns the message. `body` is what arrived, before anything has parsed it."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not message_id or not timestamp.isascii() or not timestamp.isdigit():
        raise Forged
    if abs(time.time() - int(timestamp)) > TOLERANCE_S:
        raise Forged
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(expected.encode(), each.encode()) for each in given):
        raise Forged
    return json.loads(body)


class Receiver(BaseHTTPRequestHandler):
    # In a real receiver both are rows of its database, written in the transaction that does the work.
    done = set()
    latest = {}

    def do_POST(self):
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > MAX_BYTES:
            return self.answer(413)
        try:
            message = verify(self.rfile.read(int(length)), self.headers, os.environ["WEBHOOK_SECRET"])
        except Forged:
            return self.answer(401)
        self.answer(204)
        self.handle_message(message)

    def handle_message(self, message):
        data = message["data"]
        if message["type"] == "webhook.test":
            return print(message["type"], flush=True)
        if data["id"] in self.done:
            return
        self.done.add(data["id"])
        receipt, sequence = data["receipt_id"], data.get("sequence", 0)
        if receipt is not None:
            if sequence < self.latest.get(receipt, 0):
                return
            self.latest[receipt] = sequence
        print(message["type"], data["job_id"] or "", flush=True)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9000"))), Receiver)
    print(f"listening on {server.server_address[1]}", flush=True)
    server.serve_forever()
