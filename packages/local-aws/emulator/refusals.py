"""AWS's words for a refused request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

import base64
import json
import zlib

import organization
from ministack.core import iam_actions

EMULATORS_ANSWER = iam_actions.access_denied_response
EMULATORS_IDENTITY_WORDS = iam_actions.identity_denial_message
IDENTITY = "IDENTITY_POLICY"
NAMES = {"SERVICE_CONTROL_POLICY": "a service control policy", "RESOURCE_CONTROL_POLICY": "a resource control policy",
         IDENTITY: "an identity-based policy"}
EC2_BEGINNING = "You are not authorized to perform this operation."


def word(refused):
    """@param refused context variable with the request's refusal and evaluation context, if it is by an organization policy"""

    def identity_words(action, principal_arn, resource, explicit_deny):
        found = refused.get()
        return words(*found) if found else EMULATORS_IDENTITY_WORDS(action, principal_arn, resource, explicit_deny)

    def answer(service, action, principal_arn, request_id, *, error_code="", message="", headers=None, resource_arn="*",
               explicit_deny=False, resource_policy_arn=""):
        found = None if error_code else refused.get()
        if found:
            message = words(*found)
        elif service == "ec2" and not error_code:
            message = message or EMULATORS_IDENTITY_WORDS(action, principal_arn, resource_arn, explicit_deny)
        if service == "ec2" and not error_code:
            message = in_ec2s_words(message, principal_arn, action, found[1].resource_arn if found else resource_arn,
                                    explicit_deny)
        return EMULATORS_ANSWER(service, action, principal_arn, request_id, error_code=error_code, message=message,
                                headers=headers, resource_arn=resource_arn, explicit_deny=explicit_deny,
                                resource_policy_arn=resource_policy_arn)

    iam_actions.identity_denial_message = identity_words
    iam_actions.access_denied_response = answer


def words(denied, context):
    service, _, operation = context.action.partition(":")
    action, resource = context.action, context.resource_arn
    same = organization.is_member(context.principal_account)
    if service == "s3":
        # S3 explains nothing to callers from elsewhere.
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
        if not same:
            return "Access Denied"
        resource = f'"{resource}"'
    elif service == "sqs":
        action = f"sqs:{operation.lower()}"
    elif service == "sns":
        action = f"SNS:{operation}"
    if context.action == "sts:AssumeRoleWithWebIdentity":
        return "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    user = context.principal_arn if context.principal_type != "Anonymous" else "anonymous"
    # Only who belongs to the organization learns which policy it was.
    why = reason(denied.kind, denied.policy, action=action, named=same)
    return f"User: {user} is not authorized to perform: {action} on resource: {resource} {why}"


def reason(kind, policy, action="", named=True):
    if policy is None:
        return f"because no {NAMES[kind].split(' ', 1)[1]} allows the {action} action"
    return f"with an explicit deny in {NAMES[kind]}" + (f": {policy}" if named and policy else "")


def in_ec2s_words(message, principal_arn, action, resource_arn, explicit_deny):
    """A refusal of a call about a resource has the details in a code, which only sts:DecodeAuthorizationMessage reads on AWS."""
    if resource_arn == "*":
        return f"{EC2_BEGINNING} {message.replace(' on resource: *', '')}"
    details = {"allowed": False, "explicitDeny": explicit_deny,
               "context": {"principal": {"arn": principal_arn}, "action": action, "resource": resource_arn}}
    code = base64.urlsafe_b64encode(zlib.compress(json.dumps(details).encode())).decode().rstrip("=")
    return f"{EC2_BEGINNING} {message}. Encoded authorization failure message: {code}"
