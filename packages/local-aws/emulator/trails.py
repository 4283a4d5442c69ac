"""What CloudTrail keeps and returns of a trail, and the emulator doesn't: log group, topic, Insights, and the results of deliveries.
Refuses trails that CloudTrail couldn't deliver.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html, API_PutInsightSelectors.html and
API_GetTrailStatus.html
"""

import json
import re

import log_bucket
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudtrail, cloudwatch_logs, sns

EMULATORS_CREATE = cloudtrail._create_trail
EMULATORS_UPDATE = cloudtrail._update_trail
EMULATORS_DELETE = cloudtrail._delete_trail
EMULATORS_SELECTORS = cloudtrail._DISPATCH["PutEventSelectors"]
EMULATORS_STATUS = cloudtrail._get_trail_status
EMULATORS_FIND = cloudtrail._find_visible_trail
EMULATORS_VISIBLE = cloudtrail._visible_trail_items

SERVICE = "cloudtrail.amazonaws.com"
INSIGHT_TYPES = {"ApiCallRateInsight", "ApiErrorRateInsight"}
INSIGHT_CATEGORIES = {"Management", "Data"}
LOGS = ("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn")
FILES = ("S3BucketName", "S3KeyPrefix", "KmsKeyId", "IsOrganizationTrail")  # decide where files go, and how

insights = {}    # trail ARN -> list of InsightSelector
deliveries = {}  # trail ARN -> {(account, region, kind): {"attempted", "succeeded"?, "error"?}}, in seconds since 1970


def keep(authorize, management, organization_id, is_member):
    """@param authorize the endpoint's function."""

    def create(body):
        name = body.get("Name", "").strip()
        wrong = wrong_trail(name, body)
        if wrong:
            return refuse(*wrong)
        refused = refusal(body, {}, name, authorize, organization_id) if name else None
        return refused or with_settings(EMULATORS_CREATE(with_key_arn(body)), body)

    def update(body):
        name, _, trail, error = cloudtrail._find_mutable_trail(body.get("Name", "").strip())
        refused = refusal(body, trail, name, authorize, organization_id) if trail and not error else None
        return refused or with_settings(EMULATORS_UPDATE(with_key_arn(body)), body)

    def find(raw):
        """The organization's members see its trail by its ARN."""
        found = EMULATORS_FIND(raw)
        if found[2] is None and raw.startswith("arn:aws:cloudtrail:") and is_member(get_account_id()):
            spec, name = cloudtrail._parse_trail_arn(raw)
            trail = cloudtrail._trails.get_scoped(spec.account_id, spec.region, name)
            if spec.account_id == management and trail and trail.get("IsOrganizationTrail"):
                return name, spec.region, trail
        return found

    def visible(*, include_shadow_trails=True):
        own = EMULATORS_VISIBLE(include_shadow_trails=include_shadow_trails)
        account = get_account_id()
        if account == management or not include_shadow_trails or not is_member(account):
            return own
        return own + [(region, name, trail) for region, name, trail in cloudtrail._account_trail_items(management)
                      if trail.get("IsOrganizationTrail") and (trail.get("IsMultiRegionTrail") or region == get_region())]

    cloudtrail._find_visible_trail = find
    cloudtrail._visible_trail_items = visible
    cloudtrail._DISPATCH.update({
        "CreateTrail": create, "UpdateTrail": update, "DeleteTrail": delete, "GetTrailStatus": status,
        "PutEventSelectors": put_selectors, "PutInsightSelectors": put_insights, "GetInsightSelectors": get_insights,
    })


# --- names and selectors ----------------------------------------------------------------------------------------------

NAME = re.compile(r"[A-Za-z0-9](?:[._-]?[A-Za-z0-9])*[._-]?")
ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
MAXIMUM_TRAILS = 5
DATA_TYPES = {"AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table"}
READ_WRITE = {"ReadOnly", "WriteOnly", "All"}
OPERATORS = {"Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith"}
FIELDS = {"readOnly", "eventSource", "eventName", "eventCategory", "resources.type", "resources.ARN", "eventType", "errorCode",
          "vpcEndpointId", "sessionCredentialFromConsole", "userIdentity.arn"}
