// .../providers/Microsoft.Insights/diagnosticSettings: where the logs of a registry go. Kept and shown, no
// more: the logs are written whether there is a setting or not.
#include "tests/emulator/arm.h"

#include <fmt/format.h>

#include <array>

namespace scoped::emulator {
namespace {

json::Value show(const Turn& turn, const std::string& name, const std::string& properties) {
  json::Object object;
  object.set("id", fmt::format("{}/providers/Microsoft.Insights/diagnosticSettings/{}",
                               turn.site.model.registry_id(), name));
  object.set("type", "Microsoft.Insights/diagnosticSettings");
  object.set("name", name);
  auto parsed = json::parse(properties);
  object.set("properties", parsed ? std::move(*parsed) : json::Value());
  return object;
}

Outcome<Answer> list(Turn& turn) {
  json::Array found;
  for (const auto& [name, properties] : turn.site.model.contents().diagnostic_settings)
    found.push_back(show(turn, name, properties));
  json::Object body;
  body.set("value", std::move(found));
  return json_answer(200, std::move(body));
}

Outcome<Answer> get(Turn& turn) {
  const auto& all = turn.site.model.contents().diagnostic_settings;
  const auto found = all.find(name_of(turn));
  if (found == all.end())
    return refuse(404, "ResourceNotFound", fmt::format("The resource {} could not be found.", name_of(turn)));
  return json_answer(200, show(turn, found->first, found->second));
}

Outcome<Answer> put(Turn& turn) {
  const std::string properties = TRY(read_properties(turn.request.body));
  turn.site.model.set_diagnostic_setting(name_of(turn), properties);
  turn.changed = true;
  return get(turn);
}

Outcome<Answer> remove(Turn& turn) {
  turn.changed = turn.site.model.set_diagnostic_setting(name_of(turn), std::nullopt);
  Answer answer;
  answer.status = turn.changed ? 200 : 204;
  return answer;
}

constexpr std::array<Route, 4> kRoutes = {
    Route{"GET", "/providers/Microsoft.Insights/diagnosticSettings", list},
    {"GET", "/providers/Microsoft.Insights/diagnosticSettings/{}", get},
    {"PUT", "/providers/Microsoft.Insights/diagnosticSettings/{}", put},
    {"DELETE", "/providers/Microsoft.Insights/diagnosticSettings/{}", remove}};

}  // namespace

const RouteTable kArmDiagnostics = {&kArm, kRoutes};

}  // namespace scoped::emulator
