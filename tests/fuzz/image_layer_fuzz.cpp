#include "tools/container/layers.hpp"

#include <cstdio>
#include <filesystem>
#include <string>
#include <unistd.h>

// Whatever the bytes, putting a layer on top ends with a file system or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troth::container;
  static const auto file = std::filesystem::temp_directory_path()
                           / ("troth-fuzz-layer-" + std::to_string(getpid()));
  std::FILE* const out = std::fopen(file.c_str(), "wb");
  if (out == nullptr)
    return 0;
  std::fwrite(data, 1, size, out);
  std::fclose(out);
  const auto layer = archive_reader::open(file);
  auto tree = layered_tree::make();
  if (!layer || !tree)
    return 0;
  auto made = *std::move(tree);
  const auto tell = [](const progress&) {};
  if (made.add_layer(**layer, tell))
    (void)made.hash(tell);
  return 0;
}
