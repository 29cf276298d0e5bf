// The environment as an argument: variables and who we are. Real reads use secure_getenv. Thread-safe to
// read.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace scoped {

class Environment {
 public:
  virtual ~Environment() = default;
  // The value, or nothing where it is unset. An empty value is reported as unset.
  virtual std::optional<std::string> get(const char* name) const = 0;
  // Set, even to nothing.
  virtual bool is_set(const char* name) const = 0;
  virtual uid_t uid() const = 0;  // effective
  virtual gid_t gid() const = 0;
};

class RealEnvironment final : public Environment {
 public:
  std::optional<std::string> get(const char* name) const override;
  bool is_set(const char* name) const override;
  uid_t uid() const override;
  gid_t gid() const override;
};

class FixedEnvironment final : public Environment {  // for tests and for `explain`
 public:
  explicit FixedEnvironment(std::map<std::string, std::string> values, uid_t uid = 1000, gid_t gid = 1000)
      : values_(std::move(values)), uid_(uid), gid_(gid) {}
  std::optional<std::string> get(const char* name) const override;
  bool is_set(const char* name) const override;
  uid_t uid() const override { return uid_; }
  gid_t gid() const override { return gid_; }

 private:
  std::map<std::string, std::string> values_;
  uid_t uid_;
  gid_t gid_;
};

}  // namespace scoped
