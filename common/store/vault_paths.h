// Where a record stands in a KV mount, as the path of a URL. Pure.
#pragma once

#include "common/base/result.h"
#include "common/record/names.h"

#include <string>
#include <string_view>

namespace scoped::store {

class VaultPaths {
 public:
  // Slashes at both ends are dropped; `prefix` may be empty. invalid_input: an empty part between two
  // slashes,
  // "." or "..", or anything but visible ASCII.
  static Result<VaultPaths> make(std::string_view mount, std::string_view prefix);

  // "MOUNT/data/PREFIX/REGISTRY/TOKEN" for area "data"; without an area as KV version 1 has it. The names are
  // escaped by record::escape_component first, so that none leaves its folder, and then for the URL.
  std::string of(std::string_view area, const record::RecordName& name) const;
  std::string folder(std::string_view area, std::string_view registry = {}) const;  // ends in '/'

  const std::string& mount() const { return mount_; }    // escaped for the URL
  const std::string& prefix() const { return prefix_; }  // the same, and empty or ending in '/'

 private:
  std::string mount_;
  std::string prefix_;
};

}  // namespace scoped::store
