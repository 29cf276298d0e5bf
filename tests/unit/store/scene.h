// A sealed_file store in a folder of the test's own.
#pragma once

#include "common/base/file.h"
#include "common/base/random.h"
#include "common/store/sealed_file.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/store/contract.h"

#include <sys/stat.h>

namespace scoped::store::test {

struct SealedScene {
  scoped::test::TemporaryFolder folder;
  SystemRandom random;
  SealedFileOptions options{folder / "records", folder / "keys/key"};
  record::RecordName name{"r.azurecr.io", "ci-main"};

  explicit SealedScene(bool initialised = true) {
    if (initialised) REQUIRE(init_sealed_file(options, random).value());
  }

  std::unique_ptr<RecordStore> open() { return open_sealed_file(options, random).value(); }
  std::string file(const std::string& token = "ci-main") const {
    return options.folder + "/r.azurecr.io/" + token + ".rec";
  }
  // A store with one record, and the bytes of its file.
  std::string save_one() {
    REQUIRE(open()->save(name, sample(name), Revision()));
    return scoped::test::slurp(file());
  }
};

// "corrupt: why": a load that found nothing.
inline std::string said(RecordStore& store, const record::RecordName& name) {
  const LoadResult loaded = store.load(name);
  REQUIRE_FALSE(loaded.found);
  const std::string state(name_of(loaded.state));
  return loaded.why ? state + ": " + loaded.why->line() : state;
}

}  // namespace scoped::store::test
