#include "tests/crash/fiber.h"

#include <stdint.h>

#include <vector>

namespace scoped::crash {
namespace {

constexpr size_t kStack = 256 << 10;

// Stacks are used again: histories are many and short.
std::vector<std::unique_ptr<char[]>>& spare_stacks() {
  static std::vector<std::unique_ptr<char[]>> stacks;
  return stacks;
}

std::unique_ptr<char[]> take_stack() {
  auto& spare = spare_stacks();
  if (spare.empty()) return std::unique_ptr<char[]>(new char[kStack]);
  auto stack = std::move(spare.back());
  spare.pop_back();
  return stack;
}

}  // namespace

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)), stack_(take_stack()) {
  getcontext(&inside_);
  inside_.uc_stack.ss_sp = stack_.get();
  inside_.uc_stack.ss_size = kStack;
  inside_.uc_link = &outside_;
  const auto self = reinterpret_cast<uintptr_t>(this);  // makecontext hands on nothing wider than int
  makecontext(&inside_, reinterpret_cast<void (*)()>(&Fiber::enter), 2, static_cast<unsigned>(self >> 32),
              static_cast<unsigned>(self & 0xFFFF'FFFFU));
}

Fiber::~Fiber() { spare_stacks().push_back(std::move(stack_)); }

void Fiber::enter(unsigned high, unsigned low) {
  auto* self = reinterpret_cast<Fiber*>((static_cast<uintptr_t>(high) << 32) | low);
  self->body_();
  self->ended_ = true;
}

void Fiber::resume() { swapcontext(&outside_, &inside_); }
void Fiber::pause() { swapcontext(&inside_, &outside_); }

}  // namespace scoped::crash
