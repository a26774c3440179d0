#include "actors/report_archive.hpp"

#include "shared/codec/cbor_reader.hpp"
#include "shared/codec/cbor_writer.hpp"

#include <utility>

namespace troth::actors {

namespace {

constexpr std::uint64_t record_version = 1;
constexpr std::size_t record_items = 6;

std::map<std::string, bytes> take_items(codec::cbor_reader& in) {
  std::map<std::string, bytes> out;
  for (codec::cbor_map items{in}; items.current() != nullptr; items.next()) {
    const std::string digest{items.current()->text};
    out[digest] = copy(in.byte_string());
  }
  return out;
}

} // namespace

bytes write_kept_report(const kept_report& from) {
  codec::cbor_writer out;
  out.array(record_items);
  out.unsigned_integer(record_version);
  out.byte_string(from.report);
  out.byte_string(from.nonce);
  out.text(format_time(from.when));
  out.text(from.freshness_source);
  out.map(from.left_out.size());
  for (const auto& [digest, content] : from.left_out) {
    out.text(digest);
    out.byte_string(content);
  }
  return out.take();
}

result<kept_report> parse_kept_report(byte_view input) {
  codec::cbor_reader in{input, "keptReport", codec::cbor_form::definite};
  const codec::cbor_array items{in, record_items};
  if (items.size() != record_items)
    in.fail(errc::malformed, "expected " + std::to_string(record_items) + " items");
  if (in.unsigned_integer() != record_version)
    in.fail(errc::unsupported, "a record of another build");
  kept_report out;
  out.report = copy(in.byte_string());
  out.nonce = copy(in.byte_string());
  if (const auto when = parse_time(in.text()))
    out.when = *when;
  else
    in.fail(errc::malformed, "a time");
  out.freshness_source = in.text();
  out.left_out = take_items(in);
  return in.finish(std::move(out));
}

void report_archive::keep(const std::string& id, const kept_report& what) {
  if (!keeps() || id.empty())
    return;
  auto content = write_kept_report(what);
  const std::lock_guard lock{mutex_};
  due_.emplace_back(id, std::move(content));
}

void report_archive::flush(time_point now) {
  std::vector<std::pair<std::string, bytes>> due;
  {
    const std::lock_guard lock{mutex_};
    due.swap(due_);
  }
  for (const auto& [id, content] : due)
    if (const auto written = store_->put(id, content, now + lifetime_, now); !written)
      note_("reports: " + to_string(written.error()));
}

result<bytes> report_archive::find(const std::string& id, time_point now) const {
  return store_->find(id, now);
}

} // namespace troth::actors
