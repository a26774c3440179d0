#include "services/gateway/coap_body.hpp"

namespace troth::services {

coap_body::step coap_body::add(std::size_t offset, std::string_view block, bool is_last) {
  if (offset == 0)
    content_.clear();
  if (offset > max_bytes_ || block.size() > max_bytes_ - offset)
    return step::too_large;
  if (offset + block.size() > content_.size()) {
    if (offset != content_.size())
      return step::gap;
    content_.append(block);
  } // else the acknowledgement was lost, and the block came again
  return is_last ? step::whole : step::more;
}

} // namespace troth::services
