// buildx's own files beside Docker's: a config.json for each repository, which it reads instead of Docker's
// when a build asks for that repository alone (buildx 0.31 and later;
// reference/credential-helper-protocol.md 2.5). What stands in one is what would stand in Docker's.
#include "agent/ctl/clients/client_file.h"

namespace scoped::ctl {
namespace {

Result<std::string> folder_of_buildx(const Environment& environment) {
  if (const auto folder = environment.get("BUILDX_CONFIG")) return *folder;
  if (const auto folder = environment.get("DOCKER_CONFIG")) return *folder + "/buildx";
  if (const auto home = environment.get("HOME")) return *home + "/.docker/buildx";
  return fail(ErrorCode::invalid_input, "$HOME is not set, and neither $BUILDX_CONFIG nor $DOCKER_CONFIG");
}

Result<std::string> find_path(const Where& where) {
  if (where.system)
    return fail(ErrorCode::invalid_input,
                "buildx has no settings files for all users: each runs 'scopedctl configure'");
  const std::string below = where.wanted.repository.empty() ? "" : "/" + where.wanted.repository;
  return TRY(folder_of_buildx(where.environment)) + "/config/" + where.wanted.host + below + "/config.json";
}

}  // namespace

const ClientFile rows::buildx_file = {
    .name = "buildx",
    .doc = "buildx's config.json for one repository ('--repository'), which it reads instead of Docker's.",
    .path = &find_path,
    .mode = 0600,
    .by_repository = true,
    .add = rows::docker_file.add,
    .remove = rows::docker_file.remove,
};

}  // namespace scoped::ctl
