"""Processes that a script starts, watches and ends, each with a log of its own."""
import pathlib
import random
import socket
import subprocess
import time


SERVED_PORTS = 10000, 32000
_reservations = []


class Failed(Exception):
    """Something that had to work did not; the text is for the person who reads it."""


def free_ports(count, adjacent=1):
    """Returns `count` TCP ports of 127.0.0.1 that nobody has, each the first of `adjacent`.

    They stay this script's until it ends: the kernel gives none of them to a connection, since it
    takes those from 32768 on (ip(7), `ip_local_port_range`), and other scripts see them reserved.
    """
    found = []
    while len(found) < count:
        first = random.randrange(*SERVED_PORTS)
        if all(_reserve(port) for port in range(first, first + adjacent)):
            found.append(first)
    return found


def _reserve(port):
    """Tells whether nobody has the port; then an abstract Unix socket of its name is held."""
    reservation = socket.socket(socket.AF_UNIX)
    try:
        reservation.bind(f"\0troth-port-{port}")
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
    except OSError:
        reservation.close()
        return False
    _reservations.append(reservation)
    return True


def run(*command, timeout=60, accepted=(0,)):
    """Runs a command to its end and returns it; any exit code but those is a failure."""
    command = [str(word) for word in command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode not in accepted:
        raise Failed(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Process:
    """One process of ours. It may be started again after it has ended."""

    def __init__(self, name, command, log, health=None):
        self.name = name
        self.command = [str(word) for word in command]
        self.health = [str(word) for word in health] if health else None
        self.log = pathlib.Path(log)
        self.process = None

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def wait_until_ready(self, timeout=30):
        """Waits until its health command exits 0."""
        end = time.monotonic() + timeout
        while True:
            if not self.is_running():
                raise Failed(f"{self.name} ended: see {self.log}\n{self.tail()}")
            if not self.health or subprocess.run(self.health, capture_output=True, timeout=30,
                                                 check=False).returncode == 0:
                return
            if time.monotonic() > end:
                raise Failed(f"{self.name} did not get ready: see {self.log}\n{self.tail()}")
            time.sleep(0.05)

    def tail(self, lines=8):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def kill(self):
        """Ends it as a power cut would."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def stop(self, timeout=15):  # a process ends itself 2 s after its stopSeconds
        """Asks it to stop, and returns its exit code."""
        if not self.process:
            return None
        self.process.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.returncode
