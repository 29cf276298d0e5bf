// The exact texts of the credential-helper protocol (reference credential-helper-protocol 1.2 to 1.4):
// clients compare some of them byte by byte. Constants only, so that the front can use them.
#pragma once

#include <stddef.h>

#include <string_view>

namespace scoped::protocol {

inline constexpr std::string_view kNotFound = "credentials not found in native keychain";
inline constexpr std::string_view kNoServerUrl = "no credentials server URL";
inline constexpr std::string_view kNoUsername = "no credentials username";
inline constexpr std::string_view kLineTooLong = "bufio.Scanner: token too long";

// The answer to a kubelet request for an image that is not ours is put together by protocol; this is the one
// that the front may print without asking anybody, for the version that kubelet has sent since 1.26.
inline constexpr std::string_view kKubeletNothing =
    R"({"kind":"CredentialProviderResponse","apiVersion":"credentialprovider.kubelet.k8s.io/v1",)"
    R"("cacheKeyType":"Image","cacheDuration":"0s","auth":null})";

inline constexpr std::string_view kProgram = "docker-credential-scoped";
inline constexpr std::string_view kVerbs = "<store|get|erase|list|version>";

// A line of this many bytes or more is refused, like the reference implementation does.
inline constexpr size_t kLongestLine = 65'536;
// Input beyond this is drained and not kept: no request is that long.
inline constexpr size_t kLongestInput = 1 << 20;

}  // namespace scoped::protocol
