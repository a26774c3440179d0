#!/usr/bin/env python3
"""Runs the real troth-metatool, whose path is the argument: metadata made, signed and shown."""
import hashlib
import json
import os
import pathlib
import pty
import struct
import subprocess
import sys
import tempfile
import unittest

METATOOL = sys.argv.pop()


def run(*arguments):
    """Runs it to its end."""
    return subprocess.run([METATOOL, *map(str, arguments)], capture_output=True, text=True,
                          timeout=60)


def boot_log(*events):
    """A crypto-agile log with a SHA-256 bank; an event is (PCR, type, data)."""
    spec = b"Spec ID Event03\0" + struct.pack("<IBBBBIHHB", 0, 0, 2, 0, 2, 1, 0xb, 32, 0)
    log = struct.pack("<II20sI", 0, 3, b"", len(spec)) + spec
    for pcr, kind, data in events:
        log += struct.pack("<IIIH", pcr, kind, 1, 0xb) + hashlib.sha256(data).digest()
        log += struct.pack("<I", len(data)) + data
    return log


def ima_list(*paths):
    """A binary list of the template ima-ng."""
    out = b""
    for path in paths:
        digest = b"sha256:\0" + hashlib.sha256(path.encode()).digest()
        name = path.encode() + b"\0"
        data = struct.pack("<I", len(digest)) + digest + struct.pack("<I", len(name)) + name
        out += struct.pack("<I20sI", 10, hashlib.sha1(data).digest(), 6) + b"ima-ng"
        out += struct.pack("<I", len(data)) + data
    return out


def firmware():
    """An image of OVMF with nothing but its tables: one section for SEV-SNP, one for TDX."""
    snp = b"ASEV" + struct.pack("<IIIIII", 28, 1, 1, 0x80d000, 4096, 2)
    tdx = b"TDVF" + struct.pack("<IIIIIQQII", 48, 1, 1, 0, 4096, 0xfffff000, 4096, 0, 1)
    entries = (struct.pack("<I", 32 + 18 + 44 + 48 + 28) + struct.pack("<H", 22)
               + bytes.fromhex("666588dc4a989847a75e5585a7bf67cc"))
    entries += (struct.pack("<I", 32 + 18 + 44 + 48) + struct.pack("<H", 22)
                + bytes.fromhex("35657ae44a989847865e4685a7bf8ec2"))
    table = entries + struct.pack("<H", 62) + bytes.fromhex("de82b596b21ff745baeaa366c55a082d")
    return (snp + tdx + table + bytes(32)).rjust(4096, b"\x5a")


def mrtd_of(image):
    """MRTD of an image of one page: it is added, then measured chunk by chunk."""
    def operation(name, address):
        return name.ljust(16, b"\0") + struct.pack("<Q", address) + bytes(104)
    out = operation(b"MEM.PAGE.ADD", 0xfffff000)
    for at in range(0, 4096, 256):
        out += operation(b"MR.EXTEND", 0xfffff000 + at) + image[at:at + 256]
    return hashlib.sha384(out).hexdigest()


