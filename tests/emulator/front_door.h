// The data plane: CNCF Distribution, which stores and enforces, behind nginx, which is the one host and port
// that clients see. Here are their configurations (pure texts) and how they are started.
#pragma once

#include "common/base/env.h"
#include "common/base/handle.h"
#include "common/base/random.h"
#include "common/base/result.h"
#include "tests/emulator/processes.h"

#include <string>

namespace scoped::emulator {

struct DoorPaths {
  std::string storage;      // folder that is kept: images, logs, configurations
  std::string run;          // folder of this run: sockets, keys, nginx's temporary files
  std::string authority;    // certificate file
  std::string certificate;  // of the server
  std::string key;

  std::string distribution_socket() const { return run + "/registry.sock"; }
  std::string events_pipe() const { return run + "/events"; }
  std::string emulator_socket() const { return run + "/emulator.sock"; }
  std::string access_log() const { return storage + "/access.log"; }
  std::string images() const { return storage.empty() ? std::string() : storage + "/images"; }
};

// `address` is what nginx listens on, the inherited socket's: "127.0.0.1:443". As root its worker has to stay
// root, or it could not enter our folders.
std::string nginx_configuration(const DoorPaths& paths, const std::string& address, bool as_root);
// JSON, which is YAML. `login_server` is host and, unless it is 443, port.
std::string distribution_configuration(const DoorPaths& paths, const std::string& login_server,
                                       const std::string& secret);

// Starts both; `door` is the listening socket of `login_server`. They are not ready yet.
Result<> start_front_door(Children& children, const DoorPaths& paths, const Fd& door,
                          const std::string& login_server, const Environment& environment, Random& random);

}  // namespace scoped::emulator
