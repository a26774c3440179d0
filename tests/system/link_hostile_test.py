#!/usr/bin/env python3
"""Everybody who can reach a verifier's port does their worst, while a gateway asks it for work.

Through all of it no process dies, nobody's request fails, memory and idle time stay what they were.
Arguments: the folder of the executables.
"""
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import resource
import signal
import socket
import ssl
import statistics
import struct
import subprocess
import sys
import threading
import time
import unittest

BIN = pathlib.Path(sys.argv.pop(1))
sys.argv[1:1] = [str(BIN / "troth-gateway"), "-", str(BIN / "troth-pki")]
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import basp  # noqa: E402
from gateway import JSON, NONCE, GatewayCase, Pki, free_port, wait_until  # noqa: E402

BODY = json.dumps({"report": "bm8gcmVwb3J0", "nonce": NONCE})
PAUSE_S = 0.02  # between two requests of one client
CLIENTS = 2
MAX_GROWTH_BYTES = 64 * 1024 * 1024
MAX_IDLE_SHARE = 0.01
IDLE_S = 4
MIN_THROUGHPUT = 0.8
DESCRIPTORS = 256  # of the verifier that is attacked


class Load:
    """Clients that ask the gateway at a steady pace, as long as this is open."""

    def __init__(self, port, is_victim=False):
        self.port, self.ends = port, threading.Event()
        self.errors = (OSError, http.client.HTTPException) if is_victim else ()
        self.answers = []  # (when, status, seconds)
        self.threads = [threading.Thread(target=self.run) for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def run(self):
        with contextlib.suppress(*self.errors):
            self.ask()

    def ask(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            while not self.ends.wait(PAUSE_S):
                begun = time.monotonic()
                connection.request("POST", "/v1/appraisals", BODY, JSON)
                answer = connection.getresponse()
                answer.read()
                self.answers.append((begun, answer.status, time.monotonic() - begun))

    def stop(self):
        self.ends.set()
        for thread in self.threads:
            thread.join()

    def since(self, begun):
        """Returns the answers since, and how many there were a second."""
        answers = [one for one in self.answers if one[0] >= begun]
        return answers, len(answers) / (time.monotonic() - begun)


class Hostile(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.denied = cls.folder / "denied"
        cls.denied.write_text("")
        cls.mint()
        cls.port = free_port()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, hard))
        cls.verifier = cls.start_verifier(cls.port)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        cls.admin = free_port()
        cls.gateway = cls.start_gateway(verifiers=[f"tls://127.0.0.1:{cls.port}"],
                                        admin=f"127.0.0.1:{cls.admin}", logLevel="error")
        wait_until(lambda: cls.figure(cls.admin, 'troth_peers_connected{peer="verifiers"}') == 1)

    @classmethod
    def mint(cls):
        """Makes the certificates that do not count, beside those that do."""
        for role, name in (("gateway", "denied"), ("driver", "driver")):
            cls.pki.run("issue", "--dir", cls.pki.folder, "--role", role, "--name", name,
                        "--out", cls.pki.folder / name)
        der = ssl.PEM_cert_to_DER_cert((cls.pki.folder / "denied.pem").read_text()
                                       .partition("-----END")[0] + "-----END CERTIFICATE-----\n")
        cls.denied.write_text(f"{hashlib.sha256(der).hexdigest()} # the laptop that was lost\n")
        cls.other = Pki(cls.folder / "other")
        cls.make_expired(cls.pki.folder)

    @classmethod
    def make_expired(cls, pki):
        """Has OpenSSL issue what troth-pki would not: a certificate that has ended."""
        (pki / "index").write_text("")
        (pki / "expired.conf").write_text(
            f"[ca]\ndefault_ca=a\n[a]\ndatabase={pki}/index\nnew_certs_dir={pki}\nrand_serial=yes\n"
            "default_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n"
            "[x]\nextendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=URI:urn:troth:role:gateway\n")
        for command in (
                ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-subj", "/CN=expired", "-keyout", pki / "expired.key", "-out", pki / "expired.csr"],
                ["ca", "-batch", "-notext", "-config", pki / "expired.conf", "-extensions", "x",
                 "-in", pki / "expired.csr", "-cert", pki / "tls-ca.pem", "-keyfile",
                 pki / "tls-ca.key", "-startdate", "20200101000000Z", "-enddate",
                 "20200201000000Z", "-out", pki / "expired.pem"]):
            subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True,
                           timeout=30)

    @classmethod
    def start_verifier(cls, port):
        return cls.start([str(BIN / "troth-verifier")], {
            "listen": f"tls://127.0.0.1:{port}", "admin": f"127.0.0.1:{free_port()}",
            "tls": {**cls.pki.tls("verifier"), "denied": str(cls.denied)}, "store": "memory://",
            "trust": {"metadataRoots": [str(cls.pki.folder / "metadata-ca.pem")],
                      "akRoots": [str(cls.pki.folder / "ak-ca.pem")]}})

    @classmethod
    def figure(cls, admin, name):
        """Returns one of the metrics, or 0."""
        connection = http.client.HTTPConnection("127.0.0.1", admin, timeout=10)
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return next((float(line.split()[-1]) for line in lines if line.startswith(name + " ")), 0)

    @staticmethod
    def admin_of(process):
        return int(json.loads(process.file.read_text())["admin"].split(":")[1])

    def refused(self, reason):
        return self.figure(self.admin_of(self.verifier),
                           f'troth_link_handshakes_refused_total{{reason="{reason}"}}')

    # -- what processes cost

    def usage(self, process):
        """Returns resident bytes and seconds of CPU, of the threads there are."""
        folder = pathlib.Path(f"/proc/{process.process.pid}")
        rss = int((folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        spent_ns = [int(one.read_text().split()[0]) for one in folder.glob("task/*/schedstat")]
        return rss, sum(spent_ns) / 1e9

    # -- attacks

    def raw(self):
        return socket.create_connection(("127.0.0.1", self.port), 5)

    def peer(self, name, pki=None):
        return basp.connect_tls(self.port, (pki or self.pki).folder / name)

    def turned_away(self, name, pki=None):
        """Connects with a certificate that does not count."""
        with contextlib.suppress(OSError), self.peer(name, pki) as connection:
            self.assertTrue(basp.is_closed(connection), name)

    def attack_with_bytes(self):
        for number in range(100):
            with self.raw() as stranger:
                stranger.sendall(os.urandom(1 + number * 16))
        for _ in range(50):
            with self.raw() as stranger:
                stranger.sendall(b"GET / HTTP/1.1\r\nHost: troth\r\n\r\n")
        for _ in range(50):  # what kills a process that speaks CAF's protocol without us
            with self.raw() as stranger:
                stranger.sendall(basp.header(basp.CLIENT_GREETING))

    def attack_with_silence(self):
        """500 connections, more than the process may have descriptors."""
        strangers = [self.raw() for _ in range(500)]
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(100)
        for stranger in strangers[::5]:
            with contextlib.suppress(OSError):
                stranger.sendall(hello)  # and never the rest
        gone = sum(basp.is_closed(stranger, 6) for stranger in strangers)
        self.assertEqual(gone, len(strangers))
        for stranger in strangers:
            stranger.close()

    def attack_with_certificates(self):
        for _ in range(15):
            self.turned_away("gateway", self.other)
            self.turned_away("driver")
            self.turned_away("expired")
            self.turned_away("denied")
        for reason in ("untrusted", "role", "expired", "denied"):
            self.assertGreaterEqual(self.refused(reason), 15, reason)

    def attack_with_frames(self):
        """By who holds a certificate that counts."""
        greeting = basp.CLIENT_GREETING
        for bad in (basp.header(greeting), basp.header(greeting, 0xFFFFFFFF),
                    basp.header(greeting, 65 * 1024), basp.header(7), basp.header(255),
                    basp.header(basp.SERVER_GREETING, 40, data=3), basp.header(basp.HEARTBEAT),
                    basp.header(basp.MESSAGE, 40, destination=1), basp.header(basp.DOWN, 40, source=1),
                    basp.header(greeting, 32, flags=0x80), basp.header(greeting, 32, padding=7),
                    basp.header(greeting, 4) + b"\xff" * 4):
            with self.peer("gateway") as connection:
                basp.read_greeting(connection)
                connection.sendall(bad)
                self.assertTrue(basp.is_closed(connection, 2), bad.hex())
        for after in (lambda published: basp.header(basp.MESSAGE, 0xFFFFFFFF, destination=published),
                      lambda published: basp.header(basp.MESSAGE, 3 << 20, destination=published),
                      lambda published: basp.header(basp.ROUTED, 40, destination=published),
                      lambda published: basp.header(basp.MESSAGE, 16, destination=published)
                      + b"\0\0\0" + struct.pack("B", 9) + b"@<>+@exit" + bytes(3)):
            with self.peer("gateway") as connection:
                _, _, published = basp.greet(connection)
                connection.sendall(after(published))
                self.assertTrue(basp.is_closed(connection, 2))

    def attack_with_patience(self):
        """Peers that count, and then say nothing; they are many, and stay away from the greeting."""
        silent = [self.peer("gateway") for _ in range(20)]
        for connection in silent:
            with connection:
                self.assertTrue(basp.is_closed(connection, 6))

    def attack_with_descriptors(self):
        """Comes when the process may open nothing more."""
        pid = self.verifier.process.pid
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE,
                         (len(os.listdir(f"/proc/{pid}/fd")), limits[1]))
        used = self.usage(self.verifier)[1]
        begun = time.monotonic()
        strangers = [self.raw() for _ in range(60)]
        time.sleep(2)
        share = (self.usage(self.verifier)[1] - used) / (time.monotonic() - begun)
        self.assertLess(share, 0.5)  # it does not try to accept all the time
        for one in strangers:
            one.close()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        with self.peer("gateway") as connection:
            basp.greet(connection)  # it takes peers as before
        self.check_serves(self.admin_of(self.verifier))

    def attack_with_stopped_peers(self):
        """Gateways with work under way freeze, and die."""
        for signals in ((signal.SIGSTOP, signal.SIGCONT), (signal.SIGSTOP, signal.SIGKILL),
                        (signal.SIGKILL,)):
            other = self.start_gateway(verifiers=[f"tls://127.0.0.1:{self.port}"], logLevel="error")
            self.wait_until_ready(other)
            busy = Load(other.port, is_victim=True)
            try:
                time.sleep(0.3)
                for each in signals:
                    other.process.send_signal(each)
                    time.sleep(1)
            finally:
                other.process.send_signal(signal.SIGKILL)
                busy.stop()
                other.kill()

    # -- the test

    def under_load(self, attack):
        """Runs an attack while clients ask, and returns how many answers a second there were."""
        begun = time.monotonic()
        attack()
        time.sleep(max(0, 1.5 - (time.monotonic() - begun)))  # at least, for the figures
        answers, rate = self.load.since(begun)
        self.assertEqual({status for _, status, _ in answers}, {200}, attack.__name__)
        for process in (self.verifier, self.gateway):
            self.assertIsNone(process.process.poll(), attack.__name__)
        slowest = max(seconds for *_, seconds in answers)
        print(f"{attack.__name__}: {rate:.0f} answers/s, slowest {1000 * slowest:.0f} ms",
              file=sys.stderr)
        return rate

    def test_strangers_and_peers_that_do_their_worst_disturb_nobody(self):
        self.load = Load(self.gateway.port)
        self.addCleanup(self.load.stop)
        undisturbed = self.under_load(self.nothing)
        before = {one: self.usage(one)[0] for one in (self.verifier, self.gateway)}
        rates = [self.under_load(attack) for attack in (
            self.attack_with_bytes, self.attack_with_silence, self.attack_with_certificates,
            self.attack_with_frames, self.attack_with_patience, self.attack_with_descriptors,
            self.attack_with_stopped_peers)]
        self.assertGreater(statistics.mean(rates), MIN_THROUGHPUT * undisturbed)
        self.load.stop()
        for one, rss in before.items():
            self.assertLess(self.usage(one)[0] - rss, MAX_GROWTH_BYTES)
        for one in before:
            self.assertLess(self.idle_share(one), MAX_IDLE_SHARE)

    def idle_share(self, process):
        """Returns which share of a core it uses that has nothing to do: the least of some spans,
        as what the attacks left behind may still be cleared away in the first."""
        least = 1.0
        for _ in range(6):
            used = self.usage(process)[1]
            time.sleep(IDLE_S)
            least = min(least, (self.usage(process)[1] - used) / IDLE_S)
            if least < MAX_IDLE_SHARE:
                break
        return least

    def nothing(self):
        time.sleep(2)

    def test_z_a_peer_that_freezes_or_dies_is_noticed_and_found_again(self):
        connected = 'troth_peers_connected{peer="verifiers"}'

        def restart():
            self.verifier.kill()  # which closes what is left of it
            self.verifier.start()

        for stop, go_on in ((signal.SIGSTOP, lambda: self.verifier.process.send_signal(signal.SIGCONT)),
                            (signal.SIGKILL, restart)):
            self.verifier.process.send_signal(stop)
            begun = time.monotonic()
            wait_until(lambda: self.figure(self.admin, connected) == 0, 10)
            self.assertLess(time.monotonic() - begun, 7)
            self.check_problem(self.ask("POST", "/v1/challenges"), 503, "unavailable")
            self.assertEqual(self.ask("GET", "/readyz").status, 503)
            go_on()
            wait_until(lambda: self.figure(self.admin, connected) == 1)
            self.wait_until_ready()
            self.assertEqual(self.ask("POST", "/v1/challenges").status, 201)


if __name__ == "__main__":
    unittest.main()