def launch_digest_of(image):
    """The digest of an SNP guest with that image and one EPYC-Milan, started by QEMU."""
    area = bytearray(4096)
    for at, layout, *values in (
            (0x00, "HHIQ", 0, 0x93, 0xffff, 0), (0x10, "HHIQ", 0xf000, 0x9b, 0xffff, 0xffff0000),
            (0x20, "HHIQ", 0, 0x93, 0xffff, 0), (0x30, "HHIQ", 0, 0x93, 0xffff, 0),
            (0x40, "HHIQ", 0, 0x93, 0xffff, 0), (0x50, "HHIQ", 0, 0x93, 0xffff, 0),
            (0x60, "HHIQ", 0, 0, 0xffff, 0), (0x70, "HHIQ", 0, 0x82, 0xffff, 0),
            (0x80, "HHIQ", 0, 0, 0xffff, 0), (0x90, "HHIQ", 0, 0x8b, 0xffff, 0),
            (0xd0, "Q", 0x1000), (0x148, "Q", 0x40), (0x158, "QQQQQ", 0x10, 0x400, 0xffff0ff0, 2,
             0xfff0), (0x268, "Q", 0x7040600070406), (0x310, "Q", 0xa00f11), (0x3b0, "Q", 1),
            (0x3e8, "Q", 1), (0x408, "I", 0x1f80), (0x410, "H", 0x37f)):
        struct.pack_into("<" + layout, area, at, *values)
    digest = bytes(48)
    for kind, address, content in ((1, 0xfffff000, image), (5, 0x80d000, None),
                                   (2, 0xfffffffff000, area)):
        hashed = bytes(48) if content is None else hashlib.sha384(content).digest()
        info = digest + hashed + struct.pack("<HBBBBBBQ", 0x70, kind, 0, 0, 0, 0, 0, address)
        digest = hashlib.sha384(info).digest()
    return digest.hex()


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "boot.bin").write_bytes(boot_log((0, 8, b"1.0"), (4, 5, b"Calling")))
        (self.folder / "ima.bin").write_bytes(ima_list("/bin/sh", "/bin/ls"))

    def at(self, name):
        return self.folder / name

    def do(self, *arguments, code=0, said=""):
        done = run(*arguments)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        self.assertIn(said, done.stderr)
        return done.stdout

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def make_signer(self, name, *key, usage="codeSigning"):
        self.openssl("req", "-x509", "-nodes", "-newkey", *key, "-keyout", f"{name}.key", "-out",
                     f"{name}.pem", "-days", "2", "-subj", f"/CN={name}", "-addext",
                     f"extendedKeyUsage={usage}", "-addext", "basicConstraints=critical,CA:FALSE")
        return self.at(f"{name}.key"), self.at(f"{name}.pem")

    def make_manifest(self, *arguments, name="os", out="os.json"):
        self.do("create", "manifest", "--name", name, "--out", self.at(out), *arguments)
        return self.at(out)


class CommandLine(Case):
    def test_help_and_version_exit_0(self):
        for arguments in ([], ["create"], ["create", "manifest"], ["create", "image-description"],
                          ["create", "manifest-description"], ["from-logs"], ["precompute"],
                          ["sign"], ["convert"], ["inspect"], ["verify"], ["diff"],
                          ["from-files"], ["create", "status"], ["create", "key"],
                          ["from-container"], ["from-boot"], ["from-evidence"],
                          ["from-firmware"]):
            self.do(*arguments, "--help")
        self.assertRegex(self.do("--version"), r"^troth-metatool \d+\.\d+\.\d+\n$")

    def test_wrong_usage_exits_2(self):
        boot = self.at("boot.bin")
        out = ["--out", self.at("out")]
        for arguments in (
                [], ["--bogus"], ["stray"], ["create"], ["create", "manifest", *out],
                ["create", "manifest", "--name", "", *out],
                ["create", "manifest", "--name", "x", "--not-after", "soon", *out],
                ["create", "manifest", "--name", "x", "--format", "xml", *out],
                ["create", "manifest", "--name", "x", "--reference-values", boot, *out],
                ["create", "image-description", "--name", "x", *out],
                ["from-logs", *out], ["from-logs", "--event-log", self.at("ima.bin"), *out],
                ["from-logs", "--event-log", boot, "--pcrs", "24", *out],
                ["from-logs", "--event-log", boot, "--banks", "md5", *out],
                ["from-logs", "--event-log", boot, "--banks", "sha384", *out],
                ["convert", "--in", boot, "--to", "json", *out],
                ["inspect", self.at("boot.bin"), "--as", "report"]):
            with self.subTest(arguments):
                self.do(*arguments, code=2)
        self.assertFalse(self.at("out").exists())

    def test_files_that_are_not_there_exit_4(self):
        missing = self.at("missing")
        self.do("inspect", missing, code=4, said="missing")
        self.do("from-logs", "--event-log", missing, "--out", self.at("x"), code=4, said="missing")
        self.do("create", "manifest", "--name", "x", "--out", self.at("boot.bin/x"), code=4)


