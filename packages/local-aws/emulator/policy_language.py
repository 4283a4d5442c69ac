"""The parts of the policy language that the emulator's evaluator lacks, for every kind of policy: variables, ARNs compared part by part.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html and
reference_policies_elements_condition_operators.html
"""

import functools
import json
import re

from ministack.core import iam_evaluator

EMULATORS_PARSE = iam_evaluator.parse_policy_document
VARIABLE = re.compile(r"\$\{([^}]*)\}")
WITH_DEFAULT = re.compile(r"(\S+)\s*,\s*'([^']*)'")
# `${*}` stands for the character itself.
CHARACTERS = {"*", "?", "$"}
# Stand for the characters themselves where `*` and `?` are wildcards.
LITERALS = {"*": "\ue000", "?": "\ue001"}
TO_LITERALS = str.maketrans(LITERALS)
FROM_LITERALS = str.maketrans({literal: character for character, literal in LITERALS.items()})
WITH_WILDCARDS = re.compile(r"(like|arnequals|arnnotequals)(ifexists)?$")
WITHOUT_VARIABLES = re.compile(r"^(numeric|date|bool|ipaddress|notipaddress|binary|null)")
ARN_PARTS = 6


def complete():
    iam_evaluator.parse_policy_document = parse
    iam_evaluator._first_match = first_match
    iam_evaluator._fnmatch_compile = compile_pattern
    for operator in ("arnequals", "arnlike"):
        iam_evaluator._CONDITION_OPS[operator] = arn_matches
    for operator in ("arnnotequals", "arnnotlike"):
        iam_evaluator._CONDITION_OPS[operator] = lambda actual, expected: not arn_matches(actual, expected)


# --- variables --------------------------------------------------------------------------------------------------------


def parse(document):
    """Marks the statements that have variables, which policies of the older version don't."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return []
    statements = EMULATORS_PARSE(document)
    if isinstance(document, dict) and document.get("Version") == "2008-10-17":
        return statements
    for statement in statements:
        texts = (statement.resources, statement.not_resources, statement.conditions)
        statement.has_variables = any("${" in str(each) for each in texts)
    return statements


def first_match(context, statements, effect):
    for statement in statements:
        if (statement.effect == effect
                and iam_evaluator._action_matches(context.action, statement.actions, statement.not_actions)
                and resource_matches(context, statement)
                and iam_evaluator._conditions_met(conditions_of(context, statement), context)):
            return statement
    return None


def resource_matches(context, statement):
    if not getattr(statement, "has_variables", False):
        return iam_evaluator._resource_matches(context.resource_arn, statement.resources, statement.not_resources)
    named = filled(context, statement.resources or statement.not_resources, wildcards=True, after=ARN_PARTS - 1)
    matches = any(iam_evaluator.fnmatch_iam_cs(context.resource_arn, pattern) for pattern in named)
    return matches if statement.resources else not matches


def conditions_of(context, statement):
    if not getattr(statement, "has_variables", False):
        return statement.conditions
    return {operator: {key: filled_for(context, operator, values) for key, values in keys.items()}
            for operator, keys in statement.conditions.items()}


def filled_for(context, operator, values):
    plain = operator.lower().rsplit(":", 1)[-1]
    if WITHOUT_VARIABLES.match(plain):
        return values
    return filled(context, [values] if isinstance(values, str) else values, bool(WITH_WILDCARDS.search(plain)))


def filled(context, patterns, wildcards, after=0):
    """The patterns with the values of their variables. One that has an unknown variable matches nothing, so it is left out.

    @param after variables count behind this many colons; in resources they stand in the last part of the ARN only
    """
    texts = []
    for pattern in patterns:
        parts = str(pattern).split(":", after) if after else [str(pattern)]
        try:
            parts[-1] = VARIABLE.sub(lambda found: value_of(context, found[1], wildcards), parts[-1])
        except KeyError:
            continue
        texts.append(":".join(parts))
    return texts


def value_of(context, name, wildcards):
    """A value's own `*` is no wildcard."""
    if name in CHARACTERS:
        value = name
    else:
        with_default = WITH_DEFAULT.fullmatch(name.strip())
        key, default = with_default.groups() if with_default else (name.strip(), None)
        value = iam_evaluator._resolve_condition_key(key, context)
        # A key with several values can't be a variable.
        if not isinstance(value, (str, int, bool)):
            value = default
        if value is None:
            raise KeyError(name)
    return str(value).translate(TO_LITERALS) if wildcards else str(value)


# --- patterns ---------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=4096)
def compile_pattern(pattern, ignore_case):
    expression = "".join(
        ".*" if character == "*" else "." if character == "?" else re.escape(character.translate(FROM_LITERALS))
        for character in pattern)
    return re.compile(f"{expression}\\Z", re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def arn_matches(actual, expected):
    """Each of the six parts for itself, so that a `*` doesn't reach into the next one, unless it is all there is."""
    if expected == "*":
        return True
    given, pattern = actual.split(":", ARN_PARTS - 1), expected.split(":", ARN_PARTS - 1)
    if len(given) < ARN_PARTS or len(pattern) < ARN_PARTS:
        return False
    return all(iam_evaluator.fnmatch_iam_cs(part, wanted) for part, wanted in zip(given, pattern))
