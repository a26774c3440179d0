#include "shared/evidence/psa/token.hpp"

#include "shared/codec/cbor_reader.hpp"
#include "shared/codec/cbor_writer.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>
#include <string_view>
#include <utility>

namespace troth::evidence::psa {

namespace {

using codec::cbor_array;
using codec::cbor_map;
using codec::cbor_reader;
using codec::cbor_type;
using codec::cbor_writer;

constexpr std::string_view format = "psa.token";
constexpr std::size_t max_text = 256;

enum class claim : std::uint8_t {
  profile,
  client_id,
  lifecycle,
  implementation_id,
  boot_seed,
  certification,
  software,
  no_software,
  nonce,
  instance_id,
  verification_service
};
constexpr std::size_t claims = 11;

/// The numbers of `profile_iot_1`, in the order of `claim`, are -75000 and those below it.
constexpr std::int64_t first_of_iot_1 = -75'000;

/// Those of `profile_2023`; 0: it has none.
constexpr std::array<std::uint64_t, claims> of_2023{265,  2394, 2395, 2396, 268, 2398,
                                                    2399, 0,    10,   256,  2400};

namespace component_label {
constexpr std::uint64_t type = 1;
constexpr std::uint64_t measurement = 2;
constexpr std::uint64_t version = 4;
constexpr std::uint64_t signer_id = 5;
constexpr std::uint64_t algorithm = 6;
} // namespace component_label

bool is_digest(byte_view value) {
  return value.size() == 32 || value.size() == 48 || value.size() == 64;
}

std::string short_text(cbor_reader& in) {
  const auto out = in.text();
  if (out.size() > max_text)
    in.fail(errc::too_large, "a text of more than 256 bytes");
  return std::string{out};
}

bytes digest_bytes(cbor_reader& in) {
  const auto out = in.byte_string();
  if (in.ok() && !is_digest(out))
    in.fail(errc::malformed, "expected 32, 48 or 64 bytes");
  return copy(out);
}

bytes sized(cbor_reader& in, std::size_t least, std::size_t most) {
  const auto out = in.byte_string();
  if (in.ok() && (out.size() < least || out.size() > most))
    in.fail(errc::malformed, std::to_string(out.size()) + " bytes");
  return copy(out);
}

software_component read_component(cbor_reader& in) {
  software_component out;
  std::uint64_t seen = 0;
  for (cbor_map map{in}; const auto* key = map.current(); map.next()) {
    const auto label = key->type == cbor_type::unsigned_integer ? key->number : 0;
    const auto bit = label < 64 ? std::uint64_t{1} << label : 0;
    if (label != 0 && (seen & bit) != 0)
      in.fail(errc::malformed, "a claim twice");
    seen |= bit;
    if (label == component_label::type)
      out.type = short_text(in);
    else if (label == component_label::measurement)
      out.measurement = digest_bytes(in);
    else if (label == component_label::version)
      out.version = short_text(in);
    else if (label == component_label::signer_id)
      out.signer_id = digest_bytes(in);
    else if (label == component_label::algorithm)
      out.algorithm = short_text(in);
    else
      in.skip();
  }
  if (in.ok() && out.measurement.empty())
    in.fail(errc::missing, "a measurement");
  return out;
}

class parser {
public:
  explicit parser(byte_view input) : in_(input, format, codec::cbor_form::definite) {
    // nop
  }

  result<token> run() && {
    for (cbor_map map{in_}; const auto* key = map.current(); map.next()) {
      const auto which = claim_of(*key);
      if (!which) {
        in_.skip();
        continue;
      }
      if (seen_.test(static_cast<std::size_t>(*which)))
        in_.fail(errc::malformed, "a claim twice");
      seen_.set(static_cast<std::size_t>(*which));
      read(*which);
    }
    if (in_.ok())
      check();
    return in_.finish(std::move(out_));
  }

private:
  std::optional<claim> claim_of(const cbor_map::key& key) {
    std::optional<claim> out;
    const auto below = static_cast<std::uint64_t>(-1 - first_of_iot_1);
    if (key.type == cbor_type::negative_integer && key.number >= below
        && key.number - below < claims) {
      out = static_cast<claim>(key.number - below);
      is_iot_1_ = true;
    } else if (key.type == cbor_type::unsigned_integer && key.number != 0) {
      const auto* const at = std::ranges::find(of_2023, key.number);
      if (at == of_2023.end())
        return out;
      out = static_cast<claim>(at - of_2023.begin());
      is_2023_ = true;
    }
    return out;
  }

  void read(claim which) {
    switch (which) {
    case claim::profile:
      out_.profile = short_text(in_);
      break;
    case claim::client_id:
      out_.client_id = in_.integer();
      break;
    case claim::lifecycle:
      out_.lifecycle = in_.unsigned_integer();
      break;
    case claim::implementation_id:
      out_.implementation_id = sized(in_, 32, 32);
      break;
    case claim::boot_seed:
      out_.boot_seed = sized(in_, 8, 32);
      break;
    case claim::certification:
      out_.certification = short_text(in_);
      break;
    case claim::software:
      read_software();
      break;
    case claim::no_software:
      out_.has_no_software = in_.unsigned_integer() != 0;
      break;
    case claim::nonce:
      out_.nonce = digest_bytes(in_);
      break;
    case claim::instance_id:
      out_.instance_id = sized(in_, 33, 33);
      break;
    case claim::verification_service:
      out_.verification_service = short_text(in_);
      break;
    }
  }

