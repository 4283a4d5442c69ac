"""What Organizations does and refuses beyond the emulator, as far as it decides which SCPs and RCPs there are and whom they bind.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html, API_EnablePolicyType.html and
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""

import json
import re

import organization
from ministack.core.responses import error_response_json
from ministack.services import organizations

SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
RCP_ALLOWS_ALL = {"Version": "2012-10-17",
                  "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
# AWS's own policies, which each root, unit and account gets while the type is enabled.
FULL_ACCESS = {SCP: organizations.FULL_ACCESS_POLICY_ID, RCP: "p-RCPFullAWSAccess"}
# White space counts.
LONGEST = {SCP: 10_240, RCP: 5_120}
MOST_ATTACHED = {SCP: 10, RCP: 5}
DEEPEST_UNIT = 5
STATEMENT_KEYS = {SCP: {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"},
                  RCP: {"Sid", "Effect", "Principal", "Action", "Resource", "NotResource", "Condition"}}
# In SCPs `*` alone, or a service and a name; in RCPs always a service.
ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
EMULATORS = dict(organizations._DISPATCH)


def complete():
    provide_rcp_full_access()
    organizations._DISPATCH.update({
        "AttachPolicy": attach, "DetachPolicy": detach, "CreatePolicy": create, "UpdatePolicy": update,
        "DeletePolicy": delete, "EnablePolicyType": enable, "DisablePolicyType": disable,
        "CreateOrganizationalUnit": create_unit, "DeleteOrganizationalUnit": delete_unit, "CreateAccount": create_account,
        "MoveAccount": move,
    })


def provide_rcp_full_access():
    """While the type is disabled, it is there and attached to nothing."""
    policy_id = FULL_ACCESS[RCP]
    organizations._policies.set_scoped(organization.MANAGEMENT, None, policy_id, {
        "Id": policy_id, "Arn": f"arn:aws:organizations::aws:policy/resource_control_policy/{policy_id}",
        "Name": "RCPFullAWSAccess", "Description": "Allows access to every resource", "Type": RCP, "AwsManaged": True,
        "_Content": json.dumps(RCP_ALLOWS_ALL)})
    organizations._attachments.set_scoped(organization.MANAGEMENT, None, policy_id, [])


# --- policies ---------------------------------------------------------------------------------------------------------


def create(payload):
    return refusal_of_document(payload.get("Type"), payload.get("Content")) or EMULATORS["CreatePolicy"](payload)


def update(payload):
    policy = organizations._policies.get(payload.get("PolicyId")) or {}
    managed = policy.get("AwsManaged")
    fault = None if managed else refusal_of_document(policy.get("Type"), payload.get("Content"))
    return fault or EMULATORS["UpdatePolicy"](payload)


def delete(payload):
    policy = organizations._policies.get(payload.get("PolicyId")) or {}
    if policy.get("AwsManaged"):
        return error_response_json("AccessDeniedException", "You can't delete an Amazon Web Services managed policy.", 400)
    return EMULATORS["DeletePolicy"](payload)


def refusal_of_document(kind, content):
    if kind not in LONGEST or not content:
        return None
    if len(content) > LONGEST[kind]:
        return violation("POLICY_CONTENT_LIMIT_EXCEEDED", "You have exceeded the content size limit for a policy.")
    if not is_well_formed(kind, content):
        return error_response_json("MalformedPolicyDocumentException",
                                   "The provided policy document does not meet the requirements of the specified policy type.", 400)
    return None


def is_well_formed(kind, content):
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html and
    orgs_manage_policies_rcps_syntax.html"""
    try:
        document = json.loads(content)
    except ValueError:
        return False
    if not isinstance(document, dict) or document.get("Version") != "2012-10-17" or set(document) - {"Version", "Id", "Statement"}:
        return False
    statements = document.get("Statement")
    statements = [statements] if isinstance(statements, dict) else statements
    return isinstance(statements, list) and bool(statements) and all(is_statement(kind, each) for each in statements)


def is_statement(kind, statement):
    if not isinstance(statement, dict) or set(statement) - STATEMENT_KEYS[kind]:
        return False
    if "Sid" in statement and not re.fullmatch(r"[A-Za-z0-9]*", str(statement["Sid"])):
        return False
    if kind == RCP and (statement.get("Effect") != "Deny" or statement.get("Principal") != "*"):
        return False
    actions = texts(statement.get("Action", statement.get("NotAction")))
    named = texts(statement.get("Resource", statement.get("NotResource")))
    return (statement.get("Effect") in ("Allow", "Deny")
            and ("Action" in statement) != ("NotAction" in statement)
            and ("Resource" in statement) != ("NotResource" in statement)
            and bool(actions) and all(ACTION.fullmatch(each) and (kind == SCP or each != "*") for each in actions)
            and bool(named) and all(each == "*" or each.startswith("arn:") for each in named)
            and is_condition(statement.get("Condition", {})))


