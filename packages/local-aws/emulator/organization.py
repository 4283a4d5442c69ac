"""One organization with known ids that has all accounts, and its tree: root, organizational units, accounts.

To the emulator each account is the management account of its own organization.
"""

import json
import os
import time

from ministack.core import responses
from ministack.services import organizations

ORGANIZATION = json.loads(os.environ["LOCAL_AWS_ORGANIZATION"])
MANAGEMENT = ORGANIZATION["managementAccountId"]


def found():
    """So that aws:PrincipalOrgID and DescribeOrganization answer for members too."""
    responses.set_request_account_id(MANAGEMENT)
    organizations._ensure_org()
    organization_id, root_id = ORGANIZATION["id"], ORGANIZATION["rootId"]
    organization = organizations._orgs["self"]
    organization["Id"] = organization_id
    organization["Arn"] = f"arn:aws:organizations::{MANAGEMENT}:organization/{organization_id}"
    old_root = next(iter(organizations._roots))
    root = organizations._roots.pop(old_root)
    root["Id"] = root_id
    root["Arn"] = f"arn:aws:organizations::{MANAGEMENT}:root/{organization_id}/{root_id}"
    organizations._roots[root_id] = root
    organizations._attachments[organizations.FULL_ACCESS_POLICY_ID] = [root_id]
    organizations._accounts.pop(MANAGEMENT, None)
    for account in ORGANIZATION["accounts"]:
        account_id = account["id"]
        arn = f"arn:aws:organizations::{MANAGEMENT}:account/{organization_id}/{account_id}"
        if account_id == MANAGEMENT:
            organization["MasterAccountArn"], organization["MasterAccountEmail"] = arn, account["email"]
        organizations._accounts[account_id] = {
            "Id": account_id,
            "Arn": arn,
            "Email": account["email"],
            "Name": account["name"],
            "Status": "ACTIVE",
            "JoinedMethod": "INVITED" if account_id == MANAGEMENT else "CREATED",
            "JoinedTimestamp": int(time.time()),
            "Path": "/",
            "_ParentId": root_id,
        }
        organizations._attachments[organizations.FULL_ACCESS_POLICY_ID].append(account_id)


def is_member(account_id):
    """Whether the organization has the account, by its own records, including accounts created later."""
    return organizations._accounts.get_scoped(MANAGEMENT, None, account_id) is not None


def is_governed(account_id):
    """Whether organization policies bind the account: never the management account."""
    return account_id != MANAGEMENT and is_member(account_id)


def organization_of(account_id):
    return ORGANIZATION["id"] if is_member(account_id) else None


def levels(account_id):
    """Ids from the root down to the account. The first isn't a root if a record on the way is missing."""
    found_ids, node = [], account_id
    while node:
        found_ids.insert(0, node)
        record = record_of(node)
        node = record.get("_ParentId") if record else None
    return found_ids


def path_of(account_id):
    """In the form of aws:PrincipalOrgPaths: organization, root and units, each followed by a slash."""
    if not is_member(account_id):
        return None
    return "/".join([ORGANIZATION["id"], *levels(account_id)[:-1], ""])


def record_of(node):
    for store in (organizations._accounts, organizations._ous, organizations._roots):
        record = store.get_scoped(MANAGEMENT, None, node)
        if record is not None:
            return record
    return None


def is_enabled(policy_type):
    root = record_of(ORGANIZATION["rootId"])
    return any(each["Type"] == policy_type and each["Status"] == "ENABLED" for each in root.get("PolicyTypes") or [])


def attached(policy_type, node):
    """The policies of a type that are attached to a root, unit or account itself."""
    # The emulator's own views of a store are of the caller's account.
    for (owner, policy_id), targets in list(organizations._attachments._data.items()):
        if owner == MANAGEMENT and node in targets:
            policy = organizations._policies.get_scoped(MANAGEMENT, None, policy_id)
            if policy and policy["Type"] == policy_type:
                yield policy


def members_see_their_organization():
    """Reads by a member answer about its organization. Everything else needs the management account, as on AWS."""
    original = organizations.handle_request

    async def handle(method, path, headers, body, query_params):
        operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        caller = responses.get_account_id()
        if caller == MANAGEMENT:
            return await original(method, path, headers, body, query_params)
        if not is_member(caller):
            message = "Your account is not a member of an organization."
            return responses.error_response_json("AWSOrganizationsNotInUseException", message, 400)
        if operation != "DescribeOrganization":
            message = "You don't have permissions to access this resource."
            return responses.error_response_json("AccessDeniedException", message, 400)
        token = responses._request_account_id.set(MANAGEMENT)
        try:
            return await original(method, path, headers, body, query_params)
        finally:
            responses._request_account_id.reset(token)

    organizations.handle_request = handle
