#!/usr/bin/env python3
"""Containers measured before they are started, in real processes: through the gateway's doors into a
driver's log and a TPM's register, and judged against reference values of bundles and of images.

Arguments: the folder of the sources.
"""
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1))
sys.path.insert(0, str(SOURCE / "deploy" / "demo.d"))
from deployment import Deployment  # noqa: E402
from processes import run  # noqa: E402

ROLES = {"driver-sw": "driver", "prover": "prover", "est": "est", "verifier": "verifier",
         "gateway": "gateway"}
TPM_ROLES = {"driver-tpm": "driver", **{name: role for name, role in ROLES.items()
                                        if name != "driver-sw"}}
PCR = 13
POLICY = {"acceptSoftwareEvidence": True, "requiredEvidence": ["SW Evidence"]}
CONFIGURATION = {"ociVersion": "1.0.2", "hostname": "x",
                 "process": {"args": ["/bin/sh"], "cwd": "/", "env": ["B=1", "A=2"],
                             "user": {"uid": 0, "gid": 0}},
                 "linux": {"cgroupsPath": "system.slice:docker:ID"}}


# Where dockerd keeps the bundles of what runs; the variable is for one that was told another place.
BUNDLES = [pathlib.Path(root, "io.containerd.runtime.v2.task/moby") for root in (
    os.environ.get("TROTH_TEST_DOCKER_EXEC", "/run/docker") + "/containerd/daemon",
    "/run/containerd")]


def docker(*words, accepted=(0,)):
    return run("docker", *words, timeout=120, accepted=accepted).stdout.strip()


class Machine(Deployment):
    def __init__(self, folder, roles):
        super().__init__(folder, SOURCE, roles)
        self.driver = "driver-tpm" if "driver-tpm" in roles else "driver-sw"
        self.socket = self.folder / "gateway.socket"

    def configurations(self):
        return {name: own for name, own in super().configurations().items() if name in self.roles}

    @property
    def door(self):
        return f"unix://{self.socket}"

    def make_bundle(self, name, content=b"#!/bin/sh\n", **process):
        bundle = self.folder / name
        (bundle / "rootfs/bin").mkdir(parents=True)
        (bundle / "rootfs/etc").mkdir()
        program = bundle / "rootfs/bin/sh"
        program.write_bytes(content)
        program.chmod(0o755)
        os.link(program, bundle / "rootfs/bin/bash")
        (bundle / "rootfs/etc/link").symlink_to("../bin/sh")
        configuration = json.loads(json.dumps(CONFIGURATION).replace("ID", self.id_of(name)))
        configuration["process"].update(process)
        (bundle / "config.json").write_text(json.dumps(configuration))
        return bundle

    @staticmethod
    def id_of(name):
        return hashlib.sha256(name.encode()).hexdigest()

    def measure(self, bundle, accepted=(0,), door=None):
        return run(self.bin / "troth-testtool", "measure", "--gateway", door or self.door,
                   "--bundle", bundle, "--id", self.id_of(bundle.name), "--name", bundle.name,
                   accepted=accepted)

    def describe(self, bundle, *more):
        """Returns a file with the reference value of a bundle."""
        out = self.folder / f"{bundle.name}.values"
        run(self.bin / "troth-metatool", "from-container", "--config", bundle / "config.json", "--id",
            self.id_of(bundle.name), "--name", bundle.name, "--out", out, *more)
        return out

    def publish(self, *values, layers=()):
        """Signs manifests: one of the containers, on those of the machine."""
        work = self.folder / "unsigned"
        work.mkdir(exist_ok=True)
        tool = self.bin / "troth-metatool"
        base = [word for layer in layers[-1:] for word in ("--base-layer", layer)]
        run(tool, "create", "manifest", "--name", "containers", "--certification-level", "1", *base,
            *[word for each in values for word in ("--reference-values", each)],
            "--out", work / "containers.json")
        run(tool, "create", "image-description", "--name", "machine",
            *[word for name in (*layers, "containers") for word in ("--manifest", name)],
            "--out", work / "image.json")
        for name in ("containers", "image"):
            self.sign(work / f"{name}.json", name, "jws")

    def appraise(self):
        done = self.attest("--output", "json", accepted=(0, 1, 3))
        result = json.loads(done.stdout)
        failed = {each["rule"] for each in result["troth"]["findings"] if each["outcome"] == "fail"}
        return result["summary"]["status"], failed

    def update(self):
        """Has the prover fetch what was published."""
        frame = b'{"version":"1.4.0"}'
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(30)
            door.connect(str(self.socket))
            door.sendall(struct.pack(">II", len(frame), 9) + frame)
            answer = b""
            while part := door.recv(4096):
                answer += part
        assert answer[4:8] == struct.pack(">I", 9), answer
        assert json.loads(answer[8:])["success"] is True, answer


