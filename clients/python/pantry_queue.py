"""The Python client of pantry-queue: one file, the standard library alone, Python 3.9 or newer.

It has the names, arguments and answers of the RQ client that pantry-queue replaces, so callers change nothing:

    from pantry_queue.client import queue_client        # or: from pantry_queue import queue_client

    job = queue_client.enqueue_ocr_task(17, "minio://receipts/a.jpg", user_id=1, priority="high")
    queue_client.get_job_status(job.id)["status"]

PANTRY_QUEUE_URL (default http://127.0.0.1:8000) says where the queue answers, PANTRY_QUEUE_KEY holds a key where calls
need one. docs/cut-over.md puts each old call beside what it does now.
"""

import http.client
import json
import os
import socket
import ssl
import sys
import time
import uuid
from datetime import datetime
from typing import Any, Dict, List, Optional
from urllib.parse import quote, urlencode, urlsplit

__all__ = [
    "Conflict",
    "Job",
    "NotAllowed",
    "NotFound",
    "QueueClient",
    "QueueError",
    "SimpleQueueClient",
    "Unavailable",
    "queue_client",
    "simple_queue_client",
]

CONNECT_S = 5.0
SILENT_S = 15.0
TOTAL_S = 30.0
MAX_ANSWER_BYTES = 8 * 1024 * 1024
TRIES = 4
MAX_PAUSE_S = 5.0
MAX_BATCH = 10_000
TERMINAL = ("finished", "failed", "canceled")


class QueueError(Exception):
    """What the queue refused, or that it could not be asked.

    `code` is stable and names the cause, `hint` the next step, `status` the HTTP status (0 where no answer came).
    """

    def __init__(self, code: str, message: str, hint: str = "", status: int = 0, retry_after_s: Optional[float] = None):
        super().__init__(f"{code}: {message} {hint}".strip())
        self.code = code
        self.message = message
        self.hint = hint
        self.status = status
        self.retry_after_s = retry_after_s


class NotFound(QueueError):
    """No such job or receipt of this caller."""


class NotAllowed(QueueError):
    """The key is missing, or does not allow this call."""


class Conflict(QueueError):
    """What is asked for contradicts what is there: another image, a job that cannot be canceled any more."""


class Unavailable(QueueError):
    """The queue could not be reached or is busy: nothing is known, and the same call may be made again."""


def _error(status: int, body: Any) -> QueueError:
    problem = body if isinstance(body, dict) else {}
    kind = QueueError
    if status == 404:
        kind = NotFound
    elif status in (401, 403):
        kind = NotAllowed
    elif status == 409:
        kind = Conflict
    elif status in (408, 425, 429) or status >= 500:
        kind = Unavailable
    return kind(
        str(problem.get("code", f"http_{status}")),
        str(problem.get("detail", "The address answered, but not as this queue does.")),
        str(problem.get("hint", "")),
        status,
        problem.get("retry_after_s"),
    )


class _Http:
    """Calls with limits: to connect, of silence, in all, and of bytes. A call that may be repeated is."""

    def __init__(self, url: str, key: Optional[str], total_s: float):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"PANTRY_QUEUE_URL is {url!r}; it must be like http://127.0.0.1:8000.")
        if key and not key.isprintable():
            raise ValueError("PANTRY_QUEUE_KEY holds characters that no key has.")
        self.parts = parts
        self.key = key
        self.total_s = total_s

    def call(self, method: str, path: str, body: Any = None, key: Optional[str] = None, repeat: bool = True) -> Any:
        """Returns the answer. Raises QueueError."""
        ends_at = time.monotonic() + self.total_s
        for left in reversed(range(TRIES if repeat else 1)):
            try:
                return self._once(method, path, body, key, ends_at)
            except Unavailable as error:
                pause_s = min(error.retry_after_s or 0.2 * 2 ** (TRIES - left), MAX_PAUSE_S)
                if left == 0 or time.monotonic() + pause_s >= ends_at:
                    raise
                time.sleep(pause_s)
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, body: Any, key: Optional[str], ends_at: float) -> Any:
        headers = {"accept": "application/json", "user-agent": "pantry-queue-python/1"}
        if self.key:
            headers["authorization"] = f"Bearer {self.key}"
        if key:
            headers["idempotency-key"] = key
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["content-type"] = "application/json"
        connection = self._open()
        try:
            connection.connect()
            connection.sock.settimeout(SILENT_S)
            connection.request(method, self.parts.path.rstrip("/") + path, data, headers)
            response = connection.getresponse()
            text = _read(response, ends_at)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(
                "unavailable",
                f"{self.parts.netloc} does not answer ({error or type(error).__name__}).",
                "Check that the queue runs and that PANTRY_QUEUE_URL is its address.",
            ) from error
        finally:
            connection.close()
        return _answer(response.status, text)

    def _open(self) -> http.client.HTTPConnection:
        host, port = self.parts.hostname, self.parts.port
        if self.parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=CONNECT_S, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, port, timeout=CONNECT_S)


