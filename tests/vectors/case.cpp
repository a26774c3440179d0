#include "tests/vectors/case.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace troth::testing {

namespace {

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

result<bytes> read_file(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return error{errc::not_found, path.string()};
  return to_bytes(std::string{std::istreambuf_iterator<char>{in}, {}});
}

result<bytes> checked_file(const std::filesystem::path& folder, const std::string& path,
                           const json& entry) {
  auto content = read_file(folder / path);
  if (!content)
    return content;
  const auto sums = entry.find("sha256");
  if (sums != entry.end() && sums->contains(path)
      && sums->at(path) != hex(crypto::hash(hash_algorithm::sha256, *content).view()))
    return error{errc::malformed, "SHA-256 of " + path};
  return content;
}

result<void> replace(vector_case& in, const json& variant) {
  const auto with = read_file(in.folder / text_of(variant, "with"));
  if (!with)
    return with.error();
  const auto key = text_of(variant, "file");
  in.files[key] = *with;
  if (in.anchor && in.paths[key] == in.anchor_path)
    in.anchor = *with;
  return {};
}

result<void> edit(bytes& file, const json& variant, const std::string& op) {
  const auto length = variant.at("length").get<std::size_t>();
  const auto mask = from_hex(text_of(variant, "mask"));
  if (!mask)
    return mask.error();
  if (op == "truncate") {
    file.resize(std::min(file.size(), length));
    return {};
  }
  if (op == "extend") {
    file.insert(file.end(), mask->begin(), mask->end());
    return {};
  }
  const auto offset = variant.at("offset").get<std::size_t>();
  if (offset > file.size() || length > file.size() - offset)
    return error{errc::malformed, "variant behind the end of its file"};
  const auto first = file.begin() + static_cast<std::ptrdiff_t>(offset);
  const auto last = first + static_cast<std::ptrdiff_t>(length);
  if (op == "xor") {
    if (mask->size() != length)
      return error{errc::malformed, "variant's mask"};
    for (std::size_t i = 0; i < length; ++i)
      file[offset + i] ^= mask->at(i);
  } else if (op == "drop_entry") {
    file.erase(first, last);
  } else if (op == "swap_entries") {
    const auto offset2 = variant.at("offset2").get<std::size_t>();
    const auto length2 = variant.at("length2").get<std::size_t>();
    const byte_view whole{file};
    if (offset2 < offset + length || offset2 > file.size() || length2 > file.size() - offset2)
      return error{errc::malformed, "variant's second range"};
    bytes out = copy(whole.first(offset));
    for (const auto part : {whole.subspan(offset2, length2),
                            whole.subspan(offset + length, offset2 - offset - length),
                            whole.subspan(offset, length), whole.subspan(offset2 + length2)})
      out.insert(out.end(), part.begin(), part.end());
    file = out;
  } else {
    return error{errc::unsupported, op};
  }
  return {};
}

} // namespace

const bytes* vector_case::file(const std::string& key) const {
  const auto found = files.find(key);
  return found != files.end() ? &found->second : nullptr;
}

result<vector_case> load_case(const std::filesystem::path& folder, const json& entry) {
  vector_case out;
  out.folder = folder;
  for (const auto& [key, path] : entry.at("files").items()) {
    const auto content = checked_file(folder, path.get<std::string>(), entry);
    if (!content)
      return content.error();
    out.files[key] = *content;
    out.paths[key] = path.get<std::string>();
  }
  out.anchor_path = text_of(entry, "trust_anchor");
  if (!out.anchor_path.empty()) {
    const auto anchor = checked_file(folder, out.anchor_path, entry);
    if (!anchor)
      return anchor.error();
    out.anchor = *anchor;
  }
  if (const auto time = parse_time(text_of(entry, "time")))
    out.time = *time;
  if (const auto nonce = from_hex(text_of(entry, "nonce")))
    out.nonce = *nonce;
  if (entry.contains("reference"))
    out.reference = entry.at("reference");
  return out;
}

result<vector_case> apply_variant(vector_case to, const json& variant) {
  const auto op = text_of(variant, "op");
  if (op == "set_time") {
    const auto time = parse_time(text_of(variant, "time"));
    if (!time)
      return time.error();
    to.time = *time;
    return to;
  }
  if (op == "set_nonce") {
    auto nonce = from_hex(text_of(variant, "nonce"));
    if (!nonce)
      return nonce.error();
    to.nonce = *std::move(nonce);
    return to;
  }
  if (op == "replace_file") {
    auto all = json::array({variant});
    for (const auto& further : variant.value("and", json::array()))
      all.push_back(further);
    for (const auto& one : all)
      if (const auto replaced = replace(to, one); !replaced)
        return replaced.error();
    return to;
  }
  const auto file = to.files.find(text_of(variant, "file"));
  if (file == to.files.end() || !variant.contains("length"))
    return error{errc::unsupported, op};
  const bool is_anchor = to.anchor && to.paths[file->first] == to.anchor_path;
  if (const auto edited = edit(file->second, variant, op); !edited)
    return edited.error();
  if (is_anchor)
    to.anchor = file->second;
  return to;
}

} // namespace troth::testing
