"""A confidential virtual machine on Azure whose paravisor and hardware are only played."""
import json

from deployment import ROLES, Deployment
from processes import run


class AzureDeployment(Deployment):
    """The machine's TPM is a software TPM; a driver plays what vouches for its key."""

    hardware = ""    # as the driver calls it
    root_file = ""   # of the vendor's, in what it leaves in its folder
    evidence_file = ""
    driver = "driver-azure"

    def __init__(self, folder, root):
        others = {name: role for name, role in ROLES.items() if not name.startswith("driver")}
        super().__init__(folder, root, {self.driver: "driver", **others})
        self.vendor = self.folder / "state" / self.driver / f"simulated-{self.hardware}-azure"
        self.policy = self.folder / "policy.json"
        self.policy.write_text(json.dumps({
            "name": "simulated-azure", "base": "default", "acceptSimulatedEvidence": True,
            "requiredEvidence": [f"azure {self.hardware.upper()} Evidence",
                                 "azure vTPM Evidence"]}))

    def make_metadata(self):
        """Describes the machine by its logs and by evidence of its hardware, and signs that."""
        work = self.folder / "unsigned"
        work.mkdir(exist_ok=True)
        tool = self.bin / "troth-metatool"
        policy, values = work / "policy.json", [work / "hardware.values", work / "logs.values"]
        run(tool, "from-evidence", self.vendor / self.evidence_file, "--policy", policy, "--out",
            values[0])
        run(tool, "from-logs", "--event-log", self.boot_log, "--ima-list", self.ima_list,
            "--out", values[1])
        item = work / "machine.json"
        run(tool, "create", "manifest", "--name", "machine", "--developer", "Example",
            "--certification-level", "1", "--ca-certificate", self.vendor / self.root_file,
            f"--{self.hardware}-policy", policy,
            *[word for each in values for word in ("--reference-values", each)], "--out", item)
        self.sign(item, "machine", "jws")
        item = work / "image.json"
        run(tool, "create", "image-description", "--name", "example-machine", "--manifest",
            "machine", "--out", item)
        self.sign(item, "image", "jws")

    def configurations(self):
        own = super().configurations()
        own["verifier"]["trust"].update(self.trust())
        own["verifier"].update(policy=str(self.policy), callerPolicies=["default"])
        own[self.driver] = {"anchor": "azure", "azure": {"source": f"simulated-{self.hardware}"},
                            "tpm": {"tcti": self.tcti},
                            "logs": {"boot": str(self.boot_log), "ima": str(self.ima_list)}}
        return {name: own[name] for name in self.roles}


class AzureSnpDeployment(AzureDeployment):
    hardware = "snp"
    root_file = "ark.pem"
    evidence_file = "report.bin"

    def trust(self):
        return {"snpRoots": [str(self.vendor / "ark.pem")],
                "snpRevocationLists": [str(self.vendor / "ark.crl")]}


class AzureTdxDeployment(AzureDeployment):
    hardware = "tdx"
    root_file = "root.pem"
    evidence_file = "quote.bin"

    def trust(self):
        return {"intelRoots": [str(self.vendor / "root.pem")]}
