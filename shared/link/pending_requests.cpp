#include "shared/link/pending_requests.hpp"

namespace troth::link {

bool pending_requests::add(const pending_request& sent) {
  if (open_.size() >= max_)
    return false;
  open_.insert(sent);
  return true;
}

bool pending_requests::take(const pending_request& answered) {
  return open_.erase(answered) != 0;
}

std::vector<pending_request> pending_requests::take_all() {
  std::vector<pending_request> out{open_.begin(), open_.end()};
  open_.clear();
  return out;
}

} // namespace troth::link
