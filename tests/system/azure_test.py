#!/usr/bin/env python3
"""Azure's confidential machines, played on a software TPM, from driver to verifier.

Argument: the root of the sources. Skips without a software TPM.
"""
import base64
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(sys.argv.pop()).resolve()
sys.path[:0] = [str(ROOT / "deploy/demo.d"), str(ROOT / "tests/support")]
from azure_machine import AzureSnpDeployment, AzureTdxDeployment  # noqa: E402
from processes import run  # noqa: E402

if not shutil.which("swtpm"):
    print("SKIPPED: no swtpm on this machine")
    sys.exit(77)
VECTORS = pathlib.Path(os.environ.get("TROTH_VECTORS", ROOT.parent / "shared/vectors"))
NONCE = "5a" * 32
HCL_HEADER, TD_REPORT = 32, 1024


def b64url(value):
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def pem_of(der):
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"


class MetadataService(http.server.ThreadingHTTPServer):
    """Azure's, with one quote for whatever report, and the certificates of one chip."""

    def __init__(self, quote=b"", chain=("", "")):
        super().__init__(("127.0.0.1", 0), Answer)
        self.quote, self.chain, self.asked = quote, chain, []
        self.address = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answer(http.server.BaseHTTPRequestHandler):
    def give(self, document):
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Metadata")))
        leaf, issuers = self.server.chain
        self.give({"vcekCert": leaf, "certificateChain": issuers, "tcbm": "", "cacheControl": ""})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body["report"]))
        self.give({"quote": b64url(self.server.quote)})

    def log_message(self, *_):
        pass


