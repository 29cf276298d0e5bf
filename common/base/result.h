// Result<T>: a value or an Error. TRY passes an error up; TRY_WITH adds one frame where the intention is
// known. Neither may stand behind another element in the braces of an aggregate or of a list: GCC leaks what
// was made before it when it returns (arguments of functions and constructors are fine).
#pragma once

#include "common/base/error.h"

#include <tl/expected.hpp>

#include <stdio.h>
#include <stdlib.h>

#include <utility>

namespace scoped {

template <typename T = void>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string what) {
  return tl::unexpected<Error>(Error(code, std::move(what)));
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

namespace detail {
template <typename T>
T take(tl::expected<T, Error>&& result) {
  return std::move(*result);
}
inline void take(tl::expected<void, Error>&&) {}

[[noreturn]] inline void broken_invariant(const char* condition, const char* file, int line) {
  fprintf(stderr, "<2>%s:%d: broken invariant: %s\n", file, line, condition);
  abort();
}
}  // namespace detail

}  // namespace scoped

// The statement expression is a GNU extension that GCC and Clang share. Each use has a name of its own, so
// that one TRY may stand inside another.
#define SCOPED_JOIN_(a, b) a##b
#define SCOPED_JOIN(a, b) SCOPED_JOIN_(a, b)

#define SCOPED_TRY_(name, expression)                          \
  __extension__({                                              \
    auto name = (expression);                                  \
    if (!name) return ::scoped::fail(std::move(name).error()); \
    ::scoped::detail::take(std::move(name));                   \
  })
#define TRY(expression) SCOPED_TRY_(SCOPED_JOIN(try_result_, __COUNTER__), expression)

#define SCOPED_TRY_WITH_(name, expression, intention)                            \
  __extension__({                                                                \
    auto name = (expression);                                                    \
    if (!name) return ::scoped::fail(std::move(name).error().within(intention)); \
    ::scoped::detail::take(std::move(name));                                     \
  })
#define TRY_WITH(expression, intention) \
  SCOPED_TRY_WITH_(SCOPED_JOIN(try_result_, __COUNTER__), expression, intention)

// For bugs only; never for data from outside.
#define CHECK_INVARIANT(condition) \
  ((condition) ? void() : ::scoped::detail::broken_invariant(#condition, __FILE__, __LINE__))
