"""STS's limit for session policies and tags together, which it packs before it measures them. The emulator has none.

How STS packs isn't published, so this is a model: each character of policy, policy ARNs and tags takes one of 1,024 places. It is
stricter than what is known (a policy of 1,690 characters with 42 actions and three tags: 157%, here 165% before the tags; one of 97
characters: 6%, here 10%), so that what passes here should pass on AWS.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
"""

import json
import re

import query
from ministack.services import sts

PLACES = 1_024
PACKED = ("AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "GetFederationToken")


def limit():
    original = sts.handle_request

    async def handle(method, path, headers, body, query_params):
        parameters = query.parameters(query_params, body if method == "POST" and body else b"")
        if parameters.get("Action") not in PACKED:
            return await original(method, path, headers, body, query_params)
        policies, tags = parts(parameters)
        percent = packed_percent([*policies, *tags])
        if percent > 100:
            return refuse(bool(policies), percent)
        status, kind, content = await original(method, path, headers, body, query_params)
        text = content.decode() if isinstance(content, bytes) else content
        return status, kind, re.sub(r"<PackedPolicySize>\d+<", f"<PackedPolicySize>{percent}<", text)

    sts.handle_request = handle


def parts(parameters):
    """The texts of the policies and of the tags."""
    policy = parameters.get("Policy") or ""
    try:
        policy = json.dumps(json.loads(policy), separators=(",", ":"))
    except ValueError:
        pass  # STS refuses it itself.
    arns = [value for name, value in parameters.items() if re.fullmatch(r"PolicyArns\.member\.\d+\.arn", name)]
    tags = [value for name, value in parameters.items() if re.fullmatch(r"Tags\.member\.\d+\.(Key|Value)", name)]
    return [text for text in (policy, *arns) if text], tags


def packed_percent(texts):
    return -(-100 * sum(map(len, texts)) // PLACES)


def refuse(has_policies, percent):
    words = (f"Packed policy consumes {percent}% of allotted space, please use smaller policy." if has_policies
             else f"Packed size of session tags consumes {percent}% of allotted space.")
    return sts._error(400, "PackedPolicyTooLarge", words, ns="sts")
