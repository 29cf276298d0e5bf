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

// By the number; where that is not listed, by the error.
struct NumberRow {
  std::string_view number;
  std::string_view remedy;
};
constexpr std::array kNumbers = {
    // Secrets and certificates
    NumberRow{"AADSTS7000222", "the client secret has expired: make a new one, change client_secret"},
    NumberRow{"AADSTS7000216", "no client secret arrived: check client_secret"},
    NumberRow{"AADSTS7000215", "client secret refused: check client_secret"},
    NumberRow{"AADSTS700027",
              "the application does not know the client certificate: upload it there, or check certificate"},
    NumberRow{"AADSTS7000272",
              "the application does not know the client certificate: upload it there, or check certificate"},
    NumberRow{"AADSTS7000273", "the client certificate has expired: make a new one, change certificate"},
    NumberRow{"AADSTS700024", "the login is not within its time: check the clock of this machine"},
    NumberRow{"AADSTS50027", "the login's assertion is not understood: check certificate or token_file"},
    NumberRow{"AADSTS50013", "the login's assertion is not accepted: check certificate or token_file"},
    // Federated credentials
    NumberRow{"AADSTS700211",
              "no federated credential of the application fits the token's issuer: check it there"},
    NumberRow{"AADSTS70021",
              "no federated credential of the application fits the token: check issuer, subject and audience "
              "there"},
    NumberRow{"AADSTS700212",
              "no federated credential of the application fits the token's audience: check it there"},
    NumberRow{"AADSTS700213",
              "no federated credential of the application fits the token's subject: check it there"},
    NumberRow{"AADSTS700223", "the workload's token may not be used for that tenant: check tenant"},
    // Applications and tenants
    NumberRow{"AADSTS700016", "the tenant does not know the application: check client_id and tenant"},
    NumberRow{"AADSTS7000112", "the application is disabled: enable it in the tenant"},
    NumberRow{"AADSTS7000229", "the application has no service principal in the tenant: make one"},
    NumberRow{"AADSTS700038", "that is no id of an application: check client_id"},
    NumberRow{"AADSTS90002", "there is no such tenant: check tenant"},
    NumberRow{"AADSTS900023", "that is no name of a tenant: check tenant"},
    NumberRow{"AADSTS900382", "the tenant is in another cloud: check cloud"},
    NumberRow{"AADSTS900439", "the tenant is in another cloud: check cloud"},
    NumberRow{"AADSTS50059", "the request names no tenant: check tenant"},
    // Scopes
    NumberRow{"AADSTS70011", "the scope is refused: check scope"},
    NumberRow{"AADSTS1002012", "the scope is refused: check scope"},
    NumberRow{"AADSTS500011", "the tenant has no resource of that scope: check scope and cloud"},
    NumberRow{"AADSTS650057", "the application may not ask for that scope: check scope"},
    // Policies
    NumberRow{"AADSTS53003",
              "conditional access of the tenant blocks the login: have this machine or application allowed"},
    NumberRow{"AADSTS530035",
              "security defaults of the tenant block the login: have the application allowed"},
    NumberRow{"AADSTS50196", "Entra sees the same login too often: wait some minutes"},
    // A person's login with the Azure CLI
    NumberRow{"AADSTS700082", "the login has expired: run 'az login'"},
    NumberRow{"AADSTS70043", "the login has expired: run 'az login'"},
    NumberRow{"AADSTS50173", "the login was revoked: run 'az login'"},
    NumberRow{"AADSTS50076", "a second factor is asked for: run 'az login'"},
    NumberRow{"AADSTS50078", "a second factor is asked for: run 'az login'"},
    NumberRow{"AADSTS50079", "a second factor is asked for: run 'az login'"},
};

struct ErrorRow {
  std::string_view error;
  std::string_view remedy;
};
constexpr std::array kErrors = {
    ErrorRow{"invalid_client", "the login is refused: check client_id and what it proves itself with"},
    ErrorRow{"unauthorized_client", "the application may not log in like this: check client_id"},
    ErrorRow{"invalid_scope", "the scope is refused: check scope"},
    ErrorRow{"invalid_resource", "the scope names no resource of the tenant: check scope"},
    ErrorRow{"interaction_required", "a person is asked for: log in with 'az login'"},
    ErrorRow{"invalid_grant", "the login has lapsed or was revoked: log in anew"},
    ErrorRow{"access_denied", "the tenant's policy forbids the login: ask its administrator"},
};

std::string plain_or_nothing(const std::string* text) {
  if (text == nullptr || text->size() > 64 || text->find_first_not_of(kPlain) != std::string::npos) return {};
  return *text;
}

std::string number_in(std::string_view description) {
  constexpr std::string_view kPrefix = "AADSTS";
  const size_t start = description.find(kPrefix);
  if (start == std::string_view::npos) return {};
  const size_t digits = start + kPrefix.size();
  const size_t end = std::min(description.find_first_not_of(kDigits, digits), description.size());
  return end == digits || end - digits > 12 ? std::string()
                                            : std::string(description.substr(start, end - start));
}

Identifiers read_identifiers(const net::Response& response) {
  const auto document = json::parse(response.body.reveal(), {.bytes = 64 << 10, .depth = 8, .values = 1024});
  if (!document) return {};
  const json::Value* error = document->at({"error"});
  const json::Value* description = document->at({"error_description"});
  return {plain_or_nothing(error == nullptr ? nullptr : error->text()),
          number_in(description == nullptr || description->text() == nullptr ? std::string_view()
                                                                             : *description->text())};
}

std::string_view remedy_of_number(std::string_view number) {
  for (const NumberRow& row : kNumbers)
    if (row.number == number) return row.remedy;
  return {};
}

std::string_view remedy_of(const Identifiers& found) {
  if (const auto remedy = remedy_of_number(found.number); !remedy.empty()) return remedy;
  for (const ErrorRow& row : kErrors)
    if (row.error == found.error) return row.remedy;
  return {};
}

}  // namespace

Error entra_error(const net::Response& response, std::string tried, Instant now) {
  const Identifiers found = read_identifiers(response);
  const bool refused = response.status >= 400 && response.status < 500 && response.status != 429;
  if (const std::string_view remedy = refused ? remedy_of(found) : std::string_view(); !remedy.empty())
    return Error(ErrorCode::login, std::string(remedy) + " (HTTP " + std::to_string(response.status) + ", " +
                                       found.display() + ")")
        .with_http_status(response.status)
        .within(std::move(tried));
  if (const std::string names = found.display(); !names.empty()) tried += " (" + names + ")";
  return error_of_status(response, std::move(tried), now);
}

std::optional<std::string> entra_remedy_in(std::string_view text) {
  const std::string number = number_in(text);
  const std::string_view remedy = remedy_of_number(number);
  return remedy.empty() ? std::nullopt : std::optional(std::string(remedy) + " (" + number + ")");
}

}  // namespace scoped::identity