class Logs(Case):
    def test_reference_values_of_the_registers_asked_for_and_of_the_files(self):
        self.do("from-logs", "--event-log", self.at("boot.bin"), "--pcrs", "4", "--ima-list",
                self.at("ima.bin"), "--out", self.at("values.json"))
        bill = json.loads(self.at("values.json").read_text())
        self.assertEqual(bill["bomFormat"], "CycloneDX")
        self.assertEqual([each["name"] for each in bill["components"]],
                         ["TPM_PCR_INIT_VALUE", "EV_ACTION", "sh", "ls"])
        action = bill["components"][1]
        self.assertEqual(action["hashes"], [
            {"alg": "SHA-256", "content": hashlib.sha256(b"Calling").hexdigest()}])
        self.assertEqual(action["properties"], [{"name": "cmc.ta", "value": "TPM"},
                                                {"name": "cmc.index", "value": "4"}])
        self.assertTrue(bill["components"][2]["optional"])
        self.assertEqual(bill["components"][2]["description"], "/bin/sh")

    def test_a_register_without_an_event_is_no_reference(self):
        self.do("from-logs", "--event-log", self.at("boot.bin"), "--pcrs", "0-4", "--out",
                self.at("values.json"), code=4, said="no event of PCR 1")

    def test_expected_values_are_the_replay(self):
        logs = ["--event-log", self.at("boot.bin"), "--ima-list", self.at("ima.bin")]
        expected = json.loads(self.do("precompute", *logs, "--format", "json"))
        value = hashlib.sha256(bytes(32) + hashlib.sha256(b"1.0").digest()).hexdigest()
        self.assertEqual(expected["SHA-256"]["0"], value)
        self.assertEqual(sorted(expected["SHA-256"]), ["0", "10", "4"])
        self.assertIn(f"SHA-256  PCR  0  {value}\n", self.do("precompute", *logs))
        self.do("precompute", *logs, "--format", "reference-values", "--out", self.at("sums.json"))
        names = {each["name"] for each in json.loads(self.at("sums.json").read_text())["components"]}
        self.assertEqual(names, {"PCR Summary"})


