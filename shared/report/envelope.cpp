#include "shared/report/envelope.hpp"

#include "shared/codec/cose_sign1.hpp"
#include "shared/codec/jws.hpp"
#include "shared/codec/jwt.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/report/cmw.hpp"
#include "shared/report/eat_claims.hpp"
#include "shared/report/encoding.hpp"
#include "shared/report/envelope_kind.hpp"
#include "shared/report/report.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

namespace troth::report {

namespace {

using codec::signature_entry;

constexpr std::size_t max_envelopes = 4; // within each other
constexpr std::size_t max_wrapped_bytes = std::size_t{64} * 1024 * 1024;
constexpr std::chrono::seconds clock_leeway{60};

/// What may have a report in it, in a wrapper. Others are somebody else's.
constexpr std::array nested_types = {
  "application/eat+jwt",      "application/eat+cwt",  "application/eat-ucs+json",
  "application/eat-ucs+cbor", "application/cmw+json", "application/cmw+cbor",
  "application/cmw+jws",      "application/cmw+cose",
};

/// Returns a media type without its parameters, in lower case.
std::string bare(std::string_view media_type) {
  std::string out{media_type.substr(0, media_type.find(';'))};
  while (out.ends_with(' '))
    out.pop_back();
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

/// Returns a JWT without the line breaks at the end of its file, which are not of it.
std::string line_of(byte_view input) {
  auto out = to_text(input);
  out.erase(out.find_last_not_of("\r\n") + 1);
  return out;
}

bool is_report(std::string_view type) {
  return type == report_json_media_type || type == report_cbor_media_type;
}

/// Opens envelopes, one in the other, and notes what they say.
class opener {
public:
  explicit opener(time_point now) : now_(now) {
    // nop
  }

  result<void> open(byte_view input, envelope_kind as) {
    if (++depth_ > max_envelopes)
      return error{errc::too_large, "envelope: in too many others"};
    switch (as) {
    case envelope_kind::none:
      return error{errc::missing, "envelope: a report"};
    case envelope_kind::cmw_json:
      return pick(parse_cmw(input, encoding::json));
    case envelope_kind::cmw_cbor:
      return pick(parse_cmw(input, encoding::cbor));
    case envelope_kind::claims_json:
      return claims(input, encoding::json);
    case envelope_kind::claims_cbor:
      return claims(input.subspan(uccs_tag_bytes), encoding::cbor);
    case envelope_kind::jwt:
      return token(codec::parse_jwt(line_of(input), max_wrapped_bytes));
    case envelope_kind::cose:
      return token(codec::parse_cose_sign1(input));
    case envelope_kind::jws:
      break;
    }
    auto message = codec::parse_jws(to_text(input));
    if (!message)
      return message.error();
    return payload(*std::move(message));
  }

  /// Holds what the envelopes said against the report in them.
  result<bytes> finish() && {
    if (signatures_.empty() && nonces_.empty())
      return std::move(report_);
    const auto read = parse_report(report_);
    if (!read)
      return read.error();
    for (const auto& each : nonces_)
      if (std::ranges::find(each, read->claims.nonce) == each.end())
        return error{errc::conflict, "eat.eat_nonce: another than the report's"};
    const auto keys = attestation_keys(*read);
    if (!signatures_.empty() && keys.empty())
      return error{errc::untrusted, "envelope: no key of the report could have signed it"};
    for (const auto& each : signatures_)
      if (const auto good = verify(each, keys); !good)
        return good.error();
    return std::move(report_);
  }

private:
  result<void> token(result<codec::signed_token> read) {
    if (!read)
      return read.error();
    auto one = *std::move(read);
    return payload({std::move(one.payload), {std::move(one.signature)}});
  }

  result<void> payload(codec::signed_message&& message) {
    const auto& carried = message.payload;
    std::ranges::move(message.signatures, std::back_inserter(signatures_));
    const auto as = kind_of_envelope(carried);
    // A claims set in a CWT has no tag of its own.
    constexpr std::uint8_t first_map = 0xa0;
    constexpr std::uint8_t last_map = 0xbb;
    if (as == envelope_kind::none && !carried.empty() && carried.front() >= first_map
        && carried.front() <= last_map)
      return claims(carried, encoding::cbor);
    return open(carried, as);
  }

  result<void> claims(byte_view input, encoding as) {
    auto read = parse_eat_claims(input, as);
    if (!read)
      return read.error();
    auto told = *std::move(read);
    if (const auto good = check_times(told); !good)
      return good;
    if (!told.nonces.empty())
      nonces_.push_back(std::move(told.nonces));
    return pick(std::move(told.wrapped));
  }

  result<void> check_times(const eat_claims& told) const {
    const auto seconds = [](time_point when) {
      return std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
    };
    const auto latest = seconds(now_ + clock_leeway);
    if (told.issued_at && *told.issued_at > latest)
      return error{errc::expired, "eat.iat: in the future"};
    if (told.not_before && *told.not_before > latest)
      return error{errc::expired, "eat.nbf: in the future"};
    if (told.expires && *told.expires <= seconds(now_ - clock_leeway))
      return error{errc::expired, "eat.exp: in the past"};
    return {};
  }

  /// Picks the report among records, or the envelope that has it.
  result<void> pick(result<std::vector<cmw_record>> read) {
    if (!read)
      return read.error();
    auto records = *std::move(read);
    std::erase_if(records, [](const cmw_record& each) {
      const auto type = bare(each.type);
      return !is_report(type) && std::ranges::find(nested_types, type) == nested_types.end();
    });
    if (records.empty())
      return error{errc::missing, "envelope: a report"};
    if (records.size() > 1)
      return error{errc::conflict, "envelope: several reports"};
    auto& [label, type, value, indicator] = records.front();
    if (indicator != 0 && (indicator & cmw_indicator::evidence) == 0)
      return error{errc::conflict, "envelope: no evidence by its indicator"};
    if (!is_report(bare(type)))
      return open(value, kind_of_envelope(value));
    const auto as = encoding_of(value);
    if (!as)
      return as.error();
    if ((*as == encoding::json) != (bare(type) == report_json_media_type))
      return error{errc::malformed, "envelope: a report in another encoding than " + type};
    report_ = std::move(value);
    return {};
  }

  /// Returns the keys that can sign what they did not make. None is proved here: the appraisal
  /// that follows does, or refuses the report.
  static std::vector<crypto::public_key> attestation_keys(const report& from) {
    std::vector<crypto::public_key> out;
    for (const auto& each : from.claims.collaterals) {
      if (each.type == tpm_evidence && !each.certificates.empty()) {
        if (const auto leaf = crypto::certificate::from_der(each.certificates.front()))
          out.push_back(leaf->key());
      } else if (each.type == sw_evidence) {
        if (const auto key = crypto::public_key::from_pem(to_text(each.key)))
          out.push_back(*key);
      }
    }
    return out;
  }

  static result<void> verify(const signature_entry& entry,
                             const std::vector<crypto::public_key>& keys) {
    result<void> last{};
    for (const auto& key : keys) {
      last = key.verify(entry.algorithm, entry.signed_bytes, entry.signature);
      if (last)
        return last;
    }
    return error{last.error().code, "envelope: " + last.error().where};
  }

  const time_point now_;
  std::size_t depth_ = 0;
  bytes report_;
  std::vector<signature_entry> signatures_; ///< Of all envelopes.
  std::vector<std::vector<bytes>> nonces_;  ///< Of each that told some.
};

} // namespace

result<std::optional<bytes>> unwrap_report(byte_view input, time_point now) {
  const auto as = kind_of_envelope(input);
  if (as == envelope_kind::none)
    return std::optional<bytes>{};
  opener envelopes{now};
  if (const auto opened = envelopes.open(input, as); !opened)
    return opened.error();
  auto report = std::move(envelopes).finish();
  if (!report)
    return report.error();
  return std::optional{*std::move(report)};
}

} // namespace troth::report
