#include "tests/emulator/repository_events.h"

#include "common/json/value.h"
#include "tests/emulator/access_tokens.h"
#include "tests/emulator/names.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdlib>

namespace scoped::emulator {
namespace {

struct Operation {
  std::string_view method;
  std::string_view name;
  bool counts;  // when it succeeds with a manifest
};
constexpr std::array<Operation, 6> kOperations = {Operation{"GET", "Pull", true}, {"HEAD", "Pull", false},
                                                  {"PUT", "Push", true},          {"POST", "Push", false},
                                                  {"PATCH", "Push", false},       {"DELETE", "Delete", true}};

const Operation* operation_of(std::string_view method) {
  for (const Operation& each : kOperations)
    if (each.method == method) return &each;
  return nullptr;
}

// "/v2/demo/app/manifests/latest" is {"demo/app", "manifests", "latest"}.
struct Place {
  std::string repository, kind, reference;
};

std::optional<Place> place_of(std::string_view target) {
  constexpr std::string_view kBase = "/v2/";
  const std::string_view path = target.substr(0, target.find('?'));
  if (!path.starts_with(kBase)) return std::nullopt;
  for (const std::string_view kind : {"/manifests/", "/blobs/"}) {
    const size_t at = path.rfind(kind);
    if (at == std::string_view::npos || at < kBase.size()) continue;
    Place place{std::string(path.substr(kBase.size(), at - kBase.size())),
                std::string(kind.substr(1, kind.size() - 2)), std::string(path.substr(at + kind.size()))};
    if (is_repository(place.repository)) return place;
  }
  return std::nullopt;
}

bool is_failure(int status) { return status == 401 || status == 403 || status == 429 || status >= 500; }

bool is_event(const Operation& operation, const Place& place, int status) {
  if (is_failure(status)) return true;
  const bool of_manifest = place.kind == "manifests" && operation.counts;
  return of_manifest && (status < 300 || status == 404 || status == 405);
}

int64_t whole(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void add_manifest(Event& event, const Place& place, const json::Reader& line, const EventSource& source) {
  const auto text = [&](std::string_view key) { return line.text_or(key, "").value_or(""); };
  const bool pushed = event.operation == "Push";
  const bool is_digest = place.reference.find(':') != std::string::npos;
  if (!is_digest) event.tag = place.reference;
  event.digest = is_digest ? place.reference : text("digest");
  event.media_type = text(pushed ? "received_type" : "sent_type");
  event.size = whole(text(pushed ? "received" : "sent"));
  if (event.status < 300) event.artifact_type = source.images.artifact_type(event.digest);
}

}  // namespace

std::string_view event_log_format() {
  return R"({"method":"$request_method","target":"$request_uri","status":"$status","seconds":"$request_time",)"
         R"("caller":"$remote_addr","agent":"$http_user_agent","authorization":"$http_authorization",)"
         R"("digest":"$sent_http_docker_content_digest","sent_type":"$sent_http_content_type",)"
         R"("sent":"$sent_http_content_length","received_type":"$content_type","received":"$content_length",)"
         R"("id":"$request_id"})";
}

std::optional<Event> read_event(std::string_view line, const EventSource& source, Instant now) {
  const auto document = json::parse(line);
  if (!document || document->object() == nullptr) return std::nullopt;
  const json::Reader reader(*document->object(), "log");
  const auto text = [&](std::string_view key) { return reader.text_or(key, "").value_or(""); };
  const Operation* operation = operation_of(text("method"));
  const auto place = place_of(text("target"));
  const int status = static_cast<int>(whole(text("status")));
  const std::string authorization = text("authorization");
  constexpr std::string_view kBearer = "Bearer ";
  if (operation == nullptr || !place || !authorization.starts_with(kBearer)) return std::nullopt;
  if (!is_event(*operation, *place, status)) return std::nullopt;
  const auto grant = read_access_token(source.signer, authorization.substr(kBearer.size()), source.host, now);
  if (!grant) return std::nullopt;
  Event event;
  event.table = Event::Table::repository;
  event.operation = operation->name;
  event.identity = grant->user;
  event.at = now;
  event.status = status;
  event.milliseconds = std::strtod(text("seconds").c_str(), nullptr) * 1000;
  event.caller = text("caller");
  event.agent = text("agent");
  event.correlation = text("id");
  event.repository = place->repository;
  if (place->kind == "manifests" && !is_failure(status)) add_manifest(event, *place, reader, source);
  return event;
}

}  // namespace scoped::emulator
