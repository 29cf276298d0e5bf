// An Authorizer over any flow that ends in a bearer: keeps it, logs in again before it ends, and lets many
// threads wait for one login. Thread-safe.
#pragma once

#include "common/base/clock.h"
#include "common/identity/bearer.h"
#include "common/net/authorizer.h"
#include "common/net/server_time.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace scoped::identity {

// Sends one login and gives the token endpoint's answer of success. Never called by two threads at once.
// `claims`: what the bearer is to have beside the usual, as JSON; empty: nothing.
using Login = std::function<Result<net::Response>(const std::string& claims)>;

// Authorizes with "Authorization: Bearer ...". A login is due when the endpoint said so (refresh_in); else
// when half of a life of two hours or more is over, or a third of a shorter one is left but not earlier than
// 5 minutes before its end. Where it fails then, the old bearer serves until it ends. Errors begin with
// "identity 'NAME'". `clock` must outlive it.
std::unique_ptr<net::Authorizer> make_bearer_cache(std::string name, const Clock& clock, Login login);

}  // namespace scoped::identity
