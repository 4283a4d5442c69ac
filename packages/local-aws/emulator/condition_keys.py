"""Global condition keys with AWS's values, where the emulator has others or none.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

import organization
from ministack.core import iam_evaluator
from ministack.services import iam, s3

EMULATORS_RESOLVE = iam_evaluator._resolve_condition_key
PRINCIPAL_TYPES = {"Root": "Account"}
BUCKET = "arn:aws:s3:::"


def fill():
    iam_evaluator._principal_org_id = organization.organization_of
    iam_evaluator._resolve_condition_key = resolve


def resolve(key, context):
    known = KEYS.get(key.lower())
    return known(context) if known else EMULATORS_RESOLVE(key, context)


def principal_arn(context):
    """Of a session its role's. Absent from calls without a signature, and from those of services."""
    if context.principal_type in ("Anonymous", "Service"):
        return None
    if ":assumed-role/" in context.principal_arn:
        role = find_role_of_session(context.principal_arn)
        return role["Arn"] if role else context.principal_arn
    return context.principal_arn


def principal_account(context):
    if context.principal_type == "Anonymous":
        return "anonymous"
    return context.principal_account or None


def principal_path(context):
    path = organization.path_of(context.principal_account)
    return [path] if path else None


def resource_path(context):
    path = organization.path_of(owner_of(context))
    return [path] if path else None


def source_organization(context):
    return organization.organization_of(context.service_context.get("aws:sourceaccount"))


def source_path(context):
    path = organization.path_of(context.service_context.get("aws:sourceaccount"))
    return [path] if path else None


def owner_of(context):
    """The account that has the resource; the caller's if the ARN doesn't say."""
    return owner(context.resource_arn) or context.principal_account


def owner(arn):
    account = iam_evaluator._account_from_arn(arn)
    if account is None and arn.startswith(BUCKET):
        # The ARNs of buckets and objects have no account.
        return s3._bucket_owner_account(arn[len(BUCKET):].split("/", 1)[0])
    return account


def find_role_of_session(arn):
    return iam._roles.get_scoped(arn.split(":")[4], None, iam_evaluator._role_name_from_assumed_arn(arn))


KEYS = {
    "aws:principalarn": principal_arn,
    "aws:principalaccount": principal_account,
    "aws:principaltype": lambda context: PRINCIPAL_TYPES.get(context.principal_type, context.principal_type),
    "aws:principalorgpaths": principal_path,
    "aws:principalisawsservice": lambda context: str(context.principal_type == "Service").lower(),
    "aws:principalservicename": lambda context: context.service_context.get("aws:principalservicename"),
    "aws:resourceaccount": owner_of,
    "s3:resourceaccount": owner_of,
    "aws:resourceorgid": lambda context: organization.organization_of(owner_of(context)),
    "aws:resourceorgpaths": resource_path,
    "aws:sourceorgid": source_organization,
    "aws:sourceorgpaths": source_path,
    # AWS's endpoints use TLS, so this one counts as TLS.
    "aws:securetransport": lambda context: "true",
    "aws:viaawsservice": lambda context: "false",
}
