"""Frames of CAF 0.17.6's protocol between processes, as a peer of ours sends them and as none does."""
import socket
import ssl
import struct

HEADER_BYTES = 32
SERVER_GREETING, CLIENT_GREETING, MESSAGE, ROUTED, MONITOR, DOWN, HEARTBEAT = range(7)


def header(what, length=0, flags=0, data=0, source=0, destination=0, padding=0):
    return struct.pack(">BHBIQQQ", what, padding, flags, length, data, source, destination)


def connect_tls(port, certificate=None, timeout=5):
    """Connects as who holds a certificate (its path without .pem and .key); nobody checks ours."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(f"{certificate}.pem", f"{certificate}.key")
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout))


def connect_unix(path, timeout=5):
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(timeout)
    made.connect(str(path))
    return made


def read_exactly(connection, size):
    out = b""
    while len(out) < size:
        part = connection.recv(size - len(out))
        if not part:
            raise ConnectionError("closed")
        out += part
    return out


def read_frame(connection):
    head = read_exactly(connection, HEADER_BYTES)
    return head, read_exactly(connection, struct.unpack(">I", head[4:8])[0])


def read_greeting(connection):
    """Returns the server's node and the id of the actor that it has published."""
    _, payload = read_frame(connection)
    node, rest = payload[:32], payload[32:]
    count, rest = rest[0], rest[1:]  # of application names, short ones all
    for _ in range(count):
        rest = rest[1 + rest[0]:]
    return node, struct.unpack(">Q", rest[:8])[0]


def other_node(node, number=4711):
    """Returns a node of the same kind that is another process."""
    return node[:8] + struct.pack(">I", number) + bytes(20)


def greet(connection):
    """Greets as a client does. Returns our node, the server's, and the published actor."""
    node, published = read_greeting(connection)
    ours = other_node(node)
    connection.sendall(header(CLIENT_GREETING, len(ours)) + ours)
    return ours, node, published


def is_closed(connection, within=5):
    """Waits for the other side to end the connection, whatever it sends before."""
    connection.settimeout(within)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True
