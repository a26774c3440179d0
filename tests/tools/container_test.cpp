#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/files/files.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/container/bundle.hpp"
#include "tools/container/rootfs.hpp"
#include "tools/container/tar_stream.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <numeric>
#include <unistd.h>

using namespace troth;
namespace fs = std::filesystem;

namespace {

bytes written(const std::function<void(container::tar_stream&)>& write) {
  bytes out;
  container::tar_stream tar{
    [&](byte_view part) { out.insert(out.end(), part.begin(), part.end()); }};
  write(tar);
  REQUIRE(tar.finish());
  return out;
}

std::string text_at(const bytes& of, std::size_t at, std::size_t size) {
  const auto text = to_text(byte_view{of}.subspan(at, size));
  return text.substr(0, text.find('\0'));
}

container::node regular(std::uint64_t size) {
  container::node out;
  out.mode = 0644;
  out.size_bytes = size;
  return out;
}

void add(container::tar_stream& to, const std::string& name, const container::node& what,
         const std::string& same_as = {}) {
  REQUIRE(to.add(name, what, same_as));
}

} // namespace

TEST_SUITE_BEGIN("tools/container");

TEST_CASE("a file has the older header, its content, and zeros to the end of a block") {
  const auto tar = written([](auto& to) {
    auto what = regular(3);
    what.owner = 1000;
    what.group = 1;
    add(to, "a", what);
    to.content(to_bytes("abc"));
  });
  REQUIRE(tar.size() == 4 * 512); // header, content, two blocks at the end
  CHECK(text_at(tar, 0, 100) == "a");
  CHECK(text_at(tar, 100, 8) == "0000644");
  CHECK(text_at(tar, 108, 8) == "0001750");
  CHECK(text_at(tar, 116, 8) == "0000001");
  CHECK(text_at(tar, 124, 12) == "00000000003");
  CHECK(text_at(tar, 136, 12) == "00000000000");
  CHECK(tar[156] == '0');
  CHECK(to_text(byte_view{tar}.subspan(257, 8))
        == std::string("ustar\0"
                       "00",
                       8));
  CHECK(text_at(tar, 265, 32).empty());
  CHECK(text_at(tar, 329, 8) == "0000000");
  auto header = bytes(tar.begin(), tar.begin() + 512);
  std::fill_n(header.begin() + 148, 8, std::uint8_t{' '});
  CHECK(std::stoul(text_at(tar, 148, 7), nullptr, 8)
        == std::accumulate(header.begin(), header.end(), 0UL));
  CHECK(tar[154] == 0);
  CHECK(tar[155] == ' ');
  CHECK(text_at(tar, 512, 512) == "abc");
}

TEST_CASE("a name that is long is split at a slash, or else in an extended header") {
  const auto folder = std::string(90, 'f');
  const auto split
    = written([&](auto& to) { add(to, folder + "/file-of-that-folder", regular(0)); });
  CHECK(split.size() == 3 * 512);
  CHECK(text_at(split, 0, 100) == "file-of-that-folder");
  CHECK(text_at(split, 345, 155) == folder);
  const auto name = std::string(120, 'n');
  const auto extended = written([&](auto& to) { add(to, name, regular(0)); });
  CHECK(extended.size() == 5 * 512);
  CHECK(extended[156] == 'x');
  CHECK(text_at(extended, 0, 100) == "PaxHeaders.0/" + name.substr(0, 87));
  CHECK(text_at(extended, 512, 512) == "130 path=" + name + "\n");
  CHECK(text_at(extended, 1024, 100) == name.substr(0, 100));
  CHECK(text_at(extended, 1024 + 345, 155).empty());
}

TEST_CASE("what only extended headers can say is there, in the order of its names") {
  const auto tar = written([](auto& to) {
    auto what = regular(0);
    what.owner = 3'000'000;
    what.capability = std::string("\x01\0\0\x02", 4);
    add(to, "bin/\xc3\xa4", what);
  });
  CHECK(text_at(tar, 0, 100) == "bin/PaxHeaders.0");
  const std::string expected = "41 SCHILY.xattr.security.capability="
                               + std::string("\x01\0\0\x02\n", 5) + "15 path=bin/\xc3\xa4\n"
                               + "15 uid=3000000\n";
  CHECK(to_text(byte_view{tar}.subspan(512, expected.size())) == expected);
  CHECK(text_at(tar, 1024, 100) == "bin/");
  CHECK(text_at(tar, 1024 + 108, 8) == "0000000"); // zero for what does not fit
}

