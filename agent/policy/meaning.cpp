// Grants as sentences about who may do what.
#include "agent/policy/grants.h"
#include "agent/policy/plan.h"
#include "common/record/names.h"

#include <algorithm>
#include <array>

namespace scoped::policy {
namespace {

struct Verb {
  std::string_view action;
  std::string_view words;
};
constexpr std::array kVerbs = {
    Verb{"content/read", "pull from "},
    Verb{"content/write", "push to "},
    Verb{"content/delete", "delete in "},
    Verb{"metadata/read", "list the tags of "},
    Verb{"metadata/write", "change metadata of "},
};

std::string words_of(const std::string& action, const std::string& repository) {
  for (const Verb& verb : kVerbs)
    if (verb.action == action) return std::string(verb.words) + repository;
  return "do '" + action + "' in " + repository;
}

bool allows(const Grants& grants, const std::string& repository, const std::string& action) {
  return std::any_of(grants.begin(), grants.end(), [&](const auto& entry) {
    const bool reaches = entry.first == repository || record::covers(entry.first, repository);
    return reaches && std::find(entry.second.begin(), entry.second.end(), action) != entry.second.end();
  });
}

void add_missing(const std::string& start, const Grants& here, const Grants& there,
                 std::vector<std::string>& lines) {
  for (const auto& [repository, actions] : here)
    for (const std::string& action : actions)
      if (!allows(there, repository, action)) lines.push_back(start + words_of(action, repository));
}

}  // namespace

std::vector<std::string> meaning_of_change(const std::string& who, const std::vector<std::string>& before,
                                           const std::vector<std::string>& after) {
  const Grants was = grants_of(before), is = grants_of(after);
  std::vector<std::string> lines;
  add_missing(who + " may now ", is, was, lines);
  add_missing(who + " may no longer ", was, is, lines);
  return lines;
}

}  // namespace scoped::policy
