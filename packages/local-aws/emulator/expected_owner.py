"""S3's header for the account that a bucket is expected to belong to, which the emulator ignores.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
"""

import re
from urllib.parse import unquote

from ministack.services import s3

OF_BUCKET = "x-amz-expected-bucket-owner"
OF_SOURCE = "x-amz-source-expected-bucket-owner"
ACCOUNT = re.compile(r"\d{12}")


def hold():
    original = s3.handle_request

    async def handle(method, path, headers, body, query_params, **named):
        """Called after the caller was allowed to make the call."""
        given = s3._merge_hoisted_amz_headers(headers, query_params)
        bucket, _ = s3._parse_bucket_key(path, headers)
        source = unquote(given.get("x-amz-copy-source", "")).lstrip("/").split("/", 1)[0]
        return (refusal(method, given.get(OF_BUCKET), bucket) or refusal(method, given.get(OF_SOURCE), source)
                or await original(method, path, headers, body, query_params, **named))

    s3.handle_request = handle


def refusal(method, expected, bucket):
    if expected is None or not bucket:
        return None
    if not ACCOUNT.fullmatch(expected):
        return answer(method, "InvalidBucketOwnerAWSAccountID",
                      "The value of the expected bucket owner parameter must be an AWS Account ID...", 400, bucket)
    owner = s3._bucket_owner_account(home_of(bucket))
    # A bucket that doesn't exist is the emulator's to refuse.
    if owner is None or owner == expected:
        return None
    return answer(method, "AccessDenied", "Access Denied", 403, bucket)


def home_of(bucket):
    """The bucket behind an access point's alias."""
    found = s3.resolve_access_point_alias(bucket) if bucket.endswith(s3._ACCESS_POINT_ALIAS_SUFFIX) else None
    return found[2]["Bucket"] if found else bucket


def answer(method, code, message, status, bucket):
    status, headers, body = s3._error(code, message, status, f"/{bucket}")
    return status, headers, b"" if method == "HEAD" else body
