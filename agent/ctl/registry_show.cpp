#include "agent/ctl/commands.h"
#include "agent/ctl/run.h"
#include "agent/ctl/table.h"
#include "agent/ctl/targets.h"

namespace scoped::ctl {
namespace {

constexpr Flag kFlags[] = {kRegistryFlag, kOutputFlag};

json::Value document_of(const registry::RegistryState& state, const config::Registry& registry) {
  json::Object document;
  document.set("name", state.name);
  document.set("login_server", state.login_server);
  document.set("sku", state.sku);
  document.set("location", state.location);
  document.set("admin_enabled", state.admin_enabled);
  document.set("anonymous_pull", state.anonymous_pull);
  document.set("public_access", state.public_access);
  document.set("data_endpoints", json::Array(state.data_endpoints.begin(), state.data_endpoints.end()));
  document.set("login_endpoints", json::Array(registry.endpoints.begin(), registry.endpoints.end()));
  document.set("resource_id", registry.control->text("resource_id"));
  return document;
}

std::string joined(const std::vector<std::string>& words, const char* none) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? none : text;
}

std::string text_of(const registry::RegistryState& state, const config::Registry& registry) {
  Table table;
  table.row({"registry", state.name});
  table.row({"login server", state.login_server});
  table.row({"SKU", state.sku});
  table.row({"location", state.location});
  table.row({"admin user", state.admin_enabled ? "ON: one password for everything, turn it off" : "off"});
  table.row({"anonymous pull", state.anonymous_pull ? "ON: whoever reaches it may pull" : "off"});
  table.row({"public network", state.public_access ? "reachable" : "closed"});
  table.row({"data endpoints", joined(state.data_endpoints, "the login server's")});
  table.row({"other logins", joined(registry.endpoints, "none configured")});
  return table.text();
}

Result<Exit> run(Run& run) {
  const config::Registry* registry = TRY(choose_registry(run.config, run.options.optional("registry")));
  const auto state = TRY(TRY(run.parts.control_of(registry->host))->get_registry());
  if (!state.login_server.empty() && state.login_server != registry->host)
    run.console().line("scopedctl: note: the registry calls its login server '" + state.login_server +
                       "', the configuration '" + registry->host + "'");
  run.answer(document_of(state, *registry), text_of(state, *registry));
  return Exit::ok;
}

}  // namespace

const Command rows::registry_show = {
    .words = "registry show",
    .summary = "Show a registry's SKU, endpoints, admin user and anonymous pull",
    .about =
        R"(Prints what the control plane says of the registry as a whole, as far as it matters to who may pull
and push. 'scopedctl lint' judges it together with scope maps and tokens.)",
    .flags = kFlags,
    .examples =
        R"(scopedctl registry show

scopedctl registry show --registry myregistry -o json
# {"name": "myRegistry", "login_server": "myregistry.azurecr.io", "sku": "Premium",
#   "location": "westeurope", "admin_enabled": false, "anonymous_pull": false, "public_access": true,
#   "data_endpoints": [], "login_endpoints": [], "resource_id": "/subscriptions/..."})",
    .run = &run,
};

}  // namespace scoped::ctl
