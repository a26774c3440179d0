#!/usr/bin/env python3
"""Policies at run time: real troth-verifiers that share a store, behind a real gateway.

Arguments: the folder of the executables.
"""
import base64
import hashlib
import json
import pathlib
import sys
import unittest

BIN = pathlib.Path(sys.argv.pop(1))
sys.argv[1:1] = [str(BIN / "troth-gateway"), "-", str(BIN / "troth-pki")]
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from gateway import NONCE, GatewayCase, wait_until  # noqa: E402

REPORT = base64.b64encode(b"no report").decode()
POLICY = {"minimumCertificationLevel": 3}
TOKENS = ("attester", "operator", "admin")


class ManagedPolicies(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tokens = cls.folder / "tokens"
        cls.tokens.write_text("".join(f"{hashlib.sha256(role.encode()).hexdigest()} {role} {role}\n"
                                      for role in TOKENS))
        cls.audit = cls.folder / "audit.log"
        cls.verifiers = [cls.start([str(BIN / "troth-verifier")], {
            "admin": "", "tls": cls.pki.tls("verifier"), "listen": "127.0.0.1:0",
            "store": f"sqlite3://{cls.folder}/store.sqlite3", "allowCallerRoots": True,
            "reports": {"keepSeconds": 600}})
            for _ in range(2)]
        cls.gateway = cls.start_gateway(
            {"tokens": str(cls.tokens)}, audit={"file": str(cls.audit)},
            verifiers=[f"127.0.0.1:{one.port}" for one in cls.verifiers])
        one = cls()
        wait_until(lambda: 'troth_peers_connected{peer="verifiers"} 2'
                   in one.call("operator", "GET", "/metrics").body.decode())

    def call(self, role, method, path, body=None, headers=None):
        return self.ask(method, path, body, {"Authorization": f"Bearer {role}", **(headers or {})})

    def admin(self, method, path, body=None):
        return self.call("admin", method, "/v1/policies" + path, body)

    def listed(self):
        answer = self.admin("GET", "")
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    def applied(self, **more):
        """The policies that the two verifiers, which take turns, say they applied."""
        out = set()
        for _ in range(6):
            answer = self.call("attester", "POST", "/v1/appraisals",
                               {"report": REPORT, "nonce": NONCE, **more})
            self.assertEqual(answer.status, 200, answer.body)
            out.add(answer.json()["troth"]["policy"])
        return out

    def test_a_version_is_set_tried_activated_and_deleted(self):
        put = self.admin("PUT", "/production/7", POLICY)
        self.assertEqual(put.status, 200, put.body)
        self.assertEqual(self.admin("PUT", "/production/7", POLICY).status, 200)
        self.check_problem(self.admin("PUT", "/production/7", {}), 409, "conflict")
        kept = self.admin("GET", "/production/7")
        self.assertEqual(kept.json(), POLICY)
        one = next(each for each in self.listed()["policies"] if each["name"] == "production")
        self.assertEqual((one["source"], one["active"], one["author"]), ("store", False,
                                                                        "token admin"))
        self.assertEqual(one["digest"], hashlib.sha256(kept.body).hexdigest())
        answer = self.call("attester", "POST", "/v1/appraisals",
                           {"report": REPORT, "nonce": NONCE, "policy": "production"})
        self.check_problem(answer, 404, "not_found")
        for policy in ("production@7", POLICY):
            tried = self.call("operator", "POST", "/v1/policies/dry-run",
                              {"policy": policy, "report": REPORT, "nonce": NONCE})
            self.assertEqual(tried.status, 200, tried.body)
            self.assertEqual(tried.json()["summary"]["status"], "fail")
        self.assertEqual(self.applied(), {"default"})
        self.assertEqual(self.admin("POST", "/production/7/activate").status, 200)
        self.assertEqual(self.applied(policy="production"), {"production@7"})
        self.assertEqual(self.applied(), {"default"})
        activated = self.admin("POST", "/production/7/activate", {"default": True})
        self.assertEqual(activated.json()["default"], "production")
        self.assertEqual(self.applied(), {"production@7"})
        self.check_problem(self.admin("DELETE", "/production/7"), 409, "conflict")
        self.assertEqual(self.admin("PUT", "/production/8", POLICY).status, 200)
        self.assertEqual(self.admin("POST", "/production/8/activate").status, 200)
        self.assertEqual(self.applied(), {"production@8"})
        self.assertEqual(self.admin("POST", "/production/deactivate").status, 200)
        self.assertEqual(self.applied(), {"default"})
        for version in ("7", "8"):
            self.assertEqual(self.admin("DELETE", f"/production/{version}").status, 200)
        self.check_problem(self.admin("GET", "/production/7"), 404, "not_found")
        self.assertEqual(self.listed()["default"], "default")

    def test_a_policy_is_tried_on_the_report_of_an_earlier_appraisal(self):
        challenge = self.call("attester", "POST", "/v1/challenges").json()
        first = self.call("attester", "POST", "/v1/appraisals",
                          {"report": REPORT, "challengeId": challenge["id"]})
        one = first.headers["x-request-id"]
        batch = self.call("attester", "POST", "/v1/appraisals/batch",
                          [{"report": REPORT, "nonce": NONCE}])
        for kept, freshness in ((one, "challenge"), (batch.headers["x-request-id"] + ".0", "caller")):
            for _ in range(2):  # the verifiers take turns
                tried = self.call("operator", "POST", f"/v1/appraisals/{kept}/dry-run",
                                  {"policy": POLICY})
                self.assertEqual(tried.status, 200, tried.body)
                result = tried.json()
                self.assertEqual(result["troth"]["freshness"], freshness)
                self.assertEqual(result["troth"]["callerInputs"], ["policy"])
                rules = {each["rule"] for each in result["troth"]["findings"]}
                self.assertIn("report.format", rules)
        self.assertEqual(tried.json()["created"][:16], batch.json()[0]["result"]["created"][:16])
        later = self.call("operator", "POST", f"/v1/appraisals/{one}/dry-run",
                          {"policy": POLICY, "time": "2031-01-01T00:00:00Z"})
        self.assertTrue(later.json()["created"].startswith("2031-01-01T00:00:00"))
        self.check_problem(self.call("operator", "POST", "/v1/appraisals/0/dry-run",
                                     {"policy": POLICY}), 404, "not_found")
        self.check_problem(self.call("operator", "POST", f"/v1/appraisals/{one}/dry-run",
                                     {"policy": POLICY, "nonce": NONCE}), 400, "unknown_key")
        self.check_problem(self.call("operator", "POST", f"/v1/appraisals/{one}/dry-run",
                                     {"policy": "none@1"}), 404, "not_found")
        told = [(entry["caller"], entry["outcome"])
                for entry in map(json.loads, self.audit.read_text().splitlines())
                if entry["action"] == f"POST /v1/appraisals/{one}/dry-run"]
        self.assertEqual(told[0], ("token operator", "ok"))

    def test_what_is_no_policy_is_refused_with_its_place(self):
        for document, status, code, place in (
                ({"requiredPcrs": [24]}, 400, "malformed", "policy.requiredPcrs"),
                ({"pcrs": []}, 400, "unknown_key", "policy.pcrs"),
                ({"name": "other"}, 400, "malformed", "policy.name"),
                ({"notChecked": ["tpm.signature"]}, 400, "malformed", "policy.notChecked"),
                ("{", 400, "truncated", "")):
            self.check_problem(self.admin("PUT", "/bad/1", document), status, code, place)
        self.check_problem(self.admin("PUT", "/default/1", POLICY), 409, "conflict", "default")
        self.check_problem(self.admin("PUT", "/a%20b/1", POLICY), 404, "not_found")
        self.check_problem(self.admin("POST", "/none/1/activate"), 404, "not_found")

    def test_who_may_do_what(self):
        for method, path, body, may in (
                ("GET", "/v1/policies", None, {"operator", "admin"}),
                ("GET", "/v1/policies/x/1", None, {"operator", "admin"}),
                ("POST", "/v1/policies/dry-run", {}, {"operator", "admin"}),
                ("POST", "/v1/appraisals/x/dry-run", {}, {"operator", "admin"}),
                ("PUT", "/v1/policies/x/1", {"x": 1}, {"admin"}),
                ("DELETE", "/v1/policies/x/1", None, {"admin"}),
                ("POST", "/v1/policies/x/1/activate", None, {"admin"}),
                ("POST", "/v1/policies/x/deactivate", None, {"admin"})):
            for role in TOKENS:
                with self.subTest(path=path, method=method, role=role):
                    status = self.call(role, method, path, body).status
                    self.assertEqual(status == 403, role not in may, status)
            self.assertEqual(self.call("nobody", method, path, body).status, 401)

    def test_the_audit_log_has_who_changed_what(self):
        self.admin("PUT", "/audited/1", POLICY)
        self.call("operator", "PUT", "/v1/policies/audited/1", POLICY)
        lines = self.audit.read_text().splitlines()
        entries = [json.loads(line) for line in lines]
        read = self.call("admin", "GET", f"/v1/audit/{len(lines)}")
        self.assertEqual(read.headers["content-type"], "application/x-ndjson")
        self.assertEqual(read.body.decode().splitlines()[0], lines[-1])
        self.assertEqual(self.call("admin", "GET", "/v1/audit/999999").body, b"")
        self.check_problem(self.call("admin", "GET", "/v1/audit/x"), 400, "malformed")
        self.check_problem(self.call("operator", "GET", "/v1/audit/1"), 403, "forbidden")
        told = [(one["caller"], one["outcome"]) for one in entries
                if one["action"] == "PUT /v1/policies/audited/1"]
        self.assertEqual(told, [("token admin", "ok"), ("token operator", "forbidden")])

    def test_a_token_is_refused_where_none_are_signed(self):
        answer = self.call("attester", "POST", "/v1/appraisals",
                           {"report": REPORT, "nonce": NONCE}, {"Accept": "application/eat+jwt"})
        self.check_problem(answer, 406, "not_acceptable", "no tokens are signed here")
        self.check_problem(self.ask("GET", "/.well-known/jwks.json"), 404, "not_found")
        page = self.call("attester", "POST", "/v1/appraisals",
                         {"report": REPORT, "nonce": NONCE}, {"Accept": "text/html"})
        self.assertEqual(page.headers["content-type"], "text/html; charset=utf-8")
        self.assertIn(b"report.format", page.body)


if __name__ == "__main__":
    unittest.main()
