#!/usr/bin/env python3
"""What deploy/install-dependencies promises, short of installing anything; its path is the argument."""
import subprocess
import sys
import time
import unittest

SCRIPT = sys.argv.pop()
GROUPS = ["build", "run", "demo", "test"]


def run(*arguments):
    return subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, timeout=60)


class InstallDependencies(unittest.TestCase):
    def test_without_a_group_it_means_all_of_them(self):
        packages = set()
        for group in GROUPS:
            packages.update(run("--list", group).stdout.split())
        self.assertEqual(set(run("--list").stdout.split()), packages)
        self.assertIn("libcaf-dev", packages)

    def test_a_check_is_quick_and_names_what_is_missing(self):
        begin = time.monotonic()
        done = run("--check")
        self.assertLess(time.monotonic() - begin, 5)
        self.assertIn(done.returncode, (0, 1))
        self.assertEqual(done.returncode == 0, done.stderr == "")

    def test_what_built_this_test_is_there(self):
        done = run("--check", "build")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_an_unknown_group_or_option_exits_2(self):
        for argument in ("docs", "--bogus", "--check=1"):
            with self.subTest(argument):
                self.assertEqual(run(argument).returncode, 2)

    def test_help_names_each_group(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for group in GROUPS:
            self.assertRegex(done.stdout, rf"(?m)^ +{group} ")


if __name__ == "__main__":
    unittest.main()
