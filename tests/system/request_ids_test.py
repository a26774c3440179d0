#!/usr/bin/env python3
"""One request, one id and one trace in the logs of every process that had a part in its answer.

Arguments: the folder of the sources. A software TPM is the machine's anchor: its key is certified
by the EST server.
"""
import base64
import hashlib
import http.client
import json
import pathlib
import re
import shutil
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1))
sys.path[:0] = [str(SOURCE / "deploy" / "demo.d"), str(SOURCE / "tests" / "support")]
from deployment import Deployment  # noqa: E402
from doors import CoapDoor, GrpcDoor, Refused, SocketDoor  # noqa: E402
from processes import free_ports  # noqa: E402

NONCE = b"a nonce of ours!"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACE_PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
PCR = 13
CONFIGURATION = {"ociVersion": "1.0.2", "process": {"args": ["sh"]}}
CONTAINER = {"type": "application",
             "ctrData": {"configSha256": hashlib.sha256(json.dumps(
                 CONFIGURATION, separators=(",", ":")).encode()).digest(),
                         "rootfsSha256": b"\x01" * 32, "ociSpec": CONFIGURATION}}
SEVERAL = {"driver-tpm": "driver", "prover": "prover", "est": "est", "verifier": "verifier",
           "gateway": "gateway"}


