"""A real troth-gateway between raw sockets and peers that answer as they are told.

The scripts that import this get as arguments: troth-gateway, fake-peer, troth-pki.
"""
import base64
import http.client
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "deploy/demo.d"))
from processes import free_ports  # noqa: E402

GATEWAY, FAKE_PEER, PKI = sys.argv[1:4]
del sys.argv[1:4]

MIB = 1024 * 1024
NONCE = base64.b64encode(bytes(32)).decode()
JSON = {"Content-Type": "application/json"}


def free_port():
    return free_ports(1)[0]


def wait_until(holds, seconds=20):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError("did not come true in time")
        time.sleep(0.02)


class Pki:
    """A TLS CA and one certificate of each role, in a folder of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.run("init", "--dir", folder)
        for role in ("gateway", "verifier", "prover", "est"):
            self.run("issue", "--dir", folder, "--role", role, "--name", role, "--out",
                     folder / role, "--dns", "localhost", "--ip", "127.0.0.1")

    def run(self, *arguments):
        subprocess.run([PKI, *map(str, arguments)], check=True, capture_output=True, timeout=60)

    def tls(self, role):
        return {"ca": str(self.folder / "tls-ca.pem"),
                "certificate": str(self.folder / f"{role}.pem"),
                "key": str(self.folder / f"{role}.key")}


class Process:
    """One process of ours with its configuration, its log and the address that it prints."""

    def __init__(self, folder, command, configuration):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
        self.file = self.folder / "configuration.json"
        self.file.write_text(json.dumps({"state": str(self.folder), **configuration}))
        self.command = [*command, "--config", str(self.file)]
        self.log = self.folder / "log"
        self.start()

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log)
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening on "):
            raise AssertionError(f"{self.command}: {line}{self.log.read_text()}")
        where = line.rsplit(":", 1)[1].strip()
        self.port = int(where) if where.isdigit() else None  # of a Unix socket

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(20)
        self.process.stdout.close()
        return code

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def peak_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmHWM")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.body = status, body
        self.headers = {name.lower(): value for name, value in headers}

    def json(self):
        return json.loads(self.body)


class Client:
    """A raw connection: what is sent is what the test says, to the byte."""

    def __init__(self, port, timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def answer(self):
        """Reads one answer, whose length must be told."""
        status = self.file.readline().decode()
        if not status.startswith("HTTP/1."):
            raise AssertionError(f"no answer: {status!r}")
        headers = []
        while (line := self.file.readline().decode().rstrip("\r\n")):
            headers.append(tuple(line.split(": ", 1)))
        length = int(dict((n.lower(), v) for n, v in headers).get("content-length", 0))
        return Answer(int(status.split()[1]), headers, self.file.read(length))

    def is_closed(self):
        """Waits for the other side to close."""
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True


def head(method, path, *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: troth", *lines, "", ""])


def post(path, body, *lines):
    text = json.dumps(body) if not isinstance(body, str) else body
    return head("POST", path, "Content-Type: application/json",
                f"Content-Length: {len(text.encode())}", *lines) + text


class GatewayCase(unittest.TestCase):
    """What the cases share: a deployment, and the gateway's ways to be asked."""

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        cls.pki = Pki(cls.folder / "pki")

    @classmethod
    def start(cls, command, configuration):
        made = Process(cls.folder, command, configuration)
        cls.addClassCleanup(lambda: made.process.poll() is None and made.kill())
        return made

    @classmethod
    def start_peer(cls, role, port=0, **more):
        return cls.start([FAKE_PEER, role], {"listen": f"127.0.0.1:{port}",
                                             "tls": cls.pki.tls(role), **more})

    @classmethod
    def start_gateway(cls, rest=None, **more):
        return cls.start([GATEWAY], {"admin": "", "tls": cls.pki.tls("gateway"),
                                     "rest": {"listen": "127.0.0.1:0", **(rest or {})}, **more})

    def ask(self, method, path, body=None, headers=None, port=None):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.gateway.port, timeout=60)
        try:
            text = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
            connection.request(method, path, text,
                               {**(JSON if body is not None else {}), **(headers or {})})
            got = connection.getresponse()
            return Answer(got.status, got.getheaders(), got.read())
        finally:
            connection.close()

    def wait_until_ready(self, gateway=None):
        port = (gateway or self.gateway).port
        wait_until(lambda: self.ask("GET", "/readyz", port=port).status == 200)

    def check_problem(self, answer, status, code, detail=None):
        """Every refusal is a problem of RFC 9457 with its stable code."""
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["content-type"], "application/problem+json")
        problem = answer.json()
        self.assertEqual(set(problem), {"type", "title", "status", "detail", "code", "requestId"})
        self.assertEqual((problem["code"], problem["status"]), (code, status), problem)
        self.assertEqual(problem["type"], f"urn:troth:problem:{code}")
        self.assertEqual(problem["requestId"], answer.headers["x-request-id"])
        if detail is not None:
            self.assertIn(detail, problem["detail"])

    def check_serves(self, port=None):
        self.assertEqual(self.ask("GET", "/healthz", port=port).status, 200)

    def exchange(self, data, port=None):
        """Sends raw bytes on a connection of their own and returns the answer."""
        with Client(port or self.gateway.port) as client:
            client.send(data)
            return client.answer()
