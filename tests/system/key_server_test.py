#!/usr/bin/env python3
"""A driver whose host hands out no certificates asks a key server, once: key_server_test.py ROOT."""
import http.server
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(sys.argv.pop()).resolve()
sys.path.insert(0, str(ROOT / "deploy/demo.d"))
from silicon import SnpDeployment  # noqa: E402

CHIP_ID = slice(0x1a0, 0x1e0)
REPORTED_TCB = slice(0x180, 0x188)


class KeyServer(http.server.ThreadingHTTPServer):
    """AMD's, played for one chip. It remembers what it was asked."""

    def __init__(self, vendor):
        super().__init__(("127.0.0.1", 0), Page)
        report = (vendor / "report.bin").read_bytes()
        tcb = report[REPORTED_TCB]
        pem = {name: (vendor / f"{name}.pem").read_text() for name in ("vcek", "ask", "ark")}
        vcek = (f"/vcek/v1/Milan/{report[CHIP_ID].hex()}?blSPL={tcb[0]}&teeSPL={tcb[1]}"
                f"&snpSPL={tcb[6]}&ucodeSPL={tcb[7]}")
        self.pages = {vcek: ssl.PEM_cert_to_DER_cert(pem["vcek"]),
                      "/vcek/v1/Milan/cert_chain": (pem["ask"] + pem["ark"]).encode()}
        self.asked = []
        self.status = 200
        self.address = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        body = self.server.pages.get(self.path, b"")
        status = self.server.status if body else 404
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if status == 200 else 0))
        self.end_headers()
        if status == 200:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


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
        self.server = KeyServer(self.here.vendor)
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
        self.assertEqual(sorted(self.server.asked), sorted(self.server.pages))
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
