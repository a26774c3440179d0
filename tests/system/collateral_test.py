#!/usr/bin/env python3
"""A verifier finds what reports came without: collateral_test.py ROOT."""
import base64
import json
import pathlib
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(sys.argv.pop()).resolve()
sys.path[:0] = [str(ROOT / "deploy/demo.d"), str(ROOT / "tests/support")]
from processes import run  # noqa: E402
from silicon import SgxDeployment, SnpDeployment, TdxDeployment  # noqa: E402
from vendor_services import (VendorService, amd_pages, intel_pages, naming_its_pck,  # noqa: E402
                             pck_page)


class Collateral(unittest.TestCase):
    def start(self, kind):
        """A deployment whose driver attaches nothing, and the services of its vendor."""
        folder = tempfile.TemporaryDirectory(prefix="troth-collateral-")
        self.addCleanup(folder.cleanup)
        here = kind(pathlib.Path(folder.name) / "here", ROOT)
        self.addCleanup(here.close)
        here.make_certificates()
        source = {"anchor": here.anchor, "attachCollateral": False,
                  here.source: {"source": "simulated"}}
        self.changes = {here.driver.replace("-", "_"): source}
        here.configure(**self.changes)
        here.start(here.driver)
        here.make_metadata()
        self.server = VendorService(amd_pages(here.vendor) if here.anchor == "snp"
                                    else intel_pages(here.vendor, here.anchor))
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        return here

    def configure(self, here, **collateral):
        """Configures the verifier anew: its vendor's service, and what else is said."""
        trust = here.configurations()["verifier"]["trust"]
        trust.pop("snpRevocationLists", None)
        running = dict(here.processes)
        here.configure(**self.changes, verifier={"trust": trust, "collateral": collateral})
        here.processes.update(running)

    def restart_verifier(self, here):
        here.processes["verifier"].stop()
        here.start("verifier")
        here.processes["gateway"].wait_until_ready()  # which has found it again

    def test_what_is_not_carried_is_fetched_once_kept_and_carried_to_an_island(self):
        for kind, vendor in ((SnpDeployment, "amd"), (SgxDeployment, "intel"),
                             (TdxDeployment, "intel")):
            with self.subTest(kind=kind.__name__):
                here = self.start(kind)
                self.configure(here, **{vendor: self.server.address})
                here.start(*[name for name in here.roles if name != here.driver])
                for _ in range(2):
                    self.assertIn("SUCCESS", here.attest().stdout)
                    self.assertEqual(sorted(self.server.asked), sorted(self.server.pages))

                self.server.status = 503
                self.restart_verifier(here)
                self.assertIn("SUCCESS", here.attest().stdout)
                self.assertEqual(sorted(self.server.asked), sorted(self.server.pages))

                kept = here.folder / "state/verifier/collateral"
                bundle = here.folder / "bundle.json"
                island = here.folder / "island"
                tool = here.bin / "troth-metatool"
                run(tool, "collateral", "export", kept, "--out", bundle)
                self.assertEqual(len(json.loads(bundle.read_text())["items"]),
                                 len(self.server.pages))
                self.configure(here, folder=str(island))
                self.restart_verifier(here)
                refused = here.attest(accepted=(1,)).stdout
                self.assertIn("snp.vek" if vendor == "amd" else "intel.collateral", refused)
                refused = run(tool, "collateral", "import", island, "--in", bundle,
                              accepted=(5,))
                self.assertIn("untrusted", refused.stderr)  # no root of its vendor is pinned
                run(tool, "collateral", "import", island, "--in", bundle, "--roots",
                    here.vendor / here.root_file)
                shown = run(tool, "collateral", "show", island).stdout
                self.assertIn(self.server.address, shown)
                self.assertIn("SUCCESS", here.attest().stdout)
                here.close()

    def test_a_pck_certificate_that_a_quote_only_names_is_fetched_once(self):
        here = self.start(SgxDeployment)
        self.configure(here, intel=self.server.address)
        here.start(*[name for name in here.roles if name != here.driver])
        report = here.folder / "report.json"
        nonce = "5a" * 32
        run(here.bin / "troth-testtool", "generate", "--gateway", here.gateway_url, "--nonce",
            nonce, "--out", report)
        document = json.loads(report.read_text())
        quote = base64.b64decode(document["evidences"][0]["evidence"])
        good = naming_its_pck(quote)

        def faults(quote):
            document["evidences"][0]["evidence"] = base64.b64encode(quote).decode()
            report.write_text(json.dumps(document))
            done = run(here.bin / "troth-testtool", "verify", "--api", "rest", "--gateway",
                       here.gateway_url, "--report", report, "--nonce", nonce, "--output", "json",
                       accepted=(0, 1))
            return {(each["code"], each["rule"])
                    for each in json.loads(done.stdout)["troth"]["findings"]
                    if each["outcome"] == "fail"}

        self.assertEqual(faults(good), {("missing", "intel.pck")})  # the service has none
        self.server.pages.update(pck_page(quote))
        self.restart_verifier(here)  # which has remembered that
        for _ in range(2):
            self.assertEqual(faults(good), set())
        path, = pck_page(quote)
        self.assertEqual(self.server.asked.count(path), 2)
        another = naming_its_pck(quote, b"\xe8" * 384)
        self.server.pages.update(pck_page(quote, b"\xe8" * 384))
        self.assertEqual(faults(another), set())  # whose PPID it is, only Intel reads
        changed = bytearray(good)
        changed[-20] ^= 1  # in CPUSVN: a certificate that there is not
        self.assertEqual(faults(bytes(changed)), {("missing", "intel.pck")})

    def test_a_service_that_does_not_answer_costs_a_refusal_and_no_more(self):
        here = self.start(TdxDeployment)
        self.server.status = 500
        self.configure(here, intel=self.server.address)
        here.start(*[name for name in here.roles if name != here.driver])
        for _ in range(3):
            self.assertIn("intel.collateral", here.attest(accepted=(1,)).stdout)
        asked = len(self.server.asked)
        self.assertLessEqual(asked, 3)  # it is left alone for a while
        self.server.status = 200
        end = time.monotonic() + 60
        while "SUCCESS" not in here.attest(accepted=(0, 1)).stdout:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.2)


if __name__ == "__main__":
    unittest.main()
