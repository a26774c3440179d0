#pragma once

#include "shared/codec/cbor_reader.hpp"
#include "shared/endorsement/corim.hpp"

#include <string>
#include <vector>

// The inner half of `corim.cpp`.

namespace troth::endorsement {

/// Adds the reference values of a CoMID, which is next in `in`. Fails it as `parse_corim` says.
void read_comid(codec::cbor_reader& in, std::vector<corim_value>& into);

/// Passes over one item whatever tags are in it.
void pass_over(codec::cbor_reader& in);

/// Takes the identifier of a CoRIM or CoMID: a text as it is, a UUID in hex.
std::string read_tag_id(codec::cbor_reader& in);

} // namespace troth::endorsement
