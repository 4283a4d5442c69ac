"""States between two final ones, through which AWS's resources pass for a while and the emulator's don't.

The gateway says in a header how long they last. Until then calls that need a final state are refused as on AWS.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html (State)
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html (TableStatus)
"""

import asyncio
import contextvars
import json
import re

import query
import stale_reads
from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json, get_region
from ministack.services import dynamodb, ec2, kms, lambda_svc

# By operation: the code and name of the state that the emulator gives, and of the one before it.
INSTANCES = {
    "RunInstances": ((16, "running"), (0, "pending")),
    "StartInstances": ((16, "running"), (0, "pending")),
    "StopInstances": ((80, "stopped"), (64, "stopping")),
    "TerminateInstances": ((48, "terminated"), (32, "shutting-down")),
}
REFUSED = {"StartInstances": ({"stopping", "shutting-down"}, "started"), "StopInstances": ({"pending", "shutting-down"}, "stopped")}
INSTANCE_ID = re.compile(rb"<instanceId>(i-[0-9a-f]+)</instanceId>")
VOLUME_ID = re.compile(rb"<volumeId>(vol-[0-9a-f]+)</volumeId>")
INSTANCE_MEMBER = re.compile(r"InstanceId\.\d+")
MAPPING = re.compile(r"/2015-03-31/event-source-mappings(?:/([^/]+))?/?")
MAPPINGS_FINAL = {"Enabled", "Disabled"}
# Tells the gateway, which sends the events of states, about the instances that will be stopped instead of running.
FALL_BACK_HEADER = "x-local-aws-fall-back"
FALLEN_BACK = {"Code": "Client.InternalError", "Message": "Client.InternalError: Client error on launch"}


def after(seconds, service, change):
    """Makes a change in the place of this request, later."""
    def make():
        stale_reads.remember(service)
        change()
    asyncio.get_running_loop().call_later(seconds, contextvars.copy_context().run, make)


# --- instances --------------------------------------------------------------------------------------------------------


def instances_refusal(parameters):
    states, verb = REFUSED.get(parameters.get("Action"), (set(), ""))
    for name, instance_id in parameters.items():
        if not INSTANCE_MEMBER.fullmatch(name):
            continue
        instance = ec2._instances.get(instance_id)
        if instance and instance["State"]["Name"] in states:
            return ec2._error("IncorrectInstanceState",
                              f"The instance '{instance_id}' is not in a state from which it can be {verb}.", 400)
    return None


async def instances(original, arguments, seconds):
    headers, body, query_params = arguments[2:5]
    parameters = query.parameters(query_params, body or b"")
    operation = parameters.get("Action")
    refused = instances_refusal(parameters)
    if refused or operation not in INSTANCES:
        return refused or await original(*arguments)
    before = {instance_id: dict(instance["State"]) for instance_id, instance in ec2._instances.items()}
    status, answer_headers, answer = await original(*arguments)
    if status != 200:
        return status, answer_headers, answer
    raw = answer if isinstance(answer, bytes) else answer.encode()
    last, between = INSTANCES[operation]
    fallen_back = []
    for instance_id in dict.fromkeys(found.decode() for found in INSTANCE_ID.findall(raw)):
        instance = ec2._instances.get(instance_id)
        # Whoever starts a running instance changes nothing.
        if not instance or before.get(instance_id, {}).get("Name") == last[1]:
            continue
        falls_back = operation == "StartInstances" and not may_use_keys(instance, headers, query_params)
        fallen_back += [instance_id] if falls_back else []
        instance["State"] = {"Code": between[0], "Name": between[1]}
        instance.pop("StateReason", None)
        after(seconds, "ec2", lambda record=instance, back=falls_back: end(record, between, last, back))
    return status, {**answer_headers, FALL_BACK_HEADER: " ".join(fallen_back)}, in_state(raw, operation, last, between)


def end(instance, between, last, falls_back):
    # Another call may have changed the state in the meantime.
    if instance["State"]["Name"] != between[1]:
        return
    if falls_back:
        instance["State"] = {"Code": 80, "Name": "stopped"}
        instance["StateReason"] = FALLEN_BACK
    else:
        instance["State"] = {"Code": last[0], "Name": last[1]}


def in_state(answer, operation, last, between):
    """The answer names the state in which the instance is now."""
    member = b"instanceState" if operation == "RunInstances" else b"currentState"
    given = re.compile(rb"<%b>\s*<code>%d</code>\s*<name>%b</name>\s*</%b>" % (member, last[0], last[1].encode(), member))
    return given.sub(b"<%b><code>%d</code><name>%b</name></%b>" % (member, between[0], between[1].encode(), member), answer)


def may_use_keys(instance, headers, query_params):
    """EC2 needs a grant for volumes under a customer's key, which the caller must be allowed to make.

    https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html
    """
    keys = {volume.get("KmsKeyId") for volume in ec2._volumes.values()
            if any(each.get("InstanceId") == instance["InstanceId"] for each in volume.get("Attachments", []))}
    access_key = ec2_caller(headers, query_params)
    return all(iam_evaluator.enforce(access_key, "kms:CreateGrant", "kms", get_region(), resource_arn=key,
                                     service_context={"kms:grantisforawsresource": "true"}) is None
               for key in map(key_arn, filter(None, keys)) if key)


def ec2_caller(headers, query_params):
    authorization = headers.get("authorization", "")
    found = re.search(r"Credential=([^/]+)/", authorization)
    return found[1] if found else query.first(query_params.get("X-Amz-Credential", "")).split("/")[0]


