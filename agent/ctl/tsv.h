// A document as lines of tab-separated cells, for shells: one line an object, its members as columns. Pure.
#pragma once

#include "common/json/value.h"

#include <string>

namespace scoped::ctl {

// Where the document's first list of objects is, each of them is a line; else the document is the one line.
// Members of members are columns too, lists of texts one column with commas, what is missing is empty. Tabs,
// line ends and other control characters in a text become '?'.
std::string tsv_of(const json::Value& document);

}  // namespace scoped::ctl
