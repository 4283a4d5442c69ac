"""Whether CloudTrail may write a trail's files: checked when a trail is created or changed, and again at each delivery.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html and
create-kms-key-policy-for-cloudtrail.html
"""

from ministack.services import kms, s3

SERVICE = {"service": "cloudtrail.amazonaws.com"}
STATES = {"Disabled": "KMS.DisabledException"}


class Refused(Exception):
    """`kind` is the fault: bucket, acl, write, key, state or use. `code` is S3's name for it."""

    def __init__(self, kind, code, message):
        super().__init__(message)
        self.kind, self.code, self.message = kind, code, message


def check(authorize, trail, bucket, key, objects, describe=False):
    """Raises Refused, or returns the bucket's account and region and the key's ARN.

    @param trail ARN
    @param key id, alias or ARN; None or empty for a trail without one
    @param objects keys to be written
    @param describe whether CloudTrail describes the key, as it does when a trail is set to use it
    """
    _, _, _, home, account, _ = trail.split(":", 5)
    owner = s3._bucket_owner_account(bucket) if bucket else None
    if owner is None:
        raise Refused("bucket", "NoSuchBucket", f"The bucket {bucket} does not exist.")
    region = s3._buckets.get_scoped(owner, None, bucket).get("region") or "us-east-1"
    about = {"aws:SourceArn": trail, "aws:SourceAccount": account}
    arn = f"arn:aws:s3:::{bucket}"
    request = {"principal": SERVICE, "region": region, "owner": owner,
             "policy": s3._bucket_policies.get_scoped(owner, None, bucket)}

    def must(kind, what, question):
        answer = authorize(question)
        if not answer["allowed"]:
            raise Refused(kind, "AccessDenied", f"{what}: {answer['reason']}.")

    must("acl", f"CloudTrail can't check the bucket {bucket}",
         {**request, "action": "s3:GetBucketAcl", "resource": arn, "context": about})
    put = {**about, "s3:x-amz-acl": "bucket-owner-full-control"}
    for name in objects:
        must("write", f"CloudTrail can't write into the bucket {bucket}",
             {**request, "action": "s3:PutObject", "resource": f"{arn}/{name}", "context": put})
    if not key:
        return {"account": owner, "region": region}

    record = find_key(key, account, home)
    if record is None:
        raise Refused("key", "KMS.NotFoundException", f"The key {key} does not exist.")
    of_key = record["Arn"].split(":")[3]
    if of_key != region:
        raise Refused("key", "KMS.NotFoundException",
                      f"The key {key} is in {of_key}, the bucket {bucket} in {region}: they must be in the same region.")
    if record["KeyState"] != "Enabled":
        raise Refused("state", STATES.get(record["KeyState"], "KMS.KMSInvalidStateException"),
                      f"The key {key} can't be used: its state is {record['KeyState']}.")
    encrypts = {**about, "kms:EncryptionContext:aws:cloudtrail:arn": trail}
    actions = [("kms:GenerateDataKey", encrypts)]
    if has_bucket_key(owner, bucket):
        # S3 decrypts the bucket's data key before it uses it again.
        actions.append(("kms:Decrypt", about))
    if describe:
        actions.append(("kms:DescribeKey", about))
    for action, context in actions:
        must("use", f"CloudTrail can't use the key {key}",
             {"principal": SERVICE, "region": region, "policy": record.get("Policy"), "action": action,
              "resource": record["Arn"], "context": context})
    return {"account": owner, "region": region, "kmsKeyArn": record["Arn"]}


def find_key(named, account, region):
    """By id, alias or ARN; None if there is none. `account` and `region` are used unless it is an ARN."""
    if named.startswith("arn:"):
        parts = named.split(":", 5)
        if len(parts) < 6 or parts[2] != "kms":
            return None
        region, account, named = parts[3], parts[4], parts[5].removeprefix("key/")
    if named.startswith("alias/"):
        named = kms._aliases.get_scoped(account, region, f"arn:aws:kms:{region}:{account}:{named}")
    return kms._keys.get_scoped(account, region, named)


def has_bucket_key(owner, bucket):
    encryption = s3._bucket_encryption.get_scoped(owner, None, bucket) or ""
    return "<BucketKeyEnabled>true</BucketKeyEnabled>" in "".join(encryption.split())


def endpoint(authorize):
    def may_deliver(request):
        """{trail, bucket, kmsKeyId?, key} → {account, region, kmsKeyArn?} or {code, message}"""
        try:
            return check(authorize, request["trail"], request["bucket"], request.get("kmsKeyId"), [request["key"]])
        except Refused as refused:
            return {"code": refused.code, "message": refused.message}

    return may_deliver
