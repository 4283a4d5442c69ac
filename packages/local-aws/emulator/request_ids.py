"""One request id for each answer: in its header and in its body, also if the call is refused.

https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html, https://docs.aws.amazon.com/AmazonS3/latest/userguide/get-request-ids.html
"""

import re
import uuid

from ministack import app

HEADERS = ("x-amzn-requestid", "x-amz-request-id", "x-amz-requestid")
IN_BODY = re.compile(rb"<(?P<name>RequestI[dD]|requestId)>(?P<id>[^<]+)</(?P=name)>")
SEARCHED_BYTES = 4096


def agree():
    original = app._dispatch_service_request

    async def dispatch(method, path, headers, body, query_params, request_id):
        status, answer_headers, answer = await original(method, path, headers, body, query_params, request_id)
        return status, with_request_id(answer_headers, answer), answer

    app._dispatch_service_request = dispatch


def with_request_id(headers, body):
    """The body's id counts: clients of the query protocol read that one."""
    named = [name for name in headers if name.lower() in HEADERS]
    known = id_in(body) or next((headers[name] for name in named if headers[name]), None) or str(uuid.uuid4())
    return {**headers, **dict.fromkeys(named or ["x-amzn-RequestId"], known)}


def id_in(body):
    if not isinstance(body, (bytes, str)):
        return None
    raw = body if isinstance(body, bytes) else body.encode()
    if not raw.lstrip()[:1] == b"<":
        return None
    # At one of the ends: an object of S3 may hold anything between.
    for part in (raw[:SEARCHED_BYTES], raw[-SEARCHED_BYTES:]):
        found = IN_BODY.search(part)
        if found:
            return found["id"].decode()
    return None
