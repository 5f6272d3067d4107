"""Writes a SAM template as CloudFormation sees it: JSON on standard output, nothing asked of AWS.

    python infra/transform.py infra/template.yaml

The code of each function becomes s3://code/<its file>: the transform takes nothing but S3 addresses.
"""

import json
import os
import sys

# The transform asks boto3 for a region before it does anything; none is ever called.
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class ManagedPolicies:
    """The template names no managed policy, so there are none to look up."""

    def load(self):
        return {}


def main(path):
    with open(path, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            properties["CodeUri"] = "s3://code/" + os.path.basename(properties["CodeUri"])
    try:
        done = transform(template, {}, ManagedPolicies())
    except InvalidDocumentException as error:
        sys.exit("\n".join(cause.message for cause in error.causes))
    json.dump(done, sys.stdout, indent=2, sort_keys=True)


if __name__ == "__main__":
    main(sys.argv[1])
