"""Executes the commands of a buildspec, as CodeBuild does.

    python3 buildspec.py BUILDSPEC [NAME=VALUE...]

In order of the phases, in one shell for each; post_build also after a build that
failed. Variables given here win over those of the buildspec, as those of a project
do. Fails if a command does, or if a report or an artifact is not there at the end.
"""

import glob
import os
import pathlib
import subprocess
import sys

import yaml

PHASES = ("install", "pre_build", "build", "post_build")


def main(path, given):
    spec = yaml.safe_load(pathlib.Path(path).read_text())
    environment = {**os.environ, **spec["env"]["variables"], **given}
    failed = False
    for phase in PHASES:
        if phase not in spec["phases"] or failed and phase != "post_build":
            continue
        print(f"-- {path}: {phase}", flush=True)
        script = "set -e\n" + "\n".join(spec["phases"][phase]["commands"])
        failed = subprocess.run([spec["env"]["shell"], "-xc", script], env=environment).returncode != 0 or failed
        if failed and phase != "build":
            break
    return failed or not all([made(spec), reported(spec)])


def made(spec):
    artifacts = spec.get("artifacts")
    return artifacts is None or all([there(pathlib.Path(artifacts["base-directory"], name)) for name in artifacts["files"]])


def reported(spec):
    return all([there(name) for report in spec["reports"].values() for name in report["files"]])


def there(name):
    found = bool(glob.glob(str(name)))
    print(f"{name}: {'there' if found else 'MISSING'}")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], dict(variable.split("=", 1) for variable in sys.argv[2:])))
