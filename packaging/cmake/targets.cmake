# One static library per folder, one program per main. Third-party libraries are linked PRIVATE by the
# folder that hides them, ours PUBLIC so that the graph in common/doc/architecture.md is the link graph.

# The precompiled headers of libraries.
if(SCOPED_PRECOMPILE)
  file(WRITE "${PROJECT_BINARY_DIR}/headers.cpp" "// holds the precompiled headers\n")
  add_library(scoped_headers STATIC "${PROJECT_BINARY_DIR}/headers.cpp")
  target_link_libraries(scoped_headers PRIVATE standard_settings standard_warnings tl_expected fmt_library)
  target_precompile_headers(scoped_headers PRIVATE ${SCOPED_HEADERS})
endif()

# scoped_library(base SOURCES a.cpp b.cpp [LINK json] [HIDES OpenSSL::Crypto])
function(scoped_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;HIDES" ${ARGN})
  add_library(scoped_${name} STATIC ${ARG_SOURCES})
  set_target_properties(scoped_${name} PROPERTIES OUTPUT_NAME scoped_${name})
  target_link_libraries(scoped_${name} PUBLIC $<BUILD_INTERFACE:standard_settings> tl_expected fmt_library
                        PRIVATE standard_warnings ${ARG_HIDES})
  foreach(other IN LISTS ARG_LINK)
    target_link_libraries(scoped_${name} PUBLIC scoped_${other})
  endforeach()
  scoped_precompiled(scoped_${name} scoped_headers)
endfunction()

# scoped_program(scoped-agent SOURCES main.cpp [LINK json] [HIDES Boost::program_options])
function(scoped_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;HIDES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE standard_settings standard_warnings tl_expected fmt_library ${ARG_HIDES})
  foreach(other IN LISTS ARG_LINK)
    target_link_libraries(${name} PRIVATE scoped_${other})
  endforeach()
endfunction()

# A program that opens private modules: all of base, json, net and crypto is in it and visible to the module,
# so that there is one arena and one set of tables.
function(scoped_exports_to_modules name)
  set_target_properties(${name} PROPERTIES ENABLE_EXPORTS ON)
  target_link_options(${name} PRIVATE -Wl,--whole-archive $<TARGET_FILE:scoped_base> $<TARGET_FILE:scoped_net> -Wl,--no-whole-archive)
  add_dependencies(${name} scoped_base scoped_net)
endfunction()

# scoped_module(curl SOURCES x.cpp HIDES CURL::libcurl): bin/scoped-curl.so, linked with no library of ours.
function(scoped_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;HIDES" ${ARGN})
  add_library(scoped-${name} MODULE ${ARG_SOURCES})
  set_target_properties(scoped-${name} PROPERTIES PREFIX "" OUTPUT_NAME scoped-${name})
  target_link_libraries(scoped-${name} PRIVATE standard_settings standard_warnings tl_expected fmt_library ${ARG_HIDES})
endfunction()

# For a module over a library of C: what it uses of libstdc++ is in it, else the shared one would be loaded with it and
# some thousand symbols looked up. The program's own come first, operator delete among them. A library of C++ brings
# the shared one anyway, and throws by it.
function(scoped_keeps_out_shared_cxx name)
  if(NOT SCOPED_SANITIZE)
    target_link_options(${name} PRIVATE -static-libstdc++ -static-libgcc -Wl,--as-needed -Wl,--gc-sections)
  endif()
endfunction()
