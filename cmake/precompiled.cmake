# Headers of others, compiled once a program instead of once a file. Only the sanitizers' builds do so:
# the others show whether each file includes what it uses.
option(BULKHEAD_PRECOMPILE "Compile the headers of fmt, GoogleTest and others only once" OFF)

# bulkhead_precompile(TARGET [HEADER...]): fmt's and the standard library's, and these besides.
function(bulkhead_precompile target)
  if(BULKHEAD_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE <algorithm> <atomic> <chrono> <expected> <filesystem>
      <functional> <memory> <optional> <ranges> <span> <string> <thread> <vector> <fmt/format.h> ${ARGN})
  endif()
endfunction()