class Items(Case):
    def test_a_manifest_holds_what_the_command_line_says(self):
        self.do("from-logs", "--ima-list", self.at("ima.bin"), "--out", self.at("values.json"))
        path = self.make_manifest(
            "--description", "an os", "--version-time", "2026-11-24T09:43:36Z", "--not-before",
            "2026-11-23T09:43:36Z", "--not-after", "2027-11-24T09:43:36Z", "--developer", "me",
            "--base-layer", "rtm", "--certification-level", "3", "--ca-fingerprint", "ab" * 32,
            "--reference-values", self.at("values.json"))
        manifest = json.loads(path.read_text())
        components = manifest.pop("sbom")["components"]
        self.assertEqual([each["name"] for each in components], ["sh", "ls"])
        self.assertEqual(manifest, {
            "type": "Manifest", "name": "os", "version": "2026-11-24T09:43:36Z",
            "validity": {"notBefore": "2026-11-23T09:43:36Z", "notAfter": "2027-11-24T09:43:36Z"},
            "description": "an os", "developerCommonName": "me", "baseLayers": ["rtm"],
            "certLevel": 3, "caFingerprints": ["ab" * 32]})

    def test_an_image_description_takes_names_and_descriptions(self):
        self.do("create", "manifest-description", "--name", "d", "--manifest", "rtm", "--out",
                self.at("d.json"))
        self.do("create", "image-description", "--name", "image", "--location", "Munich",
                "--manifest-description", self.at("d.json"), "--manifest", "os", "--out",
                self.at("image.json"))
        image = json.loads(self.at("image.json").read_text())
        self.assertEqual(image["type"], "Image Description")
        self.assertEqual(image["location"], "Munich")
        self.assertEqual(image["descriptions"], [
            {"type": "Manifest Description", "name": "d", "manifest": "rtm"},
            {"type": "Manifest Description", "name": "os.description", "manifest": "os"}])

    def test_json_becomes_cbor_and_the_same_json_again(self):
        self.do("from-logs", "--event-log", self.at("boot.bin"), "--out", self.at("values.json"))
        first = self.make_manifest("--reference-values", self.at("values.json"))
        self.do("convert", "--in", first, "--to", "cbor", "--out", self.at("os.cbor"))
        self.do("convert", "--in", self.at("os.cbor"), "--to", "json", "--out", self.at("2.json"))
        self.assertEqual(first.read_bytes(), self.at("2.json").read_bytes())
        self.assertLess(len(self.at("os.cbor").read_bytes()), len(first.read_bytes()))

    def test_details_of_events_and_digests_of_any_algorithm_survive_conversion(self):
        item = json.loads(self.make_manifest().read_text())
        item["sbom"]["components"] = [
            {"type": "firmware", "name": "dbx", "version": "1",
             "hashes": [{"alg": "SHA3-256", "content": "ab" * 32},
                        {"alg": "SHA-256", "content": "cd" * 32},
                        {"alg": "BLAKE3", "content": "ef" * 32}],
             "eventdata": {"uefivariable": {"guid": "d719b2cb-3d3a-4596-a3bc-dad00e67656f",
                                            "name": "dbx", "extra": [1, -2, 0.5, None, {}]}}},
            {"type": "TPM Reference Value", "name": "of report 3.1", "index": 0}]
        self.at("os.json").write_text(json.dumps(item))
        self.do("convert", "--in", self.at("os.json"), "--to", "cbor", "--out", self.at("os.cbor"))
        self.do("convert", "--in", self.at("os.cbor"), "--to", "json", "--out", self.at("2.json"))
        self.assertEqual(json.loads(self.at("2.json").read_text()), item)
        self.do("convert", "--in", self.at("2.json"), "--to", "cbor", "--out", self.at("2.cbor"))
        self.assertEqual(self.at("os.cbor").read_bytes(), self.at("2.cbor").read_bytes())
        # Only CBOR has keys that are numbers: eventdata 7, {1: 2} in place of {"a": 2}.
        item["sbom"]["components"][0]["eventdata"] = {"a": 2}
        self.at("os.json").write_text(json.dumps(item))
        self.do("convert", "--in", self.at("os.json"), "--to", "cbor", "--out", self.at("os.cbor"))
        odd = self.at("os.cbor").read_bytes().replace(b"\x07\xa1\x61a\x02", b"\x07\xa1\x01\x02")
        self.assertIn(b"\x07\xa1\x01\x02", odd)
        self.at("odd.cbor").write_bytes(odd)
        self.do("convert", "--in", self.at("odd.cbor"), "--to", "json", "--out", self.at("x"),
                code=2, said="would be lost")
        self.do("convert", "--in", self.at("odd.cbor"), "--to", "cbor", "--out", self.at("same"))
        self.assertEqual(odd, self.at("same").read_bytes())

    def test_policies_for_hardware_become_part_of_a_manifest_and_survive_conversion(self):
        policy = {"reportMinVersion": 2, "reportMaxVersion": 5,
                  "policy": {"type": "SNP Policy", "singleSocket": False, "debug": False,
                             "migration": False, "smt": True, "abiMajor": 1, "abiMinor": 51},
                  "versions": [{"name": "milan", "fw": {"build": 3, "major": 1, "minor": 51},
                                "tcb": {"fmc": 0, "bl": 2, "tee": 0, "snp": 6, "ucode": 67}}]}
        self.at("snp.json").write_text(json.dumps(policy))
        first = self.make_manifest("--snp-policy", self.at("snp.json"))
        self.assertEqual(json.loads(first.read_text())["snpPolicy"], policy)
        self.do("convert", "--in", first, "--to", "cbor", "--out", self.at("os.cbor"))
        self.do("convert", "--in", self.at("os.cbor"), "--to", "json", "--out", self.at("2.json"))
        self.assertEqual(first.read_bytes(), self.at("2.json").read_bytes())
        del policy["policy"]["debug"]
        self.at("snp.json").write_text(json.dumps(policy))
        self.do("create", "manifest", "--name", "x", "--snp-policy", self.at("snp.json"), "--out",
                self.at("x"), code=2, said="policy.debug")

    def test_details_are_what_the_file_says(self):
        details = {"os": "Debian", "n": 1, "list": [None, {"a": "b"}]}
        self.at("details.json").write_text(json.dumps(details))
        path = self.make_manifest("--details", self.at("details.json"))
        self.assertEqual(json.loads(path.read_text())["details"], details)
        self.at("details.json").write_text("[]")
        self.do("create", "manifest", "--name", "x", "--details", self.at("details.json"), "--out",
                self.at("x"), code=2, said="details")

    def test_a_company_is_described(self):
        self.do("create", "company-description", "--name", "Example", "--version-time",
                "2026-11-24T09:43:36Z", "--not-before", "2026-11-23T09:43:36Z", "--not-after",
                "2027-11-24T09:43:36Z", "--description", "makes examples", "--out",
                self.at("company.json"))
        self.assertEqual(json.loads(self.at("company.json").read_text()), {
            "type": "Company Description", "name": "Example", "version": "2026-11-24T09:43:36Z",
            "validity": {"notBefore": "2026-11-23T09:43:36Z", "notAfter": "2027-11-24T09:43:36Z"},
            "description": "makes examples"})

    def test_details_survive_conversion_and_what_would_be_lost_is_refused(self):
        item = json.loads(self.make_manifest().read_text())
        item["details"] = {"os": "Debian", "n": 1, "f": 1.5, "list": [None, {"a": "b"}]}
        self.at("os.json").write_text(json.dumps(item))
        self.do("convert", "--in", self.at("os.json"), "--to", "cbor", "--out", self.at("os.cbor"))
        self.do("convert", "--in", self.at("os.cbor"), "--to", "json", "--out", self.at("2.json"))
        self.assertEqual(json.loads(self.at("2.json").read_text()), item)
        item["unknown"] = {"to": "us"}
        self.at("os.json").write_text(json.dumps(item))
        self.do("convert", "--in", self.at("os.json"), "--to", "cbor", "--out", self.at("x"),
                code=2, said="metadata.unknown: would be lost")

    def test_who_watches_sees_how_far_long_work_is(self):
        tree = self.at("tree")
        tree.mkdir()
        (tree / "file").write_bytes(b"text")
        ours, theirs = pty.openpty()
        subprocess.run([METATOOL, "from-files", tree, "--out", self.at("all.json")], check=True,
                       stderr=theirs, timeout=60)
        os.close(theirs)
        self.assertIn(b"[" + b"#" * 30 + b"] 1 files, 0 MiB", os.read(ours, 1000))
        os.close(ours)
        self.do("from-files", tree, "--out", self.at("all.json"))
        self.assertEqual(run("from-files", tree, "--out", self.at("all.json")).stderr, "")

    def test_what_GRUB_loads_is_measured_file_by_file(self):
        self.at("vmlinuz").write_bytes(b"kernel")
        self.at("initrd").write_bytes(b"initrd")
        line = "/vmlinuz root=/dev/sda1 ro"
        boot = ["from-boot", "--loader", "grub", "--image", self.at("vmlinuz"), "--initrd",
                self.at("initrd"), "--command-line", line]
        self.do(*boot, "--out", self.at("values.json"))
        made = json.loads(self.at("values.json").read_text())["components"]
        digests = {(each["properties"][1]["value"], each["hashes"][0]["content"]) for each in made}
        self.assertEqual(digests, {(pcr, hashlib.sha256(data).hexdigest()) for pcr, data in (
            ("8", line.encode()), ("9", b"kernel"), ("9", b"initrd"))})
        values = json.loads(self.do(*boot, "--format", "json", "--banks", "sha256,sha384"))
        self.assertEqual(
            values["SHA-384"]["8"], hashlib.sha384(
                bytes(48) + hashlib.sha384(line.encode()).digest()).hexdigest())
        self.do("from-boot", "--image", self.at("vmlinuz"), code=2, said="pe.")

    def test_what_a_processor_will_say_of_a_firmware_is_computed(self):
        image = firmware()
        self.at("OVMF.fd").write_bytes(image)
        snp = ["from-firmware", "--anchor", "snp", "--image", self.at("OVMF.fd"), "--vcpus", "1"]
        milan = [*snp, "--vcpu-type", "EPYC-Milan"]
        self.assertEqual(self.do(*milan, "--format", "hex"), launch_digest_of(image) + "\n")
        self.assertEqual(self.do(*snp, "--vcpu-signature", "0xa00f11", "--format", "hex"),
                         launch_digest_of(image) + "\n")
        self.do(*milan, "--out", self.at("snp.values"))
        value = json.loads(self.at("snp.values").read_text())["components"][0]
        self.assertEqual(value["hashes"], [{"alg": "SHA-384", "content": launch_digest_of(image)}])
        self.assertEqual(value["properties"], [{"name": "cmc.ta", "value": "SNP"}])
        tdx = ["from-firmware", "--anchor", "tdx", "--image", self.at("OVMF.fd")]
        self.do(*tdx, "--out", self.at("tdx.values"))
        value = json.loads(self.at("tdx.values").read_text())["components"][0]
        self.assertEqual(value["hashes"], [{"alg": "SHA-384", "content": mrtd_of(image)}])
        self.assertEqual(value["properties"], [{"name": "cmc.ta", "value": "TDX"},
                                               {"name": "cmc.index", "value": "0"}])
        self.make_manifest("--reference-values", self.at("snp.values"), "--reference-values",
                           self.at("tdx.values"))

    def test_a_firmware_that_says_too_little_is_refused(self):
        self.at("OVMF.fd").write_bytes(firmware())
        self.at("none.fd").write_bytes(bytes(4096))
        self.at("kernel").write_bytes(b"kernel")
        for arguments, said in (
                (["snp", "--vcpu-type", "EPYC"], "--vcpus"),
                (["snp", "--vcpus", "1"], "--vcpu-type"),
                (["snp", "--vcpus", "1", "--vcpu-type", "Pentium"], "Pentium"),
                (["snp", "--vcpus", "2", "--vcpu-type", "EPYC"], "further processors"),
                (["snp", "--vcpus", "1", "--vcpu-type", "EPYC", "--kernel", self.at("kernel")],
                 "kernel's hashes"),
                (["sgx"], "--anchor")):
            with self.subTest(arguments):
                self.do("from-firmware", "--image", self.at("OVMF.fd"), "--anchor", *arguments,
                        code=2, said=said)
        self.do("from-firmware", "--image", self.at("none.fd"), "--anchor", "tdx", code=2,
                said="none.fd: ovmf.table")
        self.do("from-firmware", "--image", self.at("missing"), "--anchor", "tdx", code=4)

    def test_files_become_what_the_kernel_would_measure(self):
        tree = self.at("tree")
        (tree / "bin").mkdir(parents=True)
        (tree / "bin/sh").write_bytes(b"/bin/sh")
        (tree / "bin/sh").chmod(0o755)
        (tree / "readme").write_bytes(b"text")
        (tree / "link").symlink_to("bin/sh")
        self.do("from-files", tree, "--out", self.at("all.json"))
        values = json.loads(self.at("all.json").read_text())["components"]
        self.assertEqual([each["description"] for each in values], ["/bin/sh", "/readme"])
        self.do("from-logs", "--ima-list", self.at("ima.bin"), "--out", self.at("list.json"))
        listed = json.loads(self.at("list.json").read_text())["components"]
        self.assertEqual(values[0], listed[0])
        self.do("from-files", tree, "--executables", "--prefix", "/usr", "--out",
                self.at("some.json"))
        values = json.loads(self.at("some.json").read_text())["components"]
        self.assertEqual([each["description"] for each in values], ["/usr/bin/sh"])
        self.do("from-files", self.at("missing"), "--out", self.at("x"), code=4)

    def test_two_items_are_told_apart(self):
        self.do("from-logs", "--ima-list", self.at("ima.bin"), "--out", self.at("values.json"))
        same = ["--version-time", "2026-11-24T09:43:36Z", "--not-before", "2026-11-23T09:43:36Z"]
        one = self.make_manifest(*same, out="one")
        two = self.make_manifest(*same, "--certification-level", "3", "--reference-values",
                                 self.at("values.json"), out="two")
        self.assertEqual(self.do("diff", one, one), "")
        said = self.do("diff", one, two, code=1).splitlines()
        self.assertEqual(said[0], "+ certLevel: 3")
        self.assertEqual([each[:4] for each in said[1:]], ["+ sh", "+ ls"])
        self.do("convert", "--in", two, "--to", "cbor", "--out", self.at("cbor"))
        self.assertEqual(self.do("diff", two, self.at("cbor")), "")
        changed = json.loads(pathlib.Path(two).read_text())
        components = changed["sbom"]["components"]
        components[0]["version"] = "2"
        components[1]["hashes"][0]["content"] = "00" * 32
        components.reverse()
        self.at("changed").write_text(json.dumps(changed))
        said = self.do("diff", two, self.at("changed"), code=1).splitlines()
        names = [each["name"] for each in components]
        place = "  cmc.ta=TPM  cmc.index=10  "
        self.assertEqual(len(said), 2, said)
        self.assertEqual(said[0], f'+ {names[1]}{place}version: "2"')
        self.assertRegex(said[1], rf'^~ {names[0]}{place}hashes\[0\]\.content: "\w+" -> "0+"$')


