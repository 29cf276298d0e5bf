#include "common/store/key_vault_answers.h"

#include "common/json/value.h"

#include <algorithm>
#include <array>

namespace scoped::store {
namespace {

constexpr json::Limits kLimits{.bytes = 4 << 20, .depth = 32, .values = 100'000, .comments = false};
constexpr size_t kLongestWord = 128;  // of names, versions and tenants

struct Row {
  int status;
  std::string_view code;     // of the error or of the one within it; empty: any
  std::string_view message;  // a part of it; empty: any
  KeyVaultRefusal refusal;
};

// The first that fits.
constexpr std::array kRows = {
    Row{401, "", "AKV10032", KeyVaultRefusal::wrong_tenant},  // invalid issuer
    Row{401, "", "", KeyVaultRefusal::unauthorized},
    Row{403, "SecretDisabled", "", KeyVaultRefusal::disabled},
    Row{403, "ForbiddenByFirewall", "", KeyVaultRefusal::firewall},
    Row{403, "ForbiddenByConnection", "", KeyVaultRefusal::private_only},
    Row{403, "ForbiddenByRbac", "", KeyVaultRefusal::role},
    Row{403, "ForbiddenByPolicy", "", KeyVaultRefusal::policy},
    Row{403, "AccessDenied", "", KeyVaultRefusal::policy},
    Row{403, "", "is not authorized and caller is not a trusted service", KeyVaultRefusal::firewall},
    Row{403, "Forbidden", "", KeyVaultRefusal::policy},
    Row{404, "SecretNotFound", "", KeyVaultRefusal::missing},
    Row{409, "ObjectIsDeletedButRecoverable", "", KeyVaultRefusal::deleted},
    Row{409, "ObjectIsBeingDeleted", "", KeyVaultRefusal::in_transition},
    Row{409, "ObjectIsBeingRecovered", "", KeyVaultRefusal::in_transition},
    Row{409, "ObjectIsBeingPurged", "", KeyVaultRefusal::in_transition},
    Row{413, "", "", KeyVaultRefusal::too_large},
    Row{429, "", "", KeyVaultRefusal::throttled},
};

tl::unexpected<Error> no_answer(std::string_view why) {
  return fail(ErrorCode::unavailable, "that is no answer of a Key Vault: " + std::string(why));
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= kLongestWord && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

std::string text_at(const json::Value& document, std::initializer_list<std::string_view> path) {
  const json::Value* value = document.at(path);
  return value == nullptr || value->text() == nullptr ? std::string() : *value->text();
}

// The last one of a chain of errors within errors.
std::string innermost_code(const json::Value& document) {
  const json::Value* error = document.at({"error"});
  std::string code;
  while (error != nullptr) {
    if (std::string found = text_at(*error, {"code"}); !found.empty()) code = std::move(found);
    error = error->at({"innererror"});
  }
  return code;
}

// ".../secrets/NAME/VERSION", or without a version in a list.
bool read_id(const std::string& id, KeyVaultSecret& secret) {
  constexpr std::string_view kSecrets = "secrets/";  // that of "deletedsecrets/" as well
  const size_t start = id.find(kSecrets);
  if (start == std::string::npos) return false;
  const std::string rest = id.substr(start + kSecrets.size());
  const size_t slash = std::min(rest.find('/'), rest.size());
  secret.name = rest.substr(0, slash);
  secret.version = slash == rest.size() ? std::string() : rest.substr(slash + 1);
  return is_word(secret.name) && (secret.version.empty() || is_word(secret.version));
}

// Takes the value out of the document, which is wiped behind it.
Result<KeyVaultSecret> read_secret(json::Value& document) {
  KeyVaultSecret secret;
  json::Object* object = document.object();
  if (object == nullptr) return no_answer("a secret is no object");
  if (!read_id(text_at(document, {"id"}), secret)) return no_answer("a secret has no 'id' of one");
  secret.content_type = text_at(document, {"contentType"});
  secret.provider_address = text_at(document, {"tags", "ProviderAddress"});
  const json::Value* attributes = document.at({"attributes"});
  if (attributes == nullptr || attributes->object() == nullptr) return no_answer("it has no 'attributes'");
  const json::Reader reader(*attributes->object(), "its attributes");
  const auto created = reader.integer_or("created", 0);
  if (!created) return no_answer("'created' is no number");
  secret.created = *created;
  if (reader.has("enabled")) {
    const auto enabled = reader.boolean("enabled");
    if (!enabled) return no_answer("'enabled' is neither true nor false");
    secret.enabled = *enabled;
  }
  json::Value* value = object->find("value");
  if (value != nullptr && value->text() != nullptr) secret.value = Secret::take(std::move(*value->text()));
  return secret;
}

// https://NAME/..., which has no user and no port that would make another host of it.
std::optional<net::Url> secure_url(std::string_view text) {
  auto url = net::parse_url(text);
  if (!url || url->scheme != "https") return std::nullopt;
  return *std::move(url);
}

bool is_address(std::string_view host) {
  return host.find(':') != std::string_view::npos ||
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool covers(std::string_view domain, std::string_view host) {
  if (domain == host) return true;
  if (is_address(host) || domain.find('.') == std::string_view::npos) return false;
  return host.ends_with(domain) && host.substr(0, host.size() - domain.size()).ends_with('.');
}

}  // namespace

KeyVaultRefusal key_vault_refusal(int status, std::string_view body) {
  if (status >= 200 && status < 300) return KeyVaultRefusal::none;
  if (status >= 500) return KeyVaultRefusal::unavailable;
  std::string code, message;
  if (const auto document = json::parse(body, kLimits)) {
    code = innermost_code(*document);
    message = text_at(*document, {"error", "message"});
  }
  for (const Row& row : kRows)
    if (row.status == status && (row.code.empty() || row.code == code) &&
        message.find(row.message) != std::string::npos)
      return row.refusal;
  return KeyVaultRefusal::other;
}

Result<KeyVaultSecret> parse_key_vault_secret(std::string_view body) {
  auto document = json::parse(body, kLimits);
  if (!document) return no_answer("no JSON object");
  return read_secret(*document);
}

Result<KeyVaultPage> parse_key_vault_page(std::string_view body) {
  auto document = json::parse(body, kLimits);
  json::Object* object = document ? document->object() : nullptr;
  json::Value* values = object == nullptr ? nullptr : object->find("value");
  if (values == nullptr || values->array() == nullptr) return no_answer("it has no list 'value'");
  KeyVaultPage page;
  for (json::Value& each : *values->array()) page.items.push_back(TRY(read_secret(each)));
  page.next = text_at(*document, {"nextLink"});
  return page;
}

Result<std::string> challenged_scope(const net::Challenge& challenge, const std::string& host) {
  std::string scope(challenge.find("scope"));
  if (scope.empty() && !challenge.find("resource").empty()) {
    scope = challenge.find("resource");
    while (scope.ends_with('/')) scope.pop_back();
    scope += "/.default";
  }
  if (scope.empty()) return no_answer("its challenge does not say what a bearer must be for");
  const auto url = secure_url(scope);
  if (!url || scope.find(' ') != std::string::npos || !covers(url->host, host))
    return fail(ErrorCode::denied, "it asks for a bearer for something else than " + host +
                                       ", and is given none: check 'address'");
  return scope;
}

std::string challenged_tenant(const net::Challenge& challenge) {
  std::string_view authority = challenge.find("authorization");
  if (authority.empty()) authority = challenge.find("authorization_uri");
  const auto url = secure_url(authority);
  if (!url || url->path_and_query.empty()) return {};
  const std::string tenant = url->path_and_query.substr(1, url->path_and_query.find('/', 1) - 1);
  return is_word(tenant) ? tenant : std::string();
}

}  // namespace scoped::store
