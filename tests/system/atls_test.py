#!/usr/bin/env python3
"""Attested TLS between two programs whose machine has a software TPM: atls_test.py ROOT."""
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(sys.argv.pop()).resolve()
sys.path.insert(0, str(ROOT / "deploy/demo.d"))
from deployment import Deployment  # noqa: E402
from processes import free_ports, run  # noqa: E402


class AttestedTls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="troth-atls-")
        cls.addClassCleanup(folder.cleanup)
        cls.here = Deployment(pathlib.Path(folder.name) / "here", ROOT)
        cls.addClassCleanup(cls.here.close)
        cls.here.make_certificates()
        cls.program = cls.here.folder / "program"
        shutil.copy("/bin/true", cls.program)
        cls.here.make_logs([cls.program])
        cls.here.make_metadata()
        cls.here.boot()
        cls.socket = cls.here.folder / "gateway.sock"
        cls.here.configure(gateway={"socket": {"unix": str(cls.socket)}})
        cls.here.start()

    def side(self, name, here=None, roots=None):
        here = here or self.here
        files = here.tls(name)
        return ["--gateway", here.gateway_url, "--tls-roots", roots or files["ca"],
                "--tls-cert", files["certificate"], "--tls-key", files["key"]]

    def listen(self, *options, here=None):
        """Starts a listener and returns it with its address."""
        started = subprocess.Popen(
            [self.here.bin / "troth-testtool", "listen", "localhost:0",
             *self.side("gateway", here), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (started.kill(), started.communicate()))
        said = started.stdout.readline()
        self.assertTrue(said.startswith("listening on localhost:"), said or started.stderr.read())
        return started, said.split()[-1]

    def dial(self, address, *options, accepted=(0,), here=None, roots=None):
        return run(self.here.bin / "troth-testtool", "dial", address,
                   *self.side("verifier", here, roots), *options, accepted=accepted)

    def test_both_speak_once_both_have_proved_themselves(self):
        for encoding in ("json", "cbor"):
            with self.subTest(encoding):
                listener, address = self.listen("--count", "1", "--encoding", encoding)
                done = self.dial(address, "--send", "hello there")
                self.assertIn("SUCCESS  attestation of example-machine", done.stdout)
                self.assertTrue(done.stdout.endswith("hello there\n"), done.stdout)
                said, _ = listener.communicate(timeout=30)
                self.assertEqual(listener.returncode, 0)
                self.assertIn("SUCCESS  attestation of example-machine", said)

    def test_a_peer_that_is_known_leaves_its_metadata_out(self):
        """Over an API of the reference; another certificate is another peer."""
        files = self.here.tls("est")
        side = ["--gateway", f"unix://{self.socket}", "--tls-roots", files["ca"],
                "--tls-cert", files["certificate"], "--tls-key", files["key"]]
        started = subprocess.Popen(
            [self.here.bin / "troth-testtool", "listen", "localhost:0", "--count", "2", *side],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (started.kill(), started.communicate()))
        address = started.stdout.readline().split()[-1]
        for _ in range(2):
            done = run(self.here.bin / "troth-testtool", "dial", address, *side)
            self.assertIn("SUCCESS  attestation of example-machine", done.stdout)
        self.assertEqual(started.wait(timeout=30), 0)
        sent = [int(size) for size in re.findall(r"operation=Attest .*? sent=(\d+)",
                                                 (self.here.logs / "gateway.log").read_text())]
        self.assertEqual(len(sent), 4)
        self.assertLess(2 * max(sent[2:]), min(sent[:2]))

    def test_results_go_where_they_are_published(self):
        heard = []

        class Collector(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                heard.append((self.headers["Content-Type"],
                              json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Collector)
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        url = f"http://127.0.0.1:{server.server_port}/results"
        _, address = self.listen()
        self.dial(address, "--publish", url)
        self.assertEqual([(kind, result["summary"]["status"]) for kind, result in heard],
                         [("application/json", "success")])
        self.dial(address, "--publish", url, "--publish-as", "ocsf")
        self.assertEqual(len(heard), 1, "a success is no finding")
        nobody = f"http://127.0.0.1:{free_ports(1)[0]}/"
        done = self.dial(address, "--publish", nobody, accepted=(4,))
        self.assertIn("unavailable: publishing: ", done.stderr)

    def test_only_who_has_to_is_judged(self):
        listener, address = self.listen("--count", "1", "--mode", "server")
        done = self.dial(address, "--mode", "server", "--send", "hello")
        self.assertIn("SUCCESS", done.stdout)
        self.assertNotIn("SUCCESS", listener.communicate(timeout=30)[0])

    def test_a_tls_key_may_be_in_the_tpm_of_openssl(self):
        """The key that tpm2-openssl makes in a TPM of its own."""
        folder = self.here.folder / "tpm2"
        folder.mkdir()
        port = free_ports(1, adjacent=2)[0]
        started = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}", "--flags",
             "not-need-init,startup-clear", "--server", f"type=tcp,port={port}",
             "--ctrl", f"type=tcp,port={port + 1}"])
        self.addCleanup(lambda: (started.kill(), started.wait()))
        self.here.wait_for_port(port)
        environment = {**os.environ, "TPM2OPENSSL_TCTI": f"swtpm:host=127.0.0.1,port={port}"}
        key, request, certificate = (folder / name for name in ("key.pem", "csr.pem", "cert.pem"))
        of_tpm = ["-provider", "tpm2", "-provider", "default"]
        ca = self.here.pki / "tls-ca"
        for command in (
                ["genpkey", *of_tpm, "-algorithm", "EC", "-pkeyopt", "group:P-256", "-out", key],
                ["req", *of_tpm, "-new", "-key", key, "-subj", "/CN=tpm", "-out", request],
                ["x509", "-req", "-in", request, "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key",
                 "-days", "1", "-out", certificate]):
            subprocess.run(["openssl", *command], env=environment, check=True,
                           capture_output=True)
        self.assertIn("TSS2 PRIVATE KEY", key.read_text())
        _, address = self.listen("--count", "1")
        done = subprocess.run(
            [self.here.bin / "troth-testtool", "dial", address, "--gateway", self.here.gateway_url,
             "--tls-roots", f"{ca}.pem", "--tls-cert", certificate, "--tls-key", key,
             "--tls-provider", "tpm2", "--send", "signed by a TPM"], env=environment,
            capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.endswith("signed by a TPM\n"), done.stdout)

    def test_a_mode_that_the_other_does_not_demand_is_refused(self):
        listener, address = self.listen("--count", "1")
        done = self.dial(address, "--mode", "none", accepted=(1,))
        self.assertIn("forbidden: aTLS request.attest: mutual, expected none", done.stderr)
        self.assertIn("forbidden: aTLS", listener.communicate(timeout=30)[1])

    def test_who_stands_under_another_ca_is_refused(self):
        _, address = self.listen()
        done = self.dial(address, roots=self.here.pki / "ak-ca.pem", accepted=(5,))
        self.assertIn("untrusted: aTLS: the peer's certificate", done.stderr)

    def test_nobody_there_exits_4_and_a_wrong_command_line_2(self):
        self.dial(f"localhost:{free_ports(1)[0]}", accepted=(4,))
        self.dial("localhost", accepted=(2,))
        run(self.here.bin / "troth-testtool", "dial", "localhost:1", "--tls-roots",
            self.here.pki / "tls-ca.pem", accepted=(2,))  # who makes our report?

    def test_who_runs_what_it_should_not_is_refused_with_the_reason(self):
        other = Deployment(self.here.folder / "other", ROOT)
        self.addCleanup(other.close)
        other.make_certificates()
        other.make_logs([self.program])
        other.make_metadata()
        other.boot()
        other.configure()
        tampered = other.folder / "tampered"
        tampered.write_bytes(self.program.read_bytes() + b"\0")
        tampered.chmod(0o755)
        other.measure(tampered)
        other.start()
        listener, address = self.listen("--count", "1", here=other)
        done = self.dial(address, "--send", "secret", here=other, accepted=(1,))
        said, complaint = listener.communicate(timeout=30)
        self.assertIn("tpm.event", done.stderr)  # ours, or what the peer says, whoever is faster
        self.assertIn("tpm.event", complaint)
        self.assertIn("FAIL  attestation of example-machine", done.stdout + said)
        self.assertNotIn("secret", said)


if __name__ == "__main__":
    unittest.main()
