#!/usr/bin/env python3
"""Programs that know nothing of attestation, through both proxies: http_proxies_test.py ROOT."""
import http.server
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(sys.argv.pop()).resolve()
sys.path.insert(0, str(ROOT / "deploy/demo.d"))
from deployment import Deployment  # noqa: E402
from processes import free_ports, run  # noqa: E402


NGINX = """
user root;
pid {folder}/pid;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {folder};
    add_header X-Seen "$http_troth_peer_verdict $http_troth_peer_signer";
  }}
}}
"""


class Unchanged(http.server.BaseHTTPRequestHandler):
    """A server of Python's library: answers with the fields it was asked with, and the body."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = str(self.headers).encode() + body
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class Proxies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="troth-proxies-")
        cls.addClassCleanup(folder.cleanup)
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Unchanged)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.server.shutdown)
        cls.here = cls.machine(pathlib.Path(folder.name) / "here")

    @classmethod
    def machine(cls, folder):
        made = Deployment(folder, ROOT)
        cls.addClassCleanup(made.close)
        made.make_certificates()
        made.program = made.folder / "program"
        shutil.copy("/bin/true", made.program)
        made.make_logs([made.program])
        made.make_metadata()
        made.boot()
        made.configure()
        made.start()
        return made

    def begin(self, here, command, certificate, *options):
        """Starts a proxy and returns it with its port."""
        files = here.tls(certificate)
        log = (here.folder / f"{command}.log").open("w+")
        started = subprocess.Popen(
            [here.bin / "troth-testtool", command, "localhost:0", "--gateway", here.gateway_url,
             "--tls-roots", files["ca"], "--tls-cert", files["certificate"], "--tls-key",
             files["key"], *options], stdout=subprocess.PIPE, stderr=log, text=True)
        self.addCleanup(lambda: (started.kill(), started.communicate(), log.close()))
        said = started.stdout.readline()
        self.assertTrue(said.startswith("listening on localhost:"), said)
        threading.Thread(target=started.stdout.read, daemon=True).start()
        return int(said.rsplit(":", 1)[1])

    def both(self, here, *options):
        behind = self.begin(here, "serve", "gateway", "--to",
                            f"127.0.0.1:{self.server.server_port}", *options)
        return behind, self.begin(here, "proxy", "verifier", *options)

    def curl(self, front, url, *options, accepted=(0,)):
        return run("curl", "--silent", "--show-error", "--max-time", "30", "--proxy",
                   f"http://localhost:{front}", url, *options, accepted=accepted)

    def wait_for(self, log, pattern):
        end = time.monotonic() + 20
        while not re.search(pattern, log.read_text()) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertRegex(log.read_text(), pattern, log.name)

    def test_curl_reaches_an_unchanged_server(self):
        behind, front = self.both(self.here)
        url = f"http://localhost:{behind}/"
        for options in ((), ("--proxytunnel",), ("--header", "Troth-Peer-Verdict: forged")):
            with self.subTest(options):
                got = self.curl(front, url, *options).stdout
                self.assertIn("Troth-Peer-Verdict: trusted", got)
                self.assertIn("Troth-Peer-Signer: example-machine TPM AK", got)
                self.assertNotIn("forged", got)
        large = self.here.folder / "large"
        large.write_bytes(b"x" * 3_000_000)
        got = self.curl(front, url, "--data-binary", f"@{large}").stdout
        self.assertEqual(got.count("x" * 3_000_000), 1)
        request = [self.here.bin / "troth-testtool", "request", f"https://localhost:{behind}/",
                   "--gateway", self.here.gateway_url, "--output", "json"]
        files = self.here.tls("verifier")
        request += ["--tls-roots", files["ca"], "--tls-cert", files["certificate"], "--tls-key",
                    files["key"]]
        said = run(*request, "--count", "3", "--data", "hello", "--method", "POST").stdout
        self.assertEqual(said.count("hello"), 3)
        self.assertEqual(said.count('"prover"'), 1)  # one attestation serves them all
        pinned = run(*request, "--signer", "another machine", accepted=(1, 5))
        self.assertIn("expected another machine", pinned.stderr)

    def test_curl_reaches_an_unchanged_nginx(self):
        folder = self.here.folder / "nginx"
        folder.mkdir()
        (folder / "page").write_text("a page of nginx\n")
        folder.chmod(0o755)
        port = free_ports(1)[0]
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
        nginx = subprocess.Popen(["/usr/sbin/nginx", "-c", folder / "nginx.conf", "-e",
                                  folder / "error.log", "-g", "daemon off;"])
        self.addCleanup(lambda: (nginx.terminate(), nginx.wait()))
        self.here.wait_for_port(port)
        behind = self.begin(self.here, "serve", "gateway", "--to", f"127.0.0.1:{port}")
        front = self.begin(self.here, "proxy", "verifier")
        got = self.curl(front, f"http://localhost:{behind}/page", "--include").stdout
        self.assertIn("a page of nginx\n", got)
        self.assertRegex(got, r"X-Seen: trusted example-machine TPM AK")

    def test_a_tampered_machine_is_refused_before_and_after(self):
        here = self.machine(self.here.folder / "tampered")
        behind, front = self.both(here, "--renew-every", "1")
        with socket.create_connection(("localhost", front), timeout=60) as tunnel:
            tunnel.sendall(f"CONNECT localhost:{behind} HTTP/1.1\r\n\r\n".encode())
            self.assertIn(b" 200 ", tunnel.recv(4096))
            tunnel.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b" 200 ", tunnel.recv(4096))
            tampered = here.folder / "changed"
            tampered.write_bytes(here.program.read_bytes() + b"\0")
            tampered.chmod(0o755)
            here.measure(tampered)
            while tunnel.recv(4096):  # until it ends
                pass
        for name in ("serve", "proxy"):
            self.wait_for(here.folder / f"{name}.log", r"(untrusted|forbidden): .*tpm\.event")
        refused = self.curl(front, f"http://localhost:{behind}/", "--write-out", "%{http_code}")
        self.assertTrue(refused.stdout.endswith("502"), refused.stdout)
        self.assertRegex(refused.stdout, r"^(untrusted|forbidden): .*tpm\.event")
        tunnelled = self.curl(front, f"http://localhost:{behind}/", "--proxytunnel",
                              accepted=(56, 7))
        self.assertIn("502", tunnelled.stderr)

    def test_a_server_that_is_not_there_is_a_clean_error(self):
        behind = self.begin(self.here, "serve", "gateway", "--to", "127.0.0.1:1")
        front = self.begin(self.here, "proxy", "verifier")
        got = self.curl(front, f"http://localhost:{behind}/", "--write-out", "%{http_code}")
        self.assertEqual(got.stdout, "unavailable: the server behind this proxy\n502")
        got = self.curl(front, "http://localhost:1/", "--write-out", "%{http_code}")
        self.assertRegex(got.stdout, r"^unavailable: .*\n502$")


if __name__ == "__main__":
    unittest.main()
