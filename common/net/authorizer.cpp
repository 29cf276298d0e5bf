#include "common/net/authorizer.h"

namespace scoped::net {

std::string Site::key() const {
  std::string text = address + "\n" + ca_file + "\n" + scope;
  for (const auto& [name, value] : headers) text.append("\n").append(name).append(":").append(value);
  return text;
}

}  // namespace scoped::net
