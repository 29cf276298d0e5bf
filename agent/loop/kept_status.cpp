#include "agent/loop/kept_status.h"

#include <string_view>

namespace scoped::loop {
namespace {

using rotate::SlotStatus;
using rotate::TokenStatus;

// Takes the next word off the front.
std::string next_word(std::string_view& words) {
  const size_t end = words.find('\0');
  std::string word(words.substr(0, end));
  words.remove_prefix(end + 1);
  return word;
}

}  // namespace

KeptStatus::KeptStatus(const TokenStatus& status)
    : read_(status.read),
      ready_(status.ready),
      lost_(status.lost),
      has_problem_(!status.problem.empty()),
      generation_(status.generation),
      rotations_(status.rotations),
      until_(status.until),
      due_at_(status.due_at),
      times_(std::make_unique<Times[]>(status.slots.size())),
      slots_(status.slots.size()) {
  size_t size = 0;
  const auto each_word = [&status](const auto& visit) {
    for (const std::string* word : {&status.step, &status.reason, &status.problem}) visit(*word);
    for (const SlotStatus& slot : status.slots) {
      visit(slot.slot);
      visit(slot.role);
    }
  };
  each_word([&size](const std::string& word) { size += word.size() + 1; });
  words_.reserve(size);
  each_word([this](const std::string& word) { words_.append(word.c_str()).push_back('\0'); });
  for (size_t i = 0; i < slots_; ++i)
    times_[i] = {status.slots[i].created_at, status.slots[i].expires_at, status.slots[i].free_at};
}

TokenStatus KeptStatus::whole(const record::RecordName& name) const {
  TokenStatus status;
  status.name = name;
  status.read = read_;
  status.ready = ready_;
  status.lost = lost_;
  status.generation = generation_;
  status.rotations = rotations_;
  status.until = until_;
  status.due_at = due_at_;
  if (words_.empty()) return status;
  std::string_view words = words_;
  status.step = next_word(words);
  status.reason = next_word(words);
  status.problem = next_word(words);
  for (size_t i = 0; i < slots_; ++i) {
    SlotStatus& slot = status.slots.emplace_back();
    slot.slot = next_word(words);
    slot.role = next_word(words);
    slot.created_at = times_[i].created_at;
    slot.expires_at = times_[i].expires_at;
    slot.free_at = times_[i].free_at;
  }
  return status;
}

}  // namespace scoped::loop
