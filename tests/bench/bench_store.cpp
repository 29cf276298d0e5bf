// Makes a sealed_file store with one record in it, so that scoped-fetch can be measured without a registry,
// or with many, so that the agent can. The passwords are of no use to anybody.
#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/store/sealed_file.h"

#include <stdio.h>
#include <stdlib.h>

#include <optional>

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

// With a count the tokens are TOKEN-0, TOKEN-1 ...
struct Wanted {
  std::string host, token;
  std::optional<int> count;
  Instant created_at;
};

Result<> make_store(const std::string& folder, const Wanted& wanted) {
  SystemRandom random;
  const store::SealedFileOptions options{folder, folder + ".key"};
  TRY(store::init_sealed_file(options, random));
  const auto store = TRY(store::open_sealed_file(options, random));
  for (int i = 0; i < wanted.count.value_or(1); ++i) {
    const std::string token = wanted.count ? wanted.token + "-" + std::to_string(i) : wanted.token;
    const record::Record record = make_record(wanted.host, token, random, wanted.created_at);
    TRY(store->save(record.name(), record, {}));
  }
  return {};
}

}  // namespace
}  // namespace scoped::bench

int main(int argc, char** argv) {
  if (argc != 4 && argc != 6) {
    fputs("usage: bench_store FOLDER HOST TOKEN [COUNT CREATED_AT]   (the key becomes FOLDER.key)\n", stderr);
    return 2;
  }
  scoped::bench::Wanted wanted{argv[2], argv[3], {}, scoped::RealClock().now()};
  if (argc == 6) {
    wanted.count = atoi(argv[4]);
    const auto created_at = scoped::parse_rfc3339(argv[5]);
    if (!created_at) {
      fprintf(stderr, "bench_store: '%s' is no time\n", argv[5]);
      return 2;
    }
    wanted.created_at = *created_at;
  }
  const auto made = scoped::bench::make_store(argv[1], wanted);
  if (made) return 0;
  fprintf(stderr, "bench_store: %s\n", made.error().line().c_str());
  return 1;
}
