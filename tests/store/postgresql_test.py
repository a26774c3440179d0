#!/usr/bin/env python3
"""Starts PostgreSQL and runs the cases of test_store that need it; its path is the argument.

Exits 77, which is "skipped", where Debian's server is not installed.
"""
import os
import pathlib
import shlex
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.support import postgresql  # noqa: E402

PASSWORD = "a test's & only=100%"


def main(program):
    if not postgresql.programs():
        print("SKIPPED: Debian's package postgresql is not installed")
        return 77
    server = postgresql.Server(PASSWORD.replace("'", "''"))
    try:
        right, wrong = server.folder / "right", server.folder / "wrong"
        right.write_text(PASSWORD + "\n")
        wrong.write_text("notthispassword\n")
        environment = {
            **os.environ,
            "TROTH_TEST_POSTGRESQL": f"postgresql://troth@/troth?host={server.folder}",
            "TROTH_TEST_POSTGRESQL_OWNER": f"postgresql://owner@/troth?host={server.folder}",
            "TROTH_TEST_POSTGRESQL_CONTROL": shlex.join(server.control_command()),
            "TROTH_TEST_POSTGRESQL_PASSWORD_FILE": str(right),
            "TROTH_TEST_POSTGRESQL_WRONG_FILE": str(wrong),
        }
        return subprocess.run([program, "--test-suite=store/postgresql"], env=environment,
                              cwd=server.folder, timeout=300).returncode
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
