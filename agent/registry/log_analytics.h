// The log of a registry's logins, pushes and pulls, where its diagnostic settings send it: Log Analytics
// (reference acr-and-azure section 5). Blocks; thread-safe.
#pragma once

#include "common/base/result.h"
#include "common/base/time.h"
#include "common/config/config.h"
#include "common/net/authorizer.h"

#include <string>
#include <string_view>
#include <vector>

namespace scoped::registry {

// An answer: cells as text, a null one empty; what is no text is as JSON writes it.
struct LogTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  bool partial = false;  // the service gave up in the middle

  // The cell of that column; empty where there is none.
  const std::string& cell(const std::vector<std::string>& row, std::string_view column) const;
};

// Reads a body of the API. corrupt: it is of another shape.
Result<LogTable> parse_log_table(std::string_view body);

class Logs {
 public:
  // configuration: 'control' names no workspace. The arguments outlive it.
  static Result<Logs> open(const config::Registry& registry, net::Transport& transport,
                           net::Authorizer& identity);

  // denied: with the role that is missing. invalid_input: the service does not understand the query.
  Result<LogTable> query(const std::string& kusto) const;
  const std::string& workspace() const { return workspace_; }

 private:
  Logs(net::Transport& transport, net::Authorizer& identity) : transport_(&transport), identity_(&identity) {}

  net::Transport* transport_;
  net::Authorizer* identity_;
  std::string url_, workspace_, ca_file_, identity_name_;
};

// The identity that reads the log: 'logs_identity', else that of the control plane.
std::string logs_identity_of(const config::Registry& registry);

}  // namespace scoped::registry