CATEGORIES = {"Management", "Data", "NetworkActivity"}


def wrong_trail(name, body):
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html"""
    if not 3 <= len(name) <= 128:
        return "InvalidTrailNameException", "Trail name must be between 3 and 128 characters."
    if not NAME.fullmatch(name) or ADDRESS.fullmatch(name):
        return "InvalidTrailNameException", ("Trail name must start with a letter or number, have only letters, numbers, periods, "
                                             "underscores and dashes, none of these next to each other, and not be an IP address.")
    if body.get("IsMultiRegionTrail") and body.get("IncludeGlobalServiceEvents") is False:
        return "InvalidParameterCombinationException", "Multi-Region trail must include global service events."
    own = [trail for region, _, trail in cloudtrail._account_trail_items(get_account_id()) if region == get_region()]
    if len(own) >= MAXIMUM_TRAILS and cloudtrail._trails.get(name) is None:
        return "MaximumNumberOfTrailsExceededException", f"User: {get_account_id()} already has {len(own)} trails in {get_region()}."
    return None


def put_selectors(body):
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html"""
    wrong = wrong_selectors(body.get("EventSelectors"), body.get("AdvancedEventSelectors"))
    return refuse("InvalidEventSelectorsException", wrong) if wrong else EMULATORS_SELECTORS(body)


def wrong_selectors(basic, advanced):
    if basic and advanced:
        return "Specify either event selectors or advanced event selectors, not both."
    if not basic and not advanced:
        return "Specify event selectors or advanced event selectors."
    if len(basic or []) > 5:
        return "A trail can have at most 5 event selectors."
    resources = [each for selector in basic or [] for each in selector.get("DataResources") or []]
    if sum(len(each.get("Values") or []) for each in resources) > 250:
        return "A trail's event selectors can have at most 250 data resources."
    if any(each.get("Type") not in DATA_TYPES for each in resources):
        return f"The type of a data resource must be one of {', '.join(sorted(DATA_TYPES))}."
    if any(selector.get("ReadWriteType", "All") not in READ_WRITE for selector in basic or []):
        return "ReadWriteType must be ReadOnly, WriteOnly or All."
    return next(filter(None, map(wrong_advanced, advanced or [])), None)


def wrong_advanced(selector):
    fields = {each.get("Field"): each for each in selector.get("FieldSelectors") or []}
    category = (fields.get("eventCategory") or {}).get("Equals") or []
    if len(category) != 1 or category[0] not in CATEGORIES:
        return "Each advanced event selector needs the field eventCategory with one value: Management, Data or NetworkActivity."
    if category == ["Data"] and not (fields.get("resources.type") or {}).get("Equals"):
        return "An advanced event selector for data events needs the field resources.type with Equals."
    unknown = [name for name in fields if name not in FIELDS]
    if unknown:
        return f"{unknown[0]} is not a field of advanced event selectors."
    empty = [name for name, each in fields.items() if not any(each.get(operator) for operator in OPERATORS)]
    return f"The field {empty[0]} needs an operator with a value." if empty else None


# --- bucket, key, log group and topic ---------------------------------------------------------------------------------


