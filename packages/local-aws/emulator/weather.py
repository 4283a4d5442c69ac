"""What the gateway's weather does inside of the emulator: stale reads, and states that last. See ../docs/weather.md.

A request's header has `remember` (a write of which reads may not know yet), `stale=<seconds>` and `pending=<seconds>`.
"""

import pending_states
import stale_reads
from ministack.services import dynamodb

HEADER = "x-local-aws-weather"


def reach():
    stale_reads.show()
    pending_states.keep_keys_of_volumes()
    for service, module in {**stale_reads.MODULES, "dynamodb": dynamodb}.items():
        expose(service, module)


def expose(service, module):
    original = module.handle_request

    async def handle(method, path, headers, body, query_params, **named):
        if HEADER not in headers:
            return await original(method, path, headers, body, query_params, **named)
        weather = dict(part.partition("=")[::2] for part in headers[HEADER].split(";"))
        if "remember" in weather:
            stale_reads.remember(service)
        if "stale" in weather:
            token = stale_reads.seen.set(stale_reads.look_back(service, float(weather["stale"])))
            try:
                return await original(method, path, headers, body, query_params, **named)
            finally:
                stale_reads.seen.reset(token)
        if "pending" in weather and service in pending_states.KINDS:
            arguments = (method, path, headers, body, query_params)
            return await pending_states.KINDS[service](original, arguments, float(weather["pending"]))
        return await original(method, path, headers, body, query_params, **named)

    module.handle_request = handle
