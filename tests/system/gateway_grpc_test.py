#!/usr/bin/env python3
"""How many connections the real troth-gateway keeps for gRPC, and what frees their places."""
import contextlib
import os
import pathlib
import socket
import ssl
import struct
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from doors import GrpcDoor, Refused  # noqa: E402
from gateway import GatewayCase, free_port, wait_until  # noqa: E402

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))  # and SETTINGS
MOST = 4
ANYBODY = ["*=attester"]  # who has a certificate


def end(connection):
    connection.close()


def end_by_half(connection):  # and never closes: the gateway does
    connection.shutdown(socket.SHUT_WR)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class GrpcConnections(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prover = cls.start_peer("prover")
        files = cls.pki.tls("gateway")
        cls.tls = {"clientCa": files.pop("ca"), **files}

    def start_door(self, host="127.0.0.1", **rest):
        """Starts a gateway with few connections. @returns it and the port of gRPC."""
        port = free_port()
        gateway = self.start_gateway(
            {"maxConnections": MOST, **rest}, provers=[f"127.0.0.1:{self.prover.port}"],
            grpc={"listen": f"{host}:{port}", "tls": self.tls if "clientRoles" in rest else {}})
        self.wait_until_ready(gateway)
        return gateway, port

    def connect(self, port, wrap=None):
        """@returns a connection that the gateway speaks HTTP/2 on; None if it closed it."""
        connection = socket.create_connection(("127.0.0.1", port), 20)
        try:
            if wrap:
                connection = wrap(connection)
            connection.sendall(PREFACE)
            if connection.recv(1):
                self.addCleanup(connection.close)
                return connection
        except (ConnectionError, ssl.SSLError):
            pass
        connection.close()
        return None

    def read_to_the_end(self, connection):
        with contextlib.suppress(ConnectionError):
            while connection.recv(4096):
                pass

    def take_place(self, port, wrap=None):
        """Waits for a place: those before may not be gone yet."""
        tried = []
        wait_until(lambda: tried.append(self.connect(port, wrap)) or tried[-1])
        return tried[-1]

    def fill(self, port, wrap=None):
        return [self.take_place(port, wrap) for _ in range(MOST)]

    def check_is_full(self, port, wrap=None):
        for _ in range(3):
            self.assertIsNone(self.connect(port, wrap))

    def check_ends_free_places(self, port, wrap=None):
        kept = self.fill(port, wrap)
        self.check_is_full(port, wrap)
        for way in (end, end_by_half, reset):
            with self.subTest(way.__name__):
                way(kept.pop())
                kept.append(self.take_place(port, wrap))
                self.check_is_full(port, wrap)
        for one in kept:
            one.close()

    def is_answered(self, port):
        with contextlib.suppress(Refused):
            return bool(GrpcDoor(port).ask("Attest", {"nonce": b"12345678"}))
        return False

    def test_more_connections_than_are_kept(self):
        _, port = self.start_door()
        self.check_ends_free_places(port)
        kept = self.fill(port)
        with self.assertRaises(Refused) as refused:
            GrpcDoor(port).ask_raw("Attest", b"", 5)
        self.assertEqual(refused.exception.status, "UNAVAILABLE")
        kept.pop().close()
        wait_until(lambda: self.is_answered(port))

    def test_more_connections_than_are_kept_with_tls(self):
        _, port = self.start_door(clientRoles=ANYBODY)
        context = ssl.create_default_context(cafile=self.tls["clientCa"])
        context.load_cert_chain(self.pki.folder / "prover.pem", self.pki.folder / "prover.key")
        context.set_alpn_protocols(["h2"])

        def wrap(connection):
            return context.wrap_socket(connection, server_hostname="localhost")
        for _ in range(3 * MOST):  # handshakes that fail keep no place
            with socket.create_connection(("127.0.0.1", port), 20) as stranger:
                stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
                self.read_to_the_end(stranger)
        self.check_ends_free_places(port, wrap)

    def test_who_is_silent_keeps_no_place(self):
        _, port = self.start_door(headerSeconds=3, idleSeconds=3, bodySeconds=1, requestSeconds=1)
        silent = [socket.create_connection(("127.0.0.1", port), 20) for _ in range(MOST)]
        self.check_is_full(port)
        for kept in (silent, self.fill(port)):
            for one in kept:
                self.read_to_the_end(one)
                one.close()
            self.take_place(port).close()

    def test_urgent_data_frees_no_place(self):
        _, port = self.start_door()
        kept = self.fill(port)
        for one in kept:
            one.send(b"x", socket.MSG_OOB)
        time.sleep(0.3)
        self.check_is_full(port)

    def test_what_has_ended_leaves_no_descriptor(self):
        gateway, port = self.start_door()

        def count():
            return len(os.listdir(f"/proc/{gateway.process.pid}/fd"))
        for way in (end, reset):  # the first time the library opens its own
            for one in self.fill(port):
                way(one)
        time.sleep(0.5)
        before = count()
        for way in (end, reset) * 5:
            kept = self.fill(port)
            self.assertGreaterEqual(count(), before + MOST)
            for one in kept:
                way(one)
        wait_until(lambda: count() <= before)

    def test_every_interface_is_that_of_both_families(self):
        _, port = self.start_door("0.0.0.0", clientRoles=ANYBODY)
        families = pathlib.Path("/proc/net/if_inet6")
        has_loopback = families.exists() and f"{1:032}" in families.read_text()
        for host in ("127.0.0.1", "::1")[:1 + has_loopback]:
            socket.create_connection((host, port), 20).close()

    def test_a_second_gateway_is_told(self):
        _, port = self.start_door()
        with self.assertRaisesRegex(AssertionError, "io: cannot listen on .* for gRPC"):
            self.start_gateway(provers=[f"127.0.0.1:{self.prover.port}"],
                               grpc={"listen": f"127.0.0.1:{port}"})


if __name__ == "__main__":
    unittest.main()
