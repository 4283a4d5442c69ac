"""The ARNs of the resources that a call is about, where the emulator has others or only the first one.

Each function takes a Call and returns a list of ARNs, or None to leave the emulator's.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

import cbor
from ministack.core import iam_actions, iam_evaluator
from ministack.services import iam, kms

# Members that name a resource by its ARN, in every service that has tags or policies of resources.
ARN_MEMBERS = ("ResourceArn", "ResourceARN", "resourceArn", "Arn", "arn")


@dataclass
class Call:
    service: str
    path: str
    headers: dict
    body: bytes
    query_params: dict
    region: str
    account: str

    @cached_property
    def members(self):
        """The call's members, in JSON and CBOR as they are."""
        if "cbor" in self.headers.get("content-type", ""):
            return cbor.read(self.body)
        try:
            found = json.loads(self.body or b"{}")
        except (ValueError, UnicodeDecodeError):
            return {}
        return found if isinstance(found, dict) else {}

    @cached_property
    def action(self):
        target = self.headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        return target or self.query("Action") or self.path.rsplit("/", 1)[-1]

    def query(self, name):
        value = self.query_params.get(name) or ""
        return (value[0] if value else "") if isinstance(value, list) else value

    def text(self, *names):
        """The first of the members that is given."""
        for name in names:
            value = self.members.get(name) or self.query(name)
            if isinstance(value, str) and value:
                return value
        return ""

    def texts(self, name):
        """The values of a list, in each protocol."""
        value = self.members.get(name)
        if isinstance(value, list):
            return [each for each in value if isinstance(each, str)]
        pattern = re.compile(rf"{name}(\.member)?\.\d+")
        return [self.query(key) for key in self.query_params if pattern.fullmatch(key)]


def of(call, given):
    """@param given the emulator's answer, `*` if it has none"""
    about = SERVICES.get(call.service)
    arns = about(call) if about else None
    return arns or ([named_by_arn(call) or made_in_ec2(call) or "*"] if given == "*" else [given])


def named_by_arn(call):
    """Calls on tags give an ARN, in a member or in the path."""
    in_path = unquote(call.path).partition("arn:aws")
    return "".join(in_path[1:]) if in_path[1] else next(
        (arn for name in ARN_MEMBERS if (arn := call.text(name)).startswith("arn:")), None)


# --- IAM --------------------------------------------------------------------------------------------------------------

STORES = {"role": iam._roles, "user": iam._users, "group": iam._groups, "instance-profile": iam._instance_profiles}
# An operation on several of these is one on the first of them that it names.
NAMES = (("InstanceProfileName", "instance-profile"), ("GroupName", "group"), ("RoleName", "role"))
# Without a user's name they are about the caller.
OWN = {"ChangePassword", "CreateAccessKey", "CreateLoginProfile", "DeactivateMFADevice", "DeleteAccessKey", "DeleteLoginProfile",
       "DeleteServiceSpecificCredential", "DeleteSigningCertificate", "GetLoginProfile", "GetUser", "ListAccessKeys",
       "ListMFADevices", "ListServiceSpecificCredentials", "ListSigningCertificates", "ResetServiceSpecificCredential",
       "UpdateAccessKey", "UpdateServiceSpecificCredential", "UpdateSigningCertificate", "UploadSigningCertificate"}
MADE = {"CreateRole": ("role", "RoleName"), "CreateUser": ("user", "UserName"), "CreateGroup": ("group", "GroupName"),
        "CreateInstanceProfile": ("instance-profile", "InstanceProfileName"), "CreatePolicy": ("policy", "PolicyName"),
        "CreateVirtualMFADevice": ("mfa", "VirtualMFADeviceName"),
        "UploadServerCertificate": ("server-certificate", "ServerCertificateName")}


