#include "agent/registry/acr.h"

#include "agent/registry/acr_errors.h"
#include "agent/registry/acr_names.h"
#include "agent/registry/acr_operation.h"
#include "agent/registry/acr_pages.h"
#include "agent/registry/acr_parse.h"
#include "common/json/value.h"
#include "common/net/challenge.h"
#include "common/net/retry.h"

#include <set>
#include <utility>

namespace scoped::registry {
namespace {

// A list page with 10,000 tokens has some 7 MB; the largest registry has 50,000 tokens.
constexpr size_t kMostBytes = 16 << 20;
constexpr size_t kMostPages = 2'000;
constexpr size_t kMostItems = 100'000;

// Every answer of ARM, whatever its status, tells something about its clock (rule 11).
class LearningTransport final : public net::Transport {
 public:
  LearningTransport(net::Transport& inner, net::ServerTime& time) : inner_(inner), time_(time) {}
  Result<net::Response> send(const net::Request& request) override {
    auto response = inner_.send(request);
    if (response && response->date) time_.learn(*response->date, response->sent, response->received);
    return response;
  }

 private:
  net::Transport& inner_;
  net::ServerTime& time_;
};

struct Settings {
  std::string endpoint;  // scheme://host[:port]
  std::string resource_id;
  std::string registry;  // the last part of resource_id
  std::string api_version;
  std::string identity;
  std::string ca_file;
};

// 204: a DELETE of what was not there.
bool is_accepted(const net::Request& request, int status) {
  return (status >= 200 && status <= 202) || (status == 204 && request.method == "DELETE");
}

std::string token_words(const std::string& name) { return "token '" + name + "'"; }
std::string scope_map_words(const std::string& name) { return "scope map '" + name + "'"; }

class Acr final : public ControlPlane {
 public:
  Acr(Settings settings, const Context& context)
      : settings_(std::move(settings)),
        context_(context),
        once_(context.transport, server_time_),
        retrying_(net::with_retries(once_, {}, context.random, context.wait)) {}

  Result<std::vector<TokenState>> list_tokens() override {
    std::vector<TokenState> all;
    TRY(each_token([&all](TokenState token) { all.push_back(std::move(token)); }));
    return all;
  }
  Result<> each_token(const std::function<void(TokenState)>& tell) override {
    return read_pages<TokenState>("tokens", &parse_token_page,
                                  "list the tokens of '" + settings_.registry + "'", tell);
  }
  Result<std::vector<ScopeMapState>> list_scope_maps() override {
    std::vector<ScopeMapState> all;
    TRY(read_pages<ScopeMapState>("scopeMaps", &parse_scope_map_page,
                                  "list the scope maps of '" + settings_.registry + "'",
                                  [&all](ScopeMapState map) { all.push_back(std::move(map)); }));
    return all;
  }
  Result<TokenState> get_token(const std::string& name) override {
    TRY(check_name("token", name));
    const Attempt attempt = attempt_to("read " + token_words(name), missing(token_words(name)));
    return parsed(&parse_token, TRY(read(url_of("tokens/" + name), attempt)), attempt);
  }
  Result<ScopeMapState> get_scope_map(const std::string& name) override {
    TRY(check_name("scope map", name));
    const Attempt attempt = attempt_to("read " + scope_map_words(name), missing(scope_map_words(name)));
    return parsed(&parse_scope_map, TRY(read(url_of("scopeMaps/" + name), attempt)), attempt);
  }

  Result<RegistryState> get_registry() override {
    const Attempt attempt = attempt_to("read registry '" + settings_.registry + "'", no_registry());
    return parsed(&parse_registry, TRY(read(url_of(""), attempt)), attempt);
  }

  Result<Generated> generate(const GenerateRequest& request) override;
  Result<TokenState> create_token(const std::string& name, const std::string& scope_map) override;
  Result<ScopeMapState> create_scope_map(const std::string& name, const std::string& description,
                                         const std::vector<std::string>& actions) override;
  Result<TokenState> update_token(const std::string& name, const TokenChange& change,
                                  const Guard& guard) override;
  Result<ScopeMapState> update_scope_map(const std::string& name, const ScopeMapChange& change,
                                         const Guard& guard) override;
  Result<> delete_token(const std::string& name, const Guard& guard) override;
  Result<> delete_scope_map(const std::string& name, const Guard& guard) override;

  net::Authorizer& identity() override { return context_.identity; }
  const net::ServerTime& server_time() const override { return server_time_; }

