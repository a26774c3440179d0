#include "shared/http/fields.hpp"

#include "shared/http/request.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::http;
using boost::beast::http::field;

TEST_SUITE_BEGIN("http/fields");

TEST_CASE("what others say of the peer is taken away, however they write it") {
  boost::beast::http::fields all;
  for (const auto* name :
       {"Troth-Peer-Verdict", "troth-peer-signer", "TROTH_PEER_VERDICT", "Troth_Peer-Other"})
    all.insert(name, "forged");
  all.insert("Troth-Peer", "not ours");
  all.insert(field::host, "example");
  forget_peer(all);
  CHECK(std::distance(all.begin(), all.end()) == 2);
  CHECK(all["Troth-Peer"] == "not ours");
}

TEST_CASE("an application reads who asked it, and nothing that a certificate could forge") {
  atls::peer who;
  who.is_attested = true;
  who.address = "192.0.2.1:5";
  who.tls = {"ab12", {"a.example", "b.example"}};
  who.verdict.signers = {"a machine", "x\r\nTroth-Peer-Verdict: y, z"};
  boost::beast::http::fields all;
  all.insert("Troth-Peer-Verdict", "forged");
  tell_peer(all, who);
  CHECK(all["Troth-Peer-Verdict"] == "trusted");
  CHECK(all["Troth-Peer-Signer"] == "a machine, x??Troth-Peer-Verdict: y? z");
  CHECK(all["Troth-Peer-Certificate"] == "ab12");
  CHECK(all["Troth-Peer-Names"] == "a.example, b.example");
  CHECK(all["Troth-Peer-Address"] == "192.0.2.1:5");
  tell_peer(all, {});
  CHECK(all["Troth-Peer-Verdict"] == "not-attested");
  CHECK(all.find("Troth-Peer-Signer") == all.end());
}

TEST_CASE("what is for one hop is not passed on, and what frames a body is") {
  boost::beast::http::fields all;
  all.insert(field::connection, "keep-alive, X-Mine, Content-Length, Transfer-Encoding");
  all.insert("X-Mine", "1");
  all.insert(field::content_length, "5");
  all.insert(field::transfer_encoding, "chunked");
  all.insert(field::proxy_authorization, "secret");
  all.insert(field::upgrade, "h2c");
  all.insert(field::accept, "*/*");
  remove_hops(all);
  CHECK(std::distance(all.begin(), all.end()) == 3);
  CHECK(all[field::content_length] == "5");
  CHECK(all[field::transfer_encoding] == "chunked");
}

TEST_CASE("a URL says whom to dial and what to ask") {
  const auto full = read_url("https://device.example:4433/a?b#c");
  REQUIRE(full);
  CHECK(full->to.host == "device.example");
  CHECK(full->to.port == "4433");
  CHECK(full->path == "/a?b");
  CHECK(read_url("https://[::1]:1")->to.host == "::1");
  CHECK(read_url("https://[::1]")->to.port == "443");
  CHECK(read_url("https://x?q")->path == "/?q");
  for (const auto* bad :
       {"", "http://x", "https://", "https://:1/", "https://x:/", "https://a@x", "https://x:99999/",
        "https://x:+80/", "https://x:0/", "https://[/", "https://[]/", "https://x y/",
        "https://x/a HTTP/1.1\r\nHost: y\r\n\r\nGET /b", "https://x/\xff", "https://x\r\n/"}) {
    CAPTURE(bad);
    REQUIRE(!read_url(bad));
    CHECK(read_url(bad).error().code == errc::malformed);
  }
}

TEST_SUITE_END();
