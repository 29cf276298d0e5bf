// The control plane of a registry (creates, regenerates) and its data plane as far as the rotation needs it
// (does this password log in?). Each type is one file and one row in types.cpp. Calls block; implementations
// are thread-safe. Rules that every implementation keeps: common/doc/contracts.md.
#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/config/config.h"
#include "common/config/setting.h"
#include "common/net/authorizer.h"
#include "common/net/server_time.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scoped::registry {

struct SlotState {
  std::string name;
  Instant created_at{};
  std::optional<Instant> expires_at;  // absent: never expires
};

struct TokenState {
  std::string name;
  std::string scope_map;  // its name, the last part of the id
  bool enabled = true;
  std::string provisioning;      // "Succeeded" when settled
  std::vector<SlotState> slots;  // those that hold a password, also expired ones

  const SlotState* slot(const std::string& name) const;
};

struct ScopeMapState {
  std::string name;
  std::string description;
  bool system_defined = false;
  std::vector<std::string> actions;  // "repositories/myapp/api/content/read"
};

// The registry as a whole, as far as operators ask.
struct RegistryState {
  std::string name;
  std::string login_server;
  std::string sku;  // "Premium"
  std::string location;
  bool admin_enabled = false;
  bool anonymous_pull = false;
  bool public_access = true;                // publicNetworkAccess
  std::vector<std::string> data_endpoints;  // hosts that serve blobs, where they are apart
};

// What an update changes; what is absent stays as it is.
struct ScopeMapChange {
  std::optional<std::string> description = {};
  std::optional<std::vector<std::string>> actions = {};
};
struct TokenChange {
  std::optional<std::string> scope_map = {};
  std::optional<bool> enabled = {};
  // The slots whose passwords stay; every other one is removed. ARM compares nothing: a list from a stale
  // read removes what was generated since, so it goes out under a claim.
  std::optional<std::vector<std::string>> keep = {};
};

// What makes a write the one of a claim (rule 3); both may be absent. `last_look` as in GenerateRequest.
struct Guard {
  const net::Pinned* pinned = nullptr;
  std::function<Result<>()> last_look = {};
};

struct GenerateRequest {
  std::string token;
  std::string slot;
  Instant expiry{};
  // The claim's one bearer (rule 3). Absent: outside a claim is not offered.
  const net::Pinned* pinned = nullptr;
  // Called once when the connection stands, before the first byte leaves. Its error is returned with its
  // line; without its http_status, and `ambiguous` as unavailable, since nothing was sent.
  std::function<Result<>()> last_look;
};

struct Generated {
  std::string username;
  std::string slot;
  Secret password;
  Instant created_at{};
  std::optional<Instant> expires_at;  // as the control plane echoes it
};

class ControlPlane {
 public:
  virtual ~ControlPlane() = default;

  // Reads. Retried inside as net/retry.h says; errors are one line that says what to do.
  virtual Result<std::vector<TokenState>> list_tokens() = 0;  // every page
  // The same, told one after the other while the next pages are under way; what was told before an error is
  // of no use.
  virtual Result<> each_token(const std::function<void(TokenState)>& tell);
  virtual Result<TokenState> get_token(const std::string& name) = 0;
  virtual Result<std::vector<ScopeMapState>> list_scope_maps() = 0;
  virtual Result<ScopeMapState> get_scope_map(const std::string& name) = 0;
  virtual Result<RegistryState> get_registry() = 0;

  // Writes. Sent once, never retried inside; an asynchronous answer (201/202) is followed by reads. What an
  // error says about the effect:
  // - `ambiguous`: it may have had its effect. The connection broke, 408, 5xx or a status out of place, an
  //   answer that cannot be read or lacks the value (it is told only once), an operation that failed or did
  //   not end in time, a stop while it ran.
  // - any other code with an http_status(): the control plane refused it and did nothing. 400 and 405 are
  //   invalid_input, 401 login, 403 denied, 404 not_found (a 404 of something in between: unavailable), 409
  //   and 412 conflict, 429 unavailable, with retry_after where it named one.
  // - any other code without: nothing was sent. No connection, a stop, the last look.
  // After a 401 the identity has been told, so that the next pin() logs in anew.
  virtual Result<Generated> generate(const GenerateRequest& request) = 0;
  // conflict: it exists (a PUT would wipe its passwords, so it is asked for first; only a proven 404 lets it
  // go on). No password is made. Returned once it is provisioned.
  virtual Result<TokenState> create_token(const std::string& name, const std::string& scope_map) = 0;
  // conflict: it exists (a PUT would replace it).
  virtual Result<ScopeMapState> create_scope_map(const std::string& name, const std::string& description,
                                                 const std::vector<std::string>& actions) = 0;
  // PATCH: what the change does not name is not sent, so a disabled token stays disabled. Returned once it is
  // provisioned.
  virtual Result<TokenState> update_token(const std::string& name, const TokenChange& change,
                                          const Guard& guard) = 0;
  virtual Result<ScopeMapState> update_scope_map(const std::string& name, const ScopeMapChange& change,
                                                 const Guard& guard) = 0;
  // Success too where there is none.
  virtual Result<> delete_token(const std::string& name, const Guard& guard) = 0;
  virtual Result<> delete_scope_map(const std::string& name, const Guard& guard) = 0;

  // The claim's bearer (identity) and what this server's answers prove about its clock.
  virtual net::Authorizer& identity() = 0;
  virtual const net::ServerTime& server_time() const = 0;
};

enum class Login { accepted, refused };

// A login at one endpoint of the data plane: GET https://HOST/oauth2/token with Basic credentials (reference
// acr-and-azure 2.1). Accepted is a 200 with an access token in it, refused is a 401; everything else is an
// Error. Sent once; thread-safe.
class LoginProbe {
 public:
  virtual ~LoginProbe() = default;
  virtual Result<Login> try_login(const std::string& host, const std::string& username,
                                  const Secret& password) = 0;
};

struct Context {
  net::Transport& transport;
  const Clock& clock;
  Random& random;
  net::Authorizer& identity;
  std::function<bool(std::chrono::milliseconds)> wait;  // sleeps; false when asked to stop
};

struct Type {
  std::string_view name;  // "acr"
  std::string_view doc;
  std::span<const config::Setting> settings;
  Result<std::unique_ptr<ControlPlane>> (*make)(const config::Registry&, const Context&);
};

std::span<const Type> types();
// REQUIRES: registry.control has a value, checked by config. `context` members outlive the result.
Result<std::unique_ptr<ControlPlane>> make_control_plane(const config::Registry& registry,
                                                         const Context& context);
std::unique_ptr<LoginProbe> make_login_probe(const config::Registry& registry, net::Transport& transport);

}  // namespace scoped::registry
