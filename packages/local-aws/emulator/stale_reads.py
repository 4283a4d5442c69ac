"""Reads that lag behind writes: the state of a service as it was some time ago.

The gateway decides which call is answered so, and says it in a header that no client can send. Before a write the state of its service,
account and region is remembered; a stale read sees the state before the first write since. Whoever is asked whether a call is allowed
sees the present.

https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel
"""

import collections
import contextvars
import copy
import time

from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict, get_account_id, get_region
from ministack.services import ec2, iam, lambda_svc, s3

MODULES = {"ec2": ec2, "iam": iam, "lambda": lambda_svc, "s3": s3}
# Strongly consistent, or too large to copy: objects of buckets, code of functions.
LIVE_MEMBERS = {"objects", "code_zip"}
LIVE_STORES = {"_multipart_uploads", "_completed_multipart_uploads", "_kinesis_positions", "_dynamodb_stream_positions",
               "_esm_backoff_until", "_esm_inflight"}
KEPT_SECONDS = 60

# Of this request: what stands for a store's contents, by the store's id.
seen = contextvars.ContextVar("local-aws-seen", default={})
# By service, account and region: (time, contents before a write), oldest first.
remembered = collections.defaultdict(collections.deque)


def show():
    """Lets a request see other contents of the emulator's stores than the others see."""
    for kind in (AccountScopedDict, AccountRegionScopedDict):
        kind._data = contents_of(kind._data)


def contents_of(slot):
    return property(lambda store: seen.get().get(id(store)) if id(store) in seen.get() else slot.__get__(store),
                    lambda store, value: slot.__set__(store, value))


def remember(service):
    """To be called before a write."""
    if service not in MODULES:
        return
    moments = remembered[place(service)]
    now = time.monotonic()
    while moments and moments[0][0] < now - KEPT_SECONDS:
        moments.popleft()
    moments.append((now, {id(store): copied(store) for store in stores(service)}))


def look_back(service, seconds):
    """@returns what the request sees from now on; to be given to `seen.set`."""
    since = time.monotonic() - seconds
    before = next((contents for at, contents in remembered[place(service)] if at >= since), None)
    if before is None:
        return {}
    # Copied once more: the reader may change what it sees.
    return {id(store): {**foreign(store), **copy_of(before[id(store)])} for store in stores(service) if id(store) in before}


def place(service):
    return service, get_account_id(), "" if service in ("iam", "s3") else get_region()


def stores(service):
    return [value for name, value in vars(MODULES[service]).items()
            if isinstance(value, (AccountScopedDict, AccountRegionScopedDict)) and name not in LIVE_STORES
            and not name.startswith("_object")]


def copied(store):
    return copy_of({key: value for key, value in list(store._data.items()) if store._is_mine(key)})


def foreign(store):
    return {key: value for key, value in list(store._data.items()) if not store._is_mine(key)}


def copy_of(contents):
    return {key: copy_of_record(record) for key, record in contents.items()}


def copy_of_record(record):
    if not isinstance(record, dict):
        return copy.deepcopy(record)
    return {name: value if name in LIVE_MEMBERS else copy.deepcopy(value) for name, value in record.items()}
