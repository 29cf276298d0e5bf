// What ARM's JSON bodies say, as values: strict about the members that it needs, blind to all others. Pure.
// Errors never quote a value, since a value may be a password. unavailable: the body is empty or no JSON (a
// proxy's page): asking again may help. corrupt: it is JSON of another shape, a person should look.
#pragma once

#include "agent/registry/control_plane.h"
#include "common/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace scoped::registry {

template <typename T>
struct Page {
  std::vector<T> items;
  std::string next;  // nextLink; empty on the last page
};

Result<TokenState> parse_token(std::string_view body);
Result<ScopeMapState> parse_scope_map(std::string_view body);
Result<RegistryState> parse_registry(std::string_view body);
Result<Page<TokenState>> parse_token_page(std::string_view body);
Result<Page<ScopeMapState>> parse_scope_map_page(std::string_view body);
// Where the next page likely is, without reading this one; empty where the body does not end as ARM ends it.
std::string hint_of_next(std::string_view body);

// The answer to generateCredentials for one slot. It lists both slots, only the new one with its value, in
// any order (reference acr-and-azure 1.4): it is read by name. The result of an asynchronous operation may
// have it one level deeper, in `properties`.
Result<Generated> parse_generated(std::string_view body, std::string_view slot);

enum class Progress { running, succeeded, failed };
// Of a resource: properties.provisioningState, absent means succeeded.
Result<Progress> parse_provisioning(std::string_view body);
// Of an operation: status.
Result<Progress> parse_operation(std::string_view body);

// The identifier in error.code where it is 1 to 64 plain letters and digits; else empty. ARM's message is
// foreign text and never read.
std::string parse_error_code(std::string_view body);
// A member that is a secret, e.g. a data plane's refresh token. corrupt: it is not there.
Result<Secret> parse_secret(std::string_view body, std::string_view key);
// Of a page of the data plane's catalog.
Result<std::vector<std::string>> parse_repositories(std::string_view body);
// Whether a data plane's answer to a login carries an access token.
bool has_access_token(std::string_view body);

}  // namespace scoped::registry
