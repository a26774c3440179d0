#!/usr/bin/env python3
"""Appraisals a second through the doors of a real gateway beside the same appraisal in-process.

    gateway_bench.py BIN VECTORS [TURNS] [SECONDS]

Gateway and verifier have one core, and so has the same appraisal in-process; the load, 64 clients,
has the other. Turn by turn, so that what disturbs one disturbs all: in-process, REST on connections
that are kept, the socket API with a connection for each request as the reference has it. Medians of
the turns, by the clock; beside them what each appraisal costs in processor time: where others use
the cores, too, that is what counts, since two processes get more of a busy core than one. Prints;
judges nothing.

The same appraisal in-process remembers nothing, as a call of the library does unless it is told to;
what it does with the verifier's memory is there to see, and has no result written in it.
"""
import base64
import dataclasses
import json
import os
import pathlib
import re
import selectors
import socket
import statistics
import subprocess
import sys
import time

BIN, VECTORS = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
TURNS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
SECONDS = float(sys.argv[4]) if len(sys.argv) > 4 else 3
sys.argv[1:] = [str(BIN / "troth-gateway"), "-", str(BIN / "troth-pki")]
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from doors import FRAMES, SocketDoor, encode  # noqa: E402
from gateway import MIB, GatewayCase, head  # noqa: E402

CLIENTS = 64
SERVED, LOADING = {0}, {1}  # the cores
WARM_S = 0.5
CASE = VECTORS / "cmc-reports/tpm-eventlog-cbor"


def pinned(cores, call):
    """Calls with this process, and all that it starts meanwhile, on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        return call()
    finally:
        os.sched_setaffinity(0, before)


class Bench(GatewayCase):
    def runTest(self):
        pass

    @classmethod
    def prepare(cls):
        cls.setUpClass()
        roots = [str(VECTORS / "cmc-reports/ca/ca.pem")]
        link = f"unix://{cls.folder}/link"
        cls.verifier = cls.start([str(BIN / "troth-verifier")], {
            "admin": "", "listen": link, "store": "memory://",
            "trust": {"metadataRoots": roots, "akRoots": roots},
            "policy": "cmc-compat", "workers": 1, "logLevel": "error", "maxWaiting": 128})
        cls.path = cls.folder / "socket"
        cls.gateway = cls.start_gateway(verifiers=[link], logLevel="error",
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


class Client:
    """One client. It reads no more of an answer than where it ends."""
    room = bytearray(4 * MIB)  # for what nobody looks at

    def __init__(self, selector, request):
        self.selector, self.request = selector, request
        self.socket = None

    def connect(self):
        self.socket = self.open()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MIB)
        self.socket.setblocking(False)
        self.selector.register(self.socket, selectors.EVENT_READ, self)

    def close(self):
        self.selector.unregister(self.socket)
        self.socket.close()
        self.socket = None

    def ask(self):
        if self.socket is None:
            self.connect()
        self.unsent = memoryview(self.request)
        self.start, self.missing = b"", None
        self.send()

    def send(self):
        try:
            self.unsent = self.unsent[self.socket.send(self.unsent):]
        except BlockingIOError:
            pass
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.unsent else 0)
        if self.selector.get_key(self.socket).events != events:
            self.selector.modify(self.socket, events, self)

    def receive(self):
        """Returns whether the answer is whole."""
        size = self.socket.recv_into(self.room)
        if size == 0:
            raise AssertionError("closed before the answer")
        if self.missing is not None:
            self.missing -= size
        else:
            self.start += self.room[:size]
            whole = self.size_of(self.start)
            if whole is not None:
                self.missing = whole - len(self.start)
        return self.missing == 0


class RestClient(Client):
    def __init__(self, selector, request, port):
        super().__init__(selector, request)
        self.port = port

    def open(self):
        out = socket.create_connection(("127.0.0.1", self.port))
        out.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return out

    @staticmethod
    def size_of(start):
        end = start.find(b"\r\n\r\n")
        if end < 0:
            return None
        if not start.startswith(b"HTTP/1.1 200 "):
            raise AssertionError(bytes(start))
        return end + 4 + int(re.search(rb"\r\nContent-Length: (\d+)", start[:end])[1])

    def finish(self):
        pass


class SocketClient(Client):
    def __init__(self, selector, request, door):
        super().__init__(selector, request)
        self.door = door

    def open(self):
        return self.door.connect()

    @staticmethod
    def size_of(start):
        if len(start) < 8:
            return None
        if int.from_bytes(start[4:8], "big") == FRAMES["Error"]:
            raise AssertionError(bytes(start))
        return 8 + int.from_bytes(start[:4], "big")

    def finish(self):
        self.close()


@dataclasses.dataclass
class Turn:
    rate: float
    gateway: float         # seconds of processor time an appraisal
    verifier: float = 0.0
    load: float = 0.0      # part of its core that the load used


class Load:
    """So many clients, each of which asks again once it has its answer: one thread, no waiting."""

    def __init__(self, make):
        self.selector = selectors.DefaultSelector()
        self.clients = [make(self.selector) for _ in range(CLIENTS)]

    def run(self, spent):
        for client in self.clients:
            client.ask()
        self.serve(time.monotonic() + WARM_S)
        before, used, begun = spent(), time.process_time(), time.monotonic()
        count = self.serve(begun + SECONDS)
        wall, used, after = time.monotonic() - begun, time.process_time() - used, spent()
        self.serve(None)
        return Turn(count / wall, *((b - a) / count for a, b in zip(before, after)), used / wall)

    def serve(self, until):
        """Has all ask until then, or all that is open be answered. Returns how many answers came."""
        count, open_now = 0, CLIENTS
        while open_now if until is None else time.monotonic() < until:
            ready = self.selector.select(20)
            if not ready:
                raise AssertionError("no answer in 20 s")
            for key, events in ready:
                client = key.data
                if events & selectors.EVENT_WRITE:
                    client.send()
                if not events & selectors.EVENT_READ or not client.receive():
                    continue
                count += 1
                client.finish()
                if until is None:
                    open_now -= 1
                else:
                    client.ask()
        return count


def over_rest(bench, report, nonce):
    body = json.dumps({"report": base64.b64encode(report).decode(),
                       "nonce": base64.b64encode(nonce).decode()}).encode()
    request = head("POST", "/v1/appraisals", "Content-Type: application/json",
                   "Accept: application/cbor", f"Content-Length: {len(body)}").encode() + body
    return Load(lambda selector: RestClient(selector, request, bench.gateway.port))


def over_socket(bench, report, nonce):
    door = SocketDoor(bench.path, "cbor")
    frame = door.frame(FRAMES["Verify"], encode("cbor", "Verify", {"nonce": nonce,
                                                                  "report": report}))
    return Load(lambda selector: SocketClient(selector, frame, door))


def in_process():
    """Returns the rate, and that of an appraisal that remembers what it has proved, as the
    verifier's does."""
    done = subprocess.run([BIN / "bench_appraise", "--reference", str(SECONDS)], check=True,
                          capture_output=True, text=True,
                          env={**os.environ, "TROTH_VECTORS": str(VECTORS)})
    return [Turn(float(rate), float(each))
            for rate, each in re.findall(r"([\d.]+) /s, ([\d.]+) s each", done.stdout)]


