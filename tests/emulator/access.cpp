#include "tests/emulator/access.h"

#include "tests/emulator/names.h"

#include <algorithm>
#include <array>

namespace scoped::emulator {
namespace {

struct Word {
  std::string_view operation;  // in a scope map
  std::string_view docker;
};
constexpr std::array<Word, 5> kWords = {Word{"content/read", "pull"},
                                        {"content/write", "push"},
                                        {"content/delete", "delete"},
                                        {"metadata/read", "metadata_read"},
                                        {"metadata/write", "metadata_write"}};

bool contains(const std::vector<std::string>& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

bool has_root_wildcard(const std::vector<std::string>& scope_map) {
  return std::any_of(scope_map.begin(), scope_map.end(), [](const std::string& text) {
    const auto action = parse_action(text);
    return action && action->kind == Action::Kind::repository && action->target == "*";
  });
}

std::vector<std::string> allowed_in(const std::vector<std::string>& scope_map, const Scope& wanted) {
  if (wanted.type == "repository") return actions_on(scope_map, wanted.name);
  const bool is_catalog = wanted.name == "catalog" || wanted.name == "deleted_catalog";
  if (wanted.type == "registry" && is_catalog && has_root_wildcard(scope_map)) return {"*"};
  return {};
}

}  // namespace

std::optional<Scope> parse_scope(std::string_view text) {
  const size_t first = text.find(':');
  const size_t last = text.rfind(':');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  Scope scope{std::string(text.substr(0, first)), std::string(text.substr(first + 1, last - first - 1)), {}};
  std::string_view rest = text.substr(last + 1);
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    if (comma != 0) scope.actions.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  if (scope.type.empty() || scope.name.empty() || scope.actions.empty()) return std::nullopt;
  return scope;
}

std::vector<std::string> actions_on(const std::vector<std::string>& scope_map, std::string_view repository) {
  std::vector<std::string> result;
  if (!is_repository(repository)) return result;
  for (const Word& word : kWords)
    for (const std::string& text : scope_map) {
      const auto action = parse_action(text);
      if (action && action->kind == Action::Kind::repository && action->operation == word.operation &&
          covers(action->target, repository)) {
        result.emplace_back(word.docker);
        break;
      }
    }
  return result;
}

std::vector<Scope> grant(const std::vector<std::string>& scope_map, const std::vector<Scope>& wanted) {
  std::vector<Scope> granted;
  for (const Scope& scope : wanted) {
    const auto allowed = allowed_in(scope_map, scope);
    Scope part{scope.type, scope.name, {}};
    for (const std::string& action : allowed)
      if (contains(scope.actions, action) || contains(scope.actions, "*")) part.actions.push_back(action);
    if (!part.actions.empty()) granted.push_back(std::move(part));
  }
  return granted;
}

}  // namespace scoped::emulator
