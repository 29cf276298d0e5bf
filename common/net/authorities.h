// Which certificate authorities a transfer trusts: the system's, plus those of a `ca_file`. Reading a whole
// bundle costs about 40 ms for every connection, a hashed folder is looked up by name; so the folder is used
// where there is one, and a bundle is joined with a ca_file only where there is none. Thread-safe.
#pragma once

#include "common/base/result.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace scoped::net {

struct Authorities {
  std::string file;                        // PEM, read by the TLS library; empty: none
  std::string folder;                      // hashed folder; empty: none
  std::shared_ptr<const std::string> pem;  // instead of `file`: texts joined in memory; may be null
};

class AuthoritySource {
 public:
  // Where the system keeps its authorities, as the TLS library was built to find them.
  AuthoritySource(std::string bundle, std::string folder);
  // Error (configuration): the ca_file cannot be read or holds no certificate.
  Result<Authorities> choose(const std::string& ca_file);

 private:
  struct Joined {
    std::string stamp;  // time, size and inode of both files
    std::shared_ptr<const std::string> pem;
  };
  Result<Authorities> join(const std::string& ca_file);

  std::string bundle_;
  std::string folder_;  // empty unless it is hashed
  std::mutex mutex_;
  std::map<std::string, Joined> joined_;
};

}  // namespace scoped::net
