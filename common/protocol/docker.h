// Requests and answers of the credential-helper protocol as values; every client's dialect is in reference
// credential-helper-protocol 1 and 2.8. Pure.
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace scoped::protocol {

enum class Verb { get, store, erase, list };
std::optional<Verb> parse_verb(std::string_view text);  // case-sensitive
std::string_view name_of(Verb verb);

// The key of get and erase: lines joined without a separator, then blanks trimmed. Errors are the reference's
// texts and nothing else: kNoServerUrl, kLineTooLong.
Result<std::string> parse_key(std::string_view input);

struct StoreRequest {
  std::string server_url;
  std::string username;
  Secret secret;  // may be empty
};
// Member names in any case, the last of duplicates wins, unknown members and whatever follows the first value
// are ignored, null is the empty text, \uXXXX is decoded. Errors: kNoServerUrl, kNoUsername, kLineTooLong or
// one fixed line that does not quote the input.
Result<StoreRequest> parse_store(const Secret& input);

// {"ServerURL":...,"Username":...,"Secret":...} and a newline: exactly these members, in this order.
Secret format_credentials(std::string_view server_url, std::string_view username, const Secret& secret);
// One object and a newline; "{}" when empty.
std::string format_list(const std::map<std::string, std::string>& server_urls_to_usernames);

// What a key means, however a client writes it: scheme, ":443", ":80", "/v1/", "/v2/", a trailing slash and
// the case of the host are dropped, Docker Hub's aliases become one name.
struct Key {
  std::string registry;    // canonical host[:port], as record::parse_registry_host gives it
  std::string repository;  // "team/app" where the client sent one (crane, ko, cosign), else empty
};
// Nothing when it is not a registry key at all (such text is still a valid key of a saved login).
std::optional<Key> read_key(std::string_view server_url);

}  // namespace scoped::protocol
