"""Users and roles that a trust policy names are kept by their unique ids, as IAM keeps them: one that is made again isn't trusted.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import contextlib
import copy
import json
import re

from ministack.core import iam_evaluator
from ministack.services import iam

EMULATORS_MATCH = iam_evaluator._principal_matches
EMULATORS_ROLE_XML = iam._role_xml
DETAILS = "GetAccountAuthorizationDetails"
NAMED = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):(user|role)/(.+)")
ACCOUNT = re.compile(r"\d{12}|arn:aws[a-z-]*:iam::\d{12}:root|arn:aws[a-z-]*:sts::\d{12}:(assumed-role/.+/.+|federated-user/.+)")
UNIQUE_ID = re.compile(r"(AIDA|AROA)[A-Z0-9]+")
STORES = {"user": (iam._users, "UserId"), "role": (iam._roles, "RoleId"), "AIDA": (iam._users, "UserId"),
          "AROA": (iam._roles, "RoleId")}
RESERVED_PATH = "/aws-service-role/"
# What changes a role; AWS alone changes service-linked ones. Their descriptions and tags may be changed.
CHANGES = ("AttachRolePolicy", "DeleteRole", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePolicy", "PutRolePermissionsBoundary",
           "DeleteRolePermissionsBoundary", "UpdateAssumeRolePolicy")


def keep_identities():
    iam_evaluator._principal_matches = principal_matches
    iam._role_xml = role_xml
    wrap("CreateRole", create)
    wrap("UpdateAssumeRolePolicy", lambda original, p: with_ids(original, p, "PolicyDocument"))
    wrap(DETAILS, details)
    for action in CHANGES:
        wrap(action, protect)


def wrap(action, around):
    original = iam._IAM_HANDLERS.get(action)
    if original:
        iam._IAM_HANDLERS[action] = lambda p: around(original, p)


# --- made and changed -------------------------------------------------------------------------------------------------


def create(original, p):
    """Whoever may make a role in that path escapes SCPs, so only CreateServiceLinkedRole does."""
    if iam._p(p, "Path").startswith(RESERVED_PATH):
        return iam._error(400, "ValidationError", "Paths that begin with /aws-service-role/ are reserved for service-linked roles.")
    return with_ids(original, p, "AssumeRolePolicyDocument")


def protect(original, p):
    name = iam._p(p, "RoleName")
    if ((iam._roles.get(name) or {}).get("Path") or "/").startswith(RESERVED_PATH):
        return iam._error(400, "UnmodifiableEntity", f"Cannot perform the operation on the protected role '{name}' - this role is "
                                                     "only modifiable by AWS")
    return original(p)


def with_ids(original, p, member):
    try:
        document = json.loads(iam._p(p, member))
    except ValueError:
        return original(p)
    try:
        kept = changed(document, to_id)
    except InvalidPrincipal as invalid:
        return iam._error(400, "MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{invalid}"')
    if kept == document:
        return original(p)
    return original({**p, member: [json.dumps(kept)]})


class InvalidPrincipal(Exception):
    """Names nobody."""


def to_id(named):
    found = NAMED.fullmatch(named)
    if found:
        account, kind, path_and_name = found.groups()
        store, id_key = STORES[kind]
        record = store.get_scoped(account, None, path_and_name.rsplit("/", 1)[-1])
        if record is None or record["Arn"].split("/", 1)[1] != path_and_name:
            raise InvalidPrincipal(named)
        return record[id_key]
    if UNIQUE_ID.fullmatch(named):
        if arn_of(named) is None:
            raise InvalidPrincipal(named)
    elif named != "*" and not ACCOUNT.fullmatch(named):
        raise InvalidPrincipal(named)
    return named


def changed(document, change):
    """The policy with each AWS principal changed."""
    document = copy.deepcopy(document)
    statements = document.get("Statement") if isinstance(document, dict) else None
    for statement in [statements] if isinstance(statements, dict) else statements if isinstance(statements, list) else []:
        principal = statement.get("Principal") if isinstance(statement, dict) else None
        if isinstance(principal, dict) and "AWS" in principal:
            named = principal["AWS"]
            principal["AWS"] = change(named) if isinstance(named, str) else [change(str(each)) for each in named]
    return document


# --- read and matched -------------------------------------------------------------------------------------------------


def arn_of(unique_id):
    """The ARN of the user or role that has the id now; None when it was deleted."""
    store, id_key = STORES[unique_id[:4]]
    return next((record["Arn"] for record in list(store._data.values()) if record.get(id_key) == unique_id), None)


def shown(text):
    """A policy as it is read: with ARNs, but the ids of those that were deleted."""
    try:
        document = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text
    known = changed(document, lambda named: (arn_of(named) if UNIQUE_ID.fullmatch(named) else None) or named)
    return text if known == document else json.dumps(known)


def principal_matches(principal, caller_arn):
    if isinstance(principal, dict) and "AWS" in principal:
        named = [principal["AWS"]] if isinstance(principal["AWS"], str) else principal["AWS"]
        arns = [arn_of(each) if UNIQUE_ID.fullmatch(str(each)) else each for each in named]
        principal = {**principal, "AWS": [arn for arn in arns if arn is not None]}
    return EMULATORS_MATCH(principal, caller_arn)


def role_xml(name, boundary=True):
    with as_read([name]):
        return EMULATORS_ROLE_XML(name, boundary)


def details(original, p):
    with as_read(list(iam._roles)):
        return original(p)


@contextlib.contextmanager
def as_read(names):
    """The emulator reads policies from its records, which have the ARNs for the moment."""
    kept = {name: iam._roles[name].get("AssumeRolePolicyDocument") for name in names}
    try:
        for name, text in kept.items():
            iam._roles[name]["AssumeRolePolicyDocument"] = shown(text)
        yield
    finally:
        for name, text in kept.items():
            iam._roles[name]["AssumeRolePolicyDocument"] = text
