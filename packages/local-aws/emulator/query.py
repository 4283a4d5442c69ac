"""Parameters of the query protocol, for code that runs before the emulator's handlers."""

from urllib.parse import parse_qs


def parameters(query_params, body=b""):
    """The first value of each parameter, as text, by name."""
    values = dict(query_params)
    values.update(parse_qs(body if isinstance(body, str) else body.decode("utf-8", errors="replace")))
    return {name: first(value) for name, value in values.items()}


def first(value):
    return (value[0] if value else "") if isinstance(value, list) else value or ""