def refusal(body, before, name, authorize, organization_id):
    """AWS tries bucket, key, log group and topic before it accepts them, and refuses those that it may not use."""
    setting = {**before, **body}
    arn = before.get("TrailARN") or cloudtrail._trail_arn(name)
    about = {"aws:SourceArn": arn, "aws:SourceAccount": get_account_id()}
    if any(key in body for key in FILES):
        try:
            log_bucket.check(authorize, arn, setting.get("S3BucketName"), setting.get("KmsKeyId"),
                             folders(setting, organization_id), describe=True)
        except log_bucket.Refused as refused:
            return refuse(*in_cloudtrails_words(refused, setting))
    if body.get("SnsTopicName"):
        topic = sns._topic_by_arn_any_scope(topic_arn(body["SnsTopicName"]))
        request = {"principal": {"service": SERVICE}, "action": "sns:Publish", "context": about}
        if not topic or not authorize({**request, "resource": topic["arn"],
                                       "policy": topic["attributes"].get("Policy")})["allowed"]:
            return refuse("InsufficientSnsTopicPolicyException",
                          "SNS Topic does not exist or the topic policy is incorrect!")
    if not any(body.get(key) for key in LOGS):
        return None
    group, role = (setting.get(key, "") for key in LOGS)
    if not group:
        return refuse("InvalidCloudWatchLogsLogGroupArnException",
                      "You must specify a log group ARN together with a role ARN.")
    if not role:
        return refuse("InvalidCloudWatchLogsRoleArnException",
                      "You must specify a role ARN together with a log group ARN.")
    parts = group.split(":")
    if len(parts) < 7 or cloudwatch_logs._log_groups.get_scoped(parts[4], parts[3], parts[6]) is None \
            or parts[4] != get_account_id():
        return refuse("InvalidCloudWatchLogsLogGroupArnException",
                      "CloudTrail cannot validate the specified log group ARN.")
    # Unlike elsewhere, without aws:SourceArn: CloudTrail doesn't give the trail for which it assumes the role.
    if not authorize({"principal": {"service": SERVICE}, "action": "sts:AssumeRole", "resource": role,
                      "trust": True})["allowed"]:
        return refuse("InvalidCloudWatchLogsRoleArnException",
                      "Access denied. Verify in IAM that the role has adequate trust relationships.")
    owner = f"{organization_id}_{get_account_id()}" if setting.get("IsOrganizationTrail") else get_account_id()
    stream = f"{':'.join(parts[:7])}:log-stream:{owner}_CloudTrail_{get_region()}"
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        if not authorize({"principal": {"role": role}, "action": action, "resource": stream})["allowed"]:
            return refuse("InvalidCloudWatchLogsLogGroupArnException",
                          "Access denied. Check the permissions for your role.")
    return None


def folders(setting, organization_id):
    """The keys that a trail must be able to write: an organization trail's are also in the folder of its own account."""
    prefix = f"{setting['S3KeyPrefix']}/" if setting.get("S3KeyPrefix") else ""
    account = get_account_id()
    owners = [account, f"{organization_id}/{account}"] if setting.get("IsOrganizationTrail") else [account]
    return [f"{prefix}AWSLogs/{owner}/CloudTrail/" for owner in owners]


def in_cloudtrails_words(refused, setting):
    """CloudTrail's message, followed by what is missing, which AWS doesn't give."""
    bucket, key = setting.get("S3BucketName"), setting.get("KmsKeyId")
    if refused.kind == "bucket":
        return "S3BucketDoesNotExistException", f"S3 bucket {bucket} does not exist!"
    if refused.kind == "key":
        return "KmsKeyNotFoundException", refused.message
    if refused.kind == "state":
        return "KmsException", refused.message
    if refused.kind == "acl" or not key:
        return ("InsufficientS3BucketPolicyException",
                f"Incorrect S3 bucket policy is detected for bucket: {bucket}. {refused.message}")
    return ("InsufficientEncryptionPolicyException",
            f"Insufficient permissions to access S3 bucket {bucket} or KMS key {key}. {refused.message}")


def with_key_arn(body):
    """Trails return a key's ARN, however it was given."""
    record = log_bucket.find_key(body["KmsKeyId"], get_account_id(), get_region()) if body.get("KmsKeyId") else None
    return {**body, "KmsKeyId": record["Arn"]} if record else body


def with_settings(answer, body):
    """Stores and returns what the emulator left out."""
    if answer[0] != 200:
        return answer
    given = json.loads(answer[2])
    spec, name = cloudtrail._parse_trail_arn(given["TrailARN"])
    trail = cloudtrail._trails.get_scoped(spec.account_id, spec.region, name)
    for key in LOGS:
        if key in body:
            trail[key] = body[key]
    if "SnsTopicName" in body:
        arn = topic_arn(body["SnsTopicName"])
        trail["SnsTopicName"], trail["SnsTopicARN"] = arn.rsplit(":", 1)[-1], arn
    for key in (*LOGS, "SnsTopicName", "SnsTopicARN"):
        given.pop(key, None)
        if trail.get(key):
            given[key] = trail[key]
    return cloudtrail._ok(given)


