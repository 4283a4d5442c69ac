"""Reads what SDKs send to CloudWatch, which the emulator reads only with a library that isn't among its requirements."""

import io

from botocore.parsers import RpcV2CBORParser


def read(body):
    return RpcV2CBORParser().parse_data_item(io.BufferedReader(io.BytesIO(body))) if body else {}
