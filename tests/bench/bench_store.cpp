// Makes a sealed_file store with one record in it, so that scoped-fetch can be measured without a registry.
// The password is of no use to anybody.
#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/store/sealed_file.h"

#include <stdio.h>

namespace scoped::bench {
namespace {

record::Record make_record(const std::string& host, const std::string& token, Random& random, Instant now) {
  record::Record record;
  record.registry = host;
  record.token = token;
  record.generation = 1;
  record.promoted_at = now;
  record::Password password;
  password.username = token;
  password.slot = record::kPassword1;
  password.password = Secret(random.hex(26));
  password.created_at = now;
  password.expires_at = now + std::chrono::hours(24 * 90);
  password.offline = std::chrono::hours(24);
  record.current = std::move(password);
  return record;
}

Result<> make_store(const std::string& folder, const std::string& host, const std::string& token) {
  SystemRandom random;
  const store::SealedFileOptions options{folder, folder + ".key"};
  TRY(store::init_sealed_file(options, random));
  const auto store = TRY(store::open_sealed_file(options, random));
  const record::Record record = make_record(host, token, random, RealClock().now());
  TRY(store->save(record.name(), record, {}));
  return {};
}

}  // namespace
}  // namespace scoped::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    fputs("usage: bench_store FOLDER HOST TOKEN    (the key becomes FOLDER.key)\n", stderr);
    return 2;
  }
  const auto made = scoped::bench::make_store(argv[1], argv[2], argv[3]);
  if (made) return 0;
  fprintf(stderr, "bench_store: %s\n", made.error().line().c_str());
  return 1;
}
