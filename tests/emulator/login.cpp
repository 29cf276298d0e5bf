#include "tests/emulator/login.h"

#include "common/json/value.h"
#include "tests/emulator/access_tokens.h"
#include "tests/emulator/bearers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace scoped::emulator {
namespace {

constexpr std::string_view kUnauthorized =
    "authentication required, visit https://aka.ms/acr/authorization for more information.";

Outcome<> admit(Turn&) { return {}; }

Answer login_refusal(const Refusal& refusal, const Turn&) {
  json::Object error;
  error.set("code", refusal.code);
  error.set("message", refusal.message);
  error.set("detail", json::Value());
  json::Object body;
  body.set("errors", json::Array{std::move(error)});
  Answer answer;
  answer.status = refusal.status;
  answer.body = json::dump(std::move(body));
  answer.headers.emplace_back("Docker-Distribution-Api-Version", "registry/2.0");
  return answer;
}

tl::unexpected<Refusal> unauthorized() { return refuse(401, "UNAUTHORIZED", std::string(kUnauthorized)); }

// The user name that clients send with a refresh token for a password.
constexpr std::string_view kNobody = "00000000-0000-0000-0000-000000000000";

constexpr size_t kLongestIdentity = 256;  // that the logs keep of what a client says

struct Ask {
  std::string user;
  Secret password;
};

// Who has logged in, and the actions of its scope map.
struct Login {
  std::string user;
  std::vector<std::string> actions;
};

// The administrator, and who comes from Entra: there everyone who gets a bearer owns the registry.
std::vector<std::string> all_actions() {
  std::vector<std::string> actions;
  for (std::string_view operation :
       {"content/read", "content/write", "content/delete", "metadata/read", "metadata/write"})
    actions.push_back(fmt::format("repositories/*/{}", operation));
  return actions;
}

std::optional<Login> owner(const Turn& turn, std::string_view refresh_token) {
  const Parts& parts = turn.site.parts;
  auto user = read_refresh_token(parts.signer, refresh_token, turn.host(), turn.now);
  if (!user) return std::nullopt;
  return Login{std::move(*user), all_actions()};
}

std::optional<Login> log_in(const Turn& turn, const Ask& ask) {
  const Site& site = turn.site;
  const Model& model = site.model;
  const Token* token = model.enabled_token(ask.user);
  if (token != nullptr &&
      accepts(site.replication.known(*token, turn.request.door, turn.now), ask.password, turn.now)) {
    const ScopeMap* map = model.scope_map(token->scope_map);
    CHECK_INVARIANT(map != nullptr);
    return Login{token->name, map->actions};
  }
  if (model.admin_login(ask.user, ask.password)) return Login{model.facts().registry, all_actions()};
  return ask.user == kNobody ? owner(turn, ask.password.reveal()) : std::nullopt;
}

// A `scope` may be repeated, and may hold several with blanks between them.
Outcome<std::vector<Scope>> scopes_of(const Fields& fields) {
  std::vector<Scope> scopes;
  for (const auto& [name, value] : fields) {
    if (name != "scope") continue;
    for (size_t from = 0; from < value.size();) {
      const size_t end = std::min(value.find(' ', from), value.size());
      const std::string text = value.substr(from, end - from);
      from = end + 1;
      if (text.empty()) continue;
      auto scope = parse_scope(text);
      if (!scope) return refuse(400, "UNSUPPORTED", fmt::format("the scope '{}' is malformed", text));
      scopes.push_back(std::move(*scope));
    }
  }
  return scopes;
}

Outcome<> check_service(const Fields& fields, const Turn& turn) {
  const std::string* service = find_field(fields, "service");
  if (service != nullptr && *service != turn.host())
    return refuse(400, "UNSUPPORTED", fmt::format("the service '{}' is not this registry", *service));
  return {};
}

// What the logs are told of a login, whatever comes of it.
void tell(Turn& turn, std::string_view user) {
  Event event;
  event.operation = "Authenticate";
  event.identity = user.substr(0, kLongestIdentity);
  turn.event = std::move(event);
}

Outcome<Answer> answer_to(const std::optional<Login>& login, const std::vector<Scope>& scopes, Turn& turn) {
  if (!login) return unauthorized();
  tell(turn, login->user);
  const Parts& parts = turn.site.parts;
  const AccessGrant granted{login->user, turn.host(), grant(login->actions, scopes)};
  turn.event->jwt = make_guid(parts.random);
  auto access_token = make_access_token(parts.signer, granted, turn.now, turn.event->jwt,
                                        turn.effects.access_life.value_or(kAccessLife));
  if (!access_token) return refuse(500, "UNKNOWN", access_token.error().line());
  json::Object body;
  body.set("access_token", std::move(*access_token));
  Answer answer;
  answer.body = json::dump(std::move(body));
  return answer;
}

Outcome<Answer> get_token(Turn& turn) {
  TRY(check_service(turn.request.query, turn));
  const auto basic = basic_login(turn.request);
  if (!basic) return unauthorized();
  tell(turn, basic->user);
  const auto scopes = TRY(scopes_of(turn.request.query));
  return answer_to(log_in(turn, {basic->user, Secret(basic->password)}), scopes, turn);
}

std::optional<Login> by_password(Turn& turn, const Fields& form) {
  const std::string* user = find_field(form, "username");
  const std::string* password = find_field(form, "password");
  if (user == nullptr || password == nullptr) return std::nullopt;
  tell(turn, *user);
  return log_in(turn, {*user, Secret(*password)});
}

std::optional<Login> by_refresh_token(Turn& turn, const Fields& form) {
  const std::string* token = find_field(form, "refresh_token");
  return token == nullptr ? std::nullopt : owner(turn, *token);
}

struct GrantType {
  std::string_view name;
  std::optional<Login> (*log_in)(Turn&, const Fields&);
};
constexpr std::array<GrantType, 2> kGrantTypes = {GrantType{"password", by_password},
                                                  {"refresh_token", by_refresh_token}};

Outcome<Answer> post_token(Turn& turn) {
  const auto form = turn.request.form();
  if (!form) return refuse(400, "UNSUPPORTED", "the body must be a form");
  TRY(check_service(*form, turn));
  const std::string* grant_type = find_field(*form, "grant_type");
  for (const GrantType& row : kGrantTypes)
    if (grant_type != nullptr && *grant_type == row.name) {
      const auto scopes = TRY(scopes_of(*form));
      return answer_to(row.log_in(turn, *form), scopes, turn);
    }
  return refuse(400, "UNSUPPORTED", "the grant_type is neither 'password' nor 'refresh_token'");
}

// Entra's bearer for a refresh token of this registry.
Outcome<Answer> exchange_bearer(Turn& turn) {
  const auto form = turn.request.form();
  if (!form) return refuse(400, "UNSUPPORTED", "the body must be a form");
  TRY(check_service(*form, turn));
  const std::string* grant_type = find_field(*form, "grant_type");
  if (grant_type == nullptr || *grant_type != "access_token")
    return refuse(400, "UNSUPPORTED", "the grant_type must be 'access_token'");
  const std::string* bearer = find_field(*form, "access_token");
  if (bearer == nullptr) return unauthorized();
  const Parts& parts = turn.site.parts;
  const auto user = check_bearer(parts.signer, *bearer, turn.site.model.facts().tenant,
                                 parts.addresses.control, turn.now, Accepts::registry);
  if (!user) return unauthorized();
  tell(turn, *user);
  auto token = make_refresh_token(parts.signer, *user, turn.host(), turn.now, make_guid(parts.random));
  if (!token) return refuse(500, "UNKNOWN", token.error().line());
  json::Object body;
  body.set("refresh_token", std::move(*token));
  Answer answer;
  answer.body = json::dump(std::move(body));
  return answer;
}

// Where no Distribution runs: enough for a client to find the token endpoint and to try its token.
Outcome<Answer> get_base(Turn& turn) {
  const std::string& host = turn.host();
  const auto bearer = bearer_of(turn.request);
  Answer answer;
  if (bearer && read_access_token(turn.site.parts.signer, *bearer, host, turn.now)) {
    answer.body = "{}";
    return answer;
  }
  answer = login_refusal({401, "UNAUTHORIZED", std::string(kUnauthorized)}, turn);
  answer.headers.emplace_back("WWW-Authenticate", challenge(host, "", bearer ? "invalid_token" : ""));
  return answer;
}

constexpr std::array<Route, 4> kRoutes = {Route{"GET", "/oauth2/token", get_token},
                                          {"POST", "/oauth2/token", post_token},
                                          {"POST", "/oauth2/exchange", exchange_bearer},
                                          {"GET", "/v2/", get_base}};

}  // namespace

const Family kLogin = {"login", "", Case::exact, admit, login_refusal};
const RouteTable kLoginToken = {&kLogin, kRoutes};

std::string challenge(std::string_view host, std::string_view scope, std::string_view error) {
  std::string text = fmt::format(R"(Bearer realm="https://{}/oauth2/token",service="{}")", host, host);
  if (!scope.empty()) text += fmt::format(R"(,scope="{}")", scope);
  if (!error.empty()) text += fmt::format(R"(,error="{}")", error);
  return text;
}

}  // namespace scoped::emulator