class Software(unittest.TestCase):
    """A key in a file speaks for the log."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="troth-measure-")
        cls.addClassCleanup(folder.cleanup)
        cls.machine = machine = Machine(folder.name, ROLES)
        cls.addClassCleanup(machine.close)
        machine.make_certificates()
        vendor = (machine.pki / "ak-ca.pem").read_bytes()  # any CA's will do: no TPM enrols
        (machine.machine / "ek-roots.pem").write_bytes(vendor)
        policy = machine.folder / "policy.json"
        policy.write_text(json.dumps(POLICY))
        machine.configure(
            prover={"containerDriver": machine.address("driver-sw"), "refreshSeconds": 3600},
            verifier={"policy": str(policy),
                      "trust": {"metadataRoots": [str(machine.pki / "metadata-ca.pem")],
                                "akRoots": [str(machine.pki / "ak-ca.pem")]}},
            gateway={"provers": [machine.address("prover")],
                     "verifiers": [machine.address("verifier")],
                     "rest": {"listen": f"127.0.0.1:{machine.rest_port}"},
                     "socket": {"unix": str(machine.socket)}})
        cls.bundle = machine.make_bundle("known")
        machine.publish(machine.describe(cls.bundle, "--rootfs", cls.bundle / "rootfs"))
        machine.start()

    def test_1_a_container_of_the_manifest_must_be_there_and_no_other(self):
        machine = self.machine
        self.assertEqual(machine.appraise(), ("fail", {"sw.reference"}))  # not started yet
        said = machine.measure(self.bundle).stdout
        self.assertRegex(said, r"^measured [0-9a-f]{64}\n  rootfs [0-9a-f]{64}\n")
        self.assertEqual(machine.measure(self.bundle).stdout, said)  # is there once
        self.assertEqual(machine.appraise(), ("warn", set()))  # a key in a file is never more
        machine.processes["driver-sw"].kill()
        machine.start("driver-sw")
        machine.processes["gateway"].wait_until_ready()
        self.assertEqual(machine.appraise(), ("warn", set()))  # the log outlives its process

    def test_2_another_container_fails_until_it_is_described(self):
        machine = self.machine
        other = machine.make_bundle("other", content=b"something else", args=["/bin/true"])
        machine.measure(other)
        self.assertEqual(machine.appraise(), ("fail", {"sw.event"}))
        machine.publish(*[machine.describe(each, "--rootfs", each / "rootfs")
                          for each in (self.bundle, other)])
        machine.update()
        self.assertEqual(machine.appraise(), ("warn", set()))

    def test_3_what_is_no_container_is_refused(self):
        machine = self.machine
        done = machine.measure(machine.folder, accepted=(2, 4))
        self.assertIn("rootfs", done.stderr)
        done = machine.measure(self.bundle, accepted=(2, 4), door=machine.gateway_url)
        self.assertIn("unsupported", done.stderr)
        (machine.folder / "broken/rootfs").mkdir(parents=True)
        (machine.folder / "broken/config.json").write_text("{}")
        self.assertIn("config.json", machine.measure(machine.folder / "broken",
                                                     accepted=(2,)).stderr)

    def test_an_image_is_the_file_system_of_its_bundle(self):
        machine = self.machine
        bundle = machine.make_bundle("from-image")
        archive = machine.folder / "image.tar"
        owner = bundle.stat()
        self.save(archive, [
            {"bin": None, "bin/sh": b"old", "etc": None, "gone": None, "gone/file": b"x",
             "etc/other": b"x"},
            {"bin/sh": b"#!/bin/sh\n", "bin/bash": ("hard", "bin/sh"), ".wh.gone": b"",
             "etc/.wh.other": b"", "etc/link": ("symbolic", "../bin/sh")}], owner)
        for path in (bundle / "rootfs/bin", bundle / "rootfs/etc"):
            path.chmod(0o755)
        of_folder = machine.describe(bundle, "--rootfs", bundle / "rootfs").read_text()
        of_image = machine.describe(bundle, "--image", archive).read_text()
        self.assertEqual(of_folder, of_image)
        with_docker = machine.describe(bundle, "--image", archive, "--docker").read_text()
        self.assertNotEqual(with_docker, of_image)

    def test_4_a_container_of_dockers_is_its_image(self):
        if not shutil.which("docker") or subprocess.run(
                ["docker", "info"], capture_output=True, timeout=60, check=False).returncode != 0:
            self.skipTest("no Docker engine answers")
        machine = self.machine
        image = f"troth-test-{os.getpid()}"
        self.import_image(image)
        self.addCleanup(docker, "rmi", "--force", image)
        bundles = [self.start_container(image) for _ in range(2)]
        archive = machine.folder / "docker.tar"
        docker("save", image, "--output", archive)
        values = []
        for number, (identity, bundle, rootfs) in enumerate(bundles):
            for source in (("--rootfs", rootfs), ("--image", archive, "--docker")):
                out = machine.folder / f"docker-{number}.values"
                run(machine.bin / "troth-metatool", "from-container", *source, "--config",
                    bundle / "config.json", "--id", identity, "--name", "docker", "--out", out)
                values.append(out.read_text())
        self.assertEqual(len(set(values)), 1)  # whichever container, from whichever source
        identity, bundle, rootfs = bundles[0]
        run(machine.bin / "troth-testtool", "measure", "--gateway", machine.door, "--bundle", bundle,
            "--rootfs", rootfs, "--id", identity)
        self.assertEqual(machine.appraise(), ("fail", {"sw.event"}))
        machine.publish(*[machine.describe(machine.folder / each, "--rootfs",
                                           machine.folder / each / "rootfs")
                          for each in ("known", "other")], out)
        machine.update()
        self.assertEqual(machine.appraise(), ("warn", set()))

    def import_image(self, name):
        """Makes an image of one program and what it needs."""
        root = self.machine.folder / "image-root"
        program = shutil.which("sleep")
        needed = re.findall(r"(/\S+) \(0x", run("ldd", program).stdout)
        for file in [program, *needed]:
            to = root / file.lstrip("/")
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(os.path.realpath(file), to)
        archive = self.machine.folder / "root.tar"
        with tarfile.open(archive, "w") as out:
            out.add(root, arcname=".")
        docker("import", archive, name)

    def start_container(self, image):
        """Returns the container's id, its bundle and its file system."""
        identity = docker("run", "--detach", "--network", "none", image, shutil.which("sleep"),
                          "600")
        self.addCleanup(docker, "rm", "--force", identity)
        bundle = next((each / identity for each in BUNDLES if (each / identity).exists()), None)
        if bundle is None:
            self.skipTest("this engine keeps its bundles elsewhere")
        configuration = json.loads((bundle / "config.json").read_text())
        return identity, bundle, pathlib.Path(configuration["root"]["path"])

    def save(self, archive, layers, owner):
        """Writes what `docker save` would, its second layer compressed."""
        with tarfile.open(archive, "w") as out:
            names = []
            for number, layer in enumerate(layers):
                content = io.BytesIO()
                with tarfile.open(fileobj=content, mode="w:gz" if number else "w") as tar:
                    for name, what in layer.items():
                        self.add(tar, name, what, owner)
                names.append(f"{number}/layer.tar")
                self.put(out, names[-1], content.getvalue())
            self.put(out, "manifest.json", json.dumps([{"Layers": names}]).encode())

    @staticmethod
    def put(tar, name, content):
        info = tarfile.TarInfo(name)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))

    @staticmethod
    def add(tar, name, what, owner):
        info = tarfile.TarInfo(name)
        info.uid, info.gid, info.mode = owner.st_uid, owner.st_gid, 0o755
        if what is None:
            info.type = tarfile.DIRTYPE
        elif isinstance(what, tuple):
            info.type = tarfile.LNKTYPE if what[0] == "hard" else tarfile.SYMTYPE
            info.linkname, info.mode = what[1], 0o777
        else:
            info.size = len(what)
        tar.addfile(info, io.BytesIO(what if isinstance(what, bytes) else b""))


