// What may follow in a command line that is being typed. Pure but for `names`.
#pragma once

#include "agent/ctl/command.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace scoped::ctl {

// The names of a kind; `registry` where the line names one. May take a moment, may be empty.
using NameSource =
    std::function<std::vector<std::string>(Names kind, const std::optional<std::string>& registry)>;

// `words`: what stands behind the program's name up to the cursor, the last one begun or empty.
std::vector<std::string> complete(const std::vector<std::string>& words, const NameSource& names);

}  // namespace scoped::ctl
