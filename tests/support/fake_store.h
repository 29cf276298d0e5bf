// A store in memory that does what it is told: each knob is one failure, and works once.
#pragma once

#include "common/store/record_store.h"

#include <functional>
#include <map>
#include <string>

namespace scoped::test {

class FakeStore final : public store::RecordStore {
 public:
  enum class SaveFault { none, unavailable, lost_answer };  // lost_answer: written, and said to be ambiguous

  SaveFault next_save = SaveFault::none;
  std::optional<store::LoadState> next_load;  // instead of what is there
  int stale_loads = 0;  // that many loads show the record as it was before the last save
  int saves = 0;
  store::CompareAndSet cas = store::CompareAndSet::native;  // what caps() says
  std::function<void()> after_save;                         // somebody else, at once

  store::LoadResult load(const record::RecordName& name) override {
    if (next_load) {
      const store::LoadState state = *next_load;
      next_load.reset();
      if (state == store::LoadState::absent) return store::LoadResult::absent();
      return store::LoadResult::failed(state,
                                       Error(ErrorCode::unavailable, "the fake store was told to fail"));
    }
    const bool stale = stale_loads > 0 && before_.contains(name);
    if (stale) --stale_loads;
    const auto& shown = stale ? before_ : records_;
    const auto found = shown.find(name);
    if (found == shown.end()) return store::LoadResult::absent();
    return store::LoadResult::of({found->second.record.clone(), found->second.revision});
  }

  Result<store::Revision> save(const record::RecordName& name, const record::Record& record,
                               const store::Revision& expected) override {
    const SaveFault fault = std::exchange(next_save, SaveFault::none);
    if (fault == SaveFault::unavailable) return fail(ErrorCode::unavailable, "no space left");
    const auto found = records_.find(name);
    if ((found == records_.end() ? store::Revision() : found->second.revision) != expected)
      return fail(ErrorCode::conflict, "somebody else was first");
    store::Found& kept = records_[name];
    if (!kept.revision.empty()) before_[name] = {kept.record.clone(), kept.revision};
    kept.record = record.clone();
    kept.revision = std::to_string(++saves);
    kept.record.write_id = kept.revision;
    if (after_save) after_save();
    if (fault == SaveFault::lost_answer) return fail(ErrorCode::ambiguous, "the answer was lost");
    return kept.revision;
  }

  Result<std::vector<record::RecordName>> list() override {
    std::vector<record::RecordName> names;
    for (const auto& [name, found] : records_) names.push_back(name);
    return names;
  }
  Result<> erase(const record::RecordName& name) override {
    records_.erase(name);
    return {};
  }
  store::Caps caps() const override { return {.cas = cas}; }
  std::string display() const override { return "fake store"; }

  // Behind everybody's back.
  record::Record& record(const record::RecordName& name) { return records_.at(name).record; }
  void put(const record::Record& record) {
    store::Found& kept = records_[record.name()];
    kept.record = record.clone();
    kept.revision = std::to_string(++saves);
  }

 private:
  std::map<record::RecordName, store::Found> records_, before_;
};

}  // namespace scoped::test
