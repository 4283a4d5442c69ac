"""Lets the fabric deliver events in place of the emulator's EventBridge.

The emulator keeps buses, rules, targets, archives and connections, and answers calls about them. Events that it would dispatch go to
the fabric, which delivers them as AWS would, across accounts and regions, and decides which calls AWS would refuse.
"""

import asyncio
import calendar
import contextlib
import http.client
import json
import logging
import queue
import re
import threading
import time
import urllib.parse
import weakref

from ministack.core import iam_evaluator
from ministack.core import responses
from ministack.services import eventbridge

log = logging.getLogger("local-aws")
outbox = queue.SimpleQueue()
EMULATORS_ARCHIVE = eventbridge._archive_event
EMULATORS_PUT_PERMISSION = eventbridge._put_permission
EMULATORS_HANDLER = eventbridge.handle_request
# Calls that may exceed EventBridge's limits; PutEvents only when it is long.
REFUSABLE = {"PutRule", "DeleteRule", "PutTargets", "PutPermission", "DeleteEventBus"}
LONG_BYTES = 1024 * 1024
# By account, region and bus, while a call waits.
turns = weakref.WeakValueDictionary()


def connect(events_url, token):
    url = urllib.parse.urlsplit(events_url)
    eventbridge._dispatch_event = dispatch
    eventbridge._invoke_target = fire
    eventbridge._archive_event = lambda event, view=None: None
    eventbridge._put_permission = put_permission
    eventbridge._put_events = put_events
    eventbridge.handle_request = refusing(url, token)
    threading.Thread(target=post_events, args=(url, token), daemon=True).start()


# --- events go out ----------------------------------------------------------------------------------------------------


def dispatch(event, view=None):
    view = view or eventbridge._pattern_event_view(event)
    outbox.put({
        "bus": event.get("EventBusName", "default"),
        "account": responses.get_account_id(),
        "region": responses.get_region(),
        "event": view.event_with_detail(),
    })


def fire(target, event, rule, view=None):
    """Dispatches a scheduled rule's target. Only the scheduler still calls this."""
    view = view or eventbridge._pattern_event_view(event)
    outbox.put({
        "bus": rule.get("EventBusName", "default"),
        "account": responses.get_account_id(),
        "region": responses.get_region(),
        "event": view.event_with_detail(),
        "rule": rule.get("Name", ""),
        "target": target.get("Id", ""),
    })


def post_events(url, token):
    connection = None
    while True:
        body = json.dumps(outbox.get()).encode()
        for attempt in (1, 2):
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
                connection.request("POST", url.path, body, {"x-local-aws-token": token})
                connection.getresponse().read()
                break
            except (OSError, http.client.HTTPException) as error:
                connection = None
                if attempt == 2:
                    log.error("event not handed to the fabric: %s: %s", error, body[:300])


# --- calls that AWS would refuse --------------------------------------------------------------------------------------


def refusing(url, token):
    def ask(question):
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
        try:
            connection.request("POST", "/refuse", json.dumps(question).encode(), {"x-local-aws-token": token})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    async def handle(method, path, headers, body, query_params):
        body = with_names_of_buses(body)
        operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        if operation not in REFUSABLE and (operation != "PutEvents" or len(body) <= LONG_BYTES):
            return await EMULATORS_HANDLER(method, path, headers, body, query_params)
        try:
            parameters = json.loads(body)
        except ValueError:
            parameters = None
        if not isinstance(parameters, dict):
            return await EMULATORS_HANDLER(method, path, headers, body, query_params)
        question = {"service": "events", "operation": operation, "account": responses.get_account_id(),
                    "region": responses.get_region(), "caller": iam_evaluator.caller_arn(), "parameters": parameters}
        # The answer must still hold when the emulator acts: the last item of a quota can be created once.
        async with turn(question):
            refused = await asyncio.get_running_loop().run_in_executor(None, ask, question)
            if refused.get("code"):
                return responses.error_response_json(refused["code"], refused["message"], 400)
            return await EMULATORS_HANDLER(method, path, headers, body, query_params)

    return handle


BUS_MEMBERS = ("EventBusName", "Name")


def with_names_of_buses(body):
    """A bus of one's own may be named by its ARN everywhere; the emulator takes names.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html (EventBusName)
    """
    if b":event-bus/" not in body:
        return body
    try:
        parameters = json.loads(body)
    except ValueError:
        return body
    if not isinstance(parameters, dict):
        return body
    own = re.compile(rf"arn:[\w-]+:events:{re.escape(responses.get_region())}:{responses.get_account_id()}:event-bus/([\w./-]+)")
    named = {key: own.fullmatch(parameters[key]) for key in BUS_MEMBERS if isinstance(parameters.get(key), str)}
    changed = {key: match[1] for key, match in named.items() if match}
    return json.dumps({**parameters, **changed}).encode() if changed else body


def turn(question):
    """Calls that change the same bus run sequentially. Events don't wait for them."""
    operation, parameters = question["operation"], question["parameters"]
    if operation == "PutEvents":
        return contextlib.nullcontext()
    bus = parameters.get("Name" if operation == "DeleteEventBus" else "EventBusName") or "default"
    key = (question["account"], question["region"], str(bus).rsplit("/", 1)[-1])
    return turns.setdefault(key, asyncio.Lock())


# --- differences of the emulator from AWS ------------------------------------------------------------------------------