TEST_CASE("content that is not as long as it was said ends no archive") {
  container::tar_stream tar{[](byte_view) {}};
  add(tar, "a", regular(3));
  tar.content(to_bytes("ab"));
  CHECK(tar.finish().error().code == errc::io);
  CHECK(tar.add("", regular(0)).error().code == errc::io);
  container::tar_stream other{[](byte_view) {}};
  CHECK(other.add("", regular(0)).error().code == errc::malformed);
  CHECK(other.add(std::string("a\0b", 3), regular(0)).error().code == errc::malformed);
}

TEST_CASE("a folder is walked by name, each folder with what is in it, as the archive has it") {
  const testing::temporary_folder folder;
  const auto& root = folder.path();
  fs::create_directories(root / "a");
  REQUIRE(files::write(root / "a/file", to_bytes("one"), files::access::everyone));
  REQUIRE(files::write(root / "a.file", to_bytes("two"), files::access::everyone));
  fs::create_hard_link(root / "a/file", root / "z");
  fs::create_symlink("a/file", root / "link");
  for (const auto* const each : {"a/file", "a.file"})
    fs::permissions(root / each, fs::perms{0640});
  fs::permissions(root / "a", fs::perms{0750});
  const auto hash = container::hash_folder(root, [](const container::progress&) {});
  REQUIRE(hash);
  const auto owned = [](container::node of) {
    of.owner = static_cast<std::uint32_t>(geteuid());
    of.group = static_cast<std::uint32_t>(getegid());
    return of;
  };
  const auto expected = written([&](auto& to) {
    auto directory = owned({});
    directory.kind = container::node_kind::directory;
    directory.mode = 0750;
    add(to, "a", directory);
    auto file = owned(regular(3));
    file.mode = 0640;
    add(to, "a/file", file);
    to.content(to_bytes("one"));
    add(to, "a.file", file);
    to.content(to_bytes("two"));
    auto link = owned({});
    link.kind = container::node_kind::symbolic_link;
    link.mode = 0777;
    link.target = "a/file";
    add(to, "link", link);
    add(to, "z", file, "a/file");
  });
  CHECK(*hash == crypto::hash(hash_algorithm::sha256, expected));
  CHECK(container::hash_folder(root / "none", [](const container::progress&) {}).error().code
        == errc::not_found);
}

TEST_CASE("an image whose names lead to each other is refused") {
  const auto tar = written([](auto& to) {
    add(to, "manifest.json", regular(0), "other");
    add(to, "other", regular(0), "manifest.json");
  });
  const testing::temporary_folder folder;
  const auto archive = folder.path() / "image.tar";
  REQUIRE(files::write(archive, tar, files::access::owner));
  const auto hashed = container::hash_image(archive, container::engine_files::none, {});
  REQUIRE_FALSE(hashed);
  CHECK(hashed.error().code == errc::malformed);
}

TEST_CASE("an event is of the anonymous configuration, and its reference as its anchor needs it") {
  const testing::temporary_folder folder;
  const auto file = folder.path() / "config.json";
  const std::string id(64, 'c');
  REQUIRE(files::write(file, to_bytes(R"({"process":{"args":["sh"]},"hostname":")" + id + R"("})"),
                       files::access::everyone));
  const digest rootfs{hash_algorithm::sha256};
  const auto event = container::make_event({"box", id}, file, rootfs);
  REQUIRE(event);
  CHECK(event->container->oci_spec.value == nlohmann::json{{"process", {{"args", {"sh"}}}}});
  const auto for_tpm = container::make_reference(*event, {"TPM", 11});
  CHECK(for_tpm.hashes == event->hashes);
  CHECK(*for_tpm.find_property("cmc.index") == "11");
  const auto for_sw = container::make_reference(*event, {"SW", 0});
  CHECK(for_sw.hashes == std::vector{rootfs});
  CHECK(*for_sw.find_property("cmc.ta") == "SW");
  CHECK(container::make_event({"box", ""}, file, rootfs).error().code == errc::malformed);
  CHECK(container::make_event({"box", id}, folder.path() / "none", rootfs).error().code
        == errc::not_found);
}

TEST_SUITE_END();
