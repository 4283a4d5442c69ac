"""STS's answer to AssumeRoleWithWebIdentity: subject, audience and provider of the token, in place of the emulator's examples."""

from xml.sax.saxutils import escape

import query
from ministack.services import sts


def answer_with_claims():
    original = sts.handle_request

    async def handle(method, path, headers, body, query_params):
        answered = await original(method, path, headers, body, query_params)
        status, kind, content = answered
        parameters = query.parameters(query_params, body if method == "POST" and body else b"")
        if status != 200 or parameters.get("Action") != "AssumeRoleWithWebIdentity":
            return answered
        provider, keys = sts._web_identity_principal(
            *(parameters.get(name, "") for name in ("WebIdentityToken", "ProviderId", "RoleArn")))
        claims = {name.rsplit(":", 1)[-1]: value for name, value in keys.items()}
        text = content.decode() if isinstance(content, bytes) else content
        audience = claims.get("aud")
        for element, value in (("SubjectFromWebIdentityToken", claims.get("sub")), ("Provider", provider),
                               ("Audience", audience[0] if isinstance(audience, list) and audience else audience)):
            if isinstance(value, str) and value:
                text = with_text(text, element, value)
        return status, kind, text.encode()

    sts.handle_request = handle


def with_text(document, element, value):
    opening, closing = f"<{element}>", f"</{element}>"
    before, found, rest = document.partition(opening)
    if not found or closing not in rest:
        return document
    return f"{before}{opening}{escape(value)}{closing}{rest.partition(closing)[2]}"
