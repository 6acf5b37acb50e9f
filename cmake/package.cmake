# Installs the library for find_package(Bulkhead) and pkg-config.
include(CMakePackageConfigHelpers)

install(TARGETS bulkhead EXPORT BulkheadTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
# In a folder of their own, so that a user's compiler can be told with -isystem that they are not his:
# g++ would warn about clang's attributes in them.
install(DIRECTORY src/bulkhead DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bulkhead
        FILES_MATCHING PATTERN "*.hpp" PATTERN "app" EXCLUDE)
install(EXPORT BulkheadTargets NAMESPACE Bulkhead::
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Bulkhead)
configure_package_config_file(cmake/BulkheadConfig.cmake.in
  ${CMAKE_BINARY_DIR}/BulkheadConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Bulkhead)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/BulkheadConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
# From the folder of bulkhead.pc to the prefix: the installed tree can be moved.
file(RELATIVE_PATH BULKHEAD_PC_TO_PREFIX
     ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" BULKHEAD_PC_TO_PREFIX "${BULKHEAD_PC_TO_PREFIX}")
configure_file(cmake/bulkhead.pc.in ${CMAKE_BINARY_DIR}/bulkhead.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/BulkheadConfig.cmake
              ${CMAKE_BINARY_DIR}/BulkheadConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Bulkhead)
install(FILES ${CMAKE_BINARY_DIR}/bulkhead.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(TARGET bulkhead_cli)
  install(TARGETS bulkhead_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # systemd looks below /lib, wherever the libraries are.
  foreach(unit bulkhead-forward@.service bulkhead-netdev@.service)
    configure_file(services/${unit}.in ${CMAKE_BINARY_DIR}/services/${unit} @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/services/${unit} DESTINATION lib/systemd/system)
  endforeach()
  install(FILES services/bulkhead.conf DESTINATION lib/sysusers.d)
endif()
if(EXISTS ${CMAKE_SOURCE_DIR}/docs/bulkhead.1)
  install(FILES docs/bulkhead.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
