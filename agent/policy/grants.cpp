#include "agent/policy/grants.h"

#include "common/config/nearest.h"
#include "common/record/names.h"

#include <algorithm>

namespace scoped::policy {
namespace {

constexpr std::string_view kRepositories = "repositories/";

std::string full_action(const std::string& repository, const std::string& action) {
  return std::string(kRepositories) + repository + "/" + action;
}

bool has(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

// The nearest pattern that the registry would take; empty where there is none to guess.
std::string repaired(const std::string& pattern) {
  std::string fixed = pattern;
  for (char& c : fixed)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (const size_t star = fixed.find('*'); star != std::string::npos) {
    const size_t slash = fixed.rfind('/', star);
    fixed = slash == std::string::npos ? "*" : fixed.substr(0, slash) + "/*";
  }
  while (fixed.starts_with('/')) fixed.erase(0, 1);
  while (fixed.ends_with('/')) fixed.pop_back();
  return fixed != pattern && record::check_repository_pattern(fixed) ? fixed : "";
}

Result<> check_repository(const std::string& repository, const std::string& flag) {
  auto good = record::check_repository_pattern(repository);
  if (good) return {};
  const std::string near = repaired(repository);
  Error error = std::move(good).error().within(flag);
  if (near.empty()) return fail(std::move(error));
  return fail(error.code(), error.line() + ": did you mean '" + near + "'?");
}

Result<> check_action(const std::string& action, const std::string& flag) {
  auto good = record::check_action(action);
  if (good) return {};
  const auto known = record::known_actions();
  const auto near = config::nearest(action, {known.begin(), known.end()});
  if (!near) return fail(std::move(good).error().within(flag));
  return fail(ErrorCode::invalid_input,
              flag + ": '" + action + "' is not an action: did you mean '" + std::string(*near) + "'?");
}

Result<Grants> parse_groups(const std::vector<std::vector<std::string>>& groups, std::string_view flag,
                            bool needs_actions) {
  Grants grants;
  for (const auto& group : groups) {
    const std::string& repository = group.front();
    TRY(check_repository(repository, "'" + std::string(flag) + "'"));
    const std::string words = "'" + std::string(flag) + " " + repository + "'";
    if (group.size() == 1 && needs_actions)
      return fail(ErrorCode::invalid_input, words + " needs an action behind it, like 'content/read'");
    auto& actions = grants[repository];
    for (auto action = group.begin() + 1; action != group.end(); ++action) {
      TRY(check_action(*action, words));
      if (!has(actions, *action)) actions.push_back(*action);
    }
  }
  return grants;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// A repository that is to be removed, is not there, and looks like one that is.
Result<> check_known(const Grants& there, const std::string& repository) {
  if (there.contains(repository)) return {};
  config::Names known;
  for (const auto& [name, actions] : there) known.push_back(name);
  const auto near = config::nearest(repository, known);
  if (!near) return {};
  return fail(ErrorCode::invalid_input, "'--remove-repository': it has no repository '" + repository +
                                            "': did you mean '" + std::string(*near) + "'?");
}

}  // namespace

Result<Grants> parse_grants(const std::vector<std::vector<std::string>>& groups, std::string_view flag) {
  return parse_groups(groups, flag, true);
}

std::vector<std::string> actions_of(const Grants& grants) {
  std::vector<std::string> actions;
  for (const auto& [repository, granted] : grants)
    for (const std::string& action : granted) actions.push_back(full_action(repository, action));
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

std::string grants_text(const Grants& grants) {
  std::string text;
  for (const auto& [repository, actions] : grants)
    text += (text.empty() ? "" : "; ") + repository + (actions.empty() ? "" : " (" + joined(actions) + ")");
  return text;
}

Result<GrantsChange> parse_change(const std::vector<std::vector<std::string>>& added,
                                  const std::vector<std::vector<std::string>>& removed) {
  GrantsChange change;
  change.added = TRY(parse_groups(added, "--add-repository", true));
  change.removed = TRY(parse_groups(removed, "--remove-repository", false));
  for (const auto& [repository, actions] : change.added) {
    const auto other = change.removed.find(repository);
    if (other == change.removed.end()) continue;
    for (const std::string& action : actions)
      if (other->second.empty() || has(other->second, action))
        return fail(ErrorCode::invalid_input,
                    "'" + action + "' of '" + repository + "' is both added and removed: give it once");
  }
  return change;
}

Result<std::vector<std::string>> apply_change(const std::vector<std::string>& actions,
                                              const GrantsChange& change) {
  const Grants there = grants_of(actions);
  std::vector<std::string> gone;
  for (const auto& [repository, named] : change.removed) {
    TRY(check_known(there, repository));
    const auto granted = there.find(repository);
    if (granted == there.end()) continue;
    for (const std::string& action : named.empty() ? granted->second : named)
      gone.push_back(full_action(repository, action));
  }
  std::vector<std::string> left;
  for (const std::string& action : actions)
    if (!has(gone, action)) left.push_back(action);
  for (const std::string& action : actions_of(change.added))
    if (!has(left, action)) left.push_back(action);
  if (left.empty())
    return fail(ErrorCode::invalid_input,
                "nothing would be left of it: 'scopedctl scope-map delete' removes a scope map");
  return left;
}

}  // namespace scoped::policy
