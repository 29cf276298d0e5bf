#include "agent/registry/throttling.h"

namespace scoped::registry {

std::string throttled_as(const config::Typed& control) {
  const std::string id = control.text_or("resource_id", "");  // /subscriptions/ID/...
  const size_t name = id.find('/', 1);
  const size_t end = name == std::string::npos ? name : id.find('/', name + 1);
  std::string subscription = id.substr(0, end);
  for (char& c : subscription)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return control.text_or("endpoint", "") + "\n" + subscription + "\n" + control.text_or("identity", "");
}

}  // namespace scoped::registry
