#!/usr/bin/env python3
"""One table of scenarios through every door of the real troth-gateway: the same answers, the same
codes. And what is particular to a door: frames, users, certificates, limits."""
import base64
import concurrent.futures
import contextlib
import hashlib
import json
import os
import pathlib
import re
import socket
import ssl
import stat
import struct
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from doors import (FRAMES, CoapDoor, GrpcDoor, Refused, RestDoor, SocketDoor,  # noqa: E402
                   encode, grpc)
from gateway import MIB, GatewayCase, free_port, wait_until  # noqa: E402

NONCE = b"12345678"
REPORT = b"{}"
VERIFY = {"nonce": NONCE, "report": REPORT}

CONTAINER = {"type": "application", "name": "a container",
             "ctrData": {"configSha256": bytes(32), "rootfsSha256": b"\x01" * 32,
                         "ociSpec": {"process": {"args": ["sh"]}}}}

# operation, members, stable code of the refusal
REFUSALS = (
    *(("Verify", {**VERIFY, "nonce": f"error-{code}".encode()}, code) for code in (
        "malformed", "unsupported", "forbidden", "not_found", "no_challenge", "too_large",
        "untrusted", "io", "internal", "exhausted", "unavailable", "timeout")),
    *(("Attest", {"nonce": f"error-{code}".encode()}, code) for code in (
        "conflict", "io", "unavailable")),
    ("Attest", {}, "missing"),
    ("Attest", {"nonce": bytes(65)}, "too_large"),
    ("Verify", {"nonce": NONCE}, "missing"),
    ("Verify", {**VERIFY, "nonce": bytes(65)}, "too_large"),
    ("Verify", {**VERIFY, "policies": b"true"}, "forbidden"),
    ("PeerCache", {}, "missing"),
    ("TLSCreate", {}, "forbidden"),  # of who comes over TCP, if nothing else is said
    ("TLSSign", {}, "forbidden"),
    ("TLSCert", {}, "forbidden"),
    ("Measure", {}, "missing"),
    ("Measure", {"event": {"type": "application", "name": "x"}}, "missing"),
    ("Measure", {"event": {**CONTAINER, "name": "unwanted"}}, "conflict"),
    ("UpdateMetadata", {}, "forbidden"),  # of who comes over TCP
    ("UpdateCerts", {}, "forbidden"),
)
NATIVE = ("policies",)  # members that only the reference's API has


