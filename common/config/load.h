// From files to a Config: find, read, parse, merge, validate. All problems are reported at once.
#pragma once

#include "common/base/env.h"
#include "common/base/secret.h"
#include "common/config/config.h"
#include "common/config/setting.h"

#include <optional>
#include <string>
#include <vector>

namespace scoped::config {

// Which files count (DESIGN section 10): an explicit --config or $SCOPED_CONFIG alone; else the system's
// /etc/scoped/config.json and config.d/*.json in byte order, then the user's $XDG_CONFIG_HOME/scoped (or
// ~/.config/scoped) likewise. A file that its group or others may write is refused. For uid 0 every file, and
// every folder on its way, must be root's; a user's file that is not is passed over, since sudo -E keeps
// HOME; so is for anybody else one that may not be read because HOME is another user's.
struct Selection {
  std::optional<std::string> explicit_file = {};  // --config
  bool system_only = false;                       // the agent of the system
  bool user_only = false;                         // the agent of a user
};

// Exactly one of the two is filled; no file at all is a Config without registries. Problems stand in the
// order in which the files were read, then by line.
struct Loaded {
  std::optional<Config> config;
  std::vector<Problem> problems;
};

Loaded load_config(const Selection& selection, const Environment& environment, const Catalog& catalog);

// The pure part, for tests and fuzzing: texts already read. With several, later ones add objects.
struct Text {
  std::string file;
  std::string text;
  bool system = false;
};
Loaded parse_config(const std::vector<Text>& texts, const Environment& environment, const Catalog& catalog);

// The built-in defaults that a registry's and a token's `rotation` inherit from.
Rotation default_rotation();

// Reads a secret from its source: a private file, $CREDENTIALS_DIRECTORY/NAME (for root without one
// /etc/credstore/NAME) or a variable. One trailing newline is dropped. not_found, denied or invalid_input
// (nothing in it); the error names the source, never the text.
Result<Secret> read_secret(const SecretSource& source, const Environment& environment);

}  // namespace scoped::config
