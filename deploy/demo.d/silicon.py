"""Deployments on confidential hardware that is only played, and their story."""
import json

from deployment import ROLES, Deployment
from processes import run
from telling import heading, show, tell


class SiliconDeployment(Deployment):
    """A guest on a played processor, and no TPM."""

    anchor = ""   # as the driver calls it
    source = ""   # the driver's key of where its evidence comes from
    root_file = "root.pem"  # of the vendor
    evidence_file = "quote.bin"  # of the guest, which is good by decree

    def __init__(self, folder, root):
        self.driver = f"driver-{self.anchor}"
        others = {name: role for name, role in ROLES.items() if role != "driver"}
        super().__init__(folder, root, {self.driver: "driver", **others})
        self.vendor = self.folder / "state" / self.driver / f"simulated-{self.anchor}"
        self.policy = self.folder / "policy.json"
        self.policy.write_text(json.dumps({
            "name": "simulated-silicon", "base": "default", "acceptSimulatedEvidence": True,
            "requiredEvidence": [f"{self.anchor.upper()} Evidence"]}))

    def trust(self):
        """Which of the played vendor's files the verifier believes."""
        raise NotImplementedError

    def make_metadata(self):
        """Describes the guest by evidence of it, which is good by decree, and signs that."""
        work = self.folder / "unsigned"
        work.mkdir(exist_ok=True)
        tool = self.bin / "troth-metatool"
        policy, values, item = work / "policy.json", work / "values.json", work / "guest.json"
        run(tool, "from-evidence", self.vendor / self.evidence_file, "--policy", policy, "--out",
            values)
        run(tool, "create", "manifest", "--name", "guest", "--developer", "Example",
            "--certification-level", "1", "--ca-certificate", self.vendor / self.root_file,
            f"--{self.anchor}-policy", policy, "--reference-values", values, "--out", item)
        self.sign(item, "guest", "jws")
        item = work / "image.json"
        run(tool, "create", "image-description", "--name", "example-machine", "--manifest",
            "guest", "--out", item)
        self.sign(item, "image", "jws")

    def configurations(self):
        own = super().configurations()
        own["est"]["ekRoots"] = [str(self.pki / "ak-ca.pem")]  # nobody enrols
        own["verifier"]["trust"].update(self.trust())
        own["verifier"].update(policy=str(self.policy), callerPolicies=["default"])
        own[self.driver] = {"anchor": self.anchor, self.source: {"source": "simulated"}}
        return {name: own[name] for name in self.roles}


class SnpDeployment(SiliconDeployment):
    anchor = source = "snp"
    root_file = "ark.pem"
    evidence_file = "report.bin"

    def trust(self):
        return {"snpRoots": [str(self.vendor / "ark.pem")],
                "snpRevocationLists": [str(self.vendor / "ark.crl")]}


class IntelDeployment(SiliconDeployment):
    source = "intel"

    def trust(self):
        return {"intelRoots": [str(self.vendor / "root.pem")]}


class SgxDeployment(IntelDeployment):
    anchor = "sgx"


class TdxDeployment(IntelDeployment):
    anchor = "tdx"


SNP_TOLD = {
    "vendor": "A driver plays an SEV-SNP processor of AMD's: a root key, a chip key that it"
              " certified, a revocation list.",
    "described": "A report of a guest that is known to be good gave the reference value; with the"
                 " lowest firmware and TCB that will do, it was signed as a manifest.",
    "judged": "The verifier gives out a nonce, the processor signs it with the guest's launch"
              " digest and its own firmware's versions, the verifier compares all of it with the"
              " signed manifest:"}

INTEL_TOLD = {
    "vendor": "A driver plays a platform of Intel's: a root key, a platform key that it certified,"
              " a quoting enclave, TCB information and revocation lists.",
    "described": "A quote that is known to be good gave the reference values; with what Intel's"
                 " platform must be like, they were signed as a manifest.",
    "judged": "The verifier gives out a nonce, the platform signs it with what was measured when"
              " the guest started, the verifier compares it with the signed manifest, and the"
              " platform with what its vendor says of its TCB:"}


class SiliconStory:
    """One guest, and what is done with what it says."""

    def __init__(self, here, told):
        self.here = here
        self.told = told

    def set_up(self):
        heading("A guest on a simulated processor, and those who judge it")
        here = self.here
        here.make_certificates()
        here.configure()
        here.start(here.driver)
        tell(self.told["vendor"] + " It proves nothing, and says so in each certificate.")
        here.make_metadata()
        tell(self.told["described"])
        here.start(*[name for name in here.roles if name != here.driver])
        tell("Five more processes run: est, prover, verifier, gateway. The verifier's policy takes"
             " simulated silicon, for this demonstration.")

    def run(self):
        self.set_up()
        heading("1. The guest as it should be")
        tell(self.told["judged"])
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


STORIES = {
    "snp": lambda folder, root: SiliconStory(SnpDeployment(folder, root), SNP_TOLD),
    "sgx": lambda folder, root: SiliconStory(SgxDeployment(folder, root), INTEL_TOLD),
    "tdx": lambda folder, root: SiliconStory(TdxDeployment(folder, root), INTEL_TOLD)}
