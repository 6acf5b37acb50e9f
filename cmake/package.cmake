# Installs the library for find_package(Bulkhead) and pkg-config.
include(CMakePackageConfigHelpers)

install(TARGETS bulkhead EXPORT BulkheadTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY src/bulkhead DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.hpp" PATTERN "app" EXCLUDE)
install(EXPORT BulkheadTargets NAMESPACE Bulkhead::
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Bulkhead)
configure_package_config_file(cmake/BulkheadConfig.cmake.in
  ${CMAKE_BINARY_DIR}/BulkheadConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Bulkhead)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/BulkheadConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
configure_file(cmake/bulkhead.pc.in ${CMAKE_BINARY_DIR}/bulkhead.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/BulkheadConfig.cmake
              ${CMAKE_BINARY_DIR}/BulkheadConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Bulkhead)
install(FILES ${CMAKE_BINARY_DIR}/bulkhead.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(TARGET bulkhead_cli)
  install(TARGETS bulkhead_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(EXISTS ${CMAKE_SOURCE_DIR}/docs/bulkhead.1)
  install(FILES docs/bulkhead.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
