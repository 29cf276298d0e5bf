#include "tests/emulator/log_analytics.h"

#include "common/crypto/digest.h"
#include "common/json/value.h"
#include "tests/emulator/bearers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace scoped::emulator {
namespace {

// Whoever has a bearer for this API, or one for ARM.
Outcome<> admit(Turn& turn) {
  const Parts& parts = turn.site.parts;
  const auto bearer = bearer_of(turn.request);
  if (!bearer) return refuse(401, "AuthorizationRequiredError", "Valid authentication was not provided");
  turn.principal = TRY(check_bearer(parts.signer, *bearer, turn.site.model.facts().tenant,
                                    parts.addresses.control, turn.now, Accepts::log_analytics));
  return {};
}

Answer log_refusal(const Refusal& refusal, const Turn&) {
  json::Object error;
  error.set("code", refusal.code);
  error.set("message", refusal.message);
  json::Object body;
  body.set("error", std::move(error));
  Answer answer;
  answer.status = refusal.status;
  answer.body = json::dump(std::move(body));
  return answer;
}

struct AsJson {
  json::Value operator()(std::monostate) const { return {}; }
  json::Value operator()(const std::string& text) const { return text; }
  json::Value operator()(Instant at) const { return format_rfc3339(at); }
  json::Value operator()(Ticks span) const {
    return format_duration(std::chrono::duration_cast<std::chrono::milliseconds>(span));
  }
  json::Value operator()(int64_t number) const { return number; }
  json::Value operator()(double number) const { return number; }
  json::Value operator()(bool yes) const { return yes; }
  // The API gives a dynamic value as a text that holds JSON.
  json::Value operator()(const std::vector<std::string>& list) const {
    return json::dump(json::Array(list.begin(), list.end()));
  }
};

json::Value show(const Relation& relation) {
  json::Array columns;
  for (const Column& column : relation.columns) {
    json::Object shown;
    shown.set("name", column.name);
    shown.set("type", kusto_name(column.kind));
    columns.emplace_back(std::move(shown));
  }
  json::Array rows;
  for (const auto& row : relation.rows) {
    json::Array cells;
    for (const Cell& cell : *row) cells.push_back(std::visit(AsJson(), cell));
    rows.emplace_back(std::move(cells));
  }
  json::Object table;
  table.set("name", "PrimaryResult");
  table.set("columns", std::move(columns));
  table.set("rows", std::move(rows));
  json::Object body;
  body.set("tables", json::Array{std::move(table)});
  return body;
}

struct Query {
  std::string text;
  std::string span;  // empty: of all time
};

Result<Query> read_query(const Turn& turn) {
  const json::Value document = TRY(json::parse(turn.request.body));
  const auto reader = TRY(json::Reader::of(document, "the body"));
  Query query;
  query.text = TRY(reader.text("query"));
  query.span = TRY(reader.text_or("timespan", ""));
  return query;
}

// The tables, without what is older than the time span.
Result<std::vector<NamedTable>> tables_within(const Turn& turn, const std::string& span) {
  std::vector<NamedTable> tables;
  const Instant since = span.empty() ? Instant::min() : turn.now - TRY(parse_time_span(span));
  for (const NamedTable& table : event_tables(turn.site))
    tables.push_back({table.name, [open = table.open, since] {
                        Relation relation = open();
                        std::erase_if(relation.rows, [&](const auto& row) {
                          return std::get<Instant>((*row)[kTimeColumn]) < since;
                        });
                        return relation;
                      }});
  return tables;
}

Outcome<Answer> answer_query(Turn& turn, const Result<Query>& query) {
  if (!same_name(turn.captures[0], workspace_of(turn.site.model.facts())))
    return refuse(404, "WorkspaceNotFoundError",
                  fmt::format("The workspace '{}' could not be found.", turn.captures[0]));
  const auto result = [&]() -> Result<Relation> {
    if (!query) return fail(query.error());
    const auto tables = TRY_WITH(tables_within(turn, query->span), "'timespan'");
    return run_query(query->text, tables, turn.now);
  }();
  if (!result)
    return refuse(400, "BadArgumentError",
                  fmt::format("The query was not understood: {}.", result.error().line()));
  Answer answer;
  answer.body = json::dump(show(*result));
  return answer;
}

Outcome<Answer> post_query(Turn& turn) { return answer_query(turn, read_query(turn)); }

Outcome<Answer> get_query(Turn& turn) {
  const std::string* text = find_field(turn.request.query, "query");
  const std::string* span = find_field(turn.request.query, "timespan");
  if (text == nullptr) return answer_query(turn, fail(ErrorCode::invalid_input, "there is no 'query'"));
  return answer_query(turn, Query{*text, span == nullptr ? "" : *span});
}

constexpr std::array<Route, 2> kRoutes = {Route{"POST", "/v1/workspaces/{}/query", post_query},
                                          {"GET", "/v1/workspaces/{}/query", get_query}};

struct SpanUnit {
  char letter;
  bool behind_t;
  std::chrono::seconds length;
};
constexpr std::array<SpanUnit, 4> kSpanUnits = {SpanUnit{'D', false, std::chrono::hours(24)},
                                                {'H', true, std::chrono::hours(1)},
                                                {'M', true, std::chrono::minutes(1)},
                                                {'S', true, std::chrono::seconds(1)}};
constexpr int64_t kMostOfUnit = 1'000'000;
constexpr size_t kLongestSpan = 24;  // characters, so that no sum overflows

}  // namespace

const Family kLogAnalytics = {"logs", "", Case::ignored, admit, log_refusal};
const RouteTable kLogQueries = {&kLogAnalytics, kRoutes};

std::string workspace_of(const Facts& facts) {
  const std::string text = crypto::hex(crypto::sha256("workspace of " + facts.subscription));
  return fmt::format("{}-{}-4{}-8{}-{}", text.substr(0, 8), text.substr(8, 4), text.substr(13, 3),
                     text.substr(17, 3), text.substr(20, 12));
}

Result<Ticks> parse_time_span(std::string_view text) {
  const auto wrong = [text] {
    return fail(ErrorCode::invalid_input, fmt::format("'{}' is not of the form P30D or PT12H", text));
  };
  std::string_view left = text;
  if (text.size() > kLongestSpan || !left.starts_with('P')) return wrong();
  left.remove_prefix(1);
  Ticks span{};
  bool behind_t = false, any = false;
  while (!left.empty()) {
    if (left[0] == 'T' && !behind_t) {
      behind_t = true;
      left.remove_prefix(1);
    }
    int64_t number = 0;
    const auto read = std::from_chars(left.data(), left.data() + left.size(), number);
    left.remove_prefix(static_cast<size_t>(read.ptr - left.data()));
    const auto unit = std::find_if(kSpanUnits.begin(), kSpanUnits.end(), [&](const SpanUnit& each) {
      return !left.empty() && each.letter == left[0] && each.behind_t == behind_t;
    });
    if (read.ec != std::errc() || number < 0 || number > kMostOfUnit || unit == kSpanUnits.end())
      return wrong();
    left.remove_prefix(1);
    span += unit->length * number;
    any = true;
  }
  return any ? Result<Ticks>(span) : wrong();
}

}  // namespace scoped::emulator
