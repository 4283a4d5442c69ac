"""The roles that a call gives to a service, for which AWS wants iam:PassRole and the emulator nothing.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

import re

from ministack.services import iam

ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
# Of members, in lists and structures too: `RoleArn`, `Target.RoleArn`, `serviceRole`.
MEMBER = re.compile(r"(?:.*\.)?\w*[Rr]ole(?:Arn|ARN)?(?:\.\d+)?")
READS = re.compile(r"(Get|List|Describe|Search|Test|Simulate|Assume|Lookup|Batch[GD]e[ts])")
# They name roles to administer or to assume them.
NOT_GIVEN = {"iam", "sts", "organizations", "kms", "s3", "sns", "sqs", "secretsmanager", "ecr"}
PRINCIPALS = {"ecs": "ecs-tasks.amazonaws.com", "iam": "ec2.amazonaws.com"}


def of(call):
    """ARNs."""
    if call.service == "iam" and call.action == "AddRoleToInstanceProfile":
        return [role_arn(call, call.query("RoleName"))]
    if call.service == "ec2":
        return in_profile(call)
    if call.service in NOT_GIVEN or READS.match(call.action):
        return []
    texts = [*named_texts(call.members), *((key, call.query(key)) for key in call.query_params)]
    return list(dict.fromkeys(text for name, text in texts if MEMBER.fullmatch(name) and ROLE.fullmatch(text)))


def receiver(service):
    return PRINCIPALS.get(service, f"{service}.amazonaws.com")


def named_texts(value, name=""):
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from named_texts(each, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for each in value:
            yield from named_texts(each, name)


def in_profile(call):
    """An instance gets the role of its profile."""
    named = call.query("IamInstanceProfile.Name") or call.query("IamInstanceProfile.Arn").rsplit("/", 1)[-1]
    profile = iam._instance_profiles.get_scoped(call.account, None, named) if named else None
    return [role_arn(call, name) for name in (profile or {}).get("Roles", [])]


def role_arn(call, name):
    record = iam._roles.get_scoped(call.account, None, name)
    return record["Arn"] if record else f"arn:aws:iam::{call.account}:role/{name}"
