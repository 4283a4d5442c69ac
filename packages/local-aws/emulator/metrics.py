"""What CloudWatch would know of the organization's queues, functions and rules, and the alarms on it.

The emulator publishes metrics of functions only, and its alarms don't look at dimensions, at missing data, nor at the time when nothing is
put. Here queues publish theirs, functions those that they write into their logs, the fabric those of its rules, and every alarm is
evaluated at short intervals. A state that changes is an event on the default bus, as on AWS.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html

A minute of an alarm's periods lasts LOCAL_AWS_METRIC_MINUTE_MILLISECONDS; the values themselves are of real time.
"""

import json
import logging
import os
import threading
import time

from ministack.core import responses
from ministack.services import cloudwatch, eventbridge, lambda_svc, sqs

log = logging.getLogger("local-aws")
MINUTE = int(os.environ.pop("LOCAL_AWS_METRIC_MINUTE_MILLISECONDS", "1000")) / 1000
# Enough for the longest alarm; older points of a metric are dropped, so that a long run doesn't slow down.
POINTS_KEPT = 2000
EMULATORS_LOGS = lambda_svc._emit_lambda_logs
EMULATORS_STORE = cloudwatch._metric_bucket
COMPARISONS = {
    "GreaterThanOrEqualToThreshold": (lambda value, threshold: value >= threshold, "greater than or equal to"),
    "GreaterThanThreshold": (lambda value, threshold: value > threshold, "greater than"),
    "LessThanThreshold": (lambda value, threshold: value < threshold, "less than"),
    "LessThanOrEqualToThreshold": (lambda value, threshold: value <= threshold, "less than or equal to"),
}
# Alarms and queues by the calls' threads and by the interval's.
lock = threading.RLock()
# By queue: what was last published, of gauges that are zero again.
not_zero = set()
# By queue's ARN and metric: since the last interval.
counted = {}


def publish():
    cloudwatch._evaluate_alarm = evaluate
    cloudwatch._metric_bucket = limited_bucket
    cloudwatch._evict_old_metrics = lambda: None
    cloudwatch._record_history = recording(cloudwatch._record_history)
    lambda_svc._emit_lambda_logs = with_embedded_metrics
    lambda_svc._execute_function_dispatch = counting_invocations(lambda_svc._execute_function_dispatch)
    lambda_svc._emit_lambda_metrics = throttles_only
    # A batch calls the functions of single messages, not their handlers, so nothing counts twice.
    for action, metric in (("SendMessage", "NumberOfMessagesSent"), ("DeleteMessage", "NumberOfMessagesDeleted")):
        for name, many in ((action, False), (f"{action}Batch", True)):
            sqs._HANDLERS[name] = counting(sqs._HANDLERS[name], metric, many)
    threading.Thread(target=run, daemon=True).start()


def run():
    while True:
        time.sleep(MINUTE)
        try:
            with lock:
                publish_queues()
                evaluate_all()
        except Exception:  # The next interval must come.
            log.exception("metrics")


def at_home_in(account, region):
    responses.set_request_account_id(account)
    responses.set_request_region(region)


