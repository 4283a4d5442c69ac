"""A client from outside: knows an endpoint and keys, nothing else. Prints what became of three buckets, as JSON.

usage: buckets.py <endpoint> <access key> <secret> <region> <a friend's account>
"""

import json
import sys
import time

import botocore.session
from botocore.exceptions import ClientError

endpoint, access_key, secret, region, friend = sys.argv[1:]
s3 = botocore.session.get_session().create_client(
    "s3", region_name=region, endpoint_url=endpoint, aws_access_key_id=access_key, aws_secret_access_key=secret
)


def statement(sid, bucket, principal):
    return {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{bucket}/*"}


def make(bucket, *statements):
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def sids(bucket):
    """The Sids of the bucket's policy; None without a policy."""
    try:
        return [each["Sid"] for each in json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucketPolicy":
            return None
        raise


account = {"AWS": f"arn:aws:iam::{friend}:root"}
make("outside-shared", statement("Friend", "outside-shared", account))
make("outside-public", statement("Everyone", "outside-public", "*"))
make("outside-mixed", statement("Everyone", "outside-mixed", "*"), statement("Friend", "outside-mixed", account))

deadline = time.monotonic() + 10
while time.monotonic() < deadline and (sids("outside-public") or len(sids("outside-mixed") or []) > 1):
    time.sleep(0.02)
# What must be left alone gets its chance to be touched.
time.sleep(0.5)
print(json.dumps({name: sids(f"outside-{name}") for name in ("public", "mixed", "shared")}))
