// One load at a time for each record, however many requests wait for it. What it brings goes into the copies
// before anybody is told. Lives in the io_context's thread.
#pragma once

#include "common/answer/copies.h"

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

  Flights(answer::Copies& copies, Loader load) : copies_(&copies), load_(std::move(load)) {}

  // Starts a load unless one is under way. The waiter may be called before this returns; an empty one waits
  // for nothing.
  void join(const record::RecordName& name, Waiter waiter);
  // Nobody is told any more, and the copies are left alone.
  void cancel();

 private:
  void land(const record::RecordName& name, const Loaded& loaded);

  answer::Copies* copies_;  // null after cancel()
  Loader load_;
  std::map<record::RecordName, std::vector<Waiter>> waiting_;
};

}  // namespace scoped::serve
