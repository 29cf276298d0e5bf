// What every RecordStore keeps, as tests that a store's own test file calls with a way to open it. Not tested
// here: what only one kind of store can get wrong (damage, locks, permissions).
#pragma once

#include "common/store/record_store.h"
#include "tests/support/catch.h"
#include "tests/unit/record/sample.h"

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace scoped::store::test {

// Opens the store of this test; each call is another agent on the same, at first empty, store.
using Open = std::function<std::unique_ptr<RecordStore>()>;

inline record::Record sample(const record::RecordName& name, int64_t generation = 3) {
  record::Record record = record::test::full();
  record.registry = name.registry;
  record.token = name.token;
  record.generation = generation;
  return record;
}

inline Found found(RecordStore& store, const record::RecordName& name) {
  LoadResult loaded = store.load(name);
  INFO(name_of(loaded.state) << ": " << (loaded.why ? loaded.why->line() : ""));
  REQUIRE(loaded.state == LoadState::found);
  REQUIRE(loaded.found);
  REQUIRE_FALSE(loaded.why);
  return *std::move(loaded.found);
}

// The record as text without its write_id, which the store chooses.
inline std::string content(const record::Record& record) {
  record::Record copy = record.clone();
  copy.write_id = "-";
  return record::test::text_of(copy);
}

inline void check_saving(RecordStore& store, const record::RecordName& name) {
  const record::Record record = sample(name);
  CHECK(store.load(name).state == LoadState::absent);
  const Revision revision = store.save(name, record, Revision()).value();
  const Found first = found(store, name);
  CHECK(content(first.record) == content(record));
  CHECK(first.revision == revision);
  CHECK_FALSE(first.record.write_id == record.write_id);
  const Revision next = store.save(name, first.record, revision).value();
  const Found second = found(store, name);
  CHECK(second.revision == next);
  CHECK_FALSE(next == revision);
  CHECK_FALSE(second.record.write_id == first.record.write_id);
}

inline void check_conflicts(RecordStore& store, RecordStore& other, const record::RecordName& name) {
  const Revision old = store.save(name, sample(name, 1), Revision()).value();
  const Revision now = other.save(name, sample(name, 2), old).value();
  for (const Revision& expected : {old, Revision(), Revision("what no store made")}) {
    const auto saved = store.save(name, sample(name, 9), expected);
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code() == ErrorCode::conflict);
  }
  CHECK(found(store, name).record.generation == 2);
  REQUIRE(other.erase(name));
  CHECK(store.save(name, sample(name, 9), now).error().code() == ErrorCode::conflict);
  CHECK(store.load(name).state == LoadState::absent);
}

inline void check_listing(RecordStore& store, RecordStore& other) {
  const std::vector<record::RecordName> names = {{"a.io", "ci-main"},
                                                 {"a.io", "ci-main2"},
                                                 {"a.io:5000", "ci-main"},
                                                 {"b.io", "Ci-Main"},
                                                 {"b.io", "../up"}};
  CHECK(store.list().value().empty());
  for (const auto& name : names) REQUIRE(store.save(name, sample(name), Revision()));
  const auto listed = other.list().value();
  CHECK(std::set(listed.begin(), listed.end()) == std::set(names.begin(), names.end()));
  CHECK(listed.size() == names.size());
  for (const auto& name : names) CHECK(found(other, name).record.name() == name);
  REQUIRE(store.erase(names[0]));
  CHECK(other.load(names[0]).state == LoadState::absent);
  CHECK(other.list().value().size() == names.size() - 1);
  CHECK(found(other, names[1]).record.name() == names[1]);
}

inline void check_erasing(RecordStore& store, const record::RecordName& name) {
  CHECK(store.erase(name));
  REQUIRE(store.save(name, sample(name), Revision()));
  CHECK(store.erase(name));
  CHECK(store.erase(name));
  CHECK(store.load(name).state == LoadState::absent);
  CHECK(store.save(name, sample(name), Revision()));
}

// Raises the generation `times` times, by compare-and-set; what was read may be old each time.
inline void raise_generation(RecordStore& store, const record::RecordName& name, int times) {
  while (times > 0) {
    LoadResult loaded = store.load(name);
    if (!loaded.found) continue;
    ++loaded.found->record.generation;
    if (store.save(name, loaded.found->record, loaded.found->revision)) --times;
  }
}

inline void check_concurrent_agents(const Open& open, const record::RecordName& name) {
  constexpr int kAgents = 4, kTimes = 8;
  REQUIRE(open()->save(name, sample(name, 1), Revision()));
  std::vector<std::thread> agents;
  for (int i = 0; i < kAgents; ++i) agents.emplace_back([&] { raise_generation(*open(), name, kTimes); });
  for (std::thread& agent : agents) agent.join();
  CHECK(found(*open(), name).record.generation == 1 + kAgents * kTimes);
}

inline void check_one_store_of_many_threads(RecordStore& store) {
  std::vector<std::thread> threads;
  std::atomic<int> saved{0};
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&store, &saved, i] {
      const record::RecordName name{"r.io", "token-" + std::to_string(i)};
      if (!store.save(name, sample(name, 1), Revision())) return;
      raise_generation(store, name, 4);
      saved += store.load(name).found->record.generation == 5;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(saved == 4);
}

// To be called in a TEST_CASE; its sections need a new store each.
inline void check_contract(const Open& open) {
  const record::RecordName name{"r.azurecr.io", "ci-main"};
  const auto store = open(), other = open();
  SECTION("what is saved is loaded, under a new write_id and revision each time") {
    check_saving(*store, name);
  }
  SECTION("a save on anything but the latest revision changes nothing") {
    check_conflicts(*store, *other, name);
  }
  SECTION("all records are listed, and each is kept apart") { check_listing(*store, *other); }
  SECTION("erasing what is not there is success") { check_erasing(*store, name); }
  if (store->caps().cas != CompareAndSet::none) SECTION("agents at once lose no update") {
      check_concurrent_agents(open, name);
    }
  SECTION("a store may be used by many threads") { check_one_store_of_many_threads(*store); }
  SECTION("a record is saved under its own name only") {
    CHECK_FALSE(store->save({"r.azurecr.io", "other"}, sample(name), Revision()));
    CHECK(store->list().value().empty());
  }
  SECTION("a store can be named in a message") { CHECK_FALSE(store->display().empty()); }
}

}  // namespace scoped::store::test
