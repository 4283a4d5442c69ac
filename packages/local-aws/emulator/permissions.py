"""The permissions that AWS requires, where the emulator requires others.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html and list_amazonec2.html
"""

from ministack.core import iam_actions

EMULATORS_LAMBDA_ACTION = iam_actions._lambda_action
EMULATORS_RESOURCE = iam_actions.extract_resource_arn
MAPPING_ACTIONS = {"GET": "GetEventSourceMapping", "PUT": "UpdateEventSourceMapping", "DELETE": "DeleteEventSourceMapping"}
TAGGABLE = {"i": "instance", "vol": "volume", "eni": "network-interface", "sg": "security-group", "vpc": "vpc",
            "subnet": "subnet", "snap": "snapshot", "ami": "image"}


def ask_as_aws_does():
    iam_actions._lambda_action = lambda_action
    iam_actions.extract_resource_arn = resource


def lambda_action(method, path):
    """A call on one event source mapping isn't a list of them."""
    parts = [part for part in path.split("/") if part]
    if len(parts) > 2 and parts[1] == "event-source-mappings" and method in MAPPING_ACTIONS:
        return MAPPING_ACTIONS[method]
    return EMULATORS_LAMBDA_ACTION(method, path)


def resource(service, method, path, headers, body, query_params, region, account_id, *more, **named):
    """Tags are set on the resources of ResourceId. AWS checks each; here the first represents all of its kind."""
    given = EMULATORS_RESOURCE(service, method, path, headers, body, query_params, region, account_id, *more, **named)
    if service != "ec2" or given != "*":
        return given
    if iam_actions._query_param(query_params, "Action") not in ("CreateTags", "DeleteTags"):
        return given
    tagged = iam_actions._query_param(query_params, "ResourceId.1")
    kind = TAGGABLE.get(tagged.rsplit("-", 1)[0])
    return f"arn:aws:ec2:{region}:{account_id}:{kind}/{tagged}" if kind else given
