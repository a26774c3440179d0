"""The demo, told as it happens. deploy/demo calls it when all is built."""
import argparse
import pathlib
import shutil
import sys
import tempfile

import silicon
from deployment import Deployment
from processes import Failed, run
from telling import heading, show, tell

PROGRAMS = {"inventory": "#!/bin/sh\necho 3 crates\n", "thermostat": "#!/bin/sh\necho 21 degrees\n"}


class Story:
    """One deployment, one good machine, and what is done to it."""

    def __init__(self, folder, root):
        self.here = Deployment(folder, root)
        self.programs = folder / "programs"
        self.programs.mkdir()
        for name, text in PROGRAMS.items():
            (self.programs / name).write_text(text)

    def set_up(self):
        heading("A machine, and those who judge it")
        here = self.here
        here.make_certificates()
        tell("troth-pki made three CAs (processes, metadata, attestation keys) and one certificate"
             " for each process.")
        here.make_logs(sorted(self.programs.iterdir()))
        here.make_metadata()
        tell("troth-metatool took the boot log and the list of executed programs of a machine that"
             " is known to be good, and signed what it found: firmware, system and programs,"
             " layer upon layer.")
        tell("The machine boots on a software TPM: " + here.boot().strip() + ".")
        here.configure()
        here.start()
        tell("Six processes run, each by itself: est, a driver for the TPM, one for a software key,"
             " prover, verifier, gateway. The driver's attestation key was certified by est, in a"
             " form that only this TPM could open.")

    def succeed(self):
        heading("1. The machine as it should be")
        tell("The verifier gives out a nonce, the TPM signs it with the state of its registers, the"
             " verifier compares everything that was measured with the signed metadata:")
        show(self.here.attest())

    def replay_an_answer(self):
        heading("2. Refused: an old answer to a new question")
        tell("A report is recorded and shown again, to somebody who has asked with another nonce:")
        report = self.here.folder / "recorded.report"
        run(self.here.bin / "troth-testtool", "generate", "--gateway", self.here.gateway_url,
            "--nonce", "00" * 32, "--out", report)
        show(run(self.here.bin / "troth-testtool", "verify", "--api", "rest", "--gateway",
                 self.here.gateway_url, "--report", report, "--nonce", "11" * 32, accepted=(1,)),
             "context.nonce")

    def drop_an_event(self):
        heading("3. Refused: a log with an event less")
        tell("Somebody with full control of the machine cuts the last program out of the log that"
             " the machine hands out. The TPM's registers remember it:")
        log = self.here.ima_list
        whole = log.read_bytes()
        name = str(sorted(self.programs.iterdir())[-1]).encode()
        log.write_bytes(whole[:self.start_of_entry(whole, name)])
        show(self.here.attest(accepted=(1,)), "tpm.pcr_digest")
        log.write_bytes(whole)

    @staticmethod
    def start_of_entry(log, path):
        """Returns where the entry of `path` begins: PCR, digest, template, data, one by one."""
        at = 0
        while at < len(log):
            begin, at = at, at + 4 + 20
            for _ in range(2):  # the template's name, and its data, each after its length
                length = int.from_bytes(log[at:at + 4], "little")
                at += 4 + length
            if path in log[begin:at]:
                return begin
        raise Failed("no such entry in the IMA list")

    def change_a_program(self):
        heading("4. Refused: a program that was changed")
        tell("One line of one program is changed, and the program is executed. The kernel measures"
             " it as it always does, so log and TPM agree; but nobody has signed this program:")
        program = self.programs / "thermostat"
        program.write_text(program.read_text().replace("21", "35"))
        self.here.measure(program)
        show(self.here.attest(accepted=(1,)), "tpm.event", str(program))

    def run(self):
        self.set_up()
        self.succeed()
        self.replay_an_answer()
        self.drop_an_event()
        self.change_a_program()
        heading("One success, three refusals, as it should be.")
        tell("Read on in README.md; deploy/compose.yaml runs the same in containers.")


STORIES = {"tpm": Story, **silicon.STORIES}


def main(root, anchor, keep):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="troth-demo-"))
    story = STORIES[anchor](folder, root)
    code = 0
    try:
        story.run()
    except (Failed, OSError) as why:
        print(f"\nThe demo failed: {why}\nThe logs of the processes: {story.here.logs}", file=sys.stderr)
        keep, code = True, 6
    finally:
        story.here.close()
    if keep:
        print(f"Everything is in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("root", type=pathlib.Path)
    options.add_argument("--anchor", choices=STORIES, default="tpm")
    options.add_argument("--keep", action="store_true")
    chosen = options.parse_args()
    sys.exit(main(chosen.root, chosen.anchor, chosen.keep))