def of_iam(call):
    """With the path, which only the records have, or the call that makes them."""
    def arn(kind, path_and_name):
        return [f"arn:aws:iam::{call.account}:{kind}/{path_and_name.lstrip('/')}"]

    def existing(kind, name):
        record = STORES[kind].get_scoped(call.account, None, name)
        return [record["Arn"]] if record and record.get("Arn") else arn(kind, name)

    if call.action in MADE:
        kind, name = MADE[call.action]
        return arn(kind, f"{call.query('Path') or '/'}{call.query(name)}")
    if call.action == "CreateServiceLinkedRole":
        return arn("role", f"aws-service-role/{call.query('AWSServiceName')}/AWSServiceRoleFor*")
    for name, kind in NAMES:
        if call.query(name):
            return existing(kind, call.query(name))
    serial = call.query("SerialNumber")
    if serial.startswith("arn:") and call.action not in ("DeactivateMFADevice", "EnableMFADevice", "ResyncMFADevice"):
        return [serial]
    if call.query("UserName"):
        return existing("user", call.query("UserName"))
    if call.action in OWN:
        return [iam_evaluator.caller_arn()]
    if call.query("ServerCertificateName"):
        return arn("server-certificate", call.query("ServerCertificateName"))
    for name in ("PolicyArn", "SAMLProviderArn", "OpenIDConnectProviderArn"):
        if call.query(name):
            return [call.query(name)]
    return None


# --- EventBridge ------------------------------------------------------------------------------------------------------

RULE_NAMES = {"PutRule": "Name", "DeleteRule": "Name", "DescribeRule": "Name", "DisableRule": "Name", "EnableRule": "Name",
              "PutTargets": "Rule", "RemoveTargets": "Rule", "ListTargetsByRule": "Rule"}
EVENT_RESOURCES = {"EventBus": ("event-bus", "Name"), "Archive": ("archive", "ArchiveName"),
                   "Replay": ("replay", "ReplayName"), "ApiDestination": ("api-destination", "Name"),
                   "Connection": ("connection", "Name"), "Endpoint": ("endpoint", "Name")}
# They have no type of resource.
ON_NOTHING = {"PutPermission", "RemovePermission", "ListRules", "ListEventBuses", "ListRuleNamesByTarget", "TestEventPattern"}


def of_events(call):
    """A rule's ARN has the name of its bus, unless that is the default one."""
    if call.action == "PutEvents":
        return None
    scope = f"arn:aws:events:{call.region}:{call.account}"
    if call.action in RULE_NAMES:
        bus, name = call.text("EventBusName"), call.text(RULE_NAMES[call.action])
        if bus.startswith("arn:"):
            scope, bus = ":".join(bus.split(":")[:5]), bus.split("event-bus/", 1)[-1]
        return [f"{scope}:rule/{'' if bus in ('', 'default') else f'{bus}/'}{name}"]
    if call.action in ON_NOTHING:
        return ["*"]
    for noun, (kind, member) in EVENT_RESOURCES.items():
        if call.action.endswith(noun) and call.text(member):
            named = call.text(member)
            return [named if named.startswith("arn:") else f"{scope}:{kind}/{named}"]
    return None


# --- CloudWatch, SQS, KMS, EC2 ----------------------------------------------------------------------------------------


def of_cloudwatch(call):
    scope = f"arn:aws:cloudwatch:{call.region}:{call.account}:"
    alarms = [*call.texts("AlarmNames"), *filter(None, [call.text("AlarmName")])]
    if alarms:
        return [f"{scope}alarm:{name}" for name in alarms]
    dashboards = [*call.texts("DashboardNames"), *filter(None, [call.text("DashboardName")])]
    # Dashboards are global.
    return [f"arn:aws:cloudwatch::{call.account}:dashboard/{name}" for name in dashboards] or None


def of_sqs(call):
    """A task that moves messages is on the queue from which it takes them."""
    return [call.text("SourceArn")] if call.text("SourceArn") else None


def of_kms(call):
    """A key's alias stands for the key, except in calls on the alias itself, which are on both."""
    alias = call.text("AliasName")
    keys = [call.text(name) for name in ("KeyId", "TargetKeyId", "DestinationKeyId", "SourceKeyId") if call.text(name)]
    arns = [key_arn(call, key) for key in keys]
    if alias:
        arns.insert(0, f"arn:aws:kms:{call.region}:{call.account}:{alias}")
        if call.action == "DeleteAlias":
            arns.append(key_arn(call, alias))
    return arns or None


