#include "agent/serve/flights.h"

namespace scoped::serve {

void Flights::join(const record::RecordName& name, Waiter waiter) {
  if (copies_ == nullptr) return;
  const auto [flight, is_first] = waiting_.try_emplace(name);
  if (waiter) flight->second.push_back(std::move(waiter));
  if (!is_first) return;
  load_(name, [flights = weak_from_this(), name](Loaded loaded) {
    if (const auto self = flights.lock()) self->land(name, loaded);
  });
}

void Flights::land(const record::RecordName& name, const Loaded& loaded) {
  if (copies_ == nullptr) return;
  copies_->take(name, loaded.result, loaded.read_at, loaded.read_at_boot);
  // Taken out first: a waiter may ask for the same record again.
  const auto flight = waiting_.extract(name);
  if (flight.empty()) return;
  for (const Waiter& waiter : flight.mapped()) waiter(loaded.result);
}

void Flights::cancel() {
  copies_ = nullptr;
  waiting_.clear();
}

}  // namespace scoped::serve
