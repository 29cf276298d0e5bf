#include "agent/publish/kubernetes/access.h"
#include "agent/publish/kubernetes/kubeconfig.h"
#include "agent/publish/kubernetes/yaml_maker.h"
#include "common/base/file.h"
#include "common/base/module.h"
#include "common/base/spawn.h"

#include <array>

namespace scoped::publish::kubernetes {
namespace {

constexpr size_t kLargest = 1 << 20;
constexpr std::chrono::seconds kPluginLimit{30};
constexpr std::chrono::seconds kEarly{30};  // before a plugin's credential ends another is made

// What a plugin is given of our environment, beside what the kubeconfig says: where it finds programs, its
// own files and the network.
constexpr std::array kHandedOn = {
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "HTTPS_PROXY",
    "NO_PROXY",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "AZURE_CLIENT_ID",
    "AZURE_TENANT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "AZURE_CONFIG_DIR",
};

Result<Secret> yaml_as_json(const Secret& yaml) {
  void* const symbol = TRY(find_in_module("scoped-yaml.so", SCOPED_LIBEXECDIR, kYamlReaderName));
  const YamlReader read = reinterpret_cast<YamlReaderMaker>(symbol)(SCOPED_VERSION);
  if (read == nullptr)
    return fail(ErrorCode::internal,
                "module 'scoped-yaml.so' is not of version " SCOPED_VERSION "; install the package again");
  return read(yaml);
}

class OfKubeconfig final : public Access {
 public:
  OfKubeconfig(const Environment& environment, const Clock& clock, std::string path, std::string context)
      : environment_(environment), clock_(clock), path_(std::move(path)), context_(std::move(context)) {}

  Result<> complete(net::Request& request) override;
  bool refused() override {
    made_.reset();
    return true;  // a file may hold another one by now, and a plugin makes one
  }

 private:
  struct Made {
    PluginAnswer answer;
    std::shared_ptr<const net::ClientCertificate> pair;
    std::optional<Instant> expires_at;
  };

  Result<Kubeconfig> read() const;
  std::string absolute(const std::string& path) const;
  Result<> add_authorities(const Kubeconfig& config, net::Request& request);
  Result<> add_certificate(const Kubeconfig& config, net::Request& request);
  Result<> add_token(const Kubeconfig& config, net::Request& request) const;
  Result<> add_made(const Kubeconfig& config, net::Request& request);
  Result<Made> make(const Kubeconfig& config) const;

  const Environment& environment_;
  const Clock& clock_;
  const std::string path_, context_;
  std::optional<Made> made_;  // by the plugin, until it ends or is refused
};

// A kubeconfig may hold keys, and says which program we start.
Result<Kubeconfig> OfKubeconfig::read() const {
  const Secret text = TRY_WITH(read_secret_file(path_, kLargest), "kubeconfig");
  const Secret document = TRY_WITH(yaml_as_json(text), "kubeconfig '" + path_ + "'");
  return TRY_WITH(parse_kubeconfig(document.reveal(), context_), "'" + path_ + "'");
}

std::string OfKubeconfig::absolute(const std::string& path) const {
  return path.starts_with('/') ? path : folder_of(path_) + "/" + path;
}

Result<> OfKubeconfig::add_authorities(const Kubeconfig& config, net::Request& request) {
  if (!config.authorities.empty())
    request.trusted = std::make_shared<const std::string>(config.authorities);
  else if (!config.authorities_file.empty())
    request.trusted = std::make_shared<const std::string>(
        TRY_WITH(read_file(absolute(config.authorities_file), kLargest), "'certificate-authority'"));
  return {};
}

Result<> OfKubeconfig::add_certificate(const Kubeconfig& config, net::Request& request) {
  if (config.certificate.empty() && config.certificate_file.empty()) return {};
  net::ClientCertificate pair;
  pair.certificate = config.certificate;
  if (pair.certificate.empty())
    pair.certificate =
        TRY_WITH(read_file(absolute(config.certificate_file), kLargest), "'client-certificate'");
  pair.key = config.key.clone();
  if (pair.key.empty())
    pair.key = TRY_WITH(read_secret_file(absolute(config.key_file), kLargest), "'client-key'");
  request.certificate = std::make_shared<const net::ClientCertificate>(std::move(pair));
  return {};
}

Result<> OfKubeconfig::add_token(const Kubeconfig& config, net::Request& request) const {
  if (!config.token_file.empty()) {
    std::string token = TRY_WITH(read_file(absolute(config.token_file), kLargest), "'tokenFile'");
    while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
    request.bearer(Secret::take(std::move(token)));
  } else if (!config.token.empty()) {
    request.bearer(config.token);
  }
  return {};
}

Result<OfKubeconfig::Made> OfKubeconfig::make(const Kubeconfig& config) const {
  const Plugin& plugin = *config.plugin;
  std::vector<std::string> argv = {plugin.command};
  if (plugin.command.find('/') != std::string::npos) argv.front() = absolute(plugin.command);
  argv.insert(argv.end(), plugin.arguments.begin(), plugin.arguments.end());
  std::vector<std::string> variables;
  for (const char* name : kHandedOn)
    if (const auto value = environment_.get(name)) variables.push_back(name + ("=" + *value));
  for (const auto& [name, value] : plugin.environment) variables.push_back(name + "=" + value);
  variables.push_back("KUBERNETES_EXEC_INFO=" + plugin_request(plugin, config));
  const std::string hint = plugin.install_hint.empty() ? "" : ": " + plugin.install_hint;
  auto said = spawn(argv, "", kPluginLimit, variables);
  if (!said) return fail(std::move(said).error().within("the kubeconfig's 'exec'" + hint));
  if (said->exit_code != 0)
    return fail(ErrorCode::login, "the kubeconfig's program '" + plugin.command + "' ended with " +
                                      std::to_string(said->exit_code) + ": run it by hand to see why" + hint);
  Made made;
  made.answer = TRY(parse_plugin_answer(said->out.reveal(), plugin));
  if (!made.answer.expires_at.empty())
    made.expires_at = TRY_WITH(parse_rfc3339(made.answer.expires_at), "'expirationTimestamp' of the plugin");
  if (!made.answer.certificate.empty())
    made.pair = std::make_shared<const net::ClientCertificate>(
        net::ClientCertificate{made.answer.certificate, made.answer.key.clone()});
  return made;
}

Result<> OfKubeconfig::add_made(const Kubeconfig& config, net::Request& request) {
  if (!config.plugin) return {};
  if (made_ && made_->expires_at && clock_.now() + kEarly >= *made_->expires_at) made_.reset();
  if (!made_) made_ = TRY(make(config));
  if (made_->pair) request.certificate = made_->pair;
  if (!made_->answer.token.empty()) request.bearer(made_->answer.token);
  return {};
}

Result<> OfKubeconfig::complete(net::Request& request) {
  const Kubeconfig config = TRY(read());
  request.url = config.server + request.url;
  TRY(add_authorities(config, request));
  TRY(add_certificate(config, request));
  TRY(add_token(config, request));
  return add_made(config, request);
}

}  // namespace

std::unique_ptr<Access> of_kubeconfig(const Environment& environment, const Clock& clock, std::string path,
                                      std::string context) {
  return std::make_unique<OfKubeconfig>(environment, clock, std::move(path), std::move(context));
}

}  // namespace scoped::publish::kubernetes
