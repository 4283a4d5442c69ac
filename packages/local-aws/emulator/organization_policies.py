"""Service control policies (SCPs) and resource control policies (RCPs), in each authorization. The emulator attaches them and evaluates none.

An SCP binds the principals of member accounts, a root user too; every level from the root to the account must allow. An RCP denies
what anybody does to resources of member accounts. Neither binds service-linked roles, nor has to do with the management account.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html and
orgs_manage_policies_rcps.html
"""

import contextvars
import functools
import json
import pathlib
from dataclasses import dataclass

import condition_keys
import organization
import permissions
import refusals
from ministack.core import iam_evaluator, responses

SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services
RCP_SERVICES = frozenset(json.loads((pathlib.Path(__file__).parent / "rcp-services.json").read_text()))
# A revoked or retired grant can't be forced upon somebody.
RCP_EXEMPT = frozenset({"kms:retiregrant"})
# AWS lets nobody deny them.
ALWAYS_ALLOWED = iam_evaluator._ALWAYS_ALLOWED_ACTIONS
SERVICE_LINKED = ":role/aws-service-role/"

EMULATORS_ENFORCE = iam_evaluator.enforce
EMULATORS_RESOURCE_POLICY = iam_evaluator.evaluate_resource_policy

# Of this request: the refusal by an organization policy, for the answer's text.
refused = contextvars.ContextVar("local-aws-refused", default=None)


@dataclass(frozen=True)
class Refusal:
    kind: str
    # The ARN of the policy that denies, empty if it has none; None if no policy allows.
    policy: str | None


def hold():
    iam_evaluator.enforce = enforce
    iam_evaluator.evaluate_resource_policy = evaluate_resource_policy
    refusals.word(refused)


# --- decisions --------------------------------------------------------------------------------------------------------


def refusal(context, resource_only=False):
    """The refusal of a request by an organization policy; None if they all let it pass. A Deny comes before a missing Allow."""
    decisions = [*(() if resource_only else service_control(context)), *resource_control(context)]
    return next((each for each in decisions if each.policy), next(iter(decisions), None))


def service_control(context):
    if not organization.is_governed(context.principal_account) or is_service_linked(context):
        return
    yield from decided(context, SCP, organization.levels(context.principal_account), allow_needed=True)


def resource_control(context):
    service = context.action.partition(":")[0].lower()
    if service not in RCP_SERVICES or context.action.lower() in RCP_EXEMPT or ":alias/aws/" in context.resource_arn:
        return
    owner = condition_keys.owner_of(context)
    if not organization.is_governed(owner) or is_service_linked(context):
        return
    # RCPFullAWSAccess, which can't be detached, allows everything at each level.
    yield from decided(context, RCP, organization.levels(owner), allow_needed=False)


def decided(context, kind, nodes, allow_needed):
    if not organization.is_enabled(kind):
        return
    unallowed = None
    for node in nodes:
        allowed = not allow_needed
        for policy in organization.attached(kind, node):
            statements = parsed(policy["_Content"])
            if iam_evaluator._first_match(context, statements, "Deny"):
                yield Refusal(kind, policy["Arn"])
            allowed = allowed or iam_evaluator._first_match(context, statements, "Allow") is not None
        if not allowed and unallowed is None:
            unallowed = Refusal(kind, None)
    if unallowed:
        yield unallowed


@functools.lru_cache(maxsize=1024)
def parsed(content):
    return iam_evaluator.parse_policy_document(content)


def is_service_linked(context):
    """Their roles have a path of their own, in which nobody but AWS makes roles."""
    if ":assumed-role/" not in context.principal_arn:
        return SERVICE_LINKED in context.principal_arn
    role = condition_keys.find_role_of_session(context.principal_arn)
    return role is not None and SERVICE_LINKED in role["Arn"]


# --- in the emulator's authorizations -------------------------------------------------------------------------------------


def enforce(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
    """As the emulator's: None if allowed. A call about several resources needs each of them."""
    refused.set(None)
    for arn in (resource_arn, *permissions.others(resource_arn)):
        context = permissions.context_on(arn, service_context)
        denied = enforce_on(access_key_id, iam_action, service, region, arn, context)
        if denied is not None:
            return denied
    for role, context in permissions.passed(resource_arn):
        denied = enforce_on(access_key_id, "iam:PassRole", "iam", region, role, context)
        if denied is not None:
            return denied
    return None


def enforce_on(access_key_id, iam_action, service, region, arn, service_context):
    own = EMULATORS_ENFORCE(access_key_id, iam_action, service, region, resource_arn=arn, service_context=service_context)
    if isinstance(own, iam_evaluator.AuthError) or iam_action in ALWAYS_ALLOWED:
        return own
    context = context_of(access_key_id, iam_action, region, arn, service_context)
    denied = refusal(context)
    if denied is None or (own is not None and own.decision == "Deny" and denied.policy is None):
        if own is not None and iam_action == "iam:PassRole":
            # The emulator's words would be about the call, which is allowed.
            refused.set((Refusal(refusals.IDENTITY, "" if own.decision == "Deny" else None), context))
        return own
    refused.set((denied, context))
    return iam_evaluator.EvalResult("Deny" if denied.policy else "ImplicitDeny", principal_arn=context.principal_arn)


def context_of(access_key_id, action, region, arn, service_context):
    given = {key.lower(): value for key, value in (service_context or {}).items()}
    # A request that names no tags has no aws:TagKeys.
    given.setdefault("aws:tagkeys", None)
    caller = credential_of(access_key_id)
    context = iam_evaluator.EvalContext(
        principal_arn=caller.principal_arn if caller else "*",
        principal_type=caller.principal_type if caller else "Anonymous",
        principal_account=caller.account_id if caller else "",
        action=action, resource_arn=arn, region=region, service_context=given,
        principal_keys=iam_evaluator._principal_keys(caller) if caller else {})
    if tags_matter(context):
        from ministack.services.tagging import resource_tags
        for name, value in (resource_tags(arn) or {}).items():
            given.setdefault(f"aws:resourcetag/{name}".lower(), value)
    return context


def credential_of(access_key_id):
    """None for a call without a signature, whose account the emulator takes for the management account's root."""
    if not access_key_id:
        return None
    account = responses._account_from_sts_session(access_key_id) or responses.get_account_id()
    found = iam_evaluator.resolve_credential(access_key_id, account)
    return None if isinstance(found, iam_evaluator.CredentialResolutionError) else found


def tags_matter(context):
    """The emulator's search for a resource's tags is slow, so it is left out where no policy asks."""
    nodes = {*organization.levels(context.principal_account), *organization.levels(condition_keys.owner_of(context))}
    return any(mentions_tags(policy["_Content"])
               for kind in (SCP, RCP) for node in nodes for policy in organization.attached(kind, node))


@functools.lru_cache(maxsize=1024)
def mentions_tags(content):
    return "aws:resourcetag/" in content.lower()


def evaluate_resource_policy(document, context, service=None, named_only=False, direct_only=False):
    """What a service does to a resource meets the RCPs here, what others do in `enforce`."""
    if service or context.principal_type == "Service":
        denied = refusal(as_service(context, service))
        if denied:
            return iam_evaluator.EvalResult("Deny", context.principal_arn, "", refusals.reason(denied.kind, denied.policy))
    return EMULATORS_RESOURCE_POLICY(document, context, service, named_only, direct_only)


def as_service(context, service):
    keys = {"aws:principalservicename": service} if service else {}
    return iam_evaluator.replace(context, principal_type="Service", principal_account="",
                                 service_context={**context.service_context, **keys})