def _read(response: http.client.HTTPResponse, ends_at: float) -> bytes:
    chunks, size = [], 0
    while True:
        if time.monotonic() > ends_at:
            raise socket.timeout("the answer came too slowly")
        chunk = response.read1(65_536)
        if not chunk:
            return b"".join(chunks)
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise QueueError("answer_too_large", f"The answer is larger than {MAX_ANSWER_BYTES} bytes.")
        chunks.append(chunk)


def _answer(status: int, text: bytes) -> Any:
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    if 200 <= status < 300 and isinstance(body, dict):
        return body
    raise _error(status, body)


def _iso(text: Optional[str]) -> Optional[str]:
    """As the replaced client wrote times: `2026-11-24T09:30:00.123000+00:00`."""
    moment = _datetime(text)
    return moment.isoformat() if moment else None


def _datetime(text: Optional[str]) -> Optional[datetime]:
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


class Job:
    """A job as the replaced client gave it: `id` at once, everything else asked for when it is first read."""

    def __init__(self, client: "QueueClient", job_id: str, known: Optional[Dict[str, Any]] = None):
        self.id = job_id
        self._client = client
        self._known = known
        #: The receipt already had this job: nothing new was queued.
        self.deduplicated = bool((known or {}).get("deduplicated"))

    def __repr__(self) -> str:
        return f"<Job {self.id}>"

    def get_id(self) -> str:
        return self.id

    def refresh(self) -> "Job":
        """Asks again. Raises NotFound, Unavailable."""
        self._known = self._client.get_job(self.id)
        return self

    def get_status(self, refresh: bool = True) -> str:
        return self.refresh().data["status"] if refresh else self.data["status"]

    @property
    def data(self) -> Dict[str, Any]:
        """Everything that the queue tells of the job."""
        if self._known is None:
            self.refresh()
        return self._known or {}

    @property
    def created_at(self) -> Optional[datetime]:
        return _datetime(self.data.get("created_at"))

    @property
    def started_at(self) -> Optional[datetime]:
        return _datetime(self.data.get("started_at"))

    @property
    def ended_at(self) -> Optional[datetime]:
        return _datetime(self.data.get("ended_at"))

    @property
    def result(self) -> Any:
        return self.data.get("result")

    @property
    def exc_info(self) -> Optional[str]:
        return self.data.get("exc_info")

    @property
    def meta(self) -> Dict[str, Any]:
        return _meta(self.data)

    @property
    def is_queued(self) -> bool:
        return self.get_status() == "queued"

    @property
    def is_started(self) -> bool:
        return self.get_status() == "started"

    @property
    def is_finished(self) -> bool:
        return self.get_status() == "finished"

    @property
    def is_failed(self) -> bool:
        return self.get_status() == "failed"

    def cancel(self) -> bool:
        return self._client.cancel_job(self.id)


def _meta(job: Dict[str, Any]) -> Dict[str, Any]:
    names = ("phase", "attempts", "position", "next_attempt_at", "priority", "generation", "error")
    return {name: job[name] for name in names if job.get(name) is not None}


