"""Security groups have a rule with its own id for each source of a permission.

The emulator keeps a permission as one rule, so revoking one of its sources by id would revoke all of them.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
"""

import secrets

from ministack.services import ec2

SOURCES = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")
EMULATORS_PARSER = ec2._parse_ip_permissions
EMULATORS_GROUP = ec2._sg_xml
EMULATORS_RULE = ec2._sg_rule_xml


def keep_one_for_each_source():
    ec2._parse_ip_permissions = rules
    ec2._sg_xml = group
    ec2._sg_rule_xml = rule_with_prefix_list


def rules(params, prefix):
    """The rules to authorize or revoke. Only authorized ones use the ids, which comparisons leave out."""
    given = EMULATORS_PARSER(params, prefix)
    for number, permission in enumerate(given, 1):
        # The emulator's parser skips these.
        permission["PrefixListIds"] += prefix_lists(params, f"{prefix}.{number}.PrefixListIds")
    return [rule for permission in given for rule in split(permission)]


def prefix_lists(params, prefix):
    found = []
    while name := ec2._p(params, f"{prefix}.{len(found) + 1}.PrefixListId"):
        description = ec2._p(params, f"{prefix}.{len(found) + 1}.Description")
        found.append({"PrefixListId": name, **({"Description": description} if description else {})})
    return found


def split(permission):
    sources = [(kind, source) for kind in SOURCES for source in permission[kind]]
    none = {kind: [] for kind in SOURCES}
    return [{**permission, **none, kind: [source], "SecurityGroupRuleId": f"sgr-0{secrets.token_hex(8)}"}
            for kind, source in sources] or [permission]


def group(security_group):
    """DescribeSecurityGroups returns all sources of the same protocol and ports together."""
    return EMULATORS_GROUP({**security_group, "IpPermissions": together(security_group.get("IpPermissions", [])),
                            "IpPermissionsEgress": together(security_group.get("IpPermissionsEgress", []))})


def together(kept):
    permissions = {}
    for rule in kept:
        about = {name: rule[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in rule}
        permission = permissions.setdefault(tuple(about.items()), {**about, **{kind: [] for kind in SOURCES}})
        for kind in SOURCES:
            permission[kind] += rule.get(kind, [])
    return list(permissions.values())


def rule_with_prefix_list(group_id, rule, is_egress=False):
    element = EMULATORS_RULE(group_id, rule, is_egress)
    names = [each["PrefixListId"] if isinstance(each, dict) else each for each in rule.get("PrefixListIds", [])]
    if len(names) != 1:
        return element
    return element.replace("</item>", f"<prefixListId>{ec2._esc(names[0])}</prefixListId></item>")
