#pragma once

#include "actors/tls_key_enrolment.hpp"
#include "actors/tls_key_questions.hpp"
#include "actors/tls_key_shelf.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troth::actors {

/// Where TLS keys are made before they are put on the shelf: those that were asked for, and those
/// that are to take the place of others, whose certificates end. A part of a key keeper, run by its
/// actor.
class tls_key_workshop {
public:
  /// Who is told of a key that was made and kept, or why it was not.
  using outcome = std::function<void(const result<void>&)>;

  /// Returns how others are asked, on somebody's behalf.
  using ask_others = std::function<tls_key_enrolment::questions(const tls_key_patience&)>;

  /// @param shelf outlives this.
  tls_key_workshop(const key_keeper_options& options, std::shared_ptr<const key_keeper_ports> ports,
                   tls_key_shelf& shelf, ask_others ask)
    : options_(options), ports_(std::move(ports)), shelf_(shelf), ask_(std::move(ask)) {
    // nop
  }

  /// Checks that a key may be made now, for that id.
  /// @returns `conflict` if one is under way; `exhausted` if too many keys are being made, or there
  ///          would be too many.
  result<void> check_can_make(const std::string& id) const;

  /// Makes a key, and puts it on the shelf: in the place of the one with that id, if there is one.
  /// @pre `check_can_make`
  void make(const std::string& id, tls_key_wish wish, const tls_key_patience& within, outcome then);

  /// Rotates what is due, one key after the other, and calls `done`. Why one is not renewed is
  /// noted once, as long as the reason stays the same.
  void renew(std::function<void()> done);

private:
  /// A key that is being made.
  struct making {
    std::unique_ptr<tls_key_enrolment> work;
    bool is_rotation;
    outcome then;
  };

  std::size_t count_new() const;
  result<void> keep(tls_key_record made, bool is_rotation);
  void renew_next();
  void note_renewal(const std::string& id, const result<void>& made,
                    const protocol::request_context& of);

  const key_keeper_options options_;
  const std::shared_ptr<const key_keeper_ports> ports_;
  tls_key_shelf& shelf_;
  ask_others ask_;
  std::map<std::string, making> makings_; // by the id of the key
  std::vector<std::string> due_;          // what the renewal under way still has before it
  std::function<void()> when_renewed_;
  std::map<std::string, std::string> troubles_; // of renewals, by the id of the key
};

} // namespace troth::actors
