#include "shared/report/html.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::report;

namespace {

constexpr std::string_view hostile = "<script>alert(1)</script>\"'&\x01\x1b[2J\xff\xe2\x80\xae"
                                     "gpj";
constexpr std::string_view harmless
  = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\xef\xbf\xbd\xef\xbf\xbd[2J\xef\xbf\xbd"
    "\xef\xbf\xbdgpj";

std::size_t count(const std::string& in, std::string_view what) {
  std::size_t out = 0;
  for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + what.size()))
    ++out;
  return out;
}

attestation_result hostile_result() {
  static const auto component_of_theirs = [] {
    component out;
    out.name = out.description = hostile;
    return out;
  }();
  const std::string text{hostile};
  image_description image;
  image.info.name = image.info.version = text;
  attestation_result out;
  out.summary.says = status::warn;
  out.prover_name = out.verifier_name = out.policy = out.freshness_source = text;
  out.caller_inputs = {text};
  out.findings = {{"tpm.nonce", outcome::fail, text, text, text, text, "RFC 1", text}};
  auto& measured = out.measurements.emplace_back();
  measured.type = text;
  auto& artifact = measured.artifacts.emplace_back();
  artifact.type = "Verified";
  artifact.what = &component_of_theirs;
  out.metadata.image_description.item = std::make_shared<const metadata_item>(image);
  out.metadata.image_description.hash = text;
  return out;
}

} // namespace

TEST_SUITE_BEGIN("report/html");

TEST_CASE("whatever an attester writes is text in the page") {
  const auto page = write_html(hostile_result());
  CHECK(count(page, harmless) == 17); // each place of it
  CHECK(count(page, "<script") == 0);
  CHECK(count(page, "\x1b") == 0);
  CHECK(count(page, "\xe2\x80\xae") == 0);
}

TEST_CASE("a page loads nothing and runs nothing") {
  const auto page = write_html(hostile_result());
  CHECK(count(page, "default-src 'none'") == 1);
  for (const auto* const active : {"src=", "href=", "url(", "@import", "http:", "https:", "onload"})
    CHECK(count(page, active) == 0);
}

TEST_CASE("a page says the verdict and each rule that did not pass before those that did") {
  auto value = hostile_result();
  value.findings.push_back({"tpm.bank", outcome::pass, "", "", "", "", "", ""});
  value.prover_name = "machine.example";
  const auto page = write_html(value);
  CHECK(count(page, "<h1>Attestation of machine.example <span class=\"warn\">warn</span></h1>")
        == 1);
  CHECK(page.find("<meta name=\"verdict\" content=\"warn\">") < page.find("<body>"));
  CHECK(page.find("tpm.nonce") < page.find("tpm.bank"));
  CHECK(page.ends_with("</body>\n</html>\n"));
}

TEST_SUITE_END();
