#include "agent/loop/listener_types.h"

#include <algorithm>
#include <array>
#include <map>

namespace scoped::loop {
namespace {

const ListenerType& type_of(const config::Typed& settings) {
  const auto types = listener_types();
  const auto found = std::find_if(types.begin(), types.end(),
                                  [&](const ListenerType& type) { return type.name == settings.type; });
  CHECK_INVARIANT(found != types.end());  // config refuses a type that is not in the catalog
  return *found;
}

// What there is without a word in the configuration.
config::Typed usual_listener() {
  config::Typed settings;
  settings.name = rows::host.name;
  settings.type = rows::host.name;
  return settings;
}

std::string place_of(const config::Typed& settings) {
  return settings.origin.file + ":" + std::to_string(settings.origin.line) + ": listener '" + settings.name +
         "'";
}

}  // namespace

std::span<const ListenerType> listener_types() {
  static const std::array types = {rows::host, rows::container};
  return types;
}

Result<std::vector<SocketPlan>> plan_sockets(const config::Config& configuration, const Site& site) {
  std::vector<SocketPlan> plans;
  std::map<std::string_view, const config::Typed*> singles;
  for (const auto& [name, settings] : configuration.agent.listeners) {
    const ListenerType& type = type_of(settings);
    const auto [first, is_first] = singles.emplace(type.name, &settings);
    if (type.single && !is_first)
      return fail(ErrorCode::configuration, place_of(settings) + " has the type and so the socket of '" +
                                                first->second->name + "': keep one of them");
    SocketPlan plan = TRY_WITH(type.plan(settings, site), place_of(settings));
    plans.push_back(std::move(plan));
  }
  if (singles.contains(rows::host.name)) return plans;
  SocketPlan usual = TRY(rows::host.plan(usual_listener(), site));
  plans.push_back(std::move(usual));
  return plans;
}

}  // namespace scoped::loop
