#!/usr/bin/env python3
"""systemd reads deploy/systemd without a complaint, and finds it well locked. The argument: the folder."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(sys.argv.pop()) if len(sys.argv) > 1 else pathlib.Path("deploy/systemd")


def analyze(*arguments):
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


class Units(unittest.TestCase):
    def test_each_unit_is_well_formed(self):
        with tempfile.TemporaryDirectory() as folder:
            for unit in FOLDER.glob("*.service"):
                text = unit.read_text()
                program = pathlib.Path(re.search(r"^ExecStart=(\S+)", text, re.M)[1])
                self.assertIn("Type=notify\n", text)
                copy = pathlib.Path(folder) / unit.name.replace("@.", "@tpm.")
                copy.write_text(text.replace(str(program), "/bin/true"))
                said = [line for line in analyze("verify", str(copy)).splitlines()
                        if copy.name in line]
                self.assertEqual(said, [], unit.name)

    def test_no_unit_is_more_open_than_it_must_be(self):
        for unit in FOLDER.glob("*.service"):
            said = analyze("security", "--offline=true", "--threshold=25", str(unit))
            self.assertRegex(said, r"exposure level for .*: [012]\.\d", unit.name)


if __name__ == "__main__":
    if not shutil.which("systemd-analyze"):
        print("SKIPPED: no systemd-analyze here")
        sys.exit(77)
    unittest.main()
