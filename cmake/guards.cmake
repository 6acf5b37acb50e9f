# The rules that the compiler enforces, as two targets to link with PRIVATE:
# bulkhead_guards for everything, bulkhead_library_guards for what may neither throw nor use RTTI.
add_library(bulkhead_guards INTERFACE)

set(BULKHEAD_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")
option(BULKHEAD_UNGUARDED "Leave the run-time checks out, to measure what they cost" OFF)

target_compile_options(bulkhead_guards INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wnull-dereference -Wdouble-promotion -Werror
  -fno-strict-aliasing)
if(NOT BULKHEAD_UNITY)
  # In a unity build a file sees the names of those before it.
  target_compile_options(bulkhead_guards INTERFACE -Wshadow)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(bulkhead_guards INTERFACE
    -Wunsafe-buffer-usage -Wconsumed -Wthread-safety -Wdangling -Wimplicit-fallthrough
    -Wno-gnu-zero-variadic-macro-arguments -fno-delete-null-pointer-checks)
  target_link_options(bulkhead_guards INTERFACE -fuse-ld=lld)
else()
  # "#pragma clang unsafe_buffer_usage" and [[clang::...]] say nothing to g++; g++ 12's
  # -Wnull-dereference and -Wmaybe-uninitialized find false positives inside std::expected, its
  # -Wstringop-overflow inside std::vector<std::byte>::insert. With -fno-delete-null-pointer-checks it
  # does not compare addresses in constant expressions (its bug 71962), which register tables need.
  target_compile_options(bulkhead_guards INTERFACE
    -Wno-unknown-pragmas -Wno-attributes -Wno-null-dereference -Wno-maybe-uninitialized
    -Wno-stringop-overflow)
endif()

if(NOT BULKHEAD_UNGUARDED)
  target_compile_definitions(bulkhead_guards INTERFACE _GLIBCXX_ASSERTIONS)
  if(NOT BULKHEAD_SANITIZE)
    target_compile_options(bulkhead_guards INTERFACE -fstack-protector-strong)
    target_compile_definitions(bulkhead_guards INTERFACE
      $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=3>)
  endif()
  target_link_options(bulkhead_guards INTERFACE -Wl,-z,relro,-z,now)
endif()

if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  target_compile_options(bulkhead_guards INTERFACE -march=x86-64-v2)
endif()

if(BULKHEAD_SANITIZE)
  # UBSan's vptr check needs the type information that the library is built without.
  target_compile_options(bulkhead_guards INTERFACE
    -fsanitize=${BULKHEAD_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(bulkhead_guards INTERFACE -fsanitize=${BULKHEAD_SANITIZE})
  # The vptr check needs RTTI of every class, and the library has none.
  target_compile_options(bulkhead_guards INTERFACE -fno-sanitize=vptr)
endif()

add_library(bulkhead_library_guards INTERFACE)
target_link_libraries(bulkhead_library_guards INTERFACE bulkhead_guards)
target_compile_options(bulkhead_library_guards INTERFACE -fno-exceptions -fno-rtti)
