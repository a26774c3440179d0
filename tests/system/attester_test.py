#!/usr/bin/env python3
"""A machine with a software TPM and all processes of an attester: enrols, reports, heals.

Arguments: the folder of the executables, the folder of the sources. Reports are asked for at a
gateway, since a prover answers nobody else.
"""
import base64
import hashlib
import http.client
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

BIN, SOURCE = map(pathlib.Path, sys.argv[1:3])
del sys.argv[1:3]
sys.path.insert(0, str(SOURCE / "deploy" / "demo.d"))
from processes import Process, free_ports, run  # noqa: E402

NONCE = bytes(range(32))
SERVICES = ("est", "driver-tpm", "driver-sw", "prover", "gateway")


def context_of(report):
    text = report["context"]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class Machine(unittest.TestCase):
    """Everything runs from the first test to the last."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="troth-attester-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        ports = free_ports(2 * len(SERVICES) + 1)
        cls.ports = dict(zip(SERVICES, ports))
        cls.admin = dict(zip(SERVICES, ports[len(SERVICES):]))
        cls.rest = ports[-1]
        cls.tpm_port = free_ports(1, adjacent=2)[0]
        cls.tcti = f"swtpm:host=127.0.0.1,port={cls.tpm_port}"
        cls.make_pki()
        cls.make_logs()
        (cls.folder / "metadata").mkdir()
        cls.processes = {"swtpm": Process(
            "swtpm", [SOURCE / "deploy/swtpm/start", cls.folder / "tpm", cls.tpm_port],
            cls.folder / "swtpm.log")}
        for service in SERVICES:
            cls.processes[service] = cls.make_process(service)
        cls.addClassCleanup(lambda: [each.kill() for each in cls.processes.values()])
        cls.boot()
        for service in reversed(SERVICES):  # the order must not matter
            cls.processes[service].start()
        for service in SERVICES:
            cls.processes[service].wait_until_ready(60)

    @classmethod
    def make_pki(cls):
        cls.pki = cls.folder / "pki"
        run(BIN / "troth-pki", "init", "--dir", cls.pki)
        for service in SERVICES:
            run(BIN / "troth-pki", "issue", "--dir", cls.pki, "--role", service.split("-")[0],
                "--name", service, "--ip", "127.0.0.1", "--out", cls.pki / service)
        run(SOURCE / "deploy/swtpm/setup", cls.folder / "tpm")

    @classmethod
    def make_logs(cls):
        cls.boot_log, cls.ima_list = cls.folder / "boot.log", cls.folder / "ima.list"
        run(BIN / "troth-tpm-replay", "make-boot-log", "--out", cls.boot_log)
        run(BIN / "troth-tpm-replay", "make-ima-list", "--boot-log", cls.boot_log,
            "--out", cls.ima_list, sys.executable, BIN / "troth-est")

    @classmethod
    def boot(cls):
        cls.processes["swtpm"].start()
        end = time.monotonic() + 20
        while subprocess.run([BIN / "troth-tpm-replay", "--tcti", cls.tcti, "--boot-log",
                              cls.boot_log, "--ima-list", cls.ima_list],
                             capture_output=True, check=False).returncode != 0:
            assert time.monotonic() < end, "the software TPM does not come up"
            time.sleep(0.05)

    @classmethod
    def make_process(cls, service):
        own = {"name": "machine" if service.startswith("driver") else service,
               "listen": cls.at(service),
               "admin": f"127.0.0.1:{cls.admin[service]}",
               "state": str(cls.folder / service),
               "tls": {"ca": str(cls.pki / "tls-ca.pem"),
                       "certificate": str(cls.pki / f"{service}.pem"),
                       "key": str(cls.pki / f"{service}.key")},
               **cls.settings(service)}
        if service == "gateway":
            del own["listen"]
        file = cls.folder / f"{service}.json"
        file.write_text(json.dumps(own))
        program = BIN / f"troth-{service.split('-')[0]}"
        return Process(service, [program, "--config", file], cls.folder / f"{service}.log",
                       [program, "health", "--config", file])

    @classmethod
    def settings(cls, service):
        return {
            "est": {"ekRoots": [str(cls.folder / "tpm/ek-roots.pem")],
                    "akCa": {"certificate": str(cls.pki / "ak-ca.pem"),
                             "key": str(cls.pki / "ak-ca.key")},
                    "metadata": str(cls.folder / "metadata")},
            "driver-tpm": {"anchor": "tpm", "tpm": {"tcti": cls.tcti}, "est": cls.at("est"),
                           "logs": {"boot": str(cls.boot_log), "ima": str(cls.ima_list)}},
            "driver-sw": {"anchor": "sw"},
            "prover": {"drivers": [cls.at("driver-tpm")],
                       "optionalDrivers": [cls.at("driver-sw")], "est": cls.at("est"),
                       "refreshSeconds": 1},
            "gateway": {"provers": [cls.at("prover")],
                        "rest": {"listen": f"127.0.0.1:{cls.rest}"}}}[service]

    @classmethod
    def at(cls, service):
        return f"127.0.0.1:{cls.ports[service]}"

    def ask(self, encoding="json"):
        """Asks for a report. Returns the status and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.rest, timeout=60)
        connection.request("POST", "/v1/attestations",
                           json.dumps({"nonce": base64.b64encode(NONCE).decode(),
                                       "encoding": encoding}),
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    def report(self):
        status, body = self.ask()
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def report_within(self, seconds, holds=lambda report: True):
        end = time.monotonic() + seconds
        while True:
            status, body = self.ask()
            if status == 200 and holds(json.loads(body)):
                return json.loads(body)
            self.assertLess(time.monotonic(), end, body[:2000])
            time.sleep(0.1)

    # -- what a report says

    def test_a_report_has_evidence_of_both_drivers_over_its_context(self):
        report = self.report()
        self.assertEqual([each["type"] for each in report["evidences"]],
                         ["TPM Evidence", "SW Evidence"])
        context = context_of(report)
        self.assertEqual(base64.b64decode(context["nonce"]), NONCE)
        expected = hashlib.sha256(report["context"].encode()).digest()
        self.assertIn(expected, base64.b64decode(report["evidences"][0]["evidence"]))
        statement = json.loads(base64.b64decode(report["evidences"][1]["evidence"]))["payload"]
        self.assertIn(base64.b64encode(expected).decode(),
                      base64.urlsafe_b64decode(statement + "==").decode())

    def test_the_logs_lead_to_the_quoted_registers(self):
        report = self.report()
        tpm = context_of(report)["collateral"][0]
        self.assertEqual([each["index"] for each in tpm["artifacts"]], [*range(11), 14])
        values = b""
        for artifact in tpm["artifacts"]:
            value = bytes(32)
            for event in artifact.get("events", []):
                if event["name"] != "TPM_PCR_INIT_VALUE":
                    digest = bytes.fromhex(event["hashes"][0]["content"])
                    value = hashlib.sha256(value + digest).digest()
            values += value
        quote = base64.b64decode(report["evidences"][0]["evidence"])
        self.assertTrue(quote.endswith(hashlib.sha256(values).digest()))
        names = [each["name"] for each in tpm["artifacts"][10]["events"]]
        self.assertEqual(names[0], "boot_aggregate")
        self.assertIn("troth-est", names)

    def test_a_report_comes_in_cbor_too(self):
        status, body = self.ask("cbor")
        self.assertEqual(status, 200)
        self.assertEqual(body[0] >> 5, 5)  # a map
        self.assertIn(b"TPM Evidence", body)

    def test_the_key_was_certified_for_attestation_alone(self):
        chain = (self.folder / "driver-tpm/ak_chain.pem").read_text()
        (self.folder / "ak.pem").write_text(chain.split("-----END CERTIFICATE-----")[0]
                                            + "-----END CERTIFICATE-----\n")
        shown = run("openssl", "x509", "-in", self.folder / "ak.pem", "-noout", "-subject", "-ext",
                    "extendedKeyUsage").stdout
        self.assertIn("CN = machine TPM AK", shown)
        self.assertIn("2.23.133.8.3", shown)
        run("openssl", "verify", "-CAfile", self.pki / "ak-ca.pem", self.folder / "ak.pem")
        for secret in ("driver-tpm/ak.blob", "driver-tpm/ak_chain.pem", "driver-sw/sw_ak.pem"):
            self.assertEqual((self.folder / secret).stat().st_mode & 0o777, 0o600)

    def test_what_the_machine_executes_is_in_the_next_report(self):
        program = self.folder / "program"
        shutil.copy(sys.executable, program)
        run(BIN / "troth-tpm-replay", "measure", "--tcti", self.tcti, "--ima-list", self.ima_list,
            program)
        events = context_of(self.report())["collateral"][0]["artifacts"][10]["events"]
        self.assertEqual(events[-1]["description"], str(program))

    # -- what happens when something fails

    def test_each_process_may_be_killed_and_all_heals(self):
        for service in SERVICES:
            with self.subTest(service):
                self.processes[service].kill()
                self.processes[service].start()
                self.processes[service].wait_until_ready(30)
                if service != "gateway":
                    self.processes["gateway"].wait_until_ready(30)
                self.report_within(30)

    def test_a_prover_that_is_told_to_stop_finishes_its_reports(self):
        answers, ends = [], threading.Event()

        def ask():
            while not ends.is_set():
                answers.append(self.ask())
        askers = [threading.Thread(target=ask) for _ in range(3)]
        for one in askers:
            one.start()
        try:
            for _ in range(3):
                time.sleep(0.5)
                self.assertEqual(self.processes["prover"].stop(), 0)
                self.processes["prover"].start()
                self.processes["prover"].wait_until_ready(30)
                self.processes["gateway"].wait_until_ready(30)
        finally:
            ends.set()
            for one in askers:
                one.join()
        self.assertIn(200, {status for status, _ in answers})
        for status, body in answers:  # nobody is asked what nobody takes, and nothing else fails
            if status != 200:
                self.assertRegex(json.loads(body)["detail"], ": none is connected$")

    def test_a_machine_that_boots_again_goes_on_with_its_key(self):
        key = (self.folder / "driver-tpm/ak.blob").read_bytes()
        self.processes["swtpm"].kill()
        status, body = self.ask()
        self.assertEqual(status, 503, body)
        self.assertIn("driver " + self.at("driver-tpm"), json.loads(body)["detail"])
        self.boot()
        self.report_within(30)
        self.assertEqual((self.folder / "driver-tpm/ak.blob").read_bytes(), key)

    def test_an_optional_driver_that_is_away_is_left_out(self):
        self.processes["driver-sw"].kill()
        try:
            report = self.report_within(30, lambda each: len(each["evidences"]) == 1)
            self.assertEqual(len(context_of(report)["collateral"]), 1)
        finally:
            self.processes["driver-sw"].start()
        self.report_within(30, lambda each: len(each["evidences"]) == 2)

    def test_another_TPM_does_not_get_the_name(self):
        other = self.folder / "other"
        run(SOURCE / "deploy/swtpm/setup", other / "tpm")
        roots = self.folder / "tpm/ek-roots.pem"
        before = roots.read_text()
        roots.write_text(before + (other / "tpm/ek-roots.pem").read_text())
        self.addCleanup(self.restart, "est")
        self.addCleanup(roots.write_text, before)
        self.restart("est")
        port = free_ports(1, adjacent=2)[0]
        tpm = Process("other swtpm", [SOURCE / "deploy/swtpm/start", other / "tpm", port],
                      other / "swtpm.log")
        tpm.start()
        self.addCleanup(tpm.kill)
        configuration = json.loads((self.folder / "driver-tpm.json").read_text())
        listen, admin = free_ports(2)
        configuration.update(listen=f"127.0.0.1:{listen}", admin=f"127.0.0.1:{admin}",
                             state=str(other / "state"))
        configuration["tpm"]["tcti"] = f"swtpm:host=127.0.0.1,port={port}"
        file = other / "driver.json"
        file.write_text(json.dumps(configuration))
        driver = Process("other driver", [BIN / "troth-driver", "--config", file],
                         other / "driver.log")
        driver.start()
        self.addCleanup(driver.kill)
        end = time.monotonic() + 30
        while "another TPM has enrolled as machine" not in driver.tail(50):
            self.assertLess(time.monotonic(), end, driver.tail(50))
            time.sleep(0.1)
        self.assertFalse((other / "state/ak_chain.pem").exists())

    def restart(self, service):
        self.processes[service].kill()
        self.processes[service].start()
        self.processes[service].wait_until_ready(30)

    # -- how they start and stop

    def test_a_configuration_that_cannot_work_is_refused(self):
        for service, change, code in (
                ("est", {"ekRoots": []}, "missing: ekRoots"),
                ("est", {"akCa": {"certificate": str(self.pki / "metadata-ca.pem")}}, "conflict"),
                ("est", {"ekRoot": []}, "unknown_key"),
                ("driver-tpm", {"est": ""}, "missing: est"),
                ("driver-tpm", {"tpm": {"pcrs": []}}, "missing: tpm.pcrs"),
                ("driver-tpm", {"tpm": {"pcrs": ["24"]}}, "malformed: tpm.pcrs"),
                ("driver-tpm", {"name": "A Machine"}, "malformed: name"),
                ("driver-tpm", {"anchor": "sgx"}, "unsupported: intel.source"),
                ("prover", {"drivers": [], "optionalDrivers": []}, "missing: drivers")):
            with self.subTest(service=service, change=change):
                file = self.folder / "changed.json"
                file.write_text(json.dumps(change))
                done = subprocess.run([*self.processes[service].command, "--config", file,
                                       "--check-config"], capture_output=True, text=True,
                                      timeout=30, check=False)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertIn(code, done.stderr)

    def test_the_log_has_no_secret(self):
        logs = "".join((self.folder / f"{each}.log").read_text() for each in SERVICES)
        self.assertIn("certified a key of machine", logs)
        for file in ("driver-sw/sw_ak.pem", "driver-tpm/ak_chain.pem"):
            self.assertNotIn((self.folder / file).read_text().splitlines()[1], logs)

    def test_z_each_stops_when_told(self):
        for service in SERVICES:
            self.assertEqual(self.processes[service].stop(), 0, self.processes[service].tail())


if __name__ == "__main__":
    if not shutil.which("swtpm") or not shutil.which("swtpm_setup"):
        print("SKIPPED: no swtpm on this machine")
        sys.exit(77)
    unittest.main()
