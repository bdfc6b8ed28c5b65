"""Expands the templates of folders as CloudFormation does before it makes anything.

    python3 expand.py FOLDER...

Short forms such as !Ref become long ones, AWS::Include is replaced by the file
that it names, and AWS::Serverless resources by what SAM makes of them. Prints
one line of JSON for each folder: {"templates": ...} by the names of their files,
or {"problem": ...}, what is wrong with one.
"""

import copy
import functools
import json
import logging
import os
import pathlib
import sys

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

SERVERLESS = "AWS::Serverless-2016-10-31"


def expand(folder):
    return {path.name: transform(read(path), folder) for path in sorted(folder.glob("*.yaml"))}


def read(path):
    return copy.deepcopy(parse(path.read_text()))


@functools.cache  # the folders differ little, and reading YAML takes longer than all the rest
def parse(text):
    return yaml_parse(text)


def transform(template, folder):
    if template.get("Transform") == SERVERLESS:
        for resource in template["Resources"].values():
            if "CodeUri" in resource["Properties"]:  # SAM takes what `aws cloudformation package` makes of it
                resource["Properties"]["CodeUri"] = "s3://packaged/" + resource["Properties"]["CodeUri"]
        template = Translator({}, Parser()).translate(template, {})
    return include(template, folder)


def include(value, folder):
    """Replaces {"Fn::Transform": {"Name": "AWS::Include", ...}} wherever it is."""
    if isinstance(value, list):
        return [include(entry, folder) for entry in value]
    if not isinstance(value, dict):
        return value
    transform = value.get("Fn::Transform")
    if isinstance(transform, dict) and transform.get("Name") == "AWS::Include":
        location = folder / transform["Parameters"]["Location"]
        return read(location)
    return {name: include(entry, folder) for name, entry in value.items()}


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # SAM asks, and makes no use of it here
    for name in sys.argv[1:]:
        try:
            line = {"templates": expand(pathlib.Path(name))}
        except Exception as problem:  # whatever the translator raises: it is about the template
            line = {"problem": str(problem) or repr(problem)}
        print(json.dumps(line, default=str))
