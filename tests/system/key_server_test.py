#!/usr/bin/env python3
"""A driver whose host hands out no certificates asks a key server, once: key_server_test.py ROOT."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(sys.argv.pop()).resolve()
sys.path[:0] = [str(ROOT / "deploy/demo.d"), str(ROOT / "tests/support")]
from silicon import SnpDeployment  # noqa: E402
from vendor_services import VendorService, amd_pages  # noqa: E402


class Keys(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="troth-keys-")
        self.addCleanup(folder.cleanup)
        self.here = SnpDeployment(pathlib.Path(folder.name) / "here", ROOT)
        self.addCleanup(self.here.close)
        self.here.make_certificates()
        self.here.configure()
        self.here.start(self.here.driver)  # to make a chip
        self.here.processes[self.here.driver].stop()
        self.recorded = self.here.folder / "recorded"
        self.recorded.mkdir()
        shutil.copy(self.here.vendor / "report.bin", self.recorded)
        self.server = VendorService(amd_pages(self.here.vendor))
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def configure(self, **more):
        self.here.configure(driver_snp={"anchor": "snp", "snp": {
            "source": "recorded", "path": str(self.recorded), **more}})
        return self.here.processes[self.here.driver]

    def test_what_the_host_does_not_hand_out_is_asked_for_once(self):
        driver = self.configure(keyServer=self.server.address)
        driver.start()
        driver.wait_until_ready()
        driver.stop()
        wanted = [page for page in self.server.pages if not page.endswith("crl")]
        self.assertEqual(sorted(self.server.asked), sorted(wanted))
        self.server.status = 503
        driver.start()  # again, from what was kept
        driver.wait_until_ready()
        driver.stop()
        self.assertEqual(len(self.server.asked), 2)

    def test_a_server_that_is_asked_too_often_is_left_alone(self):
        self.server.status = 429
        driver = self.configure(keyServer=self.server.address)
        driver.start()
        said = ""
        end = time.monotonic() + 30
        while "exhausted" not in said and time.monotonic() < end:
            done = subprocess.run(driver.health, capture_output=True, text=True, timeout=30,
                                  check=False)
            said = done.stdout + done.stderr
        for _ in range(5):
            self.assertNotEqual(subprocess.run(driver.health, capture_output=True, timeout=30,
                                               check=False).returncode, 0)
        driver.stop()
        self.assertEqual(len(self.server.asked), 1, said)

    def test_a_server_elsewhere_is_asked_over_https_only(self):
        driver = self.configure(keyServer="http://kds.example.com")
        done = subprocess.run(driver.command, capture_output=True, text=True, timeout=30,
                              check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("snp.keyServer", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
