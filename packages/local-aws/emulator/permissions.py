"""The permissions that AWS requires, where the emulator requires others: names of actions, and the resources that a call is about.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import contextvars
import json
import re

import passed_roles
import resources
from ministack.core import iam_actions

EMULATORS_LAMBDA_ACTION = iam_actions._lambda_action
EMULATORS_ACTION = iam_actions.extract_iam_action
EMULATORS_RESOURCE = iam_actions.extract_resource_arn
EMULATORS_CONTEXT = iam_actions.request_tag_context
MAPPING_ACTIONS = {"GET": "GetEventSourceMapping", "PUT": "UpdateEventSourceMapping", "DELETE": "DeleteEventSourceMapping"}
RPC_PATH = re.compile(r"/service/[^/]+/operation/(\w+)")

# Of this request: the resources that are checked like the first one.
all_of_request = contextvars.ContextVar("local-aws-resources", default=())
# The roles that it passes, and the service that gets them.
passed_by_request = contextvars.ContextVar("local-aws-passed-roles", default=((), ""))


def ask_as_aws_does():
    iam_actions._lambda_action = lambda_action
    iam_actions.extract_iam_action = action
    iam_actions.extract_resource_arn = resource
    iam_actions.request_tag_context = context


def lambda_action(method, path):
    """A call on one event source mapping isn't a list of them."""
    parts = [part for part in path.split("/") if part]
    if len(parts) > 2 and parts[1] == "event-source-mappings" and method in MAPPING_ACTIONS:
        return MAPPING_ACTIONS[method]
    return EMULATORS_LAMBDA_ACTION(method, path)


def action(service, method, path, headers, body, query_params):
    """In CBOR, calls name their operation in the path."""
    operation = RPC_PATH.fullmatch(path)
    namespace = iam_actions.SERVICE_TO_IAM_NAMESPACE.get(service)
    if operation and namespace:
        return f"{namespace}:{operation[1]}"
    return EMULATORS_ACTION(service, method, path, headers, body, query_params)


def resource(service, method, path, headers, body, query_params, region, account_id, *more, **named):
    """The first resource of a call. The others are kept for `others`."""
    given = EMULATORS_RESOURCE(service, method, path, headers, body, query_params, region, account_id, *more, **named)
    call = resources.Call(service, path, headers, body, query_params, region, account_id)
    arns = tuple(dict.fromkeys(resources.of(call, given)))
    all_of_request.set(arns)
    passed_by_request.set((passed_roles.of(call), passed_roles.receiver(service)))
    return arns[0]


def others(first):
    """What else a call is about whose first resource is this one."""
    arns = all_of_request.get()
    return arns[1:] if arns and arns[0] == first else ()


def passed(first):
    """The roles that a call passes whose first resource is this one, and the condition keys for them."""
    roles, service = passed_by_request.get()
    about = all_of_request.get()
    return [(role, {"iam:PassedToService": service}) for role in roles] if about and about[0] == first else []


def context(service, iam_action, body, params):
    given = EMULATORS_CONTEXT(service, iam_action, body, params)
    if iam_action == "ec2:RunInstances":
        return {**given, **resources.instance_keys(params)}
    if iam_action == "events:PutTargets":
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
        return {**given, "events:TargetArn": target_arns(body)}
    return given


def target_arns(body):
    try:
        targets = json.loads(body or b"{}").get("Targets") or []
        return [target["Arn"] for target in targets if isinstance(target.get("Arn"), str)]
    except (ValueError, AttributeError):
        return []


def context_on(arn, given):
    """The keys of an instance aren't there when the other things that it is made of are checked."""
    if not given or ":instance/" in arn:
        return given
    return {key: value for key, value in given.items() if key not in resources.INSTANCE_KEYS}
