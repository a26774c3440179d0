"""A whole deployment of Troth on this machine's loopback, in one folder: for the demo and for tests.

It has a software TPM that is booted as a real machine would be, certificates of its own CAs, and
each process with a configuration file.
"""
import json
import pathlib
import socket
import time

from processes import Failed, Process, free_ports, run

ROLES = {"driver-tpm": "driver", "driver-sw": "driver", "prover": "prover", "est": "est",
         "verifier": "verifier", "gateway": "gateway"}


class Deployment:
    """Every file is below `folder`; `root` is a clone with its executables in build/bin."""

    driver = "driver-tpm"  # whose evidence the machine's report has

    def __init__(self, folder, root, roles=None, links="unix"):
        """`links` says how the processes talk with each other: over `unix` sockets, or `tls`."""
        self.roles = roles or ROLES
        self.links = links
        self.folder = pathlib.Path(folder)
        self.root = pathlib.Path(root)
        self.bin = self.root / "build" / "bin"
        self.pki = self.folder / "pki"
        self.logs = self.folder / "logs"
        self.machine = self.folder / "machine"
        self.boot_log = self.machine / "boot.log"
        self.ima_list = self.machine / "ima.list"
        ports = free_ports(2 * len(self.roles) + 1)
        self.ports = dict(zip(self.roles, ports))
        self.admin_ports = dict(zip(self.roles, ports[len(self.roles):]))
        self.rest_port = ports[-1]
        self.tpm_port = free_ports(1, adjacent=2)[0]
        self.processes = {}
        for made in (self.pki, self.logs, self.machine, self.folder / "metadata",
                     self.folder / "links"):
            made.mkdir(parents=True)

    # -- what there is before any process runs ---------------------------------------------

    def make_certificates(self):
        run(self.bin / "troth-pki", "init", "--dir", self.pki)
        for name, role in self.roles.items():
            self.issue(role, name)
        self.issue("metadata-signer", "metadata-signer", addressed=False)

    def issue(self, role, name, addressed=True):
        names = ["--dns", "localhost", "--ip", "127.0.0.1"] if addressed else []
        run(self.bin / "troth-pki", "issue", "--dir", self.pki, "--role", role, "--name", name,
            *names, "--out", self.pki / name)

    def make_logs(self, files):
        """Makes the logs of a machine that booted well and executed `files`."""
        replay = self.bin / "troth-tpm-replay"
        run(replay, "make-boot-log", "--out", self.boot_log)
        run(replay, "make-ima-list", "--boot-log", self.boot_log, "--out", self.ima_list, *files)

    def make_metadata(self):
        """Describes the machine by its logs, which are good now, and signs that."""
        work = self.folder / "unsigned"
        work.mkdir(exist_ok=True)
        layers = [("firmware", ["--event-log", self.boot_log, "--pcrs", "0-7"], None, "jws"),
                  ("system", ["--event-log", self.boot_log, "--pcrs", "8-9,14"], "firmware", "cose"),
                  ("programs", ["--ima-list", self.ima_list], "system", "jws")]
        tool = self.bin / "troth-metatool"
        for name, logs, base, form in layers:
            values, item = work / f"{name}.values", work / f"{name}.json"
            run(tool, "from-logs", *logs, "--out", values)
            run(tool, "create", "manifest", "--name", name, "--developer", "Example",
                *(["--base-layer", base] if base else []), "--certification-level", "1",
                "--ca-certificate", self.pki / "ak-ca.pem",
                "--reference-values", values, "--out", item)
            self.sign(item, name, form)
        item = work / "image.json"
        run(tool, "create", "image-description", "--name", "example-machine",
            *[word for name, *_ in layers for word in ("--manifest", name)], "--out", item)
        self.sign(item, "image", "jws")

    def sign(self, item, name, form):
        run(self.bin / "troth-metatool", "sign", "--in", item, "--format", form,
            "--key", self.pki / "metadata-signer.key", "--certs", self.pki / "metadata-signer.pem",
            "--out", self.folder / "metadata" / f"{name}.{form}")

    # -- the machine -------------------------------------------------------------------------

    @property
    def tcti(self):
        return f"swtpm:host=127.0.0.1,port={self.tpm_port}"

    def boot(self):
        """Powers the machine's TPM up, and measures what its logs say."""
        scripts = self.root / "deploy" / "swtpm"
        run(scripts / "setup", self.machine)
        tpm = Process("swtpm", [scripts / "start", self.machine, self.tpm_port],
                      self.logs / "swtpm.log")
        tpm.start()
        self.processes["swtpm"] = tpm
        self.wait_for_port(self.tpm_port)
        return run(self.bin / "troth-tpm-replay", "--tcti", self.tcti, "--boot-log", self.boot_log,
                   "--ima-list", self.ima_list).stdout

    def wait_for_port(self, port, timeout=10):
        end = time.monotonic() + timeout
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError as why:
                if time.monotonic() > end:
                    raise Failed(f"nobody listens on port {port}: {why}") from why
                time.sleep(0.02)

    def measure(self, *files):
        """Lets the machine execute files."""
        run(self.bin / "troth-tpm-replay", "measure", "--tcti", self.tcti,
            "--ima-list", self.ima_list, *files)

    # -- the processes -----------------------------------------------------------------------

    def address(self, name):
        return (f"unix://{self.folder}/links/{name}" if self.links == "unix"
                else f"tls://127.0.0.1:{self.ports[name]}")

    @property
    def gateway_url(self):
        return f"http://127.0.0.1:{self.rest_port}"

    def configurations(self):
        """Returns what each process is told beside what all of them are."""
        return {
            "est": {"ekRoots": [str(self.machine / "ek-roots.pem")],
                    "akCa": {"certificate": str(self.pki / "ak-ca.pem"),
                             "key": str(self.pki / "ak-ca.key")},
                    "metadata": str(self.folder / "metadata"), **self.tls_keys()},
            "driver-tpm": {"anchor": "tpm", "est": self.address("est"),
                           "tpm": {"tcti": self.tcti},
                           "logs": {"boot": str(self.boot_log), "ima": str(self.ima_list)}},
            "driver-sw": {"anchor": "sw"},
            "prover": {"drivers": [self.address(self.driver)],
                       "est": self.address("est"), "refreshSeconds": 1},
            "verifier": {"trust": {"metadataRoots": [str(self.pki / "metadata-ca.pem")],
                                   "akRoots": [str(self.pki / "ak-ca.pem")]}},
            "gateway": {"provers": [self.address("prover")],
                        "verifiers": [self.address("verifier")],
                        "est": self.address("est"),
                        "rest": {"listen": f"127.0.0.1:{self.rest_port}"}},
        }

    def tls_keys(self):
        """Returns what the EST server is told to certify machines' TLS keys, if there is who
        appraises their reports."""
        if "verifier" not in self.roles:
            return {}
        return {"tlsKeys": {"ca": {"certificate": str(self.pki / "tls-keys-ca.pem"),
                                   "key": str(self.pki / "tls-keys-ca.key")},
                            "verifiers": [self.address("verifier")],
                            "names": ["{machine}", "localhost"], "addresses": ["127.0.0.1"]}}

    def tls(self, name):
        return {"ca": str(self.pki / "tls-ca.pem"), "certificate": str(self.pki / f"{name}.pem"),
                "key": str(self.pki / f"{name}.key")}

    def configure(self, **changes):
        """Writes the configuration files. `changes` replace keys of a process's own."""
        for name, own in self.configurations().items():
            document = {
                "name": "example-machine" if name in (self.driver, "prover") else name,
                "admin": f"127.0.0.1:{self.admin_ports[name]}",
                "state": str(self.folder / "state" / name),
                **({} if self.links == "unix" else {"tls": self.tls(name)}),
                **own, **changes.get(name.replace("-", "_"), {})}
            if name != "gateway":
                document["listen"] = self.address(name)
            pathlib.Path(document["state"]).mkdir(parents=True, exist_ok=True)
            file = self.folder / f"{name}.json"
            file.write_text(json.dumps(document, indent=2))
            program = self.bin / f"troth-{self.roles[name]}"
            self.processes[name] = Process(name, [program, "--config", file],
                                           self.logs / f"{name}.log",
                                           health=[program, "health", "--config", file])

    def start(self, *names):
        """Starts processes, in any order: each waits for its peers by itself."""
        names = names or tuple(self.roles)
        for name in names:
            self.processes[name].start()
        for name in names:
            self.processes[name].wait_until_ready()

    def attest(self, *options, accepted=(0,), timeout=120):
        """Has the machine's report asked for and appraised."""
        return run(self.bin / "troth-testtool", "attest", "--gateway", self.gateway_url, *options,
                   accepted=accepted, timeout=timeout)

    def close(self):
        for process in reversed(self.processes.values()):
            process.stop()