def limited_bucket(key):
    points = EMULATORS_STORE(key)
    if len(points) > POINTS_KEPT:
        del points[:len(points) - POINTS_KEPT // 2]
    return points


# --- queues -----------------------------------------------------------------------------------------------------------


def counting(original, metric, many):
    """Messages that were sent through the API or by EventBridge, and deleted by clients."""

    def act(data, queue_url):
        result = original(data, queue_url)
        try:
            queue = sqs._get_q(data.get("QueueUrl", queue_url))
            key = (queue["attributes"].get("QueueArn", ""), metric)
            with lock:
                counted[key] = counted.get(key, 0) + (len(result.get("Successful", [])) if many else 1)
        except Exception:
            log.debug("not counted", exc_info=True)
        return result

    return act


def publish_queues():
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html

    Only what isn't zero, and the first zero after it.
    """
    now = time.time()
    for (account, region, _), queue in list(sqs._queues._data.items()):
        arn = queue["attributes"].get("QueueArn", "")
        parts = arn.split(":")
        if len(parts) < 6:
            continue
        at_home_in(parts[4], parts[3])
        messages = list(queue["messages"])
        visible = [m for m in messages if m.get("visible_at", 0) <= now]
        hidden = [m for m in messages if m.get("visible_at", 0) > now]
        ages = [now - m.get("sent_at", now) for m in messages]
        gauges = {
            "ApproximateNumberOfMessagesVisible": len(visible),
            "ApproximateNumberOfMessagesNotVisible": sum(1 for m in hidden if m.get("receive_count", 0) > 0),
            "ApproximateNumberOfMessagesDelayed": sum(1 for m in hidden if m.get("receive_count", 0) == 0),
            "ApproximateAgeOfOldestMessage": int(max(ages, default=0)),
        }
        for name, value in gauges.items():
            if value == 0 and (arn, name) not in not_zero:
                continue
            (not_zero.add if value else not_zero.discard)((arn, name))
            unit = "Seconds" if name.startswith("ApproximateAge") else "Count"
            cloudwatch.record_metric("AWS/SQS", name, value, unit, {"QueueName": parts[5]})
    for (arn, metric), value in counted.items():
        parts = arn.split(":")
        at_home_in(parts[4], parts[3])
        cloudwatch.record_metric("AWS/SQS", metric, value, "Count", {"QueueName": parts[5]})
    counted.clear()


# --- functions --------------------------------------------------------------------------------------------------------


def counting_invocations(original):
    """Every invocation, whoever asked for it: the emulator counts those by the API alone."""

    def execute(func, config, event, request_id, started):
        result = original(func, config, event, request_id, started)
        dimensions = {"FunctionName": config.get("FunctionName", "")}
        failed = isinstance(result, dict) and bool(result.get("error"))
        for name, value, unit in (("Invocations", 1, "Count"), ("Errors", int(failed), "Count"),
                                  ("Duration", (time.time() - started) * 1000, "Milliseconds")):
            cloudwatch.record_metric("AWS/Lambda", name, value, unit, dimensions)
        return result

    return execute


def throttles_only(function_name, duration_ms, error, throttle):
    if throttle:
        cloudwatch.record_metric("AWS/Lambda", "Throttles", 1, "Count", {"FunctionName": function_name})


# --- functions' embedded metrics, and those of the fabric -----------------------------------------------------------------


def with_embedded_metrics(func, request_id, log_text, error, duration_ms, **options):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"""
    EMULATORS_LOGS(func, request_id, log_text, error, duration_ms, **options)
    for line in (log_text or "").splitlines():
        start = line.find("{")
        if '"_aws"' not in line or start < 0:
            continue
        try:
            keep_embedded(json.loads(line[start:]))
        except (ValueError, TypeError, AttributeError):
            log.debug("no embedded metric: %s", line[:200])


def keep_embedded(document):
    for directive in document["_aws"].get("CloudWatchMetrics", []):
        for names in directive.get("Dimensions") or [[]]:
            dimensions = {name: str(document[name]) for name in names if name in document}
            for metric in directive.get("Metrics", []):
                values = document.get(metric["Name"])
                for value in values if isinstance(values, list) else [values]:
                    if isinstance(value, (int, float)):
                        cloudwatch.record_metric(directive["Namespace"], metric["Name"], value,
                                                 metric.get("Unit", "None"), dimensions)


def keep(request):
    """{metrics: [{account, region, namespace, name, value, dimensions}]} → {}. Units are counts."""
    with lock:
        for metric in request["metrics"]:
            at_home_in(metric["account"], metric["region"])
            cloudwatch.record_metric(metric["namespace"], metric["name"], metric["value"], "Count", metric["dimensions"])
    return {}


# --- alarms -----------------------------------------------------------------------------------------------------------


def evaluate_all():
    for (account, region, _), alarm in list(cloudwatch._alarms._data.items()):
        at_home_in(account, region)
        evaluate(alarm)


def evaluate(alarm):
    """An alarm on one metric: its last EvaluationPeriods periods, each with the statistic of its points or missing."""
    name, namespace = alarm.get("MetricName"), alarm.get("Namespace")
    compare = COMPARISONS.get(alarm.get("ComparisonOperator"))
    if not name or not namespace or compare is None:
        return
    dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []}
    points = list(cloudwatch._metrics.get((namespace, name, cloudwatch._dims_key(dimensions))) or [])
    length = alarm.get("Period", 60) / 60 * MINUTE
    periods = alarm.get("EvaluationPeriods", 1)
    wanted = alarm.get("DatapointsToAlarm") or periods
    now = time.time()
    values = []
    for index in range(periods):
        end = now - index * length
        within = [point for point in points if end - length < point["Timestamp"] <= end]
        if not within:
            values.append(None)
            continue
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
        values.append(cloudwatch._stat_value(cloudwatch._calc_stats(within), statistic, within))
    state, reason = judge(alarm, values, compare, wanted)
    old = alarm["StateValue"]
    if state is None or state == old:
        return
    previous = {key: alarm.get(key) for key in ("StateValue", "StateReason", "StateUpdatedTimestamp")}
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(now), Previous=previous)
    cloudwatch._record_history(alarm["AlarmName"], old, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def judge(alarm, values, compare, wanted):
    """The new state and its reason in AWS's words; no state: it stays."""
    holds, words = compare
    threshold, missing = alarm.get("Threshold", 0), alarm.get("TreatMissingData", "missing")
    known = [value for value in values if value is not None]
    absent = len(values) - len(known)
    if not known:
        if missing == "ignore":
            return None, ""
        if missing == "missing":
            return "INSUFFICIENT_DATA", "Insufficient Data: no datapoints were received."
        state = "ALARM" if missing == "breaching" else "OK"
        return state, (f"Threshold Crossed: no datapoints were received for {len(values)} "
                       f"period{'' if len(values) == 1 else 's'} and {absent} missing datapoint"
                       f"{' was' if absent == 1 else 's were'} treated as [{'Breaching' if state == 'ALARM' else 'NonBreaching'}].")
    breaching = sum(1 for value in known if holds(value, threshold)) + (absent if missing == "breaching" else 0)
    state = "ALARM" if breaching >= wanted else "OK"
    shown = ", ".join(str(float(value)) for value in known)
    was = ("was" if len(known) == 1 else "were") if state == "ALARM" else ("was not" if len(known) == 1 else "were not")
    return state, (f"Threshold Crossed: {len(known)} datapoint{'' if len(known) == 1 else 's'} [{shown}] {was} {words} "
                   f"the threshold ({float(threshold)}).")


def recording(original):
    """Whatever changes an alarm's state writes its history: SetAlarmState too."""

    def record(name, old, new, reason, *rest, **options):
        original(name, old, new, reason, *rest, **options)
        alarm = cloudwatch._alarms.get(name)
        if alarm is not None and old != new:
            dispatch_change(alarm, old, new, reason)

    return record


def dispatch_change(alarm, old, new, reason):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
    previous = alarm.pop("Previous", {})

    def state(value, text, at):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime(at))
        return {"value": value, "reason": text, "timestamp": stamp}

    now = time.time()
    metric = {
        "namespace": alarm.get("Namespace"), "name": alarm.get("MetricName"),
        "dimensions": {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []},
    }
    stat = {"metric": metric, "period": alarm.get("Period"), "stat": alarm.get("ExtendedStatistic") or alarm.get("Statistic")}
    detail = {
        "alarmName": alarm["AlarmName"],
        "state": state(new, reason, now),
        "previousState": state(old, previous.get("StateReason") or "", previous.get("StateUpdatedTimestamp") or now),
        "configuration": {
            "description": alarm.get("AlarmDescription", ""),
            "metrics": [{"id": responses.new_uuid(), "metricStat": stat, "returnData": True}],
        },
    }
    eventbridge._dispatch_event({
        "EventId": responses.new_uuid(), "Source": "aws.cloudwatch", "DetailType": "CloudWatch Alarm State Change",
        "Detail": json.dumps(detail), "EventBusName": "default", "Resources": [alarm["AlarmArn"]], "Time": int(now),
        "Account": responses.get_account_id(), "Region": responses.get_region(),
    })
