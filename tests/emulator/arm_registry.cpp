// The registry resource itself, its admin user and its usages.
#include "tests/emulator/arm.h"
#include "tests/emulator/images.h"

#include <array>

namespace scoped::emulator {
namespace {

Answer shown(const Turn& turn) {
  return json_answer(200, show_registry(turn.site.model, turn.site.parts.addresses.login_server));
}

Outcome<Answer> get_registry(Turn& turn) { return shown(turn); }

Outcome<Answer> patch_registry(Turn& turn) {
  const auto enabled = TRY(read_admin_enabled(turn.request.body));
  if (enabled) {
    turn.site.model.enable_admin(*enabled, turn.site.parts.random);
    turn.changed = true;
  }
  return shown(turn);
}

Answer show_admin(const Turn& turn, const Admin& admin) {
  json::Array passwords;
  for (size_t i = 0; i < kAdminSlots.size(); ++i) {
    json::Object entry;
    entry.set("name", kAdminSlots[i]);
    entry.set("value", admin.passwords[i].reveal());
    passwords.emplace_back(std::move(entry));
  }
  json::Object body;
  body.set("username", turn.site.model.facts().registry);
  body.set("passwords", std::move(passwords));
  return json_answer(200, std::move(body));
}

Outcome<Answer> list_credentials(Turn& turn) { return show_admin(turn, *TRY(turn.site.model.admin())); }

Outcome<Answer> regenerate_credential(Turn& turn) {
  const std::string slot = TRY(read_name(turn.request.body));
  const Admin* admin = TRY(turn.site.model.renew_admin_password(slot, turn.site.parts.random));
  turn.changed = true;
  return show_admin(turn, *admin);
}

json::Value usage(std::string_view name, size_t limit, size_t current, std::string_view unit = "Count") {
  json::Object object;
  object.set("name", name);
  object.set("limit", static_cast<int64_t>(limit));
  object.set("currentValue", static_cast<int64_t>(current));
  object.set("unit", unit);
  return object;
}

// Of the usages that a registry has, those that are known here.
Outcome<Answer> list_usages(Turn& turn) {
  const Model& model = turn.site.model;
  const auto used = static_cast<size_t>(Images(turn.site.parts.images).size());
  json::Object body;
  body.set("value",
           json::Array{usage("Size", model.limits().storage, used, "Bytes"),
                       usage("ScopeMaps", model.limits().scope_maps, model.contents().scope_maps.size()),
                       usage("Tokens", model.limits().tokens, model.contents().tokens.size())});
  return json_answer(200, std::move(body));
}

constexpr std::array<Route, 5> kRoutes = {Route{"GET", "", get_registry},
                                          {"PATCH", "", patch_registry},
                                          {"POST", "/listCredentials", list_credentials},
                                          {"POST", "/regenerateCredential", regenerate_credential},
                                          {"GET", "/listUsages", list_usages}};

}  // namespace

const RouteTable kArmRegistry = {&kArm, kRoutes};

}  // namespace scoped::emulator
