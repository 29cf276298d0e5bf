// How long a record may be kept outside its store: rows and what they set. Pure.
#pragma once

#include "common/config/section.h"

#include <span>

namespace scoped::config {

std::span<const Setting> copies_rows();
// The built-in numbers.
Copies built_in_copies();
// REQUIRES: an entry read by copies_rows().
void set_copies(Copies& copies, const Section::Entry& entry);

}  // namespace scoped::config
