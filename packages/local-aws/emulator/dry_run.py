"""EC2's DryRun: the caller's permissions are checked, nothing is done.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html
"""

import query
from ministack.services import ec2

MESSAGE = "Request would have succeeded, but DryRun flag is set."


def stop_before_the_act():
    """The emulator has asked its IAM by the time EC2 is called: what gets here is allowed."""
    original = ec2.handle_request

    async def handle(method, path, headers, body, query_params):
        asked = query.parameters(query_params, body if method in ("POST", "PUT") and body else b"")
        if asked.get("Action") in ec2._ACTION_MAP and asked.get("DryRun", "").lower() == "true":
            return ec2._error("DryRunOperation", MESSAGE, 412)
        return await original(method, path, headers, body, query_params)

    ec2.handle_request = handle
