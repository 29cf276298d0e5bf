// A scope map's actions, as az writes them on the command line (--repository REPOSITORY ACTION..., again and
// again) and as the registry keeps them ("repositories/REPOSITORY/ACTION"). Pure.
#pragma once

#include "common/base/result.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::policy {

// repository -> actions
using Grants = std::map<std::string, std::vector<std::string>>;

// From the values of each --repository. Repetitions are joined. invalid_input: a group without an action, a
// name or an action that the registry does not know, with the nearest right one.
Result<Grants> parse_grants(const std::vector<std::vector<std::string>>& groups,
                            std::string_view flag = "--repository");
std::vector<std::string> actions_of(const Grants& grants);
// The other way; what is not of that form (a connected registry's) stands under its own text.
Grants grants_of(const std::vector<std::string>& actions);
bool are_same(std::vector<std::string> left, std::vector<std::string> right);  // in any order

// "myapp/api (content/read, metadata/read); myapp/web (content/read)"
std::string grants_text(const Grants& grants);

// What a scope map's update asks for. `removed` with a repository that has no actions: all of them.
struct GrantsChange {
  Grants added;
  Grants removed;
};
// From the values of --add-repository and --remove-repository. invalid_input: as in parse_grants, or an
// action is both added and removed.
Result<GrantsChange> parse_change(const std::vector<std::vector<std::string>>& added,
                                  const std::vector<std::vector<std::string>>& removed);
// The actions after the change, in their order. invalid_input: nothing would be left, or what is to be
// removed is not there and looks like another name.
Result<std::vector<std::string>> apply_change(const std::vector<std::string>& actions,
                                              const GrantsChange& change);

}  // namespace scoped::policy
