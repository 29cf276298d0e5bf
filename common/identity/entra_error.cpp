#include "common/identity/entra_error.h"

#include "common/json/value.h"

#include <array>

namespace scoped::identity {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

struct Identifiers {
  std::string error;   // "invalid_client"
  std::string number;  // "AADSTS7000215"
  std::string display() const {
    if (error.empty() || number.empty()) return error + number;
    return error + " " + number;
  }
};

// The first row that fits; an empty number fits every one.
struct Row {
  std::string_view error;
  std::string_view number;
  std::string_view remedy;
};

constexpr std::array kRows = {
    Row{"invalid_client", "AADSTS7000222",
        "the client secret has expired: make a new one, change client_secret"},
    Row{"invalid_client", "AADSTS7000216", "no client secret arrived: check client_secret"},
    Row{"invalid_client", "", "client secret refused: check client_secret"},
    Row{"unauthorized_client", "AADSTS700016",
        "the tenant does not know the application: check client_id and tenant"},
    Row{"unauthorized_client", "", "the application may not log in like this: check client_id"},
    Row{"invalid_request", "AADSTS90002", "there is no such tenant: check tenant"},
    Row{"invalid_request", "AADSTS900023", "that is no name of a tenant: check tenant"},
    Row{"invalid_scope", "", "the scope is refused: check scope"},
    Row{"invalid_resource", "", "the scope names no resource of the tenant: check scope"},
};

std::string plain_or_nothing(const std::string* text) {
  if (text == nullptr || text->size() > 64 || text->find_first_not_of(kPlain) != std::string::npos) return {};
  return *text;
}

std::string number_in(const std::string* description) {
  constexpr std::string_view kPrefix = "AADSTS";
  if (description == nullptr) return {};
  const size_t start = description->find(kPrefix);
  if (start == std::string::npos) return {};
  const size_t digits = start + kPrefix.size();
  const size_t end = std::min(description->find_first_not_of(kDigits, digits), description->size());
  return end == digits || end - digits > 12 ? std::string() : description->substr(start, end - start);
}

Identifiers read_identifiers(const net::Response& response) {
  const auto document = json::parse(response.body.reveal(), {.bytes = 64 << 10, .depth = 8, .values = 1024});
  if (!document) return {};
  const json::Value* error = document->at({"error"});
  const json::Value* description = document->at({"error_description"});
  return {plain_or_nothing(error == nullptr ? nullptr : error->text()),
          number_in(description == nullptr ? nullptr : description->text())};
}

const Row* find_row(const Identifiers& found) {
  for (const Row& row : kRows)
    if (row.error == found.error && (row.number.empty() || row.number == found.number)) return &row;
  return nullptr;
}

}  // namespace

Error entra_error(const net::Response& response, std::string tried, Instant now) {
  const Identifiers found = read_identifiers(response);
  const bool refused = response.status >= 400 && response.status < 500 && response.status != 429;
  if (const Row* row = refused ? find_row(found) : nullptr)
    return Error(ErrorCode::login, std::string(row->remedy) + " (HTTP " + std::to_string(response.status) +
                                       ", " + found.display() + ")")
        .with_http_status(response.status)
        .within(std::move(tried));
  if (const std::string names = found.display(); !names.empty()) tried += " (" + names + ")";
  return error_of_status(response, std::move(tried), now);
}

}  // namespace scoped::identity
