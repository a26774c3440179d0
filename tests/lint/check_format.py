#!/usr/bin/env python3
"""Fails if clang-format would change a C++ file that git tracks. The argument is the folder.

Exits 77, which is "skipped", without clang-format or outside a clone.
"""
import pathlib
import shutil
import subprocess
import sys


def main(root):
    if not shutil.which("clang-format") or not (root / ".git").exists():
        print("SKIPPED: no clang-format, or no clone")
        return 77
    files = subprocess.run(["git", "-c", f"safe.directory={root}", "ls-files", "*.cpp", "*.hpp"],
                           cwd=root, check=True, capture_output=True, text=True).stdout.split()
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], cwd=root, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
