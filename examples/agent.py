"""An OCR agent of your own with the standard library alone: the queue posts a receipt to /extract, stores the answer.

    PORT=8002 python3 examples/agent.py        # and start the queue with AGENT_URL=http://127.0.0.1:8002
"""

import json
import os
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

MAX_BYTES = 64 * 1024
MAX_KEPT = 1_000

# Readings by idempotency key: a call that is repeated after a cut gets the answer that is paid for already.
kept = OrderedDict()
lock = Lock()


def read(receipt):
    """Put your model here. Amounts are decimal strings, dates YYYY-MM-DD, confidences 0 to 1; what is unknown is None."""
    return {
        "receipt_id": receipt["receipt_id"],
        "metadata": {
            "merchant_name": "Example Shop",
            "purchase_date": "2026-11-20",
            "total_amount": "3.20",
            "currency": "EUR",
            "confidence": 0.9,
        },
        "items": [
            {
                "item_name": "Tea",
                "quantity": "1",
                "unit_price": "3.20",
                "total_price": "3.20",
                "currency": "EUR",
                "confidence": 0.9,
            }
        ],
        "raw_text": "Example Shop\nTea 3.20",
        "validation": {"valid": True, "errors": [], "warnings": [], "confidence": 0.9},
        "processing_time_ms": 1,
        "success": True,
        "error_message": None,
    }


class Agent(BaseHTTPRequestHandler):
    def do_GET(self):
        # The queue asks for the agent's health here, which costs nothing.
        self.answer(200 if self.path == "/readyz" else 404, {"status": "ok"})

    def do_POST(self):
        length = self.headers.get("content-length", "")
        if self.path != "/extract" or not length.isdigit() or int(length) > MAX_BYTES:
            return self.answer(404, {"detail": "not found"})
        key = self.headers.get("idempotency-key", "")
        with lock:
            reading = kept.get(key)
        if reading is None:
            reading = read(json.loads(self.rfile.read(int(length))))
        with lock:
            kept[key] = reading
            while len(kept) > MAX_KEPT:
                kept.popitem(last=False)
        # 4xx would end the job, 5xx and 429 (with Retry-After) are tried again later.
        self.answer(200, reading)

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8002"))), Agent)
    print(f"listening on {server.server_address[1]}", flush=True)
    server.serve_forever()
