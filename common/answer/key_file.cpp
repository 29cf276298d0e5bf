#include "common/answer/key_file.h"

#include "common/crypto/seal.h"

namespace scoped::answer {
namespace {

constexpr const char* kKeyFile = "key";
constexpr const char* kLockFile = "key.lock";
constexpr size_t kLargestKeyFile = 4096;

}  // namespace

Result<Secret> read_key(const PrivateFolder& folder) {
  const Secret text = TRY(folder.read(kKeyFile, kLargestKeyFile));
  return TRY_WITH(crypto::parse_key(text), "key file '" + folder.path_of(kKeyFile) + "'");
}

Result<Secret> obtain_key(const PrivateFolder& folder, Random& random) {
  if (folder.has(kKeyFile)) return read_key(folder);
  const FileLock held = TRY(folder.lock(kLockFile));
  if (!folder.has(kKeyFile) && !folder.has(kLoginsDocument)) {
    const Secret text = crypto::make_key(random);
    TRY(folder.replace(kKeyFile, text.reveal()));
  }
  return read_key(folder);
}

}  // namespace scoped::answer
