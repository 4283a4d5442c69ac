"""Starts the emulator as one organization, with the endpoints that the local organization needs.

1. Organizations: to the emulator each account is the management account of its own organization. Here one organization with known
   ids has all accounts, so that aws:PrincipalOrgID and DescribeOrganization answer for members too.
2. Events: everything the emulator would dispatch on an event bus goes to the fabric (LOCAL_AWS_EVENTS_URL) instead; see fabric.py.
3. IAM: /_local-aws/identity and /_local-aws/authorize answer, from the emulator's own IAM, whose key it is and whether a
   service or role may do something. Only callers with LOCAL_AWS_TOKEN are answered.

The process ends when its standard input closes, so that nothing survives the program that started it.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import threading
import time

import batching
import call_conditions
import condition_keys
import dry_run
import expected_owner
import fabric
import federation
import functions
import log_bucket
import metrics
import organization
import organization_calls
import organization_policies
import packed_policies
import permissions
import policy_language
import policy_sizes
import refusals
import request_ids
import security_group_rules
import trails
import trust
import weather
from ministack import app as emulator
from ministack.core import iam_evaluator
from ministack.core import responses
from ministack.services import iam, lambda_svc, s3, sts

# Removed from the environment, which functions inherit, as they must not be able to ask.
TOKEN = os.environ.pop("LOCAL_AWS_TOKEN")
ENDPOINT_PREFIX = "/_local-aws/"


# --- functions log their errors ---------------------------------------------------------------------------------------


def log_function_errors():
    """Lambda writes the error that ended an invocation into the function's log, including crashes at start."""
    original = lambda_svc._execute_function_warm

    def execute(function, event, request_id):
        result = original(function, event, request_id)
        if isinstance(result, dict) and result.get("error"):
            now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
            line = f"{now}\t{request_id}\tERROR\tInvoke Error\t{json.dumps(result.get('body'))}"
            result["log"] = "\n".join(filter(None, [result.get("log"), line]))
        return result

    lambda_svc._execute_function_warm = execute


# --- answers of IAM ---------------------------------------------------------------------------------------------------


def identity(request):
    """The owner of a key, in the terms of CloudTrail's userIdentity; {} for an unknown key."""
    key = request["accessKeyId"]
    session = sts._sessions.get(key)
    if session:
        arn = session.get("Arn", "")
        answer = {"arn": arn, "accountId": arn.split(":")[4], "principalId": session.get("UserId", ""),
                  "tags": session.get("SessionTags") or [], "sourceArn": session.get("SourcePrincipalArn")}
        if ":assumed-role/" in arn:
            name = iam_evaluator._role_name_from_assumed_arn(arn)
            role = condition_keys.find_role_of_session(arn) or {}
            issued = session.get("IssuedAt") or role.get("CreateDate")
            # A function's session has the role's name in its principal id: replace it by the role's id, as STS does.
            suffix = answer["principalId"].split(":", 1)[-1]
            answer["principalId"] = f"{role.get('RoleId', name)}:{suffix}"
            return {**answer, "type": "AssumedRole", "issuedAt": issued,
                    "role": {"arn": role.get("Arn", ""), "id": role.get("RoleId", ""), "name": name}}
        kind = "FederatedUser" if ":federated-user/" in arn else "Root" if arn.endswith(":root") else "IAMUser"
        return {**answer, "type": kind, "issuedAt": session.get("IssuedAt"), "userName": session.get("PrincipalName"),
                "issuer": session.get("Issuer")}
    if iam_evaluator._ACCOUNT_ID_RE.fullmatch(key):
        return {"type": "Root", "arn": f"arn:aws:iam::{key}:root", "accountId": key, "principalId": key}
    account = iam_evaluator.find_iam_access_key_account(key)
    if account:
        resolved = iam_evaluator.resolve_credential(key, account)
        if isinstance(resolved, iam_evaluator.ResolvedCredential):
            return {"type": "IAMUser", "arn": resolved.principal_arn, "accountId": account,
                    "principalId": resolved.principal_id, "userName": resolved.principal_name}
    return {}


def remember_issuers():
    """A federated user acts for the caller that requested its session, even if that key is deleted."""
    original = sts.register_session

    def register(access_key, session):
        if ":federated-user/" in session.get("Arn", ""):
            requester = identity({"accessKeyId": session["SourceAccessKeyId"]})
            shown = ("type", "principalId", "arn", "accountId", "userName")
            session["Issuer"] = {name: requester[name] for name in shown if requester.get(name)}
        original(access_key, session)

    sts.register_session = register


