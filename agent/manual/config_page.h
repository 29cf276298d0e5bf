// The manual page of the configuration, scoped-config(5), made from the rows that the parser reads by, so
// that no setting can be missing from it. Pure.
#pragma once

#include <string>

namespace scoped::manual {

// The page in the man macros of roff.
std::string config_page(const std::string& version);

// A text as roff prints it: backslashes and hyphens escaped, a control character at the start of a line
// disarmed.
std::string roff_text(const std::string& text);

}  // namespace scoped::manual