class RequestIds(unittest.TestCase):
    """Everything runs from the first test to the last."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="troth-ids-")
        cls.addClassCleanup(folder.cleanup)
        cls.machine = machine = Deployment(folder.name, SOURCE, SEVERAL)
        cls.addClassCleanup(machine.close)
        machine.configurations = lambda: {name: own for name, own in
                                          Deployment.configurations(machine).items()
                                          if name in SEVERAL}
        machine.make_certificates()
        machine.make_logs([machine.bin / "troth-est"])
        machine.boot()
        machine.make_metadata()
        port = free_ports(1)[0]
        unix = machine.folder / "gateway.socket"
        tokens = machine.folder / "tokens"
        tokens.write_text(f"{hashlib.sha256(b'all').hexdigest()} attester+operator+admin\n")
        machine.configure(
            driver_tpm={"anchor": "tpm", "est": machine.address("est"),
                        "tpm": {"tcti": machine.tcti, "pcrs": ["0-10", "13", "14"]},
                        "containers": {"pcr": PCR},
                        "logs": {"boot": str(machine.boot_log), "ima": str(machine.ima_list)}},
            prover={"containerDriver": machine.address("driver-tpm"), "refreshSeconds": 3600},
            gateway={"provers": [machine.address("prover")],
                     "verifiers": [machine.address("verifier")], "est": machine.address("est"),
                     "rest": {"listen": f"127.0.0.1:{machine.rest_port}", "tokens": str(tokens)},
                     "socket": {"unix": str(unix)},
                     "grpc": {"listen": f"127.0.0.1:{port}"},
                     "coap": {"listen": f"127.0.0.1:{port}"}})
        machine.start()
        cls.doors = {"socket": SocketDoor(unix, "json"),
                     "grpc": GrpcDoor(port, metadata=[("traceparent", TRACE_PARENT)]),
                     "coap": CoapDoor(f"coap://127.0.0.1:{port}", "cbor")}

    def log(self, process):
        return self.machine.processes[process].log.read_text().splitlines()

    def rest(self, method, path, body=None, media_type="application/json"):
        """Asks by REST. Returns the status, the body and the request's id."""
        connection = http.client.HTTPConnection("127.0.0.1", self.machine.rest_port, timeout=60)
        headers = {"traceparent": TRACE_PARENT, "Authorization": "Bearer all"}
        if body is not None:
            headers["Content-Type"] = media_type
        connection.request(method, path, body if body is None or isinstance(body, (bytes, str))
                           else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content, answer.headers["X-Request-Id"]

    def by_door(self, door, operation, members):
        """Asks by another door, which tells no id: the gateway's log does. Returns id and trace."""
        before = len(self.log("gateway"))
        refused = None
        try:
            self.doors[door].ask(operation, members)
        except Refused as why:
            refused = why
        line = self.wait_for_line(
            "gateway", rf"{door}\.answered request=(\w+) trace=(\w+) .*operation={operation} ",
            before)
        self.assertIsNone(refused, line.group(0))
        return line.group(1), line.group(2)

    def wait_for_line(self, process, pattern, first=0):
        end = time.monotonic() + 10
        while True:
            for line in self.log(process)[first:]:
                if found := re.search(pattern, line):
                    return found
            if time.monotonic() > end:
                self.fail(f"no {pattern!r} in the log of {process}:\n"
                          + "\n".join(self.log(process)[first:][-20:]))
            time.sleep(0.05)

    def check_logged(self, request, trace, *expected):
        """Each line of `expected`, process and how it begins, has id and trace."""
        for process, line in expected:
            with self.subTest(process=process, line=line):
                self.wait_for_line(
                    process, rf" {re.escape(line)}( .*)? request={request} trace={trace}( |$)")

    def check_unlogged(self, request, *processes):
        for process in processes:
            self.assertNotIn(request, "\n".join(self.log(process)), process)

    def attested(self):
        return [("prover", "link.answered what=attest code=ok"),
                ("driver-tpm", "link.answered what=collateral code=ok"),
                ("driver-tpm", "link.answered what=evidence code=ok")]

    # -- an attestation, by each door

    def test_an_attestation_by_rest(self):
        status, body, request = self.rest(
            "POST", "/v1/attestations", {"nonce": base64.b64encode(NONCE).decode()})
        self.assertEqual(status, 200, body)
        self.check_logged(request, TRACE, ("gateway", "http.answered"), *self.attested())
        self.check_unlogged(request, "verifier", "est")

    def test_an_attestation_by_the_other_doors(self):
        for door in self.doors:
            request, trace = self.by_door(door, "Attest", {"nonce": NONCE})
            self.assertEqual(trace == TRACE, door == "grpc", door)
            self.check_logged(request, trace, *self.attested())

    # -- what changes the machine

    def test_a_measure(self):
        for door in self.doors:
            request, trace = self.by_door(
                door, "Measure", {"event": {**CONTAINER, "name": f"by {door}"}})
            self.check_logged(request, trace, ("prover", "link.answered what=measure code=ok"),
                              ("driver-tpm", "link.answered what=measure code=ok"),
                              ("driver-tpm", f'anchor what="measured the container by {door}"'))

    def test_an_update_of_certificates_goes_on_to_the_est_server(self):
        request, trace = self.by_door("socket", "UpdateCerts", {})
        self.check_logged(request, trace, ("prover", "link.answered what=update code=ok"),
                          ("driver-tpm", "link.answered what=update code=ok"),
                          ("driver-tpm", 'anchor what="the attestation key is certified"'),
                          ("est", "link.answered what=enrol code=ok"))

    def test_an_update_of_metadata_goes_on_to_the_est_server(self):
        request, trace = self.by_door("socket", "UpdateMetadata", {})
        self.check_logged(request, trace, ("prover", "link.answered what=update code=ok"),
                          ("est", "link.answered what=metadata code=ok"))

    def test_an_enrolment_at_the_start_has_an_id_of_its_own(self):
        line = self.wait_for_line(
            "driver-tpm", r'anchor what="the attestation key is certified" request=(\w+) trace=(\w+)')
        self.check_logged(line.group(1), line.group(2), ("est", "link.answered what=enrol code=ok"))

    # -- what else a gateway asks

    def test_metadata(self):
        status, body, request = self.rest("GET", "/v1/metadata")
        self.assertEqual(status, 200, body)
        self.check_logged(request, TRACE, ("gateway", "http.answered"),
                          ("est", "link.answered what=metadata code=ok"))
        digest = json.loads(body)["items"][0]["digest"]
        _, _, request = self.rest("GET", f"/v1/metadata/{digest}")
        self.check_logged(request, TRACE, ("est", "link.answered what=metadata code=ok"))
        status, body, request = self.rest("POST", "/v1/metadata", "{}", "application/jose+json")
        self.assertEqual(status, 400, body)
        code = json.loads(body)["code"]
        self.check_logged(request, TRACE, ("est", f"link.answered what=metadata code={code}"))

    def test_what_verifiers_are_asked(self):
        for method, path, what in (
                ("POST", "/v1/challenges", "challenge"), ("GET", "/v1/policies", "policies"),
                ("GET", "/v1/policies/no/one", "policies"),
                ("GET", "/v1/reference-values", "references"),
                ("DELETE", "/v1/reference-values/none", "references"),
                ("GET", "/v1/trust-anchors", "anchors"), ("GET", "/v1/collateral", "collateral"),
                ("GET", "/v1/appraisals/none", "outcome"),
                ("GET", "/.well-known/jwks.json", "keys")):
            status, body, request = self.rest(method, path)
            code = "ok" if status < 300 else json.loads(body)["code"]
            self.check_logged(request, TRACE,
                              ("verifier", f"link.answered what={what} code={code}"))
            self.check_unlogged(request, "prover", "est", "driver-tpm")

    def test_an_appraisal(self):
        _, report, _ = self.rest("POST", "/v1/attestations",
                                 {"nonce": base64.b64encode(NONCE).decode(), "peer": "p"})
        asked = {"report": json.loads(report), "nonce": base64.b64encode(NONCE).decode()}
        status, body, request = self.rest("POST", "/v1/appraisals", asked)
        self.assertEqual(status, 200, body)
        self.check_logged(request, TRACE, ("verifier", "appraisal"))
        status, body, request = self.rest("POST", "/v1/appraisals/batch", [asked, asked])
        self.assertEqual(status, 200, body)
        for number in range(2):
            self.check_logged(rf"{request}\.{number}", TRACE, ("verifier", "appraisal"))
        status, body, request = self.rest(
            "POST", "/v1/appraisals", {"report": asked["report"], "challengeId": "00" * 16})
        code = json.loads(body)["code"]
        self.assertEqual(code, "no_challenge")
        self.check_logged(request, TRACE, ("verifier", f"link.answered what=appraise code={code}"))
        request, trace = self.by_door("socket", "PeerCache", {"peer": "p"})
        self.check_logged(request, trace, ("verifier", "link.answered what=known code=ok"))


if __name__ == "__main__":
    if not shutil.which("swtpm") or not shutil.which("swtpm_setup"):
        print("SKIPPED: no swtpm on this machine")
        sys.exit(77)
    unittest.main()