def authorize(request):
    """Whether a principal may do an action.

    {principal: {service} | {role: arn} | {arn}, action, resource, region, context, policy?, owner?, trust?: bool, policyOnly?: bool}
    → {allowed, reason}. A service counts with the resource's `policy` alone; a role with its own policies and, in another account
    (`owner`), with the resource's policy too. `policyOnly` asks what the resource's policy says about the `arn`, and
    `trust` whether the role `resource` may be assumed by the principal.
    """
    context = {name.lower(): value for name, value in (request.get("context") or {}).items()}
    service = request["principal"].get("service")
    role_arn = request["principal"].get("role")
    somebody = request["principal"].get("arn")
    account = (role_arn or somebody or "::::").split(":")[4]
    if role_arn:
        caller = f"arn:aws:sts::{account}:assumed-role/{role_arn.rsplit('/', 1)[-1]}/events"
    else:
        # No policy can name the ARN `nobody`: a service is matched by the Service element alone.
        caller = somebody or "nobody"
    evaluated = iam_evaluator.EvalContext(
        principal_arn=caller, principal_type="Service" if service else "AssumedRole", principal_account=account,
        action=request["action"], resource_arn=request["resource"], region=request.get("region", ""),
        service_context=context)
    acting = organization_policies.as_service(evaluated, service) if service else evaluated
    denied = organization_policies.refusal(acting, resource_only=bool(request.get("policyOnly")))
    if denied:
        return refuse(f"{service or role_arn or somebody} is not authorized to perform {request['action']} on "
                      f"{request['resource']} {refusals.reason(denied.kind, denied.policy, request['action'])}")
    if request.get("trust"):
        role = find_role(request["resource"])
        if role is None:
            return refuse(f"the role {request['resource']} does not exist")
        document = role.get("AssumeRolePolicyDocument") or "{}"
        document = json.loads(document) if isinstance(document, str) else document
        statements = document.get("Statement", [])
        statements = [statements] if isinstance(statements, dict) else statements
        # A trust policy has no Resource, but the evaluator requires one.
        open_resource = {"Statement": [{**statement, "Resource": "*"} for statement in statements]}
        result = iam_evaluator.evaluate_resource_policy(open_resource, evaluated, service)
        if result.decision != "Allow":
            return refuse(f"the trust policy of {request['resource']} does not let {service or role_arn} assume it"
                          f"{said(context)}")
        return {"allowed": True}
    policy = request.get("policy")
    if service:
        result = iam_evaluator.evaluate_resource_policy(policy, evaluated, service)
        if result.decision != "Allow":
            return refuse(f"the policy of {request['resource']} does not allow {request['action']} by {service}"
                          f"{said(context)}")
        return {"allowed": True}
    if not request.get("policyOnly"):
        if find_role(role_arn) is None:
            return refuse(f"the role {role_arn} does not exist")
        own = iam_evaluator.evaluate(evaluated, iam_evaluator._gather_role_policies(role_arn.rsplit("/", 1)[-1], account))
        if own.decision != "Allow":
            return refuse(f"the policies of {role_arn} do not allow {request['action']} on {request['resource']}")
    owner = request.get("owner") or account
    answer = iam_evaluator.evaluate_resource_policy(policy, evaluated)
    if answer.decision == "Deny" or (owner != account and answer.decision != "Allow"):
        return refuse(f"the policy of {request['resource']} does not allow {request['action']} by {role_arn or somebody} "
                      f"(aws:PrincipalOrgID={organization.organization_of(account)})")
    return {"allowed": True}


def find_role(arn):
    parts = arn.split(":")
    if len(parts) < 6 or not parts[5].startswith("role/"):
        return None
    return iam._roles.get_scoped(parts[4], None, parts[5].rsplit("/", 1)[-1])


def said(context):
    return " with " + ", ".join(f"{key}={value}" for key, value in context.items()) if context else ""


def refuse(reason):
    return {"allowed": False, "reason": reason}


def bucket_home(request):
    """The bucket's account and region; {} if there is no such bucket."""
    name = request["bucket"]
    account = s3._bucket_owner_account(name)
    if not account:
        return {}
    return {"account": account, "region": s3._buckets.get_scoped(account, None, name).get("region") or "us-east-1"}


ENDPOINTS = {"identity": identity, "authorize": authorize, "archive": fabric.keep_in_archives,
         "connection": fabric.connection, "metrics": metrics.keep, "delivered": trails.delivered, "bucket-home": bucket_home,
         "may-deliver": log_bucket.endpoint(authorize)}


async def app(scope, receive, send):
    if scope["type"] != "http" or not scope["path"].startswith(ENDPOINT_PREFIX):
        await emulator.app(scope, receive, send)
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = dict(scope["headers"])
    endpoint = ENDPOINTS.get(scope["path"][len(ENDPOINT_PREFIX):])
    if headers.get(b"x-local-aws-token", b"").decode() != TOKEN or endpoint is None:
        status, answer = 403, {"error": "not for you"}
    else:
        try:
            status, answer = 200, endpoint(json.loads(body))
        except Exception as error:  # The caller must receive it; the emulator continues.
            logging.getLogger("local-aws").exception("%s", scope["path"])
            status, answer = 500, {"error": f"{type(error).__name__}: {error}"}
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(answer, default=str).encode()})


# --- start and end ----------------------------------------------------------------------------------------------------


def end_with_parent():
    sys.stdin.buffer.read()
    # The functions' workers are in this process group, which must end completely.
    os.killpg(os.getpgrp(), signal.SIGKILL)


async def serve():
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"127.0.0.1:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 0.2
    config.loglevel = os.environ.get("LOG_LEVEL", "WARNING")
    await hypercorn_serve(app, config)


if __name__ == "__main__":
    organization.found()
    organization.members_see_their_organization()
    condition_keys.fill()
    policy_language.complete()
    log_function_errors()
    functions.check_queues(authorize)
    permissions.ask_as_aws_does()
    organization_policies.hold()
    organization_calls.complete()
    trust.keep_identities()
    expected_owner.hold()
    packed_policies.limit()
    call_conditions.answer()
    dry_run.stop_before_the_act()
    federation.answer_with_claims()
    remember_issuers()
    security_group_rules.keep_one_for_each_source()
    policy_sizes.hold()
    trails.keep(authorize, organization.MANAGEMENT, organization.ORGANIZATION["id"], organization.is_member)
    fabric.connect(os.environ["LOCAL_AWS_EVENTS_URL"], TOKEN)
    batching.collect()
    metrics.publish()
    weather.reach()
    request_ids.agree()
    threading.Thread(target=end_with_parent, daemon=True).start()
    asyncio.run(serve())
