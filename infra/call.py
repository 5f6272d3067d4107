"""Makes one call to AWS, or to what AWS_ENDPOINT_URL names, and writes the answer as JSON.

    python infra/call.py SERVICE OPERATION '{"Argument": "value"}'

An argument Body is the path of a file.
"""

import json
import sys

import boto3

service, operation, arguments = sys.argv[1:]
arguments = json.loads(arguments)
if "Body" in arguments:
    arguments["Body"] = open(arguments["Body"], "rb")
answer = getattr(boto3.client(service), operation)(**arguments)
answer.pop("ResponseMetadata", None)
json.dump(answer, sys.stdout, default=str)
