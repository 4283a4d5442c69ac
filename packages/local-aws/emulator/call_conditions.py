"""What conditions of policies ask of a call and the emulator doesn't answer, and what a session without MFA can't call.

1. iam:PolicyARN of the calls that attach or detach a managed policy, and dynamodb:LeadingKeys of the calls that name items.
   https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html and
   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
2. A session that GetSessionToken or GetFederationToken gave without MFA can't call IAM, whatever policies say.
   https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
   There are no sessions with MFA here: aws:MultiFactorAuthPresent is false or absent.
"""

import json
import re

from ministack.core import iam_actions
from ministack.core import iam_evaluator
from ministack.services import dynamodb, sts


def answer():
    """What is replaced here may have been replaced before, as by permissions.py."""
    with_conditions(iam_actions.request_tag_context)
    without_bare_sessions(iam_evaluator.enforce)


def with_conditions(original):
    def context(service, iam_action, body, params):
        given = original(service, iam_action, body, params)
        if service == "iam":
            policy = iam_actions._query_param(params, "PolicyArn")
            if policy and re.search(r":(Attach|Detach)(User|Role|Group)Policy$", iam_action):
                given["iam:PolicyARN"] = policy
        if service == "dynamodb":
            keys = leading_keys(body)
            if keys:
                given["dynamodb:LeadingKeys"] = keys
        return given

    iam_actions.request_tag_context = context


def leading_keys(body):
    """The partition keys of all items that a request names, without doubles."""
    try:
        request = json.loads(body or b"{}")
    except (json.JSONDecodeError, UnicodeDecodeError):
        return []
    if not isinstance(request, dict):
        return []
    named = [*items_of(request)]
    for change in request.get("TransactItems") or []:
        for item in (change or {}).values():
            named += items_of(item)
    for table, several in (request.get("RequestItems") or {}).items():
        if isinstance(several, dict):
            named += [(table, key) for key in several.get("Keys") or []]
            continue
        for change in several:
            for item in change.values():
                named.append((table, item.get("Item") or item.get("Key") or {}))
    keys = (partition_key(table, item) for table, item in named)
    return list(dict.fromkeys(key for key in keys if key is not None))


def items_of(request):
    item = isinstance(request, dict) and (request.get("Key") or request.get("Item"))
    return [(request.get("TableName", ""), item)] if isinstance(item, dict) else []


def partition_key(table, item):
    found = dynamodb._tables.get(table.rsplit("/", 1)[-1]) or {}
    name = next((each.get("AttributeName") for each in found.get("KeySchema") or [] if each.get("KeyType") == "HASH"), None)
    value = item.get(name) if name else None
    return next((str(text) for text in value.values()), None) if isinstance(value, dict) else None


def without_bare_sessions(original):
    def enforce(access_key_id, iam_action, service, *more, **named):
        session = sts._sessions.get(access_key_id or "")
        arn = session.get("Arn", "") if session else ""
        if service == "iam" and arn and ":assumed-role/" not in arn and not arn.endswith(":root"):
            return iam_evaluator.AuthError("InvalidClientTokenId", "The security token included in the request is invalid")
        return original(access_key_id, iam_action, service, *more, **named)

    iam_evaluator.enforce = enforce
