// The program in which a person's vault client keeps its token: named by `token_helper` in ~/.bao or ~/.vault
// ($BAO_CONFIG_PATH and $VAULT_CONFIG_PATH name another file), called with "get", it prints the token
// (https://openbao.org/docs/commands/token-helper/). For a user's own identities alone.
#pragma once

#include "common/base/env.h"
#include "common/base/result.h"
#include "common/base/secret.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace scoped::identity {

// The path that such a file names; nothing where it names none. invalid_input: anything but comments and one
// `token_helper = "/absolute/path"`; the error names the line and quotes nothing. Pure.
Result<std::optional<std::string>> parse_token_helper(std::string_view text);

// The program of this user; nothing where no file names one. denied: others may write the file.
Result<std::optional<std::string>> find_token_helper(const Environment& environment);

// Runs it with "get"; what it prints is a token, or nothing at all: not_found. unavailable: it cannot be
// started, fails, or takes longer than `limit`. Its own messages are thrown away.
Result<Secret> ask_token_helper(const std::string& program, std::chrono::milliseconds limit);

}  // namespace scoped::identity
