#include "common/base/env.h"

#include <stdlib.h>
#include <unistd.h>

namespace scoped {

std::optional<std::string> RealEnvironment::get(const char* name) const {
  const char* value = secure_getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

uid_t RealEnvironment::uid() const { return geteuid(); }
gid_t RealEnvironment::gid() const { return getegid(); }

std::optional<std::string> FixedEnvironment::get(const char* name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

}  // namespace scoped