def is_condition(condition):
    return isinstance(condition, dict) and all(
        isinstance(keys, dict) and keys and all(isinstance(value, (str, bool, int, float, list)) for value in keys.values())
        for keys in condition.values())


def texts(value):
    """None if it isn't a text or a list of texts."""
    values = [value] if isinstance(value, str) else value
    return values if isinstance(values, list) and all(isinstance(each, str) for each in values) else None


# --- attachments ------------------------------------------------------------------------------------------------------


def attach(payload):
    policy = organizations._policies.get(payload.get("PolicyId")) or {}
    kind, target = policy.get("Type"), payload.get("TargetId")
    answer = EMULATORS["AttachPolicy"](payload)
    if answer[0] == 200 and kind in MOST_ATTACHED and len(list(organization.attached(kind, target))) > MOST_ATTACHED[kind]:
        EMULATORS["DetachPolicy"](payload)
        return violation("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                         "You have attached the maximum number of policies of this type to the specified target.")
    return answer


def detach(payload):
    policy_id, target = payload.get("PolicyId"), payload.get("TargetId")
    if policy_id == FULL_ACCESS[RCP]:
        return error_response_json("InvalidInputException", "This policy can't be detached.", 400,
                                   {"Reason": "NON_DETACHABLE_POLICY"}, message_key="Message")
    policy = organizations._policies.get(policy_id) or {}
    attached = [each["Id"] for each in organization.attached(policy.get("Type"), target)]
    if policy.get("Type") == SCP and attached == [policy_id]:
        return violation("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                         "You cannot remove the last policy of this type attached to the specified target.")
    return EMULATORS["DetachPolicy"](payload)


def enable(payload):
    answer = EMULATORS["EnablePolicyType"](payload)
    kind = payload.get("PolicyType")
    if answer[0] == 200 and kind in FULL_ACCESS:
        organizations._attachments[FULL_ACCESS[kind]] = everything()
    return answer


def disable(payload):
    """All attachments of the type are lost."""
    answer = EMULATORS["DisablePolicyType"](payload)
    if answer[0] == 200:
        for policy_id, policy in list(organizations._policies.items()):
            if policy["Type"] == payload.get("PolicyType"):
                organizations._attachments[policy_id] = []
    return answer


def everything():
    return [*organizations._roots, *organizations._ous, *organizations._accounts]


# --- units and accounts -----------------------------------------------------------------------------------------------


def create_unit(payload):
    parent, name = payload.get("ParentId"), payload.get("Name")
    if parent and organizations._target(parent)[1] not in ("ROOT", "ORGANIZATIONAL_UNIT"):
        return error_response_json("ParentNotFoundException",
                                   f"We can't find a root or OU with the ParentId {parent}.", 400)
    if any(unit["_ParentId"] == parent and unit["Name"] == name for unit in organizations._ous.values()):
        return error_response_json("DuplicateOrganizationalUnitException", "An OU with the same name already exists.", 400)
    if parent and len(organization.levels(parent)) > DEEPEST_UNIT:
        return violation("OU_DEPTH_LIMIT_EXCEEDED", "You have exceeded the maximum depth of an OU tree.")
    answer = EMULATORS["CreateOrganizationalUnit"](payload)
    if answer[0] == 200:
        give_full_access(json.loads(answer[2])["OrganizationalUnit"]["Id"])
    return answer


def create_account(payload):
    answer = EMULATORS["CreateAccount"](payload)
    if answer[0] == 200:
        give_full_access(json.loads(answer[2])["CreateAccountStatus"]["AccountId"])
    return answer


def give_full_access(node):
    for kind, policy_id in FULL_ACCESS.items():
        targets = organizations._attachments.get(policy_id) or []
        if organization.is_enabled(kind) and node not in targets:
            organizations._attachments[policy_id] = [*targets, node]
        elif not organization.is_enabled(kind) and node in targets:
            organizations._attachments[policy_id] = [each for each in targets if each != node]


def delete_unit(payload):
    unit = payload.get("OrganizationalUnitId")
    children = [*organizations._ous.values(), *organizations._accounts.values()]
    if any(child.get("_ParentId") == unit for child in children):
        return error_response_json("OrganizationalUnitNotEmptyException",
                                   "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all "
                                   "child OUs, and try the operation again.", 400)
    answer = EMULATORS["DeleteOrganizationalUnit"](payload)
    if answer[0] == 200:
        for policy_id, targets in list(organizations._attachments.items()):
            organizations._attachments[policy_id] = [each for each in targets if each != unit]
    return answer


def move(payload):
    account, source = organizations._accounts.get(payload.get("AccountId")), payload.get("SourceParentId")
    if account and source and account["_ParentId"] != source:
        return error_response_json("SourceParentNotFoundException",
                                   f"We can't find a source root or OU with the ParentId {source}.", 400)
    return EMULATORS["MoveAccount"](payload)


def violation(reason, message):
    return error_response_json("ConstraintViolationException", message, 400, {"Reason": reason}, message_key="Message")
