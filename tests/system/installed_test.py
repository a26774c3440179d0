#!/usr/bin/env python3
"""Programs of others, built against the installed library: installed_test.py ROOT BUILD."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop()).resolve()
ROOT = pathlib.Path(sys.argv.pop()).resolve()
sys.path.insert(0, str(ROOT / "deploy/demo.d"))
from deployment import Deployment  # noqa: E402
from processes import run  # noqa: E402

PROJECT = """cmake_minimum_required(VERSION 3.25)
project(ask CXX)
find_package(troth 0.1 REQUIRED)
add_executable(ask ask.cpp)
target_link_libraries(ask PRIVATE troth::troth)
"""


class Installed(unittest.TestCase):
    def test_two_programs_speak_that_were_built_against_the_installed_library(self):
        folder = tempfile.TemporaryDirectory(prefix="troth-installed-")
        self.addCleanup(folder.cleanup)
        here = pathlib.Path(folder.name)
        prefix = here / "prefix"
        run("cmake", "--install", BUILD, "--component", "library", "--prefix", prefix)
        self.check_headers(here, prefix)
        echo, ask = self.build_in_c(here, prefix), self.build_by_cmake(here, prefix)
        machine = self.start_machine(here / "machine")

        def files(name):
            of = machine.tls(name)
            return [machine.gateway_url, of["ca"], of["certificate"], of["key"]]
        server = subprocess.Popen([echo, *files("gateway")], stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (server.kill(), server.communicate()))
        port = server.stdout.readline().strip().rsplit(":", 1)[1]
        done = run(ask, *files("verifier"), "localhost", port, "hello there")
        self.assertEqual(done.stdout, "hello there\nfrom a machine of example-machine TPM AK\n")
        self.assertIn("trusted example-machine TPM AK", server.stdout.readline())
        stranger = files("verifier")
        stranger[1] = str(machine.pki / "ak-ca.pem")
        done = run(ask, *stranger, "localhost", port, "hello", accepted=(1,))
        self.assertIn("untrusted: aTLS: the peer's certificate", done.stderr)

    def flags(self, prefix, *which):
        packages = next(prefix.glob("**/pkgconfig"))
        return subprocess.run(["pkg-config", *which, "troth"], check=True, text=True,
                              capture_output=True,
                              env={**os.environ, "PKG_CONFIG_PATH": str(packages)}).stdout.split()

    def check_headers(self, here, prefix):
        """All that a header includes is installed, too."""
        root = prefix / "include/troth"
        everything = here / "everything.cpp"
        everything.write_text("".join(f'#include "{each.relative_to(root)}"\n'
                                      for each in sorted(root.glob("shared/**/*.hpp"))))
        run("c++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
            *self.flags(prefix, "--cflags"), everything, timeout=300)

    def build_in_c(self, here, prefix):
        """With nothing but a C compiler and pkg-config."""
        flags = self.flags(prefix, "--cflags", "--libs")
        run("cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", ROOT / "examples/echo.c",
            *flags, "-o", here / "echo", timeout=300)
        return here / "echo"

    def build_by_cmake(self, here, prefix):
        sources = here / "ask"
        sources.mkdir()
        (sources / "CMakeLists.txt").write_text(PROJECT)
        shutil.copy(ROOT / "examples/ask.cpp", sources)
        run("cmake", "-S", sources, "-B", sources / "build", "-G", "Ninja",
            f"-DCMAKE_PREFIX_PATH={prefix}", timeout=300)
        run("cmake", "--build", sources / "build", timeout=600)
        return sources / "build/ask"

    def start_machine(self, folder):
        made = Deployment(folder, ROOT)
        self.addCleanup(made.close)
        made.make_certificates()
        program = made.folder / "program"
        shutil.copy("/bin/true", program)
        made.make_logs([program])
        made.make_metadata()
        made.boot()
        made.configure()
        made.start()
        return made

    def test_the_examples_are_short(self):
        for example in (ROOT / "examples").iterdir():
            self.assertLess(len(example.read_text().splitlines()), 60, example.name)


if __name__ == "__main__":
    unittest.main()
