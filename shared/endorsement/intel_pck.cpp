#include "shared/endorsement/intel_pck.hpp"

#include "shared/base/reader.hpp"
#include "shared/codec/der.hpp"

#include <algorithm>

namespace troth::endorsement::intel {

namespace {

namespace der = codec::der;

constexpr auto sgx_oid = std::to_array<std::uint8_t>( // 1.2.840.113741.1.13.1
  {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01});
constexpr std::uint8_t sgx_types = 2; // the highest
constexpr std::size_t component_count = 16;
constexpr std::size_t max_certificates = 8;

/// The items below `1.2.840.113741.1.13.1`.
enum class item : std::uint8_t {
  ppid = 1,
  tcb = 2,
  pce_id = 3,
  fmspc = 4,
  sgx_type = 5,
  platform_instance_id = 6,
  configuration = 7
};

/// Which of the items that one level may have were there.
class seen_once {
public:
  void add(reader& in, std::uint8_t number) {
    if (number >= 32)
      return; // one that we do not know
    const auto bit = 1U << number;
    in.require((seen_ & bit) == 0, errc::malformed, "twice");
    seen_ |= bit;
  }
  bool has_all(std::uint8_t first, std::uint8_t last) const {
    const auto wanted = (1U << (last + 1U)) - (1U << first);
    return (seen_ & wanted) == wanted;
  }

private:
  std::uint32_t seen_ = 0;
};

/// Takes an OID below `parent`. @returns the number behind it; 0 for another OID.
std::uint8_t take_number_below(reader& in, byte_view parent) {
  const auto oid = der::take(in, der::object_identifier, "oid");
  const auto is_below = oid.size() == parent.size() + 1
                        && std::ranges::equal(oid.first(parent.size()), parent);
  return is_below ? oid.back() : 0;
}

template <std::size_t N>
void take_octets(reader& in, std::array<std::uint8_t, N>& into, std::string_view field) {
  const auto value = der::take(in, der::octet_string, field);
  in.require(value.size() == N, errc::malformed, field);
  if (in.ok())
    std::ranges::copy(value, into.begin());
}

bytes below(std::uint8_t number) {
  auto out = copy(sgx_oid);
  out.push_back(number);
  return out;
}

/// Reads the members `{OID, value}` of a SEQUENCE; `take_value(in, number)` takes a value.
template <class Take>
result<seen_once> read_items(byte_view content, byte_view parent, Take take_value) {
  reader in{content, "pck.sgx_extension"};
  seen_once seen;
  while (in.ok() && in.remaining() != 0) {
    reader one{der::take(in, der::sequence, "item"), "pck.sgx_extension.item"};
    if (!in.ok())
      break;
    const auto number = take_number_below(one, parent);
    if (number == 0) {
      (void)one.take(one.remaining(), "unknown");
    } else {
      seen.add(one, number);
      take_value(one, number);
    }
    if (const auto done = one.finish(true); !done)
      return done.error();
  }
  return in.finish(seen);
}

result<void> read_tcb(byte_view content, pck_tcb& into) {
  const auto seen = read_items(content, below(2), [&](reader& in, std::uint8_t number) {
    if (number <= component_count)
      into.components[number - 1]
        = static_cast<std::uint8_t>(der::take_number(in, der::integer, 0xff, "svn"));
    else if (number == component_count + 1)
      into.pce_svn
        = static_cast<std::uint16_t>(der::take_number(in, der::integer, 0xffff, "pcesvn"));
    else if (number == component_count + 2)
      take_octets(in, into.cpu_svn, "cpusvn");
    else
      (void)in.take(in.remaining(), "unknown");
  });
  if (!seen)
    return seen.error();
  if (!seen->has_all(1, component_count + 2))
    return error{errc::missing, "pck.sgx_extension.tcb: one of its 18 items"};
  return {};
}

result<void> read_configuration(byte_view content, pck_configuration& into) {
  const auto seen = read_items(content, below(7), [&](reader& in, std::uint8_t number) {
    if (number > 3) {
      (void)in.take(in.remaining(), "unknown");
      return;
    }
    const auto value = der::take_boolean(in, "configuration");
    (number == 1   ? into.dynamic_platform
     : number == 2 ? into.cached_keys
                   : into.smt_enabled)
      = value;
  });
  return seen ? result<void>{} : seen.error();
}

/// Takes one item's value. What is nested is read apart: `nested` says what became of it.
void take_item(reader& in, std::uint8_t number, pck_extension& out, result<void>& nested) {
  const auto keep = [&](result<void> read) {
    if (nested)
      nested = std::move(read);
  };
  switch (static_cast<item>(number)) {
  case item::ppid:
    return take_octets(in, out.ppid, "ppid");
  case item::tcb:
    return keep(read_tcb(der::take(in, der::sequence, "tcb"), out.tcb));
  case item::pce_id:
    return take_octets(in, out.pce_id, "pce_id");
  case item::fmspc:
    return take_octets(in, out.fmspc, "fmspc");
  case item::sgx_type:
    out.sgx_type
      = static_cast<std::uint8_t>(der::take_number(in, der::enumerated, sgx_types, "sgx_type"));
    return;
  case item::platform_instance_id:
    return take_octets(in, out.platform_instance_id.emplace(), "platform_instance_id");
  case item::configuration:
    return keep(read_configuration(der::take(in, der::sequence, "configuration"),
                                   out.configuration.emplace()));
  }
  (void)in.take(in.remaining(), "unknown");
}

bool is_white(std::uint8_t c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Whether a PEM text holds its blocks and white space, and nothing else.
bool is_only_blocks(std::string_view text) {
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view end = "-----END CERTIFICATE-----";
  while (true) {
    const auto first = std::ranges::find_if_not(text, is_white);
    text.remove_prefix(static_cast<std::size_t>(first - text.begin()));
    if (text.empty())
      return true;
    const auto last = text.find(end);
    if (!text.starts_with(begin) || last == std::string_view::npos)
      return false;
    text.remove_prefix(last + end.size());
  }
}

/// Puts each certificate before the one that its issuer's name is the subject of.
std::vector<crypto::certificate> leaf_first(std::vector<crypto::certificate> chain) {
  std::vector<crypto::certificate> out;
  while (!chain.empty()) {
    const auto is_issuer = [&](const crypto::certificate& one) {
      return std::ranges::any_of(chain, [&](const crypto::certificate& other) {
        return !other.is_self_issued() && other.issuer() == one.subject();
      });
    };
    auto next = std::ranges::find_if_not(chain, is_issuer);
    if (next == chain.end()) // a ring: no order is right
      next = chain.begin();
    out.push_back(*next);
    chain.erase(next);
  }
  return out;
}

result<std::vector<crypto::certificate>> parse_der_chain(byte_view input) {
  reader in{input, "pck.chain"};
  std::vector<crypto::certificate> out;
  while (in.ok() && in.remaining() != 0) {
    in.require(out.size() < max_certificates, errc::too_large, "certificates");
    const auto begin = in.position();
    (void)der::take(in, der::sequence, "certificate");
    if (!in.ok())
      break;
    auto read = crypto::certificate::from_der(input.subspan(begin, in.position() - begin));
    if (!read)
      return read.error();
    out.push_back(*std::move(read));
  }
  return in.finish(std::move(out));
}

} // namespace

result<pck_extension> parse_pck_extension(byte_view der_value) {
  reader in{der_value, "pck.sgx_extension"};
  const auto content = in.finish(der::take(in, der::sequence, "sequence"));
  if (!content)
    return content.error();
  pck_extension out;
  result<void> nested;
  const auto seen = read_items(*content, sgx_oid, [&](reader& one, std::uint8_t number) {
    take_item(one, number, out, nested);
  });
  if (!seen)
    return seen.error();
  if (!nested)
    return nested.error();
  if (!seen->has_all(static_cast<std::uint8_t>(item::ppid),
                     static_cast<std::uint8_t>(item::sgx_type)))
    return error{errc::missing, "pck.sgx_extension: PPID, TCB, PCE-ID, FMSPC or SGX type"};
  return out;
}

result<pck_extension> pck_extension_of(const crypto::certificate& pck) {
  const auto all = pck.extensions();
  const auto at = std::ranges::find(all, sgx_extension_oid, &crypto::extension::oid);
  if (at == all.end())
    return error{errc::missing, "pck.sgx_extension of \"" + pck.subject() + '"'};
  return parse_pck_extension(at->value);
}

result<std::vector<crypto::certificate>> parse_pck_chain(byte_view input) {
  if (!input.empty() && input.front() == der::sequence) {
    auto out = parse_der_chain(input);
    return out ? leaf_first(*std::move(out)) : out;
  }
  if (!input.empty() && input.back() == 0)
    input = input.first(input.size() - 1);
  const auto text = to_text(input);
  if (!is_only_blocks(text))
    return error{errc::malformed, "pck.chain: more than certificates"};
  auto out = crypto::certificate::from_pem(text);
  if (out && out->size() > max_certificates)
    return error{errc::too_large, "pck.chain: " + std::to_string(out->size()) + " certificates"};
  return out ? leaf_first(*std::move(out)) : out;
}

} // namespace troth::endorsement::intel
