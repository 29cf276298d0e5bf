#include "agent/registry/catalog.h"

#include "agent/registry/acr_parse.h"

namespace scoped::registry {
namespace {

constexpr size_t kPageSize = 1'000;
constexpr size_t kMostRepositories = 200'000;
constexpr std::chrono::seconds kLeastLife{1};

class Catalog {
 public:
  Catalog(const config::Registry& registry, net::Transport& transport, net::Authorizer& identity)
      : registry_(registry), transport_(transport), identity_(identity) {}

  Result<std::vector<std::string>> list();

 private:
  Result<net::Response> send(net::Request request) const;
  Result<Secret> log_in() const;
  Result<std::vector<std::string>> page(const Secret& access, const std::string& after) const;
  std::string url(const std::string& path) const { return "https://" + registry_.host + path; }

  const config::Registry& registry_;
  net::Transport& transport_;
  net::Authorizer& identity_;
};

Result<net::Response> Catalog::send(net::Request request) const {
  request.headers.emplace_back("Accept", "application/json");
  request.ca_file = registry_.ca_file;
  request.limits.body_bytes = 4 << 20;
  auto response = transport_.send(request);
  // Reading changes nothing: a lost answer is no answer.
  if (!response && response.error().code() == ErrorCode::ambiguous)
    return fail(std::move(response).error().as(ErrorCode::unavailable));
  if (!response || response->status == 200) return response;
  if (response->status == 401 || response->status == 403)
    return fail(ErrorCode::denied, "the identity may not list them: it needs AcrPull too");
  return fail(net::error_of_status(*response, "the registry", response->date.value_or(Instant())));
}

Result<Secret> Catalog::log_in() const {
  const net::Pinned pinned = TRY(identity_.pin(kLeastLife));
  net::Request exchange;
  exchange.method = "POST";
  exchange.url = url("/oauth2/exchange");
  exchange.form({{"grant_type", "access_token"},
                 {"service", registry_.host},
                 {"access_token", pinned.bearer.reveal()}});
  const net::Response exchanged = TRY(send(std::move(exchange)));
  const Secret refresh = TRY(parse_secret(exchanged.body.reveal(), "refresh_token"));
  net::Request login;
  login.method = "POST";
  login.url = url("/oauth2/token");
  login.form({{"grant_type", "refresh_token"},
              {"service", registry_.host},
              {"scope", "registry:catalog:*"},
              {"refresh_token", refresh.reveal()}});
  const net::Response answer = TRY(send(std::move(login)));
  return parse_secret(answer.body.reveal(), "access_token");
}

Result<std::vector<std::string>> Catalog::page(const Secret& access, const std::string& after) const {
  net::Request request;
  request.url = url("/acr/v1/_catalog?n=" + std::to_string(kPageSize));
  if (!after.empty()) request.url += "&last=" + net::percent_encode(after);
  request.bearer(access);
  const net::Response answer = TRY(send(std::move(request)));
  return parse_repositories(answer.body.reveal());
}

Result<std::vector<std::string>> Catalog::list() {
  const Secret access = TRY(log_in());
  std::vector<std::string> all;
  for (std::string after;;) {
    auto names = TRY(page(access, after));
    if (names.empty() || (!all.empty() && names.front() <= all.back())) return all;
    const bool is_last = names.size() < kPageSize;
    std::move(names.begin(), names.end(), std::back_inserter(all));
    if (is_last) return all;
    if (all.size() > kMostRepositories) return fail(ErrorCode::corrupt, "the list does not end");
    after = all.back();
  }
}

}  // namespace

Result<std::vector<std::string>> list_repositories(const config::Registry& registry,
                                                   net::Transport& transport, net::Authorizer& identity) {
  return TRY_WITH(Catalog(registry, transport, identity).list(),
                  "list the repositories of '" + registry.host + "'");
}

}  // namespace scoped::registry
