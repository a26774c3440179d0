#include "shared/evidence/eventlog/log.hpp"

#include "shared/base/reader.hpp"
#include "shared/evidence/eventlog/text.hpp"
#include "shared/evidence/tpm/algorithm.hpp"

#include <algorithm>
#include <string_view>

namespace troth::evidence::eventlog {

namespace {

constexpr std::string_view spec_id_03{"Spec ID Event03\0", 16};
constexpr std::string_view spec_id_02{"Spec ID Event02\0", 16};
constexpr std::string_view spec_id_00{"Spec ID Event00\0", 16};
constexpr std::string_view startup_locality{"StartupLocality\0", 16};
constexpr std::uint32_t max_banks = 16;
constexpr std::size_t max_digest = 64;
constexpr std::uint32_t registers = 32; // the most a TPM can have
constexpr std::uint8_t known_major = 2;

bool all_zero(byte_view data) {
  return std::ranges::all_of(data, [](std::uint8_t byte) { return byte == 0; });
}

class log_parser {
public:
  log_parser(byte_view log, log_kind kind) : log_(log), in_(log, "eventlog"), kind_(kind) {
    const auto last = std::find_if(log.rbegin(), log.rend(), [](auto byte) { return byte != 0; });
    zeros_from_ = static_cast<std::size_t>(log.rend() - last);
  }

  result<event_log> parse() {
    in_.require(log_.size() <= max_log, errc::too_large, "size");
    in_.require(log_.empty() || !at_end(), errc::malformed, "events"); // padding alone is no log
    out_.banks = {{tpm::alg::sha1, 20}};
    add(read_event());
    if (const auto header = read_header(); !header)
      return header.error();
    while (in_.ok() && !at_end()) {
      in_.require(out_.events.size() < max_events, errc::too_large, "events");
      add(read_event());
    }
    out_.consumed_bytes = in_.position();
    (void)in_.take(in_.remaining(), "padding");
    return in_.finish(std::move(out_));
  }

private:
  // A position where a record may begin.
  bool at_end() {
    const auto rest = log_.subspan(in_.position());
    if (rest.empty())
      return true;
    if (in_.position() >= zeros_from_)
      out_.ends_with = terminator::zero;
    else if (rest.size() >= 4 && std::ranges::count(rest.first(4), 0xFF) == 4)
      out_.ends_with = terminator::ff;
    return out_.ends_with != terminator::none;
  }

  event read_event() {
    event out{};
    out.offset = in_.position();
    out.register_index = in_.u32le("register_index");
    out.type = static_cast<event_type>(in_.u32le("type"));
    in_.require(!out.is_measured() || out.register_index < registers, errc::malformed,
                "register_index");
    if (out_.is_crypto_agile)
      read_digests(out);
    else
      take_digest(out, out_.banks.front());
    out.data = in_.sized32le(max_event_data, "data");
    out.size_bytes = in_.position() - out.offset;
    return out;
  }

  // TPML_DIGEST_VALUES: one of each bank, in any order.
  void read_digests(event& into) {
    const auto count = in_.u32le("digests.count");
    in_.require(count == out_.banks.size(), errc::malformed, "digests.count");
    std::uint32_t seen = 0;
    for (std::uint32_t i = 0; i < count && in_.ok(); ++i) {
      const auto id = in_.u16le("digests.algorithm");
      const auto found = std::ranges::find(out_.banks, id, &bank::algorithm_id);
      in_.require(found != out_.banks.end(), errc::malformed, "digests.algorithm");
      if (!in_.ok())
        return;
      const auto bit = 1U << (found - out_.banks.begin());
      in_.require((seen & bit) == 0, errc::malformed, "digests.algorithm");
      seen |= bit;
      take_digest(into, *found);
    }
  }

  void take_digest(event& into, const bank& from) {
    const auto value = in_.take(from.digest_size, "digests.digest");
    const auto algorithm = tpm::hash_from_id(from.algorithm_id);
    if (!in_.ok() || !algorithm)
      return;
    if (auto made = digest::from(*algorithm, value))
      into.digests.push_back(*std::move(made));
  }

