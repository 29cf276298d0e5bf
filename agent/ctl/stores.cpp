#include "agent/ctl/stores.h"

#include "common/config/nearest.h"
#include "common/store/types.h"

#include <algorithm>
#include <map>

namespace scoped::ctl {
namespace {

constexpr const char* kDefault = "default";

bool is_made_by_init(const config::Typed& settings) {
  for (const store::Type& type : store::types())
    if (type.name == settings.type) return type.init != nullptr;
  return false;
}

bool level_of_default(const config::Config& config, bool fallback) {
  for (const auto& [host, registry] : config.registries)
    if (registry.store == kDefault) return registry.origin.system;
  return fallback;
}

bool uses_default(const config::Config& config) {
  return std::any_of(config.registries.begin(), config.registries.end(),
                     [](const auto& entry) { return entry.second.store == kDefault; });
}

// By name, with `default` where it is needed and not written down.
std::map<std::string, config::Typed> known_stores(const config::Config& config,
                                                  const std::optional<std::string>& asked,
                                                  const Environment& environment, bool system) {
  std::map<std::string, config::Typed> known = config.stores;
  if (known.contains(kDefault)) return known;
  if (asked == kDefault || known.empty() || uses_default(config)) {
    const bool level = level_of_default(config, system);
    config::Typed settings = store::default_store(environment, level);
    settings.name = kDefault;
    settings.origin.system = level;
    known[kDefault] = std::move(settings);
  }
  return known;
}

}  // namespace

std::string describe_store(const config::Typed& settings) {
  const std::string path = settings.text_or("path", "");
  return "store '" + settings.name + "' (" + settings.type + (path.empty() ? ")" : ", '" + path + "')");
}

Result<std::vector<config::Typed>> stores_to_init(const config::Config& config,
                                                  const std::optional<std::string>& asked,
                                                  const Environment& environment, bool system) {
  const auto known = known_stores(config, asked, environment, system);
  if (asked) {
    const auto found = known.find(*asked);
    if (found != known.end()) return std::vector{found->second};
    config::Names names;
    for (const auto& [name, settings] : known) names.push_back(name);
    return fail(ErrorCode::not_found,
                "the configuration has no store '" + *asked + "'" + config::suggestion(*asked, names));
  }
  std::vector<config::Typed> chosen;
  bool others = false;
  for (const auto& [name, settings] : known) {
    if (!is_made_by_init(settings)) continue;
    const bool mine = !settings.origin.system || environment.uid() == 0;
    others = others || !mine;
    if (mine) chosen.push_back(settings);
  }
  if (chosen.empty() && others)
    return fail(ErrorCode::denied, "the stores are the system's: run 'sudo scopedctl init'");
  return chosen;
}

}  // namespace scoped::ctl
