#include "agent/ctl/scope_actions.h"

#include "common/record/names.h"

#include <algorithm>

namespace scoped::ctl {
namespace {

constexpr std::string_view kRepositories = "repositories/";

}  // namespace

Result<Grants> parse_grants(const std::vector<std::vector<std::string>>& groups) {
  Grants grants;
  for (const auto& group : groups) {
    const std::string& repository = group.front();
    TRY_WITH(record::check_repository_pattern(repository), "'--repository'");
    if (group.size() == 1)
      return fail(ErrorCode::invalid_input,
                  "'--repository " + repository + "' needs an action behind it, like 'content/read'");
    auto& actions = grants[repository];
    for (auto action = group.begin() + 1; action != group.end(); ++action) {
      TRY_WITH(record::check_action(*action), "'--repository " + repository + "'");
      if (std::find(actions.begin(), actions.end(), *action) == actions.end()) actions.push_back(*action);
    }
  }
  return grants;
}

std::vector<std::string> actions_of(const Grants& grants) {
  std::vector<std::string> actions;
  for (const auto& [repository, granted] : grants)
    for (const std::string& action : granted)
      actions.push_back(std::string(kRepositories) + repository + "/" + action);
  return actions;
}

Grants grants_of(const std::vector<std::string>& actions) {
  Grants grants;
  for (const std::string& text : actions) {
    // An action has one slash of its own: "content/read".
    const size_t last = text.rfind('/');
    const size_t before = last == std::string::npos || last == 0 ? last : text.rfind('/', last - 1);
    const bool fits =
        text.starts_with(kRepositories) && before != std::string::npos && before >= kRepositories.size();
    if (fits)
      grants[text.substr(kRepositories.size(), before - kRepositories.size())].push_back(
          text.substr(before + 1));
    else
      grants[text];
  }
  return grants;
}

bool are_same(std::vector<std::string> left, std::vector<std::string> right) {
  std::sort(left.begin(), left.end());
  std::sort(right.begin(), right.end());
  return left == right;
}

}  // namespace scoped::ctl
