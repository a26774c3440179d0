#!/usr/bin/env python3
"""What the documents say exists: commands, files, links, flags and configuration keys.

    docs_test.py ROOT BIN
"""
import functools
import json
import pathlib
import re
import subprocess
import sys
import unittest

BIN = pathlib.Path(sys.argv.pop())
ROOT = pathlib.Path(sys.argv.pop())
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("shared/**/*.md")]


@functools.cache
def help_of(*command):
    done = subprocess.run([BIN / command[0], *command[1:], "--help"], capture_output=True,
                          text=True, timeout=30, check=False)
    return done.stdout if done.returncode == 0 else None


def flat(group, prefix=""):
    """Yields the keys of a configuration, those of a group behind a dot."""
    for key, value in group.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key


def commands(document):
    """Yields the lines of the shell blocks, without comments and with continuations joined."""
    for block in re.findall(r"^```sh\n(.*?)^```", document.read_text(), re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            if words := line.split("#")[0].split():
                yield words


class Documents(unittest.TestCase):
    def test_links_lead_somewhere(self):
        for document in DOCUMENTS:
            for link in re.findall(r"\]\(([^)#:]+)[^):]*\)", document.read_text()):
                self.assertTrue((document.parent / link).exists(), f"{document.name}: {link}")

    def test_files_that_are_named_are_there(self):
        pattern = r"`(?:\./)?((?:actors|deploy|docs|services|shared|tests|tools)/[\w./*-]*)`"
        for document in DOCUMENTS:
            for name in re.findall(pattern, document.read_text()):
                name = re.sub(r"[A-Z]{4,}", "*", name)  # a word that stands for others
                self.assertTrue(list(ROOT.glob(name.rstrip("/"))), f"{document.name}: {name}")

    def test_scripts_and_their_flags_are_there(self):
        for document in DOCUMENTS:
            for words in commands(document):
                script = ROOT / words[0]
                if not words[0].startswith(("./deploy/", "./tests/", "deploy/", "tests/")):
                    continue
                self.assertTrue(script.is_file() and script.stat().st_mode & 0o100, words[0])
                for flag in (word for word in words[1:] if word.startswith("--")):
                    self.assertIn(flag, script.read_text(), f"{document.name}: {words}")

    def test_programs_know_the_flags_that_are_shown(self):
        for document in DOCUMENTS:
            for words in commands(document):
                words = [word.removeprefix("build/bin/") for word in words]
                if not words[0].startswith("troth-"):
                    continue
                with self.subTest(f"{document.name}: {' '.join(words)}"):
                    self.assertIsNotNone(help_of(words[0]), "no such program")
                    text = help_of(words[0])
                    if len(words) > 1 and not words[1].startswith("-"):
                        text += help_of(*words[:2]) or ""
                        self.assertIsNotNone(help_of(*words[:2]), "no such sub-command")
                    for flag in (word.split("=")[0] for word in words if word.startswith("--")):
                        self.assertRegex(text, re.escape(flag) + r"\b")

    def test_the_keys_of_each_service_are_those_that_it_reads(self):
        text = (ROOT / "docs/operations.md").read_text()
        common = self.keys(text, "Keys of every service")
        for name in ("driver", "prover", "verifier", "est", "gateway"):
            done = subprocess.run([BIN / f"troth-{name}", "--print-config"], capture_output=True,
                                  text=True, timeout=30, check=False)
            with self.subTest(name):
                read = set(flat(json.loads(done.stdout)))
                self.assertEqual(read, common | self.keys(text, f"`troth-{name}`"), done.stderr)

    def keys(self, text, heading):
        section = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#+ |\Z)", text, re.M | re.S)
        self.assertIsNotNone(section, heading)
        return set(re.findall(r"^\| `([\w.]+)`", section[1], re.M))


if __name__ == "__main__":
    unittest.main()
