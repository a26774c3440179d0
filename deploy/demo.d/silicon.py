"""Deployments on confidential hardware that is only played, and their story."""
import hashlib
import json
import ssl

from deployment import ROLES, Deployment
from processes import run
from telling import heading, show, tell

# Where a report of version 3 has what a reference value is made of.
MEASUREMENT = slice(0x90, 0xc0)

SNP_POLICY = {
    "reportMinVersion": 3, "reportMaxVersion": 5,
    "policy": {"type": "SNP Policy", "singleSocket": False, "debug": False, "migration": False,
               "smt": True, "abiMajor": 0, "abiMinor": 0},
    "versions": [{"name": "milan", "fw": {"build": 21, "major": 1, "minor": 55},
                  "tcb": {"fmc": 0, "bl": 4, "tee": 0, "snp": 24, "ucode": 219}}]}


class SnpDeployment(Deployment):
    """A guest on a played SNP processor, and no TPM."""

    driver = "driver-snp"

    def __init__(self, folder, root):
        others = {name: role for name, role in ROLES.items() if role != "driver"}
        super().__init__(folder, root, {self.driver: "driver", **others})
        self.vendor = self.folder / "state" / self.driver / "simulated-snp"
        self.policy = self.folder / "policy.json"
        self.policy.write_text(json.dumps({"name": "simulated-silicon", "base": "default",
                                           "requiredEvidence": ["SNP Evidence"],
                                           "acceptSimulatedEvidence": True}))

    def make_metadata(self):
        """Describes the guest by a report of it, which is good by decree, and signs that."""
        work = self.folder / "unsigned"
        work.mkdir(exist_ok=True)
        report = (self.vendor / "report.bin").read_bytes()
        root = ssl.PEM_cert_to_DER_cert((self.vendor / "ark.pem").read_text())
        component = {"type": "firmware", "name": "guest image",
                     "hashes": [{"alg": "SHA-384", "content": report[MEASUREMENT].hex()}],
                     "properties": [{"name": "cmc.ta", "value": "SNP"}]}
        tool = self.bin / "troth-metatool"
        item = work / "guest.json"
        run(tool, "create", "manifest", "--name", "guest", "--developer", "Example",
            "--certification-level", "1", "--out", item)
        manifest = json.loads(item.read_text())
        manifest["sbom"] = {"bomFormat": "CycloneDX", "specVersion": "1.7", "version": 1,
                            "components": [component]}
        manifest["caFingerprints"] = [hashlib.sha256(root).hexdigest()]
        manifest["snpPolicy"] = SNP_POLICY
        item.write_text(json.dumps(manifest))
        self.sign(item, "guest", "jws")
        item = work / "image.json"
        run(tool, "create", "image-description", "--name", "example-machine", "--manifest",
            "guest", "--out", item)
        self.sign(item, "image", "jws")

    def configurations(self):
        own = super().configurations()
        own["est"]["ekRoots"] = [str(self.pki / "ak-ca.pem")]  # nobody enrols
        own["verifier"]["trust"].update(
            snpRoots=[str(self.vendor / "ark.pem")],
            snpRevocationLists=[str(self.vendor / "ark.crl")])
        own["verifier"].update(policy=str(self.policy), callerPolicies=["default"])
        own[self.driver] = {"anchor": "snp", "snp": {"source": "simulated"}}
        return {name: own[name] for name in self.roles}


class SnpStory:
    """One guest, and what is done with what it says."""

    def __init__(self, folder, root):
        self.here = SnpDeployment(folder, root)

    def set_up(self):
        heading("A guest on a simulated processor, and those who judge it")
        here = self.here
        here.make_certificates()
        here.configure()
        here.start(here.driver)
        tell("A driver plays an SEV-SNP processor of AMD's: a root key, a chip key that it"
             " certified, a revocation list. It proves nothing, and says so in each certificate.")
        here.make_metadata()
        tell("A report of a guest that is known to be good gave the reference value; with the"
             " lowest firmware and TCB that will do, it was signed as a manifest.")
        here.start(*[name for name in here.roles if name != here.driver])
        tell("Five more processes run: est, prover, verifier, gateway. The verifier's policy takes"
             " simulated silicon, for this demonstration.")

    def run(self):
        self.set_up()
        heading("1. The guest as it should be")
        tell("The verifier gives out a nonce, the processor signs it with the guest's launch digest"
             " and its own firmware's versions, the verifier compares all of it with the signed"
             " manifest:")
        show(self.here.attest())
        heading("2. Refused: an old answer to a new question")
        report = self.here.folder / "recorded.report"
        run(self.here.bin / "troth-testtool", "generate", "--gateway", self.here.gateway_url,
            "--nonce", "00" * 32, "--out", report)
        show(run(self.here.bin / "troth-testtool", "verify", "--api", "rest", "--gateway",
                 self.here.gateway_url, "--report", report, "--nonce", "11" * 32, accepted=(1,)),
             "context.nonce")
        heading("3. Refused: silicon that is only simulated, by a policy as it comes")
        show(self.here.attest("--policy", "default", accepted=(1,)), "evidence.simulated")
        heading("One success, two refusals, as it should be.")
