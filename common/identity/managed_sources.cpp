#include "common/identity/managed_sources.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace scoped::identity {
namespace {

constexpr const char* kMetadataService = "http://169.254.169.254";
constexpr const char* kTokenPath = "/metadata/identity/oauth2/token";

bool has(const Environment& environment, const char* name) { return environment.get(name).has_value(); }

bool is_app_service(const Environment& around) {
  return has(around, "IDENTITY_ENDPOINT") && has(around, "IDENTITY_HEADER");
}
bool is_old_app_service(const Environment& around) {
  return has(around, "MSI_ENDPOINT") && has(around, "MSI_SECRET");
}
bool is_cloud_shell(const Environment& around) { return has(around, "MSI_ENDPOINT"); }
bool is_arc(const Environment& around) {
  return has(around, "IDENTITY_ENDPOINT") && has(around, "IMDS_ENDPOINT");
}
bool is_any(const Environment&) { return true; }

// Bearers come from this machine and its own network only, or over TLS.
Result<std::string> address_in(const Environment& environment, const char* variable) {
  std::string address = environment.get(variable).value_or("");
  const auto url = net::parse_url(address);
  if (!url || (url->scheme != "https" && !net::is_this_network(*url)) ||
      address.find('?') != std::string::npos)
    return fail(ErrorCode::configuration,
                "$" + std::string(variable) + " is no address of a token service here");
  while (address.ends_with('/')) address.pop_back();
  return address;
}

struct Names {  // of the parameters; empty: this kind of host has none
  std::string_view client_id, object_id, resource_id;
};

Result<> add_choice(std::string& query, const ManagedChoice& choice, const Names& names) {
  const std::array<std::pair<std::string_view, const std::string*>, 3> given = {
      std::pair{names.client_id, &choice.client_id},
      {names.object_id, &choice.object_id},
      {names.resource_id, &choice.resource_id}};
  for (const auto& [name, value] : given) {
    if (value->empty()) continue;
    if (name.empty())
      return fail(ErrorCode::configuration,
                  "this kind of host does not take that choice of an identity: leave it out");
    query.append("&").append(name).append("=").append(net::percent_encode(*value));
  }
  return {};
}

Result<net::Request> get(const std::string& address, std::string_view version, const std::string& resource,
                         const ManagedChoice& choice, const Names& names) {
  std::string query = "?api-version=" + std::string(version) + "&resource=" + net::percent_encode(resource);
  TRY(add_choice(query, choice, names));
  net::Request request;
  request.url = address + query;
  return request;
}

Result<net::Request> ask_app_service(const Environment& around, const std::string& resource,
                                     const ManagedChoice& choice) {
  net::Request request = TRY(get(TRY(address_in(around, "IDENTITY_ENDPOINT")), "2019-08-01", resource, choice,
                                 {"client_id", "principal_id", "mi_res_id"}));
  request.secret_headers.emplace_back("X-IDENTITY-HEADER", Secret(*around.get("IDENTITY_HEADER")));
  return request;
}

Result<net::Request> ask_old_app_service(const Environment& around, const std::string& resource,
                                         const ManagedChoice& choice) {
  net::Request request =
      TRY(get(TRY(address_in(around, "MSI_ENDPOINT")), "2017-09-01", resource, choice, {"clientid", "", ""}));
  request.secret_headers.emplace_back("secret", Secret(*around.get("MSI_SECRET")));
  return request;
}

Result<net::Request> ask_cloud_shell(const Environment& around, const std::string& resource,
                                     const ManagedChoice& choice) {
  std::string nothing;
  TRY(add_choice(nothing, choice, {"", "", ""}));
  net::Request request;
  request.method = "POST";
  request.url = TRY(address_in(around, "MSI_ENDPOINT"));
  request.headers.emplace_back("Metadata", "true");
  request.form({{"resource", resource}});
  return request;
}

Result<net::Request> ask_arc(const Environment& around, const std::string& resource,
                             const ManagedChoice& choice) {
  net::Request request =
      TRY(get(TRY(address_in(around, "IDENTITY_ENDPOINT")), "2019-11-01", resource, choice, {"", "", ""}));
  request.headers.emplace_back("Metadata", "true");
  return request;
}

Result<net::Request> ask_metadata_service(const Environment& around, const std::string& resource,
                                          const ManagedChoice& choice) {
  constexpr const char* kElsewhere = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
  const std::string address =
      has(around, kElsewhere) ? TRY(address_in(around, kElsewhere)) : kMetadataService;
  net::Request request = TRY(
      get(address + kTokenPath, "2018-02-01", resource, choice, {"client_id", "object_id", "msi_res_id"}));
  request.headers.emplace_back("Metadata", "true");
  request.limits.connect = std::chrono::seconds(1);  // there is none but on a machine of Azure
  return request;
}

constexpr std::array kSources = {
    ManagedSource{"App Service", &is_app_service, &ask_app_service},
    ManagedSource{"App Service of 2017", &is_old_app_service, &ask_old_app_service},
    ManagedSource{"Cloud Shell", &is_cloud_shell, &ask_cloud_shell},
    ManagedSource{"Azure Arc", &is_arc, &ask_arc, true},
    ManagedSource{"metadata service", &is_any, &ask_metadata_service, false, true},
};

// A number of one to four digits at the front, which is taken off, with the character behind it.
bool take_number(std::string_view& text, char then, int& number) {
  const auto [end, problem] =
      std::from_chars(text.data(), text.data() + std::min<size_t>(text.size(), 4), number);
  const auto count = static_cast<size_t>(end - text.data());
  if (problem != std::errc() || number < 0 || count == text.size() || text[count] != then) return false;
  text.remove_prefix(count + 1);
  return true;
}

std::string padded(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

}  // namespace

std::span<const ManagedSource> managed_sources() { return kSources; }

Result<std::string> arc_key_file(std::string_view www_authenticate, const std::string& folder) {
  constexpr std::string_view kStart = "Basic realm=";
  if (!www_authenticate.starts_with(kStart))
    return fail(ErrorCode::unavailable, "Azure Arc does not name the file with its key");
  std::string path(www_authenticate.substr(kStart.size()));
  if (path.size() > 1 && path.front() == '"' && path.back() == '"') path = path.substr(1, path.size() - 2);
  const bool is_there = path.starts_with(folder + "/") && path.ends_with(".key") &&
                        path.find('/', folder.size() + 1) == std::string::npos &&
                        std::all_of(path.begin(), path.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!is_there)
    return fail(ErrorCode::denied,
                "Azure Arc names a file that is not a key in '" + folder + "': it is not read");
  return path;
}

std::optional<Instant> parse_app_service_time(std::string_view text) {
  int month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0;
  if (!take_number(text, '/', month) || !take_number(text, '/', day) || !take_number(text, ' ', year) ||
      !take_number(text, ':', hour) || !take_number(text, ':', minute) || !take_number(text, ' ', second))
    return std::nullopt;
  if (text.starts_with("AM ") || text.starts_with("PM ")) {
    if (hour < 12 && text.starts_with('P')) hour += 12;
    if (hour == 12 && text.starts_with('A')) hour = 0;
    text.remove_prefix(3);
  }
  if (text != "+00:00" || year < 1970) return std::nullopt;
  const auto at = parse_rfc3339(std::to_string(year) + "-" + padded(month) + "-" + padded(day) + "T" +
                                padded(hour) + ":" + padded(minute) + ":" + padded(second) + "Z");
  return at ? std::optional(*at) : std::nullopt;
}

}  // namespace scoped::identity