class QueueClient:
    """The queue over HTTP. `url` and `key` default to PANTRY_QUEUE_URL and PANTRY_QUEUE_KEY, read at each call."""

    def __init__(self, url: Optional[str] = None, key: Optional[str] = None, timeout_s: float = TOTAL_S):
        self.url = url
        self.key = key
        self.timeout_s = timeout_s

    def _http(self) -> _Http:
        url = self.url or os.environ.get("PANTRY_QUEUE_URL") or "http://127.0.0.1:8000"
        return _Http(url, self.key or os.environ.get("PANTRY_QUEUE_KEY"), self.timeout_s)

    def enqueue_ocr_task(
        self, receipt_id: int, image_path: Optional[str] = None, user_id: Optional[int] = None, priority: str = "default"
    ) -> Job:
        """Queues one receipt; asking again gives the same job. Raises QueueError, Conflict for another image."""
        given = {"receipt_id": receipt_id, "image_path": image_path, "user_id": user_id, "priority": priority}
        job = self._http().call("POST", "/jobs", _without_none(given))
        return Job(self, job["job_id"], job)

    def enqueue_batch_ocr(
        self, receipt_ids: List[int], image_paths: Optional[List[str]] = None, user_id: Optional[int] = None
    ) -> List[Job]:
        """Queues all of them in one write, or none. Raises QueueError: lists of different lengths are refused."""
        if not receipt_ids:
            return []
        if len(receipt_ids) > MAX_BATCH:
            raise QueueError("batch_too_large", f"A batch has at most {MAX_BATCH} receipts.", "Send several.")
        given = {"receipt_ids": list(receipt_ids), "image_paths": image_paths, "user_id": user_id}
        # With the key a call that is made again after a cut is the same batch.
        self._http().call("POST", "/jobs/batch", _without_none(given), key=str(uuid.uuid4()))
        return [Job(self, f"ocr-{receipt_id}") for receipt_id in receipt_ids]

    def get_job(self, job_id: str) -> Dict[str, Any]:
        """All that the queue tells of a job. Raises NotFound, Unavailable."""
        return self._http().call("GET", f"/jobs/{quote(str(job_id), safe='')}")

    def get_job_status(self, job_id: str) -> Dict[str, Any]:
        """The state of a job. `not_found` is the queue's own word; where it cannot be asked, the status is `unavailable`."""
        try:
            job = self.get_job(job_id)
        except NotFound as error:
            return {"job_id": job_id, "status": "not_found", "error": str(error)}
        except Unavailable as error:
            return {"job_id": job_id, "status": "unavailable", "error": str(error)}
        return {
            "job_id": job["job_id"],
            "status": job["status"],
            "created_at": _iso(job.get("created_at")),
            "started_at": _iso(job.get("started_at")),
            "ended_at": _iso(job.get("ended_at")),
            "result": job.get("result"),
            "exc_info": job.get("exc_info"),
            "meta": _meta(job),
        }

    def cancel_job(self, job_id: str) -> bool:
        """True when the job is canceled, or will be within ten seconds. Raises Unavailable, since False would be a guess."""
        try:
            self._http().call("POST", f"/jobs/{quote(str(job_id), safe='')}/cancel")
            return True
        except (NotFound, Conflict):
            return False

    def get_queue_info(self) -> Dict[str, Any]:
        """Exact counts. Raises Unavailable."""
        info = self._http().call("GET", "/receipts/ocr/queue-status")
        names = ("name", "count", "started_jobs", "finished_jobs", "failed_jobs", "scheduled_jobs", "deferred_jobs")
        return {name: info[name] for name in names}

    def clear_failed_jobs(self) -> int:
        """Clears the failed jobs of this caller and returns how many really were; the queue can restore them for 24 hours."""
        http_client, ends_at = self._http(), time.monotonic() + self.timeout_s
        preview = http_client.call("POST", "/jobs/failed/clear", {})
        if not preview.get("would_affect"):
            return 0
        done = http_client.call("POST", "/jobs/failed/clear", {"confirm_token": preview["confirm_token"]})
        bulk = done["bulk"]
        while bulk["state"] == "running" and time.monotonic() < ends_at:
            time.sleep(0.2)
            bulk = http_client.call("GET", f"/bulks/{quote(bulk['bulk_id'], safe='')}")
        return int(bulk["done"])

    def wait_for_job(self, job_id: str, timeout_s: float = 600.0) -> Dict[str, Any]:
        """Waits without polling until the job has ended, or the time is over; returns its status either way."""
        ends_at = time.monotonic() + timeout_s
        path = f"/jobs/{quote(str(job_id), safe='')}"
        # The queue answers by itself a little before this client's limit of silence.
        while time.monotonic() < ends_at:
            seconds = max(0, min(10, int(ends_at - time.monotonic())))
            job = self._http().call("GET", f"{path}?{urlencode({'wait_seconds': seconds})}")
            if job["status"] in TERMINAL:
                break
        return self.get_job_status(job_id)


class SimpleQueueClient(QueueClient):
    """As the replaced API service used it: no priority, and `available` in the counts instead of an exception."""

    @property
    def available(self) -> bool:
        return bool(self.get_queue_info()["available"])

    def get_queue_info(self) -> Dict[str, Any]:
        try:
            return {"available": True, **super().get_queue_info()}
        except Unavailable:
            return {"available": False}


def _without_none(values: Dict[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


queue_client = QueueClient()
simple_queue_client = SimpleQueueClient()

# The replaced package had its client in a module of its own.
sys.modules.setdefault(f"{__name__}.client", sys.modules[__name__])
