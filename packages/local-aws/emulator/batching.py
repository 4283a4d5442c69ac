"""Lets event source mappings of queues collect messages, as Lambda does: MaximumBatchingWindowInSeconds.

The emulator stores the setting, but invokes at once with at most ten messages. Here the poller skips a mapping with a window until
the window, which begins with the first message, is over or a batch is full. Then the function gets the whole batch.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

import threading
import time

from ministack.core import responses
from ministack.services import lambda_svc, sqs

EMULATORS_MAPPINGS = lambda_svc._iter_all_esms
EMULATORS_RECEIVE = sqs._receive_messages_for_esm
# The end of each mapping's window, by its id: monotonic seconds.
windows = {}


def collect():
    lambda_svc._iter_all_esms = mappings_whose_time_has_come
    sqs._receive_messages_for_esm = receive_batch


def receive_batch(queue_url, most):
    batch = []
    while len(batch) < most:
        more = EMULATORS_RECEIVE(queue_url, most - len(batch))
        if not more:
            break
        batch += more
    return batch


def mappings_whose_time_has_come():
    for account, region, mapping in EMULATORS_MAPPINGS():
        if not is_collecting(account, region, mapping):
            yield account, region, mapping


def is_collecting(account, region, mapping):
    seconds = mapping.get("MaximumBatchingWindowInSeconds") or 0
    source = mapping.get("EventSourceArn", "")
    if seconds <= 0 or ":sqs:" not in source:
        return False
    waiting = visible_messages(account, region, source.rsplit(":", 1)[-1])
    if waiting == 0:
        windows.pop(mapping["UUID"], None)
        return False
    now = time.monotonic()
    if mapping["UUID"] not in windows:
        windows[mapping["UUID"]] = now + seconds
        timer = threading.Timer(seconds, lambda_svc._esm_wake.set)
        timer.daemon = True
        timer.start()
    if now < windows[mapping["UUID"]] and waiting < mapping.get("BatchSize", 10):
        return True
    windows.pop(mapping["UUID"], None)
    return False


def visible_messages(account, region, name):
    account_token = responses._request_account_id.set(account)
    region_token = responses._request_region.set(region)
    try:
        queue = sqs._queues.get(sqs._queue_url(name))
    finally:
        responses._request_account_id.reset(account_token)
        responses._request_region.reset(region_token)
    now = time.time()
    return sum(1 for message in list((queue or {}).get("messages", [])) if message.get("visible_at", 0) <= now)
