// What a query does with single cells. Pure.
#pragma once

#include "tests/emulator/kql.h"

#include <compare>

namespace scoped::emulator {

// Null before everything; numbers of both kinds by their value. REQUIRES: kinds that may_compare.
std::weak_ordering order_of(const Cell& left, const Cell& right);
bool may_compare(Kind left, Kind right);

// As a text: for make_set, and what tells one group or row from another.
std::string text_of(const Cell& cell);
std::string key_of(const Row& row);

}  // namespace scoped::emulator
