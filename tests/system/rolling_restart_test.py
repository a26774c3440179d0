#!/usr/bin/env python3
"""Gateways, verifiers and provers are stopped and started again one after the other while clients
ask: no request that was accepted is lost, and no challenge. Arguments: the folder of the
executables.
"""
import collections
import contextlib
import json
import pathlib
import sys
import threading
import time
import unittest

BIN = pathlib.Path(sys.argv.pop(1))
sys.argv[1:1] = [str(BIN / "troth-gateway"), str(BIN / "fake-peer"), str(BIN / "troth-pki")]
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from gateway import NONCE, Client, GatewayCase, free_port, head, post, wait_until  # noqa: E402
from threads import running  # noqa: E402

QUESTIONS = {"/v1/appraisals": {"report": "bm8gcmVwb3J0", "nonce": NONCE},
             "/v1/attestations": {"nonce": NONCE}}
PAUSE_S = 0.01
MIN_GOOD = 0.9


class Asker(threading.Thread):
    """Asks whichever gateway takes its request, as a client behind a balancer does."""

    def __init__(self, ports, path):
        super().__init__()
        self.ports, self.path, self.ends = list(ports), path, threading.Event()
        self.answers = collections.Counter()
        self.lost, self.refusals = [], []

    def run(self):
        while not self.ends.wait(PAUSE_S):
            self.question = self.next_question()
            for port in self.ports:
                if self.question is None or self.is_answered(port):
                    break

    def next_question(self):
        return QUESTIONS[self.path]

    def is_answered(self, port):
        """Asks one gateway. Returns whether it took the request: that is what its consent means."""
        consents = False
        body = json.dumps(self.question)
        header = head("POST", self.path, "Content-Type: application/json", "Connection: close",
                      f"Content-Length: {len(body)}", "Expect: 100-continue")
        try:
            with Client(port) as connection:
                connection.send(header)
                consents = connection.file.readline().startswith(b"HTTP/1.1 100")
                if not consents:
                    return False
                connection.file.readline()
                connection.send(body)
                answer = connection.answer()
                self.answers[answer.status] += 1
                if answer.status == 200:
                    self.question = None  # it needs no other answer
                else:
                    self.refusals.append(answer.json()["detail"])
        except (OSError, AssertionError) as why:
            if consents:
                self.lost.append(repr(why))
        return consents


class Challenged(Asker):
    """Answers challenges: one whose answer was refused is still good, and is answered again."""

    def __init__(self, ports, path):
        super().__init__(ports, path)
        self.question = None

    def next_question(self):
        if self.question is not None:
            return self.question
        for port in self.ports:
            with contextlib.suppress(OSError, AssertionError), Client(port) as connection:
                connection.send(post("/v1/challenges", {}))
                answer = connection.answer()
                if answer.status == 201:
                    return {"report": "bm8gcmVwb3J0", "challengeId": answer.json()["id"]}
        return None


class RollingRestart(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        trust = {"metadataRoots": [str(cls.pki.folder / "metadata-ca.pem")],
                 "akRoots": [str(cls.pki.folder / "ak-ca.pem")]}
        cls.verifiers = [cls.start([str(BIN / "troth-verifier")], {
            "admin": "", "tls": cls.pki.tls("verifier"), "listen": f"tls://127.0.0.1:{free_port()}",
            "store": f"sqlite3://{cls.folder}/store.sqlite3", "trust": trust}) for _ in range(2)]
        cls.provers = [cls.start_peer("prover", free_port()) for _ in range(2)]
        cls.gateways = [cls.start_gateway(
            {"listen": f"127.0.0.1:{free_port()}"},
            verifiers=[f"tls://127.0.0.1:{one.port}" for one in cls.verifiers],
            provers=[f"tls://127.0.0.1:{one.port}" for one in cls.provers]) for _ in range(2)]
        for one in cls.gateways:
            cls.wait_until_ready(cls(), one)

    def are_connected(self):
        """Whether both gateways have both peers of each kind."""
        return all(f'troth_peers_connected{{peer="{name}"}} 2' in
                   self.ask("GET", "/metrics", port=one.port).body.decode()
                   for one in self.gateways for name in ("verifiers", "provers"))

    def test_no_request_that_was_accepted_is_lost(self):
        wait_until(self.are_connected)
        orders = ([one.port for one in self.gateways],
                  [one.port for one in reversed(self.gateways)])
        clients = [Asker(order, path) for path in QUESTIONS for order in orders]
        clients += [Challenged(order, "/v1/appraisals") for order in orders * 4]
        with running(clients):
            for process in [*self.gateways, *self.verifiers, *self.provers] * 2:
                time.sleep(0.3)
                self.assertEqual(process.stop(), 0)
                process.start()
                wait_until(self.are_connected)
        for client in clients:
            name = f"{type(client).__name__} {client.path}"
            print(name, dict(client.answers), file=sys.stderr)
            self.assertEqual(client.lost, [], name)
            # A gateway that has just started may know nobody yet. No other request is refused: what
            # a process that stops does not answer, another does.
            self.assertLessEqual(set(client.answers), {200, 503}, f"{name}: {client.refusals}")
            for why in client.refusals:
                self.assertRegex(why, ": none is connected$")
        answers = sum((client.answers for client in clients), collections.Counter())
        self.assertGreater(answers[200], MIN_GOOD * answers.total())


if __name__ == "__main__":
    unittest.main()
