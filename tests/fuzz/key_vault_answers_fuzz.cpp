// links: store net identity
// Whatever a Key Vault, a host of managed identities, or a proxy before them, answers: reading it ends; names
// and versions fit into a path; a bearer is asked for only what the vault's own domain covers; and no error
// quotes the answer.
#include "common/identity/managed_sources.h"
#include "common/net/challenge.h"
#include "common/store/key_vault_answers.h"
#include "common/store/key_vault_names.h"

#include <algorithm>

using namespace scoped;
using namespace scoped::store;

namespace {

bool is_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

void check_secret(const KeyVaultSecret& secret) {
  CHECK_INVARIANT(!secret.name.empty() && is_word(secret.name) && secret.name.size() <= 128);
  CHECK_INVARIANT(is_word(secret.version) && secret.version.size() <= 128);
  if (const auto name = tagged_name(secret.provider_address))
    CHECK_INVARIANT(name->display() == secret.provider_address);
}

template <typename T>
void check_error(const Result<T>& read) {
  if (read) return;
  CHECK_INVARIANT(read.error().code() == ErrorCode::unavailable);
  CHECK_INVARIANT(read.error().line().starts_with("that is no answer of a Key Vault: "));
  CHECK_INVARIANT(read.error().line().size() < 100);
}

void check_challenge(std::string_view text) {
  const auto challenge = net::parse_bearer_challenge(text);
  if (!challenge) return;
  CHECK_INVARIANT(is_word(challenged_tenant(*challenge)));
  const auto scope = challenged_scope(*challenge, "corp.vault.azure.net");
  if (!scope) return;
  const auto url = net::parse_url(*scope);
  CHECK_INVARIANT(url && url->scheme == "https");
  CHECK_INVARIANT(url->host == "corp.vault.azure.net" || url->host == "vault.azure.net" ||
                  url->host == "azure.net");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto secret = parse_key_vault_secret(body);
  check_error(secret);
  if (secret) check_secret(*secret);
  const auto page = parse_key_vault_page(body);
  check_error(page);
  if (page)
    for (const KeyVaultSecret& each : page->items) check_secret(each);
  CHECK_INVARIANT(key_vault_refusal(200, body) == KeyVaultRefusal::none);
  for (const int status : {302, 400, 401, 403, 404, 409, 413, 429, 500, 503})
    CHECK_INVARIANT(key_vault_refusal(status, body) != KeyVaultRefusal::none);
  CHECK_INVARIANT(key_vault_refusal(503, body) == KeyVaultRefusal::unavailable);
  check_challenge(body);
  check_challenge("Bearer " + std::string(body));
  const std::string folder = "/var/opt/azcmagent/tokens";
  if (const auto file = identity::arc_key_file(body, folder))
    CHECK_INVARIANT(file->starts_with(folder + "/") && file->rfind('/') == folder.size());
  (void)identity::parse_app_service_time(body);
  return 0;
}
