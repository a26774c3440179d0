#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/collateral/http_get.hpp"
#include "shared/collateral/item.hpp"
#include "shared/collateral/question.hpp"
#include "shared/endorsement/trust_anchors.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace troth::collateral {

struct depot_ports {
  std::map<service, http_get> services; ///< Who may be asked; whoever is not there is not.
  std::function<time_point()> now;

  /// Told of each question to a service: its name, and why nothing came of it; empty: it did.
  std::function<void(const question& asked, const std::string& trouble)> told = {};

  /// Whose items are taken, by their roots for SNP, SGX and TDX; nothing: anybody's, for who judges
  /// evidence does not believe them either.
  std::optional<endorsement::trust_anchors> trust = endorsement::trust_anchors{};
};

/// What vendors said, kept in a folder that several processes may share, and which may be carried
/// to a machine that reaches no service. A service is asked once for each thing, by one at a time,
/// and never while it says that it is asked too often. What it answers is kept only if the vendor
/// signed it: nothing else takes the place of what is known. Used from several threads at once.
class depot {
public:
  depot(std::filesystem::path folder, choices chosen, depot_ports ports);

  /// Reads in what is in the folder; what cannot be read there is as if it were not. May block.
  void load();

  /// Returns what is known of an item, be its time over or not; null: nothing. Does not block.
  std::shared_ptr<const item> find(const std::string& name);

  /// Returns an item whose time is not over: the known one, one that another process put into the
  /// folder, or a new one. May block.
  ///
  /// @returns `malformed` for a name that is none and for an answer that is something else;
  ///          `no_endorsement` if the service has no such thing, or none may be asked;
  ///          `exhausted` while it wants to be left alone; `conflict` for an answer that is older
  ///          than what is known; `unavailable`, `io`; what `check_origin` returns of an answer
  ///          that the vendor did not sign.
  result<std::shared_ptr<const item>> get(const std::string& name);

  /// Asks for an item anew although its time is not over. @returns as above.
  result<std::shared_ptr<const item>> renew(const std::string& name);

  /// Returns which of the items that were used lately are to be renewed: some time before theirs
  /// is over, and what may change before that each day.
  std::vector<std::string> due() const;

  /// Returns all that is known, by name.
  std::vector<std::shared_ptr<const item>> all() const;

  /// Takes in items that came another way; one older than what is known is passed over.
  /// @returns how many were taken; `io`; what `check_origin` returns: then none was.
  result<std::size_t> take_in(std::vector<item> items);

private:
  struct known_item {
    std::shared_ptr<const item> what;
    time_point used{};
  };
  struct caller {
    std::mutex mutex; // held while the service is asked
    time_point silent_until{};
    std::string why_silent;
    std::map<std::string, time_point> absent_until;
  };

  result<std::shared_ptr<const item>> fetch(const std::string& name, bool is_renewal);
  result<item> ask_for_item(const question& asked, const item* beside, caller& by);
  result<http_answer> ask(const question& asked, caller& by);
  result<void> check(const item& one, const question& asked, const item* beside) const;
  result<std::shared_ptr<const item>> issuers_of(const question& asked);
  result<std::shared_ptr<const item>> keep(item one);
  std::shared_ptr<const item> read_kept(const question& asked) const;
  static std::shared_ptr<const item> read_file(const std::filesystem::path& file);
  void remember(std::shared_ptr<const item> one);
  std::filesystem::path file_of(const std::string& name) const;

  std::filesystem::path folder_;
  choices choices_;
  depot_ports ports_;
  std::map<service, caller> callers_; // all there are, from the start on
  mutable std::mutex mutex_;          // of what follows
  std::map<std::string, known_item> known_;
};

} // namespace troth::collateral
