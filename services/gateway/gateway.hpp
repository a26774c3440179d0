#pragma once

#include "services/gateway/settings.hpp"
#include "services/http/router.hpp"
#include "services/run.hpp"

#include <boost/asio/thread_pool.hpp>

#include <memory>

namespace troth::services {

/// The process that serves REST and asks provers and verifiers.
class gateway final : public service {
public:
  void define(configuration& keys) override;
  result<void> prepare(const common_options& chosen) override;
  std::size_t threads() const override { return 1; } // its actors only pass on
  result<void> start(node& on) override;

private:
  gateway_settings settings_;
  http::authenticator authenticate_;
  std::unique_ptr<boost::asio::thread_pool> workers_;
};

} // namespace troth::services
