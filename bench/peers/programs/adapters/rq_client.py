"""The calls of RQ for the comparison, and the job that its worker runs. A JSON list a line in, an answer a line out."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor


def now():
    return time.monotonic_ns() / 1e6


def note(what, job_id):
    with open(os.path.join(os.environ["PEERS_DIR"], "log"), "a") as log:
        log.write(f"{what} {job_id} {now()}\n")


def handle(job):
    note("begin", job["receipt_id"])
    with open(os.path.join(os.environ["PEERS_DIR"], "job-ms")) as file:
        time.sleep(float(file.read()) / 1000)
    note("end", job["receipt_id"])


def main():
    import redis
    from rq import Queue, Retry
    from rq.job import Job

    url, name = sys.argv[1:]
    connection = redis.Redis.from_url(url)
    queue = Queue(name, connection=connection)
    # Without it a job whose worker dies is failed at once.
    retry = Retry(max=3)

    def counts(_):
        registries = (
            queue.started_job_registry,
            queue.finished_job_registry,
            queue.failed_job_registry,
            queue.deferred_job_registry,
            queue.scheduled_job_registry,
        )
        return [queue.count, *(registry.count for registry in registries)]

    def batch(jobs):
        queue.enqueue_many([Queue.prepare_data("rq_client.handle", (job,), retry=retry) for job in jobs])

    calls = {
        "enqueue": lambda job: queue.enqueue("rq_client.handle", job, retry=retry).id,
        "batch": batch,
        "status": lambda job_id: str(Job.fetch(job_id, connection=connection).get_status(refresh=False)),
        "counts": counts,
    }

    def time_each(call, inputs):
        spans, answers, first = [], [], now()
        for each in inputs:
            begun = now()
            answers.append(calls[call](each))
            spans.append(now() - begun)
        return {"spans": spans, "answers": answers, "begun": first}

    def time_parallel(call, inputs, callers):
        with ThreadPoolExecutor(callers) as threads:
            begun = now()
            list(threads.map(calls[call], inputs))
            return now() - begun

    ways = {"time": time_each, "time_parallel": time_parallel}
    for line in sys.stdin:
        way, *args = json.loads(line)
        print(json.dumps(ways[way](*args)), flush=True)


if __name__ == "__main__":
    main()
