#include "shared/files/files.hpp"

#include "shared/files/claim.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

using namespace troth;
using testing::temporary_folder;

namespace {

std::filesystem::perms mode_of(const std::filesystem::path& file) {
  return std::filesystem::status(file).permissions();
}

constexpr auto owner_only = std::filesystem::perms{0600};

} // namespace

TEST_SUITE_BEGIN("files");

TEST_CASE("what was written is read back, and the new replaces the old") {
  const temporary_folder folder;
  const auto file = folder.path() / "deep" / "er" / "key";
  REQUIRE(files::write(file, to_bytes("old and longer"), files::access::owner));
  REQUIRE(files::write(file, to_bytes("new"), files::access::owner));
  const auto content = files::read(file, 100);
  REQUIRE(content);
  CHECK(*content == to_bytes("new"));
}

TEST_CASE("a secret is for its owner, and so is the folder made for it") {
  const temporary_folder folder;
  REQUIRE(files::write(folder.path() / "new" / "key", to_bytes("k"), files::access::owner));
  CHECK(mode_of(folder.path() / "new" / "key") == owner_only);
  CHECK(mode_of(folder.path() / "new") == std::filesystem::perms::owner_all);
  REQUIRE(files::write(folder.path() / "shown", to_bytes("k"), files::access::everyone));
  CHECK(mode_of(folder.path() / "shown") == std::filesystem::perms{0644});
}

TEST_CASE("a write that fails leaves the old file and no other") {
  const temporary_folder folder;
  std::filesystem::create_directory(folder.path() / "taken");
  const auto written = files::write(folder.path() / "taken", to_bytes("x"), files::access::owner);
  REQUIRE(!written);
  CHECK(written.error().code == errc::io);
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
}

TEST_CASE("a file over the maximum is refused, one of the maximum is not") {
  const temporary_folder folder;
  const auto file = folder.path() / "f";
  REQUIRE(files::write(file, bytes(200'000, 7), files::access::owner));
  const auto whole = files::read(file, 200'000);
  REQUIRE(whole);
  CHECK(whole->size() == 200'000);
  const auto over = files::read(file, 199'999);
  REQUIRE(!over);
  CHECK(over.error().code == errc::too_large);
}

TEST_CASE("a file whose size the kernel does not tell is read to its end") {
  const auto status = files::read("/proc/self/status", 100'000);
  REQUIRE(status);
  CHECK(to_text(*status).starts_with("Name:"));
}

TEST_CASE("what is not there is not_found, what is no file is io") {
  const temporary_folder folder;
  CHECK(files::read(folder.path() / "none", 1).error().code == errc::not_found);
  CHECK(files::read(folder.path(), 1).error().code == errc::io);
  CHECK(files::list(folder.path() / "none", 1).error().code == errc::not_found);
}

TEST_CASE("a list has the regular files by name, without those that begin with a dot") {
  const temporary_folder folder;
  for (const auto* name : {"b", "a", ".hidden"})
    std::ofstream{folder.path() / name} << name;
  std::filesystem::create_directory(folder.path() / "folder");
  const auto names = files::list(folder.path(), 2);
  REQUIRE(names);
  CHECK(*names == std::vector<std::string>{"a", "b"});
  CHECK(files::list(folder.path(), 1).error().code == errc::too_large);
}

TEST_CASE("what is no file stays what it is, and is written into") {
  const temporary_folder folder;
  const auto pipe = folder.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::thread writer{[&] { CHECK(files::write(pipe, to_bytes("through"), files::access::owner)); }};
  std::string got;
  std::getline(std::ifstream{pipe}, got);
  writer.join();
  CHECK(got == "through");
  CHECK(std::filesystem::is_fifo(pipe));
  CHECK(files::write(folder.path(), to_bytes("x"), files::access::owner).error().code == errc::io);
}

TEST_CASE("a link stays one, and what it leads to is replaced") {
  const temporary_folder folder;
  const auto file = folder.path() / "file";
  const auto link = folder.path() / "link";
  REQUIRE(files::write(file, to_bytes("old"), files::access::owner));
  std::filesystem::create_symlink("file", link);
  CHECK(files::write(link, to_bytes("new"), files::access::owner));
  CHECK(std::filesystem::is_symlink(link));
  CHECK(to_text(*files::read(file, 10)) == "new");
}

TEST_CASE("a folder is claimed once, until the claim ends") {
  const temporary_folder folder;
  const auto place = folder.path() / "state" / "keys";
  {
    const auto mine = files::claim::take(place);
    REQUIRE(mine);
    CHECK(mode_of(place) == std::filesystem::perms{0700});
    const auto second = files::claim::take(place);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == errc::conflict);
  }
  CHECK(files::claim::take(place));
}

TEST_CASE("what is no folder cannot be claimed, nor what no folder can be made in") {
  const temporary_folder folder;
  const auto file = folder.path() / "file";
  REQUIRE(files::write(file, to_bytes("x"), files::access::owner));
  for (const auto& place : {file, file / "keys"}) {
    const auto claimed = files::claim::take(place);
    REQUIRE_FALSE(claimed);
    CHECK(claimed.error().code == errc::io);
    CHECK(claimed.error().where.find("ot a directory") != std::string::npos);
  }
}

TEST_SUITE_END();
