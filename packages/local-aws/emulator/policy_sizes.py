"""IAM's quotas for the sizes of policies, which the emulator lacks. White space doesn't count.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
"""

from ministack.services import iam

# The default, which AWS increases on request.
TRUST_POLICY = 2_048
MANAGED_POLICY = 6_144
# All inline policies of a role, user or group together.
INLINE_POLICIES = {"Role": 10_240, "User": 2_048, "Group": 5_120}


def hold():
    """Refuses, as IAM does, policies that are too long."""
    for action in ("CreateRole", "UpdateAssumeRolePolicy"):
        field = "AssumeRolePolicyDocument" if action == "CreateRole" else "PolicyDocument"
        refuse(action, lambda p, field=field: too_long(iam._p(p, field), TRUST_POLICY, "ACLSizePerRole"))
    for action in ("CreatePolicy", "CreatePolicyVersion"):
        refuse(action, lambda p: too_long(iam._p(p, "PolicyDocument"), MANAGED_POLICY, "PolicySize"))
    for kind in INLINE_POLICIES:
        refuse(f"Put{kind}Policy", lambda p, kind=kind: too_many_inline(kind, p))


def refuse(action, fault):
    original = iam._IAM_HANDLERS[action]

    def handle(p):
        words = fault(p)
        return iam._error(409, "LimitExceeded", words, ns="iam") if words else original(p)

    iam._IAM_HANDLERS[action] = handle


def too_long(document, most, quota):
    return f"Cannot exceed quota for {quota}: {most}" if size(document) > most else None


def too_many_inline(kind, p):
    name, policy = iam._p(p, f"{kind}Name"), iam._p(p, "PolicyName")
    others = {each: text for each, text in inline_policies(kind, name).items() if each != policy}
    most = INLINE_POLICIES[kind]
    if sum(map(size, others.values())) + size(iam._p(p, "PolicyDocument")) <= most:
        return None
    return f"Maximum policy size of {most} bytes exceeded for {kind.lower()} {name}"


def inline_policies(kind, name):
    if kind == "Role":
        return (iam._roles.get(name) or {}).get("InlinePolicies", {})
    return (iam._user_inline_policies if kind == "User" else iam._group_inline_policies).get(name) or {}


def size(document):
    return len("".join(str(document).split()))
