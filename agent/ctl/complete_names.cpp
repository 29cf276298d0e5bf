#include "agent/ctl/complete_names.h"

#include "agent/ctl/complete.h"
#include "agent/ctl/observe_registry.h"
#include "agent/ctl/targets.h"
#include "common/config/load.h"

#include <algorithm>

namespace scoped::ctl {
namespace {

std::optional<std::string> configuration_in(const std::vector<std::string>& words) {
  const auto flag = std::find(words.begin(), words.end(), "--config");
  if (flag == words.end() || flag + 1 == words.end()) return std::nullopt;
  return *(flag + 1);
}

std::vector<std::string> hosts_of(const config::Config& config) {
  std::vector<std::string> hosts;
  for (const auto& [host, registry] : config.registries) hosts.push_back(host);
  return hosts;
}

template <typename T>
void add_names(const Result<std::vector<T>>& objects, std::vector<std::string>& names) {
  if (!objects) return;
  for (const T& each : *objects)
    if (std::find(names.begin(), names.end(), each.name) == names.end()) names.push_back(each.name);
}

// The configuration's and the registry's.
std::vector<std::string> names_of(const Run& run, Names kind, const std::optional<std::string>& asked) {
  std::vector<std::string> names;
  if (kind == Names::registry) return hosts_of(run.config);
  const auto registry = choose_registry(run.config, asked);
  if (!registry) return names;
  if (kind == Names::token)
    for (const auto& [name, token] : (*registry)->tokens) names.push_back(name);
  if (kind == Names::scope_map)
    for (const auto& [name, map] : (*registry)->scope_maps) names.push_back(name);
  if (kind == Names::repository) return repositories_of(run, **registry).value_or(std::vector<std::string>());
  const auto control = run.parts.control_of((*registry)->host);
  if (!control) return names;
  if (kind == Names::token) add_names((*control)->list_tokens(), names);
  if (kind == Names::scope_map) add_names((*control)->list_scope_maps(), names);
  return names;
}

}  // namespace

int run_completion(const std::vector<std::string>& words, const Surroundings& around) {
  const NameSource names = [&](Names kind, const std::optional<std::string>& registry) {
    config::Loaded loaded =
        config::load_config({.explicit_file = configuration_in(words)}, around.environment, loop::catalog());
    if (!loaded.config) return std::vector<std::string>();
    loop::Parts parts(parts_use(*loaded.config, around, false));
    const Options none;
    return names_of(Run{none, *loaded.config, false, around, parts}, kind, registry);
  };
  for (const std::string& each : complete(words, names)) around.console.print(harmless(each) + "\n");
  return 0;
}

}  // namespace scoped::ctl
