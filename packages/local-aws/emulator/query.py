"""Parameters of services that are asked by the query protocol, for what stands before the emulator's handlers."""

from urllib.parse import parse_qs


def parameters(query_params, body=b""):
    """By name, the first value of each as text."""
    asked = dict(query_params)
    asked.update(parse_qs(body if isinstance(body, str) else body.decode("utf-8", errors="replace")))
    return {name: first(value) for name, value in asked.items()}


def first(value):
    return (value[0] if value else "") if isinstance(value, list) else value or ""