def middle(turns, what="rate"):
    return statistics.median(getattr(one, what) for one in turns)


def main():
    report = (CASE / "attestation-report.cbor").read_bytes()
    nonce = (CASE / "nonce.cbor").read_bytes()
    bench = pinned(SERVED, Bench.prepare)
    os.sched_setaffinity(0, LOADING)
    try:
        doors = {"REST, keep-alive": over_rest(bench, report, nonce),
                 "Unix socket": over_socket(bench, report, nonce)}
        turns = {name: [] for name in doors}
        alone, remembering = [], []
        for _ in range(TURNS):
            for kept, one in zip((alone, remembering), pinned(SERVED, in_process)):
                kept.append(one)
            for name, load in doors.items():
                turns[name].append(load.run(bench.spent))
    finally:
        Bench.doClassCleanups()
    for name, of in (("in-process", alone), ("  remembering", remembering)):
        print(f"{name:18}  {middle(of):6.0f} /s   {1e6 * middle(of, 'gateway'):.0f} us each")
    for name, of in turns.items():
        rate, gateway, verifier = (middle(of, what) for what in ("rate", "gateway", "verifier"))
        print(f"{name:18}  {rate:6.0f} /s   gateway {1e6 * gateway:.0f} us, verifier "
              f"{1e6 * verifier:.0f} us each   load {100 * middle(of, 'load'):.0f} % of its core")
        for base, what in ((alone, "in-process"), (remembering, "remembering")):
            by_time = middle(base, "gateway") / (gateway + verifier)
            print(f"{'':20}{100 * rate / middle(base):6.1f} % of {what}, {100 * by_time:.1f} % by "
                  "processor time")


if __name__ == "__main__":
    main()
