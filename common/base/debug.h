// What a program does, told line by line to whoever asked for it ($SCOPED_DEBUG). Whoever has something to
// say takes a Say and calls it only where it is not empty, so that no text is made for nobody. A line holds
// no secret: keys and whatever came from outside go through redacted(). Where the lines go is the program's
// business. Pure; no thread rule.
#pragma once

#include <functional>
#include <string>

namespace scoped {

using Say = std::function<void(const std::string& line)>;

}  // namespace scoped
