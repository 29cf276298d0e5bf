// Adds credentials to requests. Implementations are in common/identity; stores and registries know only this.
// Thread-safe.
#pragma once

#include "common/net/http.h"

#include <string>
#include <vector>

namespace scoped::net {

// Where an identity logs in that does so at the very server that it is for, as one of a vault does.
struct Site {
  std::string address;          // without a slash at its end
  std::vector<Header> headers;  // of every request, e.g. the namespace
  std::string ca_file;          // as in Request

  std::string key() const;  // one text, equal exactly for equal sites
};

// One bearer, fixed: the request that carries it needs no other.
struct Pinned {
  Secret bearer;
  TimeInterval expiry;  // earliest and latest instant at which the other side stops accepting it
};

// Errors begin with the identity's name: "identity 'rotator': ...".
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  // Adds the header, logging in first where needed (this may take a network call).
  virtual Result<> authorize(Request& request) = 0;
  // The other side refused the last credentials with 401: drop them, so that the next authorize logs in anew.
  virtual void refused() = 0;
  // A bearer with at least `min_left` of life at the upper end of `now`; may log in before, never afterwards.
  // The caller sends it in exactly the requests of one claim (ROTATION rule 3).
  virtual Result<Pinned> pin(std::chrono::seconds min_left) = 0;
};

}  // namespace scoped::net
