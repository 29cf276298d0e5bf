#include "agent/publish/kubernetes/kubeconfig.h"

#include "common/crypto/digest.h"
#include "common/json/value.h"
#include "common/net/http.h"

#include <algorithm>
#include <array>

namespace scoped::publish::kubernetes {
namespace {

constexpr json::Limits kLimits{.bytes = 4 << 20, .depth = 32, .values = 100'000};
constexpr std::array<std::string_view, 2> kPluginVersions = {"client.authentication.k8s.io/v1",
                                                             "client.authentication.k8s.io/v1beta1"};

tl::unexpected<Error> wrong(std::string what) { return fail(ErrorCode::invalid_input, std::move(what)); }

// The object `inner` of the entry with this name in a list such as "users".
Result<const json::Object*> entry(const json::Value& document, std::string_view list, std::string_view inner,
                                  const std::string& name) {
  const json::Value* entries = document.at({list});
  if (entries != nullptr && entries->array() != nullptr)
    for (const json::Value& each : *entries->array()) {
      const json::Value* called = each.at({"name"});
      const json::Value* value = each.at({inner});
      if (called != nullptr && called->text() != nullptr && *called->text() == name && value != nullptr &&
          value->object() != nullptr)
        return value->object();
    }
  return wrong("the kubeconfig has no " + std::string(inner) + " '" + name + "'");
}

// "...-data" of the kubeconfig.
Result<std::string> decoded(const json::Reader& from, std::string_view key) {
  const std::string text = TRY(from.text_or(key, ""));
  return TRY_WITH(crypto::parse_base64(text), "'" + std::string(key) + "' of the kubeconfig");
}

Result<> read_cluster(const json::Object& object, Kubeconfig& into) {
  const json::Reader from(object, "the cluster of the kubeconfig");
  into.server = TRY(from.text("server"));
  while (into.server.ends_with('/')) into.server.pop_back();
  const net::Url url = TRY_WITH(net::parse_url(into.server), "'server' of the kubeconfig");
  if (url.scheme != "https")
    return wrong("'server' of the kubeconfig is not https: a password would go in plain");
  if (from.has("insecure-skip-tls-verify") && TRY(from.boolean("insecure-skip-tls-verify")))
    return wrong("'insecure-skip-tls-verify' is not followed: give 'certificate-authority-data' instead");
  for (const char* key : {"proxy-url", "tls-server-name"})
    if (from.has(key)) return wrong("'" + std::string(key) + "' of the kubeconfig is not known here");
  into.authorities = TRY(decoded(from, "certificate-authority-data"));
  into.authorities_file = TRY(from.text_or("certificate-authority", ""));
  return {};
}

Result<std::vector<std::string>> read_texts(const json::Reader& from, std::string_view key) {
  std::vector<std::string> texts;
  if (!from.has(key)) return texts;
  for (const json::Value& each : *TRY(from.array(key))) {
    if (each.text() == nullptr)
      return wrong("'" + std::string(key) + "' of the kubeconfig holds more than texts");
    texts.push_back(*each.text());
  }
  return texts;
}

Result<Plugin> read_plugin(const json::Reader& from) {
  Plugin plugin;
  plugin.api_version = TRY(from.text("apiVersion"));
  if (std::find(kPluginVersions.begin(), kPluginVersions.end(), plugin.api_version) == kPluginVersions.end())
    return wrong("'exec' of the kubeconfig speaks '" + plugin.api_version + "': known are '" +
                 std::string(kPluginVersions[0]) + "' and '" + std::string(kPluginVersions[1]) + "'");
  plugin.command = TRY(from.text("command"));
  plugin.arguments = TRY(read_texts(from, "args"));
  plugin.install_hint = TRY(from.text_or("installHint", ""));
  plugin.wants_cluster = from.has("provideClusterInfo") && TRY(from.boolean("provideClusterInfo"));
  if (TRY(from.text_or("interactiveMode", "")) == "Always")
    return wrong("'exec' of the kubeconfig asks a person, and nobody is here: use one that does not");
  if (!from.has("env")) return plugin;
  for (const json::Value& each : *TRY(from.array("env"))) {
    const json::Reader variable = TRY(json::Reader::of(each, "'env' of the kubeconfig"));
    std::string name = TRY(variable.text("name"));
    std::string value = TRY(variable.text("value"));
    plugin.environment.emplace_back(std::move(name), std::move(value));
  }
  return plugin;
}

Result<> read_user(const json::Object& object, Kubeconfig& into) {
  const json::Reader from(object, "the user of the kubeconfig");
  for (const char* key : {"username", "auth-provider", "as"})
    if (from.has(key))
      return wrong("'" + std::string(key) +
                   "' of the kubeconfig is not known here: give a certificate, a token "
                   "or 'exec'");
  std::string token = TRY(from.text_or("token", ""));
  into.token = Secret::take(std::move(token));
  into.token_file = TRY(from.text_or("tokenFile", ""));
  into.certificate = TRY(decoded(from, "client-certificate-data"));
  into.certificate_file = TRY(from.text_or("client-certificate", ""));
  std::string key = TRY(decoded(from, "client-key-data"));
  into.key = Secret::take(std::move(key));
  into.key_file = TRY(from.text_or("client-key", ""));
  if (from.has("exec")) into.plugin = TRY(read_plugin(TRY(from.object("exec"))));
  return {};
}

}  // namespace

Result<Kubeconfig> parse_kubeconfig(std::string_view text, const std::string& context) {
  const json::Value document = TRY_WITH(json::parse(text, kLimits), "the kubeconfig");
  const json::Reader top = TRY(json::Reader::of(document, "the kubeconfig"));
  std::string name = context;
  if (name.empty()) name = TRY(top.text_or("current-context", ""));
  if (name.empty()) return wrong("the kubeconfig has no 'current-context': set 'context'");
  const json::Reader chosen(*TRY(entry(document, "contexts", "context", name)),
                            "the context of the kubeconfig");
  Kubeconfig config;
  const std::string cluster = TRY(chosen.text("cluster"));
  const std::string user = TRY(chosen.text("user"));
  TRY(read_cluster(*TRY(entry(document, "clusters", "cluster", cluster)), config));
  TRY(read_user(*TRY(entry(document, "users", "user", user)), config));
  const bool has_certificate = !config.certificate.empty() || !config.certificate_file.empty();
  const bool has_key = !config.key.empty() || !config.key_file.empty();
  if (has_certificate != has_key)
    return wrong("the user of the kubeconfig has only one of client-certificate and client-key");
  if (!has_certificate && config.token.empty() && config.token_file.empty() && !config.plugin)
    return wrong("the user '" + user +
                 "' of the kubeconfig has no credentials: give a certificate, a token or 'exec'");
  return config;
}

std::string plugin_request(const Plugin& plugin, const Kubeconfig& cluster) {
  json::Object spec, document;
  spec.set("interactive", false);
  if (plugin.wants_cluster) {
    json::Object about;
    about.set("server", cluster.server);
    if (!cluster.authorities.empty())
      about.set("certificate-authority-data", crypto::base64(cluster.authorities));
    spec.set("cluster", std::move(about));
  }
  document.set("apiVersion", plugin.api_version);
  document.set("kind", "ExecCredential");
  document.set("spec", std::move(spec));
  return json::dump(json::Value(std::move(document)));
}

Result<PluginAnswer> parse_plugin_answer(std::string_view text, const Plugin& plugin) {
  const std::string what = "the answer of '" + plugin.command + "'";
  const json::Value document = TRY_WITH(json::parse(text, kLimits), what);
  const json::Reader from = TRY(json::Reader::of(document, what));
  if (TRY(from.text_or("kind", "")) != "ExecCredential" ||
      TRY(from.text_or("apiVersion", "")) != plugin.api_version)
    return wrong(what + " is no ExecCredential of " + plugin.api_version);
  const json::Reader status = TRY(from.object("status"));
  PluginAnswer answer;
  std::string token = TRY(status.text_or("token", ""));
  answer.token = Secret::take(std::move(token));
  answer.certificate = TRY(status.text_or("clientCertificateData", ""));
  std::string key = TRY(status.text_or("clientKeyData", ""));
  answer.key = Secret::take(std::move(key));
  answer.expires_at = TRY(status.text_or("expirationTimestamp", ""));
  if (answer.certificate.empty() != answer.key.empty())
    return wrong(what + " has only one of clientCertificateData and clientKeyData");
  if (answer.token.empty() && answer.certificate.empty()) return wrong(what + " holds no credential");
  return answer;
}

}  // namespace scoped::publish::kubernetes