class Azure(unittest.TestCase):
    def start(self, kind):
        folder = tempfile.TemporaryDirectory(prefix="troth-azure-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.here = here = kind(self.folder / "here", ROOT)
        self.addCleanup(here.close)
        here.make_certificates()
        here.make_logs([here.bin / "troth-est"])
        here.boot()
        here.configure()
        here.start(here.driver)
        here.make_metadata()
        here.start(*[name for name in here.roles if name != here.driver])
        return here

    def report(self, nonce=NONCE):
        file = self.folder / "report.json"
        run(self.here.bin / "troth-testtool", "generate", "--gateway", self.here.gateway_url,
            "--nonce", nonce, "--out", file)
        return json.loads(file.read_text())

    def faults(self, report, nonce=NONCE, *options):
        """What an appraisal of it finds, as code and rule."""
        file = self.folder / "changed.json"
        file.write_text(json.dumps(report))
        done = run(self.here.bin / "troth-testtool", "verify", "--api", "rest", "--gateway",
                   self.here.gateway_url, "--report", file, "--nonce", nonce, "--output", "json",
                   *options, accepted=(0, 1))
        return {(each["code"], each["rule"]) for each in json.loads(done.stdout)["troth"]["findings"]
                if each["outcome"] == "fail"}

    def reconfigure(self, **driver):
        """Starts the driver anew."""
        process = self.here.processes[self.here.driver]
        process.stop()
        own = self.here.configurations()[self.here.driver]
        running = dict(self.here.processes)
        self.here.configure(driver_azure={**own, **driver})
        self.here.processes.update(running)
        process.start()

    def test_a_machine_is_affirmed_and_what_is_not_of_it_is_refused(self):
        for kind in (AzureSnpDeployment, AzureTdxDeployment):
            with self.subTest(kind.__name__):
                here = self.start(kind)
                self.assertIn("SUCCESS", here.attest().stdout)
                report = self.report()
                hardware, tpm = report["evidences"]
                self.assertEqual((hardware["type"], tpm["type"]),
                                 (f"azure {here.hardware.upper()} Evidence", "azure vTPM Evidence"))
                self.assertEqual(self.faults(report), set())
                self.check_refusals(report, hardware, tpm)
                self.assertIn("SUCCESS", here.attest().stdout)
                here.close()

    def check_refusals(self, report, hardware, tpm):
        def faults(*evidences):
            return self.faults({**report, "evidences": list(evidences)})

        with self.subTest("another nonce"):
            self.assertEqual(self.faults(report, "00" * 32), {("context.nonce", "context.nonce")})
        with self.subTest("a policy as it comes"):
            self.assertEqual(self.faults(report, NONCE, "--policy", "default"),
                             {("evidence.simulated", "evidence.simulated"),
                              ("evidence.required", "evidence.required")})
        with self.subTest("the hardware's answer to another question"):
            old = self.report("77" * 32)["evidences"]
            self.assertEqual(faults(old[0], tpm), {("azure.nonce", "azure.nonce")})
            self.assertEqual(faults(hardware, old[1]), {("tpm.nonce", "tpm.nonce")})
        with self.subTest("changed runtime data"):
            data = bytearray(base64.b64decode(hardware["addData"]))
            at = data.index(b'"user-data":"') + len(b'"user-data":"')
            data[at] = ord("1") if data[at] == ord("0") else ord("0")  # still a digit
            changed = {**hardware, "addData": base64.b64encode(data).decode()}
            self.assertEqual(faults(changed, tpm), {("azure.claims", "azure.claims"),
                                                    ("azure.hardware", "azure.hardware")})
        with self.subTest("no hardware"):
            self.assertIn(("azure.hardware", "azure.hardware"), faults(tpm))

    def test_a_recorded_report_of_a_real_machine_is_old_and_of_another_key(self):
        vector = VECTORS / "snp/snp-v3-milan-azure"
        if not vector.is_dir():
            self.skipTest("no vectors")
        here = self.start(AzureSnpDeployment)
        recorded = self.folder / "recorded"
        recorded.mkdir()
        shutil.copy(vector / "hcl_report.bin", recorded)
        roots = VECTORS / "snp/roots"
        issuers = "".join((roots / f"milan_{name}.pem").read_text() for name in ("ask", "ark"))
        service = MetadataService(chain=(pem_of((vector / "vcek.der").read_bytes()), issuers))
        self.addCleanup(service.server_close)
        self.addCleanup(service.shutdown)
        self.reconfigure(azure={"source": "recorded", "path": str(recorded),
                                "metadataService": service.address})
        here.processes[here.driver].wait_until_ready()
        found = self.faults(self.report())
        self.assertIn(("azure.nonce", "azure.nonce"), found)
        self.assertIn(("bad_signature", "tpm.signature"), found)
        self.assertNotIn(("evidence.simulated", "evidence.simulated"), found)
        self.assertNotIn("azure.claims", {rule for _, rule in found})
        self.assertIn(("/metadata/THIM/amd/certification", "true"), service.asked)

    def test_a_trust_domains_report_is_made_a_quote_by_the_metadata_service(self):
        vector = VECTORS / "tdx/tdx-v4-trustee-azure-00806f050000"
        if not vector.is_dir():
            self.skipTest("no vectors")
        here = self.start(AzureTdxDeployment)
        recorded = self.folder / "recorded"
        recorded.mkdir()
        whole = (vector / "hcl-report.bin").read_bytes()
        (recorded / "hcl_report.bin").write_bytes(whole)
        quote = (vector / "quote.bin").read_bytes()
        service = MetadataService(quote=quote)
        self.addCleanup(service.server_close)
        self.addCleanup(service.shutdown)
        self.reconfigure(attachCollateral=False,
                         azure={"source": "recorded", "path": str(recorded),
                                "metadataService": service.address})
        here.processes[here.driver].wait_until_ready()
        report = self.report()
        self.assertEqual(base64.b64decode(report["evidences"][0]["evidence"]), quote)
        asked = whole[HCL_HEADER:HCL_HEADER + TD_REPORT]
        self.assertEqual(service.asked, [("/acc/tdquote", b64url(asked))])
        found = self.faults(report)
        self.assertIn(("azure.nonce", "azure.nonce"), found)
        self.assertIn(("bad_signature", "tpm.signature"), found)
        self.assertNotIn("azure.claims", {rule for _, rule in found})

    def test_what_is_no_machine_on_azure_gives_nothing(self):
        here = AzureSnpDeployment(pathlib.Path(self.enterContext(
            tempfile.TemporaryDirectory(prefix="troth-azure-"))) / "here", ROOT)
        self.addCleanup(here.close)
        here.make_certificates()
        here.make_logs([here.bin / "troth-est"])
        here.boot()
        here.configure(driver_azure={**here.configurations()[here.driver],
                                     "azure": {"source": "vtpm"}})
        driver = here.processes[here.driver]
        driver.start()
        done = subprocess.run(driver.health, capture_output=True, text=True, timeout=60,
                              check=False)
        while "not_found" not in done.stdout + done.stderr:
            done = subprocess.run(driver.health, capture_output=True, text=True, timeout=60,
                                  check=False)
        self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
