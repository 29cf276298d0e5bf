// Finding and reading configuration files. Blocking; no state.
#pragma once

#include "common/base/env.h"
#include "common/base/result.h"
#include "common/config/load.h"

#include <optional>
#include <string>
#include <vector>

namespace scoped::config {

struct FileToRead {
  std::string path;
  bool system = false;
  bool required = false;  // it was named: absent is an error
  std::string problem;    // not empty: why it, or the folder of that name, cannot be read
};

// In the order in which they count.
std::vector<FileToRead> find_files(const Selection& selection, const Environment& environment);

// Nothing: it is not there, or it is passed over (see Selection). The error does not repeat the path.
Result<std::optional<std::string>> read_config_file(const FileToRead& file, const Environment& environment);

}  // namespace scoped::config
