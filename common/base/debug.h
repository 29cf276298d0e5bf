// What a program does, told line by line to whoever asked for it ($SCOPED_DEBUG). Whoever has something to
// say takes a Say and calls it only where it is not empty, so that no text is made for nobody. A line holds
// no secret: what a client sent goes through redacted_key() first. Nothing here prints: the program owns the
// descriptor and writes to it. No thread rule.
#pragma once

#include "common/base/env.h"
#include "common/base/handle.h"
#include "common/base/result.h"

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace scoped {

using Say = std::function<void(const std::string& line)>;

// Where $SCOPED_DEBUG sends the lines: "1" is standard error, "/file" is appended to (made with 0600 where it
// is missing). An invalid Fd where it is unset or anything else. The file must be a regular one of ours with
// one name, and no symbolic link; root walks there through folders of root's that nobody else may write,
// since sudo -E hands down another user's variable. Blocking. Error: one line that names the file.
Result<Fd> open_debug(const Environment& environment);

// "PROGRAM[PID] +12.3ms TEXT" and a newline; control characters become '?', so that a text is one line.
std::string debug_line(std::string_view program, pid_t pid, std::chrono::microseconds since_start,
                       std::string_view text);

// A client's key as it may be shown: "https://host:443/team/app". What is allowed is a host, which has a dot
// or a port, and a repository's name, without a long run of letters and digits. The rest is "(cut)": user
// information, queries, other texts. Lines that follow the first are not shown at all.
std::string redacted_key(std::string_view key);

}  // namespace scoped
