#include "agent/ctl/scope_map_view.h"

#include "agent/ctl/table.h"
#include "agent/policy/grants.h"

namespace scoped::ctl {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

json::Value scope_map_json(const registry::ScopeMapState& map) {
  json::Object repositories;
  for (const auto& [repository, actions] : policy::grants_of(map.actions))
    repositories.set(repository, json::Array(actions.begin(), actions.end()));
  json::Object document;
  document.set("name", map.name);
  document.set("description", map.description);
  document.set("system_defined", map.system_defined);
  document.set("repositories", std::move(repositories));
  document.set("actions", json::Array(map.actions.begin(), map.actions.end()));
  return document;
}

std::string scope_map_text(const registry::ScopeMapState& map) {
  Table head;
  head.row({"name", map.name});
  head.row({"description", map.description});
  head.row({"made by", map.system_defined ? "the registry" : "a person"});
  Table grants({"REPOSITORY", "ACTIONS"});
  for (const auto& [repository, actions] : policy::grants_of(map.actions))
    grants.row({repository, joined(actions)});
  return head.text() + "\n" + grants.text();
}

std::string grants_line(const registry::ScopeMapState& map) {
  return policy::grants_text(policy::grants_of(map.actions));
}

}  // namespace scoped::ctl
