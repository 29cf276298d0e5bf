// A scope map's actions, as az writes them on the command line (--repository REPOSITORY ACTION..., again and
// again) and as the registry keeps them ("repositories/REPOSITORY/ACTION"). Pure.
#pragma once

#include "common/base/result.h"

#include <map>
#include <string>
#include <vector>

namespace scoped::ctl {

// repository -> actions
using Grants = std::map<std::string, std::vector<std::string>>;

// From the values of each --repository. Repetitions are joined. invalid_input: a group without an action, a
// name or an action that the registry does not know.
Result<Grants> parse_grants(const std::vector<std::vector<std::string>>& groups);
std::vector<std::string> actions_of(const Grants& grants);
// The other way; what is not of that form (a connected registry's) stands under its own text.
Grants grants_of(const std::vector<std::string>& actions);
bool are_same(std::vector<std::string> left, std::vector<std::string> right);  // in any order

}  // namespace scoped::ctl
