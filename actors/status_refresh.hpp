#pragma once

#include "actors/metadata_cache.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace troth::actors {

/// Keeps the status of manifests at hand (OMSP), so that reports can carry it: a part of a prover,
/// run by its actor.
///
/// A server is asked when a manifest that names it has no answer yet, and again once half of what
/// an answer holds for is over. One that does not answer leaves the old answer in its place. Only
/// servers that the configuration names too are ever asked: a manifest alone does not make this
/// machine call somebody.
class status_refresh {
public:
  struct ports {
    std::set<std::string> servers; ///< URLs that may be asked.
    std::function<void(const std::string& server, bytes request,
                       std::function<void(result<bytes>)>)>
      ask;
    std::function<time_point()> now;
    std::function<void(const std::string& what)> note; ///< Worth a line in the log.
  };

  /// @param kept where answers are kept; the prover's own, for nothing else.
  status_refresh(std::shared_ptr<metadata_cache> kept, ports world)
    : kept_(std::move(kept)), world_(std::move(world)) {
    // nop
  }

  /// Asks about the manifests whose status is due, one server after the other, and calls `done`.
  /// @param manifests is not looked at any more once this returns.
  void run(const attesting::metadata_set& manifests, std::function<void()> done);

  /// Returns the signed answers, for reports.
  const attesting::metadata_set& answers() const noexcept { return kept_->items(); }

private:
  /// What is to be asked of one server.
  struct question {
    std::string server;
    std::vector<std::string> hashes;
    report::encoding encoded_as = report::encoding::json; ///< That of most of its manifests.
  };

  std::vector<question> questions_about(const attesting::metadata_set& manifests);
  bool is_due(const question& about) const;
  const attesting::signed_item* answer_of(const std::string& server) const;
  void ask_next();
  result<void> accept(const question& asked, bytes answer);
  void say(const std::string& server, const std::string& trouble);
  void drop_unwanted(const std::set<std::string>& servers);

  std::shared_ptr<metadata_cache> kept_;
  ports world_;
  std::function<void()> done_;
  std::vector<question> due_;                  // the next one last
  std::map<std::string, std::string> trouble_; // by server: what was noted last
};

} // namespace troth::actors