class Doors(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.verifier, cls.prover = cls.start_peer("verifier"), cls.start_peer("prover")
        cls.peers = {"verifiers": [f"127.0.0.1:{cls.verifier.port}"],
                     "provers": [f"127.0.0.1:{cls.prover.port}"]}
        cls.path = cls.folder / "socket"
        cls.port, grpc_port = free_port(), free_port()
        cls.gateway = cls.start_gateway(
            **cls.peers, socket={"unix": str(cls.path), "tcp": f"127.0.0.1:{cls.port}"},
            grpc={"listen": f"127.0.0.1:{grpc_port}"},
            coap={"listen": f"127.0.0.1:{grpc_port}"})
        cls.wait_until_ready(cls())
        cls.doors = [make(where, encoding) for encoding in ("json", "cbor") for make, where in (
            (SocketDoor, cls.path), (SocketDoor, cls.port), (RestDoor, cls.gateway.port))]
        cls.grpc = GrpcDoor(grpc_port)
        cls.coap_port = grpc_port  # of UDP
        cls.coap = CoapDoor(f"coap://127.0.0.1:{grpc_port}", "json")
        cls.doors += [cls.grpc, cls.coap, CoapDoor(cls.coap.base, "cbor")]

    def each_door(self, operation):
        for door in self.doors:
            if isinstance(door, RestDoor) and operation not in RestDoor.OPERATIONS:
                continue
            with self.subTest(door=type(door).__name__, encoding=door.encoding,
                              at=str(getattr(door, "address", ""))):
                yield door

    def check_refused(self, code, ask, *arguments):
        with self.assertRaises(Refused) as refused:
            ask(*arguments)
        self.assertEqual(refused.exception.code, code, refused.exception)

    # -- the table

    def test_a_report_is_made(self):
        for door in self.each_door("Attest"):
            got = door.ask("Attest", {"nonce": b"a nonce!"})
            self.assertEqual(got["report"], b"report for a nonce!")

    def test_a_large_report_arrives_whole(self):
        for door in self.each_door("Attest"):
            got = door.ask("Attest", {"nonce": b"large answer"})
            self.assertEqual(got["report"], b"x" * (3 * MIB))

    def test_a_report_is_appraised(self):
        for door in self.each_door("Verify"):
            got = door.ask("Verify", {**VERIFY, "nonce": b"the nonce"})["result"]
            self.assertEqual((got["type"], got["nonce"], got["reportBytes"], got["mediaType"]),
                             ("Attestation Result", "dGhlIG5vbmNl", 2, "application/json"))
            # By this name a verifier keeps the report, and the log tells it.
            self.assertRegex(got["request"], "^[0-9a-f]{16,}$")
            wait_until(lambda: got["request"] in self.gateway.log.read_text())

    def test_a_request_and_its_trace_go_on(self):
        for door in self.each_door("Verify"):
            got = door.ask("Verify", VERIFY)["result"]
            self.assertRegex(got["trace"], f"^00-[0-9a-f]{{32}}-{got['request']}-00$")
            line = re.compile(rf"answered.* request={got['request']} .*trace={got['trace'][3:35]} ")
            wait_until(lambda: line.search(self.gateway.log.read_text()))

    def test_a_trace_that_comes_by_grpc_goes_on(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        for sent, seen in ((f"00-{trace}-00f067aa0ba902b7-01", f"^00-{trace}-[0-9a-f]{{16}}-01$"),
                           (f"00-{trace}-0000000000000000-01", f"^00-(?!{trace})[0-9a-f]{{32}}-.*00$"),
                           ("nonsense", "^00-[0-9a-f]{32}-[0-9a-f]{16}-00$")):
            door = GrpcDoor(self.coap_port, metadata=[("traceparent", sent)])
            self.assertRegex(door.ask("Verify", VERIFY)["result"]["trace"], seen)

    def test_the_largest_report_is_appraised(self):
        for door in self.each_door("Verify"):
            if isinstance(door, CoapDoor):
                continue  # sixteen thousand blocks, one after the other
            got = door.ask("Verify", {**VERIFY, "report": b"\xa1" + bytes(16 * MIB - 1)})
            self.assertEqual(got["result"]["reportBytes"], 16 * MIB)
            self.check_refused("too_large", door.ask, "Verify",
                               {**VERIFY, "report": bytes(16 * MIB + 1)})

    def test_what_a_peer_may_leave_out_is_the_verifiers_answer(self):
        for door in self.each_door("PeerCache"):
            self.assertEqual(door.ask("PeerCache", {"peer": "p"}),
                             {"version": "1.4.0", "cache": ["p"]})

    def test_a_container_is_measured(self):
        for door in self.each_door("Measure"):
            self.assertEqual(door.ask("Measure", {"event": CONTAINER}),
                             {"version": "1.4.0", "success": True})

    def test_metadata_is_fetched_for_who_operates_the_machine(self):
        for encoding in ("json", "cbor"):
            door = SocketDoor(self.path, encoding)  # whoever started the gateway may
            self.assertEqual(door.ask("UpdateMetadata", {}),
                             {"version": "1.4.0", "success": True})
            self.check_refused("unavailable", door.ask, "UpdateCerts", {})

    def test_refusals_have_the_same_code_everywhere(self):
        for operation, members, code in REFUSALS:
            for door in self.each_door(operation):
                if isinstance(door, RestDoor) and set(members) & set(NATIVE):
                    continue
                if operation == "PeerCache" and door is self.grpc:
                    continue  # an empty text and none are the same there
                if operation.startswith(("TLS", "Update")) and getattr(door, "address", 0) == self.path:
                    continue  # whoever started the gateway may
                with self.subTest(operation=operation, members=str(members)[:60]):
                    self.check_refused(code, door.ask, operation, members)

    def test_the_version_is_written_and_any_is_read(self):
        for door in self.each_door("PeerCache"):
            self.assertEqual(door.ask("Attest", {"nonce": NONCE})["version"], "1.4.0")
            self.assertEqual(door.ask("Attest", {"nonce": NONCE, "version": "1.1.0"})["version"],
                             "1.4.0")

    # -- frames

    def test_frames_that_are_none(self):
        door = SocketDoor(self.path, "json")
        for data, code in (
                (struct.pack(">II", 2, 0) + b"{}", "unsupported"),
                (struct.pack(">II", 2, 10) + b"{}", "unsupported"),
                (struct.pack(">II", 0xFFFFFFFF, 2) + b"{}", "too_large"),
                (struct.pack(">II", MIB + 1, FRAMES["Attest"]), "too_large"),
                (struct.pack(">II", 0, FRAMES["Attest"]), "truncated"),
                (door.frame(FRAMES["Attest"], b"x"), "malformed"),
                (door.frame(FRAMES["Attest"], b"{"), "truncated"),
                (door.frame(FRAMES["Attest"], b"{}x"), "trailing"),
                (door.frame(FRAMES["Attest"], b'{"x":' + b"[" * 1000), "too_large"),
                (b"GET / HTTP/1.1\r\n\r\n", "unsupported")):
            with self.subTest(data[:40]):
                kind, payload = door.exchange(data)
                self.assertEqual(kind, FRAMES["Error"])
                self.assertEqual(json.loads(payload)["msg"].split(":")[0], code)

    def test_a_frame_may_come_in_pieces(self):
        door = SocketDoor(self.path, "json")
        with door.connect() as connection:
            for byte in door.frame(FRAMES["Attest"], encode("json", "Attest", {"nonce": NONCE})):
                connection.sendall(bytes([byte]))
            self.assertEqual(door.answer(connection)[0], FRAMES["Attest"])

    def test_a_client_that_goes_away_hurts_nobody(self):
        door = SocketDoor(self.path, "json")
        good = door.frame(FRAMES["Attest"], encode("json", "Attest", {"nonce": b"large answer"}))
        for size in range(0, len(good) + 1, 7):
            with door.connect() as connection:
                connection.sendall(good[:size])
        self.assertEqual(door.ask("Attest", {"nonce": NONCE})["version"], "1.4.0")

    def test_an_error_of_ours_does_not_say_more_than_its_code(self):
        for door in self.each_door("PeerCache"):
            with self.assertRaises(Refused) as refused:
                door.ask("Verify", {**VERIFY, "nonce": b"error-internal"})
            self.assertNotIn("as the script says", str(refused.exception))

    # -- gRPC

    def test_an_error_has_the_status_that_fits(self):
        for code, status in (("malformed", "INVALID_ARGUMENT"), ("forbidden", "PERMISSION_DENIED"),
                             ("not_found", "NOT_FOUND"), ("no_challenge", "FAILED_PRECONDITION"),
                             ("too_large", "RESOURCE_EXHAUSTED"),
                             ("exhausted", "RESOURCE_EXHAUSTED"), ("unavailable", "UNAVAILABLE"),
                             ("timeout", "DEADLINE_EXCEEDED"), ("internal", "INTERNAL")):
            with self.assertRaises(Refused) as refused:
                self.grpc.ask("Verify", {**VERIFY, "nonce": f"error-{code}".encode()})
            self.assertEqual(refused.exception.status, status)
        for body in (b"\xff", b"\x0a\xff"):
            with self.assertRaises(Refused) as refused:  # by the library
                self.grpc.ask_raw("Attest", body)
            self.assertIn(refused.exception.status, ("INTERNAL", "UNIMPLEMENTED"))
        with self.assertRaises(Refused) as refused:
            self.grpc.ask_raw("Attack", b"")
        self.assertEqual(refused.exception.status, "UNIMPLEMENTED")

    def test_a_message_over_the_limit(self):
        with self.assertRaises(Refused) as refused:
            self.grpc.ask("Verify", {**VERIFY, "report": bytes(32 * MIB)})
        self.assertEqual(refused.exception.status, "RESOURCE_EXHAUSTED")

    def test_grpc_beyond_loopback_takes_certificates_and_tokens(self):
        port, folder = free_port(), self.pki.folder
        tokens = self.folder / "grpc-tokens"
        tokens.write_text(f"{hashlib.sha256(b'secret').hexdigest()} attester bob\n"
                          f"{hashlib.sha256(b'other').hexdigest()} operator\n")
        self.start_gateway(
            {"tokens": str(tokens), "clientRoles": ["urn:troth:role:prover=relying-party"]},
            **self.peers, grpc={"listen": f"0.0.0.0:{port}", "tls": {
                "certificate": str(folder / "gateway.pem"), "key": str(folder / "gateway.key"),
                "clientCa": str(folder / "tls-ca.pem")}})
        ca = (folder / "tls-ca.pem").read_bytes()

        def door(role=None, token=None):
            chain = [(folder / f"{role}.{kind}").read_bytes() for kind in ("key", "pem")] if role \
                else []
            return GrpcDoor(port, grpc.ssl_channel_credentials(ca, *chain),
                            [("authorization", f"Bearer {token}")] if token else [])
        asked = ("Attest", {"nonce": NONCE})
        wait_until(lambda: self.is_answered(door("prover")))
        self.assertEqual(door("verifier", "secret").ask(*asked)["version"], "1.4.0")
        self.check_refused("forbidden", door("verifier").ask, *asked)
        self.check_refused("forbidden", door("prover", "other").ask, *asked)
        self.check_refused("unauthenticated", door("prover", "wrong").ask, *asked)
        for stranger in (door(), GrpcDoor(port)):
            with self.assertRaises(Refused) as refused:
                stranger.ask_raw("Attest", b"", timeout=5)
            self.assertIn(refused.exception.status, ("UNAVAILABLE", "DEADLINE_EXCEEDED"))
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises((ssl.SSLError, ConnectionError)), \
                socket.create_connection(("127.0.0.1", port)) as plain:
            old.wrap_socket(plain)

    def test_a_stop_ends_grpc_calls_that_go_on(self):
        port = free_port()
        gateway = self.start_gateway({"requestSeconds": 60}, **self.peers, stopSeconds=1,
                                     grpc={"listen": f"127.0.0.1:{port}"})
        door = GrpcDoor(port)
        wait_until(lambda: self.is_answered(door))
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            held = pool.submit(door.ask, "Verify", {**VERIFY, "nonce": b"hold it for ever"})
            time.sleep(0.3)
            gateway.process.terminate()
            with self.assertRaises(Refused) as refused:
                held.result(10)
            self.assertEqual(refused.exception.status, "UNAVAILABLE")
        self.assertEqual(gateway.process.wait(10), 0)

    # -- CoAP

    def test_an_error_has_the_response_code_that_fits(self):
        for code, status in (("malformed", "4.00"), ("forbidden", "4.03"), ("not_found", "4.04"),
                             ("no_challenge", "4.09"), ("too_large", "4.13"),
                             ("untrusted", "4.22"), ("exhausted", "4.29"), ("internal", "5.00"),
                             ("unavailable", "5.03"), ("timeout", "5.04")):
            with self.assertRaises(Refused) as refused:
                self.coap.ask("Verify", {**VERIFY, "nonce": f"error-{code}".encode()})
            self.assertEqual(refused.exception.status, status)
        with self.assertRaises(Refused) as refused:
            self.coap.ask_raw("attest", b"{}")
        self.assertEqual(refused.exception.status, "4.04")

    def test_a_body_comes_in_blocks(self):
        for door in (self.coap, CoapDoor(self.coap.base, "cbor")):
            got = door.ask("Verify", {**VERIFY, "report": b"\xa1" + bytes(MIB)})["result"]
            self.assertEqual(got["reportBytes"], MIB + 1)

    def test_a_body_over_the_limit_ends_at_the_limit(self):
        with self.assertRaises(Refused) as refused:
            self.coap.ask_raw("Attest", b" " * (2 * MIB))
        self.assertEqual((refused.exception.status, refused.exception.code), ("4.13", "too_large"))

    def test_blocks_that_do_not_follow(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
            raw.settimeout(10)
            raw.connect(("127.0.0.1", self.coap_port))

            def post(mid, number, more, payload):
                """Attest with a token of one byte and Block1 of 16 bytes."""
                block = (number << 4 | more << 3).to_bytes(2, "big")
                raw.send(bytes([0x41, 0x02]) + mid.to_bytes(2, "big") + b"t" + b"\xb6Attest"
                         + b"\xd2\x03" + block + b"\xff" + payload)
                return raw.recv(2048)[1]
            self.assertEqual(post(1, 0, 1, b'{"nonce":"MTIzND'), 0x5f)  # 2.31
            self.assertEqual(post(2, 0, 1, b'{"nonce":"MTIzND'), 0x5f)  # again
            self.assertEqual(post(3, 2, 0, b'Nzg="}'), 0x88)            # 4.08

    def test_datagrams_that_are_no_coap(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
            raw.connect(("127.0.0.1", self.coap_port))
            for size in range(200):
                for first in (0x40, 0x41, 0x48, 0x4f, 0xff, 0x00):
                    raw.send(bytes([first, 0x02]) + os.urandom(size))
        self.assertEqual(self.coap.ask("Attest", {"nonce": NONCE})["version"], "1.4.0")

    def test_coaps_takes_certificates(self):
        port, folder = free_port(), self.pki.folder
        tls = {"certificate": str(folder / "gateway.pem"), "key": str(folder / "gateway.key"),
               "clientCa": str(folder / "tls-ca.pem")}
        self.start_gateway({"clientRoles": ["urn:troth:role:prover=relying-party"]}, **self.peers,
                           coaps={"listen": f"0.0.0.0:{port}", "tls": tls})

        def door(role):
            shown = ["-c", folder / f"{role}.pem", "-j", folder / f"{role}.key"] if role else []
            return CoapDoor(f"coaps://127.0.0.1:{port}", "json",
                            ["-C", folder / "tls-ca.pem", *shown])
        wait_until(lambda: self.is_answered(door("prover")))
        got = door("prover").ask("Verify", {**VERIFY, "report": b"\xa1" + bytes(100_000)})
        self.assertEqual(got["result"]["reportBytes"], 100_001)
        with self.assertRaises(Refused) as refused:
            door("verifier").ask("Attest", {"nonce": NONCE})
        self.assertEqual((refused.exception.status, refused.exception.code), ("4.03", "forbidden"))
        other = type(self.pki)(self.folder / "another-pki")
        stranger = CoapDoor(f"coaps://127.0.0.1:{port}", "json", [
            "-R", folder / "tls-ca.pem", "-c", other.folder / "prover.pem",
            "-j", other.folder / "prover.key"])
        for nobody in (stranger, CoapDoor(f"coap://127.0.0.1:{port}", "json")):
            with self.assertRaises((ConnectionError, subprocess.TimeoutExpired)):
                nobody.ask_raw("Attest", b"{}", "-B", "2")

    def test_a_stop_finishes_coap_requests_that_run(self):
        port = free_port()
        gateway = self.start_gateway({"requestSeconds": 2}, **self.peers,
                                     coap={"listen": f"127.0.0.1:{port}"})
        door = CoapDoor(f"coap://127.0.0.1:{port}", "json")
        wait_until(lambda: self.is_answered(door))
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            held = pool.submit(door.ask, "Verify", {**VERIFY, "nonce": b"hold it for ever"})
            time.sleep(0.5)
            gateway.process.terminate()
            with self.assertRaises(Refused) as refused:
                held.result(15)
            self.assertEqual(refused.exception.status, "5.04")
        self.assertEqual(gateway.process.wait(10), 0)

    def test_what_coap_does_not_start_with(self):
        tls = {"certificate": "c", "key": "k", "clientCa": "ca"}
        for configuration, why in (
                ({"coap": {"listen": "0.0.0.0:0"}}, "forbidden: coap.listen"),
                ({"coaps": {"listen": "0.0.0.0:0"}}, "missing: coaps.tls.certificate"),
                ({"coaps": {"listen": "0.0.0.0:0", "tls": tls}}, "missing: rest.clientRoles"),
                ({"coap": {"listen": f"127.0.0.1:{self.coap_port}"}}, "io: cannot listen on")):
            with self.subTest(why), self.assertRaisesRegex(AssertionError, why):
                self.start_gateway(**self.peers, **configuration)

    # -- users

    def test_the_file_of_the_socket_is_for_its_owner_and_group(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o660)

    def test_a_user_without_a_role_may_do_nothing(self):
        path = self.folder / "for-others"
        self.start_gateway(**self.peers, socket={
            "unix": str(path), "users": [f"{os.geteuid()}=operator"]})
        door = SocketDoor(path, "json")
        self.check_refused("forbidden", door.ask, "Attest", {"nonce": NONCE})
        self.check_refused("forbidden", door.ask_raw, "Attest", b"{no JSON")
        wait_until(lambda: self.is_updated(door))
        self.check_refused("forbidden", door.ask, "Measure", {"event": CONTAINER})

    def test_a_socket_that_is_served_is_not_taken_and_a_stale_one_is(self):
        path = self.folder / "taken"
        first = self.start_gateway(**self.peers, socket={"unix": str(path)})
        with self.assertRaisesRegex(AssertionError, "conflict: socket.unix: another process"):
            self.start_gateway(**self.peers, socket={"unix": str(path)})
        first.kill()
        self.assertTrue(path.exists())
        second = self.start_gateway(**self.peers, socket={"unix": str(path)})
        self.wait_until_ready(second)
        self.assertEqual(SocketDoor(path, "json").ask("PeerCache", {"peer": ""})["cache"], [])
        self.assertEqual(second.stop(), 0)
        self.assertFalse(path.exists())
        path.write_text("precious")
        with self.assertRaisesRegex(AssertionError, "conflict: socket.unix: .* no socket"):
            self.start_gateway(**self.peers, socket={"unix": str(path)})
        self.assertEqual(path.read_text(), "precious")

    def test_beyond_loopback_there_is_no_socket(self):
        with self.assertRaisesRegex(AssertionError, "forbidden: socket.tcp"):
            self.start_gateway(**self.peers, socket={"tcp": "0.0.0.0:0"})

    # -- limits

    def start_tight(self, name, **rest):
        path = self.folder / name
        made = self.start_gateway(rest, **self.peers, socket={"unix": str(path)})
        self.wait_until_ready(made)
        return made, SocketDoor(path, "json")

    def test_slow_and_silent_clients_end(self):
        _, door = self.start_tight("slow", headerSeconds=1, bodySeconds=1)
        with door.connect() as silent, door.connect() as half, door.connect() as slow:
            half.sendall(b"\0\0\0")
            slow.sendall(struct.pack(">II", 100, FRAMES["Attest"]) + b"{")
            self.assertEqual(silent.recv(1), b"")
            for late in (half, slow):
                kind, payload = door.answer(late)
                self.assertEqual(kind, FRAMES["Error"])
                self.assertTrue(json.loads(payload)["msg"].startswith("timeout: frame."))

    def test_grpc_requests_that_never_end(self):
        port = free_port()
        self.start_gateway({"idleSeconds": 1, "bodySeconds": 1, "requestSeconds": 1}, **self.peers,
                           grpc={"listen": f"127.0.0.1:{port}"})
        door = GrpcDoor(port)
        wait_until(lambda: self.is_answered(door))

        def frame(kind, flags, stream, payload):
            return (struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
                    + struct.pack(">I", stream) + payload)

        def literal(name, value):
            return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value
        header = b"".join(map(literal, *zip(
            (b":method", b"POST"), (b":scheme", b"http"), (b":authority", b"troth"),
            (b":path", b"/grpcapi.CMCService/Attest"), (b"te", b"trailers"),
            (b"content-type", b"application/grpc"))))
        begun = frame(1, 4, 1, header)
        for data in (begun, begun + frame(0, 0, 1, b"\0\0\0\0\x10abc"), begun[:20]):
            with socket.create_connection(("127.0.0.1", port), 20) as slow:
                slow.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + data)
                end = time.monotonic() + 15  # it takes 7
                with contextlib.suppress(ConnectionError):
                    while slow.recv(4096):
                        self.assertLess(time.monotonic(), end)
                self.assertTrue(self.is_answered(door))  # whose connection was told to go, too

    def test_more_requests_than_are_served_at_a_time(self):
        gateway, door = self.start_tight("requests", maxRequests=2, requestSeconds=10)
        held = [door.connect() for _ in range(2)]
        hold = door.frame(FRAMES["Verify"], encode(
            "json", "Verify", {**VERIFY, "nonce": b"hold it for ever"}))
        for connection in held:
            connection.sendall(hold)
        wait_until(lambda: not self.is_answered(door))
        self.check_refused("exhausted", door.ask, "Attest", {"nonce": NONCE})
        self.assertEqual(self.ask("POST", "/v1/challenges", port=gateway.port).status, 503)
        for connection in held:
            connection.close()

    def test_who_asks_too_often_is_told_so_at_every_door(self):
        path, port, other = self.folder / "rate", free_port(), free_port()
        gateway = self.start_gateway(
            **self.peers, callers={"requestsPerMinute": 1, "requestsAtOnce": 4},
            socket={"unix": str(path), "tcp": f"127.0.0.1:{port}"},
            grpc={"listen": f"127.0.0.1:{other}"}, coap={"listen": f"127.0.0.1:{other}"})
        self.wait_until_ready(gateway)
        doors = {"RESOURCE_EXHAUSTED": GrpcDoor(other),
                 "4.29": CoapDoor(f"coap://127.0.0.1:{other}", "cbor"),
                 None: SocketDoor(port, "json")}
        for door in doors.values():
            door.ask("Verify", VERIFY)
        self.assertEqual(self.ask("POST", "/v1/challenges", port=gateway.port).status, 201)
        for status, door in doors.items():  # who comes over loopback is one caller
            with self.subTest(type(door).__name__), self.assertRaises(Refused) as refused:
                door.ask("Verify", VERIFY)
            self.assertEqual((refused.exception.code, refused.exception.status),
                             ("exhausted", status))
        answer = self.ask("POST", "/v1/challenges", port=gateway.port)
        self.check_problem(answer, 429, "rate_limited")
        self.assertGreater(int(answer.headers["retry-after"]), 1)
        local = SocketDoor(path, "cbor")  # and a user of the machine another
        for _ in range(4):
            local.ask("Verify", VERIFY)
        for encoding in ("cbor", "json"):  # each is told in the form in which it asks
            self.check_refused("exhausted", SocketDoor(path, encoding).ask, "Verify", VERIFY)

    def test_one_caller_does_not_take_what_is_there_for_all(self):
        path, port, other = self.folder / "at-once", free_port(), free_port()
        gateway = self.start_gateway(
            **self.peers, callers={"maxRequests": 2},
            socket={"unix": str(path), "tcp": f"127.0.0.1:{port}"},
            grpc={"listen": f"127.0.0.1:{other}"}, coap={"listen": f"127.0.0.1:{other}"})
        self.wait_until_ready(gateway)
        doors = [SocketDoor(port, "json"), GrpcDoor(other),
                 CoapDoor(f"coap://127.0.0.1:{other}", "json")]
        hold = encode("json", "Verify", {**VERIFY, "nonce": b"hold it for ever"})
        held = [doors[0].connect() for _ in range(2)]  # who comes over loopback is one caller
        for connection in held:
            connection.sendall(doors[0].frame(FRAMES["Verify"], hold))
        wait_until(lambda: not self.is_answered(doors[0]))
        for door in doors:
            self.check_refused("exhausted", door.ask, "Attest", {"nonce": NONCE})
        answer = self.ask("POST", "/v1/challenges", port=gateway.port)
        self.check_problem(answer, 429, "rate_limited", "at a time")
        self.assertEqual(answer.headers["retry-after"], "1")
        self.check_serves(gateway.port)
        self.assertTrue(self.is_answered(SocketDoor(path, "json")))  # of another
        for connection in held:
            connection.close()

    def test_one_caller_does_not_take_it_by_asking_for_later_either(self):
        gateway = self.start_gateway({"requestSeconds": 3}, **self.peers,
                                     callers={"maxRequests": 1})
        self.wait_until_ready(gateway)
        question = {"report": {}, "nonce": base64.b64encode(b"hold it for ever").decode()}
        later = {"Prefer": "respond-async"}
        answer = self.ask("POST", "/v1/appraisals", question, later, gateway.port)
        self.assertEqual(answer.status, 202)
        answer = self.ask("POST", "/v1/appraisals", question, later, gateway.port)
        self.check_problem(answer, 429, "rate_limited")
        wait_until(lambda: self.ask("POST", "/v1/challenges", port=gateway.port).status == 201)

    def test_more_connections_than_are_kept(self):
        _, door = self.start_tight("connections", maxConnections=4)
        kept = [door.connect() for _ in range(4)]
        time.sleep(0.2)
        self.check_refused("exhausted", door.ask, "Attest", {"nonce": NONCE})
        for connection in kept:
            connection.close()
        wait_until(lambda: self.is_answered(door))

    def test_what_is_announced_costs_no_memory(self):
        before = self.gateway.peak_bytes()
        door = SocketDoor(self.path, "json")
        size = 20 * MIB
        waiting = [door.connect() for _ in range(10)]
        for connection in waiting:
            connection.sendall(struct.pack(">II", size, FRAMES["Verify"]))
        self.assertEqual(door.ask("Attest", {"nonce": NONCE})["version"], "1.4.0")
        self.assertLess(self.gateway.peak_bytes() - before, 16 * MIB)
        for connection in waiting:
            connection.close()

    # -- stopping

    def test_a_stop_refuses_new_work_at_every_door_at_once(self):
        ports = [free_port() for _ in range(2)]
        gateway = self.start_gateway(
            {"requestSeconds": 3}, **self.peers, socket={"tcp": f"127.0.0.1:{ports[0]}"},
            grpc={"listen": f"127.0.0.1:{ports[1]}"}, coap={"listen": f"127.0.0.1:{ports[1]}"})
        doors = [RestDoor(gateway.port, "json"), SocketDoor(ports[0], "json"),
                 GrpcDoor(ports[1]), CoapDoor(f"coap://127.0.0.1:{ports[1]}", "json")]
        for door in doors:
            wait_until(lambda door=door: self.is_answered(door))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            held = [pool.submit(door.ask, "Verify", {**VERIFY, "nonce": b"hold it for ever"})
                    for door in doors]
            time.sleep(0.7)
            gateway.process.terminate()
            time.sleep(0.3)
            self.assertFalse(any(future.done() for future in held))
            for door in doors:
                with self.assertRaises((Refused, ConnectionError)):
                    door.ask("Attest", {"nonce": NONCE})
            for future in held:  # what was accepted is answered
                with self.assertRaises(Refused) as refused:
                    future.result(10)
                self.assertEqual(refused.exception.code, "timeout")
        self.assertEqual(gateway.process.wait(10), 0)

    def is_answered(self, door):
        try:
            return bool(door.ask("Attest", {"nonce": NONCE}))
        except (Refused, ConnectionError):
            return False

    def is_updated(self, door):
        try:
            return door.ask("UpdateMetadata", {})["success"]
        except Refused:
            return False

    def test_a_stop_finishes_what_runs(self):
        gateway, door = self.start_tight("stop", requestSeconds=2)
        with door.connect() as idle, door.connect() as busy:
            busy.sendall(door.frame(FRAMES["Verify"], encode(
                "json", "Verify", {**VERIFY, "nonce": b"hold it for ever"})))
            time.sleep(0.3)
            gateway.process.terminate()
            self.assertEqual(idle.recv(1), b"")
            kind, payload = door.answer(busy)
            self.assertTrue(json.loads(payload)["msg"].startswith("timeout: "))
        self.assertEqual(gateway.process.wait(10), 0)
        with self.assertRaises((ConnectionError, FileNotFoundError)):
            door.connect()


if __name__ == "__main__":
    unittest.main()