 private:
  // Below the registry; the registry itself for none.
  std::string url_of(const std::string& path) const {
    return settings_.endpoint + settings_.resource_id + (path.empty() ? "" : "/") + path +
           "?api-version=" + settings_.api_version;
  }
  std::string no_registry() const {
    return "there is no registry '" + settings_.registry + "': check 'resource_id'";
  }
  std::string missing(const std::string& thing) const {
    return "there is no " + thing + " in registry '" + settings_.registry + "', or 'resource_id' is wrong";
  }
  Attempt attempt_to(std::string what, std::string missing) const {
    return {std::move(what), std::move(missing), settings_.identity};
  }
  net::Request request_to(std::string method, std::string url) const;
  net::Request write_to(std::string method, std::string url, const json::Object& document) const;

  Result<net::Response> get(const std::string& url);
  Result<net::Response> read(const std::string& url, const Attempt& attempt);
  template <typename T>
  Result<> read_pages(const std::string& path, Result<Page<T>> (*parse)(std::string_view),
                      const std::string& what, const std::function<void(T)>& tell);
  template <typename T>
  static Result<T> parsed(Result<T> (*parse)(std::string_view), const net::Response& response,
                          const Attempt& attempt) {
    return TRY_WITH(parse(response.body.reveal()), attempt.what);
  }

  Result<net::Response> write(net::Request request, const std::function<Result<>()>& last_look,
                              const Attempt& attempt);
  Result<> authorize(net::Request& request, const Guard& guard);
  Result<net::Response> put(const std::string& url, const json::Object& document, const Attempt& attempt);
  Result<net::Response> change(net::Request request, const Guard& guard, const Attempt& attempt);
  Result<> remove(const std::string& path, const std::string& thing, const Guard& guard);
  Result<> must_be_absent(const std::string& url, const Attempt& attempt, const std::string& thing);
  Following following();

