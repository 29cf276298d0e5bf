#include "agent/registry/log_analytics.h"

#include "common/json/value.h"

#include <algorithm>

namespace scoped::registry {
namespace {

constexpr size_t kMostBytes = 32 << 20;
constexpr json::Limits kLimits{.bytes = kMostBytes, .depth = 32, .values = 2'000'000, .comments = false};

tl::unexpected<Error> wrong(std::string what) {
  return fail(ErrorCode::corrupt, "the log's answer: " + std::move(what));
}

std::string text_of(const json::Value& value) {
  if (const std::string* text = value.text()) return *text;
  return value.type() == json::Type::null ? "" : json::dump(value);
}

bool is_guid(std::string_view text) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::equal(text.begin(), text.end(), kShape.begin(), kShape.end(), [](char c, char shape) {
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    return shape == 'x' ? hex : c == '-';
  });
}

Error error_of(const net::Response& response, const std::string& identity, const std::string& workspace) {
  switch (response.status) {
    case 400:
      return {ErrorCode::invalid_input,
              "the log does not understand the query: is a table missing because "
              "the diagnostic setting has never sent to it?"};
    case 401:
      return {ErrorCode::login, "the identity '" + identity +
                                    "' was refused: give 'logs_identity' one whose \"scope\" is "
                                    "\"https://api.loganalytics.io/.default\""};
    case 403:
      return {ErrorCode::denied, "the identity '" + identity +
                                     "' may not read it: give it the role 'Log Analytics Reader' on it"};
    case 404:
      return {ErrorCode::not_found, "there is no workspace '" + workspace + "': check 'workspace'"};
    default:
      return net::error_of_status(response, "the log", response.date.value_or(Instant()));
  }
}

}  // namespace

const std::string& LogTable::cell(const std::vector<std::string>& row, std::string_view column) const {
  static const std::string kNone;
  const auto found = std::find(columns.begin(), columns.end(), column);
  const auto index = static_cast<size_t>(found - columns.begin());
  return index < row.size() ? row[index] : kNone;
}

Result<LogTable> parse_log_table(std::string_view body) {
  const json::Value document = TRY(json::parse(body, kLimits));
  LogTable table;
  table.partial = document.at({"error"}) != nullptr;
  const json::Value* tables = document.at({"tables"});
  if (tables == nullptr || tables->array() == nullptr || tables->array()->empty())
    return wrong("it has no table");
  const json::Value& first = tables->array()->front();
  const json::Value *columns = first.at({"columns"}), *rows = first.at({"rows"});
  if (columns == nullptr || columns->array() == nullptr || rows == nullptr || rows->array() == nullptr)
    return wrong("a table has no columns or rows");
  for (const json::Value& column : *columns->array()) {
    const json::Value* name = column.at({"name"});
    if (name == nullptr || name->text() == nullptr) return wrong("a column has no name");
    table.columns.push_back(*name->text());
  }
  table.rows.reserve(rows->array()->size());
  for (const json::Value& row : *rows->array()) {
    if (row.array() == nullptr || row.array()->size() != table.columns.size())
      return wrong("a row does not fit the columns");
    auto& cells = table.rows.emplace_back();
    cells.reserve(row.array()->size());
    for (const json::Value& cell : *row.array()) cells.push_back(text_of(cell));
  }
  return table;
}

std::string logs_identity_of(const config::Registry& registry) {
  return registry.control->text_or("logs_identity", registry.control->text("identity"));
}

Result<Logs> Logs::open(const config::Registry& registry, net::Transport& transport,
                        net::Authorizer& identity) {
  if (!registry.control || !registry.control->has("workspace"))
    return fail(ErrorCode::configuration,
                "registry '" + registry.host +
                    "' names no log: give its 'control' the \"workspace\" (its id, a GUID) that 'az monitor "
                    "diagnostic-settings create' sends ContainerRegistryLoginEvents and "
                    "ContainerRegistryRepositoryEvents to");
  Logs logs(transport, identity);
  logs.workspace_ = registry.control->text("workspace");
  if (!is_guid(logs.workspace_))
    return fail(ErrorCode::configuration, "registry '" + registry.host + "': 'workspace' is '" +
                                              logs.workspace_ +
                                              "', not the GUID that 'az monitor log-analytics workspace show "
                                              "--query customerId' prints");
  logs.url_ = registry.control->text("logs_endpoint") + "/v1/workspaces/" + logs.workspace_ + "/query";
  logs.ca_file_ = registry.control->text_or("ca_file", "");
  logs.identity_name_ = logs_identity_of(registry);
  return logs;
}

Result<LogTable> Logs::query(const std::string& kusto) const {
  const auto send = [&]() -> Result<net::Response> {
    json::Object body;
    body.set("query", kusto);
    net::Request request;
    request.method = "POST";
    request.url = url_;
    request.headers = {{"Accept", "application/json"}};
    request.content_type = "application/json";
    request.body = Secret(json::dump(body));
    request.limits.body_bytes = kMostBytes;
    request.ca_file = ca_file_;
    TRY(identity_->authorize(request));
    auto response = transport_->send(request);
    // A query changes nothing: a lost answer is no answer.
    if (!response && response.error().code() == ErrorCode::ambiguous)
      return fail(std::move(response).error().as(ErrorCode::unavailable));
    return response;
  };
  const std::string what = "ask the log of workspace '" + workspace_ + "'";
  net::Response response = TRY_WITH(send(), what);
  if (response.status == 401) {
    identity_->refused();
    response = TRY_WITH(send(), what);
  }
  if (response.status != 200) return fail(error_of(response, identity_name_, workspace_).within(what));
  return TRY_WITH(parse_log_table(response.body.reveal()), what);
}

}  // namespace scoped::registry
