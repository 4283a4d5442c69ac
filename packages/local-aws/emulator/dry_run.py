"""EC2's DryRun: checks the caller's permissions and does nothing.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html
"""

import query
from ministack.services import ec2

MESSAGE = "Request would have succeeded, but DryRun flag is set."


def stop_before_the_act():
    """The emulator asks its IAM before EC2, so a call that arrives here is allowed."""
    original = ec2.handle_request

    async def handle(method, path, headers, body, query_params):
        parameters = query.parameters(query_params, body if method in ("POST", "PUT") and body else b"")
        if parameters.get("Action") in ec2._ACTION_MAP and parameters.get("DryRun", "").lower() == "true":
            return ec2._error("DryRunOperation", MESSAGE, 412)
        return await original(method, path, headers, body, query_params)

    ec2.handle_request = handle