@unittest.skipUnless(shutil.which("swtpm") and shutil.which("swtpm_setup"), "no swtpm here")
class Hardware(unittest.TestCase):
    """A TPM's register holds what the log says."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="troth-measure-tpm-")
        cls.addClassCleanup(folder.cleanup)
        cls.machine = machine = Machine(folder.name, TPM_ROLES)
        cls.addClassCleanup(machine.close)
        machine.make_certificates()
        machine.make_logs([machine.bin / "troth-est"])
        machine.boot()
        machine.make_metadata()
        machine.configure(
            driver_tpm={"anchor": "tpm", "est": machine.address("est"),
                        "tpm": {"tcti": machine.tcti, "pcrs": ["0-10", "13", "14"]},
                        "containers": {"pcr": PCR},
                        "logs": {"boot": str(machine.boot_log), "ima": str(machine.ima_list)}},
            prover={"containerDriver": machine.address("driver-tpm")},
            gateway={"provers": [machine.address("prover")],
                     "verifiers": [machine.address("verifier")],
                     "rest": {"listen": f"127.0.0.1:{machine.rest_port}"},
                     "socket": {"unix": str(machine.socket)}})
        cls.bundle = machine.make_bundle("known")
        machine.publish(
            machine.describe(cls.bundle, "--rootfs", cls.bundle / "rootfs", "--anchor", "TPM",
                             "--pcr", PCR), layers=("firmware", "system", "programs"))
        machine.start()

    def test_1_a_measured_container_is_in_the_quoted_register(self):
        status, failed = self.machine.appraise()
        self.assertEqual(status, "fail", failed)  # the reference value is missing
        self.machine.measure(self.bundle)
        # Its event carries no content of its own to check: a warning under the default policy.
        self.assertEqual(self.machine.appraise(), ("warn", set()))

    def test_2_a_crash_between_log_and_register_is_found_and_said(self):
        machine = self.machine
        driver = machine.processes["driver-tpm"]
        log = machine.folder / "state/driver-tpm/containers.cbor"
        before = log.read_bytes()
        other = machine.make_bundle("unknown", content=b"unknown")
        machine.measure(other)
        self.assertEqual(machine.appraise()[0], "fail")  # nobody vouches for it
        driver.kill()
        log.write_bytes(before)  # as if the log had been lost: the register is ahead of it
        driver.start()
        end = time.monotonic() + 30
        while "something else was measured into it" not in driver.log.read_text():
            self.assertLess(time.monotonic(), end, driver.tail())
            time.sleep(0.05)
        self.assertNotEqual(run(*driver.health, accepted=(0, 1, 4)).returncode, 0)


if __name__ == "__main__":
    unittest.main()
