"""Makes the calls that stand on stdin, one JSON list a line, and writes what came of each: a driver for the tests.

    python_caller.py FOLDER URL [KEY]
"""

import importlib
import json
import sys

folder, url = sys.argv[1:3]
sys.path.insert(0, folder)
# As the callers of the replaced package import it.
module = importlib.import_module("pantry_queue.client")
clients = {
    "client": module.QueueClient(url, *sys.argv[3:4]),
    "simple": module.SimpleQueueClient(url, *sys.argv[3:4]),
}


def plain(value):
    if isinstance(value, module.Job):
        return {"job": value.id, "status": value.get_status(), "deduplicated": value.deduplicated}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


for line in sys.stdin:
    name, method, args = json.loads(line)
    try:
        if name == "set":
            setattr(module if hasattr(module, method) else clients["client"], method, args)
            answer = None
        else:
            found = getattr(clients[name], method)
            answer = plain(found(**args) if callable(found) else found)
    except Exception as error:
        answer = {"raised": type(error).__name__, "code": getattr(error, "code", None), "says": str(error)}
    print(json.dumps(answer), flush=True)
