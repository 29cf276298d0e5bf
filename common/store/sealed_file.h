// The embedded default store: one file per record, sealed under a key file, local compare-and-set by flock.
// Layout of the folder: store.json (key id and key source, written by init alone), REGISTRY/TOKEN.rec,
// REGISTRY/TOKEN.lock. It protects backups and stray copies, not against root or the same uid, and cannot
// notice roll-back.
#pragma once

#include "common/base/random.h"
#include "common/store/record_store.h"

#include <memory>
#include <string>

namespace scoped::store {

struct SealedFileOptions {
  std::string folder;
  std::string key_file;  // 0600, outside the folder; where root makes it, its owner is the folder's
};

// Makes the folder (0700), the key file if it is not there (0600, O_EXCL) and store.json. False: it was
// initialised already, with this key. corrupt: it is initialised with another key, or holds records whose key
// is gone. invalid_input: the key would be inside the folder.
Result<bool> init_sealed_file(const SealedFileOptions& options, Random& random);

// not_found: not initialised ("run 'scopedctl init'"); denied: the key or the folder cannot be read, or the
// key file is missing; corrupt: the key is not the one that store.json names, or either is damaged. Never
// makes a key. `random` must outlive the store.
Result<std::unique_ptr<RecordStore>> open_sealed_file(const SealedFileOptions& options, Random& random);

}  // namespace scoped::store