  Settings settings_;
  Context context_;
  net::ServerTime server_time_;
  LearningTransport once_;
  std::unique_ptr<net::Transport> retrying_;
};

net::Request Acr::request_to(std::string method, std::string url) const {
  net::Request request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.headers.emplace_back("Accept", "application/json");
  request.limits.body_bytes = kMostBytes;
  request.ca_file = settings_.ca_file;
  return request;
}

net::Request Acr::write_to(std::string method, std::string url, const json::Object& document) const {
  net::Request request = request_to(std::move(method), std::move(url));
  request.content_type = "application/json";
  request.body = Secret::take(json::dump(document));
  request.once = true;
  return request;
}

// A 401 is answered by one new login; any other status is the caller's.
Result<net::Response> Acr::get(const std::string& url) {
  for (bool again : {true, false}) {
    net::Request request = request_to("GET", url);
    TRY(context_.identity.authorize(request));
    auto response = retrying_->send(request);
    if (!response || response->status != 401) return response;
    net::tell_refused(context_.identity, *response);
    if (!again) return response;
  }
  return fail(ErrorCode::internal, "not reached");
}

Result<net::Response> Acr::read(const std::string& url, const Attempt& attempt) {
  net::Response response = TRY_WITH(get(url), attempt.what);
  if (response.status != 200) return fail(error_of_answer(response, attempt).within(attempt.what));
  return response;
}

template <typename T>
Result<> Acr::read_pages(const std::string& path, Result<Page<T>> (*parse)(std::string_view),
                         const std::string& what, const std::function<void(T)>& tell) {
  const Attempt attempt = attempt_to(what, no_registry());
  size_t told = 0;
  std::set<std::string> seen;
  PagesAhead pages([&](const std::string& url) { return read(url, attempt); },
                   [&](const net::Response& page) {
                     return follow_link(hint_of_next(page.body.reveal()), settings_.endpoint).value_or("");
                   },
                   kMostPages);
  for (std::string url = url_of(path); !url.empty();) {
    if (!seen.insert(url).second) return fail(ErrorCode::corrupt, what + ": the pages go round in a circle");
    if (seen.size() > kMostPages || told > kMostItems)
      return fail(ErrorCode::corrupt, what + ": the list does not end");
    const net::Response response = TRY(pages.take(url));
    Page<T> page = TRY(parsed(parse, response, attempt));
    for (T& item : page.items) tell(std::move(item));
    told += page.items.size();
    url = page.next.empty() ? "" : TRY_WITH(follow_link(page.next, settings_.endpoint), what);
  }
  return {};
}

// An Error that is not `ambiguous` says that nothing was done. What the last look says is passed on as it is,
// but for these two marks, which are those of an answer to the write itself.
Result<net::Response> Acr::write(net::Request request, const std::function<Result<>()>& last_look,
                                 const Attempt& attempt) {
  bool looked_in_vain = false;
  if (last_look)
    request.last_look = [&]() -> Result<> {
      auto looked = last_look();
      looked_in_vain = !looked;
      if (looked) return {};
      const ErrorCode code = looked.error().code();
      return fail(std::move(looked).error().with_http_status(0).as(
          code == ErrorCode::ambiguous ? ErrorCode::unavailable : code));
    };
  auto response = once_.send(request);
  if (!response && looked_in_vain) return response;
  if (!response) return fail(error_of_write(std::move(response).error(), attempt));
  // So that the next claim begins with another bearer; this one is over.
  if (response->status == 401) net::tell_refused(context_.identity, *response);
  if (!is_accepted(request, response->status))
    return fail(error_of_write(error_of_answer(*response, attempt), attempt));
  return response;
}

Following Acr::following() {
  return {[this](const std::string& url) { return get(url); }, context_.clock, context_.wait,
          settings_.endpoint, attempt_to("follow the operation", "the operation is unknown")};
}

Result<Generated> Acr::generate(const GenerateRequest& request) {
  if (request.pinned == nullptr)
    return fail(ErrorCode::internal, "a password is generated only under a claim, with its bearer");
  TRY(check_name("token", request.token));
  TRY(check_name("slot", request.slot));
  Attempt attempt = attempt_to("generate '" + request.slot + "' of " + token_words(request.token),
                               missing(token_words(request.token)));
  attempt.is_write = true;
  json::Object document;
  document.set("tokenId", settings_.resource_id + "/tokens/" + request.token);
  document.set("expiry", format_expiry(request.expiry));
  document.set("name", request.slot);
  net::Request post = write_to("POST", url_of("generateCredentials"), document);
  post.bearer(request.pinned->bearer);
  net::Response response = TRY(write(std::move(post), request.last_look, attempt));
  if (response.status == 202) {
    auto result = follow_to_result(response, following());
    if (!result) return fail(ambiguous_of(std::move(result).error(), attempt));
    response = std::move(*result);
  }
  auto generated = parse_generated(response.body.reveal(), request.slot);
  if (!generated) return fail(ambiguous_of(std::move(generated).error(), attempt));
  return generated;
}

Result<> Acr::authorize(net::Request& request, const Guard& guard) {
  if (guard.pinned == nullptr) return context_.identity.authorize(request);
  request.bearer(guard.pinned->bearer);
  return {};
}

Result<net::Response> Acr::put(const std::string& url, const json::Object& document, const Attempt& attempt) {
  return change(write_to("PUT", url, document), {}, attempt);
}

// Sent once, and then the resource is looked at until it is provisioned.
Result<net::Response> Acr::change(net::Request request, const Guard& guard, const Attempt& attempt) {
  const std::string url = request.url;
  TRY_WITH(authorize(request, guard), attempt.what);
  net::Response response = TRY(write(std::move(request), guard.last_look, attempt));
  const auto settle = [&]() -> Result<net::Response> {
    if (is_asynchronous(response)) {
      TRY(follow_to_end(response, following()));
    } else if (response.status != 202) {
      const auto progress = parse_provisioning(response.body.reveal());
      if (progress && *progress == Progress::succeeded) return std::move(response);
    }
    return follow_resource(url, following());
  };
  auto settled = settle();
  if (!settled) return fail(ambiguous_of(std::move(settled).error(), attempt));
  return settled;
}

// A PUT replaces what is there: it would wipe the passwords of a token.
Result<> Acr::must_be_absent(const std::string& url, const Attempt& attempt, const std::string& thing) {
  const auto found = read(url, attempt);
  if (!found && found.error().code() == ErrorCode::not_found) return {};
  if (!found) return fail(found.error());
  return fail(ErrorCode::conflict,
              attempt.what + ": " + thing + " exists, and creating it again would replace it");
}

Result<TokenState> Acr::create_token(const std::string& name, const std::string& scope_map) {
  TRY(check_new_token(name));
  TRY(check_name("scope map", scope_map));
  const std::string url = url_of("tokens/" + name);
  Attempt attempt = attempt_to("create " + token_words(name), missing(scope_map_words(scope_map)));
  TRY(must_be_absent(url, attempt, token_words(name)));
  attempt.is_write = true;
  json::Object properties, document;
  properties.set("scopeMapId", settings_.resource_id + "/scopeMaps/" + scope_map);
  properties.set("status", "enabled");
  document.set("properties", std::move(properties));
  const net::Response settled = TRY(put(url, document, attempt));
  auto token = parse_token(settled.body.reveal());
  if (!token) return fail(ambiguous_of(std::move(token).error(), attempt));
  return token;
}

Result<ScopeMapState> Acr::create_scope_map(const std::string& name, const std::string& description,
                                            const std::vector<std::string>& actions) {
  TRY(check_new_scope_map(name));
  const std::string url = url_of("scopeMaps/" + name);
  Attempt attempt = attempt_to("create " + scope_map_words(name), no_registry());
  TRY(must_be_absent(url, attempt, scope_map_words(name)));
  attempt.is_write = true;
  json::Object properties, document;
  properties.set("description", description);
  properties.set("actions", json::Array(actions.begin(), actions.end()));
  document.set("properties", std::move(properties));
  const net::Response settled = TRY(put(url, document, attempt));
  auto map = parse_scope_map(settled.body.reveal());
  if (!map) return fail(ambiguous_of(std::move(map).error(), attempt));
  return map;
}

Result<TokenState> Acr::update_token(const std::string& name, const TokenChange& change_to,
                                     const Guard& guard) {
  TRY(check_name("token", name));
  json::Object properties, document;
  if (change_to.scope_map) {
    TRY(check_name("scope map", *change_to.scope_map));
    properties.set("scopeMapId", settings_.resource_id + "/scopeMaps/" + *change_to.scope_map);
  }
  if (change_to.enabled) properties.set("status", *change_to.enabled ? "enabled" : "disabled");
  if (change_to.keep) {
    json::Array kept;
    for (const std::string& slot : *change_to.keep) {
      json::Object each;
      each.set("name", slot);
      kept.push_back(std::move(each));
    }
    json::Object credentials;
    credentials.set("passwords", std::move(kept));
    properties.set("credentials", std::move(credentials));
  }
  document.set("properties", std::move(properties));
  Attempt attempt = attempt_to("update " + token_words(name), missing(token_words(name)));
  attempt.is_write = true;
  const net::Response settled =
      TRY(change(write_to("PATCH", url_of("tokens/" + name), document), guard, attempt));
  auto token = parse_token(settled.body.reveal());
  if (!token) return fail(ambiguous_of(std::move(token).error(), attempt));
  return token;
}

Result<ScopeMapState> Acr::update_scope_map(const std::string& name, const ScopeMapChange& change_to,
                                            const Guard& guard) {
  TRY(check_name("scope map", name));
  json::Object properties, document;
  if (change_to.description) properties.set("description", *change_to.description);
  if (change_to.actions)
    properties.set("actions", json::Array(change_to.actions->begin(), change_to.actions->end()));
  document.set("properties", std::move(properties));
  Attempt attempt = attempt_to("update " + scope_map_words(name), missing(scope_map_words(name)));
  attempt.is_write = true;
  const net::Response settled =
      TRY(change(write_to("PATCH", url_of("scopeMaps/" + name), document), guard, attempt));
  auto map = parse_scope_map(settled.body.reveal());
  if (!map) return fail(ambiguous_of(std::move(map).error(), attempt));
  return map;
}

Result<> Acr::remove(const std::string& path, const std::string& thing, const Guard& guard) {
  Attempt attempt = attempt_to("delete " + thing, missing(thing));
  attempt.is_write = true;
  net::Request request = request_to("DELETE", url_of(path));
  request.once = true;
  TRY_WITH(authorize(request, guard), attempt.what);
  const net::Response response = TRY(write(std::move(request), guard.last_look, attempt));
  if (response.status != 202 || !is_asynchronous(response)) return {};
  auto ended = follow_to_end(response, following());
  if (!ended) return fail(ambiguous_of(std::move(ended).error(), attempt));
  return {};
}

Result<> Acr::delete_token(const std::string& name, const Guard& guard) {
  TRY(check_name("token", name));
  return remove("tokens/" + name, token_words(name), guard);
}

Result<> Acr::delete_scope_map(const std::string& name, const Guard& guard) {
  TRY(check_name("scope map", name));
  return remove("scopeMaps/" + name, scope_map_words(name), guard);
}

Result<Settings> read_settings(const config::Typed& control) {
  const auto wrong = [](std::string what) { return fail(ErrorCode::configuration, std::move(what)); };
  Settings settings;
  settings.resource_id = control.text("resource_id");
  auto registry = parse_resource_id(settings.resource_id);
  if (!registry) return wrong("resource_id: " + registry.error().line());
  settings.registry = std::move(*registry);
  const auto endpoint = net::parse_url(control.text("endpoint"));
  if (!endpoint || endpoint->path_and_query != "/")
    return wrong("endpoint: it is not an address without a path, like 'https://management.azure.com'");
  settings.endpoint = endpoint->origin();
  settings.api_version = control.text("api_version");
  if (!is_api_version(settings.api_version))
    return wrong("api_version: '" + settings.api_version + "' is not a date, like '2023-07-01'");
  settings.identity = control.text("identity");
  settings.ca_file = control.text_or("ca_file", "");
  return settings;
}

}  // namespace

Result<std::unique_ptr<ControlPlane>> make_acr(const config::Registry& registry, const Context& context) {
  const config::Origin& origin = registry.control->origin;
  const std::string where =
      origin.file + ":" + std::to_string(origin.line) + ": registry '" + registry.host + "': control";
  return std::make_unique<Acr>(TRY_WITH(read_settings(*registry.control), where), context);
}

}  // namespace scoped::registry
