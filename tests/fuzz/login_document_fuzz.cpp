// links: publish
// A settings file of somebody else's: what is put into it is there afterwards, and nothing else has changed.
#include "agent/publish/login_document.h"
#include "common/json/value.h"

#include <stdint.h>
#include <stdlib.h>

namespace {

using namespace scoped;

// The document without the login, members in their order.
std::string without_login(std::string_view text) {
  json::Value document = json::parse(text).value();
  json::Value* auths = document.object()->find("auths");
  auths->object()->erase("r.io");
  if (auths->object()->empty()) document.object()->erase("auths");
  return json::dump(document);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view before(reinterpret_cast<const char*>(data), size);
  const publish::Login login{{"r.io", "blue"}, 1, "blue", Secret("secret")};
  const auto changed = publish::put_login(before, login);
  if (!changed || !*changed) return 0;
  const std::string_view after = (*changed)->reveal();
  const auto again = publish::put_login(after, login);
  if (!again || *again) abort();
  if (before.find_first_not_of(" \t\r\n") == std::string_view::npos) return 0;
  // Put into the document as it was, it is the same as put into what is left of it.
  json::Value kept = json::parse(before).value();
  json::Value* auths = kept.object()->find("auths");
  if (auths != nullptr) auths->object()->erase("r.io");
  if (auths != nullptr && auths->object()->empty()) kept.object()->erase("auths");
  if (json::dump(kept) != without_login(after)) abort();
  return 0;
}