def topic_arn(name):
    """From a name, or the ARN of a topic elsewhere."""
    return name if not name or name.startswith("arn:") else f"arn:aws:sns:{get_region()}:{get_account_id()}:{name}"


def delete(body):
    _, _, trail, _ = cloudtrail._find_mutable_trail(body.get("Name", "").strip())
    answer = EMULATORS_DELETE(body)
    if trail and answer[0] == 200:
        insights.pop(trail["TrailARN"], None)
        deliveries.pop(trail["TrailARN"], None)
    return answer


# --- Insights ---------------------------------------------------------------------------------------------------------


def put_insights(body):
    _, _, trail, error = cloudtrail._find_mutable_trail(body.get("TrailName", "").strip())
    if error:
        return error
    selectors = body.get("InsightSelectors") or []
    for selector in selectors:
        categories = set(selector.get("EventCategories") or [])
        if selector.get("InsightType") not in INSIGHT_TYPES or not categories <= INSIGHT_CATEGORIES:
            return refuse("InvalidInsightSelectorsException",
                          f"Invalid insight selector: {json.dumps(selector, sort_keys=True)}")
    arn = trail["TrailARN"]
    insights[arn] = [{"EventCategories": ["Management"], **selector} for selector in selectors]
    trail["HasInsightSelectors"] = bool(selectors)
    return cloudtrail._ok({"TrailARN": arn, "InsightSelectors": insights[arn]})


def get_insights(body):
    raw = body.get("TrailName", "").strip()
    try:
        name, _, trail = cloudtrail._find_visible_trail(raw)
    except ValueError as error:
        return refuse("CloudTrailARNInvalidException", str(error))
    if trail is None:
        return refuse("TrailNotFoundException", f"Unknown trail: {name!r}")
    arn = trail["TrailARN"]
    if not insights.get(arn):
        return refuse("InsightNotEnabledException", f"Trail {arn} does not have Insights enabled. Edit the trail "
                                                    "settings to enable Insights, and then try the operation again.")
    return cloudtrail._ok({"TrailARN": arn, "InsightSelectors": insights[arn]})


# --- deliveries -------------------------------------------------------------------------------------------------------


def delivered(request):
    """Receives the results of deliveries: {attempts: [{trail, account, region, kind, attempted, …}]}."""
    existing = {trail.get("TrailARN") for _, trail in cloudtrail._trails.all_items()}
    for attempt in request["attempts"]:
        if attempt["trail"] in existing:
            place = (attempt["account"], attempt["region"], attempt["kind"])
            deliveries.setdefault(attempt["trail"], {})[place] = attempt
    return {}


def status(body):
    """Only for this region. The trail's owner sees the deliveries of all accounts, a member of the organization its own."""
    answer = EMULATORS_STATUS(body)
    if answer[0] != 200:
        return answer
    given = json.loads(answer[2])
    _, _, trail = cloudtrail._find_visible_trail(body["Name"].strip())
    arn = trail["TrailARN"]
    account, region = get_account_id(), get_region()
    for kind in ("Delivery", "DigestDelivery", "CloudWatchLogsDelivery", "Notification"):
        seen = [one for place, one in deliveries.get(arn, {}).items()
                if place[1:] == (region, kind) and account in (place[0], arn.split(":")[4])]
        record(given, kind, seen)
    return cloudtrail._ok(given)


def record(given, kind, seen):
    succeeded = max((one["succeeded"] for one in seen if one.get("succeeded")), default=None)
    failed = max((one for one in seen if one.get("error")), key=lambda one: one["attempted"], default=None)
    if succeeded:
        given[f"Latest{kind}Time"] = succeeded
    if failed:
        given[f"Latest{kind}Error"] = failed["error"]
    if seen and kind in ("Delivery", "Notification"):
        given[f"Latest{kind}AttemptTime"] = cloudtrail._iso_time(max(one["attempted"] for one in seen))
        given[f"Latest{kind}AttemptSucceeded"] = cloudtrail._iso_time(succeeded)


def refuse(code, message):
    return cloudtrail._err(code, message)
