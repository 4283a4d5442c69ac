"""Cloud Custodian handling CloudTrail events as its Lambda function does: how big, how long to load, how long for each event.

Usage: custodian.py <folder>; the folder is to hold config.json. Events come as lines of JSON and are answered with one line each.
"""
import json
import os
import sys
import time

folder = sys.argv[1]
os.chdir(folder)
os.environ["LAMBDA_TASK_ROOT"] = folder
began = time.perf_counter()
began_processor = time.process_time()
from c7n import handler  # noqa: E402
from c7n.resources import load_resources  # noqa: E402

# Lambda's start has this too: the module of the policy's resource is loaded with the first event.
load_resources(("aws.s3",))
loaded = (time.perf_counter() - began) * 1000
loaded_processor = (time.process_time() - began_processor) * 1000

from c7n.config import Config  # noqa: E402
from c7n.mu import PolicyLambda  # noqa: E402
from c7n.policy import PolicyCollection  # noqa: E402

with open("config.json") as file:
    data = json.load(file)
policies = PolicyCollection.from_data({"policies": data["policies"]}, Config.empty(**data["execution-options"]))
archive = PolicyLambda(list(policies)[0]).get_archive()
print(json.dumps({"loaded": loaded, "loadedProcessor": loaded_processor, "bytes": len(archive.get_bytes())}), flush=True)

for line in sys.stdin:
    start = time.perf_counter()
    cpu = time.process_time()
    answer = {"result": True}
    try:
        answer["result"] = handler.dispatch_event(json.loads(line), None)
    except Exception as error:
        answer["error"] = repr(error)
    answer["milliseconds"] = (time.perf_counter() - start) * 1000
    answer["processor"] = (time.process_time() - cpu) * 1000
    print(json.dumps(answer, default=str), flush=True)
