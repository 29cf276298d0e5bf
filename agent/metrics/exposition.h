// What is measured, in the text format that Prometheus reads (version 0.0.4 of its exposition formats). One
// row a metric; a reader must get all lines of one metric together, so tokens are gone through once for each
// row. Pure.
#pragma once

#include "agent/rotate/session.h"
#include "common/base/time.h"

#include <span>
#include <string>
#include <string_view>

namespace scoped::metrics {

inline constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

// The agent as a whole.
struct AgentFacts {
  std::string version;
  Instant started_at;
  int64_t tokens = 0;
  bool repairs_stopped = false;  // rule 8
};
std::string agent_metrics(const AgentFacts& facts);

// A metric that every token has.
struct Family {
  std::string_view name;
  std::string_view type;  // "gauge", "counter"
  std::string_view help;
  void (*samples)(const Family& self, const rotate::TokenStatus& status, std::string& to);
};
std::span<const Family> token_families();
// The lines before a family's samples.
void add_head(const Family& family, std::string& to);

}  // namespace scoped::metrics
