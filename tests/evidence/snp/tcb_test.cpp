#include "shared/evidence/snp/tcb.hpp"

#include <doctest/doctest.h>

using namespace troth::evidence::snp;

TEST_SUITE_BEGIN("evidence/snp/tcb");

TEST_CASE("a product line is known by its name in either case, and by nothing else") {
  CHECK(product_named("Milan") == product_line::milan);
  CHECK(product_named("genoa") == product_line::genoa);
  CHECK(product_named("TURIN") == product_line::turin);
  for (const auto* text : {"", "Mila", "Milan ", "Berlin"})
    CHECK_FALSE(product_named(text));
}

TEST_CASE("a processor's CPUID names its product line") {
  CHECK(product_of(0x19, 0x01) == product_line::milan);
  CHECK(product_of(0x19, 0x0f) == product_line::milan);
  CHECK(product_of(0x19, 0x10) == product_line::genoa);
  CHECK(product_of(0x19, 0x1f) == product_line::genoa);
  CHECK(product_of(0x19, 0xa0) == product_line::genoa); // Bergamo and Siena
  CHECK(product_of(0x19, 0xaf) == product_line::genoa);
  CHECK(product_of(0x1a, 0x02) == product_line::turin);
  CHECK(product_of(0x1a, 0x11) == product_line::turin);
  CHECK_FALSE(product_of(0x17, 0x31));
  CHECK_FALSE(product_of(0x19, 0x20));
  CHECK_FALSE(product_of(0x19, 0xb0));
  CHECK_FALSE(product_of(0x1a, 0x20));
}

TEST_CASE("a TCB is taken apart as its product line has it") {
  const tcb_version tcb{1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(parts_of(tcb, product_line::milan) == tcb_parts{0, 1, 2, 7, 8});
  CHECK(parts_of(tcb, product_line::genoa) == tcb_parts{0, 1, 2, 7, 8});
  CHECK(parts_of(tcb, product_line::turin) == tcb_parts{1, 2, 3, 4, 8});
  CHECK(tcb_of({0, 1, 2, 7, 8}, product_line::milan) == tcb_version{1, 2, 0, 0, 0, 0, 7, 8});
  CHECK(tcb_of({1, 2, 3, 4, 8}, product_line::turin) == tcb_version{1, 2, 3, 4, 0, 0, 0, 8});
}

TEST_CASE("a TCB reaches another only if each of its parts does") {
  const tcb_parts least{1, 2, 3, 4, 5};
  CHECK(reaches(least, least));
  CHECK(reaches({2, 3, 4, 5, 6}, least));
  CHECK_FALSE(reaches({0, 9, 9, 9, 9}, least));
  CHECK_FALSE(reaches({9, 1, 9, 9, 9}, least));
  CHECK_FALSE(reaches({9, 9, 2, 9, 9}, least));
  CHECK_FALSE(reaches({9, 9, 9, 3, 9}, least));
  CHECK_FALSE(reaches({9, 9, 9, 9, 4}, least));
}

TEST_SUITE_END();
