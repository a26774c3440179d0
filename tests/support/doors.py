"""The doors of the gateway, each with one way to ask: an operation of the reference's API and its
members by their names; back come the members of the response, or a Refused with its stable code."""
import base64
import http.client
import json
import pathlib
import re
import socket
import struct
import subprocess
import sys
import tempfile

import cbor

try:
    import grpc
except ImportError:  # a Python that is not Debian's does not look among its modules
    sys.path.append("/usr/lib/python3/dist-packages")
    import grpc

FRAMES = {name: number for number, name in enumerate((
    "Error", "Attest", "Verify", "TLSCreate", "TLSSign", "TLSCert", "PeerCache", "Measure",
    "UpdateCerts", "UpdateMetadata"))}
REQUESTS = {
    "Attest": {"version": 0, "nonce": 1, "cached": 2},
    "Verify": {"version": 0, "nonce": 1, "report": 2, "peer": 6, "peerAddr": 7, "policies": 8},
    "TLSCreate": {"version": 0, "keyConfig": 1},
    "TLSSign": {"version": 0, "keyId": 1, "content": 2, "hashAlg": 3},
    "TLSCert": {"version": 0, "keyId": 1},
    "PeerCache": {"version": 0, "peer": 1},
    "Measure": {"version": 0, "event": 1},
    "UpdateCerts": {"version": 0},
    "UpdateMetadata": {"version": 0},
}
RESPONSES = {
    "Error": {"version": 0, "msg": 1},
    "Attest": {"version": 0, "report": 1},
    "Verify": {"version": 0, "result": 1},
    "TLSCreate": {"version": 0, "keyId": 1},
    "TLSSign": {"version": 0, "signedContent": 1},
    "TLSCert": {"version": 0, "certificate": 1},
    "PeerCache": {"version": 0, "cache": 1},
    "Measure": {"version": 0, "success": 1},
    "UpdateCerts": {"version": 0, "success": 1},
    "UpdateMetadata": {"version": 0, "success": 1},
}
KEY = {"type": 1, "alg": 2, "cn": 3, "dnsNames": 4, "ipAddresses": 5}
COMPONENT = {"type": 0, "name": 1, "hashes": 2, "ctrData": 8}
CONTAINER = {"configSha256": 0, "rootfsSha256": 1, "ociSpec": "ociSpec"}


def component(encoding, members):
    """A component by the names of JSON, bytes being hashes, in an encoding."""
    container = members.get("ctrData", {})
    if encoding == "cbor":
        out = {COMPONENT[name]: value for name, value in members.items()}
        if container:
            out[COMPONENT["ctrData"]] = {CONTAINER[name]: value
                                         for name, value in container.items()}
        return out
    if encoding == "protobuf":
        numbers = {"configSha256": 1, "rootfsSha256": 2}
        inner = {numbers[name]: value for name, value in container.items() if name in numbers}
        if "ociSpec" in container:
            inner[3] = json.dumps(container["ociSpec"])
        out = {1: members["type"], 2: members["name"]}
        return protobuf({**out, 9: protobuf(inner)} if container else out)
    return {**members, **({"ctrData": {name: value.hex() if isinstance(value, bytes) else value
                                       for name, value in container.items()}} if container else {})}


def key_order(encoding, members):
    """The order of a TLS key by the names of JSON, in an encoding."""
    if encoding == "json":
        return members
    numbered = {KEY[name]: value for name, value in members.items()}
    return numbered if encoding == "cbor" else protobuf(numbered)


class Refused(Exception):
    def __init__(self, text, status=None):
        super().__init__(text)
        self.code = text.split(":")[0]
        self.status = status


def encode(encoding, operation, members):
    members = {"version": "1.4.0", **members}
    if "event" in members:
        members["event"] = component(encoding, members["event"])
    if "keyConfig" in members:
        members["keyConfig"] = key_order(encoding, members["keyConfig"])
    if encoding == "cbor":
        return cbor.dumps({REQUESTS[operation][name]: value for name, value in members.items()})
    return json.dumps({name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
                       for name, value in members.items()}).encode()


def decode(encoding, operation, body):
    if encoding == "cbor":
        names = {number: name for name, number in RESPONSES[operation].items()}
        return {names[number]: value for number, value in cbor.loads(body).items()}
    members = json.loads(body)
    for name in ("report", "signedContent"):
        if name in members:
            members[name] = base64.b64decode(members[name], validate=True)
    if "certificate" in members:
        members["certificate"] = [base64.b64decode(one, validate=True)
                                  for one in members["certificate"]]
    return members


