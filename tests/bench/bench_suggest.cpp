// How long 'scopedctl suggest' thinks about a million events: 200 tokens with a scope map each, 1,000
// repositories. Prints one line; the numbers are of this process alone.
#include "agent/policy/suggest.h"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>

using namespace scoped;

namespace {

constexpr int kEvents = 1'000'000, kTokens = 200, kRepositories = 1'000;

std::string token(int i) { return "token-" + std::to_string(i); }
std::string repository(int i) { return "team" + std::to_string(i % 50) + "/app" + std::to_string(i); }

policy::Observed world(const config::Registry& written) {
  policy::Observed observed;
  observed.written = &written;
  observed.registry.name = "myRegistry";
  for (int i = 0; i < kTokens; ++i) {
    policy::Grants grants;
    for (int j = 0; j < 100; ++j)
      grants[repository((i * 7 + j) % kRepositories)] = {"content/read", "content/write"};
    observed.scope_maps.push_back({token(i) + "-scope-map", "", false, policy::actions_of(grants)});
    registry::TokenState state;
    state.name = token(i);
    state.scope_map = token(i) + "-scope-map";
    observed.tokens.push_back(state);
  }
  return observed;
}

}  // namespace

int main() {
  const config::Registry written;
  const policy::Observed observed = world(written);
  const auto began = std::chrono::steady_clock::now();
  policy::Uses uses;
  for (int i = 0; i < kEvents; ++i) {
    const int who = i % kTokens;
    uses.add({token(who), repository((who * 7 + i / kTokens % 60) % kRepositories),
              i % 9 == 0 ? "Push" : "Pull", "", 1, from_unix_seconds(i)});
  }
  const policy::Suggestions made = policy::suggest(observed, uses.all());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("suggest over %d events: %.2f s, %ld MiB at most, %zu suggestions\n", kEvents, took.count(),
              usage.ru_maxrss / 1024, made.all.size());
  return made.all.size() == kTokens ? 0 : 1;
}
