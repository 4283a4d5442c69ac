"""An external client: makes the API calls that it reads from standard input with botocore, the base of boto3 and the AWS CLI.

One JSON object a line: {service, operation, parameters, region, accessKeyId, secretAccessKey, sessionToken?, endpoint}; one a line
back: {output} or {error, message}. Bytes travel as {"__bytes__": base64}.
"""

import base64
import json
import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

session = botocore.session.get_session()
clients = {}


def client(call):
    key = tuple(call.get(name) for name in ("service", "region", "accessKeyId", "sessionToken", "endpoint"))
    if key not in clients:
        clients[key] = session.create_client(
            call["service"], region_name=call["region"], endpoint_url=call["endpoint"],
            aws_access_key_id=call["accessKeyId"], aws_secret_access_key=call["secretAccessKey"],
            aws_session_token=call.get("sessionToken"),
            config=Config(retries={"max_attempts": 0}, user_agent="python-client/1"))
    return clients[key]


def with_bytes(value):
    if isinstance(value, dict):
        if set(value) == {"__bytes__"}:
            return base64.b64decode(value["__bytes__"])
        return {key: with_bytes(one) for key, one in value.items()}
    return [with_bytes(one) for one in value] if isinstance(value, list) else value


def readable(value):
    if isinstance(value, bytes):
        return {"__bytes__": base64.b64encode(value).decode()}
    return str(value)


for line in sys.stdin:
    call = json.loads(line)
    try:
        output = client(call)._make_api_call(call["operation"], with_bytes(call["parameters"]))
        output.pop("ResponseMetadata", None)
        answer = {"output": {key: one for key, one in output.items() if not hasattr(one, "read")}}
    except ClientError as error:
        answer = {"error": error.response["Error"].get("Code"), "message": str(error)}
    except Exception as error:  # The caller must receive it.
        answer = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps(answer, default=readable), flush=True)
