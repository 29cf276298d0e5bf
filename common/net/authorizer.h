// Adds credentials to requests. Implementations are in common/identity; stores and registries know only this.
// Thread-safe.
#pragma once

#include "common/net/http.h"

#include <string>
#include <vector>

namespace scoped::net {

class Pace;

// What a store says of itself to its identity. One of a vault logs in at the very server that it is for;
// Entra's log in elsewhere and are told what the bearer is to be for, and nothing else.
struct Site {
  std::string address = {};                                   // without a slash at its end
  std::vector<Header> headers = {};                           // of every request, e.g. the namespace
  std::string ca_file = {};                                   // as in Request
  std::string scope = {};                                     // of OAuth 2
  Route route = {};                                           // as in Request
  std::shared_ptr<const ClientCertificate> certificate = {};  // as in Request
  std::shared_ptr<const SecretHeaders> secret_headers = {};   // of every request; null: none
  std::shared_ptr<Pace> pace = {};                            // of all requests together; null: no limit

  // One text, equal exactly for equal sites; of a secret header it has the name.
  std::string key() const;
  // What each request there carries, whoever sends it: all of the above but scope and pace. A socket or a
  // service is for the site's own address, and not for another to which it redirects. REQUIRES: request.url.
  void prepare(Request& request) const;
  // The address as it was configured: that, or the socket's.
  std::string display() const;
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
  // The same, and the next login is to ask for these claims, in base64 as the challenge has them
  // (insufficient_claims). An identity that cannot ask takes it for a refusal.
  virtual void refused_for(const std::string& claims) {
    (void)claims;
    refused();
  }
  // A bearer with at least `min_left` of life at the upper end of `now`; may log in before, never afterwards.
  // The caller sends it in exactly the requests of one claim (ROTATION rule 3).
  virtual Result<Pinned> pin(std::chrono::seconds min_left) = 0;
};

}  // namespace scoped::net
