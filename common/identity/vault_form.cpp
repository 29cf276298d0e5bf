#include "common/identity/vault_form.h"

#include "common/config/load.h"
#include "common/crypto/digest.h"
#include "common/json/value.h"

#include <algorithm>

namespace scoped::identity {
namespace {

// Grown once, never moved: a secret is in it.
Secret object_of(const std::vector<std::pair<std::string, Secret>>& members) {
  size_t length = 2;
  for (const auto& [name, value] : members) length += name.size() + 6 * value.size() + 8;
  std::string text;
  text.reserve(length);
  for (const auto& [name, value] : members) {
    std::string quoted = json::quote(value.reveal());
    text.append(text.empty() ? "{" : ",").append(json::quote(name)).append(":").append(quoted);
    wipe(quoted);
  }
  text.append(text.empty() ? "{}" : "}");
  return Secret::take(std::move(text));
}

Secret inline_parameter(const std::string& name, const Secret& value) {
  std::vector<std::pair<std::string, Secret>> members;
  members.emplace_back("key", Secret(name));
  members.emplace_back("value", value.clone());
  return Secret::take(crypto::base64url(object_of(members).reveal()));
}

}  // namespace

Result<VaultLease> post_form(const Context& context, const VaultForm& form) {
  VaultQuestion question{"POST", form.path, object_of(form.members), nullptr, form.certificate};
  const net::Response answer = TRY(ask_vault(context, question));
  return read_lease(answer, "POST " + net::display_url(context.site->address + "/v1/" + form.path));
}

// The vault takes any name behind the prefix, and the proxies before it drop headers with an underscore.
void add_inline_login(net::Request& request, const VaultForm& form) {
  request.headers.emplace_back("X-Vault-Inline-Auth-Path", form.path);
  request.headers.emplace_back("X-Vault-Inline-Auth-Operation", "update");
  for (const auto& [name, value] : form.members) {
    std::string header = "X-Vault-Inline-Auth-Parameter-" + name;
    std::replace(header.begin(), header.end(), '_', '-');
    request.secret_headers.emplace_back(std::move(header), inline_parameter(name, value));
  }
}

Result<std::unique_ptr<net::Authorizer>> make_form_login(std::string name, const Context& context,
                                                         const VaultFormSource& form) {
  TRY(site_of_vault(context));
  const VaultForm first = TRY(form());
  VaultFlow flow{
      .log_in = [context, form]() -> Result<VaultLease> { return post_form(context, TRY(form())); }};
  if (first.certificate == nullptr)
    flow.log_in_with = [form](net::Request& request) -> Result<> {
      add_inline_login(request, TRY(form()));
      return {};
    };
  flow.certificate = first.certificate;
  return make_vault_login(std::move(name), context, std::move(flow));
}

// A mount may have several parts.
Result<std::string> login_path(std::string mount) {
  while (mount.ends_with('/')) mount.pop_back();
  std::string path = "auth";
  for (size_t start = 0; start <= mount.size();) {
    const size_t end = std::min(mount.find('/', start), mount.size());
    const std::string part = mount.substr(start, end - start);
    if (part.empty() || part == "." || part == "..")
      return fail(ErrorCode::configuration, "'mount' is no path of a login");
    path += "/" + net::percent_encode(part);
    start = end + 1;
  }
  return path + "/login";
}

Result<Secret> read_plain(const config::Typed& settings, const std::string& setting,
                          const Environment& environment) {
  Secret text = TRY_WITH(config::read_secret(settings.secret(setting), environment), "'" + setting + "'");
  return TRY_WITH(plain_token(std::move(text)), "'" + setting + "'");
}

}  // namespace scoped::identity
