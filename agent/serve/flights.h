// One load at a time for each record, however many requests wait for it, and whether a client or the
// revalidation ahead of time began it. What it brings goes into the copies before anybody is told. One that
// has not ended when nobody can wait for it any more is given up: the next request begins another, and what
// the old one still brings counts for whoever waits. Lives in the io_context's thread.
#pragma once

#include "common/answer/copies.h"

#include <stdint.h>

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace scoped::serve {

// A record that was loaded, and when.
struct Loaded {
  store::LoadResult result;
  Instant read_at{};
  BootInstant read_at_boot{};
};
// Runs elsewhere, calls `done` in the io_context's thread.
using Loader = std::function<void(const record::RecordName&, std::function<void(Loaded)> done)>;

// Shared by all listeners of an agent.
class Flights : public std::enable_shared_from_this<Flights> {
 public:
  using Waiter = std::function<void(const store::LoadResult&)>;

  using Now = std::function<BootInstant()>;

  Flights(answer::Copies& copies, Loader load, Now now)
      : copies_(&copies), load_(std::move(load)), now_(std::move(now)) {}

  // Starts a load unless one is under way. The waiter may be called before this returns; an empty one waits
  // for nothing.
  void join(const record::RecordName& name, Waiter waiter);
  // Nobody is told any more, and the copies are left alone.
  void cancel();

 private:
  struct Flight {
    uint64_t number = 0;
    BootInstant began{};
    std::vector<Waiter> waiting;
  };

  void begin(const record::RecordName& name, Flight& flight);
  void land(const record::RecordName& name, uint64_t number, const Loaded& loaded);

  answer::Copies* copies_;  // null after cancel()
  Loader load_;
  Now now_;
  uint64_t last_number_ = 0;
  std::map<record::RecordName, Flight> flights_;
};

}  // namespace scoped::serve