  void add(event value) {
    if (value.type == event_type::no_action && starts_with(value.data, startup_locality))
      read_startup_locality(value);
    extended_pcr_0_ = extended_pcr_0_ || (value.is_measured() && value.register_index == 0);
    out_.events.push_back(std::move(value));
  }

  void read_startup_locality(const event& value) {
    in_.require(kind_ == log_kind::tpm && value.register_index == 0 && !extended_pcr_0_
                  && !out_.startup_locality && value.data.size() == startup_locality.size() + 1,
                errc::malformed, "startup_locality");
    const auto locality = value.data.back();
    in_.require(locality == 0 || locality == 3 || locality == 4, errc::malformed,
                "startup_locality");
    out_.startup_locality = locality;
  }

  // The first event may tell what the others look like.
  result<void> read_header();
  result<void> read_spec_id(byte_view data);
  void read_banks(reader& in);

  byte_view log_;
  reader in_;
  log_kind kind_;
  std::size_t zeros_from_ = 0; // where the zeros at the end of the log begin
  bool extended_pcr_0_ = false;
  event_log out_{};
};

result<void> log_parser::read_header() {
  if (!in_.ok())
    return in_.failure();
  const auto& first = out_.events.front();
  const bool is_header = first.type == event_type::no_action;
  out_.is_crypto_agile = is_header && starts_with(first.data, spec_id_03);
  if (!out_.is_crypto_agile && kind_ == log_kind::cc)
    return error{errc::unsupported, "eventlog.spec_id: a CC log is crypto-agile"};
  if (!out_.is_crypto_agile
      && !(is_header
           && (starts_with(first.data, spec_id_02) || starts_with(first.data, spec_id_00))))
    return {};
  // The register of a header is 0, or in CC logs also 1; its digest always is zero.
  if ((kind_ == log_kind::tpm && first.register_index != 0)
      || !all_zero(first.digests.front().view()))
    return error{errc::malformed, "eventlog.spec_id at byte 0"};
  return read_spec_id(first.data);
}

// Each hash function once, those we know with the size they have.
void log_parser::read_banks(reader& in) {
  const auto count = in.u32le("banks.count");
  in.require(count != 0, errc::malformed, "banks.count");
  in.require(count <= max_banks, errc::too_large, "banks.count");
  out_.banks.clear();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const auto id = in.u16le("banks.algorithm");
    in.require(std::ranges::find(out_.banks, id, &bank::algorithm_id) == out_.banks.end(),
               errc::malformed, "banks.algorithm");
    const auto size = in.u16le("banks.size");
    const auto known = tpm::hash_from_id(id);
    in.require(known ? size == digest_size(*known) : size != 0, errc::malformed, "banks.size");
    in.require(size <= max_digest, errc::too_large, "banks.size");
    out_.banks.push_back({id, size});
  }
}

result<void> log_parser::read_spec_id(byte_view data) {
  reader in{data, "eventlog.spec_id"};
  spec_id out;
  out.signature = copy(in.take(spec_id_03.size() - 1, "signature"));
  (void)in.u8("signature.end"); // the NUL that was compared
  out.platform_class = in.u32le("platform_class");
  out.version_minor = in.u8("version_minor");
  out.version_major = in.u8("version_major");
  in.require(!out_.is_crypto_agile || out.version_major == known_major, errc::unsupported,
             "version_major");
  out.errata = in.u8("errata");
  out.uintn_size = in.u8("uintn_size");
  if (out_.is_crypto_agile)
    read_banks(in);
  out.vendor_info = copy(in.take(in.u8("vendor_info"), "vendor_info"));
  const auto whole = in.finish(std::move(out));
  if (!whole)
    return whole.error();
  out_.spec = *whole;
  return {};
}

} // namespace

result<event_log> parse_event_log(byte_view log, log_kind kind) {
  return log_parser{log, kind}.parse();
}

} // namespace troth::evidence::eventlog
