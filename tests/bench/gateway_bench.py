#!/usr/bin/env python3
"""Appraisals through the doors of a real gateway beside the same appraisal in-process.

    gateway_bench.py BIN VECTORS [APPRAISALS]

Counts the processor time that gateway and verifier spend together on each appraisal, which a busy
machine disturbs less than the clock: what they can do in a second of one core is compared with what
bench_appraise does in one. 64 clients; REST keeps its connections, the socket API has one for each
request. Prints; judges nothing.
"""
import base64
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

BIN, VECTORS = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else 4000
sys.argv[1:] = [str(BIN / "troth-gateway"), "-", str(BIN / "troth-pki")]
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from doors import FRAMES, SocketDoor, encode  # noqa: E402
from gateway import Client, GatewayCase, free_port, head  # noqa: E402

CLIENTS = 64
CASE = VECTORS / "cmc-reports/tpm-eventlog-cbor"


class Bench(GatewayCase):
    def runTest(self):
        pass

    @classmethod
    def prepare(cls):
        cls.setUpClass()
        roots = [str(VECTORS / "cmc-reports/ca/ca.pem")]
        port = free_port()
        cls.verifier = cls.start([str(BIN / "troth-verifier")], {
            "admin": "", "tls": cls.pki.tls("verifier"), "listen": f"127.0.0.1:{port}",
            "store": "memory://", "trust": {"metadataRoots": roots, "akRoots": roots},
            "policy": "cmc-compat", "workers": 1, "logLevel": "error", "maxWaiting": 128})
        cls.path = cls.folder / "socket"
        cls.gateway = cls.start_gateway(verifiers=[f"127.0.0.1:{port}"], logLevel="error",
                                        socket={"unix": str(cls.path)})
        cls().wait_until_ready()
        return cls()

    def spent(self):
        """Seconds of processor time of the gateway and of the verifier."""
        out = []
        for one in (self.gateway, self.verifier):
            fields = pathlib.Path(f"/proc/{one.process.pid}/stat").read_text().rsplit(")", 1)[1]
            out.append(sum(map(int, fields.split()[11:13])) / os.sysconf("SC_CLK_TCK"))
        return out

    def costs(self, work):
        """Seconds of each that one appraisal costs."""
        each = COUNT // CLIENTS
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda _: work(4), range(CLIENTS)))  # warm
            before = self.spent()
            list(pool.map(lambda _: work(each), range(CLIENTS)))
        return [(b - a) / (each * CLIENTS) for a, b in zip(before, self.spent())]

    def over_rest(self, report, nonce):
        body = json.dumps({"report": base64.b64encode(report).decode(),
                           "nonce": base64.b64encode(nonce).decode()}).encode()
        request = head("POST", "/v1/appraisals", "Content-Type: application/json",
                       "Accept: application/cbor", f"Content-Length: {len(body)}").encode() + body

        def work(times):
            with Client(self.gateway.port, 120) as client:
                for _ in range(times):
                    client.send(request)
                    answer = client.answer()
                    if answer.status != 200:
                        raise AssertionError(answer.body)
        return work

    def over_socket(self, report, nonce):
        door = SocketDoor(self.path, "cbor")
        frame = door.frame(FRAMES["Verify"],
                           encode("cbor", "Verify", {"nonce": nonce, "report": report}))

        def work(times):
            for _ in range(times):
                with door.connect(120) as connection:
                    connection.sendall(frame)
                    kind, payload = door.answer(connection)
                    if kind == FRAMES["Error"]:
                        raise AssertionError(payload)
        return work


def in_process():
    done = subprocess.run([BIN / "bench_appraise"], capture_output=True, text=True, check=True,
                          env={**os.environ, "TROTH_VECTORS": str(VECTORS)})
    return float(re.search(r"^reference's report.*?([\d.]+) /s", done.stdout, re.M)[1])


def main():
    report = (CASE / "attestation-report.cbor").read_bytes()
    nonce = (CASE / "nonce.cbor").read_bytes()
    bench = Bench.prepare()
    try:
        alone = in_process()
        print(f"in-process          {alone:8.0f} /s")
        for name, make in (("REST, keep-alive", bench.over_rest), ("Unix socket", bench.over_socket)):
            gateway, verifier = bench.costs(make(report, nonce))
            rate = 1 / (gateway + verifier)
            print(f"{name:18}  {rate:8.0f} /s   {100 * rate / alone:5.1f} % of it   "
                  f"gateway {1e6 * gateway:.0f} us, verifier {1e6 * verifier:.0f} us each")
        again = in_process()
        print(f"in-process, after   {again:8.0f} /s")
    finally:
        Bench.doClassCleanups()


if __name__ == "__main__":
    main()
