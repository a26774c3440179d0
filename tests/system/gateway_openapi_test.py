#!/usr/bin/env python3
"""The description of the REST API: every request that it shows is sent to the real troth-gateway,
and every answer is held to what it says."""
import hashlib
import json
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from gateway import GatewayCase  # noqa: E402

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
KEYWORDS = {"type", "properties", "required", "additionalProperties", "enum", "const", "pattern",
            "format", "description", "contentEncoding", "contentMediaType", "oneOf", "maxLength",
            "$ref"}
ROLES = ("attester", "relying-party", "key-user", "operator", "admin")


class Description(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        verifier, prover, est = map(cls.start_peer, ("verifier", "prover", "est"))
        tokens = cls.folder / "tokens"
        tokens.write_text("".join(f"{hashlib.sha256(token.encode()).hexdigest()} {roles}\n"
                                  for token, roles in [("all", "+".join(ROLES)),
                                                       *zip(ROLES, ROLES)]))
        cls.gateway = cls.start_gateway({"tokens": str(tokens)}, audit={"file": str(cls.folder / "audit")},
                                        verifiers=[f"127.0.0.1:{verifier.port}"],
                                        provers=[f"127.0.0.1:{prover.port}"],
                                        est=f"127.0.0.1:{est.port}")
        cls.wait_until_ready(cls())
        cls.document = cls().ask("GET", "/openapi.json").json()

    def ask(self, method, path, body=None, headers=None, port=None):
        return super().ask(method, path, body, {"Authorization": "Bearer all", **(headers or {})},
                           port)

    @staticmethod
    def target(path, operation):
        """The path with the example of each of its parameters."""
        for one in operation.get("parameters", []):
            if one["in"] != "path":
                continue
            path = path.replace(f"{{{one['name']}}}", one["example"])
        return path

    def resolve(self, value):
        if "$ref" not in value:
            return value
        found = self.document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found

    def check_schema(self, value, schema, place):
        """What these schemas use of JSON Schema, and no more."""
        self.assertLessEqual(set(schema), KEYWORDS, place)
        schema = self.resolve(schema)
        if "type" in schema:
            self.assertIsInstance(value, TYPES[schema["type"]], place)
        if "enum" in schema:
            self.assertIn(value, schema["enum"], place)
        if "const" in schema:
            self.assertEqual(value, schema["const"], place)
        if "pattern" in schema:
            self.assertRegex(value, schema["pattern"], place)
        if isinstance(value, dict):
            self.assertLessEqual(set(schema.get("required", [])), set(value), place)
            known = schema.get("properties", {})
            if schema.get("additionalProperties") is False:
                self.assertLessEqual(set(value), set(known), place)
            for name in set(value) & set(known):
                self.check_schema(value[name], known[name], f"{place}.{name}")

    def check_answer(self, answer, operation, place):
        responses = operation["responses"]
        self.assertIn(str(answer.status), responses, place)
        content = self.resolve(responses[str(answer.status)])["content"]
        kind = answer.headers["content-type"].split(";")[0]
        self.assertIn(kind, content, place)
        if kind.endswith(("/json", "+json")) and operation["operationId"] != "createAttestation":
            self.check_schema(answer.json(), content[kind]["schema"], place)

    @staticmethod
    def bodies(operation):
        """The examples of each media type of the body, and what it is described as."""
        content = operation.get("requestBody", {}).get("content", {})
        return [(kind, body) for kind, body in content.items() if "examples" in body]

    def operations(self):
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield method.upper(), path, operation

    def test_every_request_that_is_shown_is_answered_as_is_said(self):
        count = 0
        for method, path, operation in self.operations():
            examples = [("", "", {"value": None, "x-answer": operation.get("x-answer", 200)})]
            if "requestBody" in operation:
                examples = [(kind, name, example) for kind, body in self.bodies(operation)
                            for name, example in body["examples"].items()]
            for kind, name, example in examples:
                with self.subTest(f"{method} {path} {name}"):
                    headers = {name: example[key] for name, key in (("Accept", "x-accept"),
                                                                    ("Prefer", "x-prefer"))
                               if key in example}
                    if kind:
                        headers["Content-Type"] = kind
                    answer = self.ask(method, self.target(path, operation), example["value"],
                                      headers)
                    self.assertEqual(answer.status, example["x-answer"], answer.body)
                    self.check_answer(answer, operation, f"{method} {path} {name}")
                    count += 1
        self.assertGreater(count, 35)

    def test_requests_that_succeed_are_of_their_schema_and_others_may_not_be(self):
        for _, path, operation in self.operations():
            for _, body in self.bodies(operation):
                for name, example in body["examples"].items():
                    if example["x-answer"] < 300:
                        self.check_schema(example["value"], body["schema"], f"{path} {name}")

    def test_the_refusals_that_every_route_shares(self):
        for method, path, operation in self.operations():
            if "application/json" not in dict(self.bodies(operation)):
                continue
            for body, headers, status in (("{", {}, 400), ("{}", {"Content-Type": "text/plain"}, 415),
                                          (" " * (30 << 20), {}, 413),
                                          ("{}", {"Accept": "text/csv"}, 406)):
                with self.subTest(path=path, status=status):
                    answer = self.ask(method, self.target(path, operation), body, headers)
                    self.assertEqual(answer.status, status)
                    self.check_answer(answer, operation, path)

    def test_each_route_is_for_the_roles_that_it_names_and_for_nobody_else(self):
        nobody = [{}, *({"Authorization": one} for one in (
            "", "all", "Bearer", "Bearer wrong", "Bearer ALL", "Basic YWxsOmFsbA==",
            "Bearer all, Bearer all", "Bearer all x"))]
        count = 0
        for method, path, operation in self.operations():
            said = operation.get("description", "")
            named = re.search(r"For the roles? ([a-z, -]+)\.$", said)
            may = re.split(r", | and ", named[1]) if named else ROLES
            self.assertLessEqual(set(may), set(ROLES), path)
            is_open = "For everybody." in said or operation.get("security") == [{}]
            kinds = self.bodies(operation)
            body = next(iter(kinds[0][1]["examples"].values()))["value"] if kinds else None
            kind = {"Content-Type": kinds[0][0]} if kinds else {}
            for shown in [*({"Authorization": f"Bearer {role}"} for role in ROLES), *nobody]:
                with self.subTest(f"{method} {path}", **shown):
                    answer = super().ask(method, self.target(path, operation), body,
                                         {**shown, **kind})
                    role = shown.get("Authorization", "").removeprefix("Bearer ")
                    if is_open or role in may:
                        self.assertNotIn(answer.status, (401, 403), answer.body)
                    elif role not in ROLES:
                        self.check_problem(answer, 401, "unauthenticated")
                        self.assertIn("www-authenticate", answer.headers)
                    else:
                        self.check_problem(answer, 403, "forbidden", "needs the role")
                    count += 1
        self.assertGreater(count, 400)

    def test_every_route_is_described_and_every_described_one_is_there(self):
        documented = {(method, path) for method, path, _ in self.operations()}
        for method, path, operation in self.operations():
            kinds = self.bodies(operation)
            status = self.ask(method, self.target(path, operation), {} if kinds else None,
                              {"Content-Type": kinds[0][0]} if kinds else {}).status
            expected = {operation.get("x-answer"), *(
                example["x-answer"] for _, kind in kinds for example in kind["examples"].values())}
            self.assertNotIn(status, {404, 405} - expected)
        text = (pathlib.Path(__file__).parents[2] / "docs/rest.md").read_text()
        for method, path in re.findall(r"`(GET|POST|PUT|DELETE) (/[\w./{}-]+)`", text):
            self.assertIn((method, path), documented)
        for _, path in documented:
            self.assertIn(path, text)

    def test_codes_are_those_of_the_documentation(self):
        codes = set(self.document["components"]["schemas"]["problem"]["properties"]["code"]["enum"])
        text = (pathlib.Path(__file__).parents[2] / "docs/rest.md").read_text()
        rows = re.findall(r"^\| \d{3} \| (`[^|]+`) \|", text, re.M)
        self.assertEqual(codes, {code for row in rows for code in re.findall(r"`(\w+)`", row)})

    def test_the_page_loads_nothing_from_outside(self):
        answer = self.ask("GET", "/docs")
        self.assertEqual(answer.headers["content-type"], "text/html; charset=utf-8")
        self.assertIn("default-src 'none'", answer.headers["content-security-policy"])
        page = answer.body.decode()
        self.assertNotRegex(page, r"<script|<link|<img|<iframe|src=|https?://|@import|url\(")
        for _, path, operation in self.operations():
            self.assertIn(f"{path}</code> {operation['summary']}", page)
        self.assertEqual(page.count("<table>"), page.count("</table>"))

    def test_what_the_document_refers_to_is_there(self):
        for reference in re.findall(r'"\$ref": ?"([^"]+)"', json.dumps(self.document)):
            self.assertTrue(self.resolve({"$ref": reference}))
        ids = [operation["operationId"] for _, _, operation in self.operations()]
        self.assertEqual(len(ids), len(set(ids)))


if __name__ == "__main__":
    unittest.main()