  void read_software() {
    const cbor_array all{in_, max_components};
    for (std::size_t at = 0; at < all.size() && in_.ok(); ++at) {
      out_.software.push_back(read_component(in_));
      if (!in_.ok())
        in_.within('[' + std::to_string(at) + ']');
    }
  }

  void check() {
    if (is_iot_1_ && is_2023_)
      return in_.fail(errc::malformed, "claims of two profiles");
    if (is_2023_ ? out_.profile != profile_2023
                 : !out_.profile.empty() && out_.profile != profile_iot_1)
      return in_.fail(errc::unsupported, "profile " + out_.profile);
    for (const auto needed : {claim::client_id, claim::lifecycle, claim::implementation_id,
                              claim::nonce, claim::instance_id})
      if (!seen_.test(static_cast<std::size_t>(needed)))
        return in_.fail(errc::missing, "claim " + std::to_string(label(needed)));
    if (out_.lifecycle > 0xffff)
      in_.fail(errc::malformed, "a lifecycle of more than 16 bits");
  }

  std::int64_t label(claim which) const {
    const auto at = static_cast<std::size_t>(which);
    return is_2023_ ? static_cast<std::int64_t>(of_2023.at(at))
                    : first_of_iot_1 - static_cast<std::int64_t>(at);
  }

  cbor_reader in_;
  std::bitset<claims> seen_;
  bool is_iot_1_ = false;
  bool is_2023_ = false;
  token out_;
};

void write_component(cbor_writer& out, const software_component& from) {
  out.map(1U + (from.type.empty() ? 0U : 1U) + (from.version.empty() ? 0U : 1U)
          + (from.signer_id.empty() ? 0U : 1U) + (from.algorithm.empty() ? 0U : 1U));
  const auto text = [&](std::uint64_t label, const std::string& value) {
    if (value.empty())
      return;
    out.unsigned_integer(label);
    out.text(value);
  };
  text(component_label::type, from.type);
  out.unsigned_integer(component_label::measurement);
  out.byte_string(from.measurement);
  text(component_label::version, from.version);
  if (!from.signer_id.empty()) {
    out.unsigned_integer(component_label::signer_id);
    out.byte_string(from.signer_id);
  }
  text(component_label::algorithm, from.algorithm);
}

void write_claim(cbor_writer& out, claim which, const token& from) {
  switch (which) {
  case claim::profile:
    return out.text(from.profile);
  case claim::client_id:
    return out.integer(from.client_id);
  case claim::lifecycle:
    return out.unsigned_integer(from.lifecycle);
  case claim::implementation_id:
    return out.byte_string(from.implementation_id);
  case claim::boot_seed:
    return out.byte_string(from.boot_seed);
  case claim::certification:
    return out.text(from.certification);
  case claim::software:
    out.array(from.software.size());
    for (const auto& each : from.software)
      write_component(out, each);
    return;
  case claim::no_software:
    return out.unsigned_integer(1);
  case claim::nonce:
    return out.byte_string(from.nonce);
  case claim::instance_id:
    return out.byte_string(from.instance_id);
  case claim::verification_service:
    return out.text(from.verification_service);
  }
}

bool is_said(claim which, const token& from) {
  switch (which) {
  case claim::profile:
    return !from.profile.empty();
  case claim::boot_seed:
    return !from.boot_seed.empty();
  case claim::certification:
    return !from.certification.empty();
  case claim::software:
    return !from.software.empty();
  case claim::no_software:
    return from.has_no_software && from.profile != profile_2023;
  case claim::verification_service:
    return !from.verification_service.empty();
  default:
    return true;
  }
}

} // namespace

result<token> parse_token(byte_view input) {
  if (input.size() > max_token)
    return error{errc::too_large, std::string{format}};
  return parser{input}.run();
}

bytes write_token(const token& from) {
  std::vector<std::pair<std::int64_t, claim>> said; // in canonical order: by size, then by value
  for (std::size_t at = 0; at < claims; ++at)
    if (const auto which = static_cast<claim>(at); is_said(which, from))
      said.emplace_back(from.profile == profile_2023
                          ? static_cast<std::int64_t>(of_2023.at(at))
                          : first_of_iot_1 - static_cast<std::int64_t>(at),
                        which);
  std::ranges::sort(said, [](const auto& a, const auto& b) {
    return a.first < 0 ? a.first > b.first : a.first < b.first;
  });
  cbor_writer out;
  out.map(said.size());
  for (const auto& [label, which] : said) {
    out.integer(label);
    write_claim(out, which, from);
  }
  return out.take();
}

} // namespace troth::evidence::psa
