// Private modules: code that only some runs need, with the libraries that it brings. They are opened from the
// program's own folder, so that a build tree never meets an installed version's, or else from the compiled-in
// one, and from nowhere else. Thread-safe.
#pragma once

#include "common/base/result.h"

#include <string>

namespace scoped {

// The address of a symbol of a module, e.g. "scoped-curl.so"; the module stays loaded to the end of the
// process, since the libraries in it cannot be unloaded cleanly. internal: it is missing or damaged; names
// the file.
Result<void*> find_in_module(const std::string& file, const std::string& libexec, const char* symbol);

}  // namespace scoped
