// How OpenSSL starts. By default its first use reads openssl.cnf, which takes a millisecond, and loads the
// texts of all its errors, which takes half as long; a program that is started for every pull does without
// them as long as it opens sealed documents only. The agent never skips them.
#pragma once

namespace scoped::crypto {

// First thing in main, before any other use of OpenSSL: later it has no effect.
void skip_openssl_configuration();

// What was skipped, before the first TLS connection: the administrator's rules for TLS and providers are in
// that file. A file that is missing or wrong is passed over, as OpenSSL does itself. Call it once, from one
// thread.
void load_openssl_configuration();

}  // namespace scoped::crypto