def exact(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(min(size - len(data), 1 << 20))
        if not part:
            raise ConnectionError(f"{len(data)} of {size} bytes")
        data += part
    return data


class SocketDoor:
    """The reference's frames, over TCP (a port) or a Unix socket (a path)."""

    def __init__(self, address, encoding):
        self.address, self.encoding = address, encoding

    def connect(self, timeout=20):
        family = socket.AF_INET if isinstance(self.address, int) else socket.AF_UNIX
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(timeout)
        connection.connect(("127.0.0.1", self.address) if isinstance(self.address, int)
                           else str(self.address))
        return connection

    def frame(self, kind, payload):
        return struct.pack(">II", len(payload), kind) + payload

    def answer(self, connection):
        length, kind = struct.unpack(">II", exact(connection, 8))
        payload = exact(connection, length)
        if connection.recv(1):
            raise AssertionError("something behind the answer")
        return kind, payload

    def exchange(self, data):
        with self.connect() as connection:
            connection.sendall(data)
            return self.answer(connection)

    def ask(self, operation, members):
        return self.ask_raw(operation, encode(self.encoding, operation, members))

    def ask_raw(self, operation, body):
        kind, payload = self.exchange(self.frame(FRAMES[operation], body))
        if kind == FRAMES["Error"]:
            raise Refused(decode(self.encoding, "Error", payload)["msg"])
        if kind != FRAMES[operation]:
            raise AssertionError(f"frame type {kind}")
        return decode(self.encoding, operation, payload)


def protobuf(fields):
    """Fields of text and bytes, and lists of them, by number."""
    out = b""
    for number, value in fields.items():
        for item in value if isinstance(value, list) else [value]:
            data = item.encode() if isinstance(item, str) else item
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def varint(value):
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def from_protobuf(data):
    fields = {}
    while data:
        tag, data = take_varint(data)
        size, data = take_varint(data)
        if tag & 7 == 0:
            fields.setdefault(tag >> 3, []).append(size)
            continue
        if tag & 7 != 2:
            raise ValueError(f"wire type {tag & 7}")
        fields.setdefault(tag >> 3, []).append(data[:size])
        data = data[size:]
    return fields


def take_varint(data):
    value = shift = 0
    for at, byte in enumerate(data):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, data[at + 1:]
    raise ValueError("a varint without end")


class GrpcDoor:
    """The reference's service, with messages that are put together here: another reader of its
    numbers than the one that protoc generates."""
    encoding = "protobuf"

    def __init__(self, port, credentials=None, metadata=()):
        options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        self.channel = (grpc.secure_channel(f"localhost:{port}", credentials, options)
                        if credentials else grpc.insecure_channel(f"127.0.0.1:{port}", options))
        self.metadata = metadata

    def ask(self, operation, members):
        members = {"version": "1.4.0", **members}
        if "event" in members:
            members["event"] = component("protobuf", members["event"])
        if "keyConfig" in members:
            members["keyConfig"] = key_order("protobuf", members["keyConfig"])
        body = protobuf({REQUESTS[operation][name] + 1: value for name, value in members.items()})
        return self.ask_raw(operation, body)

    def ask_raw(self, operation, body, timeout=20):
        call = self.channel.unary_unary(f"/grpcapi.CMCService/{operation}")
        try:
            fields = from_protobuf(call(body, timeout=timeout, metadata=self.metadata))
        except grpc.RpcError as why:
            raise Refused(why.details(), why.code().name) from None
        got = {"version": fields[1][0].decode()}
        if operation == "Attest":
            got["report"] = fields[2][0]
        if operation == "Verify":
            got["result"] = json.loads(fields[2][0])
        if operation == "TLSCreate":
            got["keyId"] = fields[2][0].decode()
        if operation == "TLSSign":
            got["signedContent"] = fields[2][0]
        if operation == "TLSCert":
            got["certificate"] = fields[2]
        if operation == "PeerCache":
            got["cache"] = [item.decode() for item in fields.get(2, [])]
        if operation in ("Measure", "UpdateCerts", "UpdateMetadata"):
            got["success"] = fields.get(2) == [1]
        return got


class CoapDoor:
    """CoAP, over UDP or DTLS, with the client of libcoap."""

    def __init__(self, base, encoding, credentials=()):
        self.base, self.encoding, self.credentials = base, encoding, credentials

    def ask(self, operation, members):
        return self.ask_raw(operation, encode(self.encoding, operation, members))

    def ask_raw(self, operation, body, *options):
        with tempfile.TemporaryDirectory() as folder:
            sent, got = pathlib.Path(folder, "sent"), pathlib.Path(folder, "got")
            sent.write_bytes(body)
            done = subprocess.run(
                ["coap-client-openssl", "-m", "post", "-B", "20", "-f", sent, "-o", got,
                 *self.credentials, *options, f"{self.base}/{operation}"],
                capture_output=True, timeout=60, check=False)
            said = (done.stdout + done.stderr).decode(errors="replace")
            if refused := re.search(r"^(\d\.\d\d)(?: (.*))?$", said, re.M):
                raise Refused(refused[2] or "", refused[1])
            if not got.exists():
                raise ConnectionError(said)
            return decode(self.encoding, operation, got.read_bytes())


class RestDoor:
    """The same operations where the native API has them."""
    OPERATIONS = {"Attest": "/v1/attestations", "Verify": "/v1/appraisals"}

    def __init__(self, port, encoding):
        self.port, self.encoding = port, encoding

    def ask(self, operation, members):
        body = {name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
                for name, value in members.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", self.OPERATIONS[operation], json.dumps(body),
                               {"Content-Type": "application/json",
                                "Accept": f"application/{self.encoding}"})
            answer = connection.getresponse()
            payload = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise Refused(json.loads(payload)["code"], answer.status)
        if operation == "Attest":
            return {"report": payload}
        return {"result": (cbor if self.encoding == "cbor" else json).loads(payload)}
