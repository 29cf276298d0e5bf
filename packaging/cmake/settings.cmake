# What every target of ours is compiled with. Linked PRIVATE by the functions in targets.cmake.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG" CACHE STRING "Flags of release builds" FORCE) # as distributions build
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(SCOPED_LIBEXECDIR "${CMAKE_INSTALL_FULL_LIBEXECDIR}/docker-credential-scoped"
    CACHE PATH "Folder of scoped-fetch and of the private modules")

set(SCOPED_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")

add_library(standard_settings INTERFACE)
target_include_directories(standard_settings INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(standard_settings INTERFACE -fno-plt -fstack-protector-strong)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT SCOPED_SANITIZE)
  target_compile_definitions(standard_settings INTERFACE _FORTIFY_SOURCE=2)
endif()
target_compile_definitions(standard_settings INTERFACE _GLIBCXX_ASSERTIONS)
target_link_options(standard_settings INTERFACE -Wl,-z,relro,-z,now)
if(SCOPED_SANITIZE)
  target_compile_options(standard_settings INTERFACE -fsanitize=${SCOPED_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(standard_settings INTERFACE -fsanitize=${SCOPED_SANITIZE})
endif()

add_library(standard_warnings INTERFACE)
target_compile_options(standard_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarm inside std::string's operator+ (GCC PR 105651), gone in GCC 13.
  target_compile_options(standard_warnings INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND SCOPED_SANITIZE MATCHES "thread")
  # Asio uses a fence, which the sanitizer does not see; no data of ours hangs on it.
  target_compile_options(standard_warnings INTERFACE -Wno-tsan)
endif()
if(SCOPED_DEVELOPER)
  target_compile_options(standard_warnings INTERFACE -Werror)
endif()

# The standard headers that nearly every file includes cost a second each time: with SCOPED_PRECOMPILE they are
# compiled once for each kind of target. Every file still includes what it uses; the debug and tidy presets build
# without this and show when one does not.
option(SCOPED_PRECOMPILE "Precompile the standard headers" ON)
set(SCOPED_HEADERS <algorithm> <chrono> <functional> <map> <memory> <optional> <set> <string> <string_view> <variant>
                   <vector> <tl/expected.hpp>)

if(SCOPED_PRECOMPILE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC forgets which precompiled headers are the system's, and shows false alarms from within std::string.
  target_compile_options(standard_warnings INTERFACE -Wno-array-bounds -Wno-stringop-overread -Wno-stringop-overflow)
  if(SCOPED_SANITIZE)
    target_compile_options(standard_warnings INTERFACE -Wno-maybe-uninitialized) # the same from within std::regex
  endif()
endif()

# Compiles `target` with the precompiled headers of `like`, which has the same options.
function(scoped_precompiled target like)
  if(SCOPED_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${like})
  endif()
endfunction()
