#include "common/store/record_store.h"

namespace scoped::store {

std::string_view name_of(LoadState state) {
  switch (state) {
    case LoadState::found:
      return "found";
    case LoadState::absent:
      return "absent";
    case LoadState::locked:
      return "locked";
    case LoadState::denied:
      return "denied";
    case LoadState::unavailable:
      return "unavailable";
    case LoadState::corrupt:
      return "corrupt";
  }
  return "unavailable";
}

LoadResult LoadResult::of(Found found) { return {LoadState::found, std::move(found), std::nullopt}; }
LoadResult LoadResult::absent() { return {LoadState::absent, std::nullopt, std::nullopt}; }
LoadResult LoadResult::failed(LoadState state, Error why) { return {state, std::nullopt, std::move(why)}; }

LoadResult LoadResult::unopened(Error why) {
  switch (why.code()) {
    case ErrorCode::denied:
      return failed(LoadState::denied, std::move(why));
    case ErrorCode::corrupt:
      return failed(LoadState::corrupt, std::move(why));
    default:
      return failed(LoadState::unavailable, std::move(why));
  }
}

std::optional<std::set<std::string>> RecordStore::tokens_of(const std::string&) { return std::nullopt; }

Result<std::vector<Flaw>> RecordStore::flaws(const record::RecordName&, bool) { return std::vector<Flaw>(); }

}  // namespace scoped::store
