// What the endpoints of /acr/v1 share: what stands before them, and how one object is shown.
#pragma once

#include "tests/emulator/images.h"
#include "tests/emulator/site.h"

#include <vector>

namespace scoped::emulator {

// The first capture of the route is the repository.
using RepositoryHandler = Outcome<Answer> (*)(Turn&, const Images&, const std::vector<StoredManifest>&);

// Lets `handle` answer if the repository has a proper name and exists and the bearer has the right to
// `action`, a word of Docker's ("metadata_read").
Outcome<Answer> with_repository(Turn& turn, const char* action, RepositoryHandler handle);

// 404 when there is no such tag or manifest; its name or digest is the second capture.
Outcome<Answer> show_repository(Turn& turn, const Images& images,
                                const std::vector<StoredManifest>& manifests);
Outcome<Answer> show_tag(Turn& turn, const Images& images, const std::vector<StoredManifest>&);
Outcome<Answer> show_manifest(Turn& turn, const Images&, const std::vector<StoredManifest>& manifests);

}  // namespace scoped::emulator