def key_arn(key):
    """@returns None for the key that AWS manages, with which EC2 may always work."""
    record = kms._resolve_key(key)
    if record is None or record.get("KeyManager") == "AWS":
        return None
    return record["Arn"]


def keep_keys_of_volumes():
    """The emulator forgets with which key a volume was encrypted, and why an instance stopped."""
    original = ec2.handle_request
    instance_xml = ec2._instance_xml

    async def handle(method, path, headers, body, query_params):
        status, answer_headers, answer = await original(method, path, headers, body, query_params)
        parameters = query.parameters(query_params, body or b"")
        key = next((value for name, value in parameters.items() if name.endswith("KmsKeyId")), "")
        if status == 200 and key and parameters.get("Action") in ("CreateVolume", "RunInstances"):
            for volume in volumes_of(answer if isinstance(answer, bytes) else answer.encode()):
                volume["KmsKeyId"] = key
        return status, answer_headers, answer

    def with_reason(instance):
        shown = instance_xml(instance)
        reason = instance.get("StateReason")
        if not reason:
            return shown
        head, end, tail = shown.rpartition("</item>")
        return f"{head}<stateReason><code>{reason['Code']}</code><message>{reason['Message']}</message></stateReason>{end}{tail}"

    ec2.handle_request = handle
    ec2._instance_xml = with_reason


def volumes_of(answer):
    """Those that an answer names, or that belong to an instance that it names."""
    instance_ids = {found.decode() for found in INSTANCE_ID.findall(answer)}
    volume_ids = {found.decode() for found in VOLUME_ID.findall(answer)}
    return [volume for volume in ec2._volumes.values() if volume["VolumeId"] in volume_ids
            or any(each.get("InstanceId") in instance_ids for each in volume.get("Attachments", []))]


# --- event source mappings --------------------------------------------------------------------------------------------


async def mappings(original, arguments, seconds):
    method, path, _, body = arguments[:4]
    named = MAPPING.fullmatch(path)
    if named is None or method == "GET":
        return await original(*arguments)
    mapping_id = named[1]
    before = dict(lambda_svc._esms.get(mapping_id) or {}) if mapping_id else {}
    if before and before.get("State") not in MAPPINGS_FINAL:
        return error_response_json("ResourceInUseException",
                                   f"Cannot {'delete' if method == 'DELETE' else 'update'} the event source mapping because it is in use.",
                                   400)
    status, headers, answer = await original(*arguments)
    if status >= 300:
        return status, headers, answer
    shown = json.loads(answer)
    between = between_mappings(method, before, json.loads(body or b"{}"))
    mapping_id = shown["UUID"]
    record = lambda_svc._esms.get(mapping_id)
    if method == "DELETE":
        record = {**before, "Enabled": False, "State": between}
        lambda_svc._esms[mapping_id] = record
        after(seconds, "lambda", lambda: lambda_svc._esms.pop(mapping_id, None))
    else:
        last = record["State"]
        record["State"] = between
        after(seconds, "lambda", lambda: record.update(State=last) if record["State"] == between else None)
    return status, headers, json.dumps({**shown, "State": between}).encode()


def between_mappings(method, before, wanted):
    if method == "DELETE":
        return "Deleting"
    if method == "POST":
        return "Creating"
    enabled = wanted.get("Enabled", before.get("Enabled"))
    if enabled == before.get("Enabled"):
        return "Updating"
    return "Enabling" if enabled else "Disabling"


# --- tables -----------------------------------------------------------------------------------------------------------

BEING = {"CREATING": "created", "DELETING": "deleted", "UPDATING": "updated"}
TABLE_STATES = {"CreateTable": "CREATING", "UpdateTable": "UPDATING", "DeleteTable": "DELETING"}
TABLE_DATA = re.compile(r"(Put|Get|Update|Delete)Item|Query|Scan")


async def tables(original, arguments, seconds):
    _, _, headers, body = arguments[:4]
    operation = headers.get("x-amz-target", "").split(".")[-1]
    name = str(json.loads(body or b"{}").get("TableName", "")).rsplit("table/", 1)[-1]
    before = dynamodb._tables.get(name)
    status_before = (before or {}).get("TableStatus")
    if operation in ("UpdateTable", "DeleteTable") and status_before in BEING:
        return error_response_json("ResourceInUseException", "Attempt to change a resource which is still in use: Table is being "
                                                             f"{BEING[status_before]}: {name}", 400)
    if TABLE_DATA.fullmatch(operation) and status_before in ("CREATING", "DELETING"):
        return error_response_json("ResourceNotFoundException", "Requested resource not found", 400)
    status, answer_headers, answer = await original(*arguments)
    if status >= 300 or operation not in TABLE_STATES:
        return status, answer_headers, answer
    between = TABLE_STATES[operation]
    if operation == "DeleteTable":
        record = {**before, "TableStatus": between}
        dynamodb._tables[name] = record
        after(seconds, "dynamodb", lambda: dynamodb._tables.pop(name, None) if dynamodb._tables.get(name) is record else None)
    else:
        record = dynamodb._tables[name]
        record["TableStatus"] = between
        after(seconds, "dynamodb", lambda: record.update(TableStatus="ACTIVE") if record["TableStatus"] == between else None)
    shown = json.loads(answer)
    shown["TableDescription"]["TableStatus"] = between
    return status, answer_headers, json.dumps(shown).encode()


KINDS = {"ec2": instances, "lambda": mappings, "dynamodb": tables}
