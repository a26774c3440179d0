#!/usr/bin/env python3
"""Stands between who dials by attested TLS and who listens, with a certificate that both take.

    man_in_the_middle.py ATTACK --ca PEM --cert PEM --key PEM [--to HOST:PORT]

Prints "listening on HOST:PORT", deals with one who dials (`marry`: with two), and prints all that the application of
either side let it see. Messages are JSON, as both sides must be told to send them.
"""
import argparse
import json
import socket
import ssl
import sys
import threading

VERSION = "1.3.0"


class Side:
    """One of the two connections."""

    def __init__(self, stream):
        self.stream = stream

    def read(self, size):
        out = b""
        while len(out) < size:
            part = self.stream.recv(size - len(out))
            if not part:
                raise EOFError
            out += part
        return out

    def hear(self):
        return json.loads(self.read(int.from_bytes(self.read(4), "big")))

    def say(self, message):
        body = json.dumps(message).encode()
        self.stream.sendall(len(body).to_bytes(4, "big") + body)

    def rest(self):
        """Returns what comes until the other side is gone."""
        out = b""
        try:
            while part := self.stream.recv(4096):
                out += part
        except (OSError, EOFError):
            pass
        return out


def request(mode, **more):
    return {"version": VERSION, "attest": mode, **more}


MODES = {"mutual": 0, "client": 1, "server": 2, "none": 3}


def pass_on(here, there, change=lambda message: message):
    """Passes messages on in both directions, then says what else came."""
    heard = {}

    def one_way(name, source, sink):
        try:
            for _ in range(3):
                sink.say(change(source.hear()))
        except (OSError, EOFError, ValueError):
            pass
        heard[name] = source.rest()
        try:
            sink.stream.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    ways = [threading.Thread(target=one_way, args=args)
            for args in (("client", here, there), ("server", there, here))]
    for each in ways:
        each.start()
    for each in ways:
        each.join()
    return b"".join(heard.values())


def relay(here, there):
    """Has both prove themselves to each other, and sits in between."""
    return pass_on(here, there)


def marry(here, there):
    """Lets two who dial prove themselves to each other."""
    return pass_on(here, there)


def lower(here, there):
    """Tells each side that the other demands no proof."""
    def change(message):
        if "attest" in message:
            message["attest"] = MODES["none"]
        return message
    return pass_on(here, there, change)


def strip(here, there):
    """Takes away that the sides would attest again, and relays."""
    def change(message):
        message.pop("trothRenewal", None)
        return message
    return pass_on(here, there, change)


def reflect(here, _):
    """Shows who dials its own messages."""
    for _ in range(3):
        here.say(here.hear())
    return here.rest()


def skip(here, _):
    """Agrees to the mode, and goes on without a report."""
    here.say(here.hear())
    here.hear()
    here.say({"version": VERSION, "success": True})
    return here.rest()


def empty(here, _):
    """Agrees to the mode, and proves itself by nothing."""
    here.say(here.hear())
    here.say({"version": VERSION})
    return here.rest()


def early(here, _):
    """Speaks as the application before anybody has proved anything."""
    here.say(here.hear())
    here.stream.sendall(b"GET / HTTP/1.1\r\n\r\n")
    return here.rest()


def both(here, _):
    """Says that it goes on, and that it does not."""
    here.say(here.hear())
    here.say({"version": VERSION})
    here.say({"version": VERSION, "success": True, "error": "no"})
    return here.rest()


def flood(here, _):
    """Announces a message of 4 GiB."""
    here.stream.sendall(b"\xff\xff\xff\xff" + b"x" * 1024)
    return here.rest()


def stall(here, _):
    """Begins a message and leaves it there."""
    here.stream.sendall(b"\x00\x00")
    return here.rest()


def old_tls(here, there):
    return relay(here, there)


ATTACKS = {each.__name__: each for each in (relay, marry, lower, strip, reflect, skip, empty, early, both,
                                            flood, stall, old_tls)}


def context(purpose, options):
    out = ssl.SSLContext(purpose)
    out.load_verify_locations(options.ca)
    out.load_cert_chain(options.cert, options.key)
    out.check_hostname = False
    out.verify_mode = ssl.CERT_REQUIRED
    if options.attack == "old_tls":
        out.maximum_version = ssl.TLSVersion.TLSv1_2
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("attack", choices=sorted(ATTACKS))
    for name in ("--ca", "--cert", "--key"):
        parser.add_argument(name, required=True)
    parser.add_argument("--to")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on localhost:{listener.getsockname()[1]}", flush=True)
    plain, _ = listener.accept()
    there = None
    try:
        here = Side(context(ssl.PROTOCOL_TLS_SERVER, options).wrap_socket(plain, server_side=True))
        if options.attack == "marry":
            plain, _ = listener.accept()
            there = Side(context(ssl.PROTOCOL_TLS_SERVER, options)
                         .wrap_socket(plain, server_side=True))
        if options.to:
            host, port = options.to.rsplit(":", 1)
            there = Side(context(ssl.PROTOCOL_TLS_CLIENT, options)
                         .wrap_socket(socket.create_connection((host, int(port)))))
        heard = ATTACKS[options.attack](here, there)
    except (ssl.SSLError, OSError, EOFError, ValueError) as why:
        print(f"gave up: {why!r}", file=sys.stderr)
        return
    sys.stdout.buffer.write(heard)


main()
