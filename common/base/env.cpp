#include "common/base/env.h"

#include <stdlib.h>
#include <unistd.h>

namespace scoped {

std::optional<std::string> RealEnvironment::get(const char* name) const {
  const char* value = secure_getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

bool RealEnvironment::is_set(const char* name) const { return secure_getenv(name) != nullptr; }
uid_t RealEnvironment::uid() const { return geteuid(); }
gid_t RealEnvironment::gid() const { return getegid(); }

bool FixedEnvironment::is_set(const char* name) const { return values_.contains(name); }
std::optional<std::string> FixedEnvironment::get(const char* name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

}  // namespace scoped
