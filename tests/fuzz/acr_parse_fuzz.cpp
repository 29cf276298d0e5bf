// links: registry
// Whatever ARM answers: reading it ends, the slots of a token have unique plain names, a generated password
// is there and is that of the slot that was asked for.
#include "agent/registry/acr_names.h"
#include "agent/registry/acr_parse.h"

#include <set>

using namespace scoped;
using namespace scoped::registry;

namespace {

void check(const TokenState& token) {
  CHECK_INVARIANT(check_name("token", token.name).has_value());
  std::set<std::string> names;
  for (const SlotState& slot : token.slots) {
    CHECK_INVARIANT(check_name("slot", slot.name).has_value());
    CHECK_INVARIANT(names.insert(slot.name).second);
    CHECK_INVARIANT(token.slot(slot.name) == &slot);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (const auto token = parse_token(body)) {
    check(*token);
    (void)parse_provisioning(body);
  }
  if (const auto page = parse_token_page(body))
    for (const TokenState& token : page->items) check(token);
  (void)parse_scope_map(body);
  (void)parse_scope_map_page(body);
  (void)parse_operation(body);
  (void)has_access_token(body);
  for (const char* slot : {"password1", "password2"})
    if (const auto generated = parse_generated(body, slot)) {
      CHECK_INVARIANT(generated->slot == slot);
      CHECK_INVARIANT(!generated->password.empty() && !generated->username.empty());
    }
  const std::string code = parse_error_code(body);
  CHECK_INVARIANT(code.size() <= 64 && code.find_first_of(" '\"\n<") == std::string::npos);
  return 0;
}