def key_arn(call, named):
    region, account = call.region, call.account
    if named.startswith("arn:"):
        _, _, _, region, account, named = named.split(":", 5)
    if named.startswith("alias/"):
        alias = f"arn:aws:kms:{region}:{account}:{named}"
        named = kms._aliases.get_scoped(account, region, alias)
        if named is None:
            return alias
    return f"arn:aws:kms:{region}:{account}:key/{named.removeprefix('key/')}"


TAGGABLE = {"i": "instance", "vol": "volume", "eni": "network-interface", "sg": "security-group", "vpc": "vpc",
            "subnet": "subnet", "snap": "snapshot", "ami": "image"}


def of_ec2(call):
    """Tags are set on the resources of ResourceId, which are checked one by one, as is what an instance is made of."""
    scope = f"arn:aws:ec2:{call.region}:{call.account}"
    if call.action in ("CreateTags", "DeleteTags"):
        kinds = [(TAGGABLE.get(each.rsplit("-", 1)[0]), each) for each in call.texts("ResourceId")]
        return [f"{scope}:{kind}/{each}" if kind else "*" for kind, each in kinds] or None
    if call.action != "RunInstances":
        return None
    named = {"subnet": [call.query("SubnetId")], "security-group": call.texts("SecurityGroupId"), "key-pair": [call.query("KeyName")]}
    return [f"{scope}:instance/*", f"arn:aws:ec2:{call.region}::image/{call.query('ImageId') or '*'}",
            f"{scope}:network-interface/*", f"{scope}:volume/*",
            *(f"{scope}:{kind}/{each}" for kind, ids in named.items() for each in ids if each)]


# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html#amazonec2-policy-keys
INSTANCE_KEYS = {"ec2:InstanceType": "InstanceType", "ec2:Tenancy": "Placement.Tenancy",
                 "ec2:MetadataHttpTokens": "MetadataOptions.HttpTokens", "ec2:EbsOptimized": "EbsOptimized"}
INSTANCE_DEFAULTS = {"ec2:InstanceType": "m1.small", "ec2:Tenancy": "default", "ec2:EbsOptimized": "false"}


def instance_keys(params):
    given = {key: iam_actions._query_param(params, name) or INSTANCE_DEFAULTS.get(key) for key, name in INSTANCE_KEYS.items()}
    return {key: value for key, value in given.items() if value}


def made_in_ec2(call):
    """What doesn't exist yet has any id: `CreateVpc` is on `vpc/*`."""
    made = re.fullmatch(r"(?:Create|Allocate)((?:[A-Z][a-z0-9]+)+)", call.action)
    if call.service != "ec2" or not made:
        return None
    kind = EC2_KINDS.get(made[1]) or re.sub(r"(?<=[a-z0-9])([A-Z])", r"-\1", made[1]).lower()
    return f"arn:aws:ec2:{call.region}:{call.account}:{kind}/*"


EC2_KINDS = {"Address": "elastic-ip", "Hosts": "dedicated-host", "DefaultVpc": "vpc", "DefaultSubnet": "subnet",
             "Snapshots": "snapshot", "FlowLogs": "vpc-flow-log"}


# --- EventBridge Scheduler ----------------------------------------------------------------------------------------------


def of_scheduler(call):
    """A schedule is named with its group, which stands in the body or the query."""
    kind, _, name = call.path.lstrip("/").partition("/")
    if kind != "schedules" or not name:
        return None
    group = call.text("GroupName", "groupName") or "default"
    return [f"arn:aws:scheduler:{call.region}:{call.account}:schedule/{group}/{name}"]


SERVICES = {"iam": of_iam, "events": of_events, "monitoring": of_cloudwatch, "sqs": of_sqs, "kms": of_kms, "ec2": of_ec2, "scheduler": of_scheduler}
