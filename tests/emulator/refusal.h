// Why the emulated cloud says no: a status, a code that programs may look at and a sentence for people. Each
// family of endpoints puts it into the body that the real service uses.
#pragma once

#include "common/base/result.h"

#include <string>
#include <utility>

namespace scoped::emulator {

struct Refusal {
  int status = 400;
  std::string code;
  std::string message;
};

// A value or a Refusal; TRY works for it.
template <typename T = void>
using Outcome = tl::expected<T, Refusal>;

inline tl::unexpected<Refusal> refuse(int status, std::string code, std::string message) {
  return tl::unexpected<Refusal>(Refusal{status, std::move(code), std::move(message)});
}

}  // namespace scoped::emulator

namespace scoped {

// What TRY needs beside the overloads for Error.
inline tl::unexpected<emulator::Refusal> fail(emulator::Refusal refusal) {
  return tl::unexpected<emulator::Refusal>(std::move(refusal));
}

namespace detail {
template <typename T>
T take(tl::expected<T, emulator::Refusal>&& outcome) {
  return std::move(*outcome);
}
inline void take(tl::expected<void, emulator::Refusal>&&) {}
}  // namespace detail

}  // namespace scoped