def put_events(data, allow_aws_source=False):
    """PutEvents with each entry's time, and AWS's answer to incomplete entries."""
    entries = data.get("Entries", [])
    if not 1 <= len(entries) <= 10:
        limit = "less than or equal to 10" if entries else "greater than or equal to 1"
        message = (f"1 validation error detected: Value '{entries}' at 'entries' failed to satisfy constraint: "
                   f"Member must have length {limit}")
        return responses.error_response_json("ValidationException", message, 400)
    for entry in entries:
        refused = not_let_onto(entry.get("EventBusName") or "default")
        if refused:
            return responses.error_response_json("AccessDeniedException", refused, 400)
    results = [put_entry(entry, allow_aws_source) for entry in entries]
    failed = sum(1 for result in results if "ErrorCode" in result)
    return responses.json_response({"FailedEntryCount": failed, "Entries": results})


def put_entry(entry, allow_aws_source):
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    try:
        whole = isinstance(json.loads(entry["Detail"]), dict)
    except ValueError:
        whole = False
    if not whole:
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    reference = entry.get("EventBusName") or "default"
    owner = owner_of_foreign_bus(reference)
    bus, refused = (reference.rsplit("/", 1)[-1], None) if owner else eventbridge._event_bus_name_from_ref(reference)
    if refused:
        return {"ErrorCode": refused[0], "ErrorMessage": refused[1]}
    if entry["Source"].startswith("aws.") and not allow_aws_source:
        return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
    given = eventbridge._coerce_timestamp(entry.get("Time"))
    event = {
        "EventId": responses.new_uuid(), "Source": entry["Source"], "DetailType": entry["DetailType"],
        "Detail": entry["Detail"], "EventBusName": bus, "Resources": entry.get("Resources", []),
        "Time": int(given if isinstance(given, (int, float)) else time.time()),
        "Account": responses.get_account_id(), "Region": responses.get_region(),
    }
    # The event keeps its sender's account, whoever owns the bus.
    with at_home_in(owner or event["Account"]):
        eventbridge._dispatch_event(event)
    return {"EventId": event["EventId"]}


FOREIGN_BUS = re.compile(r"arn:[\w-]+:events:([\w-]+):(\d{12}):event-bus/[\w./-]+")


def owner_of_foreign_bus(reference):
    """The other account whose bus this ARN names. PutEvents only reaches buses of its own region."""
    match = FOREIGN_BUS.fullmatch(reference)
    foreign = match and match[1] == responses.get_region() and match[2] != responses.get_account_id()
    return match[2] if foreign else None


def not_let_onto(reference):
    """The reason why the caller may not put events on another account's bus, whose policy must allow it. None if it may, or owns the bus."""
    owner = owner_of_foreign_bus(reference)
    if owner is None:
        return None
    caller = iam_evaluator.caller_arn()
    context = iam_evaluator.EvalContext(
        principal_arn=caller, principal_type="AssumedRole" if ":assumed-role/" in caller else "User",
        principal_account=responses.get_account_id(), action="events:PutEvents", resource_arn=reference,
        region=responses.get_region(), service_context={})
    with at_home_in(owner):
        policy = eventbridge._event_bus_policies.get(reference.rsplit("/", 1)[-1])
    if policy and iam_evaluator.evaluate_resource_policy(policy, context).decision == "Allow":
        return None
    return (f"User: {caller} is not authorized to perform: events:PutEvents on resource: {reference} because no resource-based "
            "policy allows the events:PutEvents action")


@contextlib.contextmanager
def at_home_in(account):
    token = responses._request_account_id.set(account)
    try:
        yield
    finally:
        responses._request_account_id.reset(token)


def put_permission(data):
    """PutPermission with a whole Policy, which the emulator drops, and with Condition in the form of policies."""
    bus = data.get("EventBusName", "default")
    if bus not in eventbridge._event_buses:
        message = f"Event bus {bus} does not exist."
        return responses.error_response_json("ResourceNotFoundException", message, 400)
    if data.get("Policy"):
        try:
            eventbridge._event_bus_policies[bus] = json.loads(data["Policy"])
        except ValueError:
            return responses.error_response_json("ValidationException", "Policy is not valid JSON.", 400)
        return responses.json_response({})
    condition = data.get("Condition")
    if condition:
        data = {**data, "Condition": {condition["Type"]: {condition["Key"]: condition["Value"]}}}
    principal = data.get("Principal", "*")
    if re.fullmatch(r"\d{12}", principal):
        data = {**data, "Principal": {"AWS": f"arn:aws:iam::{principal}:root"}}
    return EMULATORS_PUT_PERMISSION(data)


def keep_in_archives(request):
    """{account, region, bus, events} → {}. The fabric reports every event that arrived on a bus, as the emulator only sees PutEvents."""
    responses.set_request_account_id(request["account"])
    responses.set_request_region(request["region"])
    for event in request["events"]:
        EMULATORS_ARCHIVE({
            "EventId": event["id"], "Source": event["source"], "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]), "EventBusName": request["bus"], "Resources": event["resources"],
            "Time": calendar.timegm(time.strptime(event["time"][:19], "%Y-%m-%dT%H:%M:%S")),
            "Account": event["account"], "Region": event["region"],
        })
    return {}


def connection(request):
    """{account, region, name} → {connection}: with its secrets, which DescribeConnection doesn't return; null if there is none."""
    found = eventbridge._connections.get_scoped(request["account"], request["region"], request["name"])
    if found is None:
        return {"connection": None}
    return {"connection": {key: found.get(key) for key in ("ConnectionState", "AuthorizationType", "AuthParameters")}}
