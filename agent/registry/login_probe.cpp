#include "agent/registry/acr_parse.h"
#include "agent/registry/control_plane.h"

namespace scoped::registry {
namespace {

class TokenEndpointProbe final : public LoginProbe {
 public:
  TokenEndpointProbe(std::string ca_file, net::Transport& transport)
      : ca_file_(std::move(ca_file)), transport_(transport) {}

  Result<Login> try_login(const std::string& host, const std::string& username,
                          const Secret& password) override {
    net::Request request;
    request.url = "https://" + host + "/oauth2/token?service=" + net::percent_encode(host);
    request.headers.emplace_back("Accept", "application/json");
    request.basic(username, password);
    request.limits.body_bytes = 1 << 20;
    request.ca_file = ca_file_;
    const std::string what = "log in to '" + host + "' as '" + username + "'";
    return TRY_WITH(read_answer(TRY_WITH(transport_.send(request), what)), what);
  }

 private:
  // A page of something in between must not pass for a login: a dead password would be promoted.
  static Result<Login> read_answer(const net::Response& response) {
    if (response.status == 401) return Login::refused;
    if (response.status == 200 && has_access_token(response.body.reveal())) return Login::accepted;
    if (response.status == 200)
      return fail(ErrorCode::unavailable, "the answer has no access token: check what stands between");
    return fail(net::error_of_status(response, "its token endpoint", response.date.value_or(Instant())));
  }

  const std::string ca_file_;
  net::Transport& transport_;
};

}  // namespace

std::unique_ptr<LoginProbe> make_login_probe(const config::Registry& registry, net::Transport& transport) {
  return std::make_unique<TokenEndpointProbe>(registry.ca_file, transport);
}

}  // namespace scoped::registry
