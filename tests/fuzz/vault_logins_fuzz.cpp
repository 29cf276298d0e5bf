// links: identity
// Whatever a vault answers to a login, or stands in the settings file of its client: reading it ends, a token
// has visible characters only, and no error quotes what was read.
#include "common/identity/vault_login.h"
#include "common/identity/vault_token_helper.h"
#include "common/identity/vault_wrapping.h"

#include <algorithm>

using namespace scoped;
using namespace scoped::identity;

namespace {

bool is_plain(const Secret& token) {
  const std::string_view text = token.reveal();
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (int status : {200, 400, 403, 404, 429, 503}) {
    net::Response answer;
    answer.status = status;
    answer.body = Secret(body);
    const auto lease = read_lease(answer, "POST x");
    CHECK_INVARIANT(!lease || (status == 200 && is_plain(lease->token) && lease->lifetime->count() >= 0));
    CHECK_INVARIANT(lease || lease.error().line().size() < 200);
  }
  net::Response found;
  found.status = 200;
  found.body = Secret(body);
  const auto life = read_lookup(found);
  CHECK_INVARIANT(!life || life->token.empty());
  const auto secret = read_secret_id(found.body);
  CHECK_INVARIANT(!secret || is_plain(*secret));
  (void)read_creation_path(found.body);
  const auto token = plain_token(Secret(body));
  CHECK_INVARIANT(!token || is_plain(*token));
  const auto helper = parse_token_helper(body);
  CHECK_INVARIANT(!helper || !*helper || (*helper)->starts_with('/'));
  CHECK_INVARIANT(helper || helper.error().line().size() < 100);
  return 0;
}
