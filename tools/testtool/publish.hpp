#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/client/http.hpp"
#include "shared/report/faces.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace troth::testtool {

struct ports;
struct output_options;

enum class publish_form : std::uint8_t {
  result, ///< As it came.
  ocsf,   ///< Detection findings, none for a success.
};

/// Where results go beside the terminal.
struct publish_options {
  client::http_options to;    ///< Its URL is empty: nowhere.
  std::filesystem::path file; ///< Each is added as a line; empty: no file.
  publish_form as = publish_form::result;
};

/// Refuses what could not be published so.
/// @throws CLI::ValidationError
void check_publishing(const publish_options& options, const output_options& output);

/// Publishes results in their order, in a thread of its own: who judges does not wait. What cannot
/// be published is told on `world.err`, and is lost.
class publisher {
public:
  /// @param world must outlive it.
  /// @returns it, which does nothing if the options name no place; what `open_http` returns.
  static result<std::shared_ptr<publisher>> open(const publish_options& options, report::face as,
                                                 const ports& world);

  publisher(const publish_options& options, report::face as, const ports& world);
  publisher(const publisher&) = delete;
  publisher& operator=(const publisher&) = delete;
  ~publisher();

  /// Publishes a result; tells on `world.err` if too many wait already.
  void submit(bytes result);

  /// Waits until all is published. Nothing may be submitted after it.
  /// @returns whether all was.
  bool finish();

private:
  void publish(const bytes& result);
  result<void> publish_one(std::string_view body, std::string_view type);
  void lose(const error& why);

  const publish_options options_;
  const report::face as_;
  const ports& world_;
  client::http_send send_;
  std::atomic<std::size_t> waiting_ = 0;
  std::atomic<bool> has_lost_ = false;
  boost::asio::thread_pool worker_{1};
};

} // namespace troth::testtool
