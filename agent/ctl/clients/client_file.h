// The settings files of the registries' clients that name a credential helper: where each is, and what to
// change in it. One row a client, one file a row. What is not ours in such a file stays as it is, to the
// byte.
#pragma once

#include "agent/ctl/clients/splice.h"
#include "common/base/env.h"
#include "common/base/result.h"

#include <sys/types.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace scoped::ctl {

// "scoped", or "scoped-PROFILE", for one registry.
struct Wanted {
  std::string host;
  std::string helper = "scoped";
  bool replace = false;              // another helper gives way
  std::string repository = {};       // for this one alone; empty: for the whole registry
  bool reads_secretservice = false;  // our helper answers for the logins of Docker's helper of that name
};

struct Where {
  const Environment& environment;
  bool system = false;  // of the system, else of the user
  const Wanted& wanted;
  std::function<bool(const std::string&)> exists;  // looks at the disk
};

struct ClientFile {
  std::string_view name;  // of the client, for --client
  std::string_view doc;
  // invalid_input: it has none there.
  Result<std::string> (*path)(const Where& where);
  mode_t mode = 0600;          // of a new one
  bool by_repository = false;  // has a file for each repository; the others have one for all
  bool for_all = false;        // one helper for every registry: only where that is asked for
  // The change that makes the client ask the helper; nothing where it does. An absent file is an empty text.
  // conflict: another helper stands there; invalid_input: the text is not what the client would read.
  Result<std::optional<Splice>> (*add)(std::string_view text, const Wanted& wanted);
  // The change that takes it out again, whoever wrote the file since; nothing where it is not there.
  Result<std::optional<Splice>> (*remove)(std::string_view text, const Wanted& wanted);
};

std::span<const ClientFile> client_files();
// REQUIRES: a name of the table.
const ClientFile& client_file(std::string_view name);

namespace rows {
extern const ClientFile docker_file, docker_store_file, buildx_file, containers_file;
}

}  // namespace scoped::ctl
