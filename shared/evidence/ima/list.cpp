#include "shared/evidence/ima/list.hpp"

#include "shared/evidence/ima/legacy.hpp"

#include <algorithm>

namespace troth::evidence::ima {

namespace {

constexpr std::array<std::uint8_t, legacy_path_size> zeros{};

bool is_legacy(byte_view name) {
  return name.size() == 3 && name[0] == 'i' && name[1] == 'm' && name[2] == 'a';
}

} // namespace

std::array<byte_view, 3> entry::hashed_parts() const noexcept {
  if (fields.kind != template_kind::ima)
    return {data, {}, {}};
  return {fields.file_digest.value, fields.path, byte_view{zeros}.subspan(fields.path.size())};
}

bytes entry::template_data() const {
  bytes out;
  for (const auto part : hashed_parts())
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

bool entry::is_violation() const noexcept {
  return std::ranges::all_of(template_hash, [](std::uint8_t byte) { return byte == 0; });
}

result<std::optional<entry>> list_reader::next() {
  if (in_.ok() && in_.remaining() == 0)
    return std::optional<entry>{};
  in_.require(count_ < max_entries, errc::too_large, "entries");
  entry out{};
  out.offset = in_.position();
  out.pcr = in_.u32le("pcr");
  out.template_hash = in_.take(template_hash_size, "template_hash");
  out.template_name = in_.sized32le(max_template_name, "template_name");
  if (const auto read = is_legacy(out.template_name) ? read_legacy(out) : read_data(out); !read)
    return read.error();
  position_ = in_.position();
  out.size_bytes = position_ - out.offset;
  ++count_;
  return std::optional<entry>{out};
}

result<void> list_reader::read_legacy(entry& into) {
  const auto digest = in_.take(legacy_digest_size, "digest");
  const auto path = in_.sized32le(legacy_path_size - 1, "path");
  in_.require(std::ranges::find(path, 0) == path.end(), errc::malformed, "path");
  if (!in_.ok())
    return in_.failure();
  into.fields = legacy_fields(digest, path);
  return {};
}

result<void> list_reader::read_data(entry& into) {
  into.data = in_.sized32le(max_template_data, "template_data");
  if (!in_.ok())
    return in_.failure();
  const auto fields = parse_template(to_text(into.template_name), into.data);
  if (!fields)
    return error{fields.error().code,
                 fields.error().where + ", of the entry at byte " + std::to_string(into.offset)};
  into.fields = *fields;
  return {};
}

result<std::vector<entry>> parse_list(byte_view list) {
  list_reader in{list};
  std::vector<entry> out;
  while (true) {
    auto next = in.next();
    if (!next)
      return next.error();
    if (!*next)
      return out;
    out.push_back(**next);
  }
}

} // namespace troth::evidence::ima
