# What `cmake --install` puts where. Three components, as the packages are: `helper` (what clients call), `agent` (the
# service and scopedctl) and `emulator` (for tests).
#
# Files that are made while building stand in BUILD/share as they will stand in PREFIX/share, in the folder of their
# component: BUILD/share/agent/man/man1/scopedctl.1, BUILD/share/agent/bash-completion/completions/scopedctl.
# Hand-written pages are packaging/man/NAME.SECTION, completions packaging/completions/SHELL/FILE.
set(SCOPED_MANUALS_helper docker-credential-scoped.1 kubelet-credential-scoped.1 scoped-fetch.8)
set(SCOPED_MANUALS_agent scoped-agent.8 scoped-records.5)
set(SCOPED_MANUALS_emulator acr-emulator.1)
set(SCOPED_UNITS_system "lib/systemd/system" CACHE STRING "Folder of the system's units of systemd")
set(SCOPED_UNITS_user "lib/systemd/user" CACHE STRING "Folder of the users' units of systemd")

function(scoped_install_share component)
  install(DIRECTORY "${PROJECT_BINARY_DIR}/share/${component}/" DESTINATION "${CMAKE_INSTALL_DATADIR}"
          COMPONENT ${component} OPTIONAL)
  foreach(page IN LISTS SCOPED_MANUALS_${component})
    string(REGEX MATCH "[0-9]$" section "${page}")
    install(FILES "${PROJECT_SOURCE_DIR}/packaging/man/${page}" DESTINATION "${CMAKE_INSTALL_MANDIR}/man${section}"
            COMPONENT ${component})
  endforeach()
endfunction()

install(TARGETS docker-credential-scoped RUNTIME COMPONENT helper)
install(TARGETS scoped-fetch RUNTIME DESTINATION "${SCOPED_LIBEXECDIR}" COMPONENT helper)
install(TARGETS scoped-curl scoped-secret LIBRARY DESTINATION "${SCOPED_LIBEXECDIR}" COMPONENT helper)
# Kubelet knows a provider by its file's name.
install(CODE "file(CREATE_LINK docker-credential-scoped \"\$ENV{DESTDIR}${CMAKE_INSTALL_FULL_BINDIR}/kubelet-credential-scoped\" SYMBOLIC)"
        COMPONENT helper)
scoped_install_share(helper)

install(TARGETS scoped-agent scopedctl RUNTIME COMPONENT agent)
install(TARGETS scoped-yaml LIBRARY DESTINATION "${SCOPED_LIBEXECDIR}" COMPONENT agent)
scoped_install_share(agent)
foreach(shell_folder "bash:bash-completion/completions" "zsh:zsh/vendor-completions" "fish:fish/vendor_completions.d")
  string(REPLACE ":" ";" pair "${shell_folder}")
  list(GET pair 0 shell)
  list(GET pair 1 folder)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/packaging/completions/${shell}/" DESTINATION "${CMAKE_INSTALL_DATADIR}/${folder}"
          COMPONENT agent OPTIONAL)
endforeach()

# Units name the program by its place.
set(BINDIR "${CMAKE_INSTALL_FULL_BINDIR}")
foreach(manager system user)
  foreach(unit scoped-agent.service scoped-hooks.service)
    configure_file("packaging/systemd/${manager}/${unit}.in" "${PROJECT_BINARY_DIR}/units/${manager}/${unit}" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/units/${manager}/${unit}" DESTINATION "${SCOPED_UNITS_${manager}}"
            COMPONENT agent)
  endforeach()
  install(DIRECTORY "packaging/systemd/${manager}/" DESTINATION "${SCOPED_UNITS_${manager}}" COMPONENT agent
          FILES_MATCHING PATTERN "*.socket" PATTERN "*.path" PATTERN "*.timer")
endforeach()
install(FILES packaging/systemd/sysusers.d/scoped-agent.conf DESTINATION lib/sysusers.d COMPONENT agent)
install(FILES packaging/systemd/tmpfiles.d/scoped-agent.conf DESTINATION lib/tmpfiles.d COMPONENT agent)
# Whatever the prefix, since root trusts one place.
install(FILES packaging/etc/config.json DESTINATION /etc/scoped COMPONENT agent)
install(DIRECTORY DESTINATION /etc/scoped/config.d COMPONENT agent)

if(TARGET acr-emulator)
  install(TARGETS acr-emulator RUNTIME COMPONENT emulator)
  scoped_install_share(emulator)
endif()

# `cpack` in the build folder: one archive of everything for systems without a package of ours.
set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_NAME docker-credential-scoped)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON) # some places do not follow the prefix
include(CPack)
