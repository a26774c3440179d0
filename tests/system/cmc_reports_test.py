#!/usr/bin/env python3
"""Holds troth-testtool's verdict on whole reports of the reference against the reference's own.

Arguments: the program, the source tree. The reports are not part of this repository: they are in
TROTH_VECTORS, else beside the source tree; without them this is skipped.
"""
import json
import os
import pathlib
import subprocess
import sys


def folder(source):
    return pathlib.Path(os.environ.get("TROTH_VECTORS") or source / "../shared/vectors",
                        "cmc-reports")


def fault(testtool, roots, case):
    """Returns what is wrong with the verdict on one folder, or nothing."""
    report, = case.glob("attestation-report.*")
    nonce, = case.glob("nonce.*")
    theirs = json.loads((case / "attestation-result.json").read_text())
    expected = theirs["summary"]["status"]
    done = subprocess.run(
        [testtool, "verify", "--api", "lib", "--report", report, "--nonce-file", nonce, "--roots",
         roots, "--time", theirs["created"], "--output", "json"], capture_output=True, timeout=60)
    code = {"success": 0, "fail": 1, "warn": 3}[expected]
    if done.returncode != code:
        return f"exit {done.returncode}, expected {code}: {done.stderr.decode()}"
    result = json.loads(done.stdout)
    if result["summary"]["status"] != expected:
        return f"status {result['summary']['status']}, expected {expected}"
    if result["troth"]["policy"] != "cmc-compat":
        return f"policy {result['troth']['policy']}"
    return None


def main(testtool, source):
    reports = folder(pathlib.Path(source))
    cases = sorted(path.parent for path in reports.glob("*/attestation-result.json"))
    if not cases:
        print("SKIPPED 6: no vectors")
        return 77
    faults = {case.name: fault(testtool, reports / "ca/ca.pem", case) for case in cases}
    for name, found in faults.items():
        print(f"{name}: {found or 'ok'}")
    failed = sum(found is not None for found in faults.values())
    print(f"{len(faults) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
