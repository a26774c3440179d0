#!/usr/bin/env python3
"""Policies and scripts in real processes: tried by troth-testtool, checked by troth-verifier.

Arguments: the folder of the executables.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BIN = pathlib.Path(sys.argv.pop(1))
NONCE = "5a" * 32


class Policies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        subprocess.run([BIN / "troth-pki", "init", "--dir", cls.folder / "pki"], check=True,
                       capture_output=True)
        cls.roots = str(cls.folder / "pki" / "metadata-ca.pem")
        (cls.folder / "report").write_bytes(b"garbage")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def verify(self, *more, helper=BIN / "troth-policy"):
        """Appraises a report that fails anyhow, and returns how it ended and the result."""
        done = subprocess.run(
            [BIN / "troth-testtool", "verify", "--api", "lib", "--report", self.folder / "report",
             "--nonce", NONCE, "--roots", self.roots, "--output", "json",
             "--script-helper", helper, *more], capture_output=True, text=True, timeout=60)
        return done, json.loads(done.stdout) if done.stdout else None

    def script(self, text, *more):
        done, result = self.verify("--script", self.file("script.js", text), *more)
        self.assertIsNotNone(result, done.stderr)
        self.assertEqual(done.returncode, 1)
        said = [each for each in result["troth"]["findings"] if each["rule"] == "policy.script"]
        self.assertEqual(len(said), 1)
        self.assertEqual(said[0]["subject"], "script.js")
        return said[0]

    def test_a_policy_is_tried_on_a_report_that_was_kept(self):
        policy = self.file("policy.json", '{"name": "mine", "version": "3"}')
        done, result = self.verify("--policy", policy)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(result["troth"]["policy"], "mine@3")

    def test_a_policy_that_cannot_be_read_is_refused(self):
        for code, text in (("unknown_key", '{"requirePcrs": [0]}'),
                           ("malformed", '{"requiredPcrs": [99]}'),
                           ("malformed", '{"name": "a", "name": "b"}'),
                           ("truncated", '{"name": "a"'),
                           ("malformed", '{"base": "lax"}')):
            done, result = self.verify("--policy", self.file("policy.json", text))
            self.assertIsNone(result)
            self.assertIn(code, done.stderr)

    def test_a_script_sees_the_result(self):
        said = self.script("JSON.parse(json).summary.status === 'fail'")
        self.assertEqual(said["outcome"], "pass")
        said = self.script("JSON.parse(json).summary.status === 'success'")
        self.assertEqual((said["outcome"], said["code"]), ("fail", "policy.script"))

    def test_hostile_scripts_end_and_fail(self):
        for code, text in (
                ("timeout", "for (;;) {}"),
                ("exhausted", "new Uint8Array(1 << 29).length > 0"),
                ("exhausted", "function f() { return f() + 1; } f()"),
                ("malformed", "throw new Error('x')"),
                ("malformed", "true &&"),
                ("malformed", "({})"),
                ("malformed", "require('fs').readFileSync('/etc/passwd'); true"),
                ("forbidden", "'{\"summary\": {\"status\": \"fail\"}}'")):
            said = self.script(text)
            self.assertEqual((said["outcome"], said.get("code")), ("fail", code), text)

    def test_a_script_replaces_a_result_only_where_it_may_and_never_by_a_better_one(self):
        worse = self.file("script.js", "'{\"summary\": {\"status\": \"fail\"}, \"mine\": 1}'")
        done, result = self.verify("--script", worse, "--script-overwrite")
        self.assertEqual((done.returncode, result["mine"]), (1, 1))
        said = self.script("'{\"summary\": {\"status\": \"success\"}}'", "--script-overwrite")
        self.assertEqual(said["code"], "forbidden")

    def test_without_the_helper_there_is_no_verdict(self):
        script = self.file("script.js", "true")
        done, result = self.verify("--script", script, helper="/nonexistent/troth-policy")
        self.assertIsNone(result)
        self.assertEqual(done.returncode, 4)
        self.assertIn("unavailable", done.stderr)

    def check(self, **more):
        file = self.file("verifier.json", json.dumps({
            "state": str(self.folder), "admin": "",
            "trust": {"metadataRoots": [self.roots], "akRoots": [self.roots]}, **more}))
        return subprocess.run([BIN / "troth-verifier", "--check-config", "--config", file],
                              capture_output=True, text=True, timeout=60)

    def test_the_verifier_checks_policies_and_scripts_when_they_are_set(self):
        helper = str(BIN / "troth-policy")
        one = self.file("one.json", '{"name": "one"}')
        other = self.file("other.json", '{"name": "one", "version": "2"}')
        two = self.file("two.json", '{"name": "two"}')
        for expected, more in (
                ("policy", {"policy": self.file("bad.json", '{"nam": "x"}')}),
                ("two of name one", {"policy": two, "callerPolicies": [one, other]}),
                ("scripts.files", {"scripts": {"helper": helper, "files": [
                    self.file("bad.js", "true &&")]}}),
                ("scripts.files", {"scripts": {"helper": "/nonexistent", "files": [
                    self.file("good.js", "true")]}})):
            checked = self.check(**more)
            self.assertNotEqual(checked.returncode, 0, expected)
            self.assertIn(expected, checked.stderr)


if __name__ == "__main__":
    unittest.main()