class Signatures(Case):
    def test_a_signed_item_is_verified_as_a_verifier_does(self):
        p256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        for name in ("ca", "other"):
            self.openssl("req", "-x509", *p256, "-keyout", f"{name}.key", "-out", f"{name}.pem",
                         "-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign")
        self.openssl("req", "-x509", *p256, "-keyout", "one.key", "-out", "one.pem", "-subj",
                     "/CN=one", "-CA", "ca.pem", "-CAkey", "ca.key", "-addext",
                     "extendedKeyUsage=codeSigning", "-addext", "basicConstraints=CA:FALSE")
        certificate, other = self.at("ca.pem"), self.at("other.pem")
        self.make_manifest()
        self.do("sign", "--key", self.at("one.key"), "--certs", self.at("one.pem"), "--format",
                "cose", "--in", self.at("os.json"), "--out", self.at("signed"))
        self.assertIn("ok", self.do("verify", self.at("signed"), "--roots", certificate))
        self.assertIn("metadata.chain", self.do("verify", self.at("signed"), "--roots", other,
                                                code=1))
        said = self.do("verify", self.at("signed"), "--roots", certificate, "--signers", "2",
                       code=1)
        self.assertIn("(metadata.signers, expected 2 signers at least, each once)",
                      " ".join(said.split()))
        said = self.do("verify", self.at("signed"), "--roots", certificate, "--time",
                       "2001-01-01T00:00:00Z", code=1)
        self.assertIn("(expired, expected", " ".join(said.split()))
        self.do("verify", self.at("os.json"), "--roots", certificate, code=1)

    def test_the_status_of_signed_manifests_is_an_item_of_its_own(self):
        key, certificate = self.make_signer("one", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
        self.make_manifest()
        self.do("sign", "--key", key, "--certs", certificate, "--format", "jws", "--in",
                self.at("os.json"), "--out", self.at("signed"))
        self.do("create", "status", "--server", "https://s", "--revoked", self.at("signed"),
                "--reason", "a hole", "--out", self.at("status.json"))
        status = json.loads(self.at("status.json").read_text())
        self.assertEqual(status["type"], "OMSP Response")
        entry = status["responses"][0]
        self.assertEqual(entry["manifestHash"],
                         hashlib.sha256(self.at("signed").read_bytes()).hexdigest())
        self.assertEqual((entry["status"], entry["revocationReason"]), ("revoked", "a hole"))
        self.do("create", "status", "--server", "https://s", "--out", self.at("x"), code=2)

    def test_what_is_signed_is_shown_with_its_signers(self):
        one = self.make_signer("one", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
        two = self.make_signer("two", "rsa:2048")
        self.make_manifest()
        for form in ("jws", "cose"):
            with self.subTest(form):
                done = run("sign", "--key", one[0], "--certs", one[1], "--key", two[0], "--certs",
                           f"{two[1]},{one[1]}", "--format", form, "--in", self.at("os.json"),
                           "--out", self.at("signed"))
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
                shown = self.do("inspect", self.at("signed"))
                self.assertIn("UNVERIFIED", shown)
                self.assertIn("ECDSA with SHA-256", shown)
                self.assertIn("RSASSA with SHA-256", shown)
                self.assertIn("CN=two", shown)
                self.assertIn("Manifest os\n", shown)

    def test_wrong_keys_exit_2_and_nothing_of_a_key_is_said(self):
        key, certificate = self.make_signer("one", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
        other, _ = self.make_signer("two", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
        self.make_manifest()
        secret = "".join(other.read_text().splitlines()[1:-1])
        tail = ["--format", "jws", "--in", self.at("os.json"), "--out", self.at("signed")]
        for arguments in (["--key", other, "--certs", certificate], ["--key", key],
                          ["--key", key, "--key", other, "--certs", certificate],
                          ["--key", certificate, "--certs", certificate],
                          ["--key", key, "--certs", key], ["--key", key, "--certs", ""]):
            with self.subTest(arguments):
                done = run("sign", *arguments, *tail)
                self.assertIn(done.returncode, (2, 4))
                self.assertNotIn(secret[:20], done.stderr + done.stdout)
                self.assertFalse(self.at("signed").exists())

    def test_a_signer_that_verifiers_refuse_is_warned_of(self):
        key, certificate = self.make_signer("tls", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                                            usage="serverAuth")
        self.make_manifest()
        self.do("sign", "--key", key, "--certs", certificate, "--format", "jws", "--in",
                self.at("os.json"), "--out", self.at("signed"), said="CN=tls")

    def test_logs_are_not_signed(self):
        key, certificate = self.make_signer("one", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
        self.do("sign", "--key", key, "--certs", certificate, "--format", "jws", "--in",
                self.at("boot.bin"), "--out", self.at("signed"), code=2)


class Inspect(Case):
    def test_logs_and_reference_values_are_shown(self):
        self.assertIn("PCR 4         1 event\n", self.do("inspect", self.at("boot.bin")))
        self.assertIn("EV_ACTION  Calling", self.do("inspect", "--verbose", self.at("boot.bin")))
        self.assertIn("/bin/ls", self.do("inspect", "--verbose", self.at("ima.bin")))


if __name__ == "__main__":
    unittest.main()
