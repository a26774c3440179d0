#pragma once

#include "shared/link/arrivals.hpp"
#include "shared/link/connection.hpp"

#include <caf/io/doorman.hpp>
#include <caf/io/network/acceptor.hpp>
#include <caf/io/network/default_multiplexer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace troth::link {

/// A door as CAF's broker sees it: what arrives there is established already.
class entrance final : public caf::io::doorman {
public:
  /// @param number of the published actor at CAF's broker: unique in the process.
  /// @param on_close called once, from CAF's thread, when nobody is let in any more.
  entrance(caf::io::network::default_multiplexer& loop, std::shared_ptr<arrivals> from,
           std::uint16_t number, std::shared_ptr<const connection_rules> rules,
           std::shared_ptr<node_claims> claims, std::function<void()> on_close);
  ~entrance() override;

  bool new_connection() override;
  void graceful_shutdown() override;
  void launch() override;
  std::string addr() const override { return {}; }
  std::uint16_t port() const override { return number_; }
  void add_to_loop() override;
  void remove_from_loop() override;

private:
  /// CAF's acceptor over what has arrived.
  class taker final : public caf::io::network::acceptor {
  public:
    taker(caf::io::network::default_multiplexer& loop, std::shared_ptr<arrivals> from);

    void handle_event(caf::io::network::operation what) override;

    /// What CAF calls.
    bool try_accept(int& accepted, int fd);

    established take();

  private:
    std::shared_ptr<arrivals> from_;
    std::optional<established> next_;
  };

  void close();

  const std::shared_ptr<arrivals> from_;
  const std::uint16_t number_;
  const std::shared_ptr<const connection_rules> rules_;
  const std::shared_ptr<node_claims> claims_;
  std::function<void()> on_close_;
  taker taker_;
};

} // namespace troth::link
