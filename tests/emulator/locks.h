// What may be done with a repository, a tag or a manifest beside what a scope map allows: the attributes that
// `az acr repository update` changes. A handler asks before it changes or shows something; the front door
// asks before it lets a request for a manifest through to Distribution.
//
// https://learn.microsoft.com/azure/container-registry/container-registry-image-lock
#pragma once

#include "tests/emulator/model.h"
#include "tests/emulator/refusal.h"
#include "tests/emulator/site.h"

#include <string>

namespace scoped::emulator {

// Keys of Contents::attributes.
std::string repository_key(const std::string& repository);
std::string tag_key(const std::string& repository, const std::string& tag);
std::string manifest_key(const std::string& repository, const std::string& digest);

// 405 when the repository, the tag or the manifest (by name or digest; empty: none) is locked against it.
// `allows` is one of Attributes' members.
Outcome<> check_lock(const Turn& turn, bool Attributes::*allows, const std::string& repository,
                     const std::string& reference);

// The attributes of a body, over those that were there. 400: a member that is not one of them.
Outcome<Attributes> read_attributes(const std::string& body, Attributes before);
json::Value show(const Attributes& attributes);

// What nginx asks: with the request's method and target in headers. 204, 403, or 401 when the bearer is
// revoked.
extern const RouteTable kLocks;
inline constexpr std::string_view kLockCheck = "/-/locks";
inline constexpr std::string_view kLocked = "/-/locked";  // says no to the client
inline constexpr std::string_view kOriginalMethod = "x-original-method";
inline constexpr std::string_view kOriginalTarget = "x-original-target";

}  // namespace scoped::emulator
