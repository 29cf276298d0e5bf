// Secrets: who owns the text, and that it is wiped. Not tested here: the locked arena (tests/unit/crypto).
#include "common/base/secret.h"

#include "tests/support/catch.h"

#include <stdlib.h>
#include <string.h>

#include <type_traits>
#include <vector>

using namespace scoped;

namespace {

// An arena that remembers the sizes that are out, and whether wiping hit everything.
struct Ledger {
  size_t out = 0;
  std::vector<size_t> released;
  bool wiped = true;
};
Ledger* ledger = nullptr;

void* allocate(size_t size) {
  ledger->out += size;
  return malloc(size);
}

void release(void* memory, size_t size) {
  wipe(memory, size);
  for (size_t i = 0; i < size; ++i)
    if (static_cast<char*>(memory)[i] != 0) ledger->wiped = false;
  ledger->out -= size;
  ledger->released.push_back(size);
  free(memory);
}

// The arena before is put back when the test ends; no secret made in between may live longer.
class WithLedger {
 public:
  WithLedger() {
    ledger = &ledger_;
    before_ = set_secret_arena({&allocate, &release});
  }
  ~WithLedger() { set_secret_arena(before_); }
  const Ledger* operator->() const { return &ledger_; }

 private:
  Ledger ledger_;
  SecretArena before_{};
};

}  // namespace

TEST_CASE("a secret gives everything back to its arena, once", "[base]") {
  const WithLedger seen;
  {
    const Secret one("hunter2");
    const Secret two = one.clone();
    CHECK(two.reveal() == "hunter2");
    CHECK(seen->out == 14);
  }
  CHECK(seen->out == 0);
  CHECK(seen->released == std::vector<size_t>{7, 7});
  CHECK(seen->wiped);
}

TEST_CASE("moving a secret leaves nothing behind and copies nothing", "[base]") {
  const WithLedger seen;
  {
    Secret first("hunter2");
    Secret second(std::move(first));
    CHECK(first.empty());  // NOLINT(bugprone-use-after-move)
    CHECK(second.reveal() == "hunter2");
    Secret third("other");
    third = std::move(second);
    CHECK(seen->released == std::vector<size_t>{5});
    CHECK(third.reveal() == "hunter2");
    Secret& same = third;
    third = std::move(same);
    CHECK(third.reveal() == "hunter2");
  }
  CHECK(seen->released == std::vector<size_t>{5, 7});
}

TEST_CASE("an empty secret needs no memory", "[base]") {
  const WithLedger seen;
  {
    const Secret nothing;
    const Secret empty("");
    CHECK(nothing.empty());
    CHECK(empty.reveal().empty());
    CHECK(empty.equals(nothing));
    CHECK(empty.clone().empty());
  }
  CHECK(seen->released.empty());
}

TEST_CASE("taking a text wipes the string that held it", "[base]") {
  std::string text(64, 'x');
  const char* const storage = text.data();
  const Secret secret = Secret::take(std::move(text));
  CHECK(secret.size() == 64);
  CHECK(text.empty());  // NOLINT(bugprone-use-after-move)
  CHECK(text.data() == storage);
  CHECK(std::string(storage, 64).find('x') == std::string::npos);
}

TEST_CASE("wiping a string reaches what it held before it shrank", "[base]") {
  std::string text(64, 'x');
  text.resize(3);
  const char* const storage = text.data();
  wipe(text);
  CHECK(text.empty());
  CHECK(std::string(storage, 64) == std::string(64, '\0'));
}

TEST_CASE("secrets are equal when all their bytes are", "[base]") {
  const Secret secret(std::string_view("a\0b", 3));
  CHECK(secret.equals(Secret(std::string_view("a\0b", 3))));
  CHECK_FALSE(secret.equals(Secret(std::string_view("a\0c", 3))));
  CHECK_FALSE(secret.equals(Secret("a")));
  CHECK_FALSE(secret.equals(Secret()));
}

TEST_CASE("a secret cannot be copied by accident", "[base]") {
  CHECK_FALSE(std::is_copy_constructible_v<Secret>);
  CHECK_FALSE(std::is_copy_assignable_v<Secret>);
  CHECK_FALSE(std::is_convertible_v<Secret, std::string>);
  CHECK_FALSE(std::is_convertible_v<std::string_view, Secret>);
}
