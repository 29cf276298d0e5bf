#include "common/config/rows.h"

#include <array>

namespace scoped::config {
namespace {

constexpr std::array kDocument = {
    Setting{.name = "registries", .kind = Kind::object, .doc = "Registries by host, with their tokens."},
    Setting{.name = "profiles",
            .kind = Kind::object,
            .doc = "Which token a caller means, by the name of the profile and the registry's host."},
    Setting{.name = "stores", .kind = Kind::object, .doc = "Where records are kept."},
    Setting{.name = "identities",
            .kind = Kind::object,
            .doc = "How programs authenticate to stores and control planes."},
    Setting{.name = "publishers",
            .kind = Kind::object,
            .doc =
                "Who is told a token's current password because they cannot ask for it, by name; counts at "
                "the level of the agent that runs."},
    Setting{.name = "agent", .kind = Kind::object, .doc = "What scoped-agent does."},
    Setting{
        .name = "copies", .kind = Kind::object, .doc = "How long a record may be kept outside its store."},
};

constexpr std::array kRegistry = {
    Setting{.name = "store",
            .kind = Kind::text,
            .default_text = "default",
            .doc = "The store of its records; 'default' is a sealed_file on this machine."},
    Setting{
        .name = "default_token",
        .kind = Kind::text,
        .doc =
            "The token that answers where nothing more specific does; open to whoever reaches the helper."},
    Setting{
        .name = "ca_file", .kind = Kind::path, .doc = "Certificates to trust beside the system's, in PEM."},
    Setting{.name = "endpoints",
            .kind = Kind::text_list,
            .doc = "Further hosts that log in (replicas): a password is verified at each before it is used."},
    Setting{.name = "control",
            .kind = Kind::object,
            .doc = "The control plane; without it, tokens are handed out and never rotated."},
    Setting{.name = "rotation", .kind = Kind::object, .doc = "The numbers of the rotation."},
    Setting{.name = "scope_maps", .kind = Kind::object, .doc = "Scope maps by name."},
    Setting{.name = "tokens", .kind = Kind::object, .doc = "Tokens by name."},
};

constexpr std::array kScopeMap = {
    Setting{.name = "description", .kind = Kind::text, .doc = "What it is for."},
    Setting{.name = "repositories",
            .kind = Kind::object,
            .doc = "Lists of actions by repository, or by a pattern such as \"team/*\"."},
};

constexpr std::array kToken = {
    Setting{.name = "scope_map", .kind = Kind::text, .doc = "The scope map that limits it."},
    Setting{.name = "repositories",
            .kind = Kind::text_list,
            .doc = "Repositories that it is chosen for, where they are not those of its scope map."},
    Setting{.name = "allow",
            .kind = Kind::object,
            .doc = "Who may use it; without it root, the owner of the configuration, and everybody for the "
                   "registry's default_token."},
    Setting{.name = "rotation", .kind = Kind::object, .doc = "Numbers that differ from the registry's."},
};

constexpr std::array kAllow = {
    Setting{.name = "users", .kind = Kind::text_list, .doc = "Names of users."},
    Setting{.name = "groups", .kind = Kind::text_list, .doc = "Names of groups."},
};

constexpr std::array kAgent = {
    Setting{.name = "duties",
            .kind = Kind::text_list,
            .default_text = "broker|watch",
            .choices = "broker|watch|rotate",
            .doc = "broker answers helpers, watch looks at expiries, rotate makes new passwords."},
    Setting{.name = "listeners", .kind = Kind::object, .doc = "Sockets by name."},
    Setting{
        .name = "metrics", .kind = Kind::object, .doc = "What is shown to monitoring; without it nothing."},
};

constexpr std::array kMetrics = {
    Setting{
        .name = "listen",
        .required = true,
        .doc =
            "Address and port of /metrics and /healthz, as in 127.0.0.1:9095 or [::1]:9095. Whoever reaches "
            "them reads the names of registries and tokens, and no secret."},
};

}  // namespace

std::span<const Setting> document_rows() { return kDocument; }
std::span<const Setting> registry_rows() { return kRegistry; }
std::span<const Setting> scope_map_rows() { return kScopeMap; }
std::span<const Setting> token_rows() { return kToken; }
std::span<const Setting> allow_rows() { return kAllow; }
std::span<const Setting> agent_rows() { return kAgent; }
std::span<const Setting> metrics_rows() { return kMetrics; }

}  // namespace scoped::config
