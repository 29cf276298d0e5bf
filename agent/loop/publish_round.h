// One round of one publisher: reads the token's record, brings every consumer to its password, and writes
// into the record that they have it where that is one word for all agents. Blocks; one thread at a time for
// one publisher.
#pragma once

#include "agent/publish/publisher.h"
#include "common/store/record_store.h"

#include <optional>
#include <string>
#include <vector>

namespace scoped::loop {

struct PublishRound {
  int64_t generation = 0;  // that was published; 0: the token has no password yet
  std::vector<publish::Consumer> consumers;
  // Why it is not known who has it, or why that could not be written down; absent: the consumers say.
  std::optional<Error> error;

  // Everybody has this generation, and it is written down where it must be.
  bool is_confirmed() const;
  // The first problem, the round's or a consumer's; null: none.
  const Error* problem() const;
};

struct PublishWork {
  const config::Typed& settings;
  publish::Publisher& publisher;
  store::RecordStore& store;
};
PublishRound publish_round(const PublishWork& work);

}  // namespace scoped::loop
