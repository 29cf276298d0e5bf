#include "agent/ctl/targets.h"

#include "common/config/nearest.h"
#include "common/json/value.h"

#include <vector>

namespace scoped::ctl {
namespace {

std::string list_of_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return text;
}

std::vector<std::string> hosts_of(const config::Config& config) {
  std::vector<std::string> hosts;
  for (const auto& [host, registry] : config.registries) hosts.push_back(host);
  return hosts;
}

tl::unexpected<Error> no_registry(const config::Config& config) {
  std::string files;
  for (const std::string& file : config.files) files += (files.empty() ? " (read: '" : ", '") + file + "'";
  return fail(
      ErrorCode::configuration,
      "no registry is configured" + (files.empty() ? " (no configuration file was found)" : files + ")"));
}

config::Names views_of(const std::vector<std::string>& names) { return {names.begin(), names.end()}; }

}  // namespace

Result<const config::Registry*> choose_registry(const config::Config& config,
                                                const std::optional<std::string>& asked) {
  if (config.registries.empty()) return no_registry(config);
  const std::vector<std::string> known = hosts_of(config);
  if (!asked) {
    if (known.size() == 1) return &config.registries.begin()->second;
    return fail(ErrorCode::not_found, "say which registry with '--registry': " + list_of_names(known));
  }
  const std::string host = TRY_WITH(record::parse_registry_host(*asked), "registry '" + *asked + "'");
  const auto found = config.registries.find(host);
  if (found != config.registries.end()) return &found->second;
  std::vector<std::string> fitting;
  for (const std::string& each : known)
    if (each.substr(0, each.find_first_of(".:")) == host) fitting.push_back(each);
  if (fitting.size() == 1) return &config.registries.at(fitting.front());
  if (fitting.size() > 1)
    return fail(ErrorCode::not_found, "registry '" + *asked + "' may be " + list_of_names(fitting));
  return fail(ErrorCode::not_found, "registry '" + *asked + "' is not in the configuration" +
                                        config::suggestion(host, views_of(known)));
}

Result<record::RecordName> choose_token(const config::Config& config, const std::string& asked) {
  const size_t slash = asked.find('/');
  const std::string token = slash == std::string::npos ? asked : asked.substr(slash + 1);
  if (token.empty() || slash == 0)
    return fail(ErrorCode::invalid_input, "'" + asked + "' is not of the form HOST/TOKEN");
  if (slash != std::string::npos) {
    const config::Registry* registry = TRY(choose_registry(config, asked.substr(0, slash)));
    TRY(must_be_configured(*registry, token, ""));
    return record::RecordName{registry->host, token};
  }
  if (config.registries.empty()) return no_registry(config);
  std::vector<std::string> fitting, all;
  for (const auto& [host, registry] : config.registries) {
    for (const auto& [name, settings] : registry.tokens) all.push_back(name);
    if (registry.tokens.contains(token)) fitting.push_back(host);
  }
  if (fitting.size() == 1) return record::RecordName{fitting.front(), token};
  if (fitting.empty())
    return fail(ErrorCode::not_found, "no registry of the configuration has a token '" + token + "'" +
                                          config::suggestion(token, views_of(all)));
  return fail(ErrorCode::not_found,
              "token '" + token + "' is in " + list_of_names(fitting) + ": say HOST/TOKEN");
}

std::string token_snippet(const std::string& token, const std::string& scope_map) {
  json::Object settings, tokens, document;
  if (!scope_map.empty()) settings.set("scope_map", scope_map);
  tokens.set(token, std::move(settings));
  document.set("tokens", std::move(tokens));
  return json::dump(document);
}

Result<> must_be_configured(const config::Registry& registry, const std::string& token,
                            const std::string& scope_map) {
  if (registry.tokens.contains(token)) return {};
  std::vector<std::string> names;
  for (const auto& [name, settings] : registry.tokens) names.push_back(name);
  const auto near = config::nearest(token, views_of(names));
  const std::string what = "token '" + token + "' is not in the configuration of '" + registry.host + "'";
  const std::string remedy = "add to that registry in '" + registry.origin.file +
                             "': " + token_snippet(token, scope_map) + " and run it again";
  const std::string hint = near ? ": did you mean '" + std::string(*near) + "'? else " : ": ";
  return fail(ErrorCode::configuration, what + hint + remedy);
}

}  // namespace scoped::ctl
