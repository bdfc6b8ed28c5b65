"""Copies templates for the emulator, without the resources that it cannot make.

    python3 templates.py FROM TO

Prints what it leaves out, one a line. What refers to a resource that is
left out gets its name instead. SAM's resources become what SAM's translator makes
of them, as the emulator does not transform nested templates. Nothing else is
changed, so that whatever the emulator knows is deployed as it stands.
"""

import logging
import os
import pathlib
import shutil
import sys

from awscli.customizations.cloudformation.yamlhelper import yaml_dump, yaml_parse
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS as KNOWN
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


def main(source, target):
    left_out = set()
    shutil.copytree(source, target)
    for path in sorted(target.glob("*.yaml")):
        template = transform(yaml_parse(path.read_text()))
        resources = template["Resources"]
        lacking = {name: lacks(resource) for name, resource in resources.items()}
        unknown = {name for name, what in lacking.items() if what}
        left_out |= {lacking[name] for name in unknown}
        template["Resources"] = {name: r for name, r in resources.items() if name not in unknown}
        path.write_text(yaml_dump(without(template, unknown)))
    print("\n".join(sorted(left_out)))


def transform(template):
    """Has SAM's translator do its part, which wants the function's package in S3 already."""
    if "Transform" not in template:
        return template
    functions = {name: r for name, r in template["Resources"].items() if r["Type"] == "AWS::Serverless::Function"}
    packages = {name: function["Properties"]["CodeUri"] for name, function in functions.items()}
    for function in functions.values():
        function["Properties"]["CodeUri"] = "s3://bucket/key"
    template = Translator({}, Parser()).translate(template, {})
    for name, package in packages.items():
        template["Resources"][name]["Properties"]["Code"] = package
    return template


def lacks(resource):
    """Says what the emulator lacks to make a resource: nothing, its type, or a part of it."""
    kind = resource["Type"]
    if kind == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]:
        return kind + " on metric math"
    return None if kind in KNOWN else kind


def without(value, unknown):
    """Replaces what refers to an unknown resource by its name."""
    if isinstance(value, list):
        return [without(entry, unknown) for entry in value]
    if not isinstance(value, dict):
        if isinstance(value, str):
            for name in unknown:
                value = value.replace("${%s}" % name, name)
        return value
    if value.get("Ref") in unknown:
        return value["Ref"]
    attribute = value.get("Fn::GetAtt")
    if attribute and (attribute if isinstance(attribute, list) else attribute.split("."))[0] in unknown:
        return ".".join(attribute) if isinstance(attribute, list) else attribute
    if "DependsOn" in value:
        others = value["DependsOn"] if isinstance(value["DependsOn"], list) else [value["DependsOn"]]
        value = {**value, "DependsOn": [other for other in others if other not in unknown]}
    return {name: without(entry, unknown) for name, entry in value.items()}


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # SAM asks, and makes no use of it here
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
