// links: store
// Whatever a vault, or a proxy before it, answers: reading it ends; a live document is a map and not empty,
// with a version; what is not live holds nothing; and no error quotes the answer.
#include "common/json/value.h"
#include "common/store/vault_answers.h"
#include "common/store/vault_flaws.h"
#include "common/store/vault_variables.h"

#include <algorithm>

using namespace scoped;
using namespace scoped::store;

namespace {

template <typename T>
void check_error(const Result<T>& read) {
  if (read) return;
  CHECK_INVARIANT(read.error().code() == ErrorCode::unavailable);
  CHECK_INVARIANT(read.error().line().starts_with("that is no answer of a vault: "));
  CHECK_INVARIANT(read.error().line().size() < 100);
}

void check(const Result<VaultDocument>& document) {
  check_error(document);
  if (!document) return;
  CHECK_INVARIANT(document->version >= 1);
  CHECK_INVARIANT(document->is_live != document->data.empty());
  if (!document->is_live) return;
  const auto data = json::parse(document->data.reveal(), {.bytes = 64 << 20});
  CHECK_INVARIANT(data && data->object() != nullptr && !data->object()->empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  check(parse_vault_document(body));
  const auto written = parse_vault_written(body);
  check(written);
  CHECK_INVARIANT(!written || !written->is_live);
  check_error(parse_vault_map(body));
  check_error(parse_vault_keys(body));
  check_error(parse_deletes_versions(body));
  const auto mount = parse_vault_mount(body);
  check_error(mount);
  CHECK_INVARIANT(!mount || mount->version == 1 || mount->version == 2);
  check_error(flaws_of_settings("secret/metadata/x", body));
  const std::vector<VaultNeed> needs = {{"secret/data/x", {"read"}, "to pull"}};
  check_error(flaws_of_capabilities(needs, body));
  const auto duration = parse_vault_duration(body);
  CHECK_INVARIANT(!duration || (duration->count() >= 0 && *duration <= std::chrono::hours(24)));
  const auto proxy = parse_vault_proxy(body);
  CHECK_INVARIANT(!proxy || (proxy->proxy.size() <= body.size() + 8 && !proxy->proxy.ends_with(':')));
  CHECK_INVARIANT(proxy || proxy.error().line() == "http://HOST:PORT is expected, or https:// or socks5://");
  const auto pace = parse_vault_rate(body);
  CHECK_INVARIANT(!pace || (*pace)->next_turn(BootInstant()) == Ticks(0));
  const auto read = read_vault_variables(FixedEnvironment({{"VAULT_HEADERS", std::string(body)}}));
  CHECK_INVARIANT(!read || std::all_of(read->headers.begin(), read->headers.end(), [](const auto& each) {
    return net::is_header_name(each.first) && net::is_header_value(each.second.reveal());
  }));
  // Success and redirects are told by the status alone; nothing that a body says makes one of a failure.
  for (int status : {200, 204}) CHECK_INVARIANT(refusal_of(status, body) == Refusal::none);
  CHECK_INVARIANT(refusal_of(307, body) == Refusal::redirect);
  for (int status : {400, 403, 404, 412, 429, 500, 503}) {
    const Refusal refusal = refusal_of(status, body);
    CHECK_INVARIANT(refusal != Refusal::none && refusal != Refusal::redirect &&
                    refusal != Refusal::dead_token);
    CHECK_INVARIANT(refusal != Refusal::missing || status == 404);
  }
  return 0;
}
