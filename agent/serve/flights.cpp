#include "agent/serve/flights.h"

namespace scoped::serve {
namespace {

// Longer than any request waits for a store.
constexpr std::chrono::seconds kPatience{20};

}  // namespace

void Flights::join(const record::RecordName& name, Waiter waiter) {
  if (copies_ == nullptr) return;
  const auto [entry, is_new] = flights_.try_emplace(name);
  Flight& flight = entry->second;
  if (waiter) flight.waiting.push_back(std::move(waiter));
  if (is_new || now_() - flight.began >= kPatience) begin(name, flight);
}

void Flights::begin(const record::RecordName& name, Flight& flight) {
  flight.number = ++last_number_;
  flight.began = now_();
  load_(name, [flights = weak_from_this(), name, number = flight.number](Loaded loaded) {
    if (const auto self = flights.lock()) self->land(name, number, loaded);
  });
}

void Flights::land(const record::RecordName& name, uint64_t number, const Loaded& loaded) {
  if (copies_ == nullptr) return;
  copies_->take(name, loaded.result, loaded.read_at, loaded.read_at_boot);
  const auto flight = flights_.find(name);
  if (flight == flights_.end()) return;
  // A failure of one that was given up says nothing about the one that is under way.
  if (flight->second.number != number && loaded.result.state != store::LoadState::found) return;
  // Taken out first: a waiter may ask for the same record again.
  const auto landed = flights_.extract(flight);
  for (const Waiter& waiter : landed.mapped().waiting) waiter(loaded.result);
}

void Flights::cancel() {
  copies_ = nullptr;
  flights_.clear();
}

}  // namespace scoped::serve
