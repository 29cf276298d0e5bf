# musl, the C library of docker-credential-scoped where it is there; see common/doc/adr/0003-the-front-uses-musl.md.
# Sets MUSL_LIBC, empty when the front is to be linked with glibc.
set(SCOPED_FRONT_LIBC "auto" CACHE STRING "C library of docker-credential-scoped: musl, glibc, or auto (musl where it is)")
set_property(CACHE SCOPED_FRONT_LIBC PROPERTY STRINGS auto musl glibc)

set(MUSL_LIBC "")
# Only here were the layouts compared that both libraries must share. A sanitizer needs glibc.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" AND NOT SCOPED_SANITIZE AND NOT SCOPED_FRONT_LIBC STREQUAL "glibc")
  find_file(MUSL_LIBC_FILE libc.a NO_DEFAULT_PATH
            PATHS /usr/lib/x86_64-linux-musl /usr/x86_64-linux-musl/lib64 /usr/lib/musl/lib)
  if(MUSL_LIBC_FILE)
    set(MUSL_LIBC "${MUSL_LIBC_FILE}")
  endif()
endif()
if(SCOPED_FRONT_LIBC STREQUAL "musl" AND NOT MUSL_LIBC)
  message(FATAL_ERROR "SCOPED_FRONT_LIBC is musl, but its libc.a is not there or does not go with a sanitizer or this "
                      "processor: install musl-dev, or set SCOPED_FRONT_LIBC to glibc")
endif()

# Links `target` as a static-pie program of musl. Its objects must be compiled without _FORTIFY_SOURCE, whose
# functions only glibc has. bin/<target>.map says which function of musl is used by what.
function(scoped_link_with_musl target)
  get_filename_component(folder "${MUSL_LIBC}" DIRECTORY)
  foreach(file crtbeginS.o crtendS.o libstdc++.a libgcc.a libgcc_eh.a)
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${file}
                    OUTPUT_VARIABLE ${file} OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  target_link_options(${target} PRIVATE -nostdlib -static-pie -Wl,--gc-sections -Wl,--cref
    -Wl,-Map=$<TARGET_FILE:${target}>.map "${folder}/rcrt1.o" "${folder}/crti.o" "${crtbeginS.o}")
  target_link_libraries(${target} PRIVATE -Wl,--start-group "${libstdc++.a}" "${libgcc.a}" "${libgcc_eh.a}" "${MUSL_LIBC}"
    -Wl,--end-group "${crtendS.o}" "${folder}/crtn.o")
endfunction()
