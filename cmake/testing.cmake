# Tests carry their preset's name ("release/..."), so that one ctest run over all presets, as ./test
# ends with, tells them apart.
set(BULKHEAD_PRESET "" CACHE STRING "Name of the preset, in front of every test's name")
set(BULKHEAD_TEST_PREFIX "")
if(BULKHEAD_PRESET)
  set(BULKHEAD_TEST_PREFIX "${BULKHEAD_PRESET}/")
endif()

# Is this the guarded build without sanitizers? What does not depend on the preset (rules,
# compile-fail cases) is tested there and not four times.
set(BULKHEAD_GUARDED_BUILD OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND NOT BULKHEAD_SANITIZE)
  set(BULKHEAD_GUARDED_BUILD ON)
endif()

# bulkhead_add_test(NAME command...): a test that is a program of its own.
function(bulkhead_add_test name)
  add_test(NAME ${BULKHEAD_TEST_PREFIX}${name} COMMAND ${ARGN})
  set_tests_properties(${BULKHEAD_TEST_PREFIX}${name} PROPERTIES TIMEOUT 120)
endfunction()

# bulkhead_test_properties(NAME property value...): more about it.
function(bulkhead_test_properties name)
  set_tests_properties(${BULKHEAD_TEST_PREFIX}${name} PROPERTIES ${ARGN})
endfunction()
