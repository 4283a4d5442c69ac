"""EC2's DryRun: the caller's permissions are checked, nothing is done.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html
"""

from urllib.parse import parse_qs

from ministack.services import ec2

MESSAGE = "Request would have succeeded, but DryRun flag is set."


def stop_before_the_act():
    """The emulator has asked its IAM by the time EC2 is called: what gets here is allowed."""
    original = ec2.handle_request

    async def handle(method, path, headers, body, query_params):
        asked = dict(query_params)
        if method in ("POST", "PUT") and body:
            asked.update(parse_qs(body if isinstance(body, str) else body.decode("utf-8", errors="replace")))
        action = first(asked.get("Action"))
        if action in ec2._ACTION_MAP and first(asked.get("DryRun")).lower() == "true":
            return ec2._error("DryRunOperation", MESSAGE, 412)
        return await original(method, path, headers, body, query_params)

    ec2.handle_request = handle


def first(value):
    return (value[0] if value else "") if isinstance(value, list) else value or ""
