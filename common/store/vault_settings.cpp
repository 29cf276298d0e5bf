#include "common/store/vault_settings.h"

#include "common/store/vault_variables.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

namespace scoped::store {
namespace {

using config::Kind;

constexpr std::array kRows = {
    config::Setting{.name = "address",
                    .kind = Kind::server,
                    .doc = "Address of the vault, or a socket on which it, its agent or its proxy listens; "
                           "absent in a user's file: $BAO_ADDR or $VAULT_ADDR."},
    config::Setting{.name = "mount", .default_text = "secret", .doc = "Path of its KV engine."},
    config::Setting{.name = "prefix",
                    .default_text = "registry-tokens",
                    .doc = "Folder in that engine which holds the records."},
    config::Setting{
        .name = "namespace",
        .doc = "Namespace of the engine; absent in a user's file: $BAO_NAMESPACE or $VAULT_NAMESPACE."},
    config::Setting{.name = "identity",
                    .kind = Kind::identity,
                    .required = true,
                    .doc = "Who logs in there: an identity of a type 'vault_...'."},
    config::Setting{.name = "ca_file",
                    .kind = Kind::path,
                    .doc = "Certificate authorities (PEM) that are trusted beside the system's."},
    config::Setting{.name = "redirect_to",
                    .kind = Kind::text_list,
                    .doc = "Addresses of the vault's other nodes, to which it may redirect a request."},
    config::Setting{.name = "kv_version",
                    .kind = Kind::choice,
                    .default_text = "detect",
                    .choices = "detect|1|2",
                    .doc = "Version of the KV engine, where the vault is not to be asked for it."},
};

bool is_namespace(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

constexpr std::string_view kSocket = "unix://";
constexpr size_t kLongestSocket = sizeof(sockaddr_un::sun_path) - 1;

bool is_socket_path(std::string_view path) {
  return path.starts_with('/') && path.size() <= kLongestSocket &&
         std::none_of(path.begin(), path.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_vault_url(const std::string& text) {
  const auto url = net::parse_url(text);
  return url && (url->scheme == "https" || net::is_loopback(*url)) && text.find('?') == std::string::npos;
}

// `origin`: who says so.
Result<> take_address(std::string text, const std::string& origin, net::Site& into) {
  const bool is_socket = text.starts_with(kSocket);
  if (is_socket ? !is_socket_path(text.substr(kSocket.size())) : !is_vault_url(text))
    return fail(ErrorCode::configuration,
                origin + " is no address of a vault: https://, http:// on loopback, or unix:///PATH");
  if (is_socket) {
    into.route.socket = text.substr(kSocket.size());
    text = "http://localhost";
  }
  while (text.ends_with('/')) text.pop_back();
  into.address = std::move(text);
  return {};
}

// Of an address with a port none is looked up, and of one that is no name there is none.
std::string service_of(const std::string& address) {
  const auto url = net::parse_url(address);
  const std::string authority = address.substr(std::min(address.find("://") + 3, address.size()));
  const std::string host = authority.substr(0, authority.find('/'));
  in_addr ignored{};
  const bool is_name = url && url->scheme == "https" && host.find(':') == std::string::npos &&
                       inet_pton(AF_INET, host.c_str(), &ignored) != 1;
  return is_name ? "_http._tcp." + url->host : "";
}

Result<> read_address(const config::Typed& settings, const VaultVariables& variables, net::Site& into) {
  if (settings.has("address")) return take_address(settings.text("address"), "'address'", into);
  if (settings.origin.system)
    return fail(ErrorCode::configuration,
                "'address' is missing; the system's stores take none from variables");
  const VaultVariable& found = variables.address;
  if (!found) return fail(ErrorCode::configuration, "no address: set 'address', or $BAO_ADDR or $VAULT_ADDR");
  return take_address(found.value, "$" + found.name, into);
}

Result<std::string> namespace_of(const config::Typed& settings, const VaultVariables& variables) {
  std::string value = settings.text_or("namespace", "");
  std::string origin = "'namespace'";
  if (value.empty()) {
    value = variables.space.value;
    origin = "$" + variables.space.name;
  }
  if (!is_namespace(value))
    return fail(ErrorCode::configuration, origin + " is no namespace: visible characters only");
  return value;
}

Result<std::vector<std::string>> origins_of(const config::Typed& settings) {
  std::vector<std::string> origins;
  if (!settings.has("redirect_to")) return origins;
  for (const std::string& each : settings.list("redirect_to")) {
    const auto url = net::parse_url(each);
    if (!url || (url->scheme != "https" && !net::is_loopback(*url)))
      return fail(ErrorCode::configuration,
                  "'redirect_to' holds '" + each + "', which is no https:// address");
    origins.push_back(url->origin());
  }
  return origins;
}

}  // namespace

std::span<const config::Setting> vault_setting_rows() { return kRows; }

Result<VaultOptions> read_vault_options(const config::Typed& settings, const Environment& environment) {
  VaultOptions options;
  VaultVariables variables;
  if (!settings.origin.system) variables = TRY(read_vault_variables(environment));
  options.site.route = std::move(variables.route);
  TRY(read_address(settings, variables, options.site));
  if (!variables.proxy.empty() && options.site.address.starts_with("http:"))
    return fail(ErrorCode::configuration,
                "$" + variables.proxy +
                    " is for a vault at https:// only: unset it, or give the vault's https address");
  if (variables.looks_up) options.site.route.service = service_of(options.site.address);
  const std::string space = TRY(namespace_of(settings, variables));
  if (!space.empty()) options.site.headers.emplace_back("X-Vault-Namespace", space);
  options.site.ca_file = settings.text_or("ca_file", variables.ca_file);
  options.ca_text = variables.ca_text;
  options.site.certificate = std::move(variables.certificate);
  options.site.pace = std::move(variables.pace);
  if (!variables.headers.empty())
    options.site.secret_headers = std::make_shared<const net::SecretHeaders>(std::move(variables.headers));
  options.timeout = variables.timeout;
  options.retries = variables.retries;
  options.redirects = variables.redirects;
  options.redirect_to = TRY(origins_of(settings));
  options.mount = settings.text_or("mount", "secret");
  options.prefix = settings.text_or("prefix", "registry-tokens");
  options.identity = settings.text("identity");
  const std::string version = settings.text_or("kv_version", "detect");
  if (version == "1" || version == "2") options.version = version == "1" ? 1 : 2;
  return options;
}

}  // namespace scoped::store
