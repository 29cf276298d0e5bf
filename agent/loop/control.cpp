#include "agent/loop/control.h"

#include "agent/loop/status_json.h"
#include "common/json/value.h"

#include <unistd.h>

#include <array>

namespace scoped::loop {
namespace {

constexpr json::Limits kLimits{.bytes = 65'536, .depth = 8, .values = 64};

std::string error_answer(const std::string& line) {
  json::Object answer;
  answer.set("error", line);
  return json::dump(json::Value(std::move(answer)));
}

std::string tokens_answer(const rotate::TokenStatus& status) {
  json::Object answer;
  answer.set("tokens", json::Array{status_json(status)});
  return json::dump(json::Value(std::move(answer)));
}

Result<record::RecordName> parse_name(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size())
    return fail(ErrorCode::invalid_input, "'" + text + "' is not HOST/TOKEN");
  return record::RecordName{text.substr(0, slash), text.substr(slash + 1)};
}

struct Request {
  std::string ask;
  std::optional<record::RecordName> name;
};

Result<Request> parse_request(const std::string& text) {
  const json::Value document = TRY(json::parse(text, kLimits));
  const json::Reader from = TRY(json::Reader::of(document, "request"));
  Request request;
  request.ask = TRY(from.text("ask"));
  if (from.has("token")) request.name = TRY(parse_name(TRY(from.text("token"))));
  return request;
}

// The requests that wait for a token to reach a state.
struct Waited {
  std::string_view ask;
  rotate::Asked what;  // nothing: only looked at
};
constexpr std::array kWaited = {
    Waited{"look", rotate::Asked::nothing},         Waited{"repair", rotate::Asked::repair},
    Waited{"rotate", rotate::Asked::rotation},      Waited{"retire-now", rotate::Asked::retire_now},
    Waited{"rotate-leaked", rotate::Asked::leaked},
};

}  // namespace

std::string Control::status(const std::optional<record::RecordName>& name) const {
  json::Object agent;
  agent.set("pid", static_cast<int64_t>(getpid()));
  agent.set("version", SCOPED_VERSION);
  agent.set("started_at", format_rfc3339(started_at_));
  json::Array duties;
  for (const std::string& duty : duties_) duties.push_back(duty);
  agent.set("duties", std::move(duties));
  std::string text = "{\"agent\":" + json::dump(json::Value(std::move(agent))) + ",\"tokens\":[";
  const size_t empty = text.size();
  // The rows are ready: written anew, ten thousand of them would take a tenth of a second in which no helper
  // is answered.
  const auto add = [&text, empty](const std::string& row) {
    if (text.size() > empty) text += ',';
    text += row;
  };
  if (!name) {
    watch_.for_each_row(add);
  } else if (const std::string* row = watch_.row_of(*name)) {
    add(*row);
  }
  return text + "],\"publishers\":" + json::dump(json::Value(publishers(name))) + "}";
}

json::Array Control::publishers(const std::optional<record::RecordName>& only) const {
  json::Array all = publishing_.status();
  if (!only) return all;
  json::Array some;
  for (json::Value& each : all)
    if (*each.at({"registry"})->text() == only->registry && *each.at({"token"})->text() == only->token)
      some.push_back(std::move(each));
  return some;
}

void Control::handle(const std::string& text, const std::function<void(std::string)>& reply) {
  const auto request = parse_request(text);
  if (!request) return reply(error_answer(request.error().line()));
  if (request->ask == "status") return reply(status(request->name));
  for (const Waited& waited : kWaited) {
    if (waited.ask != request->ask) continue;
    if (!request->name) return reply(error_answer("'" + request->ask + "' needs a token"));
    const auto answer = [reply](const Result<rotate::TokenStatus>& reached) {
      reply(reached ? tokens_answer(*reached) : error_answer(reached.error().line()));
    };
    if (waited.what == rotate::Asked::nothing) return watch_.look(*request->name, answer);
    return watch_.ask(*request->name, waited.what, answer);
  }
  reply(error_answer("'" + request->ask + "' is not known to this agent"));
}

}  // namespace scoped::loop
