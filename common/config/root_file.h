// Opening a file as root without being led astray: whoever can change a folder on the way, or a link in it,
// chooses the file that root would read. Blocking; no state.
#pragma once

#include "common/base/handle.h"
#include "common/base/result.h"

#include <string>

namespace scoped::config {

// Walks the path part by part, following only links of root's. denied: a folder or link belongs to somebody
// else; configuration: a folder of root's may be written by its group or others (unless it is sticky);
// not_found and others as open(2). The file itself is not checked: the caller looks at what was opened.
Result<Fd> open_for_root(const std::string& path);

}  // namespace scoped::config
