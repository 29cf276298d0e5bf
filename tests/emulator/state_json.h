// The state file: the contents of the registry as one JSON document that a person can read. Passwords are in
// it as SHA-256 only; the secret of the application that may log in is in it as it is, since the emulator
// prints it anyway. Pure.
#pragma once

#include "tests/emulator/model.h"

#include <string>
#include <string_view>

namespace scoped::emulator {

std::string write_state(const Contents& contents);
// corrupt: it is no such document; the line names the member.
Result<Contents> read_state(std::string_view text);

}  // namespace scoped::emulator
