#!/usr/bin/env python3
"""Adds up the JUnit files of ctest: what failed, what was skipped and why, and the counts.

Exits 1 if a test failed, or none ran.
"""
import pathlib
import sys
import xml.etree.ElementTree

counts = {"run": 0, "fail": 0, "notrun": 0}
for file in sys.argv[1:]:
    for case in xml.etree.ElementTree.parse(file).getroot().iter("testcase"):
        status = case.get("status", "fail")
        status = status if status in counts else "fail"
        name = f"{pathlib.Path(file).stem}/{case.get('name')}"
        counts[status] += 1
        if status == "fail":
            print(f"FAILED {name}")
        said = [line for line in (case.findtext("system-out") or "").splitlines()
                if line.startswith("SKIPPED")]
        for line in said or (["SKIPPED"] if status == "notrun" else []):
            print(f"{name}: {line}")
print(f"{counts['run']} passed, {counts['fail']} failed, {counts['notrun']} skipped")
sys.exit(1 if counts["fail"] or not counts["run"] else 0)
