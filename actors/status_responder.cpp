#include "actors/status_responder.hpp"

#include "shared/codec/cose.hpp"
#include "shared/codec/jws.hpp"
#include "shared/report/omsp.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace troth::actors {

namespace {

constexpr std::size_t max_status_file_bytes = std::size_t{4} * 1024 * 1024;

/// Milliseconds and less would be noise to whoever reads an answer.
time_point to_seconds(time_point of) {
  return std::chrono::floor<std::chrono::seconds>(of);
}

/// RSA keys sign as the reference reads it.
signature_algorithm algorithm_of(const crypto::private_key& key) {
  const auto own = key.default_algorithm();
  if (own.scheme == signature_scheme::rsapss)
    return {signature_scheme::rsassa, hash_algorithm::sha256};
  return own;
}

} // namespace

result<void> check_status_signer(const status_signer& signer, time_point now) {
  const auto& leaf = signer.chain.front();
  if (!(leaf.key() == signer.key.public_half()))
    return error{errc::conflict, "not the key of " + leaf.subject()};
  const auto usages = leaf.extended_key_usages();
  if (leaf.is_ca() || usages.size() != 1 || usages.front() != crypto::eku::ocsp_signing)
    return error{errc::malformed, leaf.subject() + ": not a status signer's certificate"};
  if (now < leaf.not_before() || now >= leaf.not_after())
    return error{errc::expired, leaf.subject()};
  return {};
}

result<bytes> status_responder::answer(byte_view request) {
  const auto asked = report::parse_status_request(request);
  if (!asked)
    return asked.error();
  const std::lock_guard lock{busy_};
  if (const auto fresh = refresh(); !fresh)
    return fresh.error();
  const auto payload = report::write_metadata(respond(asked->manifest_hashes), asked->encoded_as);
  const auto algorithm = algorithm_of(signer_.key);
  codec::signer signer{algorithm, {}, [&](byte_view signed_bytes) {
                         return signer_.key.sign(algorithm, signed_bytes);
                       }};
  for (const auto& each : signer_.chain)
    signer.certificates.push_back(each.der());
  if (asked->encoded_as == report::encoding::cbor)
    return codec::write_cose(payload, std::array{std::move(signer)});
  const auto text = codec::write_jws(payload, std::array{std::move(signer)},
                                     codec::jws_form::general);
  if (!text)
    return text.error();
  return to_bytes(*text);
}

result<void> status_responder::check() {
  const std::lock_guard lock{busy_};
  return refresh();
}

result<void> status_responder::refresh() {
  if (now_() >= signer_.chain.front().not_after())
    return error{errc::unavailable, "status: the signer's certificate has ended"};
  const auto now = files::stamp_of(file_);
  if (!now) {
    as_read_.reset();
    return error{errc::unavailable, to_string(now.error())};
  }
  if (as_read_ == *now)
    return {};
  as_read_.reset();
  auto fresh = read();
  if (!fresh)
    return error{errc::unavailable, file_.string() + ": " + to_string(fresh.error())};
  known_ = *std::move(fresh);
  as_read_ = *now;
  return {};
}

result<report::omsp_response> status_responder::read() const {
  const auto content = files::read(file_, max_status_file_bytes);
  if (!content)
    return content.error();
  const auto item = report::parse_metadata(*content);
  if (!item)
    return item.error();
  const auto* const status = std::get_if<report::omsp_response>(&*item);
  if (status == nullptr)
    return error{errc::unsupported, "not an OMSP response"};
  if (status->server.empty())
    return error{errc::missing, "metadata.server"};
  return *status;
}

report::omsp_response status_responder::respond(const std::vector<std::string>& asked) const {
  const auto now = to_seconds(now_());
  report::omsp_response out;
  out.server = known_.server;
  out.produced_at = now;
  for (const auto& hash : asked) {
    report::status_entry entry;
    const auto found = std::ranges::find(known_.responses, hash,
                                         &report::status_entry::manifest_hash);
    if (found != known_.responses.end())
      entry = *found;
    entry.manifest_hash = hash;
    entry.this_update = now;
    entry.next_update = now + lifetime_;
    out.responses.push_back(std::move(entry));
  }
  return out;
}

} // namespace troth::actors
