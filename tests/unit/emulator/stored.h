// A folder as Distribution leaves it, and bearers for what is in it.
#pragma once

#include "tests/emulator/access_tokens.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/emulator/world.h"

#include <filesystem>

namespace scoped::emulator_test {

namespace fs = std::filesystem;

class Stored {
 public:
  std::string add(const std::string& repository, const std::string& manifest) {
    const std::string hex = crypto::hex(crypto::sha256(manifest));
    put("blobs/sha256/" + hex.substr(0, 2) + "/" + hex + "/data", manifest);
    put("repositories/" + repository + "/_manifests/revisions/sha256/" + hex + "/link", "sha256:" + hex);
    fs::create_directories(root() + "repositories/" + repository + "/_layers");
    return "sha256:" + hex;
  }
  void tag(const std::string& repository, const std::string& name, const std::string& digest) {
    const std::string folder = "repositories/" + repository + "/_manifests/tags/" + name;
    put(folder + "/index/sha256/" + digest.substr(7) + "/link", digest);
    put(folder + "/current/link", digest);
  }
  void forget(const std::string& repository, const std::string& digest) {
    fs::remove(root() + "repositories/" + repository + "/_manifests/revisions/sha256/" + digest.substr(7) +
               "/link");
  }
  const std::string& folder() const { return folder_.path(); }

 private:
  std::string root() const { return folder_.path() + "/docker/registry/v2/"; }
  void put(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(root() + path).parent_path());
    scoped::test::spill(root() + path, text);
  }
  scoped::test::TemporaryFolder folder_;
};

inline const char* const kImage =
    R"({"schemaVersion":2,"config":{"mediaType":"c/json","size":10,"digest":"sha256:00"},"layers":[{"size":30}]})";

inline std::string bearer(World& w, const std::string& name, const std::string& action,
                          const std::string& type = "repository") {
  return "Bearer " + make_access_token(keys().signer, {"node-blue", "localhost:2", {{type, name, {action}}}},
                                       w.clock.now(), "id")
                         .value();
}

}  // namespace scoped::emulator_test
